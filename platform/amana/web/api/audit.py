"""The log over the API, for auditors: events with filters, saved questions, patterns, and a snapshot to verify."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from flask import Response

from amana.audit.desk.questions import QUESTIONS, Saved
from amana.audit.log.copy import export_log
from amana.web import auditing
from amana.web.api import proofs
from amana.web.api.routes import described
from amana.web.api.schemas import audit as schemas
from amana.web.hub import Hub, hub
from amana.web.locale import word
from amana.web.refusals import RequestMalformed

_SNAPSHOT: Final = "amana-log.jsonl"
blueprint = described("api_audit", "/api/v1/audit", "The log, for auditors")


@blueprint.get("/events")
@blueprint.arguments(schemas.EventQuery, location="query")
@blueprint.response(200, schemas.EventsFields)
def events(query: dict[str, Any]) -> dict[str, Any]:
    """List events, newest first, with their place in the log."""
    after, limit = query.pop("after", None), query.pop("limit")
    return asdict(auditing.read_page(auditing.filter_of(query), after, limit))


@blueprint.get("/events/<event>")
@blueprint.response(200, schemas.EventFields)
def event(event: str) -> dict[str, Any]:
    """Tell one event."""
    return asdict(auditing.read_one(event)[0])


@blueprint.get("/events/<event>/proof")
@blueprint.response(200, content_type="text/plain")
def proof(event: str) -> Response:
    """Take away the proof (.tlog-proof) that an event stands in the log, with the witnesses' cosignatures."""
    return proofs.as_file(event, auditing.take_proof(event))


@blueprint.get("/questions")
@blueprint.response(200, schemas.QuestionsFields)
def questions() -> dict[str, Any]:
    """List the saved questions, how many events answer each in the days that the policies set, and what is flagged."""
    counts, flagged = auditing.count_all()
    listed = [
        {"id": one.id, "asks": _asks(one), "needs_country": one.of_country, "count": counts.get(one.id)}
        for one in QUESTIONS.values()
    ]
    return {"questions": listed, "flags": sum(len(one.flags) for one in flagged)}


@blueprint.get("/questions/<question>")
@blueprint.arguments(schemas.QuestionQuery, location="query")
@blueprint.response(200, schemas.AnswerFields)
def answer(query: dict[str, Any], question: str) -> dict[str, Any]:
    """Put a saved question: who did it (where it asks for that), how many events, and one page of them."""
    saved = auditing.saved(question)
    if saved.of_country and query["country"] is None:
        raise RequestMalformed(fields=["country"])
    told = auditing.asked(saved, query["country"], query["days"])
    found = auditing.put(saved, told, query["after"], query["limit"])
    return {"asks": _asks(saved), "since": told.since, "count": found.count, "doers": found.doers, **asdict(found.page)}


@blueprint.get("/patterns")
@blueprint.arguments(schemas.DaysQuery, location="query")
@blueprint.response(200, schemas.PatternsFields)
def patterns(query: dict[str, Any]) -> dict[str, Any]:
    """Tell where each rule for unusual patterns applies, the latest first, with the filter for the events behind it."""
    found = auditing.flagged(query["days"])
    return {"since": auditing.search_since(query["days"]), "rules": [_rule(one) for one in found]}


def _rule(one: auditing.Flagged) -> dict[str, Any]:
    flags = [{"number": flag.number, "events": auditing.words_of(flag.behind)} for flag in one.flags]
    return {"id": one.rule, "rule": word(f"pattern.{one.rule}", **auditing.numbers()), "flags": flags}


def _asks(saved: Saved) -> str:
    return word(f"question.{saved.id}")


@blueprint.get("/snapshot")
@blueprint.response(200, content_type="application/jsonl")
def snapshot() -> Response:
    """Download the log with its tiles and checkpoints, for ``amana audit verify`` on a machine of one's own."""
    auditing.note({"snapshot": "whole"})
    headers = {"Content-Disposition": f'attachment; filename="{_SNAPSHOT}"'}
    return Response(_lines(hub()), content_type="application/jsonl", headers=headers)


def _lines(house: Hub) -> Iterator[bytes]:
    with house.auditor.read() as reading:
        yield from export_log(reading)
