"""Rules that set the cells of one row against each other, as the catalogue's table of conditions has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from amana.codebook.model import NOT_APPLICABLE, UNKNOWN, Codebook, Dataflow, Kind
from amana.findings import Finding
from amana.validation.ages import IN_ORDER, adult_cells, child_cells
from amana.validation.batch import Batch
from amana.validation.catalogue import CatalogueInvalid, catalogue
from amana.validation.rules_cells import ALL_AGES, accepted

_AGES = {"adult": adult_cells, "child": child_cells}


@dataclass(frozen=True)
class Condition:
    """One condition of one rule, in the words of a dataflow. among, unless: column → cells; yes, no: flags."""

    rule: str
    at: str
    among: tuple[tuple[str, tuple[str, ...]], ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    unless: tuple[tuple[str, tuple[str, ...]], ...]

    def holds(self, batch: Batch) -> pl.Series | None:
        """Return (n,) where the condition holds; None where the file lacks a column that it asks about."""
        asked = (self.at, *(name for name, _ in self.among), *self.no)
        yes = [name for name in self.yes if name in batch]
        if not all(name in batch for name in asked) or (self.yes and not yes):
            return None
        parts = [batch.cells(name).is_in(codes) for name, codes in self.among]
        parts += [batch.cells(name) == "0" for name in self.no]
        parts += [~batch.cells(name).is_in(codes) for name, codes in self.unless if name in batch]
        if yes:
            parts.append(pl.select(pl.any_horizontal(*(batch.cells(name) == "1" for name in yes))).to_series())
        return pl.select(pl.all_horizontal(*parts)).to_series()


def crossed(batch: Batch, flow: Dataflow, book: Codebook) -> Iterator[Finding | None]:
    """Yield what the table of conditions finds."""
    for condition in conditions(flow, book):
        mask = condition.holds(batch)
        if mask is not None:
            yield batch.at(condition.rule, condition.at, mask)


def conditions(flow: Dataflow, book: Codebook) -> Iterator[Condition]:
    """Yield the conditions that a file of this dataflow can be held against.

    Raises CatalogueInvalid for a code that its variable does not accept.
    """
    columns = {column.name for column in flow.columns(book)}
    for entry in catalogue().entries.values():
        for when in entry.when:
            yes, no = _flags(when.yes, flow, book), _flags(when.no, flow, book)
            if {when.at, *when.among, *when.known, *yes, *no} <= columns:
                among = [(name, _cells(entry.id, name, codes, flow, book)) for name, codes in when.among.items()]
                among += [(name, _known(name, flow, book)) for name in when.known]
                unless = [
                    (name, _cells(entry.id, name, codes, flow, book))
                    for name, codes in when.unless.items()
                    if name in columns
                ]
                yield Condition(entry.id, when.at, tuple(among), yes, no, tuple(unless))


def _cells(rule: str, name: str, codes: Iterable[str], flow: Dataflow, book: Codebook) -> tuple[str, ...]:
    said: set[str] = set()
    for code in codes:
        said |= _AGES[code](book.codelists[ALL_AGES]) if code in _AGES and name in IN_ORDER else {code}
    if name not in IN_ORDER and not said <= accepted(flow.variable(name), book):
        raise CatalogueInvalid(rule=rule, part=name)
    return tuple(sorted(said))


def _known(name: str, flow: Dataflow, book: Codebook) -> tuple[str, ...]:
    """Return the cells that say something."""
    return tuple(sorted(accepted(flow.variable(name), book) - {UNKNOWN, NOT_APPLICABLE}))


def _flags(names: Iterable[str], flow: Dataflow, book: Codebook) -> tuple[str, ...]:
    """Return the flags: a multi-response variable stands for all of its own."""
    variables = {one.id: one for one in flow.variables if one.kind is Kind.MULTI}
    return tuple(
        flag for name in names for flag in (book.list_of(variables[name]).storable if name in variables else (name,))
    )
