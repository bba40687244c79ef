"""Events taken out of the hub, over the API: order, ask whether it may be fetched, fetch.

An order is an intent in the log. The file is handed out once a checkpoint covers it, and each time is an event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Response, g

from amana.audit.cases import contents, exporting, review
from amana.audit.cases.exporting import ExportAsked, Order
from amana.audit.events.auditors import EventsRead, ExportServed
from amana.audit.events.wanted import Filter, Hours, to_words
from amana.audit.export.files import render_csv, render_jsonl
from amana.audit.export.rows import Export
from amana.audit.log import cosigned, receipt, tiles
from amana.audit.log.covered import is_under_checkpoint
from amana.canonical import encode
from amana.db import Reading
from amana.errors import NotFound
from amana.ids import is_id
from amana.media import XLSX
from amana.policy.decide import Resource
from amana.web import guard, known
from amana.web.api.routes import described
from amana.web.api.schemas import cases as schemas
from amana.web.auditing import THE_LOG
from amana.web.hub import hub
from amana.web.refusals import RequestMalformed

WAITING, READY = "waiting", "ready"
_ACCEPTED: Final = 202
blueprint = described("api_audit_exports", "/api/v1/audit/exports", "Events taken out, with their proofs, for auditors")


def order(asked: ExportAsked) -> Order:
    """Return an export that is ordered now.

    Raises AccessRefused, RequestMalformed, ExportTooLong, ExportTooWide, NotFound; ExportEarly for a case that is not
    all in the log.
    """
    _may(asked.case)
    told = _told(asked)
    with hub().auditor.read() as reading:
        unknown = set(asked.events) - contents.known_events(reading, asked.events)
    if unknown:
        raise NotFound(what="event")
    found = exporting.survey(hub().auditor, asked)
    g.noted = True
    with hub().database.write() as tx:
        return exporting.order(tx, found, asked, told, by=guard.actor(), now=hub().now())


def asked_for(export: str) -> Order:
    """Return an order once the policy lets the reader look at it. Raises NotFound, AccessRefused."""
    guard.someone()
    if not is_id(export, "exp"):
        raise NotFound(what="export")
    with hub().database.read() as reading:
        found = exporting.find(reading, export)
    _may(found.case_id)
    return found


def state(ordered: Order) -> str:
    """Return whether the file may be fetched, once it is journalled that somebody asks."""
    guard.note(EventsRead({"export": ordered.id}))
    return _state(ordered)


def served(ordered: Order) -> Response | None:
    """Return the file, once it is journalled that it is handed out; None while no checkpoint covers the order.

    Raises ExportChanged when something of it was erased since.
    """
    if _state(ordered) == WAITING:
        guard.note(EventsRead({"export": ordered.id}))
        return None
    house = hub()
    with house.auditor.read() as reading:
        note = receipt.receipt_of(reading, ordered.ordered_event, house.panel, house.now()).note
    export = exporting.collect(house.auditor, ordered, note)
    guard.note(ExportServed(ordered.id))
    _, media_type, render = _FORMS[ordered.format]
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(ordered)}"',
        "Content-Language": ordered.language,
    }
    return Response(render(export), content_type=media_type, headers=headers)


def file_name(ordered: Order) -> str:
    """Return the name under which an export is handed out."""
    return f"amana-events-{ordered.id[4:12]}.{_FORMS[ordered.format][0]}"


def best_note(reading: Reading) -> str | None:
    """Return the newest checkpoint with a quorum of witnesses; before there is one, the newest; None before any."""
    house = hub()
    witnessed = cosigned.newest_witnessed(reading, house.panel, house.now())
    if witnessed is not None:
        return witnessed[0]
    return tiles.newest_checkpoint(reading) if tiles.size_of(reading) else None


def told(ordered: Order, state_: str) -> dict[str, Any]:
    """Return an order as the API tells it."""
    return {**vars(ordered), "case": ordered.case_id, "state": state_}


def asked_of(body: Mapping[str, Any]) -> ExportAsked:
    """Return what a checked body asks for."""
    filters = dict(body["filters"])
    events = tuple(filters.pop("events", ()))
    if "outside" in filters:
        hours = filters["outside"]
        filters["outside"] = Hours(hours["opens"], hours["closes"], frozenset(hours["rest"]))
    wanted = Filter(**filters | {"kinds": tuple(dict.fromkeys(filters.get("kinds", ())))})
    return ExportAsked(wanted, body["format"], body["language"], body["case"], events)


@blueprint.post("")
@blueprint.arguments(schemas.ExportBody)
@blueprint.response(202, schemas.ExportFields)
def order_export(body: dict[str, Any]) -> dict[str, Any]:
    """Order an export; it can be fetched once a checkpoint covers the order."""
    ordered = order(asked_of(body))
    return told(ordered, _state(ordered))


@blueprint.get("/<export>")
@blueprint.response(200, schemas.ExportFields)
def export(export: str) -> dict[str, Any]:
    """Show whether an export can be fetched."""
    ordered = asked_for(export)
    return told(ordered, state(ordered))


@blueprint.get("/<export>/file")
@blueprint.response(200, content_type="application/octet-stream")
def file(export: str) -> Response:
    """Fetch the file: JSON lines, a workbook, or an archive of CSV and proofs. 202 while it waits for a checkpoint."""
    ordered = asked_for(export)
    made = served(ordered)
    if made is not None:
        return made
    body = {"id": ordered.id, "state": WAITING}
    return Response(encode(body), _ACCEPTED, {"Retry-After": "1"}, content_type="application/json")


def _may(case: str | None) -> None:
    if case is None:
        guard.ask("export_events", THE_LOG)
        return
    with hub().database.read() as reading:
        found = review.find(reading, case)
    guard.ask("export_case", Resource("case", found.id, state=found.state))


def _state(ordered: Order) -> str:
    with hub().database.read() as reading:
        return READY if is_under_checkpoint(reading, ordered.ordered_event) else WAITING


def _told(asked: ExportAsked) -> dict[str, str]:
    """Return the filters as the event tells them. Raises RequestMalformed for a word that is not ours.

    What nobody may type into the log, nobody may type into the table of exports either.
    """
    words = to_words(asked.wanted)
    strange = sorted(name for name, word in known.filters(words).items() if word == known.UNKNOWN)
    if strange:
        raise RequestMalformed(fields=strange)
    return words | ({"events": str(len(asked.events))} if asked.events else {})


def _workbook(export: Export) -> bytes:
    from amana.audit.export.workbook import render_xlsx  # noqa: PLC0415 - its library, only where needed

    return render_xlsx(export)


_FORMS: Final[Mapping[str, tuple[str, str, Callable[[Export], bytes]]]] = {
    "csv": ("zip", "application/zip", render_csv),
    "jsonl": ("jsonl", "application/jsonl", render_jsonl),
    "xlsx": ("xlsx", XLSX, _workbook),
}
