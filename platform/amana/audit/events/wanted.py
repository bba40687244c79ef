"""Which events are asked for: the closed set of filters, the hours of work, and both in words.

In these words an order of an export tells the log what was asked for, and a page tells an auditor what to ask a copy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from amana.clock import rfc3339
from amana.errors import Malformed

# What persons look at or take away. The log's own readers, the auditors, are asked about by their kind of event.
READS: Final = (
    "answer.taken",
    "batch.read",
    "candidate.read",
    "difference.read",
    "findings.read",
    "mapping.read",
    "release.read",
    "statistics.read",
)
ACCESS: Final = (
    "committee_key.added",
    "key.destroyed",
    "organisation.added",
    "person.added",
    "person.disabled",
    "token.made",
    "token.revoked",
)
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {"reads": READS, "access": ACCESS}  # kinds that are asked for together
WORDS: Final = ("actor", "organisation", "country", "dataflow", "purpose", "outcome", "kind", "subject")
_TIMES: Final = ("since", "until")
_YES: Final = "yes"
_HOURS: Final = re.compile(r"([0-9]{1,2})-([0-9]{1,2})/((?:[0-6](?:,[0-6])*)?)")


@dataclass(frozen=True)
class Hours:
    """When people are expected at work, in UTC.

    opens, closes: hours of the day, opens <= hour < closes is within; rest: days of the week off, 0 is Sunday.
    """

    opens: int
    closes: int
    rest: frozenset[int]


@dataclass(frozen=True)
class Filter:
    """Which events: each field that is set must match; ``since`` <= at < ``until``.

    country: the event concerns it, alone or among others. subject: the event is about it, or names it as a fact.
    kinds:   any of these. outside: at no hour of work.
    changed: only events that are not about the same as the event of their kind before: policies that are new.
    """

    actor: str | None = None
    organisation: str | None = None
    country: str | None = None
    dataflow: str | None = None
    purpose: str | None = None
    outcome: str | None = None
    kind: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[str, ...] = ()
    outside: Hours | None = None
    changed: bool = False


def to_words(wanted: Filter) -> dict[str, str]:
    """Return each field that is set as a text: times in RFC 3339, kinds with commas, hours as ``6-19/6``."""
    told: dict[str, str | None] = {name: getattr(wanted, name) for name in WORDS}
    told |= {name: rfc3339(at) if (at := getattr(wanted, name)) else None for name in _TIMES}
    told["kinds"] = ", ".join(wanted.kinds)
    told["outside"] = _hours_to_words(wanted.outside) if wanted.outside else None
    told["changed"] = _YES if wanted.changed else None
    return {name: text for name, text in told.items() if text}


def from_words(words: Mapping[str, str]) -> Filter:
    """Return the filter that ``words`` tell. Raises Malformed when there is more in them, or a text is none of ours."""
    told = dict(words)
    kinds, outside, changed = (told.pop(name, "") for name in ("kinds", "outside", "changed"))
    times = {name: _instant(told.pop(name)) for name in _TIMES if name in told}
    if told.keys() - set(WORDS) or changed not in {"", _YES}:
        raise Malformed(format="filter of events")
    wanted = Filter(
        kinds=tuple(kinds.split(", ")) if kinds else (),
        outside=hours_from_words(outside) if outside else None,
        changed=bool(changed),
    )
    return replace(wanted, **told, **times)  # type: ignore[arg-type]  # texts, and times


def _hours_to_words(hours: Hours) -> str:
    return f"{hours.opens}-{hours.closes}/{','.join(map(str, sorted(hours.rest)))}"


def hours_from_words(text: str) -> Hours:
    """Return hours of work that are written as ``6-19/6``: from 6 to 19, and 6 (Saturday) is a day of rest.

    Raises Malformed.
    """
    read = _HOURS.fullmatch(text)
    if read is None:
        raise Malformed(format="hours of work")
    return Hours(int(read[1]), int(read[2]), frozenset(map(int, filter(None, read[3].split(",")))))


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        raise Malformed(format="filter of events") from fault
    if at.tzinfo is None:
        raise Malformed(format="filter of events")
    return at
