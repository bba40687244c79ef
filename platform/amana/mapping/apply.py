"""Apply a mapping to the blocks of a sheet: national columns and words in, canonical columns and findings out.

A cell that the mapping does not know becomes null: it has its finding here, and no rule finds it a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from amana.codebook.model import Codebook, Variable
from amana.codebook.model import Kind as Answer
from amana.findings import Finding, at_rows
from amana.mapping import answers, dates
from amana.mapping.ages import read as read_age
from amana.mapping.cells import Cells, Meaning
from amana.mapping.check import check
from amana.mapping.document import AS_ROW, ColumnMap, KeyNeeded, Kind, NationalMapping
from amana.mapping.fit import Fit, Mark, fit, targets
from amana.mapping.keying import Home
from amana.mapping.words import normal
from amana.reading.sheet import Block, Sheet
from amana.rows import RowSet


@dataclass(frozen=True)
class Canonical:
    """A block under the codebook's names.

    frame:    (n, canonical columns) String; null where the mapping does not know the cell, which is in ``findings``.
    rows:     (n,) Int64, 1-based rows of the file.
    letters:  canonical column → letter in the file; ``""`` for a constant.
    findings: what the mapping could not read, each with its column.
    """

    frame: pl.DataFrame = field(repr=False)
    rows: pl.Series = field(repr=False)
    letters: Mapping[str, str]
    findings: tuple[Finding, ...]


class Application:
    """One mapping set against one sheet; ``read`` each block. ``fit.findings`` tell what of the header fits nowhere."""

    def __init__(
        self,
        mapping: NationalMapping,
        sheet: Sheet,
        book: Codebook,
        *,
        period: str | None = None,
        home: Home | None = None,
        mark: Mark | None = None,
    ) -> None:
        """Raise MappingInvalid; KeyNeeded when the mapping works at home, or with a key, that is not given."""
        check(mapping, book)
        keyed = any(column.kind is Kind.KEYED for column in mapping.columns)
        if mapping.at_home and (home is None or (keyed and home.key is None)):
            raise KeyNeeded
        self.fit: Fit = fit(mapping, sheet, mark)
        self._mapping, self._sheet, self._book = mapping, sheet, book
        self._flow = book.dataflow(mapping.dataflow)
        self._home, self._period = home, period
        read = {name: list(filter(self._is_read, each)) for name, each in targets(mapping, self._flow, book).items()}
        self._targets = {name: entries for name, entries in read.items() if entries}

    @property
    def letters(self) -> dict[str, str]:
        """Canonical column → letter, for every column that ``read`` gives; ``""`` for a constant."""
        return {name: self._letter(entries[0]) for name, entries in self._targets.items()}

    @property
    def read_letters(self) -> frozenset[str]:
        """The letters of the columns of which something becomes canonical, or is made."""
        columns = zip(self._mapping.columns, self.fit.letters, strict=True)
        told = {letter for column, letter in columns if letter and column.kind is not Kind.IGNORED}
        return frozenset(told | set(self.fit.parts.values()))

    @property
    def leaving(self) -> frozenset[str]:
        """The letters whose cells become canonical ones as they stand: pseudonyms, and columns canonical already."""
        kinds = {Kind.CANONICAL, Kind.PSEUDONYM}
        columns = zip(self._mapping.columns, self.fit.letters, strict=True)
        return frozenset(letter for column, letter in columns if letter and column.kind in kinds)

    def read(self, block: Block) -> Canonical:
        """Return the block as canonical columns, with a finding for each column whose cells are not all known."""
        cells = Cells(block, self._sheet.place)
        told: dict[str, pl.Series] = {}
        for name, entries in self._targets.items():
            if name not in told:
                told |= self._column(name, entries, cells)
        self._check_periods(cells)
        frame = pl.DataFrame({name: told[name] for name in self._targets})
        return Canonical(frame, block.rows, self.letters, tuple(cells.findings))

    def _is_read(self, entry: int) -> bool:
        column = self._mapping.columns[entry]
        needed = [part for part in (*column.parts, column.at) if part and part != AS_ROW]
        sourced = column.kind in {Kind.CONSTANT, Kind.KEYED} or self.fit.letters[entry] is not None
        return sourced and all(part in self.fit.parts for part in needed)

    def _letter(self, entry: int) -> str:
        return self.fit.letters[entry] or next(iter(self._parts(self._mapping.columns[entry])), "")

    def _parts(self, column: ColumnMap) -> list[str]:
        return [self.fit.parts[part] for part in column.parts if part != AS_ROW]

    def _column(self, name: str, entries: list[int], cells: Cells) -> dict[str, pl.Series]:
        """Return the (n,) cells of a canonical column, or of all columns of its multi-response variable."""
        first = self._mapping.columns[entries[0]]
        if first.kind is Kind.CANONICAL:
            return {name: cells.block.frame[self._letter(entries[0])]}
        variable = self._flow.variable(first.target or "")
        if variable.kind is Answer.MULTI:
            return self._several(variable, entries, cells)
        if first.kind is Kind.FLAG:
            return {name: self._picked(variable, entries, cells)}
        return {name: self._single(first, self._letter(entries[0]), variable, cells)}

    def _single(self, column: ColumnMap, letter: str, variable: Variable, cells: Cells) -> pl.Series:
        if column.kind is Kind.CONSTANT:
            return cells.every(column.code)
        if column.kind is Kind.PSEUDONYM:
            return cells.meant(letter, variable.id, column.blank, str.strip)
        if column.kind is Kind.KEYED and self._home is not None:
            return cells.keyed(column.parts, self._parts(column), variable.id, self._home)
        if column.kind is Kind.BIRTH:
            return cells.born(letter, self.fit.parts[column.at or ""], variable.id, column.blank)
        return cells.meant(letter, variable.id, column.blank, self._meaning(column, variable))

    def _meaning(self, column: ColumnMap, variable: Variable | None) -> Meaning:
        known = {normal(text): " ".join(codes) for text, codes in column.values.items()}
        if column.kind is Kind.AGE and variable is not None:
            ages = self._book.list_of(variable)

            def aged(cell: str) -> str | None:
                if code := known.get(normal(cell)):
                    return code
                found = read_age(cell, ages)
                return None if found is None or found[1] else found[0]

            return aged
        return lambda cell: known.get(normal(cell))

    def _flag(self, entry: int, cells: Cells) -> pl.Series:
        column = self._mapping.columns[entry]
        return cells.meant(self._letter(entry), column.target, column.blank, self._meaning(column, None))

    def _several(self, variable: Variable, entries: list[int], cells: Cells) -> dict[str, pl.Series]:
        codes = self._book.list_of(variable).storable
        told: dict[str, list[pl.Series]] = {}
        refused: list[pl.Series] = []
        for entry in entries:
            column = self._mapping.columns[entry]
            if column.kind is Kind.CONSTANT:
                found = answers.flags(cells.every(column.code), codes, answers.NO, variable.residual)
            elif column.kind is Kind.FLAG:
                found = {column.code or "": self._flag(entry, cells)}
                refused += [flags == answers.NO for code, flags in found.items() if code != variable.residual]
            else:
                keys = cells.meant(self._letter(entry), variable.id, column.blank, self._naming(column))
                found = answers.flags(keys, codes, column.unnamed, variable.residual)
                refused.append(keys == answers.NO)
            for code, flags in found.items():
                told.setdefault(code, []).append(flags)
        fill = cells.every(self._mapping.unasked.get(variable.id, "_U"))
        joined = {code: answers.joined(told[code]) if code in told else fill for code in codes}
        if variable.residual:
            joined[variable.residual] = answers.with_residual(joined, variable.residual, refused)
        return joined

    def _naming(self, column: ColumnMap) -> Meaning:
        known = self._meaning(column, None)

        def named(cell: str) -> str | None:
            each = list(map(known, answers.split(cell, column.separators)))
            if not each:  # nothing stands between the separators
                return known(cell) or column.blank
            if None in each:  # a word of the document may itself hold a separator
                each = [known(cell)]
            found = [codes for codes in each if codes is not None]
            if len(found) < len(each):
                return None
            return " ".join(dict.fromkeys(" ".join(found).split())) or answers.NO

        return named

    def _picked(self, variable: Variable, entries: list[int], cells: Cells) -> pl.Series:
        flags: dict[str, list[pl.Series]] = {}
        for entry in entries:
            flags.setdefault(self._mapping.columns[entry].code or "", []).append(self._flag(entry, cells))
        told = [(code, answers.joined(each)) for code, each in flags.items()]
        both = self._mapping.several_say.get(variable.id)
        answer, twice = answers.picked(told, both)
        if both is None and twice.any():
            where = RowSet.of(cells.block.rows.filter(twice).to_numpy())
            finding = Finding("mapping.two_answers", sheet=self._sheet.place, column=variable.id)
            cells.findings.append(at_rows(finding, where))
        return answer

    def _check_periods(self, cells: Cells) -> None:
        """Find the rows whose year is another than the period's."""
        due = (self._period or "")[:4]
        for column, letter in zip(self._mapping.columns, self.fit.letters, strict=True):
            if column.kind is Kind.PERIOD and letter and due:
                same: Meaning = lambda cell: due if dates.year(cell) == due else None  # noqa: E731 - one line, one use
                cells.meant(letter, None, column.blank, same, "mapping.other_period")


def apply(mapping: NationalMapping, sheet: Sheet, block: Block, book: Codebook, home: Home | None = None) -> Canonical:
    """Return one block as canonical columns; for several, make one Application."""
    return Application(mapping, sheet, book, home=home).read(block)


def identity(sheet: Sheet, dataflow: str, book: Codebook) -> NationalMapping | None:
    """Return the mapping that changes nothing, when most headers are canonical columns; None for a national file."""
    known = {column.name for column in book.dataflow(dataflow).columns(book)}
    named = [header for header in sheet.header if header in known]
    if 2 * len(named) <= sum(1 for header in sheet.header if header.strip()):
        return None
    columns = [ColumnMap(Kind.CANONICAL, (name,), target=name) for name in dict.fromkeys(named)]
    return NationalMapping(dataflow, tuple(columns))
