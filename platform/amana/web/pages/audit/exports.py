"""Taking events out, as pages: order, wait for the checkpoint, fetch, and how to check the file later."""

from __future__ import annotations

import json
import shlex
from typing import Any, Final

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from amana.audit.cases.exporting import FORMATS, ExportAsked, asked_to_json
from amana.audit.events.wanted import GROUPS, Filter, to_words
from amana.web import guard
from amana.web.api import audit_exports as api
from amana.web.api.schemas.cases import ExportBody
from amana.web.auditing import THE_LOG
from amana.web.hub import hub
from amana.web.locale import PREFIX, language
from amana.web.refusals import RequestMalformed

_SEE_OTHER: Final = 303
blueprint = Blueprint("audit_exports", __name__, url_prefix=f"{PREFIX}/audit/exports")


@blueprint.post("/")
def order(lang: str) -> Response:
    """Order an export of a list or of a case."""
    guard.ask("read_events", THE_LOG)
    said = {"format": request.form.get("format", ""), "language": lang, "filters": _filters()}
    if request.form.get("case"):
        said["case"] = request.form["case"]
    try:
        body: dict[str, Any] = ExportBody().load(said)
    except ValidationError as fault:
        raise RequestMalformed(fields=sorted(map(str, fault.messages_dict))) from fault
    ordered = api.order(api.asked_of(body))
    return redirect(url_for("audit_exports.export", export=ordered.id), _SEE_OTHER)


@blueprint.get("/<export>")
def export(lang: str, export: str) -> str:  # noqa: ARG001 - the address carries it
    """Show where an export stands, and how to check its file."""
    ordered = api.asked_for(export)
    state = api.state(ordered)
    ready, file = state == api.READY, api.file_name(ordered)
    return render_template("cases_export.html", one=ordered, ready=ready, file=file, vkey=hub().log_vkey)


@blueprint.get("/<export>/file")
def file(lang: str, export: str) -> Response:  # noqa: ARG001 - the address carries it
    """Hand out the file; back to its page while it waits."""
    ordered = api.asked_for(export)
    made = api.served(ordered)
    return made or redirect(url_for("audit_exports.export", export=ordered.id), _SEE_OTHER)


def install(app: Flask) -> None:
    """Teach the templates what a list's form needs in order to take out what the list shows."""
    app.jinja_env.globals.update(export_formats=FORMATS, wanted_json=_wanted_json, find_command=_find_command)


def _wanted_json(wanted: Filter) -> str:
    return asked_to_json(ExportAsked(wanted, "", language()))


def _find_command(wanted: Filter) -> str:
    """Return the command that asks a copy of the log what a list was asked."""
    words = to_words(wanted)
    kinds = words.pop("kinds", "").replace(" ", "")
    if kinds:
        words["kind"] = next((name for name, group in GROUPS.items() if group == wanted.kinds), kinds)
    said = [
        part for name, text in words.items() for part in ((f"--{name}", text) if name != "changed" else ("--changed",))
    ]
    return shlex.join(["amana", "audit", "find", "log.jsonl", "--vkey", "log.vkey", *said])


def _filters() -> Any:  # noqa: ANN401 - JSON, judged by the schema
    """Return what the form says to take out: a case, its events one by one, or the filters of its list.

    Raises RequestMalformed, also when it says nothing: nobody means everything by that.
    """
    events = request.form.getlist("event")
    if events or request.form.get("case"):
        return {"events": events} if events else {}
    try:
        return json.loads(request.form.get("filters", ""))
    except (ValueError, RecursionError) as fault:
        raise RequestMalformed(fields=["filters"]) from fault
