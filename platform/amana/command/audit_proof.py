"""Checking a proof (.tlog-proof) offline: for an auditor, and for the committee that has just fetched its own."""

from __future__ import annotations

from pathlib import Path

import click

from amana.audit.tlog import leaf
from amana.audit.tlog import proof as proofs
from amana.audit.tlog.checkpoint import parse_vkey
from amana.command.audit_told import (
    TAMPERED,
    checkpoint_facts,
    read_demand,
    read_key,
    read_text,
    refusing,
    stand,
    tell,
    tell_standing,
)


def check_proof(file: Path, vkey: str, witnesses: Path | None, lang: str) -> int:
    """Print what a proof shows, and return 0; 1 when it does not hold, or too few witnesses have cosigned.

    Ends with 2 when a file is not what it should be.
    """
    with refusing(lang):
        key = parse_vkey(read_key(vkey))
        read = proofs.parse(read_text(file))
        entry = leaf.parse(read.entry)
        demand = read_demand(witnesses, key)
    with refusing(lang, TAMPERED):
        checkpoint = proofs.verify(read, key)
        standing = stand(read.note, key, demand)
    click.echo(tell("proof", lang, event=entry.id, kind=entry.kind, index=read.index))
    click.echo(tell("checkpoint_line", lang, **checkpoint_facts(checkpoint)))
    if standing is None:
        click.echo(tell("no_witnesses", lang))
        return 0
    for line in tell_standing(standing, checkpoint.size, lang):
        click.echo(line)
    return 0 if standing.is_met else TAMPERED
