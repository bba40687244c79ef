"""Who is calling: a token in the header, or the session that the cookie names; and that a form came from its page.

The cookie holds an opaque name and nothing else. A request that changes something and rides on a cookie must come
from our own pages: the browser's word (Origin, Sec-Fetch-Site) and the session's form key are both asked for.
Source: OWASP CSRF Prevention Cheat Sheet, synchroniser token and fetch metadata.
"""

from __future__ import annotations

import hmac
from typing import Final

from flask import Flask, g, request
from werkzeug.wrappers import Response

from amana.identity import sessions, tokens
from amana.identity.sessions import Opened, Session
from amana.web.guard import Visitor
from amana.web.hub import hub
from amana.web.refusals import FormForeign

FORM_KEY: Final = "form_key"
FORM_KEY_HEADER: Final = "Amana-Form-Key"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_UNNAMED: Final = ("static", "health.", "log.", "api-docs.")
_BEARER: Final = "bearer "
_URL_ENCODED: Final = "application/x-www-form-urlencoded"


def cookie_name(*, https: bool) -> str:
    """Return the cookie's name; the browser keeps the promises of ``__Host-`` over TLS only."""
    return "__Host-amana" if https else "amana"


def session_name() -> str | None:
    """Return the session's secret name, from the cookie."""
    return request.cookies.get(cookie_name(https=hub().https))


def current_session() -> Session | None:
    """Return the session that the request rides on, if it does."""
    found: Session | None = g.get("session")
    return found


def give_cookie(answer: Response, opened: Opened) -> None:
    """Send the session's name to the browser; it is kept from scripts and from other sites."""
    answer.set_cookie(
        cookie_name(https=hub().https),
        opened.name,
        max_age=int(sessions.ABSOLUTE.total_seconds()),
        secure=hub().https,
        httponly=True,
        samesite="Strict",
        path="/",
    )


def take_cookie(answer: Response) -> None:
    """Let the browser forget the session's name."""
    https = hub().https
    answer.delete_cookie(cookie_name(https=https), path="/", secure=https, httponly=True, samesite="Strict")


def check_form_key(sent: str | None) -> None:
    """Return when the form carries the key of the session it rides on. Raises FormForeign."""
    found = current_session()
    if found is not None and not hmac.compare_digest(found.form_key.encode(), (sent or "").encode()):
        raise FormForeign


def install(app: Flask) -> None:
    """Name the caller of each request before its route sees it."""

    @app.before_request
    def name_caller() -> None:
        if request.endpoint is None or request.endpoint.startswith(_UNNAMED):
            return
        header = request.headers.get("Authorization", "")
        if header.lower().startswith(_BEARER):
            _by_token(header[len(_BEARER) :].strip())
        elif name := session_name():
            _by_session(name)
        if request.method not in _SAFE and g.get("by_token") is None:
            _check_origin()
            _check_form()


def _by_token(told: str) -> None:
    house = hub()
    with house.database.read() as reading:
        held = tokens.holder(reading, told, house.now())
    if held.is_stale(house.now()):
        with house.database.write() as tx:
            tokens.used(tx, held, house.now())
    g.by_token = held.token_id
    g.visitor = Visitor(held.person, None)


def _by_session(name: str) -> None:
    house = hub()
    with house.database.read() as reading:
        found = sessions.find(reading, name, house.now())
    if found is None:
        return
    if found.is_stale(house.now()):
        with house.database.write() as tx:
            sessions.touch(tx, found, house.now())
    g.session = found
    g.visitor = Visitor(found.person, found.purpose)


def _check_origin() -> None:
    """Believe the browser: its fetch metadata first. Under ``no-referrer`` it sends our own forms as Origin: null."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    ours = hub().config.origin.rstrip("/")
    known = {ours, None, "null"} if site == "same-origin" else {ours, None}
    if origin not in known or site not in {"same-origin", "none", None}:
        raise FormForeign


def _check_form() -> None:
    """Check the key in the header or in a short form; the upload checks its own, for its body is not read here."""
    if request.mimetype == _URL_ENCODED:
        check_form_key(request.form.get(FORM_KEY))
    elif request.endpoint not in {"contributions.send", "requests.send"}:
        check_form_key(request.headers.get(FORM_KEY_HEADER))
