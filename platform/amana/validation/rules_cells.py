"""Rules about single cells: blank, no code of their list, a code in other clothes, or a total among the rows.

Every cell is held against its list once; only those that are no answer are looked at more closely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amana.codebook.cells import FLAGS, LEAST_PSEUDONYM
from amana.codebook.model import UNKNOWN, Codebook, Dataflow, Kind, Variable
from amana.findings import Finding
from amana.validation.ages import AGE, IN_ORDER, adult_cells, stored
from amana.validation.batch import Batch
from amana.validation.catalogue import catalogue
from amana.validation.views import listed, shorter

ALL_AGES: Final = "CL_AGE"
_MARKS: Final = (*range(0x64B, 0x660), 0x670, 0x640)  # vowel marks and the stroke that stretches a word
_ALIKE: Final = {**dict.fromkeys(_MARKS), **str.maketrans("أإآٱةى", "ااااهي")}

_Reason = tuple[str, Mapping[str, str], Callable[[str], bool]]  # rule, facts, test
_ELSEWHERE: Final = ""  # the rule of ``adults`` tells it
_Places = NDArray[np.intp]  # (m,) in a batch, in rising order


@dataclass(frozen=True)
class Odd:
    """The cells of one column that are no answer: where they stand in the batch, and what they say."""

    variable: Variable
    places: _Places
    said: list[str] = field(repr=False)

    def only(self, kept: NDArray[np.bool_]) -> Odd:
        """Return those that are in the rows of the batch that are kept, at their places among these."""
        here = kept[self.places]
        places = (np.cumsum(kept) - 1)[self.places[here]]
        return Odd(self.variable, places, [cell for cell, stays in zip(self.said, here, strict=True) if stays])


def accepted(variable: Variable, book: Codebook) -> frozenset[str]:
    """Return the cells that a coded variable accepts."""
    return frozenset(_answers(variable, book))


def odd_cells(batch: Batch, flow: Dataflow, book: Codebook) -> Mapping[str, Odd]:
    """Return the cells that no list holds, by column; of pseudonyms, those too short to be one."""
    found: dict[str, Odd] = {}
    for variable in flow.variables:
        for name in book.list_of(variable).storable if variable.kind is Kind.MULTI else (variable.id,):
            if name in batch and (places := _odd(batch.cells(name), variable, book)).size:
                found[name] = Odd(variable, places, batch.cells(name)[places].to_list())
    return found


def total_rows(odd: Mapping[str, Odd]) -> dict[str, _Places]:
    """Return column → places of cells that say that their row is a sum of others; a row is named in one column only."""
    words = _spoken(odd, catalogue().total_words)
    found: dict[str, _Places] = {}
    named: set[int] = set()
    for name, one in odd.items() if words else ():
        said = zip(one.places.tolist(), one.said, strict=True)
        fresh = [place for place, cell in said if cell in words and place not in named]
        if fresh:
            found[name] = np.array(fresh)
            named.update(fresh)
    return found


def cells(batch: Batch, odd: Mapping[str, Odd], book: Codebook) -> Iterator[Finding]:
    """Yield what is wrong with each cell that is no answer: one reason for each, the most helpful first."""
    words = _spoken(odd, catalogue().unknown_words)
    for name, one in odd.items():
        reasons = list(_reasons(one.variable, words, book))
        first = {
            cell: next((n for n, (_, _, holds) in enumerate(reasons) if holds(cell)), -1) for cell in set(one.said)
        }
        which = np.array([first[cell] for cell in one.said])
        for number in sorted(set(first.values()) - {-1}):
            rule, facts, _ = reasons[number]
            if rule != _ELSEWHERE:
                yield batch.at_places(rule, name, one.places[which == number], **facts)


def _reasons(variable: Variable, words: frozenset[str], book: Codebook) -> Iterator[_Reason]:
    """Yield why a cell may be no answer, and the test of each. The first that holds is told."""
    yield "cell.blank", {}, lambda cell: not cell.strip()
    if variable.kind in {Kind.PSEUDONYM, Kind.LINK}:
        return
    yield "cell.unknown_mark", {"unknown": _not_known(variable, book)}, words.__contains__
    if variable.kind is Kind.MULTI:
        yield "flag.form", {}, lambda _: True
    elif variable.id in IN_ORDER:
        yield _ELSEWHERE, {}, _adults(variable, book).__contains__
        yield "age.form", {}, lambda _: True
    else:
        codes = book.list_of(variable)
        spelt, coarse = frozenset(codes.storable), frozenset(code.id for code in codes.codes if not code.storable)
        facts = {"codelist": codes.id}
        yield "code.spelling", facts, lambda cell: cell.strip().upper() in spelt
        yield "code.coarse", facts, coarse.__contains__
        yield "code.unknown", facts, lambda _: True


def answered(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    """Yield where the flags of one question contradict the one that says "not known", or none of them answers."""
    for variable in flow.variables:
        residual = variable.residual
        if variable.kind is not Kind.MULTI or residual is None:
            continue
        names = book.list_of(variable).storable
        if not all(name in batch for name in names):
            continue
        others = [batch.cells(name) == "1" for name in names if name != residual]
        some = pl.select(pl.any_horizontal(*others)).to_series()
        unknown = batch.cells(residual) == "1"
        facts = {"variable": variable.id, "residual": residual}
        yield batch.at("multi.contradiction", residual, some & unknown, **facts)
        if variable.required:
            yield batch.at("multi.none", residual, ~some & ~unknown, **facts)


def adults(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    """Yield the rows about adults where the dataflow's list of ages has none."""
    if AGE in batch:
        yield batch.at("age.adult", AGE, batch.cells(AGE).is_in(sorted(_adults(flow.variable(AGE), book))))


