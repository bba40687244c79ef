"""One whole walk through a running hub, done as clients do it: with retries, and checked against state and log."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

import httpx

from amana.audit.events.accounts import SignedOut
from amana.audit.tlog import leaf
from amana.command.committee import command as committee_tool
from amana.config import HOME
from amana.db import open_database
from amana.demo.hub import Hub, Refused
from support.case_walk import CaseWalk
from support.contributions import row, write
from support.log import plant
from support.mapping_walk import MappingWalk
from support.owner_walk import OwnerWalk
from support.running import RunningHub, until
from support.upload_walk import UploadWalk

Answer = TypeVar("Answer")

PATIENCE = 60  # seconds for one step of a walk
_OLD = "SELECT 1 FROM event_detail WHERE at < :before"
_BEFORE = {"RECEIVED", "HELD", "CHANGED", "PLANNED", "BUILT", "APPROVED"}


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


def _before(now: datetime) -> int:
    return leaf.microseconds(now - timedelta(days=2000))


class Walk:
    """Two committees' contributions and their release, for a period of their own, from upload to publication.

    Morocco sends a file with one person in it twice, which only its end shows, then a sound file in pieces, and then a
    better one, which takes its place at its owner's word; two uploads it gives up. Egypt sends sealed tables. Morocco
    takes a person out, and asks what is held of another. A second release, of a period for which nobody sent anything,
    is refused.
    """

    def __init__(self, hub: RunningHub, number: int, folder: Path) -> None:
        self.hub = hub
        self.period, self.empty_period = str(2000 + number), str(1700 + number)
        people = [row(number, SEX="FM"[number % 2]) for number in range(30)]
        self.file = write(folder, people)
        self.twice = write(folder, [*people, people[0]], "twice.csv")
        self.package = pack_tables(hub, self.file, self.period, folder)
        self.receipts: dict[str, dict[str, Any]] = {}
        self.release = ""
        self.owner = OwnerWalk(hub, self.period, folder, partial(persistently, hub))
        self.uploads = UploadWalk(hub, self.period, self.file, partial(persistently, hub))
        self.national = MappingWalk(hub, self.period, partial(persistently, hub))
        self.cases = CaseWalk(hub, partial(persistently, hub))

    def contribute(self) -> None:
        clerk, egypt = self.hub.as_("submitter", "MAR"), self.hub.as_("submitter", "EGY")
        for name, file, state in (
            ("refused", self.twice, "REFUSED"),
            ("first", None, "ACCEPTED"),
            ("better", self.file, "HELD"),
        ):
            send = partial(clerk.upload, file, "VICTIMS", self.period, f"{name}-{self.period}")
            self.receipts[name] = persistently(self.hub, send) if file else self.uploads.send()
            self._wait(clerk, f"/api/v1/batches/{self.receipts[name]['id']}", state)
        self.uploads.give_up()
        self.national.go()
        self._decide(clerk)
        self.receipts["tables"] = persistently(self.hub, lambda: send_package(self.hub, self.package, self.period))
        self._wait(egypt, f"/api/v1/batches/{self.receipts['tables']['id']}", "ACCEPTED")
        self.owner.ask(partial(self._wait, clerk))

    def _decide(self, clerk: Hub) -> None:
        """Let the better file take the first one's place, once there is a difference to be seen."""
        place = f"/api/v1/batches/{self.receipts['better']['id']}"
        look = lambda: clerk.get(f"{place}/difference")["difference"] is not None  # noqa: E731 - asked again and again
        until(lambda: persistently(self.hub, look), PATIENCE, f"the difference is there: {self.hub.logs()}")
        replaced = self.owner.replace(self.receipts["better"]["id"])
        self._wait(clerk, f"/api/v1/requests/{replaced}", "DONE")
        self._wait(clerk, place, "ACCEPTED")
        self.owner.requests["replace"] = replaced

    def grow_old(self) -> None:
        """Let an event of years ago have just arrived: its retention is over, and the worker erases what is told."""
        made = datetime.now(UTC)
        web = open_database(self.hub.layout.database, "amana_web", HOME / "migrations" / "roles.sql")
        with web.write() as tx:
            plant(tx, SignedOut(), made - timedelta(days=3000), made)
        web.close()

        def gone() -> bool:
            self.hub.revive()
            return not self.hub.rows(_OLD, before=_before(made))

        until(gone, PATIENCE, f"what is told of the old is gone: {self.hub.logs()}")

    def publish(self) -> None:
        self.grow_old()
        self.cases.review()
        self.cases.grow_old()
        steward = self.hub.as_("steward")
        self.release = self._plan(steward, self.period)
        seen = self._wait(steward, f"/api/v1/releases/{self.release}", "BUILT")
        quoted = {"plan_digest": seen["plan_digest"], "candidate": seen["candidate"]}
        for committee in ("MAR", "EGY"):
            officer = self.hub.as_("protection_officer", committee)
            self._once(officer, "decisions", {"decision": "approve", **quoted})
        self._wait(steward, f"/api/v1/releases/{self.release}", "APPROVED")
        self._once(steward, "publication", {"candidate": seen["candidate"]})
        self._wait(steward, f"/api/v1/releases/{self.release}", "PUBLISHED")
        self._wait(steward, f"/api/v1/releases/{self._plan(steward, self.empty_period)}", "REFUSED")

    def _plan(self, steward: Hub, period: str) -> str:
        def plan() -> str:
            for known in steward.get("/api/v1/releases")["releases"]:
                if known["period"] == period:
                    return str(known["id"])
            return str(steward.post("/api/v1/releases", {"plan": "victims-annual", "period": period})["id"])

        return persistently(self.hub, plan)

    def _once(self, door: Hub, act: str, body: dict[str, Any]) -> None:
        """Act; a conflict means that the broken attempt had been committed."""
        try:
            persistently(self.hub, lambda: door.post(f"/api/v1/releases/{self.release}/{act}", body))
        except Refused as refusal:
            if refusal.status != httpx.codes.CONFLICT:
                raise

    def _wait(self, reader: Hub, path: str, state: str) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        def arrived() -> bool:
            seen.update(persistently(self.hub, lambda: reader.get(path)))
            assert seen["state"] in {state, *_BEFORE}, seen
            return bool(seen["state"] == state)

        until(arrived, PATIENCE, f"{path} is {state}: {self.hub.logs()}")
        return seen


