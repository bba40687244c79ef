"""What an event says, in words: each fact with its label, identifiers as links, codes with their meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Final

from flask import Flask, current_app, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup, escape

from amana import ids
from amana.audit.desk.query import Told
from amana.audit.export.rows import Row
from amana.audit.offline.search import facts_of
from amana.audit.tlog import leaf
from amana.canonical import Json
from amana.errors import AmanaError
from amana.policy.clause import sentence_code
from amana.validation import told
from amana.web import naming
from amana.web.locale import code, language, listed, moment, number, shortened, word
from amana.wording.load import codes

_DIGEST: Final = 64  # characters
ALL: Final = "all"  # every question or pattern at once
_FEW: Final = 3  # countries named in a line
_INSTANTS: Final = frozenset({"since", "until"})
_COMMA: Final = {True: Markup("، "), False: Markup(", ")}  # in Arabic, and not
_NAMED: Final[Mapping[str, Callable[[str], str]]] = {
    "committee": naming.country,
    "country": naming.country,
    "countries": naming.country,
    "dataflow": naming.dataflow,
    "plan": naming.plan,
    "purpose": naming.purpose,
    "purposes": naming.purpose,
}
_ACTORS: Final = "per"
_EVENTS: Final = "evt"
_WORDED: Final = {  # facts whose values have words of their own
    "act": "act.{}",
    "action": "action.{}",
    "group": "group.{}",
    "hours": "hours.{}",
    "kind": "event.{}",
    "outcome": "outcome.{}",
    "pattern": "pattern.{}.name",
    "process": "role.{}",
    "question": "question.{}",
    "reason_code": "{}",
    "role": "role.{}",
    "state": "state.{}",
}


@dataclass(frozen=True)
class Fact:
    """A fact with its label, ready for a page."""

    label: Markup
    value: Markup


def all_of(event: Told) -> list[Fact]:
    """Return the facts of an event in the order of their names; none when they were erased, or are damaged."""
    return list(_facts(event.facts or {}))


def clause(text: str) -> str:
    """Return what a clause says; nothing when it has no sentence."""
    named, facts = sentence_code(text)
    rule = facts.get("rule")
    if rule is not None and f"permit.{rule}" in codes():
        return word(f"permit.{rule}")
    countries = {name: naming.country(one) if name == "committee" else one for name, one in facts.items()}
    return word(named, **countries) if named in codes() else ""


def why(event: Told) -> Markup:
    """Return why an event was refused: its clause, else its code, its rules, or the reasons counted."""
    facts = event.facts or {}
    reason = facts.get("code") or facts.get("reason_code")
    said = (clause(event.clause) if event.clause else "") or (_sentence(reason) if isinstance(reason, str) else "")
    if said:
        return escape(said)
    return _value("rules", facts.get("rules", ())) or _value("codes", facts.get("codes", {}))


def of_row(row: Row) -> Told | None:
    """Return what a case has pinned as lists show it; None once what it said was erased."""
    detail = row.detail
    if detail is None:
        return None
    same = {one.name: getattr(detail, one.name) for one in fields(Told) if hasattr(detail, one.name)}
    own = {"at": leaf.instant(detail.at), "facts": facts_of(detail), "index": row.index, "event_id": detail.id}
    return Told(**same | own, altered=leaf.digest(detail) != row.leaf.commitment)


def asked(event: Told) -> Markup:
    """Return what an auditor asked for, on one line; nothing for events that are no questions."""
    filters = (event.facts or {}).get("filters")
    told = _facts(filters) if isinstance(filters, Mapping) else ()
    return Markup(" · ").join(Markup("{}: {}").format(one.label, one.value) for one in told)


def link(text: str) -> Markup:
    """Return an identifier as a link to everything about it: a person's timeline, an event, or a dossier."""
    if ids.is_id(text, _EVENTS):
        address = url_for("audit.event.page", event=text)
    elif ids.is_id(text, _ACTORS):
        address = url_for("audit.actors.timeline", actor=text)
    else:
        address = url_for("audit.actors.dossier", subject=text)
    return Markup('<a href="{}">{}</a>').format(address, shortened(text, 16))


