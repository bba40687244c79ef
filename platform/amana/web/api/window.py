"""A committee's window over the API: how often statistics that include its data were read, and never by whom."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from flask import Response, request
from marshmallow import fields, validate
from werkzeug.exceptions import NotAcceptable

from amana.audit.events.readers import ReadingsRead
from amana.audit.outbox import readings
from amana.audit.outbox.crowd import SEVERAL
from amana.audit.outbox.readings import Count
from amana.clock import rfc3339
from amana.dissemination.csv import MEDIA_TYPE
from amana.policy.decide import Resource
from amana.web import guard, naming
from amana.web.api.releases import own_committee
from amana.web.api.routes import described
from amana.web.api.schemas.strict import Strict
from amana.web.hub import hub
from amana.web.locale import language, word
from amana.web.refusals import RequestMalformed

JSON: Final = "json"
CSV: Final = "csv"
PAGE: Final = "html"
_SHOWN: Final = 12  # months, when nothing else is asked
_FORM: Final = r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])"
_MONTH: Final = validate.Regexp(rf"{_FORM}\Z")
blueprint = described("api_window", "/api/v1/readings", "How often statistics with a committee's data were read")


class WindowQuery(Strict):
    """Which months (YYYY-MM, UTC, both included); without them, the last twelve."""

    since = fields.String(load_default=None, validate=_MONTH)
    until = fields.String(load_default=None, validate=_MONTH)
    format = fields.String(load_default=None, validate=validate.OneOf([JSON, CSV]))


class CountFields(Strict):
    """One count. ``several``: purposes or classes that are told together; class ``own``: the committee itself."""

    month = fields.String(required=True)
    purpose = fields.String(required=True)
    class_ = fields.String(required=True, data_key="class")
    reads = fields.Integer(required=True)


class WindowFields(Strict):
    """What a committee is told. organisations: behind each count, at least, besides its own."""

    committee = fields.String(required=True)
    since = fields.String(required=True)
    until = fields.String(required=True)
    stands_at = fields.AwareDateTime(required=True)
    organisations = fields.Integer(required=True)
    counts = fields.List(fields.Nested(CountFields), required=True)


@dataclass(frozen=True)
class Outlook:
    """What a committee sees. since, until: months, both included; stands_at: what was read later is not yet counted."""

    committee: str
    since: str
    until: str
    stands_at: datetime
    organisations: int
    counts: tuple[Count, ...]


def look_out(since: str | None, until: str | None, format_: str) -> Outlook:
    """Return how often the figures of the reader's committee were read, once it is journalled that she looks.

    Raises AccessRefused, NotFound for somebody of no committee, RequestMalformed when the months are in no order.
    """
    guard.ask("read_window", Resource("window", "readings", committee=guard.someone().principal.committee))
    committee, house = own_committee(), hub()
    last = until or house.now().strftime("%Y-%m")
    first = since or month_before(last, _SHOWN - 1)
    if first > last:
        raise RequestMalformed(fields=["since"])
    guard.note(ReadingsRead(committee, format_))
    window = house.policies.window
    with house.database.read() as reading:
        counts = readings.of_committee(reading, committee, first, last)
        stands_at = readings.stands_at(reading, house.now(), window.counts_every(demo=house.config.demo))
    return Outlook(committee, first, last, stands_at, window.organisations, counts)


def is_month(text: str) -> bool:
    """Return whether a text names a month as we write it, YYYY-MM."""
    return re.fullmatch(_FORM, text) is not None


def month_before(month: str, earlier: int) -> str:
    """Return the month (YYYY-MM) so many months earlier, and no earlier than the year 1."""
    index = max(int(month[:4]) * 12 + int(month[5:]) - 1 - earlier, 12)
    return f"{index // 12:04}-{index % 12 + 1:02}"


def purpose_name(code: str) -> str:
    """Return what a purpose is called, in the reader's language."""
    return word(f"purpose.{SEVERAL}") if code == SEVERAL else naming.purpose(code)


def class_name(code: str) -> str:
    """Return what a class of organisations is called, in the reader's language."""
    return word(f"class.{code}")


@blueprint.get("")
@blueprint.arguments(WindowQuery, location="query")
@blueprint.response(200, WindowFields)
def window(query: dict[str, Any]) -> Any:  # noqa: ANN401 - a Response, or what the schema writes
    """Tell how often statistics with the committee's data were read, by month, class and purpose; JSON or CSV."""
    format_ = query["format"] or _accepted()
    seen = look_out(query["since"], query["until"], format_)
    if format_ == JSON:
        return asdict(seen)
    headers = {
        "Content-Disposition": f'attachment; filename="readings-{seen.committee}-{seen.since}-{seen.until}.csv"',
        "Content-Language": language(),
    }
    return Response(_csv(seen), content_type=MEDIA_TYPE, headers=headers)


def _accepted() -> str:
    offered = {"application/json": JSON, "text/csv": CSV}
    best = request.accept_mimetypes.best_match(list(offered)) if request.accept_mimetypes else "application/json"
    if best is None:
        raise NotAcceptable
    return offered[best]


def _csv(seen: Outlook) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(
        [
            "COMMITTEE",
            "MONTH",
            "PURPOSE",
            "PURPOSE_LABEL",
            "CLASS",
            "CLASS_LABEL",
            "READS",
            "STANDS_AT",
            "ORGANISATIONS",
        ]
    )
    about = (rfc3339(seen.stands_at), seen.organisations)
    for one in seen.counts:
        named = (one.purpose, purpose_name(one.purpose), one.class_, class_name(one.class_))
        writer.writerow([seen.committee, one.month, *named, one.reads, *about])
    return stream.getvalue()
