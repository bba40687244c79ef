"""What whoever decides about a release should see first: how little it shows, and what it shows beside the one before.

Numbers of cells, never of persons. Before a vintage is published only how many cells of each table are shown: which
of them moved would follow from who has revised, and a candidate may be refused. Once published, anybody can compare.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from amana.db import Reading
from amana.dissemination.printed import shown_otherwise
from amana.dissemination.vintages import moved, shown_in
from amana.plans.known import printed_figures
from amana.policy.decide import Resource
from amana.release import ledger
from amana.release.ledger import Release, told_report
from amana.release.states import ReleaseState
from amana.web import guard
from amana.web.hub import hub
from amana.web.locale import language
from amana.wording.load import sentence

_HARDLY: Final = Fraction(1, 10)  # of the cells: with no more of them shown a release is hardly worth publishing
_OUT: Final = (ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED)
_ALIVE: Final = (ReleaseState.BUILT, ReleaseState.APPROVED, *_OUT)  # what was refused or withdrawn is not looked into


def warnings(found: Release) -> list[dict[str, Any]]:
    """Return what to look at before this release is approved: a code, its numbers, and its sentence.

    Who neither plans nor approves gets no advice on either, but what it means for reading.
    """
    report = told_report(found) or {}
    uses = report.get("usefulness", {})
    cells, shown = (sum(one[name] for one in uses.values()) for name in ("cells", "shown"))
    empty = sum(not one["shown"] for one in uses.values() if one["cells"])
    facts: dict[str, object] = {"cells": cells, "shown": shown, "tables": empty, "all": len(uses)}
    codes = []
    if cells and shown <= cells * _HARDLY and "noise" in report:
        codes.append("warning.hardly_anything_measured")
    elif cells and shown <= cells * _HARDLY:
        codes.append("warning.hardly_anything_shown" if shown else "warning.nothing_shown")
    if empty and shown:
        codes.append("warning.tables_without_figures")
    told = [(code, facts) for code in codes]
    if sources := _printed_otherwise(found):
        told.append(("warning.printed_otherwise", {"figures": len(sources), "sources": sources}))
    said = "" if _decides() else ".read"
    return [{"code": code, "facts": each, "text": sentence(f"{code}{said}", language(), each)} for code, each in told]


def _decides() -> bool:
    """Return whether the reader has a part in what is published: plans releases, or approves them for a committee."""
    reader = guard.visitor()
    committee = reader and reader.principal.committee
    own = Resource("release", "any", state="BUILT", contributors=frozenset([committee] if committee else []))
    return guard.permits("plan_release", own) or guard.permits("decide_candidate", own)


def _printed_otherwise(found: Release) -> list[str]:
    """Return the sources of figures printed elsewhere that the release shows, with another number."""
    if found.candidate is None or found.state not in _ALIVE:
        return []
    known = printed_figures(hub().policies.known, found.dataflow, found.period, hub().book)
    otherwise = shown_otherwise(hub().opened.bundle(found.candidate), known) if known else {}
    return [one.source for one in known if one.key in otherwise]


def beside(reading: Reading, found: Release) -> dict[str, Any] | None:
    """Return the vintage that this one takes the place of, and its tables beside it; None for a first one."""
    same = [one for one in ledger.shown(reading, found.dataflow, found.period, found.id) if one.plan == found.plan]
    before = max((one for one in same if one.vintage < found.vintage), key=lambda one: one.vintage, default=None)
    if before is None:
        return None
    tables = [] if before.state is ReleaseState.WITHDRAWN else _tables(before, found)
    return {"release": before.id, "vintage": before.vintage, "state": before.state.value, "tables": tables}


def _tables(before: Release, found: Release) -> list[dict[str, Any]]:
    uses = (told_report(found) or {}).get("usefulness", {})
    if before.candidate is None or found.candidate is None or found.state not in _ALIVE:
        return []
    opened = hub().opened
    then, now = opened.bundle(before.candidate), opened.bundle(found.candidate)
    told = []
    for cube, one in uses.items():
        both = moved(then, now, cube) if found.state in _OUT and not (then.noisy or now.noisy) else None
        more = vars(both) if both else {}
        counts = {"cells": one["cells"], "shown": one["shown"], "shown_before": shown_in(then, cube)}
        told.append({"cube": cube, **counts, **more})
    return told
