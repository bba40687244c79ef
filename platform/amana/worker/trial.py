"""A dry run: a batch is judged like any other, its owner is told what it would mean, and nothing of it is kept.

What is told is computed from this batch alone: nothing of another committee can be learned by asking again and again.
"""

from __future__ import annotations

from collections.abc import Mapping

from amana.canonical import Json
from amana.codebook.records import Records
from amana.disclosure.table import Rule
from amana.release.plan import Plan
from amana.release.preview import preview
from amana.release.rule import agreed, rule_of
from amana.release.tabulate import Counts, add, tabulate
from amana.validation.risk import Picture, Risk
from amana.worker.claim import Claim
from amana.worker.workbench import Workbench


class Trial:
    """Looks at the records of one batch, block by block, and keeps counts of them only."""

    def __init__(self, hub: Workbench, claim: Claim) -> None:
        """Begin with nothing."""
        self._hub, self._claim = hub, claim
        self._keys = hub.policies.dry_run.quasi_identifiers.get(claim.dataflow, ())
        self._picture = Picture(self._keys)
        self._plans = [plan for plan in hub.plans.values() if plan.dataflow == claim.dataflow]
        self._counts: dict[str, Counts] = {}

    def add(self, records: Records) -> None:
        """Look at the next block."""
        self._picture.add(records)
        for plan in self._plans:
            counts = tabulate(records, plan, self._hub.book)
            self._counts[plan.id] = add(self._counts[plan.id], counts) if plan.id in self._counts else counts

    def told(self) -> Mapping[str, Json]:
        """Return the risk picture, and for each plan how many of this batch's cells a release would hide."""
        rules = {plan.id: rule_of(agreed(self._hub.policies, plan, [self._claim.committee])) for plan in self._plans}
        strictest = max((rule.least_count for rule in rules.values()), default=0)
        risk = self._picture.risk(strictest, self._hub.policies.dry_run.combination) if strictest else None
        return {
            "risk": _risk(risk) if risk else None,
            "plans": [self._plan(plan, rules[plan.id]) for plan in self._plans if plan.id in self._counts],
        }

    def _plan(self, plan: Plan, rule: Rule) -> Json:
        return _told(self._hub, plan, rule, self._counts[plan.id])


def counts_told(hub: Workbench, claim: Claim, plan: Plan, counts: Counts) -> Mapping[str, Json]:
    """Return the same for a batch that comes as counts: there is no record whose risk could be shown."""
    return {"risk": None, "plans": [_told(hub, plan, rule_of(agreed(hub.policies, plan, [claim.committee])), counts)]}


def _told(hub: Workbench, plan: Plan, rule: Rule, counts: Counts) -> Json:
    shown = preview(counts, plan, hub.book, rule, hub.rng)
    cubes: Json = {name: {"cells": one.cells, "hidden": one.hidden} for name, one in shown.cubes.items()}
    return {"plan": shown.plan, "least_count": shown.least_count, "refused": shown.refused, "cubes": cubes}


def _risk(risk: Risk) -> Json:
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
