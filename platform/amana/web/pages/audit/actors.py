"""Everything that somebody did, and everything that touched one thing: a batch, a release, a person, a key."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template

from amana import ids
from amana.audit.desk.query import PAGE
from amana.audit.events.wanted import Filter
from amana.web import auditing
from amana.web.pages.audit import filters

blueprint = Blueprint("actors", __name__)
_LETTERS: Final = {
    "bat": "batch",
    "rel": "release",
    "per": "person",
    "req": "request",
    "hld": "holding",
    "upl": "upload",
}


@blueprint.get("/actors/<actor>")
def timeline(actor: str, lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show what somebody did, day by day, newest first."""
    return _history("audit_actor.html", "audit.actors.timeline", {"actor": actor})


@blueprint.get("/subjects/<subject>")
def dossier(subject: str, lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show everything that touched one thing, newest first."""
    return _history("audit_subject.html", "audit.actors.dossier", {"subject": subject})


def _history(template: str, endpoint: str, whose: dict[str, str]) -> str:
    after = filters.said().get("after")
    wanted = Filter(**whose)  # type: ignore[arg-type]  # one word each
    page, count = auditing.read_counted(wanted, after, PAGE)
    return render_template(
        template,
        **whose,
        page=page,
        count=count,
        doers=auditing.doers(wanted),
        reads=_reads(whose.get("subject", "")),
        kind=_LETTERS.get(whose.get("subject", "")[:3], ""),
        wanted=wanted,
        newest=filters.address(endpoint, whose) if after else None,
        older=filters.address(endpoint, {**whose, "after": page.after}) if page.after else None,
    )


def _reads(subject: str) -> dict[str, str] | None:
    """Return the address of the reads of what a release published; None for anything else."""
    found = auditing.reads_of(subject) if ids.is_id(subject, "rel") else None
    return filters.address_of(found) if found else None
