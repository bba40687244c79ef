"""Rules about single cells: blank, no code of their list, a code in other clothes, or a total among the rows.

Every cell is held against its list once; only those that are no answer are looked at more closely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, reduce
from operator import and_
from typing import Final

import numpy as np
import polars as pl

from amana.codebook.cells import FLAGS, LEAST_PSEUDONYM
from amana.codebook.model import OBS_VALUE, UNKNOWN, Codebook, Dataflow, Kind, Variable
from amana.findings import Finding, at_rows
from amana.rows import RowSet
from amana.validation.ages import AGE, IN_ORDER, adult_cells, stored
from amana.validation.batch import Batch
from amana.validation.catalogue import catalogue

ALL_AGES: Final = "CL_AGE"
_FEW: Final = 8  # codes: a list no longer than this is sooner compared with each than looked up in a set
_ALIKE: Final = (("[\u064b-\u065f\u0670\u0640]", ""), ("[أإآٱ]", "ا"), ("ة", "ه"), ("ى", "ي"), (r"\s+", " "))

_Reason = tuple[str, Mapping[str, str], Callable[[str], bool]]  # rule, facts, test
_ELSEWHERE: Final = ""  # the rule of ``adults`` tells it
Odd = Mapping[str, pl.Series]  # canonical column → (n,) whether the cell is no answer; only columns that have some


def accepted(variable: Variable, book: Codebook) -> frozenset[str]:
    """Return the cells that a coded variable accepts."""
    codes = book.list_of(variable)
    return frozenset(stored(codes) if variable.id in IN_ORDER else codes.storable)


def odd_cells(batch: Batch, flow: Dataflow, book: Codebook) -> Odd:
    """Return where the cells are that no list holds; of pseudonyms, where they are too short to be one."""
    kinds = {
        column.name: flow.variable(column.variable)
        for column in flow.columns(book)
        if column.name in batch and column.name != OBS_VALUE
    }
    masks = batch.frame.select(_odd(name, variable, book) for name, variable in kinds.items())
    odd = {mask.name: mask for mask in masks if mask.any()}
    return {name: mask.fill_null(value=False) if mask.null_count() else mask for name, mask in odd.items()}


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
    words, rows = frozenset(_spoken(batch, odd, catalogue().unknown_words)), batch.rows.to_numpy()
    for name, mask in odd.items():
        said, at = batch.cells(name).filter(mask).to_list(), rows[mask.to_numpy()]
        reasons = list(_reasons(variables[name], words, book))
        first = {cell: next((n for n, (_, _, holds) in enumerate(reasons) if holds(cell)), -1) for cell in set(said)}
        which = np.array([first[cell] for cell in said])
        for number in sorted(set(first.values()) - {-1}):
            rule, facts, _ = reasons[number]
            if rule != _ELSEWHERE:
                yield at_rows(batch.finding(rule, name, **facts), RowSet.of(at[which == number]))


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
    distinct = cells.unique()
    return cells.is_in(distinct.filter(_plain(distinct).is_in(_plain_words(catalogue().total_words))).to_list())


def is_blank(cells: pl.Series) -> pl.Series:
    """Return (n,) whether a cell holds nothing but space."""
    return cells.str.strip_chars().str.len_bytes() == 0


def _odd(name: str, variable: Variable, book: Codebook) -> pl.Expr:
    """Return (n,) where a cell is no answer."""
    said = pl.col(name)
    if variable.kind in {Kind.PSEUDONYM, Kind.LINK}:
        short = said.str.len_bytes() < LEAST_PSEUDONYM  # what is shorter may be a word
        return short & (said != UNKNOWN) if variable.kind is Kind.LINK else short
    codes = FLAGS if variable.kind is Kind.MULTI else sorted(accepted(variable, book))
    if len(codes) > _FEW:
        return ~said.is_in(codes)
    return reduce(and_, (said != code for code in codes))


def _adults(variable: Variable, book: Codebook) -> frozenset[str]:
    """Return the cells that say an adult where the variable's list of ages has none."""
    return adult_cells(book.codelists[ALL_AGES]) - accepted(variable, book) if variable.id == AGE else frozenset()


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
    said = pl.col(texts.name)
    for pattern, plain in _ALIKE:
        said = said.str.replace_all(pattern, plain)
    return texts.to_frame().select(said.str.strip_chars(" :.*").str.to_lowercase()).to_series()


def _not_known(variable: Variable, book: Codebook) -> str:
    """Return what the cell should say instead: ``_U``, or what this list has in its place."""
    if variable.kind is Kind.MULTI:
        return UNKNOWN
    codes = book.list_of(variable)
    return UNKNOWN if UNKNOWN in codes.storable else variable.residual or UNKNOWN
