"""Set up an embedded hub in one folder, start its three processes, and have the story told."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

import click
import httpx
from rich.console import Console

from amana.command.main import amana
from amana.config import HOME
from amana.demo import witnesses
from amana.demo.accounts import COMMITTEES, roster
from amana.demo.auditor import StoryBroken
from amana.demo.hub import Refused
from amana.demo.processes import PROGRAMS, Crew, Layout
from amana.demo.story import Story
from amana.errors import AmanaError

_MARK: Final = ".amana-demo"  # only a folder that carries it is ever removed
_START: Final = 60  # seconds until the hub must answer


class DemoRefused(AmanaError):
    """The demo cannot begin: the port is taken, or the folder is somebody else's or a running demo's."""

    code = "demo.refused"
    exit = 73


class DemoFailed(AmanaError):
    """A step of the demo did not end as it must."""

    code = "demo.failed"
    exit = 70


def run(folder: Path, port: int, *, once: bool, console: Console) -> None:
    """Set up, tell the story, and either stop (``once``) or serve until interrupted.

    folder: where everything is kept; remade when it is a demo's, refused when it is anything else.
    port:   on 127.0.0.1; 0 takes a free one.
    """
    layout = Layout(folder.resolve(), port or free_port())
    prepare_folder(layout, console)
    crew = Crew(layout, HOME)
    with _held(layout.folder), ended_politely():
        try:
            set_up(layout, console)
            crew.start_all()
            _wait_until_ready(layout, crew)
            try:
                Story(layout.folder, PROGRAMS, console, lambda: _check_alive(layout, crew)).tell()
            except (StoryBroken, Refused, TimeoutError) as fault:
                raise DemoFailed(step="story", reason=str(fault)) from fault
            if not once:
                _serve(layout, crew, console)
        finally:
            crew.stop()


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the demo's folder, so that no other demo removes it meanwhile. Raises DemoRefused while another holds it."""
    with (folder / _MARK).open() as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise DemoRefused(what=str(folder), reason="word.demo_running") from fault
        yield


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def ended_politely() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the demo as Ctrl-C does, so that no process outlives the one that started it."""

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    before = {one: signal.signal(one, end) for one in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def prepare_folder(layout: Layout, console: Console) -> None:
    """Make the demo's folders, in place of an earlier demo's. Raises DemoRefused."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", layout.port))
        except OSError as fault:
            raise DemoRefused(what=f"127.0.0.1:{layout.port}", reason="word.demo_port") from fault
    if layout.folder.exists():
        if not (layout.folder / _MARK).exists() and any(layout.folder.iterdir()):
            raise DemoRefused(what=str(layout.folder), reason="word.demo_folder")
        if (layout.folder / _MARK).exists():
            with _held(layout.folder):
                console.print(f"[dim]Removing the earlier demo in {layout.folder}[/dim]")
        shutil.rmtree(layout.folder)
    for part in (layout.folder / "hub", layout.data, layout.vault.parent, layout.vault):
        part.mkdir(parents=True)
    layout.vault.parent.chmod(0o700)
    layout.folder.chmod(0o700)
    (layout.folder / _MARK).write_text("An Amana demo with synthetic data. `amana demo` may remove this folder.\n")


def set_up(layout: Layout, console: Console) -> None:
    """Make the database, the keys, the accounts and the witnesses. Raises DemoFailed."""
    folder = layout.folder
    console.print("[bold]Setting up[/bold]: keys, database, accounts, witnesses")
    _amana(layout, "database", "upgrade")
    _amana(layout, "keys", "init", str(folder / "keys"), "--origin", "demo.amana.example/log")
    for iso in COMMITTEES:
        key = folder / "committees" / iso / "signing.pem"
        key.parent.mkdir(parents=True)
        _amana(layout, "keys", "committee", iso, "--out", str(key))
        _amana(layout, "keys", "register", iso, str(key.with_suffix(".pub.pem")))
    description = folder / "roster.json"
    description.touch(mode=0o600)
    description.write_text(json.dumps(roster()))
    _amana(
        layout, "users", "import", str(description), "--accounts", str(folder / "accounts.json"), "--url", layout.url
    )
    description.unlink()
    policies = Path(os.environ.get("AMANA_POLICIES", HOME / "policies"))
    witnesses.appoint(policies, layout.policies, folder, lambda *words: _amana(layout, *words))


def _amana(layout: Layout, *words: str) -> None:
    """Run an ``amana`` command as the hub's owner, in this process: sixteen interpreters less to start."""
    settings = {"AMANA_DATABASE_URL": layout.database, "AMANA_DEMO": "1"}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        with redirect_stdout(StringIO()):
            amana.main(args=list(words), prog_name="amana", standalone_mode=False)
    except click.ClickException as fault:
        raise DemoFailed(step=" ".join(("amana", *words[:2])), reason=fault.format_message()) from fault
    except SystemExit as ended:
        if ended.code:
            raise DemoFailed(step=" ".join(("amana", *words[:3])), reason=f"exit {ended.code}") from ended
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _wait_until_ready(layout: Layout, crew: Crew) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline:
        _check_alive(layout, crew)
        try:
            if httpx.get(f"{layout.url}/readyz", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise DemoFailed(step="web", reason=(layout.folder / "web.log").read_text()[-800:])


def _check_alive(layout: Layout, crew: Crew) -> None:
    for name, child in crew.running.items():
        if child.poll() is not None:
            raise DemoFailed(step=name, reason=(layout.folder / f"{name}.log").read_text()[-800:])


def _serve(layout: Layout, crew: Crew, console: Console) -> None:
    console.rule("The hub is yours")
    console.print(f"Open [bold]{layout.url}[/bold]; accounts: {layout.folder / 'accounts.json'}. Ctrl-C ends it.")
    try:
        while True:
            time.sleep(0.5)
            for name in crew.revive():
                console.print(f"[yellow]{name} had stopped and was started again[/yellow]")
    except KeyboardInterrupt:
        console.print("Stopping.")
