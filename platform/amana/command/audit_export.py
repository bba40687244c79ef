"""``amana audit check-export``: whether an export is as the hub handed it out; offline, with the log's public key.

Exit codes: 0 nothing is wrong, 1 something is, 2 the question was not put properly.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import click

from amana import clock
from amana.audit.export.check import Finding, Judged, Wrong, check
from amana.audit.export.complete import left_out
from amana.audit.export.open import open_export
from amana.audit.export.rows import Export
from amana.audit.offline.snapshot import CopiedEntry, open_snapshot
from amana.audit.offline.verify import Visit, verify_snapshot
from amana.audit.tlog import leaf
from amana.audit.tlog.checkpoint import VerifierKey, parse_vkey
from amana.clock import rfc3339
from amana.command.audit_told import (
    KEY,
    TAMPERED,
    WITNESSES,
    checkpoint_facts,
    read_demand,
    read_key,
    refusing,
    say,
    stand,
    tell,
    tell_standing,
)
from amana.command.audit_verdict import describe
from amana.command.options import FILE, LANG

_SHOWN: Final = 20  # findings; the first is the one to read


@click.command("check-export")
@click.argument("file", type=FILE)
@KEY
@click.option("--log", type=FILE, help="A snapshot of the log: that no event which was asked for is left out.")
@WITNESSES
@LANG
def check_export(*, file: Path, vkey: str, log: Path | None, witnesses: Path | None, lang: str) -> None:
    """Check every row of an export FILE (XLSX, CSV with its proofs, JSONL), and name the first that is wrong."""
    with refusing(lang):
        key = parse_vkey(read_key(vkey))
        export = open_export(file)
        demand = read_demand(witnesses, key)
    with refusing(lang, TAMPERED):
        judged = check(export, key)
        standing = stand(export.note, key, demand)
    if log is not None and not judged.findings:
        judged = _complete(export, judged, log, key, lang)
    seen = tell_standing(standing, judged.checkpoint.size, lang) if standing else [tell("no_witnesses", lang)]
    for line in (*_describe(judged, lang), *seen):
        click.echo(line)
    sys.exit(TAMPERED if judged.findings or (standing and not standing.is_met) else 0)


def _complete(export: Export, judged: Judged, log: Path, key: VerifierKey, lang: str) -> Judged:
    """Return the verdict with what a snapshot of the log shows to be left out. Ends with 1 when that is not intact."""
    with refusing(lang):
        verdict = verify_snapshot(log, key, Visit(since=export.note, now=leaf.microseconds(clock.now())))
    if not (verdict.is_intact and verdict.details):
        click.echo("\n".join(describe(verdict, lang)))
        sys.exit(TAMPERED)
    with refusing(lang, TAMPERED):
        missing = left_out(export, judged, lambda: _entries(log))
    found = tuple(missing) if missing is not None else ()
    if not found:
        click.echo(_tell("chosen" if missing is None else "complete", lang, entries=verdict.entries))
    return replace(judged, findings=found)


def _entries(log: Path) -> Iterator[CopiedEntry]:
    with open_snapshot(log) as copy:
        yield from copy.entries


def _describe(judged: Judged, lang: str) -> Iterator[str]:
    """Yield the verdict in sentences: the first says whether and where, the rest on what grounds."""
    if not judged.findings:
        yield _tell("whole", lang, rows=judged.rows)
    for number, found in enumerate(judged.findings[:_SHOWN]):
        told = _say(found, lang)
        yield told if number else f"{_tell('broken', lang)} {told}"
    if len(judged.findings) > _SHOWN:
        yield _tell("more", lang, count=len(judged.findings) - _SHOWN)
    yield tell("checkpoint_line", lang, **checkpoint_facts(judged.checkpoint))
    if judged.order is not None and judged.at is not None:
        filters = ", ".join(f"{name}={value}" for name, value in judged.order.filters.items()) or "–"
        asked = judged.order.case or filters
        at = rfc3339(leaf.instant(judged.at))
        yield _tell("ordered", lang, at=at, actor=judged.actor, size=judged.order.size, filters=asked)
    if judged.bare:
        yield _tell("bare", lang, rows=judged.bare)


def _say(found: Finding, lang: str) -> str:
    return _tell(found.fault, lang, **asdict(found))


def _tell(name: Wrong | str, lang: str, **facts: object) -> str:
    return say(f"audit.export.{name}", lang, facts)
