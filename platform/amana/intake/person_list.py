"""A list of pseudonyms, sealed: persons whom a committee wants withdrawn, told, put right, or left out for good.

The list is sealed on its way to the disk like any upload, under a header of its own kind: nothing that was sent as a
contribution can be taken for a request, and no request for another. A signed list says all that an open one does; an
answer that holds records is only given where the committee's key, and not merely somebody's token, asked for it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from amana import clock, ids
from amana.audit.events.event import Actor
from amana.db import Database
from amana.faults import point
from amana.intake import requests
from amana.intake.body import AGE, CSV, Upload
from amana.intake.keyed import KeyedFile
from amana.intake.receive import Desk
from amana.intake.refusals import ManifestRequired, ReplayDiffers, TypeUnsupported
from amana.intake.requests import Act, Asked
from amana.intake.submission import Submission, agree
from amana.intake.tables import owner_request
from amana.vault.envelope import EnvelopeHeader, Manifest
from amana.vault.request import ALL_PERIODS, said_inside
from amana.vault.sealing import CHUNK, Reader, seal_stream
from amana.vault.shelf import Part

LIST_LIMIT: Final = 4 * 1024**2  # bytes of a list, sealed or not
_ANY_YEAR: Final = "2000"  # for a check that knows no «all»


@dataclass(frozen=True)
class Sent:
    """What is sent with a list.

    period:   None for all.
    per_day:  requests about persons that the committee may make in one UTC day.
    manifest: the Amana-Manifest header, if there is one.
    """

    committee: str
    act: Act
    dataflow: str
    period: str | None
    by: Actor
    per_day: int
    idempotency_key: str | None
    manifest: str | None = None

    @property
    def submission(self) -> Submission:
        """The same, as the header and the manifest of an envelope put it."""
        period = self.period or ALL_PERIODS
        kind = said_inside(self.act)
        return Submission(self.committee, self.dataflow, period, kind, self.by, self.idempotency_key, self.manifest)


def receive(upload: Upload, sent: Sent, desk: Desk, now: datetime) -> str:
    """Return the id of the request that the list makes, once nothing can undo it; for a replay, the first one's.

    Raises what ``Submission`` and ``begin`` raise, ReplayDiffers, RequestsSpent; ManifestRequired when an answer is
    asked for without a signature.
    """
    replace(sent.submission, period=sent.period or _ANY_YEAR).check(AGE, desk.book)
    if upload.media_type not in {CSV, AGE}:
        raise TypeUnsupported
    dsse = sent.submission.dsse(upload.media_type, upload.fields)
    if sent.act is Act.ACCESS and not dsse:
        raise ManifestRequired
    with desk.database.read() as reading:
        manifest = sent.submission.manifest_of(dsse, reading, now) if dsse else None
    file = KeyedFile(desk.receipt_key, _said(sent, upload, dsse), upload)
    request = ids.new("req")
    with desk.shelf.part(request) as part:
        _write(request, sent, manifest, now, file=file, part=part, desk=desk)
        first = _first(desk.database, sent, file.digest())
        if first is not None:
            return first
        sealed = desk.shelf.settle(part)
        asked = Asked(
            committee=sent.committee,
            act=sent.act,
            dataflow=sent.dataflow,
            idempotency_key=str(sent.idempotency_key),
            period=sent.period,
            digest=file.digest(),
            manifest=dsse.decode() if dsse else None,
            sha256=sealed.sha256,
        )
        return _enter(request, asked, sent, desk, now)


def _said(sent: Sent, upload: Upload, dsse: bytes) -> Iterator[bytes]:
    """Yield all that is said of a list, in the order in which it is digested."""
    for fact in (sent.committee, sent.act, sent.dataflow, sent.period, upload.media_type):
        yield str(fact).encode()
    yield dsse


def _write(
    request: str, sent: Sent, manifest: Manifest | None, now: datetime, *, file: Reader, part: Part, desk: Desk
) -> None:
    if manifest is None:
        period = sent.period or ALL_PERIODS
        said = (request, sent.committee, sent.dataflow, period, said_inside(sent.act))
        header = EnvelopeHeader(*said, codebook_digest=None, created=clock.rfc3339(now))
        seal_stream(file, part, header, desk.recipients)
        return
    while data := file.read(CHUNK):
        part.write(data)
    agree(manifest, part.sealed)


def _enter(request: str, asked: Asked, sent: Sent, desk: Desk, now: datetime) -> str:
    """Enter the request, and return its id; of two with one key the second gets the first's."""
    try:
        with desk.database.write() as tx:
            requests.take_one(tx, sent.committee, sent.per_day, now)
            requests.enter(tx, asked, sent.by, now, request)
    except (IntegrityError, requests.RequestsSpent):
        desk.shelf.destroy(request, str(asked.sha256))
        first = _first(desk.database, sent, asked.digest)
        if first is None:
            raise
        return first
    point("requests.committed")
    return request


def _first(database: Database, sent: Sent, digest: str) -> str | None:
    """Return the request that the key stands for, if there is one. Raises ReplayDiffers when it is another."""
    mine = (owner_request.c.committee == sent.committee, owner_request.c.idempotency_key == sent.idempotency_key)
    with database.read() as reading:
        row = reading.execute(select(owner_request.c.id, owner_request.c.keyed_digest).where(*mine)).one_or_none()
    if row is None:
        return None
    if not hmac.compare_digest(row.keyed_digest, digest):
        raise ReplayDiffers(batch=row.id)
    return str(row.id)
