"""A whole hub in one process and one temporary folder: real keys, real policies, real people, real SQLite.

Web, worker and sequencer are the real ones; only their loops are turned by hand (``work``), so that a test decides
when something happens and nothing sleeps.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from amana.audit.events.event import Actor
from amana.audit.log import public
from amana.audit.log.sequence import check_log, show
from amana.audit.tlog.calendar import Calendar
from amana.audit.tlog.checkpoint import Checkpoint, read_log_key
from amana.command import keys
from amana.config import HOME, WebConfig, WorkerConfig
from amana.db import Database
from amana.demo.accounts import roster as demo_roster
from amana.identity import passwords, roster
from amana.sequencer.main import ROLE, drain
from amana.web.app import make_app
from amana.web.hub import Hub, open_hub
from support.databases import TestDatabase, sqlite_copy, sqlite_database

ORIGIN = "http://127.0.0.1:8000"
OPERATOR = Actor("operator", "process", "hub")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

Accounts = list[Mapping[str, Any]]
Environments = dict[str, dict[str, str]]  # by process


@dataclass
class Clock:
    """A clock that a test sets: it goes one millisecond further at each look."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


@dataclass
class RealHub:
    """The hub and what a test does with it."""

    folder: Path
    test_database: TestDatabase
    house: Hub
    app: Flask
    worker_config: WorkerConfig
    sequencer: Database
    accounts: Accounts
    clock: Clock
    last: Checkpoint = field(repr=False, default=None)  # type: ignore[assignment]  # set by the maker

    @cached_property
    def workbench(self) -> Any:
        """The worker's hands, opened when a test first needs them: its libraries are heavy."""
        from amana.worker.main import open_workbench

        return replace(open_workbench(self.worker_config), clock=self.clock)

    def account(self, role: str, committee: str | None = None, organisation: str | None = None) -> Mapping[str, Any]:
        return next(
            one
            for one in self.accounts
            if one["role"] == role
            and committee in {None, one["committee"]}
            and organisation in {None, one["organisation"]}
        )

    def api(self, role: str, committee: str | None = None, language: str = "en") -> ApiClient:
        """The API as the holder of this role's token."""
        return ApiClient(self.app.test_client(), self.account(role, committee)["token"], language)

    def browser(self, role: str, committee: str | None = None, purpose: str | None = None) -> FlaskClient:
        """A signed-in browser without a screen."""
        client = self.app.test_client()
        account = self.account(role, committee)
        answer = client.post("/en/sign-in", data={"email": account["email"], "password": account["password"]})
        assert answer.status_code == 303, answer.text
        if purpose:
            form = {"purpose": purpose, "form_key": self.form_key(client), "next": "/en/"}
            assert client.post("/en/purpose", data=form).status_code == 303
        return client

    def form_key(self, client: FlaskClient, page: str = "/en/methods") -> str:
        text = client.get(page).text
        return text.partition('name="form_key" value="')[2].partition('"')[0]

    def work(self) -> None:
        """Let sequencer and worker go on until nothing is left to do."""
        from amana.worker.main import turn

        busy = True
        while busy:
            self.sign()
            busy = turn(self.workbench)
        self.sign()

    def sign(self) -> None:
        """Put everything that is journalled under a checkpoint."""
        key = read_log_key(self.folder / "keys" / "sequencer" / "log.pem")
        self.last = drain(self.sequencer, key, self.last, self.clock())

    def show(self) -> None:
        """Show outsiders what is signed, at the next mark of the calendar if they have seen this one."""
        self.sign()
        with self.sequencer.read() as reading:
            shown = public.newest(reading)
        calendar = Calendar(interval=5, block=8)
        if shown is not None and not calendar.is_due(self.clock(), shown.at):
            self.clock.at = shown.at + timedelta(seconds=5)
        key = read_log_key(self.folder / "keys" / "sequencer" / "log.pem")
        self.last = show(self.sequencer, key, self.clock(), self.last, calendar)

    def tell_refusals(self) -> None:
        """Let the worker tell the log what strangers were refused, at the next mark."""
        from amana.worker.refusals import tell_next

        self.clock.at += timedelta(seconds=self.workbench.tells_every)
        assert tell_next(self.workbench)

    def events(self, kind: str | None = None) -> list[Mapping[str, Any]]:
        """What is journalled, oldest first, as the database's owner sees it."""
        from sqlalchemy import select

        from amana.audit.outbox.tables import event_detail

        query = select(event_detail).order_by(event_detail.c.at, event_detail.c.event_id)
        with self.test_database.as_role("owner").read() as reading:
            rows = reading.execute(query if kind is None else query.where(event_detail.c.kind == kind)).mappings()
            return [{**row, "facts": json.loads(row["details"])} for row in rows]


