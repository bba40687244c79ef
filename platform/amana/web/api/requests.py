"""Requests about persons over the API: send a sealed list, follow it, fetch the receipt, take the answer."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from flask import g
from flask import request as sent
from werkzeug.wrappers import Response

from amana.audit.events.contributions import OwnerRequestRead
from amana.db import Reading
from amana.errors import NotFound
from amana.findings import Finding, parse
from amana.ids import is_id
from amana.intake import person_list, requests
from amana.intake.body import AGE, Upload, begin
from amana.intake.person_list import LIST_LIMIT, Sent
from amana.intake.requests import Act, OwnerRequest
from amana.intake.submission import check_subject
from amana.policy.decide import Resource
from amana.web import guard
from amana.web.api.batches import message
from amana.web.api.releases import EVERY, own_committee
from amana.web.api.routes import described
from amana.web.api.schemas import requests as schemas
from amana.web.hub import hub
from amana.web.locale import language
from amana.wording.load import sentence

_FORM_ROOM: Final = 64 * 1024  # bytes that the fields of a form may add
_ANY_YEAR: Final = "2000"
blueprint = described("api_requests", "/api/v1/requests", "What a committee asks for persons, by pseudonym")


def asked(request: str, action: str = "read_request") -> OwnerRequest:
    """Return a request once the policy lets the reader look at it. Raises NotFound, AccessRefused."""
    guard.someone()
    if not is_id(request, "req"):
        raise NotFound(kind="request")
    with hub().database.read() as reading:
        found = requests.find(reading, request)
    guard.ask(action, Resource("batch", found.id, committee=found.committee, dataflow=found.dataflow))
    return found


def listed() -> tuple[OwnerRequest, ...]:
    """Return what the reader's committee has asked for, once it is journalled that it is read."""
    guard.ask("read_request", Resource("batch", EVERY, committee=guard.someone().principal.committee))
    committee = own_committee()
    guard.note(OwnerRequestRead(EVERY, committee))
    with hub().database.read() as reading:
        return requests.of_committee(reading, committee)


def may_ask(dataflow: str, period: str | None) -> str:
    """Return the reader's committee once the policy lets her ask this, before a byte of the list is read.

    Raises DataflowUnknown, PeriodMalformed, AccessRefused.
    """
    guard.someone()
    check_subject(dataflow, period or _ANY_YEAR, hub().book)
    about = Resource("batch", "new", committee=guard.someone().principal.committee, dataflow=dataflow, period=period)
    guard.ask("request_for_persons", about)
    return own_committee()


def body() -> Upload:
    """Return the list in the request, read up to where it begins. Raises what ``begin`` raises."""
    return begin(
        sent.environ["wsgi.input"],
        sent.content_type or "",
        sent.content_length,
        LIST_LIMIT + _FORM_ROOM,
        terminated=bool(sent.environ.get("wsgi.input_terminated")),
    )


def take(upload: Upload, what: Sent) -> OwnerRequest:
    """Return the request that a list makes, once nothing can undo it."""
    g.noted = True
    request = person_list.receive(upload, what, hub().desk, hub().now())
    with hub().database.read() as reading:
        return requests.find(reading, request)


def found_in(reading: Reading, request: OwnerRequest) -> tuple[Finding, ...]:
    """Return what was found in the list of a request that was refused."""
    return tuple(parse(one) for one in json.loads(requests.findings(reading, request.id)))


def take_answer(request: OwnerRequest) -> bytes:
    """Return the sealed answer, which is then given to nobody again. Raises AnswerGone."""
    g.noted = True
    with hub().database.write() as tx:
        return requests.take_answer(tx, request.id, request.committee, guard.actor(), hub().now())


@blueprint.post("")
@blueprint.arguments(schemas.RequestQuery, location="query")
@blueprint.arguments(schemas.RequestHeaders, location="headers")
@blueprint.response(202, schemas.OwnerRequestFields)
def ask(query: dict[str, Any], headers: dict[str, str | None]) -> dict[str, Any]:
    """Ask for persons: ``text/csv`` under the header PSEUDONYM, ``application/age``, or a form whose last part is it.

    The list is sealed before it rests; access needs one that the committee sealed and signed.
    """
    committee = may_ask(query["dataflow"], query["period"])
    act, most = Act(query["act"]), hub().policies.retention.requests_per_day
    what = Sent(committee, act, query["dataflow"], query["period"], guard.actor(), most, **headers)
    return asdict(take(body(), what))


@blueprint.get("")
@blueprint.response(200, schemas.OwnerRequestsFields)
def request_list() -> dict[str, Any]:
    """List what the reader's committee has asked for, newest first."""
    return {"requests": [told(one) for one in listed()]}


@blueprint.get("/<request>")
@blueprint.response(200, schemas.OwnerRequestFields)
def request(request: str) -> dict[str, Any]:
    """Show where a request stands."""
    found = asked(request)
    guard.note(OwnerRequestRead(found.id, found.committee))
    with hub().database.read() as reading:
        findings = [{**asdict(one), "message": message(one)} for one in found_in(reading, found)]
        return {**told(found), "answer": requests.has_answer(reading, found.id), "findings": findings}


@blueprint.get("/<request>/receipt")
@blueprint.response(200, content_type="application/json")
def receipt(request: str) -> Response:
    """Return the hub's signed receipt: a DSSE envelope, there once the request is done."""
    found = asked(request)
    guard.note(OwnerRequestRead(found.id, found.committee))
    with hub().database.read() as reading:
        signed = requests.receipt(reading, found.id)
    if signed is None:
        raise NotFound(kind="receipt", id=found.id)
    return Response(signed, content_type="application/json")


@blueprint.post("/<request>/answer")
@blueprint.response(200, content_type=AGE)
def answer(request: str) -> Response:
    """Take the sealed answer to a request for access. There is no second copy."""
    return Response(take_answer(asked(request, "take_answer")), content_type=AGE)


def told(found: OwnerRequest) -> dict[str, Any]:
    """Return a request, with the reason of a refusal in the reader's language."""
    return {**asdict(found), "message": sentence(found.reason, language()) if found.reason else None}