def pack_tables(hub: RunningHub, file: Path, period: str, folder: Path) -> Path:
    """Do at home what a committee in tables mode does, with its own tool."""
    told = ["--committee", "EGY", "--dataflow", "VICTIMS", "--period", period]
    told += ["--policies", str(hub.layout.folder.parent / "policies")]
    tables, package = folder / "tables.json", folder / "package"
    keys = hub.layout.folder
    sealing = ["--recipients", str(keys / "keys/web/recipients.txt"), "--key", str(keys / "committees/EGY/signing.pem")]
    with redirect_stdout(StringIO()):
        for words in (
            ["tabulate", str(file), *told, "--plan", "victims-annual", "--out", str(tables)],
            ["pack", str(tables), *told, *sealing, "--out", str(package)],
        ):
            with suppress(SystemExit):
                committee_tool.main(words, prog_name="committee", standalone_mode=False)
    return package


def send_package(hub: RunningHub, package: Path, period: str) -> dict[str, Any]:
    """Send it as the tool does: the signed manifest first, the sealed file last."""
    answer = httpx.post(
        f"{hub.layout.url}/api/v1/batches",
        params={"dataflow": "VICTIMS", "period": period},
        headers={
            "Authorization": f"Bearer {hub.account('submitter', 'EGY')['token']}",
            "Idempotency-Key": (package / "send.key").read_text().strip(),
        },
        data={"manifest": (package / "manifest.dsse").read_text()},
        files={"file": ("data.age", (package / "data.age").read_bytes(), "application/age")},
        timeout=60,
    )
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def check_nothing_lost_nothing_twice(hub: RunningHub, walk: Walk) -> None:
    batches = hub.rows("SELECT id, state FROM batch WHERE period = :period", period=walk.period)
    due = {"refused": "REFUSED", "first": "SUPERSEDED", "better": "ACCEPTED", "tables": "ACCEPTED"}
    assert {row["id"]: row["state"] for row in batches} == {walk.receipts[one]["id"]: due[one] for one in due}
    until(
        lambda: len(hub.rows("SELECT 1 FROM holding WHERE period = :p AND destroyed_at IS NULL", p=walk.period)) == 2,
        30, "the superseded holding is destroyed",
    )  # fmt: skip
    holdings = hub.rows("SELECT batch_id FROM holding WHERE period = :p AND destroyed_at IS NULL", p=walk.period)
    assert {row["batch_id"] for row in holdings} == {walk.receipts[one]["id"] for one in ("better", "tables")}
    mine = hub.rows(
        "SELECT rows FROM holding WHERE batch_id = :b AND destroyed_at IS NULL", b=walk.receipts["better"]["id"]
    )
    walk.owner.check(mine[0])
    for act, request in walk.owner.requests.items():
        end = "owner_request.refused" if act == "object" else "owner_request.done"
        assert times(hub, request, "owner_request.received", end) == [1, 1], act
    walk.uploads.check(times)
    walk.national.check(times)
    walk.cases.check(times)
    named = "SELECT file, key_id FROM holding WHERE destroyed_at IS NULL"
    files = {row["file"] for row in hub.rows(named)}
    until(lambda: {path.name for path in (hub.layout.vault / "records").iterdir()} == files, 30, "no file is left over")
    releases = hub.rows("SELECT id, state FROM release WHERE period = :period", period=walk.period)
    assert [(row["id"], row["state"]) for row in releases] == [(walk.release, "PUBLISHED")]
    assert len(hub.rows("SELECT 1 FROM release WHERE period = :period", period=walk.empty_period)) == 1

    until(lambda: not any((hub.layout.data / "shelf").iterdir()), 30, "the envelopes are destroyed")
    until(lambda: not hub.rows("SELECT 1 FROM journal"), 30, "the journal is sequenced")
    for name, receipt in walk.receipts.items():
        judged = "batch.refused" if name == "refused" else "batch.accepted"
        assert times(hub, receipt["id"], "batch.received", judged, "envelope.destroyed") == [1, 1, 1]
    kinds = ["release.planned", "release.built", "publication.ordered", "release.published"]
    assert times(hub, walk.release, *kinds) == [1, 1, 1, 1]
    assert times(hub, walk.release, "candidate.approved") == [2]
    logged = hub.rows("SELECT event_id FROM log_entry WHERE event_id = :id", id=walk.receipts["first"]["event"])
    assert len(logged) == 1

    until(lambda: not hub.rows("SELECT 1 FROM detail_erasure WHERE done_at IS NULL"), 30, "what is too old is erased")
    ended = hub.rows("SELECT kind, count(*) AS times FROM event_detail WHERE kind LIKE 'details.eras%' GROUP BY kind")
    assert len({row["times"] for row in ended}) == 1, ended
    unlogged = hub.rows("SELECT event_id FROM event_detail EXCEPT SELECT event_id FROM log_entry")
    assert unlogged == [], "an acknowledged event is not in the log"
    gaps = hub.rows("SELECT count(*) AS entries, max(idx) + 1 AS size FROM log_entry")[0]
    assert gaps["entries"] == gaps["size"]
    until(lambda: not [path for path in (hub.layout.vault / "tmp").rglob("*") if path.is_file()], 30, "nothing is open")


def times(hub: RunningHub, subject: str, *kinds: str) -> list[int]:
    """How often each kind of event about the subject stands in the log."""
    told = hub.rows(
        "SELECT kind, count(*) AS times FROM event_detail JOIN log_entry USING (event_id)"
        " WHERE subject = :subject GROUP BY kind",
        subject=subject,
    )
    found = {row["kind"]: row["times"] for row in told}
    return [found.get(kind, 0) for kind in kinds]
