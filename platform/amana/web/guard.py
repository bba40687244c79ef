"""Who asks, whether they may, and that it is written down: the three questions of every request.

A handler asks the policy (``ask``) and notes what it did (``note``); a refusal is raised, and journalled by the error
handler. An answer that leaves without a decision, from a route that is not on the short list of public ones, is
replaced by an error: forgetting to ask cannot be overlooked. So is an answer to somebody whose name was never asked for
in order to journal under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError

from amana.audit.events.event import Actor, Event
from amana.audit.events.refusals import RequestRefused
from amana.audit.outbox import journal, share, turned_away
from amana.audit.tlog.calendar import Calendar
from amana.db import Transaction
from amana.identity.people import Person
from amana.policy.decide import Decision, Principal, Request, Resource, decide
from amana.web import known
from amana.web.hub import hub
from amana.web.refusals import JournalClosed, PurposeNeeded, ShareSpent, SignInNeeded, Undecided

PUBLIC: Final = frozenset(
    {
        "static",
        "api-docs.openapi_json",
        "api_bundles.key",
        "api_documents.template",
        "documents.dictionaries",
        "documents.dictionary",
        "documents.methods",
        "door.enter",
        "door.front",
        "door.open_front",
        "door.open_landing",
        "door.sign_in",
        "door.sign_in_front",
        "health.live",
        "health.metrics",
        "health.ready",
        "log.checkpoint",
        "log.hand_in",
        "log.of_witness",
        "log.policy",
        "log.tile",
        "log.witnessed",
    }
)
PURPOSE_HEADER: Final = "Amana-Purpose"
NOBODY: Final = Actor("anonymous", "none", "none")
_FIRST_ERROR: Final = 400


@dataclass(frozen=True)
class Visitor:
    """A person whose token or session was accepted. ``purpose`` is what the session reads statistics for, if chosen."""

    person: Person
    purpose: str | None

    @property
    def email(self) -> str:
        """The address of the account."""
        return self.person.email

    @property
    def principal(self) -> Principal:
        """The person as the policies see them."""
        return self.person.principal

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles, in alphabetical order."""
        return tuple(sorted(self.person.roles))


def visitor() -> Visitor | None:
    """Return who is asking, or None when the request names nobody."""
    found: Visitor | None = g.get("visitor")
    return found


def someone() -> Visitor:
    """Return who is asking. Raises SignInNeeded."""
    found = visitor()
    if found is None:
        raise SignInNeeded
    return found


def actor() -> Actor:
    """Return who is asking, as the journal names them, and the clause under which they may.

    Whoever wants to know is about to journal: a request in which nobody asked left no event, and gets no answer.
    """
    g.noted = True
    found = visitor()
    return replace(found.person.actor, under=g.get("clause")) if found else NOBODY


def purpose() -> str | None:
    """Return what statistics are read for: the header, the session's choice, or the only one there is.

    Raises PurposeNeeded when the organisation has several and none was chosen; None when it has none. Whether a purpose
    is approved, the policy says.
    """
    reader = someone()
    named = request.headers.get(PURPOSE_HEADER) or reader.purpose
    approved = sorted(reader.principal.purposes)
    if named is None and len(approved) > 1:
        raise PurposeNeeded(approved=approved)
    return named or (approved[0] if approved else None)


def ask(action: str, resource: Resource, purpose_: str | None = None) -> Decision:
    """Return the policy's yes. Raises SignInNeeded, or AccessRefused with the clause of its no.

    Raises LogUnsigned, whoever asks and whatever for, while the log is not being signed; ShareSpent when this person
    has made as many events as one may in an interval.
    """
    g.asked = (action, resource, purpose_)
    check_share(someone().person.actor.id)
    decision = _decide(someone(), action, resource, purpose_)
    decision.require(action)
    hub().watch.require()
    g.decided, g.clause = True, decision.clause
    return decision


