"""An auditor's cases over the API: open, read, write, pin, close; and open one name for one case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

from flask import g
from sqlalchemy.exc import IntegrityError

from amana.audit.cases import contents, review
from amana.audit.cases.contents import Headed, Whole
from amana.audit.cases.review import Case, Sending
from amana.audit.events.auditors import CaseRead, NameOpened
from amana.audit.log.covered import is_under_checkpoint
from amana.db import Transaction
from amana.errors import NotFound
from amana.identity import people
from amana.ids import is_id
from amana.intake.keyed import mac_of
from amana.intake.submission import check_key
from amana.policy.decide import Resource
from amana.web import guard
from amana.web.api.audit_exports import READY, WAITING
from amana.web.api.routes import described
from amana.web.api.schemas import cases as schemas
from amana.web.hub import hub

EVERY: Final = "*"
NEW: Final = Resource("case", "new")
blueprint = described("api_cases", "/api/v1/audit/cases", "Review cases, for auditors")


def asked(case: str, action: str = "read_case") -> Case:
    """Return a case once the policy lets the reader do this with it. Raises NotFound, AccessRefused."""
    guard.someone()
    if not is_id(case, "cas"):
        raise NotFound(what="case")
    with hub().database.read() as reading:
        found = review.find(reading, case)
    guard.ask(action, Resource("case", found.id, state=found.state))
    return found


def listed() -> tuple[Headed, ...]:
    """Return the newest cases, once it is journalled that they are read."""
    guard.ask("read_case", Resource("case", EVERY))
    guard.note(CaseRead(EVERY, "list"))
    with hub().auditor.read() as reading:
        return contents.read_cases(reading)


def whole(case: str, view: str) -> Whole:
    """Return a case with all that is in it, once it is journalled that it is read."""
    found = asked(case)
    guard.note(CaseRead(found.id, view))
    with hub().auditor.read() as reading:
        return contents.read_case(reading, found.id)


def open_case(title: str, question: str, key: str | None) -> str:
    """Open a case, and return its id; of a sending that came before, the case that it opened.

    Raises IdempotencyKeyRequired, NoteDiffers, AccessRefused.
    """
    guard.ask("open_case", NEW)
    told = plain(title), plain(question)
    sending = _sending(key, "question", *told)
    return _once(sending, lambda tx: review.open_case(tx, *told, sending, by=guard.actor(), now=hub().now()))


def write(case: str, text: str, answers: str | None, key: str | None) -> None:
    """Add a note to a case, unless this sending came before.

    Raises NotFound, AccessRefused, CaseShut, IdempotencyKeyRequired, NoteDiffers.
    """
    found = asked(case, "write_in_case")
    told = plain(text)
    sending = _sending(key, "note", found.id, told, answers or "")

    def written(tx: Transaction) -> str:
        review.write(tx, found.id, told, sending, answers=answers, by=guard.actor(), now=hub().now())
        return found.id

    _once(sending, written)


def pin(case: str, events: Sequence[str]) -> None:
    """Put events into a case. Raises NotFound, AccessRefused, CaseShut."""
    found = asked(case, "write_in_case")
    with hub().auditor.read() as reading:
        if set(events) - contents.known_events(reading, events):
            raise NotFound(what="event")
    with _writing() as tx:
        if not review.pin(tx, found.id, events, guard.actor(), hub().now()):
            guard.note(CaseRead(found.id, "page"), tx)


def close(case: str, finding: str) -> None:
    """Close a case with a finding. Raises NotFound, AccessRefused, CaseShut."""
    found = asked(case, "close_case")
    with _writing() as tx:
        review.close(tx, found.id, plain(finding), guard.actor(), hub().now())


def ask_name(case: str, person: str, reason: str) -> None:
    """Ask who an actor of the case's events is. Raises NotFound when it is nobody of them, AccessRefused, CaseShut."""
    found = asked(case, "open_name")
    with hub().auditor.read() as reading:
        if not is_id(person, "per") or person not in contents.read_case(reading, found.id).actors:
            raise NotFound(what="person")
    with _writing() as tx:
        if not review.ask_name(tx, found.id, person, plain(reason), by=guard.actor(), now=hub().now()):
            guard.note(CaseRead(found.id, "name"), tx)


def name(case: str, person: str) -> dict[str, str | None]:
    """Return the address of a person for whom this auditor asked, each time as an event; null while it waits.

    Raises NotFound when she did not ask, AccessRefused.
    """
    found = asked(case, "open_name")
    by = guard.someone().principal.id
    with hub().database.read() as reading:
        event = review.asked_event(reading, found.id, person, by)
        if event is None:
            raise NotFound(what="person")
        is_ready = is_under_checkpoint(reading, event)
        address = people.address(reading, person) if is_ready else None
    guard.note(NameOpened(found.id, person) if is_ready else CaseRead(found.id, "name"))
    return {"person": person, "state": READY if is_ready else WAITING, "email": address}