def _facts(facts: Mapping[str, Json]) -> Iterator[Fact]:
    for name, value in facts.items():
        if value is None or value in ((), [], {}):
            continue
        label = f"fact.{name}"
        yield Fact(escape(word(label)) if label in codes() else code(name), _value(name, value))


def _value(name: str, value: Json) -> Markup:
    match value:
        case str():
            return _instant(value) if name in _INSTANTS else _text(name, value)
        case bool():
            return code(str(value).lower())
        case int():
            return moment(leaf.instant(value)) if name == "until" else Markup("<bdi>{}</bdi>").format(number(value))
        case Mapping():
            return _pairs(name, value)
        case _ if name == "rules":
            return Markup("<br>").join(_rule(str(one)) for one in value or ())
        case _:
            return _COMMA[language() == "ar"].join(_value(name, one) for one in value or ())


def _pairs(name: str, value: Mapping[str, Json]) -> Markup:
    if name == "codes":
        return _COMMA[language() == "ar"].join(map(_times, value.items()))
    return Markup("<br>").join(Markup("{}: {}").format(one.label, one.value) for one in _facts(value))


def _instant(value: str) -> Markup:
    """Return an instant of RFC 3339 as a moment; whatever else somebody put there, as it is."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return code(value)
    return moment(at) if at.tzinfo else code(value)


def _text(name: str, value: str) -> Markup:
    if name in _NAMED:
        return escape(_NAMED[name](value))
    if name in {"clause", "code"}:
        return _explained(value, clause(value) if name == "clause" else _sentence(value))
    if ids.is_id(value, value[:3]):
        return link(value)
    if value == ALL:
        return escape(gettext("all"))
    worded = _WORDED.get(name, "").format(value)
    if worded in codes():
        return escape(word(worded))
    return shortened(value, 16) if len(value) == _DIGEST else code(value)


def _rule(text: str) -> Markup:
    """Return what a rule finds, without what differs from file to file, and its name."""
    said = told.plainly(text, language(), {}) if f"rule.{text}" in codes() else ""
    return Markup("{} {}").format(said, code(text))


def _times(counted: tuple[str, Json]) -> Markup:
    """Return a reason with how often it was given."""
    reason, times = counted
    many = number(times) if type(times) is int else times
    return Markup("{} {} <bdi>({})</bdi>").format(_title(reason), code(reason), many)


def _sentence(text: str) -> str:
    """Return what a refusal's code says; its title alone where the sentence lacks facts that the log does not hold."""
    said = word(text) if text in codes() else ""
    return _title(text) if "…" in said else said


def _title(text: str) -> str:
    return word(f"title.{_statuses().get(text, 400)}")


@cache
def _statuses() -> Mapping[str, int]:
    """Return the status of every refusal's code."""
    found, waiting = {}, [AmanaError]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        found[one.code] = one.status
    return found


def _explained(text: str, meaning: str) -> Markup:
    return Markup("{}<br>{}").format(meaning, code(text)) if meaning else code(text)


def _days(count: int) -> str:
    """Return "the last so many days", in words of the reader's language."""
    return str(ngettext("the last day", "the last %(num)d days", count))


def _countries(named: Sequence[str]) -> str:
    """Return the names of a few countries, and how many more there are."""
    few = listed(naming.country(one) for one in named[:_FEW])
    more = len(named) - _FEW
    return str(gettext("%(few)s and %(more)s more", few=few, more=more)) if more > 0 else few


def install(app: Flask) -> None:
    """Teach the templates of the auditor's pages."""
    app.jinja_env.globals.update(
        audit_tabs=_tabs,
        asked_words=asked,
        why_words=why,
        as_told=of_row,
        country_words=_countries,
        days_words=_days,
        event_link=link,
    )


def _tabs() -> list[tuple[str, str, str]]:
    """Return the parts of the auditor's room: name, endpoint, label."""
    parts = (
        ("questions", "audit.questions.overview", gettext("Questions")),
        ("events", "audit.events", gettext("Events")),
        ("patterns", "audit.questions.patterns", gettext("Patterns")),
        ("cases", "cases.overview", gettext("Cases")),
        ("witnesses", "witnesses.witnesses", gettext("Witnesses")),
        ("verification", "audit.verification", gettext("Verification")),
    )
    return [part for part in parts if part[1] in current_app.view_functions]
