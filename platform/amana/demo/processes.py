"""The hub's three processes, each started with a whitelist of settings and kept alive until the demo ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PROGRAMS: Final = Path(sys.executable).parent
_TONGUE: Final = ("AMANA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")  # in which a process says why it does not start
# Nothing else reaches a child.
_INHERITED: Final = ("PATH", *_TONGUE, "TZ", "SYSTEMROOT", "PYTHONWARNINGS", "OPENBLAS_NUM_THREADS")
_PATIENCE: Final = 20  # seconds a process gets to end by itself


@dataclass(frozen=True)
class Layout:
    """Where the demo keeps what belongs to whom: one folder per process, as three hosts would."""

    folder: Path
    port: int
    interval: int = 250  # milliseconds between checkpoints
    database_url: str | None = None  # None: the embedded SQLite

    @property
    def url(self) -> str:
        """The address at which the hub answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the hub's database."""
        return self.database_url or f"sqlite:///{self.folder / 'hub' / 'amana.sqlite'}"

    @property
    def data(self) -> Path:
        """The folder that web and worker share: sealed uploads and published bundles."""
        return self.folder / "hub" / "data"

    @property
    def vault(self) -> Path:
        """The worker's folder of records and their keys."""
        return self.folder / "worker" / "vault"

    @property
    def policies(self) -> Path:
        """The demo's own copy of the policies, in which its witnesses stand."""
        return self.folder / "policies"

    def settings(self, process: str) -> dict[str, str]:
        """Return the environment of ``web``, ``worker`` or ``sequencer``: its own settings and no other's."""
        keys = self.folder / "keys"
        own: Mapping[str, Mapping[str, str | Path]] = {
            "web": {
                "AMANA_DATA": self.data,
                "AMANA_AUDITOR_DATABASE_URL": self.database,
                "AMANA_ORIGIN": self.url,
                "AMANA_RECIPIENTS_FILE": keys / "web" / "recipients.txt",
                "AMANA_RECEIPT_KEY_FILE": keys / "web" / "receipt.key",
                "AMANA_BUNDLE_PUBLIC_FILE": keys / "web" / "bundle.pub.pem",
                "AMANA_LOG_VKEY_FILE": keys / "web" / "log.vkey",
            },
            "worker": {
                "AMANA_DATA": self.data,
                "AMANA_VAULT": self.vault,
                "AMANA_OPENING_KEY_FILE": keys / "worker" / "opening.key",
                "AMANA_ROOT_KEY_FILE": keys / "worker" / "root.key",
                "AMANA_PSEUDONYM_KEY_FILE": keys / "worker" / "pseudonym.key",
                "AMANA_BUNDLE_KEY_FILE": keys / "worker" / "bundle.pem",
                "AMANA_LOG_VKEY_FILE": keys / "worker" / "log.vkey",
            },
            "sequencer": {
                "AMANA_LOG_KEY_FILE": keys / "sequencer" / "log.pem",
                "AMANA_CHECKPOINT_INTERVAL": str(self.interval),
            },
        }
        shared = {"AMANA_DATABASE_URL": self.database, "AMANA_DEMO": "1", "PYTHONUNBUFFERED": "1"}
        if self.policies.exists():
            shared["AMANA_POLICIES"] = str(self.policies)
        elif "AMANA_POLICIES" in os.environ:
            shared["AMANA_POLICIES"] = os.environ["AMANA_POLICIES"]
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        if process == "web":
            shared["MALLOC_PERTURB_"] = "85"  # glibc overwrites freed memory: what was uploaded does not linger in it
        return inherited | shared | {name: str(value) for name, value in own[process].items()}

    def command(self, process: str) -> list[str]:
        """Return the command line of a process; no secret is ever on it."""
        if process != "web":
            return [str(PROGRAMS / "amana"), process]
        serve = [
            "-k",
            "gthread",
            "--threads",
            "8",
            "--no-control-socket",
            "--timeout",
            "120",
            "--graceful-timeout",
            "5",
        ]
        return [str(PROGRAMS / "gunicorn"), *serve, "-b", f"127.0.0.1:{self.port}", "wsgi:app"]


@dataclass
class Crew:
    """The running processes of one hub; a process that dies is started again until the crew is told to stop."""

    layout: Layout
    home: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    restarts: int = 0

    def start(self, process: str, **more: str) -> None:
        """Start one process, with ``more`` settings; what it says goes to a file of its own."""
        log = (self.layout.folder / f"{process}.log").open("ab")
        with log:
            self.running[process] = subprocess.Popen(  # noqa: S603 - our own programs, fixed arguments
                self.layout.command(process),
                cwd=self.home,
                env=self.layout.settings(process) | more,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_all(self) -> None:
        """Start the sequencer first: the others wait for its checkpoints."""
        for process in ("sequencer", "worker", "web"):
            self.start(process)

    def revive(self) -> list[str]:
        """Start again what has died; return the names of those."""
        dead = [name for name, child in self.running.items() if child.poll() is not None]
        for name in dead:
            self.restarts += 1
            self.start(name)
        return dead

    def stop(self) -> None:
        """End the processes that this crew started, by id: politely first."""
        for child in self.running.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE
        for child in self.running.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.running.clear()
