"""An owner's requests, as pages: ask for persons with a list, follow, fetch the receipt, take the answer."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from amana import ids
from amana.audit.events.contributions import OwnerRequestRead
from amana.intake import requests as rows
from amana.intake.body import AGE
from amana.intake.person_list import Sent
from amana.intake.requests import FOR_PERSONS, Act
from amana.intake.states import RequestState
from amana.policy.decide import Resource
from amana.web import caller, guard
from amana.web.api import requests as api
from amana.web.api.batches import message
from amana.web.hub import hub
from amana.web.locale import PREFIX
from amana.web.refusals import RequestMalformed

_SEE_OTHER: Final = 303
blueprint = Blueprint("requests", __name__, url_prefix=f"{PREFIX}/requests")


@blueprint.get("/")
def requests(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """List what the reader's committee has asked for, and offer the form to whoever may ask."""
    shown = api.listed()
    committee = guard.someone().principal.committee
    may = guard.permits("request_for_persons", Resource("batch", "any", committee=committee))
    flows = [flow for flow in hub().book.dataflows.values() if flow.has_records]
    return render_template(
        "requests.html", requests=shown, may=may, acts=FOR_PERSONS, dataflows=flows, idempotency_key=ids.new("key")
    )


@blueprint.post("/")
def send(lang: str) -> Response:  # noqa: ARG001 - the address carries it
    """Take what the form sends: its fields come first, are judged, and only then is the list read."""
    guard.ask("read_request", Resource("batch", "any", committee=guard.someone().principal.committee))
    upload = api.body()
    form = upload.fields
    caller.check_form_key(form.get(caller.FORM_KEY))
    act, dataflow, period = form.get("act", ""), form.get("dataflow", ""), form.get("period", "").strip() or None
    committee = api.may_ask(dataflow, period)
    if act not in FOR_PERSONS:
        raise RequestMalformed(fields=["act"])
    most = hub().policies.retention.requests_per_day
    sent = Sent(committee, Act(act), dataflow, period, guard.actor(), most, form.get("idempotency_key"))
    return redirect(url_for("requests.request", request=api.take(upload, sent).id), _SEE_OTHER)


@blueprint.get("/<request>")
def request(lang: str, request: str) -> str:  # noqa: ARG001 - the address carries it
    """Show where a request stands."""
    found = api.asked(request)
    guard.note(OwnerRequestRead(found.id, found.committee))
    about = Resource("batch", found.id, committee=found.committee, dataflow=found.dataflow)
    with hub().database.read() as reading:
        waits = rows.has_answer(reading, found.id) and guard.permits("take_answer", about)
        findings = [(one.row, one.letter, message(one)) for one in api.found_in(reading, found)]
    watch = found.state in {RequestState.RECEIVED, RequestState.CHANGED}
    return render_template("request.html", one=found, watch=watch, waits=waits, findings=findings)


@blueprint.post("/<request>/answer")
def answer(lang: str, request: str) -> Response:  # noqa: ARG001 - the address carries it
    """Hand out the sealed answer, once."""
    found = api.asked(request, "take_answer")
    sealed = api.take_answer(found)
    return Response(
        sealed, content_type=AGE, headers={"Content-Disposition": f'attachment; filename="{found.id}.csv.age"'}
    )
