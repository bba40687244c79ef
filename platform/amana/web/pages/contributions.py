"""A committee's contributions, as pages: send one, follow it, read what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from amana import ids
from amana.audit.events import BatchRead
from amana.findings import Finding
from amana.intake.states import BatchState
from amana.intake.submission import Submission
from amana.policy.decide import Resource
from amana.web import caller, guard
from amana.web.api import batches as api
from amana.web.api.releases import EVERY
from amana.web.hub import hub
from amana.web.locale import PREFIX
from amana.web.pages import menu, preview

_SEE_OTHER: Final = 303
_SHOWN: Final = 50  # places printed for one rule; the API has them all
blueprint = Blueprint("contributions", __name__, url_prefix=f"{PREFIX}/contributions")


@dataclass(frozen=True)
class Place:
    """One finding, as a row of a page."""

    row: int | None
    column: str | None
    letter: str | None
    sentence: str


@dataclass(frozen=True)
class Group:
    """All findings of one rule. count: cases in all; more: findings that the page leaves out."""

    rule: str
    severity: str
    count: int
    places: tuple[Place, ...]
    more: int


@blueprint.get("/")
def batches(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """List what the reader's committee has sent."""
    committee = guard.someone().principal.committee
    return render_template("batches.html", batches=api.listed(), committee=committee, can_upload=menu.sends_batches())


@blueprint.get("/send")
def upload(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show the form to send a contribution."""
    committee = guard.someone().principal.committee
    guard.ask("read_batch", Resource("batch", EVERY, committee=committee))
    guard.note(BatchRead(EVERY, committee or ""))
    agreed = hub().policies.agreements.get(committee or "")
    flows = [flow for flow in hub().book.dataflows.values() if agreed and flow.id in agreed.dataflows]
    return render_template(
        "upload.html",
        dataflows=flows,
        chosen=request.args.get("dataflow", ""),
        period=request.args.get("period", str(hub().now().year - 1)),
        idempotency_key=ids.new("key"),
    )


@blueprint.post("/send")
def send(lang: str) -> Response:  # noqa: ARG001 - the address carries it
    """Take what the form sends: its fields come first, are judged, and only then is the file read."""
    guard.ask("read_batch", Resource("batch", EVERY, committee=guard.someone().principal.committee))
    upload = api.body()
    form = upload.fields
    caller.check_form_key(form.get(caller.FORM_KEY))
    dataflow, period = form.get("dataflow", ""), form.get("period", "")
    dry_run = form.get("dry_run") == "yes"
    committee, contribution = api.may_send(dataflow, period, dry_run=dry_run)
    receipt = api.take(
        upload,
        Submission(
            committee, dataflow, period, contribution, guard.actor(), form.get("idempotency_key"), dry_run=dry_run
        ),
    )
    return redirect(url_for("contributions.batch", batch=receipt.batch), _SEE_OTHER)


@blueprint.get("/<batch>")
def batch(lang: str, batch: str) -> str:  # noqa: ARG001 - the address carries it
    """Show where a contribution stands, and what was found in it."""
    found = api.asked(batch)
    guard.note(BatchRead(found.id, found.committee))
    judged = found.state != BatchState.RECEIVED
    return render_template(
        "batch.html", one=found, preview=preview.view(found), groups=_grouped(api.found_in(found)) if judged else []
    )


def _grouped(found: Sequence[Finding]) -> list[Group]:
    rules: dict[tuple[str, str], list[Finding]] = {}
    for one in found:
        rules.setdefault((one.severity.value, one.rule), []).append(one)
    return [
        Group(
            rule,
            severity,
            sum(one.count for one in ones),
            tuple(Place(one.row, one.column, one.letter, api.message(one)) for one in ones[:_SHOWN]),
            max(0, len(ones) - _SHOWN),
        )
        for (severity, rule), ones in sorted(rules.items())
    ]
