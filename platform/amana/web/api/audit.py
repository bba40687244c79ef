"""The log over the API, for auditors: events with filters, and a snapshot to verify at home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any, Final

from flask import Response

from amana.audit.events import EventsRead
from amana.audit.export import export_log
from amana.audit.query import Filter, Page, read_events
from amana.clock import rfc3339
from amana.policy.decide import Resource
from amana.web import guard, known
from amana.web.api import schemas
from amana.web.api.routes import described
from amana.web.hub import Hub, hub

THE_LOG: Final = Resource("events", "log")
_SNAPSHOT: Final = "amana-log.jsonl"
blueprint = described("api_audit", "/api/v1/audit", "The log, for auditors")


def page_of(wanted: Filter, after: str | None, limit: int) -> Page:
    """Return one page of events, newest first, once it is journalled that it is read, and through which filters.

    A filter that is no word of ours is journalled as ``unknown``: it may be somebody's name.
    """
    guard.ask("read_events", THE_LOG)
    named = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    times = {"since": wanted.since, "until": wanted.until}
    named |= {name: rfc3339(at) for name, at in times.items() if at is not None}
    guard.note(EventsRead(known.filters({name: value for name, value in named.items() if value is not None})))
    with hub().auditor.read() as reading:
        return read_events(reading, wanted, after, limit)


@blueprint.get("/events")
@blueprint.arguments(schemas.EventQuery, location="query")
@blueprint.response(200, schemas.EventsFields)
def events(query: dict[str, Any]) -> dict[str, Any]:
    """List events, newest first, with their place in the log."""
    after, limit = query.pop("after", None), query.pop("limit")
    page = page_of(Filter(**query), after, limit)
    return {"events": [asdict(told) for told in page.events], "after": page.after}


@blueprint.get("/snapshot")
@blueprint.response(200, content_type="application/jsonl")
def snapshot() -> Response:
    """Download the log with its tiles and checkpoints, for ``amana audit verify`` on a machine of one's own."""
    guard.ask("read_events", THE_LOG)
    guard.note(EventsRead({"snapshot": "whole"}))
    headers = {"Content-Disposition": f'attachment; filename="{_SNAPSHOT}"'}
    return Response(_lines(hub()), content_type="application/jsonl", headers=headers)


def _lines(house: Hub) -> Iterator[bytes]:
    with house.auditor.read() as reading:
        yield from export_log(reading)
