"""Draw a release with noise: price it, write the price down, and only then draw; once.

Runs in: worker.
Sees: true counts, which do not leave this call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from amana.audit.events.event import Actor
from amana.canonical import Json
from amana.codebook.model import Codebook
from amana.db import Database
from amana.disclosure.clear import clear_with_noise
from amana.disclosure.noise.weights import plan_by_size
from amana.disclosure.table import ClearedTable
from amana.dissemination.usefulness import usefulness
from amana.plans.plan import Plan
from amana.plans.rule import limits_of
from amana.policy.documents import Policies
from amana.policy.noise import Noise
from amana.release import budget
from amana.release.inputs import InputsRefused
from amana.release.ledger import Release
from amana.tabulation.protected_file import Protected
from amana.tabulation.tabulate import Counts, assemble

PROTECTED: Final = "release.protected_beside_noise"  # the reason of a release that would mix two methods


def drawn_table(
    db: Database,
    release: Release,
    parts: Sequence[Counts | Protected],
    plan: Plan,
    members: Sequence[str],
    *,
    policies: Policies,
    book: Codebook,
    by: Actor,
    now: datetime,
) -> tuple[ClearedTable, Mapping[str, Json]]:
    """Return the figures, and what may be told about the draw. The debit is committed before the first number is drawn.

    Raises InputsRefused when a committee protected its tables at home (its figures are out, and noise beside them
    would protect nobody), NoiseRefused, BudgetExceeded, DrawLost, ClearingRefused.
    """
    noise, limits = policies.noise, limits_of(policies)
    guests = tuple(part.committee for part in parts if isinstance(part, Protected))
    if guests:
        raise InputsRefused(reason=PROTECTED, committees=guests)
    raw = assemble([part for part in parts if isinstance(part, Counts)], plan, members, book)
    micro_rho = budget.cost(plan.epsilon or 0.0, noise)
    design = plan_by_size(raw.cubes, budget.of_record(micro_rho, noise), plan.persons, raw.absent)
    budget.debit(db, release, micro_rho, noise, by=by, now=now)
    cleared = clear_with_noise(raw, design, budget.cost(noise.lifetime_epsilon, noise) / budget.MICRO, limits)
    return cleared, _told(cleared, micro_rho, noise)


def _told(cleared: ClearedTable, micro_rho: int, noise: Noise) -> Mapping[str, Json]:
    shares = usefulness(cleared.cubes, cleared.values, cleared.status, zeros_hidden=cleared.zeros_hidden)
    return {
        "cells": sum(share.cells for share in shares.values()),
        "shown": sum(share.shown for share in shares.values()),
        "usefulness": {cube: vars(share) for cube, share in shares.items()},
        "noise": {"micro_rho": micro_rho, "one_in": noise.one_in, "committees": noise.committees},
        "checker": dict(cleared.report),
    }
