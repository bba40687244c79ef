"""The auditor's filters asked of a verified copy of the log, with no index of the hub: what a page leaves out is found.

A page, and an export, list what the hub's tables and indexes give; whoever edits those, or the hub's code, can make an
event go missing there while it stands in the log. A copy that the verifier has found intact holds all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from amana import canonical
from amana.audit.events import mention
from amana.audit.events.wanted import Filter, Hours
from amana.audit.offline.snapshot import CopiedEntry
from amana.audit.tlog import leaf
from amana.audit.tlog.leaf import Detail
from amana.canonical import Json
from amana.errors import Malformed

_EQUAL: Final = ("actor", "organisation", "dataflow", "purpose", "outcome", "kind")
_SUNDAY: Final = 7  # as ISO 8601 counts; we count it 0


@dataclass(frozen=True)
class Found:
    """An entry that answers: its index, and what is told of it."""

    index: int
    detail: Detail


def search(entries: Iterable[CopiedEntry], wanted: Filter) -> Iterator[Found]:
    """Yield the entries that answer, in the order of the log.

    entries: of a copy that was found intact. Those without details answer nothing: the verdict counts them.
    """
    told: Iterator[Found] = (Found(entry.idx, Detail(*entry.told)) for entry in entries if entry.told is not None)
    if wanted.changed:
        told = _news(told)
    return (one for one in told if answers(one.detail, wanted))


def answers(detail: Detail, wanted: Filter) -> bool:
    """Return whether an event answers a filter, whatever came before it: ``changed`` is not looked at."""
    if any(getattr(wanted, name) not in {None, getattr(detail, name)} for name in _EQUAL):
        return False
    if wanted.kinds and detail.kind not in wanted.kinds:
        return False
    at = leaf.instant(detail.at)
    if (wanted.since and at < wanted.since) or (wanted.until and at >= wanted.until):
        return False
    if wanted.outside and not _is_outside(detail, wanted.outside):
        return False
    asked = {word for word in (wanted.country, wanted.subject) if word is not None}
    return not asked or asked <= set(mention.words(facts_of(detail), detail))


def facts_of(detail: Detail) -> dict[str, Json]:
    """Return what an event says; nothing where somebody has committed to what is no fact."""
    try:
        facts = canonical.decode(detail.facts)
    except Malformed:
        return {}
    return facts if isinstance(facts, dict) else {}


def _is_outside(detail: Detail, hours: Hours) -> bool:
    at = leaf.instant(detail.at)
    return not hours.opens <= at.hour < hours.closes or at.isoweekday() % _SUNDAY in hours.rest


def _news(told: Iterable[Found]) -> Iterator[Found]:
    """Yield, in the log's order, the events that are not about the same as the one of their kind before them in time.

    As the hub counts: of several at the instant before, the last by name; those at the same instant are not before.
    """
    ordered: defaultdict[str, list[Found]] = defaultdict(list)
    for one in told:
        ordered[one.detail.kind].append(one)
    news: list[Found] = []
    for events in ordered.values():
        events.sort(key=lambda one: (one.detail.at, one.detail.id))
        at, before, newest = 0, None, None  # ``newest``: what the last event so far was about; ``before``: up to ``at``
        for one in events:
            if one.detail.at != at:
                at, before = one.detail.at, newest
            if one.detail.subject != before:
                news.append(one)
            newest = one.detail.subject
    yield from sorted(news, key=lambda one: one.index)