def plain(text: str) -> str:
    """Return a text as it is kept: without space around it, lines ended as everywhere else."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


@blueprint.get("")
@blueprint.response(200, schemas.CasesFields)
def case_list() -> dict[str, Any]:
    """List the newest cases."""
    return {"cases": [_head(one) for one in listed()]}


@blueprint.post("")
@blueprint.arguments(schemas.QuestionBody)
@blueprint.arguments(schemas.SendingHeaders, location="headers")
@blueprint.response(201, schemas.CaseFields)
def new(body: dict[str, str], headers: dict[str, str | None]) -> dict[str, Any]:
    """Open a case with a question; sent again under the same ``Idempotency-Key``, it is the same case."""
    return _told(whole(open_case(**body, key=headers["idempotency_key"]), "api"))


@blueprint.get("/<case>")
@blueprint.response(200, schemas.CaseFields)
def one(case: str) -> dict[str, Any]:
    """Show a case with all that is in it."""
    return _told(whole(case, "api"))


@blueprint.post("/<case>/notes")
@blueprint.arguments(schemas.NoteBody)
@blueprint.arguments(schemas.SendingHeaders, location="headers")
@blueprint.response(201, schemas.CaseFields)
def note(body: dict[str, Any], headers: dict[str, str | None], case: str) -> dict[str, Any]:
    """Write a note, or answer one; sent again under the same ``Idempotency-Key``, it is written once."""
    write(case, body["text"], body["answers"], headers["idempotency_key"])
    return _told(whole(case, "api"))


@blueprint.post("/<case>/events")
@blueprint.arguments(schemas.PinBody)
@blueprint.response(200, schemas.CaseFields)
def events(body: dict[str, Any], case: str) -> dict[str, Any]:
    """Put events into a case; those that are there already stay as they are."""
    pin(case, body["events"])
    return _told(whole(case, "api"))


@blueprint.post("/<case>/closure")
@blueprint.arguments(schemas.FindingBody)
@blueprint.response(200, schemas.CaseFields)
def closure(body: dict[str, str], case: str) -> dict[str, Any]:
    """Close a case with its finding."""
    close(case, body["finding"])
    return _told(whole(case, "api"))


@blueprint.post("/<case>/names")
@blueprint.arguments(schemas.NameBody)
@blueprint.response(202, schemas.NameFields)
def ask_for_name(body: dict[str, str], case: str) -> dict[str, str | None]:
    """Ask who an actor of the case's events is, for a written reason."""
    ask_name(case, body["person"], body["reason"])
    return {"person": body["person"], "state": WAITING, "email": None}


@blueprint.get("/<case>/names/<person>")
@blueprint.response(200, schemas.NameFields)
def opened_name(case: str, person: str) -> dict[str, str | None]:
    """Show the name that was asked for, once a checkpoint covers the asking. Each time is an event."""
    return name(case, person)


def _sending(key: str | None, *said: str) -> Sending:
    """Return what is sent, under its writer's own name for it. Raises IdempotencyKeyRequired."""
    return Sending(check_key(key), mac_of(hub().derived_key("case note"), map(str.encode, said)).hexdigest())


def _once(sending: Sending, act: Callable[[Transaction], str]) -> str:
    """Return the case in which something was written now, or when this sending came before. Raises NoteDiffers."""
    try:
        return _at_most_once(sending, act)
    except IntegrityError:  # the same sending, at the same moment
        return _at_most_once(sending, act)


def _at_most_once(sending: Sending, act: Callable[[Transaction], str]) -> str:
    with _writing() as tx:
        before = review.find_sent(tx, sending, guard.actor())
        if before is None:
            return act(tx)
        guard.note(CaseRead(before, "page"), tx)
        return before


@contextmanager
def _writing() -> Iterator[Transaction]:
    """Yield a transaction in which a room writes its own event."""
    g.noted = True
    with hub().database.write() as tx:
        yield tx


def _head(headed: Headed) -> dict[str, Any]:
    return {**asdict(headed.case), "state": headed.case.state, "title": headed.title}


def _told(told: Whole) -> dict[str, Any]:
    pins = [{**vars(one), "index": one.row.index if one.row else None} for one in told.pins]
    return {**_head(Headed(told.case, told.question.title)), "notes": list(map(asdict, told.notes)), "events": pins}
