"""Rules about persons: the form of a pseudonym, a lawful basis of their own, ages that come in order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

import numpy as np
import polars as pl

from amana.codebook.cells import LEAST_PSEUDONYM
from amana.codebook.model import UNKNOWN, Codebook, Dataflow, Kind
from amana.findings import Finding
from amana.validation.ages import IN_ORDER, spans
from amana.validation.batch import Batch
from amana.validation.pseudonyms import written
from amana.validation.rules_cells import is_blank

CONSENT: Final = "CONSENT_REPORTING"
BASIS: Final = "LEGAL_BASIS"
AGREED: Final = "YES"
REFUSED: Final = "NO"


def lawful(batch: Batch) -> pl.Series:
    """Return (n,) whether each row states its own lawful basis: agreement recorded, or another basis and no refusal."""
    if CONSENT not in batch:
        return pl.repeat(value=False, n=len(batch), dtype=pl.Boolean, eager=True)
    consent = batch.cells(CONSENT)
    if BASIS not in batch:
        return consent == AGREED
    return (consent == AGREED) | ((consent != REFUSED) & ~batch.cells(BASIS).is_in([UNKNOWN, "CONSENT", ""]))


def bases(batch: Batch, _flow: Dataflow, _book: Codebook) -> Iterator[Finding | None]:
    """Yield the rows of persons who refused, and those without a lawful basis of their own."""
    if CONSENT in batch:
        refused = batch.cells(CONSENT) == REFUSED
        yield batch.at("consent.refused", CONSENT, refused)
        yield batch.at("basis.missing", BASIS if BASIS in batch else CONSENT, ~lawful(batch) & ~refused)


def pseudonyms(batch: Batch, flow: Dataflow, _book: Codebook) -> Iterator[Finding | None]:
    """Yield the cells that cannot be 128 random bits; what a whole column shows is for its watch."""
    for variable in flow.variables:
        if variable.kind in {Kind.PSEUDONYM, Kind.LINK} and variable.id in batch:
            places = np.flatnonzero(~batch.once(written, variable.id).formed)
            said = batch.cells(variable.id)[places]
            told = said != UNKNOWN if variable.kind is Kind.LINK else True
            wrong = places[(~is_blank(said) & told).fill_null(value=False).to_numpy()]
            if wrong.size:
                yield batch.at_places("pseudonym.form", variable.id, wrong, least=LEAST_PSEUDONYM)


def ages_in_order(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    """Yield the rows where an age is above one that comes later: entry, then exploitation, then identification.

    A band is set against another by what both can mean: 12 to 17 is not above 16.
    """
    asked = [one for one in flow.variables if one.id in IN_ORDER and one.id in batch]
    for one, two in combinations(sorted(asked, key=lambda variable: IN_ORDER.index(variable.id)), 2):
        youngest = _years(batch.cells(one.id), {cell: low for cell, (low, _) in spans(book.list_of(one)).items()})
        oldest = _years(batch.cells(two.id), {cell: high for cell, (_, high) in spans(book.list_of(two)).items()})
        above = (youngest > oldest).fill_null(value=False)
        yield batch.at("age.order", one.id, above, earlier=one.id, later=two.id)


def _years(cells: pl.Series, said: dict[str, int]) -> pl.Series:
    """Return (n,) years; null for a cell that is no age."""
    return cells.replace_strict(list(said), list(said.values()), default=None, return_dtype=pl.Int16)
