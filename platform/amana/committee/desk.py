"""The desk: what each command of the committee's tool does, and the code it ends with."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from types import ModuleType
from typing import Final

import click
from rich.console import Console

from amana import clock, signing
from amana.committee import listing, package, prepare
from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.refusals import AlreadyThere
from amana.committee.report import as_json, show
from amana.committee.source import AS_IT_IS, Source
from amana.committee.tables import form_of
from amana.findings import Finding
from amana.validation.judge import BatchRefused
from amana.vault.sealing import read_recipients
from amana.wording.load import sentence

FINDINGS: Final = 65  # sysexits: EX_DATAERR


def check(
    file: Path,
    about: About,
    documents: Documents,
    language: str,
    *,
    machine: bool,
    risk: bool = False,
    source: Source = AS_IT_IS,
    annotate: Path | None = None,
) -> int:
    """Print what the hub would find in ``file``; return 0, or 65 when it would be refused.

    risk:     also print who stands alone in it, and how much of it a release would hide.
    annotate: also write a copy of the file there, with what was found marked in its cells.
    Raises AlreadyThere before anything is judged.
    """
    if annotate is not None and annotate.exists():
        raise AlreadyThere(place=annotate)
    trying = _trial().begin(about, documents, SystemRandom()) if risk else None
    judged = prepare.check(file, about, documents, source, trying)
    told = trying.told() if trying and judged.accepted else None
    _tell(judged.findings, language, machine=machine, **({"preview": told} if risk else {}))
    if not machine:
        _left_out(judged.left_out, language)
    if annotate is not None:
        from amana.committee import annotate as copies  # noqa: PLC0415 - loads xlsxwriter

        copies.annotate(file, judged.findings, annotate, language, sheet=source.sheet)
        click.echo(sentence("annotated.written", language, {"place": annotate}), err=machine)
    if told and not machine:
        _trial().show(told, about, documents, language, Console())
    return 0 if judged.accepted else FINDINGS


def tabulate(
    file: Path,
    about: About,
    documents: Documents,
    language: str,
    *,
    plan: str,
    out: Path,
    source: Source = AS_IT_IS,
) -> int:
    """Write the raw tables of ``file`` to ``out``; return 0, or 65 when the file would be refused."""
    with _told(language) as ended:
        counted = prepare.count(file, about, plan, documents, SystemRandom(), source=source)
        package.keep(out, counted.data)
        _left_out(counted.left_out, language)
        said = "committee.tabulated_protected" if counted.protected else "committee.tabulated"
        click.echo(sentence(said, language, {"place": out}))
    return ended[-1]


def pack(
    file: Path,
    about: About,
    documents: Documents,
    language: str,
    *,
    recipients: Path,
    key: Path,
    out: Path,
    source: Source = AS_IT_IS,
) -> int:
    """Seal and sign ``file`` into the package ``out``; return 0, or 65 when the hub would refuse it.

    Raises NotAgreed before anything is read when the agreement keeps such data at home.
    """
    book = documents.book()
    contribution = documents.contribution(about, book, form_of(file))
    with _told(language) as ended:
        ready = prepare.ready(file, about, documents, source)
        package.write(
            out,
            ready.data,
            package.header(about, contribution, book, clock.now()),
            recipients=read_recipients(recipients),
            key=signing.read_private_key(key),
        )
        _left_out(ready.left_out, language)
        click.echo(sentence("committee.packed", language, {"place": out, "committee": about.committee}))
    return ended[-1]


def persons(
    file: Path, about: About, documents: Documents, language: str, *, out: Path, source: Source, values: bool
) -> int:
    """Write the list of the persons in ``file`` to ``out``; return 0, or 65 when a row names nobody."""
    with _told(language) as ended:
        package.keep(out, [listing.listed(file, about, documents, source, values=values)])
        click.echo(sentence("committee.listed", language, {"place": out}))
    return ended[-1]


def _trial() -> ModuleType:
    from amana.committee import trial  # noqa: PLC0415 - loads what protects, which a check alone does not need

    return trial


def _tell(findings: Sequence[Finding], language: str, *, machine: bool, **facts: object) -> None:
    """Print findings as JSON with these facts, or as a table in the reader's language."""
    if machine:
        click.echo(as_json(findings, **facts))
    else:
        show(findings, language, Console())


@contextmanager
def _told(language: str) -> Iterator[list[int]]:
    """Turn findings that refuse a file into a table on stderr and the exit code 65."""
    ended = [0]
    try:
        yield ended
    except BatchRefused as fault:
        show(fault.findings, language, Console(file=sys.stderr))
        ended.append(FINDINGS)


def _left_out(rows: int, language: str) -> None:
    if rows:
        click.echo(sentence("committee.left_out", language, {"count": rows}))
