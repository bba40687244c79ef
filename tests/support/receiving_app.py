"""The smallest server that receives: one desk behind bare WSGI, for tests that speak to it over a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from amana import canonical
from amana.clock import now
from amana.config import HOME
from amana.db import open_database
from amana.errors import AmanaError
from amana.intake import resume, resume_piece
from amana.intake.body import begin
from amana.intake.receive import Desk, receive
from amana.intake.resume import Terms, Visit
from amana.intake.resume_body import Sent
from amana.policy.documents import load
from amana.vault.sealing import read_recipients
from amana.vault.shelf import Shelf
from support.contributions import BOOK
from support.databases import ROLES_SQL
from support.desk import LIMIT, NOUR, submission


def make(folder: str) -> Callable[..., Iterable[bytes]]:
    root = Path(folder)
    database = open_database(f"sqlite:///{root / 'amana.sqlite'}", "amana_web", ROLES_SQL)
    desk = Desk(database, Shelf(root / "data"), read_recipients(root / "recipients"), b"r" * 32, BOOK)

    def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH")
        try:
            upload = begin(
                environ["wsgi.input"],
                environ.get("CONTENT_TYPE", ""),
                int(length) if length else None,
                LIMIT,
                terminated=environ.get("wsgi.input_terminated", False),
            )
            key = environ.get("HTTP_IDEMPOTENCY_KEY")
            status, answer = 202, receive(upload, submission(idempotency_key=key), desk, now()).facts()
        except AmanaError as refusal:
            status, answer = refusal.status, {"code": refusal.code}
        content = canonical.encode(answer)
        headers = [("Connection", "close"), ("Content-Length", str(len(content)))]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [content]

    return application


def going_on(folder: str) -> Callable[..., Iterable[bytes]]:
    """Return the smallest server that takes pieces; one second of silence is a broken line."""
    root = Path(folder)
    database = open_database(f"sqlite:///{root / 'amana.sqlite'}", "amana_web", ROLES_SQL)
    desk = Desk(database, Shelf(root / "data"), read_recipients(root / "recipients"), b"r" * 32, BOOK)
    terms = Terms(LIMIT, load(HOME / "policies").retention, per_day=20)

    def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH")
        environ["gunicorn.socket"].settimeout(1)
        with database.read() as reading:
            standing = resume.find(reading, "MAR", environ["PATH_INFO"].strip("/"))
        sent = Sent(
            environ["wsgi.input"],
            int(length) if length else None,
            environ.get("wsgi.input_terminated", False),
            int(environ["HTTP_UPLOAD_OFFSET"]),
            None,
        )
        try:
            taken = resume_piece.take(standing, sent, Visit(desk, terms, NOUR, now()))
            status, answer = 200, {"received": taken.received}
        except AmanaError as refusal:
            status, answer = refusal.status, {"code": refusal.code, **refusal.facts}
        content = canonical.encode(answer)
        headers = [("Connection", "close"), ("Content-Length", str(len(content)))]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [content]

    return application