@dataclass
class ApiClient:
    """A client of the API with one token."""

    client: FlaskClient
    token: str
    language: str

    def open(self, path: str, method: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": self.language}
        return self.client.open(path, method=method, headers={**headers, **more.pop("headers", {})}, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.open(path, "GET", **more)

    def post(self, path: str, **more: Any) -> Any:
        return self.open(path, "POST", **more)


def compile_translations() -> None:
    """Compile what Makefile compiles, where a .po is newer than its .mo."""
    for po in (HOME / "platform/amana/web/translations").glob("*/LC_MESSAGES/*.po"):
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
            command = [str(Path(sys.executable).parent / "pybabel"), "-q", "compile", "-i", str(po), "-o", str(mo)]
            subprocess.run(command, check=True, capture_output=True)


@contextmanager
def real_hub(
    folder: Path, policies: Path | None = None, origin: str = ORIGIN, clock: Clock | None = None
) -> Iterator[RealHub]:
    """Yield a hub with the demo's people and no data."""
    _furnish(folder)
    with sqlite_database(folder) as database:
        accounts = _admit(database.as_role("owner"))
        env = _settings(folder, database.url, policies or copied_policies(folder), origin)
        with _opened(folder, database, env, accounts, clock or Clock()) as hub:
            yield hub


@dataclass(frozen=True)
class Kept:
    """A hub that is closed, with all that has happened in it: made once, it spares others the same beginning.

    release: what its maker published in it.
    """

    folder: Path
    accounts: Accounts
    at: datetime
    release: str

    @contextmanager
    def again(self, folder: Path, origin: str = ORIGIN) -> Iterator[RealHub]:
        """Yield a copy of it, which is the test's own: nothing done to one copy is seen in another."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        with sqlite_copy(folder) as database:
            env = _settings(folder, database.url, folder / "policies", origin)
            with _opened(folder, database, env, self.accounts, Clock(self.at)) as hub:
                yield hub


@contextmanager
def _opened(
    folder: Path, database: TestDatabase, env: Environments, accounts: Accounts, clock: Clock
) -> Iterator[RealHub]:
    compile_translations()
    house = open_hub(WebConfig.read(env["web"]), clock)
    app = make_app(house)
    app.testing = True
    hub = RealHub(
        folder, database, house, app, WorkerConfig.read(env["worker"]), database.as_role(ROLE), accounts, clock
    )
    key = read_log_key(folder / "keys" / "sequencer" / "log.pem")
    with hub.sequencer.read() as reading:
        hub.last = check_log(reading, key)
    hub.sign()
    try:
        yield hub
    finally:
        house.database.close()
        house.auditor.close()
        if "workbench" in vars(hub):
            hub.workbench.database.close()


def copied_policies(folder: Path) -> Path:
    """Copy the repository's policies, for a test that changes them."""
    return Path(shutil.copytree(HOME / "policies", folder / "policies"))


def _furnish(folder: Path) -> None:
    from click.testing import CliRunner

    answer = CliRunner().invoke(keys.command, ["init", str(folder / "keys"), "--origin", "amana.test/log"])
    assert answer.exit_code == 0, answer.output
    for place in ("data", "vault", "vault/keys"):
        (folder / place).mkdir(mode=0o700)


def _settings(folder: Path, url: str, policies: Path, origin: str) -> Environments:
    made, data, vault = folder / "keys", folder / "data", folder / "vault"
    shared = {"AMANA_DATABASE_URL": url, "AMANA_DEMO": "1", "AMANA_POLICIES": str(policies)}
    web = {
        "AMANA_DATA": data,
        "AMANA_AUDITOR_DATABASE_URL": url,
        "AMANA_ORIGIN": origin,
        "AMANA_RECIPIENTS_FILE": made / "web" / "recipients.txt",
        "AMANA_RECEIPT_KEY_FILE": made / "web" / "receipt.key",
        "AMANA_BUNDLE_PUBLIC_FILE": made / "web" / "bundle.pub.pem",
        "AMANA_LOG_VKEY_FILE": made / "web" / "log.vkey",
    }
    worker = {
        "AMANA_DATA": data,
        "AMANA_VAULT": vault,
        "AMANA_OPENING_KEY_FILE": made / "worker" / "opening.key",
        "AMANA_ROOT_KEY_FILE": made / "worker" / "root.key",
        "AMANA_PSEUDONYM_KEY_FILE": made / "worker" / "pseudonym.key",
        "AMANA_BUNDLE_KEY_FILE": made / "worker" / "bundle.pem",
        "AMANA_LOG_VKEY_FILE": made / "worker" / "log.vkey",
    }
    plain = {"web": web, "worker": worker}
    return {name: shared | {key: str(value) for key, value in own.items()} for name, own in plain.items()}


def _admit(owner: Database) -> Accounts:
    wanted = roster.parse(json.dumps(demo_roster()).encode())
    credentials = roster.prepare(wanted, passwords.Hasher.at(passwords.DEMO), with_factor=False)
    with owner.write() as tx:
        return list(roster.admit(tx, wanted, credentials, by=OPERATOR, now=NOON - timedelta(days=1)))
