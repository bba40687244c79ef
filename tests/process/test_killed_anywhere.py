"""A process is killed at every named place in turn; what was acknowledged is there, once, and the work goes on.

The list of places is read from the source. Each is armed in the one process that passes it, a whole contribution and
release are then walked through, and the process must have died there: a place that nobody passes is a failure too.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from amana.demo.hub import Hub, Refused
from support.contributions import row, write
from support.running import RunningHub, fault_points, running_hub, small_policies, until

Answer = TypeVar("Answer")

POINTS = fault_points()
PATIENCE = 60  # seconds for one walk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    folder = tmp_path_factory.mktemp("killed")
    with running_hub(folder / "hub", policies=small_policies(folder)) as running:
        yield running


def persistently(hub: RunningHub, act: Callable[[], Answer]) -> Answer:
    """Do what a client does when the line breaks: try again. A refusal is an answer, and is not tried again."""
    deadline = time.monotonic() + PATIENCE
    while True:
        hub.revive()
        try:
            return act()
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class Walk:
    """One committee's contribution and its release, for a period of its own, from upload to publication."""

    def __init__(self, hub: RunningHub, period: str, folder: Path) -> None:
        self.hub = hub
        self.period = period
        self.file = write(folder, [row(number, SEX="FM"[number % 2]) for number in range(30)])
        self.key = uuid.uuid4().hex
        self.receipt: dict[str, Any] = {}
        self.release = ""

    def upload(self) -> None:
        clerk = self.hub.as_("submitter", "MAR")
        self.receipt = persistently(self.hub, lambda: clerk.upload(self.file, "VICTIMS", self.period, self.key))

    def wait_until_accepted(self) -> None:
        self._wait(self.hub.as_("submitter", "MAR"), f"/api/v1/batches/{self.receipt['id']}", "ACCEPTED")

    def publish(self) -> None:
        steward, officer = self.hub.as_("steward"), self.hub.as_("protection_officer", "MAR")
        self.release = self._plan(steward)
        seen = self._wait(steward, f"/api/v1/releases/{self.release}", "BUILT")
        quoted = {"plan_digest": seen["plan_digest"], "candidate": seen["candidate"]}
        self._once(
            lambda: officer.post(f"/api/v1/releases/{self.release}/decisions", {"decision": "approve", **quoted})
        )
        self._wait(steward, f"/api/v1/releases/{self.release}", "APPROVED")
        order = {"candidate": seen["candidate"]}
        self._once(lambda: steward.post(f"/api/v1/releases/{self.release}/publication", order))
        self._wait(steward, f"/api/v1/releases/{self.release}", "PUBLISHED")

    def _plan(self, steward: Hub) -> str:
        def plan() -> str:
            for known in steward.get("/api/v1/releases")["releases"]:
                if known["period"] == self.period:
                    return str(known["id"])
            return str(steward.post("/api/v1/releases", {"plan": "victims-annual", "period": self.period})["id"])

        return persistently(self.hub, plan)

    def _once(self, act: Callable[[], Any]) -> None:
        """Act; a conflict means that the broken attempt had been committed."""
        try:
            persistently(self.hub, act)
        except Refused as refusal:
            if refusal.status != httpx.codes.CONFLICT:
                raise

    def _wait(self, reader: Hub, path: str, state: str) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        def arrived() -> bool:
            seen.update(persistently(self.hub, lambda: reader.get(path)))
            assert seen["state"] != "REFUSED", seen
            return bool(seen["state"] == state)

        until(arrived, PATIENCE, f"{path} is {state}: {self.hub.logs()}")
        return seen


def check_nothing_lost_nothing_twice(hub: RunningHub, walk: Walk) -> None:
    batches = hub.rows("SELECT id, state FROM batch WHERE idempotency_key = :key", key=walk.key)
    assert [(row["id"], row["state"]) for row in batches] == [(walk.receipt["id"], "ACCEPTED")]
    holdings = hub.rows(
        "SELECT batch_id FROM holding WHERE period = :period AND destroyed_at IS NULL", period=walk.period
    )
    assert [row["batch_id"] for row in holdings] == [walk.receipt["id"]]
    releases = hub.rows("SELECT id, state FROM release WHERE period = :period", period=walk.period)
    assert [(row["id"], row["state"]) for row in releases] == [(walk.release, "PUBLISHED")]

    until(lambda: not hub.rows("SELECT 1 FROM journal"), 30, "the journal is sequenced")
    told = hub.rows(
        "SELECT kind, count(*) AS times FROM event_detail d JOIN log_entry l USING (event_id)"
        " WHERE subject IN (:batch, :release) GROUP BY kind",
        batch=walk.receipt["id"], release=walk.release,
    )  # fmt: skip
    times = {row["kind"]: row["times"] for row in told}
    once = ["batch.received", "batch.accepted", "envelope.destroyed", "release.planned", "release.built",
            "candidate.approved", "publication.ordered", "release.published"]  # fmt: skip
    assert {kind: times.get(kind) for kind in once} == dict.fromkeys(once, 1)

    unlogged = hub.rows("SELECT event_id FROM event_detail EXCEPT SELECT event_id FROM log_entry")
    assert unlogged == [], "an acknowledged event is not in the log"
    gaps = hub.rows("SELECT count(*) AS entries, max(idx) + 1 AS size FROM log_entry")[0]
    assert gaps["entries"] == gaps["size"]
    until(lambda: not any((hub.layout.data / "shelf").iterdir()), 30, "the envelope is destroyed")
    assert not [path for path in (hub.layout.vault / "tmp").rglob("*") if path.is_file()]


@pytest.mark.parametrize("point", sorted(POINTS))
def test_killed_here_nothing_acknowledged_is_lost_and_nothing_is_done_twice(
    point: str, hub: RunningHub, tmp_path: Path
) -> None:
    process = POINTS[point]
    hub.arm(process, point)
    walk = Walk(hub, str(1900 + sorted(POINTS).index(point)), tmp_path)
    walk.upload()
    walk.wait_until_accepted()
    walk.publish()
    assert hub.died_armed(), f"{process} never came to {point}"
    check_nothing_lost_nothing_twice(hub, walk)


def test_the_log_of_all_this_verifies(hub: RunningHub, tmp_path: Path) -> None:
    import subprocess

    from amana.demo.processes import PROGRAMS

    copy = tmp_path / "log.jsonl"
    copy.write_text(hub.as_("auditor").text("/api/v1/audit/snapshot"), encoding="utf-8")
    vkey = hub.layout.folder / "keys" / "web" / "log.vkey"
    subprocess.run([str(PROGRAMS / "amana"), "audit", "verify", str(copy), "--vkey", str(vkey)], check=True)
    assert json.loads(copy.read_text().splitlines()[0])
