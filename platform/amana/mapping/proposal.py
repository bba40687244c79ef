"""A proposal: what each column of a file seems to mean, how sure that is, and why. A person confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from amana.codebook.model import UNKNOWN, Codebook, Variable
from amana.codebook.model import Kind as Answer
from amana.mapping.document import AS_ROW, ColumnMap, Kind, NationalMapping
from amana.mapping.words import normal

SURE: Final = 0.6  # from here on, "take what is proposed" takes a column


@dataclass(frozen=True)
class Value:
    """One spelling of a column. codes: what it means; empty where we do not know. reason: ``mapping.reason_<it>``."""

    text: str = field(repr=False)
    rows: int
    codes: tuple[str, ...]
    confidence: float
    reason: str

    @property
    def known(self) -> bool:
        """Whether it means something."""
        return bool(self.codes)


@dataclass(frozen=True)
class Guess:
    """One column. kind: None where we do not know. values: the spellings that its kind asks about.

    header: as the mapping would name the column; it may be anything, and at the hub it may not be shown.
    kept:   the entries of the remembered mapping that read this column.
    at:     of a date of birth that becomes an age: the header of the column with the day at which it is counted.
    full:   the column has more different texts than a list of words would.
    """

    letter: str
    header: str = field(repr=False)
    kind: Kind | None
    target: str | None
    code: str | None
    confidence: float
    reason: str
    filled: int
    blank: int
    full: bool = False
    separators: str = ""
    values: tuple[Value, ...] = ()
    kept: tuple[ColumnMap, ...] = ()
    at: str = field(default="", repr=False)

    @property
    def unknown(self) -> tuple[Value, ...]:
        """The spellings that nobody has said the meaning of."""
        return tuple(value for value in self.values if not value.known)

    @property
    def is_used(self) -> bool:
        """Whether the column would tell something."""
        return self.kind not in {None, Kind.IGNORED}


@dataclass(frozen=True)
class Proposal:
    """What a whole file seems to mean.

    asked:      required variables that no constant, and no row's number, tells already.
    remembered: the mapping that was confirmed before.
    """

    dataflow: str
    columns: tuple[Guess, ...]
    asked: tuple[str, ...]
    remembered: NationalMapping | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The required variables that no column tells, as far as that is sure enough to be taken."""
        told = {one.target for one in self.columns if one.is_used and one.confidence >= SURE}
        told |= {entry.target for one in self.columns for entry in one.kept}
        return tuple(name for name in self.asked if name not in told)

    @property
    def open(self) -> bool:
        """Whether something is left that only a person can tell."""
        doubtful = any(one.kind is None or one.confidence < SURE or one.unknown for one in self.columns)
        return bool(doubtful or self.missing)

    def with_guess(self, guess: Guess) -> Proposal:
        """Return the proposal with this guess in the place of the one about the same column."""
        return replace(self, columns=tuple(guess if one.letter == guess.letter else one for one in self.columns))

    def changed(self, letter: str, **facts: object) -> Proposal:
        """Return the proposal with other facts about one column."""
        columns = tuple(replace(one, **facts) if one.letter == letter else one for one in self.columns)  # type: ignore[arg-type]
        return replace(self, columns=columns)


def accepted(
    proposal: Proposal,
    book: Codebook,
    *,
    committee: str | None,
    constants: Mapping[str, str] | None = None,
    blank_unknown: bool = False,
    least: float = SURE,
) -> NationalMapping:
    """Return the mapping that takes every column at ``least`` as sure as that, and leaves the others aside.

    constants: variable → code in every row. blank_unknown: a blank means not known, wherever that is an answer.
    """
    flow = book.dataflow(proposal.dataflow)
    entries: list[ColumnMap] = []
    parts = _parts(proposal.remembered)
    for guess in proposal.columns:
        if normal(guess.header) in parts and not guess.kept and not guess.is_used:
            continue
        taken = guess if guess.confidence >= least else replace(guess, kind=Kind.IGNORED, target=None, code=None)
        variable = next((one for one in flow.variables if one.id == taken.target), None)
        entries += _entries(taken, variable, book, blank_unknown=blank_unknown)
    entries += columnless(proposal.remembered)
    said = {**_kept_constants(proposal), **(constants or {})}
    entries += [ColumnMap(Kind.CONSTANT, target=name, code=code) for name, code in said.items()]
    before = proposal.remembered
    if before is None:
        return NationalMapping(proposal.dataflow, tuple(entries), committee)
    whole = replace(before, columns=tuple(entries), committee=committee, source="")
    return (
        whole if as_before(whole, before) else replace(whole, version=before.version + (committee == before.committee))
    )


def as_before(mapping: NationalMapping, before: NationalMapping) -> bool:
    """Return whether two documents say the same of every column, whatever their order."""
    return mapping.committee == before.committee and set(map(repr, mapping.columns)) == set(map(repr, before.columns))


def columnless(mapping: NationalMapping | None) -> list[ColumnMap]:
    """Return the entries that read no column and are no constant: pseudonyms made of the row's number."""
    return [one for one in mapping.columns if one.parts == (AS_ROW,)] if mapping else []


def _parts(mapping: NationalMapping | None) -> frozenset[str]:
    """Return the normal names of the columns of which a key or an age is made."""
    entries = mapping.columns if mapping else ()
    return frozenset(normal(part) for one in entries for part in (*one.parts, one.at) if part)


def blank_of(variable: Variable | None, kind: Kind, book: Codebook) -> str | None:
    """Return what stands for *not known* in a column of this kind; None where there is no such answer."""
    if kind in {Kind.FLAG, Kind.SEVERAL}:
        return UNKNOWN
    if variable is None or variable.kind is not Answer.CODED:
        return None
    return UNKNOWN if UNKNOWN in book.list_of(variable).storable else variable.residual


def _entries(guess: Guess, variable: Variable | None, book: Codebook, *, blank_unknown: bool) -> list[ColumnMap]:
    kind = guess.kind or Kind.IGNORED
    said = {value.text: value.codes for value in guess.values if value.known}
    if guess.kept and kind is guess.kept[0].kind:
        first, *others = guess.kept
        return [replace(first, values={**first.values, **said}), *others]
    if kind is Kind.IGNORED:
        return [ColumnMap(kind, (guess.header,))]
    if kind is Kind.KEYED:
        return [ColumnMap(kind, target=guess.target, parts=(guess.header,))]
    blank = blank_of(variable, kind, book) if blank_unknown and guess.blank else None
    if kind is Kind.BIRTH:
        return [ColumnMap(kind, (guess.header,), target=guess.target, at=guess.at, blank=blank)]
    return [ColumnMap(kind, (guess.header,), None, guess.target, guess.code, said, guess.separators, blank=blank)]


def _kept_constants(proposal: Proposal) -> dict[str, str]:
    entries = proposal.remembered.columns if proposal.remembered else ()
    return {one.target: one.code for one in entries if one.kind is Kind.CONSTANT and one.target and one.code}
