"""``amana audit``: verify a copy of the log, and try to derive what releases hide; offline, with public keys alone.

Exit codes: 0 nothing is wrong, 1 something is, 2 the question was not put properly.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from amana.audit import leaf
from amana.audit import proof as proofs
from amana.audit.checkpoint import Checkpoint, parse_vkey
from amana.audit.judge import Fault
from amana.audit.verify import Verdict, verify_snapshot, verify_sqlite
from amana.command.audit_release import release
from amana.errors import AmanaError, Malformed
from amana.wording.load import sentence
from amana.wording.reader import language_of_terminal

_TAMPERED: Final = 1
_USAGE: Final = 2
_COUNTS: Final = ("entries", "padding", "bare", "waiting")
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_LANGUAGE: Final = click.option(
    "--lang", type=click.Choice(["ar", "fr", "en"]), help="Language; default: the terminal's."
)
_KEY: Final = click.option("--vkey", required=True, help="The log's verifier key: its text, or a file that holds it.")


@click.group()
def command() -> None:
    """Verify the log, and what releases hide, offline."""


@command.command()
@click.argument("snapshot", type=_FILE, required=False)
@click.option("--sqlite", type=_FILE, help="A copy of an embedded hub's database, instead of a snapshot.")
@_KEY
@click.option("--since", type=_FILE, help="A checkpoint kept from before: nothing before it may have changed.")
@click.option("--keep", type=click.Path(dir_okay=False, path_type=Path), help="Write the newest checkpoint here.")
@click.option("--event", help="The id of an event that must be in the log.")
@_LANGUAGE
def verify(
    *,
    snapshot: Path | None,
    sqlite: Path | None,
    vkey: str,
    since: Path | None,
    keep: Path | None,
    event: str | None,
    lang: str | None,
) -> None:
    """Check every entry of a log SNAPSHOT, and name the first that is wrong."""
    with _refusing(lang):
        key = parse_vkey(_read(vkey))
        kept = _text(since) if since else None
        if snapshot is not None and sqlite is None:
            verdict = verify_snapshot(snapshot, key, kept, event)
        elif sqlite is not None and snapshot is None:
            verdict = verify_sqlite(sqlite, key, kept, event)
        else:
            raise click.UsageError("give a snapshot, or --sqlite with a copy of the database")
    for line in _describe(verdict, event, lang):
        click.echo(line)
    if keep is not None and verdict.note is not None and verdict.is_intact:
        keep.write_text(verdict.note, encoding="utf-8")
        click.echo(_tell("kept", lang, place=keep))
    sys.exit(0 if verdict.is_intact and (event is None or verdict.event is not None) else _TAMPERED)


@command.command()
@click.argument("file", type=_FILE)
@_KEY
@_LANGUAGE
def proof(*, file: Path, vkey: str, lang: str | None) -> None:
    """Check a proof (.tlog-proof): that one event is in the log."""
    with _refusing(lang):
        key = parse_vkey(_read(vkey))
        read = proofs.parse(_text(file))
        entry = leaf.parse(read.entry)
    with _refusing(lang, _TAMPERED):
        checkpoint = proofs.verify(read, key)
    click.echo(_tell("proof", lang, event=entry.id, kind=entry.kind, index=read.index))
    click.echo(_tell("checkpoint_line", lang, **_facts(checkpoint)))


def _describe(verdict: Verdict, event: str | None, lang: str | None) -> Iterator[str]:
    """Yield the verdict in sentences: the first says whether and where, the rest on what grounds."""
    size = verdict.checkpoint.size if verdict.checkpoint else 0
    if verdict.is_intact:
        yield _tell("intact", lang, size=size)
    for number, found in enumerate(verdict.findings):
        between = found.fault is Fault.EDITED and not found.is_exact
        told = _tell("between" if between else found.fault, lang, **asdict(found))
        yield told if number else f"{_tell('tampered', lang)} {told}"
    if verdict.checkpoint:
        yield _tell("checkpoint_line", lang, **_facts(verdict.checkpoint))
    yield _tell("counts", lang, **{name: getattr(verdict, name) for name in _COUNTS})
    if verdict.erased is not None:
        yield _tell("erased", lang, day=leaf.instant(verdict.erased).date())
    if not verdict.details:
        yield _tell("no_details", lang)
    if event is not None:
        yield _tell("no_event" if verdict.event is None else "event", lang, event=event, index=verdict.event)
    if verdict.since is None:
        yield _tell("no_since", lang)
    elif verdict.since.size > size:
        yield _tell("older", lang, size=size, since=verdict.since.size)
    elif verdict.is_intact:
        yield _tell("since", lang, size=verdict.since.size)


def _facts(checkpoint: Checkpoint) -> dict[str, object]:
    root = base64.b64encode(checkpoint.root).decode()
    return {"key": checkpoint.origin, "size": checkpoint.size, "root": root}


def _tell(name: str, lang: str | None, **facts: object) -> str:
    return sentence(f"audit.verify.{name}", lang or language_of_terminal(), facts)


def _read(vkey: str) -> str:
    """Return the key's text: given as it is (name+hint+key), or in a file."""
    return vkey if vkey.count("+") > 1 else _text(Path(vkey))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Malformed(format=path.name) from fault


@contextmanager
def _refusing(lang: str | None, code: int = _USAGE) -> Iterator[None]:
    """End with a sentence and this exit code when something cannot be read, or does not hold."""
    try:
        yield
    except AmanaError as refusal:
        told = sentence(refusal.code, lang or language_of_terminal(), refusal.facts)
        click.echo(f"{refusal.code}: {told}", err=True)
        sys.exit(code)


command.add_command(release)