def check_share(person: str) -> None:
    """Return when a person may still make events in this interval. Raises ShareSpent; JournalClosed: nobody knows."""
    house = hub()
    shown, now = house.policies.log.shown(demo=house.config.demo), house.now()
    begun = Calendar(shown.interval, shown.block).mark(now)
    try:
        with house.auditor.read() as reading:
            spent = share.is_spent(reading, person, begun, shown.each)
    except SQLAlchemyError as fault:
        raise JournalClosed from fault
    if spent:
        left = begun + timedelta(seconds=shown.interval) - now
        raise ShareSpent(clause="log.public.each", most=shown.each, seconds=int(left.total_seconds()) + 1)


def permits(action: str, resource: Resource, purpose_: str | None = None) -> bool:
    """Return whether the policy would say yes: for menus and lists. It does not replace asking."""
    reader = visitor()
    return reader is not None and _decide(reader, action, resource, purpose_).allowed


def own_account() -> Resource:
    """Return the asker's own account."""
    return Resource("accounts", someone().principal.id)


def note(event: Event, tx: Transaction | None = None) -> str:
    """Journal what is being done, in ``tx`` or a transaction of its own.

    Raises JournalClosed when it cannot be, LogUnsigned while the log is not being signed.
    """
    hub().watch.require()
    return _write(event, tx)


def _write(event: Event, tx: Transaction | None = None) -> str:
    if tx is not None:
        return journal.append(tx, event, actor(), hub().now())
    try:
        return hub().journal.append(event, actor(), hub().now())
    except SQLAlchemyError as fault:
        raise JournalClosed from fault


def journal_refusal(code: str, facts: Mapping[str, object]) -> None:
    """Journal that the request was refused, and why, in words of ours. Raises JournalClosed when it cannot be.

    code, facts: of the error that refused it; its clause is among the facts where a policy did. What a stranger is
    refused is counted, and told with all others' at the next mark; so is what somebody is who has spent their share.
    """
    action, resource, asked_for = g.get("asked", (request.endpoint or "", None, None))
    reader, clause = visitor(), facts.get("clause")
    if reader is None or _is_spent(reader):
        _count(code, action, "" if reader is None else reader.person.actor.id)
        return
    _write(
        RequestRefused(
            action=action,
            code=code,
            clause=clause if isinstance(clause, str) else None,
            subject=known.subject(resource.id) if resource else None,
            country=known.committee(resource.committee) if resource else None,
            dataflow=known.dataflow(resource.dataflow) if resource else None,
            purpose=known.purpose(asked_for),
        )
    )


def _is_spent(reader: Visitor) -> bool:
    try:
        check_share(reader.person.actor.id)
    except ShareSpent:
        return True
    return False


def _count(code: str, action: str, who: str) -> None:
    g.noted = True
    try:
        with hub().database.write() as tx:
            turned_away.count(tx, code, action, who)
    except SQLAlchemyError as fault:
        raise JournalClosed from fault


def install(app: Flask) -> None:
    """Let no answer leave that nobody decided on, and none to somebody signed in that left no event."""

    @app.after_request
    def insist(answer: Response) -> Response:
        public = request.endpoint is None or request.endpoint in PUBLIC or _asks_for_methods()
        decided = answer.status_code >= _FIRST_ERROR or g.get("decided") or g.get("refused")
        if public or (decided and (visitor() is None or g.get("noted"))):
            return answer
        app.logger.error("%s answered without %s", request.endpoint, "an event" if decided else "a decision")
        return Response(status=Undecided.status)


def _asks_for_methods() -> bool:
    """Return whether the framework itself answers, with nothing but the methods that an address has."""
    rule = request.url_rule
    return request.method == "OPTIONS" and rule is not None and bool(getattr(rule, "provide_automatic_options", False))


def _decide(reader: Visitor, action: str, resource: Resource, purpose_: str | None) -> Decision:
    return decide(hub().policies, Request(reader.principal, action, resource, purpose_, hub().now()))
