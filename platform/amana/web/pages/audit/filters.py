"""The filters of the auditor's pages: the form, what is chosen, and the address of the same page otherwise filtered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, Final

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select

from amana.audit.events import vocabulary
from amana.audit.events.event import OUTCOMES
from amana.audit.events.wanted import GROUPS, Filter
from amana.identity import tables
from amana.web import auditing, naming
from amana.web.hub import hub
from amana.web.locale import language, word
from amana.web.refusals import RequestMalformed

_DAY: Final = len("2026-01-31")
_KNOWN: Final = (
    "country",
    "outcome",
    "kind",
    "since",
    "until",
    "dataflow",
    "purpose",
    "organisation",
    "actor",
    "subject",
    "hours",
)
FIRST: Final = 5  # filters that are always in view

Options = list[tuple[str, str]]


@dataclass(frozen=True)
class Field:
    """One filter of the form: ``groups`` of options (heading, options), or something to type."""

    name: str
    label: str
    type: str
    groups: tuple[tuple[str, Options], ...]
    chosen: str


@dataclass(frozen=True)
class Chosen:
    """A filter that is set, in words, and the page's question without it."""

    label: str
    value: str
    without: dict[str, str]


def said() -> dict[str, str]:
    """Return what the address asks for, without what is empty."""
    return {name: text for name, text in request.args.items() if text}


def wanted(asked: Mapping[str, str]) -> Filter:
    """Return the filter that an address asks for. Raises RequestMalformed for a day or group that there is not."""
    told: dict[str, object] = {name: text for name, text in asked.items() if name in _KNOWN}
    if asked.get("kind") in GROUPS:
        told["group"] = told.pop("kind")
    for name in ("since", "until"):
        if name in asked:
            told[name] = _instant(asked[name], name)
    return auditing.filter_of(told)


def address(endpoint: str, asked: Mapping[str, str]) -> str:
    """Return the address of a page with these arguments; those that are part of its path go there."""
    return url_for(endpoint, **dict[str, Any](asked))


def form(asked: Mapping[str, str]) -> list[Field]:
    """Return the fields of the form, the most used first."""
    labels, choices = _labels(), _choices()
    types = {"since": "date", "until": "date"}
    return [
        Field(name, labels[name], types.get(name, "text"), choices.get(name, ()), _shown(name, asked))
        for name in _KNOWN
    ]


def chosen(asked: Mapping[str, str]) -> list[Chosen]:
    """Return the filters that are set, in words."""
    labels, choices = _labels(), _choices()
    found = []
    for name in _KNOWN:
        if name in asked:
            names = dict(option for _, options in choices.get(name, ()) for option in options)
            rest = {other: text for other, text in asked.items() if other not in {name, "after"}}
            found.append(Chosen(labels[name], names.get(asked[name], asked[name]), rest))
    return found


def address_of(filter_: Filter) -> dict[str, str]:
    """Return the arguments of the events page that shows what a filter asks for."""
    told = auditing.words_of(filter_)
    if "group" in told:
        told["kind"] = told.pop("group")
    return told


def countries() -> Options:
    """Return the countries whose committees have an agreement, by name."""
    return _sorted((one, naming.country(one)) for one in hub().policies.agreements)


def _instant(text: str, name: str) -> datetime:
    """Return an instant; a day as ``until`` includes itself. Raises RequestMalformed."""
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return at + timedelta(days=1) if name == "until" and len(text) == _DAY else at
    except (ValueError, OverflowError) as fault:
        raise RequestMalformed(fields=[name]) from fault


def _shown(name: str, asked: Mapping[str, str]) -> str:
    return asked.get(name, "")[: _DAY if name in {"since", "until"} else None]


def _labels() -> dict[str, str]:
    return {
        "country": gettext("Country concerned"),
        "outcome": gettext("Outcome"),
        "kind": gettext("What happened"),
        "since": gettext("From"),
        "until": gettext("To"),
        "dataflow": gettext("Subject"),
        "purpose": gettext("Purpose"),
        "organisation": gettext("Organisation"),
        "actor": gettext("Actor (identifier)"),
        "subject": gettext("About (identifier)"),
        "hours": gettext("Hours"),
    }


def _choices() -> dict[str, tuple[tuple[str, Options], ...]]:
    region, book = hub().policies.region, hub().book
    groups = [(one, word(f"group.{one}")) for one in GROUPS]
    kinds = _sorted((kind, word(f"event.{kind}")) for kind in vocabulary.WORDS)
    purposes = _sorted((one, naming.purpose(one)) for one in region.purposes)
    return {
        "country": (("", countries()),),
        "outcome": (("", [(one, word(f"outcome.{one}")) for one in OUTCOMES]),),
        "kind": ((gettext("Several kinds together"), groups), (gettext("One kind"), kinds)),
        "dataflow": (("", [(flow.id, flow.label.read(language())) for flow in book.dataflows.values()]),),
        "purpose": (("", purposes),),
        "organisation": (("", [(one, one) for one in _organisations()]),),
        "hours": (("", [("outside", word("hours.outside"))]),),
    }


def _organisations() -> list[str]:
    with hub().database.read() as reading:
        return list(reading.execute(select(tables.organisation.c.id).order_by(tables.organisation.c.id)).scalars())


def _sorted(options: Iterable[tuple[str, str]]) -> Options:
    return sorted(options, key=itemgetter(1))
