"""A committee's window as a page: how often statistics that include its data were read, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from babel import Locale
from babel.dates import format_skeleton
from flask import Blueprint, render_template, request, url_for

from amana.audit.outbox.readings import Count
from amana.web.api import window as api
from amana.web.hub import hub
from amana.web.locale import PREFIX, language
from amana.web.refusals import RequestMalformed

_OFFERED: Final = 36  # months to choose from
blueprint = Blueprint("window", __name__, url_prefix=f"{PREFIX}/readings")


@dataclass(frozen=True)
class Line:
    """One count as the page prints it."""

    class_: str
    purpose: str
    reads: int


@dataclass(frozen=True)
class Month:
    """One month's counts, highest first, and their sum."""

    label: str
    reads: int
    lines: tuple[Line, ...]


@blueprint.get("/")
def readings(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show how often figures of the reader's country were read."""
    asked = {name: _month(name) for name in ("since", "until")}
    seen = api.look_out(asked["since"], asked["until"], api.PAGE)
    this = hub().now().strftime("%Y-%m")
    offered = sorted(
        {seen.since, seen.until, *(api.month_before(this, back) for back in range(_OFFERED))}, reverse=True
    )
    return render_template(
        "window.html",
        seen=seen,
        months=[_told(month, tuple(counts)) for month, counts in groupby(seen.counts, lambda one: one.month)],
        offered=[(month, _named(month)) for month in offered],
        download=f"{url_for('api_window.window')}?{urlencode(_question(seen, api.CSV))}",
        program=f"{url_for('api_window.window')}?{urlencode(_question(seen, api.JSON))}",
    )


def _question(seen: api.Outlook, format_: str) -> dict[str, str]:
    return {"since": seen.since, "until": seen.until, "format": format_}


def _month(name: str) -> str | None:
    text = request.args.get(name) or None
    if text is not None and not api.is_month(text):
        raise RequestMalformed(fields=[name])
    return text


def _told(month: str, counts: Sequence[Count]) -> Month:
    ordered = sorted(counts, key=lambda one: -one.reads)
    lines = tuple(Line(api.class_name(one.class_), api.purpose_name(one.purpose), one.reads) for one in ordered)
    return Month(_named(month), sum(one.reads for one in counts), lines)


def _named(month: str) -> str:
    day = date(int(month[:4]), int(month[5:]), 1)
    return format_skeleton("yMMMM", day, locale=Locale.parse(language()))
