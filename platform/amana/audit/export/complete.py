"""Whether an export holds every row that it should: its order says what was asked for, a verified copy what there is.

The export alone proves its rows and their number. Which rows the hub found is the hub's word, until the whole log is
asked the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from amana.audit.events.auditors import CaseClosed, CaseNoted, CaseOpened, EventPinned, ExportOrdered, NameAsked
from amana.audit.events.wanted import Filter, from_words
from amana.audit.export.check import Finding, Judged, Wrong
from amana.audit.export.rows import Export
from amana.audit.offline.search import Found, facts_of, search
from amana.audit.offline.snapshot import CopiedEntry

_ACTS: Final = tuple(one.kind for one in (CaseOpened, CaseNoted, EventPinned, NameAsked, CaseClosed))
_PINNED: Final = "event"
_CHOSEN: Final = "events"  # how many were named one by one
Entries = Callable[[], Iterable[CopiedEntry]]


def left_out(export: Export, judged: Judged, entries: Entries) -> Iterator[Finding] | None:
    """Return the events that were asked for, stand in the log, and are not in the export; None where none can be told.

    judged:  the verdict on the export, in which nothing is wrong.
    entries: walks through a copy of the same log that was found intact, and is no older than the export.
    What was chosen one by one can lack nothing. Raises Malformed when the order tells filters that are none of ours.
    """
    order = judged.order
    wanted = _wanted(order) if order is not None else None
    if order is None or wanted is None:
        return None
    there = {placed.line["index"] for placed in export.rows}
    found = [one for one in search(entries(), wanted) if one.index < order.size]
    asked = found if order.case is None else [*found, *_pinned(found, entries())]
    missing = {one.index: one.detail.id for one in asked if one.index not in there}
    return (Finding(Wrong.LEFT_OUT, index=index, event=event) for index, event in sorted(missing.items()))


def _wanted(order: ExportOrdered) -> Filter | None:
    if order.case is not None:
        return Filter(subject=order.case, kinds=_ACTS)
    return None if _CHOSEN in order.filters else from_words(order.filters)


def _pinned(acts: Iterable[Found], entries: Iterable[CopiedEntry]) -> Iterator[Found]:
    """Yield the events that were put into the case."""
    names = {facts_of(one.detail).get(_PINNED) for one in acts}
    return (one for one in search(entries, Filter()) if one.detail.id in names)
