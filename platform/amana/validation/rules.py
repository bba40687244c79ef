"""The rules of a contribution: which of them a block is held against, and which watch over the whole file.

Each rule is a small function, rows in and findings out, in the module of its noun; pure, and the same everywhere.
Severity and source are in ``rules.toml``, the sentences under ``rule.<id>`` and ``fix.<id>`` in ``wording/*.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import polars as pl

from amana.codebook.model import Codebook, Dataflow
from amana.findings import Finding
from amana.validation.batch import Batch
from amana.validation.catalogue import catalogue
from amana.validation.pseudonyms import Pseudonyms
from amana.validation.rules_cells import adults, answered, cells, odd_cells, total_rows
from amana.validation.rules_crossed import crossed
from amana.validation.rules_persons import ages_in_order, bases, pseudonyms
from amana.validation.rules_persons import lawful as lawful  # noqa: PLC0414 - whoever judges imports all from here
from amana.validation.rules_totals import Totals, values
from amana.validation.rules_whole import MixedStatus, NeverYes, SameCell
from amana.validation.watch import Watch, Watchman

Rule = Callable[[Batch, Dataflow, Codebook], Iterator[Finding | None]]


def check(batch: Batch, book: Codebook) -> Iterator[Finding | None]:
    """Yield everything that the rules find in one block. A row that is a total is told once and judged no further."""
    flow = book.dataflow(batch.dataflow)
    found = catalogue()
    for one in _judged(batch, flow, book):
        yield found.settled(one) if one is not None else None


def watches(flow: Dataflow, book: Codebook) -> tuple[Watch, ...]:
    """Return fresh watches over one file of the dataflow."""
    return tuple(made(flow, book) for made in (_WATCHES_OF_RECORDS if flow.has_records else _WATCHES_OF_TABLES))


def _judged(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    odd = odd_cells(batch, flow, book)
    totals = total_rows(odd)
    for column, places in totals.items():
        yield batch.at_places("totals.row", column, places)
    if totals:
        kept = np.ones(len(batch), dtype=np.bool_)
        kept[np.concatenate([*totals.values()])] = False
        batch, odd = batch.only(pl.Series(kept)), {name: one.only(kept) for name, one in odd.items()}
    yield from cells(batch, odd, book)
    for rule in _OF_RECORDS if flow.has_records else _OF_TABLES:
        yield from rule(batch, flow, book)


_OF_RECORDS: Final[tuple[Rule, ...]] = (adults, answered, pseudonyms, bases, ages_in_order, crossed)
_OF_TABLES: Final[tuple[Rule, ...]] = (values, crossed)
_WATCHES_OF_RECORDS: Final[tuple[Watchman, ...]] = (Pseudonyms, MixedStatus, NeverYes)
_WATCHES_OF_TABLES: Final[tuple[Watchman, ...]] = (SameCell, Totals)
