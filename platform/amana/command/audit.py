"""``amana audit``: verify a copy of the log, and try to derive what releases hide; offline, with public keys alone.

Exit codes: 0 nothing is wrong, 1 something is, 2 the question was not put properly.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from amana import clock
from amana.audit.offline.erasure import LEAST_DAYS
from amana.audit.offline.verify import Visit, verify_snapshot, verify_sqlite
from amana.audit.tlog import leaf
from amana.audit.tlog.checkpoint import parse_vkey
from amana.audit.witness import trust
from amana.audit.witness.evidence import Charge, parse_evidence
from amana.audit.witness.evidence import judge as judge_evidence
from amana.audit.witness.quorum import Trust, elect
from amana.command.audit_categories import categories
from amana.command.audit_export import check_export
from amana.command.audit_find import find
from amana.command.audit_proof import check_proof
from amana.command.audit_release import release
from amana.command.audit_told import (
    DAY,
    KEY,
    TAMPERED,
    WITNESSES,
    checkpoint_facts,
    read_demand,
    read_key,
    read_text,
    refusing,
    tell,
)
from amana.command.audit_verdict import describe
from amana.command.options import FILE, LANG
from amana.policy import witnesses as policy_witnesses
from amana.wording.load import sentence

_MERGE_DELAY: Final = 60  # seconds
_SECOND: Final = 1_000_000  # microseconds


@click.group()
def command() -> None:
    """Verify the log, and what releases hide, offline."""


@command.command()
@click.argument("snapshot", type=FILE, required=False)
@click.option("--sqlite", type=FILE, help="A copy of an embedded hub's database, instead of a snapshot.")
@KEY
@click.option("--since", type=FILE, help="A checkpoint kept from before: nothing before it may have changed.")
@click.option("--keep", type=click.Path(dir_okay=False, path_type=Path), help="Write the newest checkpoint here.")
@click.option("--event", help="The id of an event that must be in the log.")
@WITNESSES
@click.option("--within", type=click.IntRange(min=1), help="Days in which they must have; else as the file says, or 7.")
@click.option(
    "--merge-delay",
    type=click.IntRange(min=1),
    default=_MERGE_DELAY,
    show_default=True,
    help="Seconds an event may wait for the log: merge_delay in the hub's policies/log.toml.",
)
@click.option(
    "--retention",
    type=click.IntRange(min=LEAST_DAYS),
    default=LEAST_DAYS,
    show_default=True,
    help="Days for which details are kept: [event] days in the hub's policies/retention.toml.",
)
@LANG
def verify(
    *,
    snapshot: Path | None,
    sqlite: Path | None,
    vkey: str,
    since: Path | None,
    keep: Path | None,
    event: str | None,
    witnesses: Path | None,
    within: int | None,
    merge_delay: int,
    retention: int,
    lang: str,
) -> None:
    """Check every entry of a log SNAPSHOT, and name the first that is wrong."""
    with refusing(lang):
        key = parse_vkey(read_key(vkey))
        kept = read_text(since) if since else None
        demand = read_demand(witnesses, key)
        if within is not None:
            if demand is None:
                raise click.UsageError("--within asks how long ago witnesses cosigned: give --witnesses too")
            demand = replace(demand, within=within * DAY)
        visit = Visit(kept, event, demand, leaf.microseconds(clock.now()), merge_delay * _SECOND, retention)
        if snapshot is not None and sqlite is None:
            verdict = verify_snapshot(snapshot, key, visit)
        elif sqlite is not None and snapshot is None:
            verdict = verify_sqlite(sqlite, key, visit)
        else:
            raise click.UsageError("give a snapshot, or --sqlite with a copy of the database")
    for line in describe(verdict, lang, event):
        click.echo(line)
    if keep is not None and verdict.note is not None and verdict.is_intact:
        keep.write_text(verdict.note, encoding="utf-8")
        click.echo(tell("kept", lang, place=keep))
    sys.exit(0 if verdict.is_intact and (event is None or verdict.event is not None) else TAMPERED)


@command.command()
@click.argument("file", type=FILE)
@KEY
@WITNESSES
@LANG
def proof(*, file: Path, vkey: str, witnesses: Path | None, lang: str) -> None:
    """Check a proof (.tlog-proof): that one event is in the log, and that witnesses saw it there."""
    sys.exit(check_proof(file, vkey, witnesses, lang))


@command.command(name="evidence")
@click.argument("file", type=FILE)
@KEY
@LANG
def evidence_(*, file: Path, vkey: str, lang: str) -> None:
    """Judge what a witness kept when it refused: whether the log signed two histories. Ends with 1 if it did."""
    with refusing(lang):
        found = parse_evidence(read_text(file))
        charge, kept, offered = judge_evidence(found, [parse_vkey(read_key(vkey))])
    told = {"kept": kept.size, "offered": offered.size}
    click.echo(sentence(f"witness.charge.{charge}", lang, told))
    for one in (kept, offered):
        click.echo(tell("checkpoint_line", lang, **checkpoint_facts(one)))
    sys.exit(TAMPERED if charge is Charge.FORKED else 0)


@command.command()
@click.argument("file", type=FILE)
@click.option("--vkey", help="The log's verifier key, to stand in the file too: its text, or a file that holds it.")
@LANG
def policy(*, file: Path, vkey: str | None, lang: str) -> None:
    """Print the witnesses of FILE (witnesses.toml) as other people's tools read them: C2SP tlog-policy."""
    with refusing(lang):
        said = policy_witnesses.load(file)
        known = elect(said.quorum, said.all)
        logs = (parse_vkey(read_key(vkey)),) if vkey else ()
    click.echo(trust.render(Trust(known.witnesses, known.rule, logs)), nl=False)


command.add_command(categories)
command.add_command(release)
command.add_command(check_export)
command.add_command(find)
