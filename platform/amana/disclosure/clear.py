"""Clear: the one way from raw tables to tables that may be published.

Runs in: worker.   Sees: true counts; hands on only what the checker has passed.
"""

from __future__ import annotations

from random import Random

from amana.canonical import Json
from amana.disclosure.audit import AuditReport, audit
from amana.disclosure.suppress import Progress, suppress
from amana.disclosure.table import _CLEARANCE, ClearedTable, ClearingRefused, RawTable, Rule

_MOST_PLACES = 20  # findings named in a refusal


def clear(raw: RawTable, rule: Rule, rng: Random, progress: Progress | None = None) -> ClearedTable:
    """Return the tables with small cells, and whatever would give them away, hidden.

    rng:      a secret source; it decides between complements of about equal price.
    progress: told the name of each step.
    Raises ClearingRefused when they cannot be protected, or when the checker finds anything: there is no second try.
    """
    tell = progress if progress is not None else _nobody
    candidate = suppress(raw, rule, rng, tell)
    tell("check")
    report = audit(raw.cubes, candidate.values, candidate.status, rule.least_count, rule.zeros_hidden)
    if not report.passed:
        places = tuple((finding.cube, finding.codes) for finding in report.findings)
        raise ClearingRefused(reason="checker", cells=len(places), places=places[:_MOST_PLACES])
    return ClearedTable(
        cubes=raw.cubes,
        values=candidate.values,
        status=candidate.status,
        method="suppress",
        least_count=rule.least_count,
        zeros_hidden=rule.zeros_hidden,
        report=_told(report),
        _proof=_CLEARANCE,
    )


def _told(report: AuditReport) -> dict[str, Json]:
    return {"quantities": report.cells, "hidden": report.hidden, "derived": 0, "too_narrow": 0}


def _nobody(_step: str) -> None:
    pass
