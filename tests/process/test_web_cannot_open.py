"""The web process, with all that its settings, its environment and its database user reach, opens nothing."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from amana.config import HOME
from amana.db import open_database
from amana.demo.processes import Layout
from support.contributions import row, write
from support.databases import ROLES_SQL
from support.running import RunningHub, running_hub, small_policies

NOBODY = 65534
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub with one batch in the vault, and one sealed on the shelf that nobody judges: the worker is stopped."""
    folder = tmp_path_factory.mktemp("cannot-open")
    with running_hub(folder / "hub", policies=small_policies(folder)) as running:
        file = write(folder, [row(number) for number in range(20)])
        clerk = running.as_("submitter", "MAR")
        stored = clerk.upload(file, "VICTIMS", "2022", "one")
        clerk.wait(f"/api/v1/batches/{stored['id']}", lambda seen: seen["state"] == "ACCEPTED")
        worker = running.crew.running.pop("worker")
        worker.terminate()
        worker.wait(30)
        clerk.upload(file, "VICTIMS", "2023", "two")
        yield running


def reached_by_web(layout: Layout) -> list[Path]:
    """Every file that a variable of the live web process names, or that lies in a folder that one names."""
    reached: list[Path] = []
    for value in layout.settings("web").values():
        path = Path(value)
        if path.is_absolute() and path.is_dir() and layout.folder in path.parents:
            reached += [inner for inner in path.rglob("*") if inner.is_file()]
        elif path.is_absolute() and path.is_file():
            reached.append(path)
    return reached


def test_the_live_process_was_given_its_own_settings_and_no_more(hub: RunningHub) -> None:
    master = psutil.Process(hub.crew.running["web"].pid)
    for process in (master, *master.children()):
        names = {name for name in process.environ() if name.startswith("AMANA_")}
        assert not names & {"AMANA_OPENING_KEY_FILE", "AMANA_ROOT_KEY_FILE", "AMANA_LOG_KEY_FILE", "AMANA_VAULT"}
        opened = [file.path for file in process.open_files()]
        assert not [path for path in opened if str(hub.layout.vault) in path or "/keys/worker" in path]


def test_no_file_within_its_reach_opens_an_envelope_or_a_record_file(hub: RunningHub) -> None:
    import pyrage

    envelopes = [path for path in (hub.layout.data / "shelf").iterdir() if path.is_file()]
    assert envelopes
    for key in reached_by_web(hub.layout):
        for line in key.read_bytes().splitlines()[:50]:
            try:
                identity = pyrage.x25519.Identity.from_str(line.decode().strip())
            except (pyrage.IdentityError, UnicodeDecodeError):
                continue
            pytest.fail(f"{key} holds an opening key: {identity.to_public()}")
    records = [path for path in hub.layout.vault.rglob("*") if path.is_file()]
    assert records
    assert not set(records) & set(reached_by_web(hub.layout))


def test_its_database_user_cannot_read_where_records_are(hub: RunningHub) -> None:
    for role in ("amana_web", "auditor_reader"):
        database = open_database(hub.layout.database, role, ROLES_SQL)
        with database.read() as reading, pytest.raises(DBAPIError):
            reading.execute(text("SELECT file, key_id FROM holding"))
        database.close()


@pytest.mark.parametrize("name", ["AMANA_OPENING_KEY_FILE", "AMANA_ROOT_KEY_FILE", "AMANA_VAULT"])
def test_given_the_opening_key_it_refuses_to_start(name: str, hub: RunningHub) -> None:
    worker = hub.layout.settings("worker")
    ended = subprocess.run(
        [*hub.layout.command("web")[:-3], "-b", "127.0.0.1:0", "wsgi:app"],
        cwd=HOME, env=hub.layout.settings("web") | {name: worker[name]}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode != 0
    assert name in ended.stderr


def _try_everything(folder: str, answers: multiprocessing.SimpleQueue[list[str]]) -> None:
    """Run as an attacker who has taken the web process over: another user, who may open whatever that user may."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    opened: list[str] = []
    for root in (Path(folder) / "worker", Path(folder) / "keys" / "worker", Path(folder) / "keys" / "sequencer"):
        for path in FILES[str(root)]:
            try:
                Path(path).read_bytes()
                opened.append(path)
            except PermissionError:
                continue
    answers.put(opened)


FILES: dict[str, list[str]] = {}


def test_as_another_user_it_cannot_read_the_vault_or_its_keys(hub: RunningHub) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    for folder in (hub.layout.folder, *hub.layout.folder.parents):
        if folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)  # so that it is the vault's own walls that hold
    for root in ("worker", "keys/worker", "keys/sequencer"):
        base = hub.layout.folder / root
        FILES[str(base)] = [str(path) for path in base.rglob("*") if path.is_file()]
        assert FILES[str(base)], f"nothing to protect in {root}"
    answers = multiprocessing.get_context("fork").SimpleQueue()
    child = multiprocessing.get_context("fork").Process(target=_try_everything, args=(str(hub.layout.folder), answers))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert answers.get() == []
