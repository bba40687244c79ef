"""The auditor's pages: the log with filters, and how to verify it without believing this hub."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext

from amana.audit import tiles
from amana.audit.event import OUTCOMES, Event
from amana.audit.events import EventsRead
from amana.audit.query import PAGE, Filter
from amana.errors import NotFound
from amana.web import guard, naming
from amana.web.api import audit as api
from amana.web.hub import hub
from amana.web.locale import PREFIX, language, word
from amana.web.refusals import RequestMalformed

_DAYS: Final = ("since", "until")
blueprint = Blueprint("audit", __name__, url_prefix=f"{PREFIX}/audit")


@blueprint.get("/")
def events(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show events, newest first."""
    said = {name: text for name, text in request.args.items() if text}
    since, until = _days(said)
    wanted = Filter(
        kind=said.get("kind"),
        outcome=said.get("outcome"),
        country=said.get("country"),
        dataflow=said.get("dataflow"),
        actor=said.get("actor"),
        subject=said.get("subject"),
        since=since,
        until=until,
    )
    page = api.page_of(wanted, said.get("after"), PAGE)
    with hub().auditor.read() as reading:
        covered = tiles.size_of(reading)
    return render_template(
        "audit.html",
        events=page.events,
        covered=covered,
        filters=_filters(said),
        first=_address(_without_place(said)) if "after" in said else None,
        older=_address({**said, "after": page.after}) if page.after else None,
    )


@blueprint.get("/verification")
def verification(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Explain how to verify the log from outside."""
    guard.ask("read_events", api.THE_LOG)
    guard.note(EventsRead({"checkpoint": "newest"}))
    with hub().auditor.read() as reading:
        try:
            note = tiles.newest_checkpoint(reading)
        except NotFound:
            note = None
    return render_template("verification.html", note=note, vkey=hub().log_vkey)


def _address(said: dict[str, str]) -> str:
    return f"{url_for('audit.events')}?{urlencode(said)}"


def _days(said: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """Return the two days as instants: ``until`` includes its day. Raises RequestMalformed."""
    since, until = (_day(said.get(name), name) for name in _DAYS)
    return since, None if until is None else until + timedelta(days=1)


def _day(text: str | None, name: str) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as fault:
        raise RequestMalformed(fields=[name]) from fault


def _without_place(said: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in said.items() if name != "after"}


def _filters(said: dict[str, str]) -> list[dict[str, object]]:
    book = hub().book
    committees = sorted(hub().policies.agreements)
    chosen = [
        (
            "kind",
            gettext("What happened"),
            sorted(((kind, word(f"event.{kind}")) for kind in Event.vocabulary), key=_by_label),
        ),
        ("outcome", gettext("Outcome"), [(one, word(f"outcome.{one}")) for one in OUTCOMES]),
        ("country", gettext("Country"), sorted(((one, naming.country(one)) for one in committees), key=_by_label)),
        ("dataflow", gettext("Subject"), [(flow.id, flow.label.read(language())) for flow in book.dataflows.values()]),
    ]
    typed = [
        ("actor", gettext("Actor"), "text"),
        ("subject", gettext("Subject of the event"), "text"),
        ("since", gettext("From"), "date"),
        ("until", gettext("To"), "date"),
    ]
    return [
        *({"name": name, "label": label, "options": options, "chosen": said.get(name, "")}
          for name, label, options in chosen),
        *({"name": name, "label": label, "type": kind, "chosen": said.get(name, "")} for name, label, kind in typed),
    ]  # fmt: skip


def _by_label(option: tuple[str, str]) -> str:
    return option[1]
