"""A dry run: a file is judged like any other, its owner is told what it would mean, and nothing of it is kept.

Runs in: worker, committee.   Sees: records of one committee; keeps counts of them only.
What is told is computed from this file, from what is printed elsewhere for anybody to read, and beside it from the
latest published bundle: nothing of another committee can be learned by asking again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from amana.canonical import Json
from amana.codebook.model import Codebook
from amana.codebook.records import Records
from amana.disclosure.table import SUPPRESSION
from amana.dissemination.catalogue import Catalogue
from amana.plans.known import known_figures
from amana.plans.plan import Plan
from amana.plans.rule import agreed, rule_of
from amana.policy.documents import Policies
from amana.tabulation.latest import latest
from amana.tabulation.preview import preview
from amana.tabulation.tabulate import Counting, Counts
from amana.validation.risk import Picture, Risk


@dataclass(frozen=True)
class Books:
    """The documents that a dry run goes by, and the chance that its tables are protected with.

    catalogue: what is published; None at home, where nothing of it is known.
    """

    policies: Policies
    plans: Iterable[Plan]
    book: Codebook
    rng: Random = field(repr=False)
    catalogue: Catalogue | None = None

    def told(self, plan: Plan, counts: Counts) -> Json:
        """Return how much of these counts a release by this plan would hide, and what the latest one did."""
        rule = rule_of(agreed(self.policies, plan, [counts.committee]))
        known = known_figures(self.policies, plan, counts.period, self.book)
        shown = preview(counts, plan, self.book, rule, self.rng, known=known)
        cubes: Json = {name: {"cells": one.cells, "hidden": one.hidden} for name, one in shown.cubes.items()}
        return {
            "plan": shown.plan,
            "least_count": shown.least_count,
            "refused": shown.refused,
            "cubes": cubes,
            "published": self._published(plan, counts.committee),
        }

    def _published(self, plan: Plan, committee: str) -> Json:
        """Return what the latest publication shows of this committee's country, as any reader of it can count."""
        found = latest(self.catalogue, plan, committee) if self.catalogue else None
        if found is None:
            return None
        cubes: Json = {name: {"shown": one.shown, "hidden": one.hidden} for name, one in found.cubes.items()}
        return {"release": found.release, "period": found.period, "vintage": found.vintage, "cubes": cubes}


class Trial:
    """Looks at the records of one file, block by block."""

    def __init__(self, dataflow: str, committee: str, books: Books) -> None:
        """Begin with nothing."""
        self._books, self._committee = books, committee
        self._picture = Picture(books.policies.dry_run.quasi_identifiers.get(dataflow, ()))
        self._plans = [plan for plan in books.plans if plan.dataflow == dataflow]
        self._counting = {plan.id: Counting(plan, books.book) for plan in self._plans}

    def add(self, records: Records) -> None:
        """Look at the next block."""
        self._picture.add(records)
        for counting in self._counting.values():
            counting.add(records)

    def told(self) -> Mapping[str, Json]:
        """Return the risk picture, and for each plan how many of the file's cells a release would hide."""
        policies = self._books.policies
        least = max((agreed(policies, plan, [self._committee]).least_count for plan in self._plans), default=None)
        risk = None if least is None else _told(self._picture.risk(least, policies.dry_run.combination))
        counted = [(plan, self._counting[plan.id].counts) for plan in self._plans]
        shown = [self._books.told(plan, counts) for plan, counts in counted if counts is not None and _hides(plan)]
        return {"risk": risk, "plans": shown}


def told_of_counts(plan: Plan, counts: Counts, books: Books) -> Mapping[str, Json]:
    """Return the same of a file of counts: there is no record whose risk could be shown."""
    return {"risk": None, "plans": [books.told(plan, counts)] if _hides(plan) else []}


def releases_read(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the published releases that were read for what a dry run tells."""
    return tuple(one["published"]["release"] for one in told.get("plans", ()) if one["published"])


def _hides(plan: Plan) -> bool:
    """Return whether a release by this plan hides cells at all: noise hides none."""
    return plan.method == SUPPRESSION


def _told(risk: Risk) -> Json:
    worst: list[Json] = [
        {"variables": list(one.variables), "unique": one.unique, "rare": one.rare} for one in risk.worst
    ]
    return {
        "records": risk.records,
        "least_count": risk.least_count,
        "keys": list(risk.keys),
        "unique": risk.unique,
        "rare": risk.rare,
        "worst": worst,
    }
