"""The counter: the commands that speak to the hub. They load nothing that reads records, and so start quickly."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

from amana.committee import package
from amana.committee.hub import Hub, Outcome, read_token
from amana.committee.report import as_json, show
from amana.wording.load import sentence

REFUSED: Final = 65  # sysexits: EX_DATAERR
PATIENCE: Final = 600.0  # seconds that --wait lasts


@contextmanager
def at(url: str, token_file: Path, language: str) -> Iterator[Hub]:
    """Yield the hub at ``url``, and close the connection afterwards."""
    hub = Hub(url, read_token(token_file), language)
    try:
        yield hub
    finally:
        hub.close()


def send(folder: Path, hub: Hub, language: str, *, machine: bool, wait: bool) -> int:
    """Send a package; return 0 once the hub has it, 65 when it was waited for and refused."""
    ready = package.read(folder)
    with _progress(ready.manifest.total, quiet=machine) as told:
        receipt = hub.send(ready, told)
    batch = str(receipt.get("id", ""))
    if wait:
        return _tell(hub.judged(batch, PATIENCE), language, machine=machine)
    click.echo(json.dumps(receipt) if machine else sentence("committee.sent", language, {"batch": batch}))
    return 0


def status(batch: str, hub: Hub, language: str, *, machine: bool) -> int:
    """Print what became of a batch; return 0, or 65 when it was refused."""
    return _tell(hub.outcome(batch), language, machine=machine)


def _tell(outcome: Outcome, language: str, *, machine: bool) -> int:
    state = str(outcome.batch.get("state", ""))
    if machine:
        click.echo(as_json(outcome.findings, **outcome.batch))
    else:
        click.echo(sentence("committee.state", language, {"batch": outcome.batch.get("id", ""), "state": state}))
        if outcome.findings:
            show(outcome.findings, language, Console())
    return REFUSED if state == "REFUSED" else 0


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Callable[[int], object]]:
    """Yield what is told of every piece that went out; a person at a terminal sees a bar, nobody else does."""
    console = Console(file=sys.stderr)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda sent: bar.advance(task, sent)
