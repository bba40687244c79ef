"""Prepare a contribution at home: check it, count it, or make it ready to seal. Nothing here reaches a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from amana import canonical
from amana.codebook.model import Codebook
from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.refusals import NothingToSend, PackageBroken
from amana.reading.batch import Batch, read_csv, render
from amana.release.counts_file import parse_counts, render_counts
from amana.release.tabulate import tabulate
from amana.validation.judge import BatchRefused, Judgement, judge, judge_batch
from amana.validation.rules import lawful


@dataclass(frozen=True)
class Prepared:
    """What is ready to be sealed or kept. left_out: rows without a lawful basis of their own, which stay at home."""

    data: bytes
    left_out: int


def check(path: Path, about: About, documents: Documents) -> Judgement:
    """Return what the hub would find in this file: the same rules, the same search for identifiers."""
    return judge(
        path,
        dataflow=about.dataflow,
        committee=about.committee,
        period=about.period,
        book=documents.book(),
        recognisers=documents.recognisers(),
    )


def count(path: Path, about: About, plan: str, documents: Documents) -> Prepared:
    """Return the raw tables of a CSV of records by a release plan. Raises BatchRefused, NothingToSend, NotFound."""
    book = documents.book()
    batch, judged, left_out = _judged(path, about, book, documents)
    chosen = documents.plan(plan, book)
    if judged.records is None or chosen.dataflow != batch.dataflow:
        raise PackageBroken(place=path.name)
    return Prepared(render_counts(tabulate(judged.records, chosen, book), chosen, book), left_out)


def ready(path: Path, about: About, documents: Documents) -> Prepared:
    """Return what may be sealed of a CSV, or of a raw tables file that ``count`` made.

    Raises BatchRefused when the rest breaks a rule, NothingToSend, Malformed, TablesInvalid.
    """
    book = documents.book()
    if is_tables(path):
        return Prepared(_tables(path, about, book, documents), 0)
    batch, _, left_out = _judged(path, about, book, documents)
    return Prepared(render(batch), left_out)


def is_tables(path: Path) -> bool:
    """Return whether the file is JSON, as raw tables are, and not CSV."""
    with path.open("rb") as file:
        return file.read(1) == b"{"


def _judged(path: Path, about: About, book: Codebook, documents: Documents) -> tuple[Batch, Judgement, int]:
    """Return the rows that may leave, their judgement, and how many rows stay at home."""
    whole = read_csv(path, about.dataflow, book)
    batch = whole.only(lawful(whole)) if book.dataflow(about.dataflow).has_records else whole
    judged = judge_batch(
        batch, committee=about.committee, period=about.period, book=book, recognisers=documents.recognisers()
    )
    if not judged.accepted:
        raise BatchRefused(judged.findings)
    if len(batch) == 0:
        raise NothingToSend(left_out=len(whole))
    return batch, judged, len(whole) - len(batch)


def _tables(path: Path, about: About, book: Codebook, documents: Documents) -> bytes:
    raw = path.read_bytes()
    said = canonical.decode(raw)
    plan = documents.plan(str(said.get("plan")) if isinstance(said, Mapping) else "", book)
    counts = parse_counts(raw, plan, book)
    if (counts.committee, counts.dataflow, counts.period) != (about.committee, about.dataflow, about.period):
        raise PackageBroken(place=path.name)
    return raw
