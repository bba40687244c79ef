"""A hub and three witnesses, each a process of its own: a quorum, a receipt, and an operator who goes back a day.

The operator lies with the real key: the database is put back, and the hub signs another history from there. Every
witness refuses it, keeps what convicts the log, and goes on refusing after it was killed and started again.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest

from amana.audit.tlog.checkpoint import split_note
from amana.committee.witness_folder import WitnessFolder
from support.contributions import row, write
from support.running import RunningHub, running_hub, small_policies, until
from support.witnesses import EGY, MAR, THREE, TUN, settle, witnesses_toml

pytestmark = pytest.mark.slow

AMANA = str(Path(sys.executable).with_name("amana"))
PATIENCE = 300  # seconds until something that happens at every mark of the calendar must have happened


class Region:
    """A running hub with three witnesses: two that come by themselves, one that listens and is fed."""

    def __init__(self, hub: RunningHub, folder: Path) -> None:
        self.hub, self.folder = hub, folder
        self.vkey = folder / "hub" / "keys" / "web" / "log.vkey"
        self.mar, self.tun, self.egy = (settle(folder / key.name[:3], key, self.vkey.read_text()) for key in THREE)

    def run(self, *words: object, expect: int = 0) -> str:
        told = subprocess.run(
            [AMANA, *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "AMANA_LANG": "en"},
        )
        assert told.returncode == expect, told.stdout + told.stderr
        return told.stdout + told.stderr

    @contextmanager
    def process(self, *words: object) -> Iterator[subprocess.Popen[str]]:
        program = [AMANA, "committee", "witness", *map(str, words), "--lang", "en"]
        with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as started:
            try:
                yield started
            finally:
                started.kill()

    @contextmanager
    def witnessing(self) -> Iterator[None]:
        url = self.hub.layout.url
        with ExitStack() as stack:
            for one in (self.mar, self.tun):
                stack.enter_context(self.process("once", one.path, "--hub", url, "--every", 1))
            egypt = stack.enter_context(self.process("serve", self.egy.path, "--port", 0))
            assert egypt.stdout is not None
            address = egypt.stdout.readline().split()[-1]
            words = ("feed", "--hub", url, "--vkey", self.vkey, "--witness", address, "--every", 1)
            stack.enter_context(self.process(*words))
            yield

    def cosigned_by(self, path: str = "/log/checkpoint") -> set[str]:
        answer = httpx.get(f"{self.hub.layout.url}{path}", timeout=30)
        return {one.name for one in split_note(answer.text)[1]} if answer.status_code == httpx.codes.OK else set()

    def grow(self) -> None:
        self.hub.as_("auditor").get("/api/v1/audit/events")

    def put_back(self, copy: Path) -> None:
        """Replace the database while nothing runs, and start everything again."""
        crew, database = self.hub.crew, Path(self.hub.layout.database.removeprefix("sqlite:///"))
        for process in ("web", "worker", "sequencer"):
            child = crew.running.pop(process)
            child.terminate()
            child.wait(30)
        for beside in ("-wal", "-shm"):
            database.with_name(database.name + beside).unlink(missing_ok=True)
        database.write_bytes(copy.read_bytes())
        crew.start_all()
        self.hub.wait_until_ready()


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Region]:
    policies = small_policies(tmp_path)
    (policies / "witnesses.toml").write_text(witnesses_toml(2, MAR, TUN, EGY))
    with running_hub(tmp_path / "hub", policies=policies) as hub:
        yield Region(hub, tmp_path)


def test_a_quorum_a_receipt_and_a_fork_that_every_witness_refuses(region: Region, tmp_path: Path) -> None:
    names = {one.name for one in THREE}
    with region.witnessing():
        until(lambda: names <= region.cosigned_by(), PATIENCE, "all three have cosigned")
        check_receipt(region, tmp_path)
        yesterday = tmp_path / "yesterday.sqlite"
        database = region.hub.layout.database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(database)) as now, closing(sqlite3.connect(yesterday)) as kept:
            now.backup(kept)
        before = {one.path: one.kept().checkpoint.size for one in (region.mar, region.tun, region.egy)}
        region.grow()
        three = (region.mar, region.tun, region.egy)
        grown = lambda one: one.kept().checkpoint.size > before[one.path]  # noqa: E731 - asked again and again
        until(lambda: all(map(grown, three)), PATIENCE, "all three have cosigned what came after")
        region.put_back(yesterday)
        until(lambda: all(map(is_convicted, three)), PATIENCE, "all three have refused the second history")
    sizes = {one.path: one.kept().checkpoint.size for one in three}
    for one in three:
        told = region.run("committee", "witness", "evidence", one.path, expect=1)
        assert "Proven: the log's key signed two checkpoints" in told
    (proven,) = [place for place, _ in region.egy.evidence() if proves(region, place)]
    assert "no history in common" in region.run("audit", "evidence", proven, "--vkey", region.vkey, expect=1)
    for one in (region.mar, region.tun):
        region.run("committee", "witness", "once", one.path, "--hub", region.hub.layout.url, expect=1)
    assert {one.path: one.kept().checkpoint.size for one in three} == sizes
    assert region.cosigned_by() & names == set()


def check_receipt(region: Region, folder: Path) -> None:
    """Send a file; once a quorum has cosigned its arrival, fetch the receipt and check it with public keys alone."""
    file = write(folder, [row(number) for number in range(9)])
    sent = region.hub.as_("submitter", "MAR").upload(file, "VICTIMS", "2022", "one")
    (folder / "token").touch(mode=0o600)
    (folder / "token").write_text(region.hub.account("submitter", "MAR")["token"])
    law = folder / "policies" / "witnesses.toml"
    door = region.hub.as_("submitter", "MAR")

    def is_witnessed() -> bool:
        answer = httpx.get(
            f"{region.hub.layout.url}/api/v1/batches/{sent['id']}/proof",
            headers={"Authorization": f"Bearer {region.hub.account('submitter', 'MAR')['token']}"},
            timeout=30,
        )
        return answer.status_code == httpx.codes.OK and len(split_note(answer.text)[1]) > 2

    assert door
    until(is_witnessed, PATIENCE, "the arrival stands under a witnessed checkpoint")
    online = ["--hub", region.hub.layout.url, "--token-file", folder / "token", "--lang", "en"]
    kept = ["--out", folder / "mine.tlog-proof", "--vkey", region.vkey, "--witnesses", law]
    assert "Quorum met" in region.run("committee", "proof", sent["id"], *online, *kept)
    text = (folder / "mine.tlog-proof").read_text()
    lines = text.splitlines(keepends=True)
    (folder / "alone.tlog-proof").write_text(
        "".join(line for line in lines if "tun.test" not in line and "egy." not in line)
    )
    alone = ["audit", "proof", folder / "alone.tlog-proof", "--vkey", region.vkey, "--witnesses", law]
    assert "Quorum not met" in region.run(*alone, expect=1)


def is_convicted(witness: WitnessFolder) -> bool:
    """Whether the witness has evidence of a fork, and not only of an older checkpoint."""
    from amana.audit.witness.evidence import Charge, charge_of

    return any(charge_of(one) is Charge.FORKED for _, one in witness.evidence())


def proves(region: Region, place: Path) -> bool:
    words = [AMANA, "audit", "evidence", str(place), "--vkey", str(region.vkey)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 1


def test_a_witness_killed_at_any_moment_goes_on_and_one_without_memory_does_not(region: Region) -> None:
    url = region.hub.layout.url
    for _ in range(3):
        with region.process("once", region.mar.path, "--hub", url, "--every", 1) as started:
            size = region.mar.kept().checkpoint.size
            region.grow()
            until(lambda: region.mar.kept().checkpoint.size > size, PATIENCE, "it has cosigned")  # noqa: B023 - at once
            started.send_signal(signal.SIGKILL)
    region.run("committee", "witness", "status", region.mar.path)
    (region.mar.path / "memory.json").unlink()
    told = region.run("committee", "witness", "once", region.mar.path, "--hub", url, "--lang", "en", expect=78)
    assert "under a new name" in told
    region.run("committee", "witness", "init", region.mar.path, "--name", "x.test", "--vkey", region.vkey, expect=73)
