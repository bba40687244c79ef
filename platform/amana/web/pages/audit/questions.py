"""Where an auditor begins: saved questions with the number of answers, and what the rules for patterns flag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, render_template

from amana.audit.desk.patterns import MOST
from amana.audit.desk.query import PAGE
from amana.audit.desk.questions import QUESTIONS, Answer, Asked, Saved, put
from amana.audit.log import tiles
from amana.web import auditing
from amana.web.hub import hub
from amana.web.pages.audit import filters
from amana.web.refusals import RequestMalformed

blueprint = Blueprint("questions", __name__)
_DAYS: Final = (1, 7, 30, 90, 365)
_MOST_DAYS: Final = 3660


@blueprint.get("/questions/")
def overview(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show every saved question with the number of its answers, and how much is flagged."""
    counts, flagged = auditing.count_all()
    with hub().auditor.read() as reading:
        covered = tiles.size_of(reading)
    return render_template(
        "audit_questions.html",
        questions=list(QUESTIONS.values()),
        counts=counts,
        flagged=[one for one in flagged if one.flags],
        numbers=auditing.numbers(),
        policy=hub().policies.questions,
        countries=filters.countries(),
        covered=covered,
    )


@blueprint.get("/questions/<question>")
def question(question: str, lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Put one saved question; one about a country waits until it is told which."""
    saved, said = auditing.saved(question), filters.said()
    asked = auditing.asked(saved, said.get("country"), _days(said))
    wanted = put(saved, asked)
    return render_template(
        "audit_question.html",
        saved=saved,
        answer=_answer(saved, asked, said.get("after")),
        asked=asked,
        days=(hub().now() - asked.since).days,
        choices=_DAYS,
        country=said.get("country", ""),
        countries=filters.countries(),
        numbers=auditing.numbers(),
        wanted=wanted,
        as_filter=None if saved.newcomers or wanted.changed else filters.address_of(wanted),
        said={name: text for name, text in said.items() if name != "after"},
        is_first="after" not in said,
    )


@blueprint.get("/patterns")
def patterns(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show every rule in words, where it applies, and the events behind each flag."""
    days = _days(filters.said())
    shown = [(one.rule, [_flag(seen) for seen in one.seen]) for one in auditing.seen(days)]
    return render_template(
        "audit_patterns.html",
        rules=shown,
        numbers=auditing.numbers(),
        days=days or hub().policies.questions.days,
        choices=_DAYS,
        most=MOST,
    )


def _answer(saved: Saved, asked: Asked, after: str | None) -> Answer | None:
    if saved.of_country and asked.country is None:
        auditing.note({"question": saved.id})
        return None
    return auditing.put(saved, asked, after, PAGE)


def _flag(seen: auditing.Seen) -> dict[str, object]:
    behind = seen.flag.behind
    return {
        "actor": behind.actor,
        "account": behind.subject,
        "number": seen.flag.number,
        "since": behind.since,
        "events": seen.events,
        "all": filters.address_of(behind),
    }


def _days(said: Mapping[str, str]) -> int | None:
    """Return how many days back is asked for. Raises RequestMalformed for what is no such number."""
    text = said.get("days")
    if text is None:
        return None
    if not text.isdecimal() or not 1 <= int(text[:5]) <= _MOST_DAYS:
        raise RequestMalformed(fields=["days"])
    return int(text)