def says_total(cells: pl.Series) -> pl.Series:
    """Return (n,) whether a cell is one of the words for a sum."""
    words = _plain_words(catalogue().total_words)
    return cells.is_in([cell for cell in cells.drop_nulls().unique().to_list() if _plain(cell) in words])


def is_blank(cells: pl.Series) -> pl.Series:
    """Return (n,) whether a cell holds nothing but space."""
    return cells.str.strip_chars().str.len_bytes() == 0


def _odd(cells: pl.Series, variable: Variable, book: Codebook) -> _Places:
    """Return the places of the cells that are no answer."""
    if variable.kind is Kind.PSEUDONYM:
        return shorter(cells, LEAST_PSEUDONYM)  # what is shorter may be a word
    if variable.kind is Kind.LINK:
        return np.intersect1d(shorter(cells, LEAST_PSEUDONYM), listed((UNKNOWN,)).others(cells), assume_unique=True)
    return listed(_answers(variable, book)).others(cells)


def _answers(variable: Variable, book: Codebook) -> tuple[str, ...]:
    """Return the cells that a variable accepts in each of its columns."""
    if variable.kind is Kind.MULTI:
        return FLAGS
    codes = book.list_of(variable)
    return tuple(stored(codes)) if variable.id in IN_ORDER else codes.storable


def _adults(variable: Variable, book: Codebook) -> frozenset[str]:
    """Return the cells that say an adult where the variable's list of ages has none."""
    return adult_cells(book.codelists[ALL_AGES]) - accepted(variable, book) if variable.id == AGE else frozenset()


def _spoken(odd: Mapping[str, Odd], words: frozenset[str]) -> frozenset[str]:
    """Return the cells, among those that are no answer, that are one of the words but for case, marks and space."""
    plain = _plain_words(words)
    return frozenset(cell for cell in set().union(*(one.said for one in odd.values())) if _plain(cell) in plain)


@cache
def _plain_words(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(_plain, words))


def _plain(text: str) -> str:
    return " ".join(text.translate(_ALIKE).split()).strip(" :.*").lower()


def _not_known(variable: Variable, book: Codebook) -> str:
    """Return what the cell should say instead: ``_U``, or what this list has in its place."""
    if variable.kind is Kind.MULTI:
        return UNKNOWN
    codes = book.list_of(variable)
    return UNKNOWN if UNKNOWN in codes.storable else variable.residual or UNKNOWN
