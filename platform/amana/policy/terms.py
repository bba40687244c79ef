"""The terms of an agreement that an act depends on: membership, dataflow, contribution, lawful bases, purposes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from amana.policy.agreement import CONTRIBUTIONS, RECORDS, TABLES, TABLES_PROTECTED, Agreement
from amana.policy.region import Region

# Which lawful bases an act needs. Source: the data-protection laws of the region, the worst case applied to all: an
# authority's act lets records leave and be counted, a child's data need one more, and statistics are communicated
# under a basis of their own. Joining persons across committees is `interconnection`, which no act here performs.
INTAKE: Final[Mapping[str, tuple[str, ...]]] = {
    RECORDS: ("transfer", "repurposing"),
    TABLES: ("statistics",),
    TABLES_PROTECTED: ("statistics",),
}
PUBLICATION: Final = ("statistics",)
BESIDES: Final[Mapping[str, tuple[str, ...]]] = {"CHILDREN": ("child",)}


@dataclass(frozen=True)
class Act:
    """What is about to be done, as far as an agreement has a say in it.

    contribution: how a batch comes; None reads as what was agreed.
    """

    dataflow: str
    contribution: str | None
    purpose: str | None
    day: date  # UTC


@dataclass(frozen=True)
class Lack:
    """What an act falls short of: a clause, and what would have been needed."""

    clause: str
    missing: tuple[str, ...] = ()


def membership(_: Region, agreement: Agreement, act: Act) -> Lack | None:
    """Return what is lacking when the committee is no member on that day."""
    return None if agreement.is_member(act.day) else Lack("membership")


def dataflow(_: Region, agreement: Agreement, act: Act) -> Lack | None:
    """Return what is lacking when the committee did not agree to the dataflow."""
    return None if act.dataflow in agreement.dataflows else Lack("dataflows", (act.dataflow,))


def contribution(_: Region, agreement: Agreement, act: Act) -> Lack | None:
    """Return what is lacking when more would leave home than was agreed: records where tables were."""
    coming = act.contribution or agreement.contribution
    if coming not in CONTRIBUTIONS or CONTRIBUTIONS.index(coming) < CONTRIBUTIONS.index(agreement.contribution):
        return Lack("contribution", (agreement.contribution,))
    return None


def intake_bases(region: Region, agreement: Agreement, act: Act) -> Lack | None:
    """Return the lawful bases lacking, or run out, for receiving the contribution."""
    return _lacking(region, agreement, act, INTAKE[act.contribution or agreement.contribution])


def publication_bases(region: Region, agreement: Agreement, act: Act) -> Lack | None:
    """Return the lawful bases lacking, or run out, for publishing figures of the committee."""
    return _lacking(region, agreement, act, PUBLICATION)


def purposes(_: Region, agreement: Agreement, act: Act) -> Lack | None:
    """Return what is lacking when the committee's figures may not be read for this purpose."""
    return None if act.purpose in agreement.purposes else Lack("purposes", tuple(sorted(agreement.purposes)))


def _lacking(region: Region, agreement: Agreement, act: Act, needed: tuple[str, ...]) -> Lack | None:
    if not region.floor(act.dataflow).about_persons:
        return None
    lacking = tuple(
        kind
        for kind in (*needed, *BESIDES.get(act.dataflow, ()))
        if not agreement.has_basis(kind, act.dataflow, act.day)
    )
    return Lack(f"basis.{lacking[0]}", lacking) if lacking else None


Term = Callable[[Region, Agreement, Act], Lack | None]

# action → the terms that every committee concerned must have agreed to, in the order in which they are read
TERMS: Final[Mapping[str, tuple[Term, ...]]] = {
    "submit_batch": (membership, dataflow, contribution, intake_bases),
    "plan_release": (membership, dataflow, publication_bases),
    "order_publication": (membership, dataflow, publication_bases),
    "read_statistics": (purposes,),
}
