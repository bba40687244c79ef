"""The rules of a contribution, one small function each: rows in, findings out. Pure, and the same everywhere.

Every rule id has its sentence in ``wording/intake.toml`` under ``rule.<id>``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from amana.codebook.model import OBS_VALUE, UNKNOWN, Codebook, Column, Dataflow, Kind, Variable
from amana.findings import Finding
from amana.validation.ages import AGE, IN_ORDER, adult_cells, stored
from amana.validation.batch import Batch
from amana.validation.pseudonyms import Pseudonyms, formed
from amana.validation.tables import SameCell
from amana.validation.watch import Watch, Watchman

CONSENT: Final = "CONSENT_REPORTING"
BASIS: Final = "LEGAL_BASIS"
AGREED: Final = "YES"
REFUSED: Final = "NO"
FLAGS: Final = ("0", "1", UNKNOWN)
ALL_AGES: Final = "CL_AGE"
COUNT: Final = r"^(?:0|[1-9][0-9]{0,8})$"  # OBS_VALUE: whole, no sign, below a thousand million

Rule = Callable[[Batch, Dataflow, Codebook], Iterator[Finding | None]]


def check(batch: Batch, book: Codebook) -> Iterator[Finding | None]:
    """Yield everything that the rules find in one block."""
    flow = book.dataflow(batch.dataflow)
    for rule in _OF_RECORDS if flow.has_records else _OF_TABLES:
        yield from rule(batch, flow, book)


def watches(flow: Dataflow, book: Codebook) -> tuple[Watch, ...]:
    """Return fresh watches over one file of the dataflow."""
    return tuple(made(flow, book) for made in (_WATCHES_OF_RECORDS if flow.has_records else _WATCHES_OF_TABLES))


def lawful(batch: Batch) -> pl.Series:
    """Return (n,) whether each row states its own lawful basis: agreement recorded, or another basis and no refusal."""
    if CONSENT not in batch:
        return pl.repeat(value=False, n=len(batch), dtype=pl.Boolean, eager=True)
    consent = batch.cells(CONSENT)
    if BASIS not in batch:
        return consent == AGREED
    return (consent == AGREED) | ((consent != REFUSED) & ~batch.cells(BASIS).is_in([UNKNOWN, "CONSENT", ""]))


def accepted(variable: Variable, book: Codebook) -> frozenset[str]:
    """Return the cells that a coded variable accepts."""
    codes = book.list_of(variable)
    return frozenset(stored(codes) if variable.id in IN_ORDER else codes.storable)


def _columns(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[tuple[Column, Variable]]:
    for column in flow.columns(book):
        if column.name in batch and column.name != OBS_VALUE:
            yield column, flow.variable(column.variable)


def _blank(batch: Batch, _flow: Dataflow, _book: Codebook) -> Iterator[Finding | None]:
    for name in batch.letters:
        yield batch.at("cell.blank", name, _is_blank(batch.cells(name)))


def _is_blank(cells: pl.Series) -> pl.Series:
    return cells.str.strip_chars().str.len_chars() == 0


def _codes(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    for column, variable in _columns(batch, flow, book):
        if variable.kind is not Kind.CODED:
            continue
        cells = batch.cells(column.name)
        wrong = ~cells.is_in(sorted(accepted(variable, book))) & ~_is_blank(cells)
        if variable.id in IN_ORDER:
            other = _adult(batch, flow, book) if variable.id == AGE else False
            yield batch.at("age.form", variable.id, wrong & ~other if variable.id == AGE else wrong)
            continue
        coarse = cells.is_in([code.id for code in book.list_of(variable).codes if not code.storable])
        yield batch.at("code.coarse", column.name, wrong & coarse, codelist=variable.codelist or "")
        yield batch.at("code.unknown", column.name, wrong & ~coarse, codelist=variable.codelist or "")


def _flags(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    for column, variable in _columns(batch, flow, book):
        if variable.kind is Kind.MULTI:
            cells = batch.cells(column.name)
            yield batch.at("flag.form", column.name, ~cells.is_in(FLAGS) & ~_is_blank(cells))


def _answered(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    for variable in flow.variables:
        residual = variable.residual
        if variable.kind is not Kind.MULTI or residual is None:
            continue
        names = book.list_of(variable).storable
        if not all(name in batch for name in names):
            continue
        others = [name for name in names if name != residual]
        some = pl.select(pl.any_horizontal(*(batch.cells(name) == "1" for name in others))).to_series()
        unknown = batch.cells(residual) == "1"
        facts = {"variable": variable.id, "residual": residual}
        yield batch.at("multi.contradiction", residual, some & unknown, **facts)
        if variable.required:
            yield batch.at("multi.none", residual, ~some & ~unknown, **facts)


def _adults(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    if AGE in batch:
        yield batch.at("age.adult", AGE, _adult(batch, flow, book))


def _adult(batch: Batch, flow: Dataflow, book: Codebook) -> pl.Series:
    """Return (n,) whether the cell says an adult where the dataflow's list of ages has none."""
    refused = adult_cells(book.codelists[ALL_AGES]) - accepted(flow.variable(AGE), book)
    return batch.cells(AGE).is_in(sorted(refused))


def _pseudonyms(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    for column, variable in _columns(batch, flow, book):
        if variable.kind not in {Kind.PSEUDONYM, Kind.LINK}:
            continue
        cells = batch.cells(column.name)
        known = cells != UNKNOWN if variable.kind is Kind.LINK else True
        yield batch.at("pseudonym.form", column.name, ~formed(cells) & ~_is_blank(cells) & known, least=32)


def _bases(batch: Batch, _flow: Dataflow, _book: Codebook) -> Iterator[Finding | None]:
    if CONSENT in batch:
        refused = batch.cells(CONSENT) == REFUSED
        yield batch.at("consent.refused", CONSENT, refused)
        yield batch.at("basis.missing", BASIS if BASIS in batch else CONSENT, ~lawful(batch) & ~refused)


def _values(batch: Batch, _flow: Dataflow, _book: Codebook) -> Iterator[Finding | None]:
    if OBS_VALUE in batch:
        cells = batch.cells(OBS_VALUE)
        yield batch.at("value.form", OBS_VALUE, ~cells.str.contains(COUNT) & ~_is_blank(cells))


_OF_RECORDS: Final[tuple[Rule, ...]] = (_blank, _codes, _adults, _flags, _answered, _pseudonyms, _bases)
_OF_TABLES: Final[tuple[Rule, ...]] = (_blank, _codes, _values)
_WATCHES_OF_RECORDS: Final[tuple[Watchman, ...]] = (Pseudonyms,)
_WATCHES_OF_TABLES: Final[tuple[Watchman, ...]] = (SameCell,)
