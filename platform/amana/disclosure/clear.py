"""Clear: the one way from a raw table to a cleared one. There is no switch.

Runs in: worker.   Sees: true counts; gives back only what the checker has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

import numpy as np

from amana.canonical import Json
from amana.disclosure.attacks.gate import attack_noise
from amana.disclosure.attacks.report import Limits
from amana.disclosure.audit import AuditReport, audit
from amana.disclosure.join import Guest, join
from amana.disclosure.noise.noisy import release_noisy
from amana.disclosure.noise.plan import NoisePlan
from amana.disclosure.suppression.suppress import Candidate, suppress
from amana.disclosure.suppression.system import link
from amana.disclosure.table import (
    _CLEARANCE,
    NOISE,
    ClearedTable,
    ClearingRefused,
    Cube,
    KnownFigure,
    Noisy,
    Publication,
    RawTable,
    Rule,
    Status,
)

METHOD: Final = "suppress"
AREA: Final = "REF_AREA"  # SDMX concept: the axis on which a committee is a guest
_MOST_PLACES: Final = 20  # cells named in a refusal


def clear(
    raw: RawTable,
    rule: Rule,
    rng: Random,
    progress: Callable[[str], None] | None = None,
    guests: Sequence[Guest] = (),
    *,
    known: Sequence[KnownFigure] = (),
    past: Sequence[Publication] = (),
) -> ClearedTable:
    """Return the table as it may be published.

    rng:      secret randomness for ties; production hands in ``secrets.SystemRandom``.
    progress: told the name of each step, so that a caller can show that it is alive.
    guests:   tables that committees protected at home; in ``raw`` nothing of these committees was collected.
    Raises ClearingRefused when the counts contradict each other, when some cell cannot be protected, or when the
    checker finds that something can be derived; nothing may then be published.
    """
    tell = progress or _nobody
    if known or past:
        candidate = suppress(raw, rule, rng, tell, known=known, past=past)
    else:
        candidate = suppress(raw, rule, rng, tell)
    tell("audit")
    verdict, least = _check(raw.cubes, candidate, rule.least_count, zeros_hidden=rule.zeros_hidden), rule.least_count
    for guest in guests:
        candidate = Candidate(*join(raw.cubes, candidate.values, candidate.status, guest, AREA))
        least = min(least, guest.least_count)
        verdict = _check(raw.cubes, candidate, least, zeros_hidden=rule.zeros_hidden)
    return ClearedTable(
        cubes=raw.cubes,
        values=candidate.values,
        status=candidate.status,
        method=METHOD,
        least_count=least,
        zeros_hidden=rule.zeros_hidden,
        report=_report(raw, candidate, verdict),
        _proof=_CLEARANCE,
    )


def clear_with_noise(raw: RawTable, design: NoisePlan, lifetime_rho: float, limits: Limits) -> ClearedTable:
    """Return the table with noise drawn once. Whoever calls has written the cost down, and does not call again.

    design:       the noise, planned from public sizes alone.
    lifetime_rho: what one person may spend over all her releases, all her records together.
    Raises ClearingRefused when the counts contradict each other, or when the worst case says too much of one person.
    """
    link(raw)  # refuses counts that contradict each other: noise would hide that
    worst = attack_noise(lifetime_rho, limits)
    if not worst.passed:
        raise ClearingRefused(reason="attacked", cells=0, places=())
    drawn = release_noisy(raw, design)
    states = {name: np.where(gone, Status.NOT_COLLECTED, Status.SHOWN) for name, gone in raw.absent.items()}
    status = {name: each.astype(np.uint8) for name, each in states.items()}
    parts = ({name: np.where(status[name] == Status.SHOWN, each, 0.0) for name, each in part.items()}
             for part in (drawn.estimate, drawn.variance, drawn.display))  # fmt: skip
    noisy = Noisy(*parts)
    return ClearedTable(
        cubes=raw.cubes,
        values={name: np.rint(each).astype(np.int64) for name, each in noisy.estimate.items()},
        status=status,
        method=NOISE,
        least_count=0,
        zeros_hidden=False,
        report={"checks": ["additive", "exact_noise", "membership"], "attacks": worst.as_json()},
        _proof=_CLEARANCE,
        noisy=noisy,
    )


def _check(cubes: Sequence[Cube], candidate: Candidate, least_count: int, *, zeros_hidden: bool) -> AuditReport:
    """Return the checker's verdict. Raises ClearingRefused unless it passes."""
    publication = Publication(tuple(cubes), candidate.values, candidate.status, least_count, zeros_hidden)
    verdict = audit([publication])
    if not verdict.passed:
        places = tuple((each.cube, each.codes) for each in verdict.findings[:_MOST_PLACES])
        raise ClearingRefused(reason="checker", cells=len(verdict.findings), places=places)
    return verdict


def _report(raw: RawTable, candidate: Candidate, verdict: AuditReport) -> Mapping[str, Json]:
    """Return what may be told about the clearing: counts of cells, never of persons."""
    shown = {cube.id: int((candidate.status[cube.id] == Status.SHOWN).sum()) for cube in raw.cubes}
    return {
        "cells": verdict.cells,
        "shown": sum(shown.values()),
        "hidden": verdict.hidden,
        "cubes": {cube.id: {"cells": cube.size, "shown": shown[cube.id]} for cube in raw.cubes},
        "checks": ["additive", "none_small", "no_value_under_a_mark", "intervals"],
    }


def _nobody(_step: str) -> None:
    """Nobody wants to know."""
