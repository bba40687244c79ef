"""An auditor's cases, as pages: list, open, write, pin, close, open a name, and the report for printing."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from amana import ids
from amana.audit.cases import contents
from amana.audit.cases.contents import Headed, Note
from amana.audit.events.case_text import Kind
from amana.audit.export.rows import Row
from amana.audit.tlog import leaf
from amana.audit.tlog.tree import hash_leaf
from amana.errors import NotFound
from amana.web import guard
from amana.web.api import audit_exports as exports
from amana.web.api import cases as api
from amana.web.api.schemas.cases import LONGEST_TEXT, LONGEST_TITLE, MOST_PINNED
from amana.web.hub import hub
from amana.web.locale import PREFIX, moment
from amana.web.refusals import RequestMalformed

_SEE_OTHER: Final = 303
blueprint = Blueprint("cases", __name__, url_prefix=f"{PREFIX}/audit/cases")


@blueprint.get("/")
def overview(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """List the cases, and offer to open one."""
    return render_template("cases.html", cases=api.listed())


@blueprint.post("/")
def open_case(lang: str) -> Response:  # noqa: ARG001 - the address carries it
    """Open a case."""
    guard.ask("open_case", api.NEW)
    said = _said("title", LONGEST_TITLE), _said("question", LONGEST_TEXT)
    return _to(api.open_case(*said, request.form.get("idempotency_key")))


@blueprint.post("/pin")
def pin_to(lang: str) -> Response:  # noqa: ARG001 - the address carries it
    """Put events into the case that was chosen beside them."""
    return _pinned(request.form.get("case", ""), request.form.getlist("event"))


@blueprint.get("/<case>")
def case(lang: str, case: str) -> str:  # noqa: ARG001 - the address carries it
    """Show a case."""
    whole = api.whole(case, "page")
    return render_template("case.html", whole=whole, one=whole.case, threads=_threads(whole.notes))


@blueprint.post("/<case>/notes")
def write(lang: str, case: str) -> Response:  # noqa: ARG001 - the address carries it
    """Write a note, or answer one."""
    found = api.asked(case, "write_in_case")
    key = request.form.get("idempotency_key")
    api.write(found.id, _said("text", LONGEST_TEXT), request.form.get("answers") or None, key)
    return _to(found.id)


@blueprint.post("/<case>/events")
def pin(lang: str, case: str) -> Response:  # noqa: ARG001 - the address carries it
    """Put an event into the case by its id."""
    return _pinned(case, request.form.get("event", "").split())


@blueprint.get("/<case>/close")
def confirm(lang: str, case: str) -> str:  # noqa: ARG001 - the address carries it
    """Ask for the finding that closes a case."""
    found = api.asked(case, "close_case")
    whole = api.whole(found.id, "page")
    return render_template("case_close.html", whole=whole, one=found)


@blueprint.post("/<case>/close")
def close(lang: str, case: str) -> Response:  # noqa: ARG001 - the address carries it
    """Close a case."""
    found = api.asked(case, "close_case")
    api.close(found.id, _said("finding", LONGEST_TEXT))
    return _to(found.id)


@blueprint.get("/<case>/names/<person>")
def name(lang: str, case: str, person: str) -> str:  # noqa: ARG001 - the address carries it
    """Show a name that this auditor asked for; or ask why it is needed."""
    found = api.asked(case, "open_name")
    whole = api.whole(found.id, "name")
    if person not in whole.actors:
        raise NotFound(what="person")
    try:
        told = api.name(found.id, person)
    except NotFound:
        told = None
    return render_template("case_name.html", whole=whole, one=found, person=person, told=told)


@blueprint.post("/<case>/names/<person>")
def ask_name(lang: str, case: str, person: str) -> Response:  # noqa: ARG001 - the address carries it
    """Ask for a name, with a reason."""
    found = api.asked(case, "open_name")
    api.ask_name(found.id, person, _said("reason", LONGEST_TEXT))
    return redirect(url_for("cases.name", case=found.id, person=person), _SEE_OTHER)


@blueprint.get("/<case>/report")
def report(lang: str, case: str) -> str:  # noqa: ARG001 - the address carries it
    """Show a case as a report to be printed."""
    whole = api.whole(case, "report")
    with hub().auditor.read() as reading:
        note = exports.best_note(reading)
    return render_template(
        "case_report.html", whole=whole, one=whole.case, note=note, vkey=hub().log_vkey, printed_at=hub().now()
    )


def open_cases() -> tuple[Headed, ...]:
    """Return the cases into which an event can be put."""
    if not guard.permits("read_case", api.NEW):
        return ()
    with hub().auditor.read() as reading:
        return contents.read_open_cases(reading)


def install(app: Flask) -> None:
    """Teach the templates of events what cases are open, and how the log writes time and hashes."""
    app.jinja_env.globals.update(open_cases=open_cases, leaf_hash=_leaf_hash, sending_key=_sending_key)
    app.jinja_env.filters.update(log_moment=_log_moment)


def _sending_key() -> Markup:
    """Return the field by which a form that is sent twice, by a double click, is known to be one."""
    return Markup('<input type="hidden" name="idempotency_key" value="{}">').format(ids.new("key"))


def _log_moment(at: int) -> Markup:
    return moment(leaf.instant(at))


def _leaf_hash(row: Row) -> str:
    return hash_leaf(leaf.render(row.leaf)).hex()


def _to(case: str) -> Response:
    return redirect(url_for("cases.case", case=case), _SEE_OTHER)


def _pinned(case: str, events: list[str]) -> Response:
    found = api.asked(case, "write_in_case")
    if not 1 <= len(events) <= MOST_PINNED:
        raise RequestMalformed(fields=["event"])
    api.pin(found.id, events)
    return _to(found.id)


def _said(field: str, most: int) -> str:
    """Return what was written in a field, at most ``most`` characters. Raises RequestMalformed: nothing, or more."""
    text = api.plain(request.form.get(field, ""))
    if not 1 <= len(text) <= most:
        raise RequestMalformed(fields=[field])
    return text


def _threads(notes: tuple[Note, ...]) -> list[tuple[Note, list[Note]]]:
    """Return notes and reasons, each with all that answers it, directly or by the way of another answer."""
    root = {one.id: one.id for one in notes}
    threads: dict[str, list[Note]] = {}
    for one in notes:
        if one.answers is None:
            threads[one.id] = []
        else:
            root[one.id] = root[one.answers]
            threads[root[one.id]].append(one)
    shown = {Kind.NOTE, Kind.REASON}
    return [(one, threads[one.id]) for one in notes if one.id in threads and one.kind in shown]
