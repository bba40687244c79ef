"""Printed figures as a clearing takes them: by the key of the cell that they give away.

Runs in: worker, committee.
Sees: what is printed elsewhere; no count of ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from amana.codebook.model import AREA, TOTAL, Codebook, Kind
from amana.disclosure.table import Key, KnownFigure
from amana.plans.plan import Plan
from amana.policy.documents import Policies
from amana.policy.known import Printed


def known_figures(policies: Policies, plan: Plan, period: str, book: Codebook) -> tuple[KnownFigure, ...]:
    """Return what is printed elsewhere about the persons of this plan and period."""
    return printed_figures(policies.known, plan.dataflow, period, book)


def printed_figures(printed: Iterable[Printed], dataflow: str, period: str, book: Codebook) -> tuple[KnownFigure, ...]:
    """Return those of the printed figures that are about the persons of this dataflow and period."""
    about = [one for one in printed if (one.dataflow, one.period) == (dataflow, period)]
    return tuple(KnownFigure(_key(one, book), one.count, one.source) for one in about)


def _key(one: Printed, book: Codebook) -> Key:
    flow = book.dataflow(one.dataflow)
    multi = {each.id for each in flow.variables if each.kind is Kind.MULTI}
    pairs = ((f"{name}.{code}", "1") if name in multi else (name, code) for name, code in one.cell)
    area = set() if (AREA, TOTAL) in one.cell else {(AREA, one.committee)}
    return frozenset({*area, *pairs} - {(AREA, TOTAL)})
