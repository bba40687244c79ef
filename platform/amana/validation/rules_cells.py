"""Rules about single cells: blank, no code of their list, a code in other clothes, or a total among the rows.

Every cell is held against its list once; only those that are no answer are looked at more closely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import polars as pl

from amana.codebook.model import OBS_VALUE, UNKNOWN, Codebook, Dataflow, Kind, Variable
from amana.findings import Finding
from amana.validation.ages import AGE, IN_ORDER, adult_cells, stored
from amana.validation.batch import Batch
from amana.validation.catalogue import catalogue

FLAGS: Final = ("0", "1", UNKNOWN)
ALL_AGES: Final = "CL_AGE"
_PSEUDONYM: Final = 32  # bytes of the shortest pseudonym: what is shorter may be a word
_ALIKE: Final = (("[\u064b-\u065f\u0670\u0640]", ""), ("[أإآٱ]", "ا"), ("ة", "ه"), ("ى", "ي"), (r"\s+", " "))

Odd = Mapping[str, pl.Series]  # canonical column → (n,) whether the cell is no answer; only columns that have some


def accepted(variable: Variable, book: Codebook) -> frozenset[str]:
    """Return the cells that a coded variable accepts."""
    codes = book.list_of(variable)
    return frozenset(stored(codes) if variable.id in IN_ORDER else codes.storable)


def odd_cells(batch: Batch, flow: Dataflow, book: Codebook) -> Odd:
    """Return where the cells are that no list holds; of pseudonyms, where they are too short to be one."""
    odd = {}
    for column in flow.columns(book):
        if column.name in batch and column.name != OBS_VALUE:
            mask = _odd(batch.cells(column.name), flow.variable(column.variable), book)
            if mask.any():
                odd[column.name] = mask
    return odd


def total_rows(batch: Batch, odd: Odd) -> dict[str, pl.Series]:
    """Return column → (n,) where a cell says that its row is a sum of others; a row is named in one column only."""
    words = _spoken(batch, odd, catalogue().total_words)
    found: dict[str, pl.Series] = {}
    for name, mask in odd.items() if words else ():
        says = mask & batch.cells(name).is_in(words)
        for before in found.values():
            says &= ~before
        if says.any():
            found[name] = says
    return found


def cells(batch: Batch, odd: Odd, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    """Yield what is wrong with each cell that is no answer: one reason for each, the most helpful first."""
    variables = {column.name: flow.variable(column.variable) for column in flow.columns(book) if column.name in odd}
    words = _spoken(batch, odd, catalogue().unknown_words)
    for name, mask in odd.items():
        few = batch.narrowed(name, mask)
        blank = is_blank(few.cells(name))
        yield few.at("cell.blank", name, blank)
        if variables[name].kind in {Kind.PSEUDONYM, Kind.LINK} or blank.all():
            continue
        unknown = few.cells(name).is_in(words) & ~blank
        yield few.at("cell.unknown_mark", name, unknown, unknown=_not_known(variables[name], book))
        yield from _wrong(few, name, ~blank & ~unknown, variables[name], book)


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
        yield batch.at("age.adult", AGE, _adult(batch.cells(AGE), flow.variable(AGE), book))


def says_total(cells: pl.Series) -> pl.Series:
    """Return (n,) whether a cell is one of the words for a sum."""
    distinct = cells.unique()
    return cells.is_in(distinct.filter(_plain(distinct).is_in(_plain_words(catalogue().total_words))).to_list())


def is_blank(cells: pl.Series) -> pl.Series:
    """Return (n,) whether a cell holds nothing but space."""
    return cells.str.strip_chars().str.len_bytes() == 0


def _odd(said: pl.Series, variable: Variable, book: Codebook) -> pl.Series:
    if variable.kind is Kind.CODED:
        return ~said.is_in(sorted(accepted(variable, book)))
    if variable.kind is Kind.MULTI:
        return ~said.is_in(FLAGS)
    short = said.str.len_bytes() < _PSEUDONYM
    return short & (said != UNKNOWN) if variable.kind is Kind.LINK else short


def _wrong(batch: Batch, name: str, wrong: pl.Series, variable: Variable, book: Codebook) -> Iterator[Finding | None]:
    said = batch.cells(name)
    if variable.kind is Kind.MULTI:
        yield batch.at("flag.form", name, wrong)
        return
    if variable.id in IN_ORDER:
        adult = _adult(said, variable, book) if variable.id == AGE else pl.repeat(value=False, n=len(said), eager=True)
        yield batch.at("age.form", name, wrong & ~adult)
        return
    codes = book.list_of(variable)
    spelt = wrong & said.str.strip_chars().str.to_uppercase().is_in(codes.storable)
    coarse = wrong & ~spelt & said.is_in([code.id for code in codes.codes if not code.storable])
    yield batch.at("code.spelling", name, spelt, codelist=codes.id)
    yield batch.at("code.coarse", name, coarse, codelist=codes.id)
    yield batch.at("code.unknown", name, wrong & ~spelt & ~coarse, codelist=codes.id)


def _adult(said: pl.Series, variable: Variable, book: Codebook) -> pl.Series:
    """Return (n,) whether the cell says an adult where the variable's list of ages has none."""
    return said.is_in(sorted(adult_cells(book.codelists[ALL_AGES]) - accepted(variable, book)))


def _spoken(batch: Batch, odd: Odd, words: frozenset[str]) -> list[str]:
    """Return the cells, among those that are no answer, that are one of the words but for case, marks and space."""
    if not odd:
        return []
    said = pl.concat([batch.cells(name).filter(mask) for name, mask in odd.items()]).drop_nulls().unique()
    return said.filter(_plain(said).is_in(_plain_words(words))).to_list()


@cache
def _plain_words(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(_plain(pl.Series(sorted(words))))


def _plain(texts: pl.Series) -> pl.Series:
    for pattern, plain in _ALIKE:
        texts = texts.str.replace_all(pattern, plain)
    return texts.str.strip_chars(" :.*").str.to_lowercase()


def _not_known(variable: Variable, book: Codebook) -> str:
    """Return what the cell should say instead: ``_U``, or what this list has in its place."""
    if variable.kind is Kind.MULTI:
        return UNKNOWN
    codes = book.list_of(variable)
    return UNKNOWN if UNKNOWN in codes.storable else variable.residual or UNKNOWN
