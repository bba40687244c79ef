"""The auditor's pages: the log with filters, and how to verify it without believing this hub."""

from __future__ import annotations

from flask import Blueprint, render_template

from amana.audit.desk.query import PAGE
from amana.audit.events.wanted import Filter
from amana.audit.log import cosigned, tiles
from amana.errors import NotFound
from amana.web import auditing
from amana.web.hub import hub
from amana.web.locale import PREFIX
from amana.web.pages.audit import actors, event, filters, questions

blueprint = Blueprint("audit", __name__, url_prefix=f"{PREFIX}/audit")
for part in (questions, event, actors):
    blueprint.register_blueprint(part.blueprint)


@blueprint.get("/")
def events(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show events, newest first."""
    said = filters.said()
    wanted = filters.wanted(said)
    page, count = auditing.read_counted(wanted, said.get("after"), PAGE)
    with hub().auditor.read() as reading:
        covered = tiles.size_of(reading)
    without_place = {name: text for name, text in said.items() if name != "after"}
    return render_template(
        "audit.html",
        page=page,
        count=count if wanted != Filter() else None,
        covered=covered,
        filters=filters.form(said),
        first=filters.FIRST,
        chosen=filters.chosen(said),
        wanted=wanted,
        newest=filters.address("audit.events", without_place) if "after" in said else None,
        older=filters.address("audit.events", {**said, "after": page.after}) if page.after else None,
    )


@blueprint.get("/verification")
def verification(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Explain how to verify the log from outside."""
    auditing.note({"checkpoint": "newest"})
    with hub().auditor.read() as reading:
        try:
            note = cosigned.newest_public(reading)
        except NotFound:
            note = None
    return render_template("verification.html", note=note, vkey=hub().log_vkey)
