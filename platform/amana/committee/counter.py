"""The counter: the commands that speak to the hub. They load nothing that reads records, and so start quickly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from amana import durable
from amana.committee.hub import Hub, Outcome, read_token
from amana.committee.refusals import AlreadyThere
from amana.committee.report import as_json, show, show_difference
from amana.wording.load import sentence

_KINDS: Final = {"bat": "batches", "req": "requests", "rel": "releases"}

REFUSED: Final = 65  # sysexits: EX_DATAERR


@contextmanager
def at(url: str, token_file: Path, language: str) -> Iterator[Hub]:
    """Yield the hub at ``url``, and close the connection afterwards."""
    hub = Hub(url, read_token(token_file), language)
    try:
        yield hub
    finally:
        hub.close()


def status(batch: str, hub: Hub, language: str, *, machine: bool) -> int:
    """Print what became of a batch; return 0, or 65 when it was refused."""
    return tell(hub.outcome(batch), language, machine=machine)


def tell(outcome: Outcome, language: str, *, machine: bool) -> int:
    """Print what became of a batch; return 0, or 65 when it was refused."""
    state = str(outcome.batch.get("state", ""))
    if machine:
        click.echo(as_json(outcome.findings, **outcome.batch, difference=outcome.difference, seen=outcome.seen))
    else:
        facts = {"batch": outcome.batch.get("id", ""), "state": sentence(f"state.{state}", language)}
        click.echo(sentence("committee.state", language, facts))
        if outcome.findings:
            show(outcome.findings, language, Console())
        if outcome.difference is not None:
            show_difference(outcome.difference, str(outcome.batch.get("dataflow", "")), language, Console())
            click.echo(f"amana committee decide {outcome.batch.get('id', '')} replace --seen {outcome.seen}")
    return REFUSED if state == "REFUSED" else 0


def keep_proof(hub: Hub, of: str, out: Path, language: str) -> None:
    """Write the proof about a batch, request or release into a new file.

    Raises AlreadyThere, HubRefused, HubUnreachable.
    """
    content = hub.fetch("GET", f"/api/v1/{_KINDS[of[:3]]}/{of}/proof")
    if not durable.write_new(out, content):
        raise AlreadyThere(place=str(out))
    click.echo(sentence("committee.proof_kept", language, {"place": out}))
