"""Prepare a contribution at home: check it, count it, or make it ready to seal. Nothing here reaches a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from amana import canonical
from amana.codebook.model import Codebook
from amana.codebook.records import Records
from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.refusals import NothingToSend, PackageBroken
from amana.reading.open import open_file
from amana.release.counts_file import parse_counts, render_counts
from amana.release.plan import Plan
from amana.release.tabulate import Counts, add, tabulate
from amana.validation.batch import render
from amana.validation.columns import of_sheet
from amana.validation.judge import BatchRefused, Judgement, Keep, judge
from amana.validation.rules import lawful


@dataclass(frozen=True)
class Prepared:
    """What is ready to be sealed or kept, in pieces. left_out: rows without a lawful basis of their own: they stay."""

    data: Iterable[bytes]
    left_out: int


def check(path: Path, about: About, documents: Documents) -> Judgement:
    """Return what the hub would find in this file: the same rules, the same search for identifiers."""
    return judge(path, **vars(about), book=documents.book(), recognisers=documents.recognisers())


def count(path: Path, about: About, plan: str, documents: Documents) -> Prepared:
    """Return the raw tables of a file of records by a release plan. Raises BatchRefused, NothingToSend, NotFound."""
    book = documents.book()
    chosen = documents.plan(plan, book)
    if not book.dataflow(about.dataflow).has_records or chosen.dataflow != about.dataflow:
        raise PackageBroken(place=path.name)
    counting = _Counting(chosen, book)
    judged = _judged(path, about, book, documents, counting)
    if counting.counts is None:
        raise NothingToSend(left_out=judged.left_out)
    return Prepared((render_counts(counting.counts, chosen, book),), judged.left_out)


def ready(path: Path, about: About, documents: Documents) -> Prepared:
    """Return what may be sealed of a table file, or of a raw tables file that ``count`` made.

    Raises BatchRefused when the rest breaks a rule, NothingToSend, Malformed, TablesInvalid.
    """
    book = documents.book()
    if is_tables(path):
        return Prepared((_tables(path, about, book, documents),), 0)
    judged = _judged(path, about, book, documents)
    return Prepared(_lines(path, about, book), judged.left_out)


class _Counting:
    """Counts the records block by block, so that a file of any size is tabulated in the memory of one block."""

    def __init__(self, plan: Plan, book: Codebook) -> None:
        self._plan = plan
        self._book = book
        self.counts: Counts | None = None

    def add(self, records: Records) -> None:
        counts = tabulate(records, self._plan, self._book)
        self.counts = counts if self.counts is None else add(self.counts, counts)


def is_tables(path: Path) -> bool:
    """Return whether the file is JSON, as raw tables are, and not CSV."""
    with path.open("rb") as file:
        return file.read(1) == b"{"


def _judged(path: Path, about: About, book: Codebook, documents: Documents, keep: Keep | None = None) -> Judgement:
    """Return the judgement of the rows that may leave. Raises BatchRefused, NothingToSend."""
    judged = judge(
        path,
        **vars(about),
        book=book,
        recognisers=documents.recognisers(),
        keep=keep,
        only_lawful=book.dataflow(about.dataflow).has_records,
    )
    if not judged.accepted:
        raise BatchRefused(judged.findings)
    if not judged.rows:
        raise NothingToSend(left_out=judged.left_out)
    return judged


def _lines(path: Path, about: About, book: Codebook) -> Iterator[bytes]:
    """Yield the rows that may leave as a canonical CSV; they were judged before, so the file is read once more."""
    with open_file(path) as opened:
        columns = of_sheet(opened.sheet, about.dataflow, book)
        records, header = book.dataflow(about.dataflow).has_records, True
        for block in opened.blocks():
            batch = columns.batch(block)
            yield render(batch.only(lawful(batch)) if records else batch, header=header)
            header = False


def _tables(path: Path, about: About, book: Codebook, documents: Documents) -> bytes:
    raw = path.read_bytes()
    said = canonical.decode(raw)
    plan = documents.plan(str(said.get("plan")) if isinstance(said, Mapping) else "", book)
    counts = parse_counts(raw, plan, book)
    if (counts.committee, counts.dataflow, counts.period) != (about.committee, about.dataflow, about.period):
        raise PackageBroken(place=path.name)
    return raw
