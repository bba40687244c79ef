"""Clear: the one way from a raw table to a cleared one. There is no switch.

Runs in: worker.   Sees: true counts; gives back only what the checker has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from amana.canonical import Json
from amana.disclosure.audit import AuditReport, audit
from amana.disclosure.suppress import Candidate, suppress
from amana.disclosure.table import _CLEARANCE, ClearedTable, ClearingRefused, RawTable, Rule, Status

METHOD: Final = "suppress"
_MOST_PLACES: Final = 20  # cells named in a refusal


def clear(raw: RawTable, rule: Rule, rng: Random, progress: Callable[[str], None] | None = None) -> ClearedTable:
    """Return the table as it may be published.

    rng:      secret randomness for ties; production hands in ``secrets.SystemRandom``.
    progress: told the name of each step, so that a caller can show that it is alive.
    Raises ClearingRefused when the counts contradict each other, when some cell cannot be protected, or when the
    checker finds that something can be derived; nothing may then be published.
    """
    tell = progress or _nobody
    candidate = suppress(raw, rule, rng, tell)
    tell("audit")
    verdict = audit(raw.cubes, candidate.values, candidate.status, rule.least_count, zeros_hidden=rule.zeros_hidden)
    if not verdict.passed:
        places = tuple((each.cube, each.codes) for each in verdict.findings[:_MOST_PLACES])
        raise ClearingRefused(reason="checker", cells=len(verdict.findings), places=places)
    return ClearedTable(
        cubes=raw.cubes,
        values=candidate.values,
        status=candidate.status,
        method=METHOD,
        least_count=rule.least_count,
        zeros_hidden=rule.zeros_hidden,
        report=_report(raw, candidate, verdict),
        _proof=_CLEARANCE,
    )


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
