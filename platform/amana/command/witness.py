"""``amana committee witness``: cosign the hub's log for a committee, and keep what convicts a hub that forks it."""

from __future__ import annotations

from pathlib import Path

import click

from amana.command.options import FOLDER, LANG, NEW, Sysexits, options

_HUB = click.option("--hub", envvar="AMANA_HUB", required=True, help="The hub's address, https://…")
_EVERY = click.option("--every", type=click.FloatRange(1), help="Go on, so many seconds apart, until told to stop.")
_WITNESS = options(click.argument("folder", type=FOLDER), LANG)


@click.group(cls=Sysexits)
def witness() -> None:
    """Witness the hub's log: cosign what only grows, refuse and keep what does not."""


@witness.command()
@click.argument("folder", type=NEW)
@click.option("--name", required=True, help="Of the key, never used before: committee.example/witness/2026.")
@click.option("--vkey", required=True, help="The log's verifier key: its text, or a file. Not from the hub itself.")
@LANG
def init(*, folder: Path, name: str, vkey: str, lang: str) -> None:
    """Make a witness in the new FOLDER, and print the vkey to hand over."""
    from amana.command.audit_told import read_key
    from amana.committee import witness_desk

    raise SystemExit(witness_desk.init(folder, name, read_key(vkey), lang))


@witness.command()
@_WITNESS
@_HUB
@_EVERY
def once(*, folder: Path, hub: str, every: float | None, lang: str) -> None:
    """Fetch the hub's checkpoint, cosign it if the log has only grown, hand it in. For cron; needs no open port.

    Ends with 0 when it cosigned, 1 when it refused, 78 when it must be retired, and otherwise by sysexits.
    """
    from amana.committee import witness_desk

    raise SystemExit(witness_desk.come(folder, hub, lang, every))


@witness.command()
@_WITNESS
@click.option("--host", default="127.0.0.1", help="Address to listen at; default: this machine only.")
@click.option("--port", type=click.IntRange(0, 65535), default=7380, help="0 takes any that is free.")
def serve(*, folder: Path, host: str, port: int, lang: str) -> None:
    """Listen for checkpoints (C2SP tlog-witness, add-checkpoint)."""
    from amana.committee import witness_desk

    raise SystemExit(witness_desk.serve(folder, host, port, lang))


@witness.command()
@_HUB
@click.option("--vkey", required=True, help="The log's verifier key: its text, or a file.")
@click.option("--witness", "witnesses", multiple=True, required=True, help="The address of a listening witness.")
@_EVERY
@LANG
def feed(*, hub: str, vkey: str, witnesses: tuple[str, ...], every: float | None, lang: str) -> None:
    """Bring the hub's checkpoint to witnesses that listen, and their cosignatures to the hub. It needs no key."""
    from amana.command.audit_told import read_key
    from amana.committee import witness_desk

    raise SystemExit(witness_desk.feed(hub, read_key(vkey), witnesses, lang, every))


@witness.command()
@_WITNESS
def status(*, folder: Path, lang: str) -> None:
    """Say what was cosigned last. Ends with 1 if there is evidence."""
    from amana.committee import witness_desk

    raise SystemExit(witness_desk.status(folder, lang))


@witness.command(name="evidence")
@_WITNESS
def evidence_(*, folder: Path, lang: str) -> None:
    """Show what was refused and kept, and what it proves. Ends with 1 if there is any."""
    from amana.committee import witness_desk

    raise SystemExit(witness_desk.show_evidence(folder, lang))


@witness.command()
@_WITNESS
def retire(*, folder: Path, lang: str) -> None:
    """Let this witness never cosign again: when its memory or key is lost. A new one takes a new name."""
    from amana.committee import witness_desk

    raise SystemExit(witness_desk.retire(folder, lang))
