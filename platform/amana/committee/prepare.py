"""Prepare a contribution at home: check it, count it, or make it ready to seal. Nothing here reaches a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from amana.codebook.model import Codebook
from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.refusals import FileChanged, NothingToSend, PackageBroken
from amana.committee.source import AS_IT_IS, Source
from amana.committee.tables import checked, form_of, made
from amana.plans.plan import Plan
from amana.policy.agreement import TABLES_PROTECTED
from amana.reading.open import open_file
from amana.tabulation.tabulate import Counting, Counts, tabulate
from amana.validation.batch import render
from amana.validation.judge import BatchRefused, Judgement, Keep, judge
from amana.validation.rules import lawful
from amana.validation.spaces import Spaces


@dataclass(frozen=True)
class Prepared:
    """What is ready to be sealed or kept, in pieces.

    left_out:  rows without a lawful basis of their own, which stay at home.
    protected: whether these are tables that were protected.
    """

    data: Iterable[bytes]
    left_out: int
    protected: bool = False


@dataclass(frozen=True)
class Counted:
    """What one's own records count. left_out: rows without a lawful basis of their own, which a release leaves out."""

    counts: Counts
    left_out: int


def check(
    path: Path, about: About, documents: Documents, source: Source = AS_IT_IS, keep: Keep | None = None
) -> Judgement:
    """Return what the hub would find in this file: the same rules, the same search for identifiers.

    What only leaves through ``pack`` is judged as that sends it: without the rows that state no lawful basis.
    keep: takes the records, as ``validation.judge`` says.
    """
    book = documents.book()
    packed = source.mapping is not None and source.mapping.at_home
    return judge(
        path,
        **vars(about),
        book=book,
        recognisers=documents.recognisers(),
        spaces=Spaces(documents.kept),
        sheet=source.sheet,
        national=source.national(about),
        keep=keep,
        only_lawful=packed and book.dataflow(about.dataflow).has_records,
    )


def count(
    path: Path, about: About, plan: str, documents: Documents, rng: Random, *, source: Source = AS_IT_IS
) -> Prepared:
    """Return the tables of a file by a release plan, protected where the agreement says that they leave so.

    rng: secret randomness for the ties of protection.
    Raises BatchRefused, NothingToSend, NotFound, ClearingRefused; PackageBroken when the plan is of another dataflow.
    """
    book = documents.book()
    chosen = documents.plan(plan, book)
    if chosen.dataflow != about.dataflow:
        raise PackageBroken(place=path.name)
    found = counted(path, about, chosen, documents, source)
    tables = made(found.counts, chosen, documents, book, rng)
    return Prepared((tables.data,), found.left_out, tables.form == TABLES_PROTECTED)


def counted(path: Path, about: About, plan: Plan, documents: Documents, source: Source = AS_IT_IS) -> Counted:
    """Return the true counts of a file by a release plan. They stay here. Raises BatchRefused, NothingToSend."""
    book = documents.book()
    counting = Counting(plan, book)
    judged = _judged(path, about, book, documents, source, keep=counting)
    counts = counting.counts
    if judged.observations is not None:
        counts = tabulate(judged.observations.cells, plan, book, judged.observations.values)
    if counts is None:
        raise NothingToSend(left_out=judged.left_out)
    return Counted(counts, judged.left_out)


def ready(path: Path, about: About, documents: Documents, source: Source = AS_IT_IS) -> Prepared:
    """Return what may be sealed of a table file, or of a raw tables file that ``count`` made.

    Raises BatchRefused when the rest breaks a rule, NothingToSend, Malformed, TablesInvalid; FileChanged while its
    pieces are taken.
    """
    book = documents.book()
    if form_of(path):
        return Prepared((checked(path, about, book, documents),), 0)
    before = _state(path)
    judged = _judged(path, about, book, documents, source)
    return Prepared(_unchanged(path, before, _lines(path, about, book, source)), judged.left_out)


def _judged(
    path: Path, about: About, book: Codebook, documents: Documents, source: Source, *, keep: Keep | None = None
) -> Judgement:
    """Return the judgement of the rows that may leave. Raises BatchRefused, NothingToSend."""
    judged = judge(
        path,
        **vars(about),
        book=book,
        recognisers=documents.recognisers(),
        spaces=Spaces(documents.kept),
        sheet=source.sheet,
        keep=keep,
        only_lawful=book.dataflow(about.dataflow).has_records,
        national=source.national(about),
    )
    if not judged.accepted:
        raise BatchRefused(judged.findings)
    if not judged.rows:
        raise NothingToSend(left_out=judged.left_out)
    return judged


def _lines(path: Path, about: About, book: Codebook, source: Source) -> Iterator[bytes]:
    """Yield the rows that may leave as a canonical CSV; they were judged before, so the file is read once more.

    Only canonical columns are in it: what a mapping leaves aside stays at home.
    """
    with open_file(path, sheet=source.sheet) as opened:
        national = source.national(about)
        columns = national.columns(opened.sheet, about.dataflow, about.period, book)
        if columns is None:
            return
        records, header = book.dataflow(about.dataflow).has_records, True
        for block in opened.blocks():
            batch = columns.batch(block)
            yield render(batch.only(lawful(batch)) if records else batch, header=header)
            header = False


def _unchanged(path: Path, before: tuple[int, int, int], pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces. Raises FileChanged where the file is not as it was when it was judged."""
    yield from pieces
    if _state(path) != before:
        raise FileChanged(place=path.name)


def _state(path: Path) -> tuple[int, int, int]:
    now = path.stat()
    return now.st_ino, now.st_size, now.st_mtime_ns
