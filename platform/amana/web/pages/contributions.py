"""A committee's contributions, as pages: send one, follow it, read what was found."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from amana import ids
from amana.audit.events.contributions import BatchRead
from amana.intake.states import BatchState
from amana.intake.submission import Submission
from amana.policy.agreement import RECORDS
from amana.policy.decide import Resource
from amana.web import caller, guard
from amana.web.api import batches as api
from amana.web.api import confirming, tabulations
from amana.web.api.releases import EVERY
from amana.web.hub import hub
from amana.web.locale import PREFIX
from amana.web.pages import findings, menu, preview, versions

_SEE_OTHER: Final = 303
blueprint = Blueprint("contributions", __name__, url_prefix=f"{PREFIX}/contributions")


@blueprint.get("/")
def batches(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """List what the reader's committee has sent."""
    committee = guard.someone().principal.committee
    return render_template(
        "batches.html",
        batches=api.listed(),
        asked=tabulations.asked(),
        committee=committee,
        can_upload=menu.sends_batches(),
    )


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
        sealed=agreed is not None and agreed.contribution != RECORDS,
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
            committee,
            dataflow,
            period,
            contribution,
            guard.actor(),
            form.get("idempotency_key"),
            dry_run=dry_run,
            per_day=hub().policies.dry_run.per_day,
            sheet=api.sheet_said(form),
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
        "batch.html",
        one=found,
        preview=preview.view(found),
        found=findings.view(found) if judged else None,
        versions=versions.view(found),
        answered=found.state == BatchState.MAPPING and confirming.has_answer(found),
    )
