"""From a refusal to its answer: RFC 9457 for programs, a page for people, one journal entry for both.

An error carries a code and facts; its sentence, in the reader's language, is chosen here. What nobody foresaw is
answered with a bare 500: its detail goes to the operator's log, never into the answer. When the refusal itself cannot
be journalled, the answer says so and nothing else (503): the hub fails closed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from amana.canonical import encode
from amana.errors import AmanaError
from amana.policy.decide import AccessRefused
from amana.web import guard, known
from amana.web.hub import hub
from amana.web.locale import language, listed
from amana.web.refusals import JournalClosed, RequestMalformed, ShareSpent, SignInNeeded
from amana.wording.load import codes, sentence

_LOG: Final = logging.getLogger("amana.web")
_PROGRAMS: Final = ("/api/", "/log/", "/openapi.json", "/healthz", "/readyz", "/metrics")
_PLACE: Final = ("sheet", "row", "column", "letter")
UNPROCESSABLE: Final = 422
_FAULT: Final = 500
_ELSE: Final = "…"
_NO_SUCH_FIELD: Final = [Schema().error_messages["unknown"]]


def install(app: Flask) -> None:
    """Answer every error that reaches the door."""
    app.register_error_handler(AmanaError, answer)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Exception, answer_unforeseen)


def answer(error: AmanaError) -> AnyResponse:
    """Return the answer to a refusal, once it is in the journal."""
    if isinstance(error, SignInNeeded) and not for_program() and request.method == "GET":
        g.refused = True
        return redirect(url_for("door.sign_in", lang=language(), next=request.full_path.rstrip("?")))
    error = error if _is_journalled(error.code, error.facts) else JournalClosed()
    if error.status >= _FAULT:
        _LOG.error("%s", error)
    return _render(error.status, error.code, sentence(error.code, language(), spoken(error.facts)), error.facts)


def answer_http(error: HTTPException) -> AnyResponse:
    """Return the answer to what the framework refused: no such page, wrong method, a malformed parameter."""
    if error.code is None:
        return make_response(error.get_response())
    if error.code == UNPROCESSABLE:
        return answer(RequestMalformed(fields=_malformed_fields(error)))
    if error.code < 400:  # noqa: PLR2004 - a redirection is no refusal
        return make_response(error.get_response())
    code = f"http.{error.code}" if f"http.{error.code}" in codes() else "http.400"
    if guard.visitor() is not None and not _is_journalled(code, {}):
        return _closed()
    return _render(error.code, code, sentence(code, language()), {})


def answer_unforeseen(error: Exception) -> AnyResponse:
    """Return a bare 500; what happened is for the operator's log alone, that it did is for the auditor too."""
    _LOG.error("unforeseen: %s %s", request.method, request.path, exc_info=error)
    if guard.visitor() is not None and not _is_journalled("http.500", {}):
        return _closed()
    return _render(_FAULT, "http.500", sentence("http.500", language()), {})


def _is_journalled(code: str, facts: Mapping[str, object]) -> bool:
    """Return whether the refusal is in the journal; when it cannot be, the hub answers nothing else."""
    try:
        guard.journal_refusal(code, facts)
    except (SQLAlchemyError, AmanaError):
        _LOG.exception("the refusal %s could not be journalled", code)
        return False
    return True


def _closed() -> AnyResponse:
    return _render(JournalClosed.status, JournalClosed.code, sentence(JournalClosed.code, language()), {})


def for_program() -> bool:
    """Return whether the reader is a program: everything under these addresses is."""
    return request.path.startswith(_PROGRAMS)


def spoken(facts: Mapping[str, object]) -> dict[str, object]:
    """Return the facts as a sentence wants them: lists joined, and a rule's text, in the reader's language."""
    told = {
        name: listed(value) if isinstance(value, list | tuple | set | frozenset) else value
        for name, value in facts.items()
    }
    rule = f"rule.{facts.get('reason')}"
    return {"name": sentence(rule, language()).rstrip("."), **told} if rule in codes() else told


def problem(status: int, code: str, detail: str, facts: Mapping[str, object]) -> dict[str, Any]:
    """Return the body of RFC 9457, with our members: code, facts, clause and place."""
    body: dict[str, Any] = {
        "type": f"{hub().config.origin}/problems/{code}",
        "title": sentence(f"title.{status}", language()),
        "status": status,
        "detail": detail,
        "code": code,
        "facts": {name: _plain(value) for name, value in facts.items()},
    }
    if request.url_rule is not None and known.address(request.view_args or {}):
        body["instance"] = request.path
    if "clause" in facts:
        body["clause"] = facts["clause"]
    place = {name: facts[name] for name in _PLACE if facts.get(name) is not None}
    return {**body, "place": place} if place else body


def _render(status: int, code: str, detail: str, facts: Mapping[str, object]) -> AnyResponse:
    g.refused = True
    if for_program():
        made = Response(encode(problem(status, code, detail, facts)), status, mimetype="application/problem+json")
    else:
        title = sentence(f"title.{status}", language())
        page = render_template("error.html", status=status, code=code, title=title, detail=detail, facts=facts,
                               other_purpose=_other_purpose(code))  # fmt: skip
        made = Response(page, status, mimetype="text/html")
    made.headers["Content-Language"] = language()
    if status == 401:  # noqa: PLR2004 - the status that RFC 9110 §15.5.2 asks the header for
        made.headers["WWW-Authenticate"] = 'Bearer realm="amana"'
    if code == ShareSpent.code:
        made.headers["Retry-After"] = str(facts["seconds"])
    return made


def _other_purpose(code: str) -> str | None:
    """Return where another purpose is chosen, when what the policy refused is open for one that the reader has.

    The page leads back to the table where every word of its address was read, and is one of ours.
    """
    action, resource, refused = g.get("asked", (None, None, None))
    reader = guard.visitor()
    if code != AccessRefused.code or resource is None or reader is None or refused is None:
        return None
    others = reader.principal.purposes - {refused}
    if not any(guard.permits(action, resource, one) for one in others):
        return None
    back = request.full_path.rstrip("?") if resource.contributors else url_for("statistics.dataflows")
    return url_for("door.purpose", next=back)


def _malformed_fields(error: HTTPException) -> list[str]:
    """Return the fields that are wrong; one that the schema does not have is not repeated."""
    messages = getattr(error, "data", {}).get("messages", {})
    said = [pair for place in messages.values() if isinstance(place, dict) for pair in place.items()]
    return sorted({_ELSE if told == _NO_SUCH_FIELD else field for field, told in said}) or [_ELSE]


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    return value if isinstance(value, bool | int | str) or value is None else str(value)
