"""Delivery: a package goes to the hub, and whoever sits at the terminal sees how far it has come."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from amana.committee import package, sending
from amana.committee.counter import tell
from amana.committee.hub import PATIENCE, Hub
from amana.committee.sending import Told
from amana.wording.load import sentence

INTERRUPTED: Final = 130  # as shells have it: 128 + SIGINT


def send(
    folder: Path, hub: Hub, language: str, *, machine: bool, wait: bool, patience: float, replace: bool = False
) -> int:
    """Send a package; return 0 once the hub has it, 65 when it was waited for and refused, 130 after Ctrl-C.

    replace: let it take an earlier version's place without asking its owner again.
    """
    ready = package.read(folder)
    with _progress(ready.manifest.total, language, quiet=machine) as bar:
        try:
            receipt = sending.send(hub, ready, Told(bar.at, bar.keep, bar.wait), patience, replace=replace)
        except KeyboardInterrupt:
            bar.stop()
            click.echo(sentence("committee.interrupted", language, {"percent": bar.percent}), err=True)
            return INTERRUPTED
    batch = str(receipt.get("id", ""))
    if wait:
        return tell(hub.judged(batch, PATIENCE), language, machine=machine)
    click.echo(json.dumps(receipt) if machine else sentence("committee.sent", language, {"batch": batch}))
    return 0


class _Bar:
    """How far it has come, drawn for a person at a terminal and for nobody else."""

    def __init__(self, bar: Progress, total: int, language: str) -> None:
        self._bar, self._total, self._language = bar, total, language
        self._task = bar.add_task(sentence("committee.sending", language), total=total)
        self._kept = 0

    @property
    def percent(self) -> int:
        return self._kept * 100 // self._total

    def keep(self, here: int) -> None:
        self._kept = here

    def at(self, here: int) -> None:
        self._bar.update(self._task, completed=here, description=sentence("committee.sending", self._language))

    def wait(self, seconds: float) -> None:
        told = sentence("committee.line_lost", self._language, {"seconds": int(seconds)})
        self._bar.update(self._task, description=told)
        time.sleep(seconds)

    def stop(self) -> None:
        self._bar.stop()


@contextmanager
def _progress(total: int, language: str, *, quiet: bool) -> Iterator[_Bar]:
    console = Console(file=sys.stderr)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        yield _Bar(bar, total, language)
