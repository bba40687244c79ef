"""Clear: the one way from a raw table to a cleared one. There is no switch.

Runs in: worker.   Sees: true counts; gives back only what the checker has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

from amana.canonical import Json
from amana.disclosure.audit import AuditReport, audit
from amana.disclosure.join import Guest, join
from amana.disclosure.suppression.suppress import Candidate, suppress
from amana.disclosure.table import _CLEARANCE, ClearedTable, ClearingRefused, Cube, RawTable, Rule, Status

METHOD: Final = "suppress"
AREA: Final = "REF_AREA"  # SDMX concept: the axis on which a committee is a guest
_MOST_PLACES: Final = 20  # cells named in a refusal


def clear(
    raw: RawTable,
    rule: Rule,
    rng: Random,
    progress: Callable[[str], None] | None = None,
    guests: Sequence[Guest] = (),
) -> ClearedTable:
    """Return the table as it may be published.

    rng:      secret randomness for ties; production hands in ``secrets.SystemRandom``.
    progress: told the name of each step, so that a caller can show that it is alive.
    guests:   tables that committees protected at home; in ``raw`` nothing of these committees was collected.
    Raises ClearingRefused when the counts contradict each other, when some cell cannot be protected, or when the
    checker finds that something can be derived; nothing may then be published.
    """
    tell = progress or _nobody
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


def _check(cubes: Sequence[Cube], candidate: Candidate, least_count: int, *, zeros_hidden: bool) -> AuditReport:
    """Return the checker's verdict. Raises ClearingRefused unless it passes."""
    verdict = audit(cubes, candidate.values, candidate.status, least_count, zeros_hidden=zeros_hidden)
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
