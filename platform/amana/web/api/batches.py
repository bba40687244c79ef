"""Contributions over the API: send one, follow it, read what was found in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import unquote

from flask import g, request

from amana.audit.events.contributions import BatchRead
from amana.codebook.period import check_period
from amana.errors import NotFound
from amana.findings import Finding
from amana.ids import is_id
from amana.intake.body import Upload, begin
from amana.intake.receipt import Receipt
from amana.intake.receive import receive
from amana.intake.refusals import SheetMalformed, TypeUnsupported
from amana.intake.submission import MOST_SHEET, Submission, check_subject
from amana.intake.trials import check_trials
from amana.policy.decide import Resource
from amana.validation import told
from amana.web import batches as rows
from amana.web import guard
from amana.web.api.releases import EVERY, own_committee
from amana.web.api.routes import described
from amana.web.api.schemas import batches as schemas
from amana.web.batches import Batch
from amana.web.hub import hub
from amana.web.locale import language

_PLAIN: Final = "identity"  # RFC 9110 §8.4.1: no coding
blueprint = described("api_batches", "/api/v1/batches", "A committee's contributions")


def asked(batch: str) -> Batch:
    """Return a batch once the policy lets the reader look at it. Raises NotFound, AccessRefused."""
    guard.someone()
    if not is_id(batch, "bat"):
        raise NotFound(kind="batch")
    with hub().database.read() as reading:
        found = rows.find(reading, batch)
    about = Resource("batch", found.id, committee=found.committee, dataflow=found.dataflow, period=found.period)
    guard.ask("read_batch", about)
    return found


def listed() -> tuple[Batch, ...]:
    """Return what the reader's committee has sent, newest first, once it is journalled that it is read."""
    guard.ask("read_batch", Resource("batch", EVERY, committee=guard.someone().principal.committee))
    committee = own_committee()
    guard.note(BatchRead(EVERY, committee))
    with hub().database.read() as reading:
        return rows.of_committee(reading, committee)


def message(finding: Finding) -> str:
    """Return what a rule found, in the reader's language."""
    return told.message(finding, language())


def may_send(dataflow: str, period: str, *, dry_run: bool = False) -> tuple[str, str]:
    """Return (committee, contribution) once the policy lets the reader send this.

    contribution: how it comes by the committee's agreement. Asked before a byte of the file is read.
    Raises DataflowUnknown, PeriodMalformed or PeriodImplausible, which repeat nothing, before the policy is asked; then
    AccessRefused; TrialsSpent when a dry run is one too many.
    """
    guard.someone()
    check_subject(dataflow, period, hub().book)
    check_period(hub().book.dataflow(dataflow), period, hub().now())
    committee = guard.someone().principal.committee
    agreement = hub().policies.agreements.get(committee or "")
    contribution = agreement.form(hub().book.dataflow(dataflow).contribution) if agreement else None
    about = Resource("batch", "new", committee=committee, dataflow=dataflow, period=period, contribution=contribution)
    guard.ask("submit_batch", about)
    if dry_run:
        with hub().database.read() as reading:
            check_trials(reading, own_committee(), hub().policies.dry_run.per_day, hub().now())
    return own_committee(), contribution or ""


def body() -> Upload:
    """Return the upload in the request, read up to where its file begins; nothing of it is spooled.

    Raises TypeUnsupported for a coding that hides the file from every check, and what ``begin`` raises.
    """
    if request.headers.get("Content-Encoding", _PLAIN).strip().lower() != _PLAIN:
        raise TypeUnsupported
    return begin(
        request.environ["wsgi.input"],
        request.content_type or "",
        request.content_length,
        hub().config.max_upload,
        terminated=bool(request.environ.get("wsgi.input_terminated")),
    )


def sheet_said(fields: Mapping[str, str], header: str | None = None) -> str | None:
    """Return which sheet of a workbook the sender means, if she says: a form's field or metadata, else the header.

    header: UTF-8, percent-encoded. Raises SheetMalformed when it is not.
    """
    try:
        said = fields.get("sheet") or unquote(header or "", errors="strict")
    except UnicodeDecodeError:
        raise SheetMalformed(most=MOST_SHEET) from None
    return said.strip() or None


def take(upload: Upload, submission: Submission) -> Receipt:
    """Return the receipt of what is sent, once nothing can undo it."""
    g.noted = True
    return receive(upload, submission, hub().desk, hub().now())


@blueprint.post("")
@blueprint.arguments(schemas.SendQuery, location="query")
@blueprint.arguments(schemas.BatchHeaders, location="headers")
@blueprint.response(202, schemas.ReceiptFields)
def send(query: dict[str, Any], headers: dict[str, str | None]) -> dict[str, Any]:
    """Send a contribution: ``text/csv``, ``application/age``, or a multipart form whose last part is the file.

    The answer is a receipt; what is inside is judged afterwards.
    """
    committee, contribution = may_send(query["dataflow"], query["period"], dry_run=query["dry_run"])
    upload = body()
    headers["sheet"] = sheet_said(upload.fields, headers["sheet"])
    sent = Submission(
        committee=committee,
        contribution=contribution,
        submitter=guard.actor(),
        dataflow=query["dataflow"],
        period=query["period"],
        dry_run=query["dry_run"],
        per_day=hub().policies.dry_run.per_day,
        replaces=query["replace"],
        **headers,
    )
    return receipt_told(take(upload, sent))


def receipt_told(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt under the names that the API has for it."""
    return {**vars(receipt), "id": receipt.batch}


@blueprint.get("")
@blueprint.response(200, schemas.BatchesFields)
def batch_list() -> dict[str, Any]:
    """List what the reader's committee has sent, newest first."""
    return {"batches": [shown(one) for one in listed()]}


@blueprint.get("/<batch>")
@blueprint.response(200, schemas.BatchFields)
def batch(batch: str) -> dict[str, Any]:
    """Show where a contribution stands."""
    found = asked(batch)
    guard.note(BatchRead(found.id, found.committee))
    return shown(found)


def shown(one: Batch) -> dict[str, Any]:
    """Return a contribution under the names that the API has for it."""
    return {**asdict(one), "preview": one.told}
