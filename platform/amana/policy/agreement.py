"""One committee's agreement: since when it is a member, what it contributes and how, and on which lawful bases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from marshmallow import Schema, fields, validate

from amana.codebook.model import Label
from amana.policy.region import Region, Together
from amana.policy.toml import COMMITTEE, DATAFLOW, PURPOSE, Day, LabelFields, PolicyInvalid, Text, Whole, read_with

RECORDS: Final = "records"
TABLES: Final = "tables"
TABLES_PROTECTED: Final = "tables_protected"
CONTRIBUTIONS: Final = (RECORDS, TABLES, TABLES_PROTECTED)  # from the most that leaves home to the least
BASIS_TYPES: Final = ("transfer", "repurposing", "interconnection", "child", "statistics")


@dataclass(frozen=True)
class Membership:
    """One spell of membership, from its first day to its last, both included; ``until`` None while it lasts."""

    start: date
    until: date | None

    def holds(self, on: date) -> bool:
        """Return whether the committee is a member on that day."""
        return self.start <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True)
class LawfulBasis:
    """An act of an authority that allows something for one dataflow, through its last day ``expires``."""

    type: str
    dataflow: str
    authority: str
    number: str
    expires: date


@dataclass(frozen=True)
class Agreement:
    """What one committee agreed to.

    ``least_count``, ``coalition`` and ``as_persons`` may raise the region's; a lower number changes nothing.
    """

    committee: str
    label: Label
    memberships: tuple[Membership, ...]
    contribution: str  # one of CONTRIBUTIONS
    dataflows: frozenset[str]
    least_count: Mapping[str, int]
    purposes: frozenset[str]  # for which its figures may be read; all of the region's where the agreement is silent
    bases: tuple[LawfulBasis, ...]
    coalition: int | None = None
    as_persons: int | None = None

    def is_member(self, on: date) -> bool:
        """Return whether the committee is a member on that day."""
        return any(spell.holds(on) for spell in self.memberships)

    def form(self, dataflow_form: str) -> str:
        """Return how a contribution comes: what was agreed, or the dataflow's own form where less leaves home in it.

        dataflow_form: ``records``, or ``tables`` for a dataflow that has no records (JUSTICE, ACTIVITIES).
        """
        return max(self.contribution, dataflow_form, key=CONTRIBUTIONS.index)

    def has_basis(self, kind: str, dataflow: str, on: date) -> bool:
        """Return whether a basis of this type for the dataflow is in force on that day."""
        return any(basis.type == kind and basis.dataflow == dataflow and on <= basis.expires for basis in self.bases)


class _MembershipFields(Schema):
    start = Day(required=True, data_key="from")
    until = Day(load_default=None)


class _BasisFields(Schema):
    type = fields.String(required=True, validate=validate.OneOf(BASIS_TYPES))
    dataflows = fields.List(fields.String(validate=DATAFLOW), required=True, validate=validate.Length(min=1))
    authority = Text(required=True)
    number = Text(required=True)
    expires = Day(required=True)


class _AgreementFields(Schema):
    committee = fields.String(required=True, validate=COMMITTEE)
    label = fields.Nested(LabelFields, required=True)
    membership = fields.List(fields.Nested(_MembershipFields), required=True, validate=validate.Length(min=1))
    contribution = fields.String(load_default=TABLES, validate=validate.OneOf(CONTRIBUTIONS))
    dataflows = fields.List(fields.String(validate=DATAFLOW), required=True)
    least_count = fields.Dict(fields.String(validate=DATAFLOW), Whole(), load_default=dict)
    purposes = fields.List(fields.String(validate=PURPOSE), load_default=None)
    basis = fields.List(fields.Nested(_BasisFields), load_default=list)
    coalition = Together(load_default=None)
    as_persons = Together(load_default=None)


def parse(table: Mapping[str, Any], file: str, region: Region) -> Agreement:
    """Return the agreement that ``table`` describes, under ``region``. Raises PolicyInvalid, naming the place."""
    read = read_with(_AgreementFields(), table, file)
    named = read["purposes"]
    agreement = Agreement(
        committee=read["committee"],
        label=Label(**read["label"]),
        memberships=tuple(Membership(**spell) for spell in read["membership"]),
        contribution=read["contribution"],
        dataflows=frozenset(read["dataflows"]),
        least_count=read["least_count"],
        purposes=frozenset(region.purposes if named is None else named),
        bases=tuple(_bases(read["basis"])),
        coalition=read["coalition"],
        as_persons=read["as_persons"],
    )
    _refuse_unknown(agreement, file, region)
    _refuse_spells(agreement.memberships, file)
    return agreement


def _bases(read: list[dict[str, Any]]) -> list[LawfulBasis]:
    return [
        LawfulBasis(entry["type"], dataflow, entry["authority"], entry["number"], entry["expires"])
        for entry in read
        for dataflow in entry["dataflows"]
    ]


def _refuse_unknown(agreement: Agreement, file: str, region: Region) -> None:
    if file != f"agreements/{agreement.committee}.toml":
        raise PolicyInvalid(file, "committee", f"The file of {agreement.committee} has another name.")
    for purpose in sorted(agreement.purposes & region.excluded_purposes):
        raise PolicyInvalid(file, "purposes", f"No document can allow {purpose}.")
    for purpose in sorted(agreement.purposes - region.purposes.keys()):
        raise PolicyInvalid(file, "purposes", f"{purpose} is no purpose of the region.")
    named = {
        "dataflows": agreement.dataflows,
        "least_count": agreement.least_count.keys(),
        "basis": {basis.dataflow for basis in agreement.bases},
    }
    for place, dataflows in named.items():
        for dataflow in sorted(dataflows - region.floors.keys()):
            raise PolicyInvalid(file, place, f"The region sets no floor for {dataflow}.")


def _refuse_spells(spells: tuple[Membership, ...], file: str) -> None:
    ordered = sorted(spells, key=lambda spell: spell.start)
    for number, spell in enumerate(ordered):
        if spell.until is not None and spell.until < spell.start:
            raise PolicyInvalid(file, f"membership.{number}", "Membership ends before it begins.")
        if number and (ordered[number - 1].until is None or ordered[number - 1].holds(spell.start)):
            raise PolicyInvalid(file, f"membership.{number}", "Two spells of membership overlap.")
