"""Receiving: a body becomes a sealed file on the shelf and a row with its event, or nothing at all.

The order is the promise: file to the disk, name to the disk, one short transaction, and only then a receipt. Whoever
holds a receipt will find the batch after any crash; whoever does not sends again under the same Idempotency-Key.
The policy has been asked before the body is read; here only what can be seen from outside is judged.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from amana import ids
from amana.codebook.model import Codebook
from amana.db import Database
from amana.faults import point
from amana.intake.body import Upload
from amana.intake.keyed import KeyedFile
from amana.intake.receipt import Arrival, First, Receipt, enter, first_of
from amana.intake.refusals import NoRoom
from amana.intake.submission import Submission, agree
from amana.intake.tables import owner_request, segment, upload, upload_piece
from amana.vault.sealing import CHUNK, Reader, SealedDigest, seal_stream
from amana.vault.shelf import Part, Shelf

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_STILL_COMMITTING: Final = timedelta(minutes=1)  # how long a server may take over a dead client's COMMIT


@dataclass(frozen=True)
class Desk:
    """What receiving needs of the hub. receipt_key: secret bytes, for the digests that tell a replay."""

    database: Database
    shelf: Shelf
    recipients: tuple[str, ...]
    receipt_key: bytes = field(repr=False)
    book: Codebook


def receive(upload: Upload, submission: Submission, desk: Desk, now: datetime) -> Receipt:
    """Return the receipt of what is sent, once nothing can undo it; for a replay, the first receipt again.

    Raises a refusal (amana.intake.refusals), SignatureInvalid or Malformed; in that case nothing is kept.
    """
    submission.check(upload.media_type, desk.book)
    dsse = submission.dsse(upload.media_type, upload.fields)
    file = KeyedFile(desk.receipt_key, _said(submission, upload, dsse), upload)
    first = _first(desk.database, submission)
    if first is not None:
        return first.again(file.read_out())
    with desk.database.read() as reading:
        manifest = submission.manifest_of(dsse, reading, now) if dsse else None
    arrival = Arrival(ids.new("bat"), submission, upload.media_type, manifest, dsse, now)
    with room_for(desk.shelf, arrival.batch) as part:
        point("intake.part_open")
        _write(arrival, file, part, desk)
        point("intake.part_whole")
        sealed = desk.shelf.settle(part)
        return _enter(arrival, sealed, file.digest(), desk)


def sweep(shelf: Shelf, database: Database, now: datetime) -> int:
    """Remove sealed files that no batch stands for, left by a process that died, and return how many.

    To be called when a process starts. What another living process is receiving is never touched: see ``Shelf``.
    """

    def is_known(batch_id: str, sha256: str) -> bool:
        of_batch = (segment.c.batch_id == batch_id) & (segment.c.sha256 == sha256) & segment.c.destroyed_at.is_(None)
        going_on = upload.c.completed_at.is_(None) & upload_piece.c.destroyed_at.is_(None)
        of_upload = (upload.c.batch_id == batch_id) & (upload_piece.c.sha256 == sha256) & going_on
        pieces = select(upload_piece.c.number).join(upload).where(of_upload)
        listed = (
            owner_request.c.id == batch_id,
            owner_request.c.sha256 == sha256,
            owner_request.c.destroyed_at.is_(None),
        )
        lists = select(owner_request.c.id).where(*listed)
        with database.read() as reading:
            return any(
                reading.execute(one).first() for one in (select(segment.c.number).where(of_batch), pieces, lists)
            )

    return shelf.sweep(is_known, now, _STILL_COMMITTING if database.is_postgresql else timedelta(0))


def _said(submission: Submission, upload: Upload, dsse: bytes) -> Iterator[bytes]:
    """Yield all that is said of a file, in the order in which it is digested."""
    for text in (submission.committee, submission.dataflow, submission.period, submission.contribution):
        yield text.encode()
    yield upload.media_type.encode()
    yield dsse
    if submission.replaces:
        yield b"replaces"
    if submission.dry_run:
        yield b"dry run"
    if submission.sheet:
        yield b"sheet"
        yield submission.sheet.encode()


def _first(database: Database, submission: Submission) -> First | None:
    with database.read() as reading:
        return first_of(reading, submission.committee, submission.idempotency_key)


@contextmanager
def room_for(shelf: Shelf, batch_id: str) -> Iterator[Part]:
    """Yield a new part to write into. Raises NoRoom when the disk is full, then or later."""
    try:
        with shelf.part(batch_id) as part:
            yield part
    except OSError as fault:
        if fault.errno in _FULL:
            raise NoRoom from fault
        raise


def _write(arrival: Arrival, file: Reader, part: Part, desk: Desk) -> None:
    """Write the sealed file. Raises ManifestMismatch when it is not the one that was signed."""
    if arrival.manifest is None:
        seal_stream(file, part, arrival.header, desk.recipients)
        return
    while data := file.read(CHUNK):
        part.write(data)
    agree(arrival.manifest, part.sealed)


def _enter(arrival: Arrival, sealed: SealedDigest, keyed_digest: str, desk: Desk) -> Receipt:
    """Enter the batch with its event, and return the receipt; of two with one key the second gets the first's."""
    entered = False
    try:
        with desk.database.write() as tx:
            receipt = enter(tx, arrival, sealed, keyed_digest)
            tx.execute(insert(segment).values(batch_id=receipt.batch, number=1, **vars(sealed)))
            point("intake.entered")
            entered = True
    except IntegrityError:
        desk.shelf.destroy(arrival.batch, sealed.sha256)
        first = _first(desk.database, arrival.submission)
        if first is None:
            raise
        return first.again(keyed_digest)
    except BaseException:
        # Before the commit nothing is entered, and the file goes at once. An error out of the commit itself leaves in
        # doubt whether the server has it: the file stays, and the next sweep asks for the row.
        if not entered:
            desk.shelf.destroy(arrival.batch, sealed.sha256)
        raise
    point("intake.committed")
    return receipt
