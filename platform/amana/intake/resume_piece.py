"""One piece of an upload: sealed as it arrives, kept as far as it came, and entered; the last makes the batch.

A line that breaks loses nothing that had arrived: the seal is closed at the bytes that came, and the piece counts. The
order is that of ``receive``: file to the disk, name to the disk, one short transaction, and only then an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from amana import clock
from amana.audit.events.uploads import UploadContinued
from amana.audit.outbox import journal
from amana.db import Transaction
from amana.faults import point
from amana.intake.receipt import Arrival, enter, first_of, sealed_whole
from amana.intake.receive import Desk, room_for
from amana.intake.refusals import (
    LengthRequired,
    ManifestMismatch,
    ReplayDiffers,
)
from amana.intake.resume import Resumable, Visit, end, find
from amana.intake.resume_body import Arriving, Sent
from amana.intake.submission import Submission, agree
from amana.intake.tables import segment, upload, upload_piece
from amana.intake.upload_refusals import (
    OffsetDiffers,
    PieceCut,
    PiecesTooMany,
    UploadBusy,
    UploadGone,
)
from amana.vault.envelope import Manifest, manifest_of
from amana.vault.piece import PieceHeader
from amana.vault.sealing import CHUNK, SealedDigest, seal_stream
from amana.vault.shelf import Part, Shelf

MOST_PIECES: Final = 20_000


def take(standing: Resumable, sent: Sent, visit: Visit) -> Resumable:
    """Return the upload as far as it has come with this piece, once nothing can undo it.

    Raises PieceCut when less came than was announced: what came is kept. After any other refusal nothing of the piece
    is: UploadGone, OffsetDiffers, UploadBusy, PiecesTooMany, ChecksumDiffers, PieceTooLong, LengthRequired,
    TypeUnsupported, NoRoom, ManifestMismatch, SignatureInvalid, ReplayDiffers.
    """
    if sent.size is None and not sent.terminated:
        raise LengthRequired
    desk = visit.desk
    standing.check_open(visit.now)
    if sent.offset != standing.received:
        raise OffsetDiffers(received=standing.received)
    if standing.is_whole:
        return standing
    if standing.pieces >= MOST_PIECES:
        raise PiecesTooMany(most=MOST_PIECES)
    file = Arriving(sent, standing)
    with _alone(desk.shelf, standing.batch_id) as part:
        with desk.database.read() as reading:
            here = find(reading, standing.committee, standing.id).received
        if here != standing.received:  # another piece was entered while this one waited at the door
            raise OffsetDiffers(received=here)
        point("intake.piece_open")
        _write(standing, file, part, desk)
        file.check()
        if file.bytes:
            point("intake.piece_whole")
            standing = _enter(standing, file.bytes, desk.shelf.settle(part), visit)
    if file.cut:
        raise PieceCut(received=standing.received, length=standing.length)
    return standing


@contextmanager
def _alone(shelf: Shelf, batch: str) -> Iterator[Part]:
    """Yield a part that nobody else is writing. Raises UploadBusy when somebody is, and NoRoom."""
    shelf.free(batch)
    try:
        with room_for(shelf, batch) as part:
            yield part
    except FileExistsError as fault:
        raise UploadBusy from fault


def _write(standing: Resumable, file: Arriving, part: Part, desk: Desk) -> None:
    if standing.manifest is None:
        seal_stream(file, part, _header(standing), desk.recipients)
        return
    while data := file.read(CHUNK):
        part.write(data)


def _header(standing: Resumable) -> PieceHeader:
    return PieceHeader(
        upload=standing.id,
        batch=standing.batch_id,
        committee=standing.committee,
        dataflow=standing.dataflow,
        period=standing.period,
        contribution=standing.contribution,
        created=clock.rfc3339(standing.begun_at),
        number=standing.pieces + 1,
        offset=standing.received,
        total=standing.length,
    )


def _enter(standing: Resumable, size: int, sealed: SealedDigest, visit: Visit) -> Resumable:
    """Enter a piece that is on the shelf, and the batch when it was the last; return the upload."""
    desk = visit.desk
    whole = standing.received + size == standing.length
    entered = False
    try:
        arrival = _arrival(standing, sealed, visit) if whole else None
        with desk.database.write() as tx:
            _continue(tx, standing, size, sealed, visit)
            if arrival is not None:
                _complete(tx, standing, arrival)
            point("intake.piece_entering")
            entered = True
    except BaseException as fault:
        # As in ``receive``: an error out of the commit itself leaves in doubt what the server has, so the file stays.
        if not entered:
            desk.shelf.destroy(standing.batch_id, sealed.sha256)
        if isinstance(fault, ManifestMismatch):
            end(desk.database, standing, visit.by, visit.now)
        if isinstance(fault, IntegrityError):
            raise _used_elsewhere(standing, desk) from fault
        raise
    point("intake.piece_entered")
    with desk.database.read() as reading:
        return find(reading, standing.committee, standing.id)


def _continue(tx: Transaction, standing: Resumable, size: int, sealed: SealedDigest, visit: Visit) -> None:
    """Note the piece. Raises UploadBusy when another was noted in its place, UploadGone when the upload was ended."""
    here = (upload.c.id == standing.id) & (upload.c.received == standing.received) & upload.c.completed_at.is_(None)
    moved: dict[str, Any] = {"received": standing.received + size, "pieces": standing.pieces + 1}
    later = update(upload).where(here, upload.c.ended_at.is_(None))
    if not tx.execute(later.values(**moved, expires_at=visit.now + visit.terms.retention.upload)).rowcount:
        find(tx, standing.committee, standing.id).check_open(visit.now)
        raise UploadBusy
    number = standing.pieces + 1
    row = {"upload_id": standing.id, "number": number, "start": standing.received, "length": size, **vars(sealed)}
    tx.execute(insert(upload_piece).values(**row))
    journal.append(tx, UploadContinued(standing.id, standing.committee), visit.by, visit.now)


def _complete(tx: Transaction, standing: Resumable, arrival: Arrival) -> None:
    """Make the batch of an upload whose every piece is noted."""
    pieces = select(upload_piece.c.sha256, upload_piece.c.bytes).where(upload_piece.c.upload_id == standing.id)
    parts = [SealedDigest(*row) for row in tx.execute(pieces.order_by(upload_piece.c.number))]
    enter(tx, arrival, sealed_whole(standing.manifest, parts), standing.keyed_digest)
    columns = ("number", "sha256", "bytes")
    mine = select(literal(standing.batch_id), *(upload_piece.c[name] for name in columns))
    tx.execute(insert(segment).from_select(["batch_id", *columns], mine.where(upload_piece.c.upload_id == standing.id)))
    tx.execute(update(upload).where(upload.c.id == standing.id).values(completed_at=arrival.at, slot=None, sheet=None))


def _arrival(standing: Resumable, last: SealedDigest, visit: Visit) -> Arrival:
    """Return the batch that the upload becomes with its last piece.

    Raises ManifestMismatch or SignatureInvalid unless what came is, byte for byte, what the committee signed.
    """
    said = (standing.committee, standing.dataflow, standing.period, standing.contribution)
    sent = Submission(
        *said,
        submitter=visit.by,
        idempotency_key=standing.idempotency_key,
        replaces=standing.replaces,
        dry_run=standing.dry_run,
        per_day=visit.terms.per_day,
        sheet=standing.sheet,
    )
    manifest: Manifest | None = None
    dsse = b""
    if standing.manifest is not None:
        manifest, dsse = manifest_of(standing.manifest), standing.manifest.encode()
        agree(manifest, _digest_of_all(standing, last, visit.desk))
        with visit.desk.database.read() as reading:
            sent.manifest_of(dsse, reading, visit.now)  # the key may have been retired since the upload began
    return Arrival(standing.batch_id, sent, standing.media_type, manifest, dsse, visit.now)


def _digest_of_all(standing: Resumable, last: SealedDigest, desk: Desk) -> SealedDigest:
    """Return the digest of every piece on the shelf, one after the other."""
    mine = select(upload_piece.c.sha256).where(upload_piece.c.upload_id == standing.id).order_by(upload_piece.c.number)
    with desk.database.read() as reading:
        names = [*reading.execute(mine).scalars(), last.sha256]
    digest, size = hashlib.sha256(), 0
    for name in names:
        with desk.shelf.path(standing.batch_id, name).open("rb") as file:
            while data := file.read(CHUNK):
                digest.update(data)
                size += len(data)
    return SealedDigest(digest.hexdigest(), size)


def _used_elsewhere(standing: Resumable, desk: Desk) -> Exception:
    """Return the refusal of an upload whose key was used, in the meantime, to send a file at once."""
    with desk.database.read() as reading:
        first = first_of(reading, standing.committee, standing.idempotency_key)
    return ReplayDiffers(batch=first.receipt.batch) if first else UploadGone()
