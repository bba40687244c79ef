"""National files: which mapping reads a sheet that is not canonical, and what is proposed where none reads it whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from amana.codebook.model import UNKNOWN, Codebook
from amana.findings import Finding, Severity, at_rows
from amana.identifiers.columns import Expected, Known, known_columns
from amana.identifiers.reading import Reading, Under
from amana.identifiers.recognisers import Recognisers
from amana.mapping.apply import Application, identity
from amana.mapping.document import Kind, NationalMapping
from amana.mapping.fit import Mark, fit
from amana.mapping.keying import Home
from amana.mapping.proposal import SURE, Proposal
from amana.mapping.propose import propose
from amana.mapping.survey import Survey
from amana.reading.sheet import Block, Sheet
from amana.validation.batch import Batch
from amana.validation.columns import Columns, of_sheet
from amana.validation.rules_cells import says_total

_LONGEST: Final = 40  # characters of a word for a sum
OPEN: Final = frozenset({"mapping.column_new", "mapping.column_gone", "mapping.value_unknown", "mapping.blank"})


@dataclass(frozen=True)
class National:
    """What is known of a committee's own columns.

    mappings: confirmed ones, the newest first. home: the committee's own machine, where only canonical columns leave;
    None at the hub. mark: how the hub knows a header again that it may not keep.
    """

    mappings: tuple[NationalMapping, ...] = ()
    home: Home | None = None
    mark: Mark | None = None

    def columns(self, sheet: Sheet, dataflow: str, period: str, book: Codebook) -> Columns | None:
        """Return how the sheet is read: as canonical, or by the newest mapping that fits; None where none does.

        At home the mapping that was given is taken at its word, and what does not fit is found.
        Raises MappingInvalid, KeyNeeded.
        """
        if identity(sheet, dataflow, book) is not None:
            return of_sheet(sheet, dataflow, book)
        fitting = [one for one in self.mappings if self.home or fit(one, sheet, self.mark).whole]
        if not fitting:
            return None
        reader = Application(fitting[0], sheet, book, period=period, home=self.home, mark=self.mark)
        faults = (*reader.fit.findings, *_missing(reader.letters, sheet, dataflow, book))
        return Mapped(
            dataflow,
            sheet,
            reader.letters,
            faults,
            stopped=False,
            reader=reader,
            mapping=fitting[0],
            at_home=self.home is not None,
        )

    def proposal(self, survey: Survey, dataflow: str, book: Codebook) -> Proposal:
        """Return what the sheet seems to mean, in the light of the newest mapping."""
        newest = self.mappings[0] if self.mappings else None
        at_home = self.home is not None
        return propose(survey.sheet, survey, dataflow, book, newest, at_home=at_home, mark=self.mark)


UNMAPPED: Final = National()


@dataclass(frozen=True)
class Mapped(Columns):
    """The columns of a national sheet, read by a mapping."""

    mapping: NationalMapping
    reader: Application
    at_home: bool

    def batch(self, block: Block) -> Batch:
        """Return the block under the codebook's names, with what the mapping could not read."""
        read = self.reader.read(block)
        return Batch(self.dataflow, read.frame, read.rows, self.letters, self.sheet.place, read.findings)

    def sums(self, block: Block) -> list[Finding]:
        """Return the rows that sum others, by the column that says so: in it, no cell is a fault of its own."""
        place = Finding("totals.row", sheet=self.sheet.place)
        return [at_rows(replace(place, letter=letter), rows) for letter, rows in self._totals(block).items()]

    def _totals(self, block: Block) -> dict[str, list[int]]:
        """Return letter → the rows in which a column that is read says that they sum others; each row once."""
        known = {text for column in self.mapping.columns for text in column.values}
        found: dict[str, list[int]] = {}
        for letter in sorted(self.reader.read_letters):
            cells = block.frame[letter]
            if words := _of_sums(cells.unique(), known):
                before = {row for rows in found.values() for row in rows}
                rows = [row for row in block.rows.filter(cells.is_in(words)).to_list() if row not in before]
                found |= {letter: rows} if rows else {}
        return found

    def known(self, book: Codebook) -> dict[str, Known]:
        """Return letter → the committee's own words for the codes; a column left aside is foreign."""
        told: dict[str, Known] = {}
        for column, letter in zip(self.mapping.columns, self.reader.fit.letters, strict=True):
            if letter and column.kind is not Kind.IGNORED:
                words = frozenset(column.values) | told.get(letter, Known(None)).cells
                told[letter] = _known(column.kind, column.target, words)
        own = known_columns({name: letter for name, letter in self.letters.items() if letter}, self.dataflow, book)
        return told | {letter: own[letter] for letter in self.reader.leaving if letter in own}

    def settled(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return what the scan found; at home, what stands in columns that do not leave is a warning for each."""
        if not self.at_home:
            return list(findings)
        kept: list[Finding] = []
        home: dict[str | None, Finding] = {}
        for one in findings:
            if one.letter in self.reader.leaving:
                kept.append(one)
            else:
                note = replace(one, rule="mapping.stays_home", severity=Severity.WARNING, facts={})
                home.setdefault(one.letter, note)
        return [*kept, *home.values()]


def searched(known: Mapping[str, Known], recognisers: Recognisers, committee: str) -> dict[str, Known]:
    """Return what is known, without the words that identify somebody: typed at the hub, they excuse nothing there."""
    reading, nothing = Reading(recognisers, committee), Under()

    def kept(words: frozenset[str]) -> frozenset[str]:
        asked = reading.candidates(pl.Series(sorted(words), dtype=pl.String), nothing)
        hits = ((cell, reading.hit(cell, nothing, form=form)) for cell, form in asked.iter_rows())
        return words - {cell for cell, hit in hits if hit and hit.blocks}

    return {letter: replace(one, cells=kept(one.cells)) for letter, one in known.items()}


def proposed_known(proposal: Proposal) -> dict[str, Known]:
    """Return letter → what the scan may expect in a column whose meaning is only proposed."""
    return {
        one.letter: _known(one.kind, one.target, frozenset(value.text for value in one.values if value.known))
        for one in proposal.columns
        if one.is_used and one.kind is not Kind.KEYED and one.confidence >= SURE
    }


def unkeyed(proposal: Proposal, sheet: Sheet, book: Codebook) -> list[Finding]:
    """Return a finding where records come without a pseudonym that was keyed: no mapping at the hub can make one."""
    flow = book.dataflow(proposal.dataflow)
    keyed = any(one.kind is Kind.PSEUDONYM and one.target == "PSEUDONYM" for one in proposal.columns)
    if not flow.has_records or keyed:
        return []
    return [Finding("mapping.not_keyed", sheet=sheet.place, row=sheet.header_row or None, column="PSEUDONYM")]


def without_sums(block: Block) -> Block:
    """Return the block without the rows whose first filled cell says that they sum others; for one not mapped yet."""
    first = block.frame.select(
        pl.coalesce(pl.when(pl.col(one).str.strip_chars() != "").then(pl.col(one)) for one in block.frame.columns)
    ).to_series()
    words = _of_sums(first.drop_nulls().unique(), ())
    if not words:
        return block
    others = ~first.is_in(words).fill_null(value=False)
    return Block(block.frame.filter(others), block.rows.filter(others))


def _of_sums(texts: pl.Series, known: Collection[str]) -> list[str]:
    """Return which of these different cells say that their row sums others. known: words that mean something here."""
    short = texts.filter((texts.str.len_chars() <= _LONGEST) & ~texts.str.contains(r"\d"))
    return [text for text in short.filter(says_total(short)).to_list() if text not in known]


def _known(kind: Kind | None, target: str | None, words: frozenset[str]) -> Known:
    if kind is Kind.PSEUDONYM:
        return Known(target, frozenset({UNKNOWN}), Expected.PSEUDONYM)
    return Known(target, words)


def _missing(letters: Mapping[str, str], sheet: Sheet, dataflow: str, book: Codebook) -> list[Finding]:
    row = sheet.header_row or None
    columns = [one for one in book.dataflow(dataflow).columns(book) if one.required and one.name not in letters]
    names = dict.fromkeys(one.variable for one in columns)
    return [Finding("header.missing", sheet=sheet.place, row=row, column=name) for name in names]
