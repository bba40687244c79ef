"""A hub in three real processes, in a folder of its own, that tests can use, kill and look into."""

from __future__ import annotations

import ast
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from sqlalchemy import create_engine, text

from amana.config import HOME
from amana.demo import supervise
from amana.demo.hub import Hub
from amana.demo.processes import Crew, Layout

SMALL_PLAN = """\
id = "victims-annual"
dataflow = "VICTIMS"
method = "suppress"
public = false

[title]
ar = "خطة صغيرة للاختبار"
fr = "petit plan d'essai"
en = "a small plan for tests"

[[cube]]
id = "area-sex"
by = ["REF_AREA", "SEX"]
filter = { VICTIM_STATUS = "IDENT" }
title = { ar = "حسب الجنس", fr = "par sexe", en = "by sex" }
"""


@dataclass
class RunningHub:
    """One hub: its layout, its processes, and doors for each account."""

    layout: Layout
    crew: Crew
    _armed: tuple[str, subprocess.Popen[bytes], int] | None = None
    _doors: dict[tuple[str, str | None, str], Hub] = field(default_factory=dict)

    @property
    def accounts(self) -> list[dict[str, Any]]:
        accounts: list[dict[str, Any]] = json.loads((self.layout.folder / "accounts.json").read_text())["accounts"]
        return accounts

    def account(self, role: str, committee: str | None = None) -> dict[str, Any]:
        return next(one for one in self.accounts if one["role"] == role and one["committee"] in {committee, None})

    def as_(self, role: str, committee: str | None = None, language: str = "en") -> Hub:
        key = (role, committee, language)
        if key not in self._doors:
            self._doors[key] = Hub(self.layout.url, self.account(role, committee)["token"], language)
        return self._doors[key]

    def close(self) -> None:
        for door in self._doors.values():
            door.close()

    def restart(self, process: str, **more: str) -> None:
        child = self.crew.running.pop(process)
        child.terminate()
        child.wait(30)
        self.crew.start(process, **more)
        if process == "web" and not more:
            self.wait_until_ready()

    def arm(self, process: str, point: str) -> None:
        """Start a process again so that it will die at ``point``."""
        self.revive()
        before = self._killed_web_workers()
        self.restart(process, AMANA_FAULT=point)
        self._armed = process, self.crew.running[process], before
        if process == "web":  # a point that its self-test passes kills it before it ever answers
            until(lambda: self.died_armed() or _ready(self.layout.url), 60, "web answers, or dies at its point")

    def died_armed(self) -> bool:
        """Return whether the process that was armed last has come to its point and died there."""
        process, child, before = self._armed
        if process == "web":
            return self._killed_web_workers() > before
        return child.poll() == -signal.SIGKILL

    def revive(self) -> None:
        """Start again what has died, disarmed. gunicorn's master survives its worker, so it is started again too."""
        if self._armed and self._armed[:2] == ("web", self.crew.running["web"]) and self.died_armed():
            self.restart("web")
        self.crew.revive()

    def _killed_web_workers(self) -> int:
        return (self.layout.folder / "web.log").read_text(errors="replace").count("SIGKILL")

    def wait_until_ready(self) -> None:
        until(lambda: _ready(self.layout.url), 60, "the web process answers")

    def rows(self, sql: str, **values: object) -> list[Any]:
        """Look into the database as its owner would; each row is a mapping."""
        engine = create_engine(self.layout.database)
        with engine.connect() as connection:
            found = [dict(row) for row in connection.execute(text(sql), values).mappings()]
        engine.dispose()
        return found

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(self.layout.folder.glob("*.log")))


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def until(done: Callable[[], bool], seconds: float, what: str) -> None:
    """Ask again and again until it is so; the pause only spares the processor."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def small_policies(folder: Path) -> Path:
    """Copy the repository's policies with one small plan, so that a release is built in a moment."""
    policies = folder / "policies"
    shutil.copytree(HOME / "policies", policies)
    for plan in (policies / "releases").glob("*.toml"):
        plan.unlink()
    (policies / "releases" / "victims.toml").write_text(SMALL_PLAN, encoding="utf-8")
    return policies


@contextmanager
def running_hub(
    folder: Path, policies: Path | None = None, database_url: str | None = None, **web: str
) -> Iterator[RunningHub]:
    """Yield a hub on a free port; its processes end with the block."""
    layout = Layout(folder, supervise.free_port(), interval=50, database_url=database_url)
    quiet = Console(quiet=True)
    supervise.prepare_folder(layout, quiet)
    supervise.set_up(layout, quiet)
    shared: Mapping[str, str] = {"AMANA_POLICIES": str(policies)} if policies else {}
    crew = PolicedCrew(layout, HOME, shared=shared)
    hub = RunningHub(layout, crew)
    try:
        crew.start("sequencer")
        crew.start("worker")
        crew.start("web", **web)
        hub.wait_until_ready()
        yield hub
    finally:
        hub.close()
        crew.stop()


@dataclass
class PolicedCrew(Crew):
    """A crew whose processes all read the same other policies."""

    shared: Mapping[str, str] | None = None

    def start(self, process: str, **more: str) -> None:
        super().start(process, **{**(self.shared or {}), **more})


def fault_points() -> dict[str, str]:
    """Return every fault point in the source, with the process it dies in: read from the code, never kept by hand."""
    places: dict[str, str] = {}
    for path in sorted((HOME / "platform" / "amana").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_point(node.func):
                (name,) = node.args
                if not isinstance(name, ast.Constant):
                    raise AssertionError(f"{path}:{node.lineno}: a fault point needs a literal name")
                places[str(name.value)] = _process_of(path.relative_to(HOME / "platform" / "amana"))
    return places


def _is_point(function: ast.expr) -> bool:
    return (isinstance(function, ast.Attribute) and function.attr == "point") or (
        isinstance(function, ast.Name) and function.id == "point"
    )


_IN_WEB: Final = {
    "audit": {"review", "exporting"},
    "intake": {"person_list", "receive", "requests", "resume", "resume_piece"},
    "release": {"approve", "order"},
    "vault": {"sealing", "shelf"},
}
_IN_WORKER: Final = {"audit": {"turned_away"}}


def _process_of(module: Path) -> str:
    room, name = module.parts[0], module.stem
    if room == "web" or name in _IN_WEB.get(room, ()):
        return "web"
    if room in {"audit", "sequencer"} and name not in _IN_WORKER.get(room, ()):
        return "sequencer"
    return "worker"
