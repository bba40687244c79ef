"""Uploads that may be gone on with after a line has broken: tus 1.0.0 over sealed pieces.

The policy is asked before a byte is read, at every piece anew; another committee's upload is not there.
"""

from __future__ import annotations

from typing import Any

from flask import Response, g, request, url_for

from amana.audit.events.uploads import UploadRead
from amana.errors import NotFound
from amana.ids import is_id
from amana.intake import resume
from amana.intake.body import supported
from amana.intake.receipt import first_of
from amana.intake.resume import Announced, Resumable, Terms, Visit
from amana.intake.resume_body import Checksum, Sent
from amana.intake.resume_piece import take
from amana.intake.submission import Submission
from amana.intake.trials import check_trials
from amana.intake.upload_refusals import UploadMalformed
from amana.policy.decide import Resource
from amana.web import guard, tus
from amana.web.api.batches import may_send, receipt_told, sheet_said
from amana.web.api.releases import own_committee
from amana.web.api.routes import described
from amana.web.api.schemas import uploads as schemas
from amana.web.hub import hub

_ASKED = ("dataflow", "period", "type")
blueprint = described("api_uploads", "/api/v1/uploads", "Contributions that are sent in pieces (tus 1.0.0)")
blueprint.after_request(tus.add_headers)


@blueprint.post("")
@blueprint.arguments(schemas.UploadHeaders, location="headers")
@blueprint.response(201, schemas.UploadFields)
def begin(headers: dict[str, str | None]) -> dict[str, Any]:
    """Begin an upload; ``Upload-Metadata`` has the keys ``dataflow``, ``period`` and ``type`` (a media type).

    Two more keys may be ``true``: ``dry_run`` and ``replace``, which mean what they do for a file sent at once;
    ``sha256`` may name the whole file, in 64 hex digits; ``sheet`` says which one of a workbook is meant.

    Under a key that stands for the same, the upload that it began is answered, as far as it has come; once it is whole,
    only to whoever names the file again, by ``sha256`` or by the manifest.
    """
    guard.someone()
    tus.check_version()
    length, said = tus.number(tus.LENGTH), tus.metadata()
    if not said.keys() >= set(_ASKED):
        raise UploadMalformed(header=tus.METADATA)
    dry_run = tus.truth(said, "dry_run")
    committee, contribution = may_send(said["dataflow"], said["period"], dry_run=dry_run)
    sent = Submission(
        committee,
        said["dataflow"],
        said["period"],
        contribution,
        guard.actor(),
        headers["idempotency_key"],
        headers["manifest"] or said.get("manifest"),
        replaces=tus.truth(said, "replace"),
        dry_run=dry_run,
        sheet=sheet_said(said, headers["sheet"]),
    )
    standing = resume.begin(Announced(sent, supported(said["type"]), length, tus.digest(said)), _visit())
    g.noted = True
    tus.tell(standing, url_for("api_uploads.upload", upload=standing.id))
    return _told(standing)


@blueprint.get("/<upload>")
@blueprint.response(200, schemas.UploadFields)
def upload(upload: str) -> dict[str, Any]:
    """Show how far an upload has come; once it is whole, with its receipt. HEAD tells it in headers alone."""
    if request.method == "HEAD":
        guard.someone()
        tus.check_version()
    standing = _asked(upload, "read_batch")
    guard.note(UploadRead(standing.id, standing.committee))
    standing.check_open(hub().now())
    tus.tell(standing)
    return _told(standing)


@blueprint.patch("/<upload>")
@blueprint.arguments(schemas.PieceHeaders, location="headers")
@blueprint.response(204)
def go_on(headers: dict[str, str | None], upload: str) -> Response:
    """Send the next piece. What arrives of it is kept even when the line breaks; a GET then says how far it came."""
    return _take(upload, headers["checksum"])


@blueprint.delete("/<upload>")
@blueprint.response(204)
def cancel(upload: str) -> Response:
    """Give an upload up; what arrived of it is destroyed."""
    return _cancel(upload)


@blueprint.post("/<upload>")
@blueprint.arguments(schemas.PieceHeaders, location="headers")
@blueprint.response(204)
def override(headers: dict[str, str | None], upload: str) -> Response:
    """Do what ``X-HTTP-Method-Override`` says, PATCH or DELETE, where a proxy on the way lets neither through."""
    guard.someone()
    match request.headers.get(tus.OVERRIDE):
        case "PATCH":
            return _take(upload, headers["checksum"])
        case "DELETE":
            return _cancel(upload)
    raise UploadMalformed(header=tus.OVERRIDE)


def _take(upload: str, checksum: str | None) -> Response:
    guard.someone()
    tus.check_version()
    tus.check_piece()
    offset = tus.number(tus.OFFSET)
    said = Checksum.parse(checksum) if checksum is not None else None
    standing = _asked(upload, "submit_batch")
    if standing.dry_run:
        with hub().database.read() as reading:
            check_trials(reading, standing.committee, hub().policies.dry_run.per_day, hub().now())
    tus.be_patient()
    terminated = bool(request.environ.get("wsgi.input_terminated"))
    piece = Sent(request.environ["wsgi.input"], request.content_length, terminated, offset, said)
    g.noted = True
    standing = take(standing, piece, _visit())
    tus.tell(standing, url_for("api_uploads.upload", upload=standing.id) if standing.is_whole else None)
    return Response(status=204)


def _cancel(upload: str) -> Response:
    guard.someone()
    tus.check_version()
    standing = _asked(upload, "submit_batch")
    standing.check_open(hub().now())
    g.noted = True
    resume.end(hub().database, standing, guard.actor(), hub().now())
    return Response(status=204)


def _asked(upload: str, action: str) -> Resumable:
    """Return an upload of the asker's committee once the policy lets it be. Raises NotFound, AccessRefused."""
    guard.someone()
    if not is_id(upload, "upl"):
        raise NotFound(kind="upload")
    with hub().database.read() as reading:
        found = resume.find(reading, own_committee(), upload)
    about = Resource(
        "batch",
        found.id,
        committee=found.committee,
        dataflow=found.dataflow,
        period=found.period,
        contribution=found.contribution,
    )
    guard.ask(action, about)
    return found


def _visit() -> Visit:
    house = hub()
    terms = Terms(house.config.max_upload, house.policies.retention, house.policies.dry_run.per_day)
    return Visit(house.desk, terms, guard.actor(), house.now())


def _told(standing: Resumable) -> dict[str, Any]:
    """Return an upload as the API tells it."""
    told = {name: getattr(standing, name) for name in ("id", "committee", "dataflow", "period", "contribution")}
    told |= {"length": standing.length, "offset": standing.received, "expires_at": standing.expires_at}
    if not standing.is_whole:
        return told
    with hub().database.read() as reading:
        first = first_of(reading, standing.committee, standing.idempotency_key)
    return {**told, "batch": standing.batch_id, "receipt": receipt_told(first.receipt) if first else None}
