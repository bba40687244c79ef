"""``amana audit find``: the questions of the auditor's pages, asked of a copy of the log on the auditor's own machine.

Exit codes: 0 the copy is intact, and all that answers was printed; 1 the copy is not; 2 the question was put wrongly.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from amana import clock
from amana.audit.events import mention, vocabulary
from amana.audit.events.event import OUTCOMES
from amana.audit.events.wanted import GROUPS, Filter, Hours, hours_from_words
from amana.audit.offline.search import Found, facts_of, search
from amana.audit.offline.snapshot import open_snapshot
from amana.audit.offline.verify import Visit, verify_snapshot
from amana.audit.tlog import leaf
from amana.audit.tlog.checkpoint import parse_vkey
from amana.command.audit_told import KEY, TAMPERED, plain, read_key, read_text, refusing, tell
from amana.command.audit_verdict import describe
from amana.command.options import FILE, LANG, options
from amana.errors import Malformed
from amana.wording.load import sentence

_NAMED: Final = 3  # of what an event names, on its line


def _kinds(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Return kinds that are given with commas between them, or by the name of their group."""
    named = [name.strip() for name in value.split(",")] if value else []
    kinds = tuple(kind for name in named for kind in GROUPS.get(name, (name,)))
    if unknown := set(kinds) - vocabulary.WORDS.keys():
        raise click.BadParameter(f"no kind of event: {', '.join(sorted(unknown))}")
    return kinds


def _hours(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Hours | None:
    try:
        return hours_from_words(value) if value else None
    except Malformed as fault:
        raise click.BadParameter("give them as in 6-19/6") from fault


def _instant(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if value else None
    except ValueError as fault:
        raise click.BadParameter("give it as in 2026-11-21 or 2026-11-21T09:30:00Z") from fault
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


@click.command()
@click.argument("snapshot", type=FILE)
@KEY
@options(
    click.option("--country", help="Events that concern it, alone or among others: MAR."),
    click.option("--outcome", type=click.Choice(OUTCOMES)),
    click.option("--kind", "kinds", callback=_kinds, help="Kinds, with commas; or reads, or access."),
    click.option("--since", callback=_instant, help="From this day or instant on (UTC)."),
    click.option("--until", callback=_instant, help="Before this day or instant (UTC)."),
    click.option("--dataflow"),
    click.option("--purpose"),
    click.option("--organisation"),
    click.option("--actor", help="Who did it, by identifier."),
    click.option("--subject", help="What it is about, or names, by identifier."),
    click.option("--outside", callback=_hours, help="At no hour of work (UTC): 6-19/6, where 6 is Saturday, off."),
    click.option(
        "--after", type=FILE, help="A checkpoint kept from before: only what entered the log since that visit."
    ),
    click.option("--changed", is_flag=True, help="Not about the same as the event of its kind before it."),
)
@LANG
def find(*, snapshot: Path, vkey: str, after: Path | None, lang: str, **asked: Any) -> None:  # noqa: ANN401 - the filters
    """List the events of a log SNAPSHOT that answer all filters, once the whole of it is found to be intact."""
    wanted = Filter(**asked)
    with refusing(lang):
        key = parse_vkey(read_key(vkey))
        since = read_text(after) if after else None
        verdict = verify_snapshot(snapshot, key, Visit(since=since, now=leaf.microseconds(clock.now())))
    if not verdict.is_intact:
        click.echo("\n".join(describe(verdict, lang)), err=True)
        sys.exit(TAMPERED)
    with open_snapshot(snapshot) as copy:
        first = verdict.since.size if verdict.since else 0
        count = _print((one for one in search(copy.entries, wanted) if one.index >= first), lang)
    click.echo(tell("found", lang, count=count, size=verdict.checkpoint.size if verdict.checkpoint else 0), err=True)
    if verdict.since is not None:
        click.echo(tell("found_since", lang, size=verdict.since.size), err=True)
    for name, number in (("found_bare", verdict.bare), ("found_waiting", verdict.waiting)):
        if number:
            click.echo(tell(name, lang, count=number), err=True)
    if not verdict.details:
        click.echo(tell("no_details", lang), err=True)


def _print(found: Iterable[Found], lang: str) -> int:
    """Print a line for each event, with tabs between what it says, and return how many there are."""
    count = 0
    for count, one in enumerate(found, start=1):  # noqa: B007 - how many, once all are printed
        click.echo("\t".join(map(plain, _line(one, lang))))
    return count


def _line(found: Found, lang: str) -> Iterable[str]:
    detail = found.detail
    named = [one for one in mention.words(facts_of(detail), detail) if one != detail.subject]
    about = [detail.subject or "–", *named[:_NAMED], *(["…"] if len(named) > _NAMED else [])]
    yield str(found.index)
    yield clock.rfc3339(leaf.instant(detail.at))
    yield sentence(f"event.{detail.kind}", lang, {})
    yield sentence(f"outcome.{detail.outcome}", lang, {})
    yield f"{detail.actor} ({detail.role}, {detail.organisation})"
    yield " ".join(about)
    yield detail.clause or "–"
    yield detail.id
