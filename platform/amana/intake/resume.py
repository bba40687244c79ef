"""An upload that may be gone on with: begun, and then as far as its pieces have come.

The rows are the only memory, so any process may take the next piece, and a crash loses no piece that was acknowledged.
Until it is whole an upload is no batch; it holds one of its committee's slots, and its Idempotency-Key, and gives both
up when it ends. The policy has been asked before; here only what can be seen from outside is judged.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.exc import IntegrityError

from amana import ids
from amana.audit.events.event import Actor
from amana.audit.events.uploads import UploadBegun, UploadEnded
from amana.audit.outbox import journal
from amana.db import Database, Reading, Transaction
from amana.errors import NotFound
from amana.faults import point
from amana.intake.keyed import mac_of
from amana.intake.receipt import first_of
from amana.intake.receive import Desk
from amana.intake.refusals import BodyEmpty, BodyTooLarge, ReplayDiffers
from amana.intake.submission import Submission, agree_on_size
from amana.intake.tables import upload
from amana.intake.upload_refusals import UploadGone, UploadsTooMany, UploadWhole
from amana.policy.retention import Retention

_ATTEMPTS: Final = 8  # at a slot that others take at the same time


@dataclass(frozen=True)
class Terms:
    """What an upload may be. limit: bytes of a whole file; per_day: dry runs of one committee in one UTC day."""

    limit: int
    retention: Retention
    per_day: int


@dataclass(frozen=True)
class Visit:
    """One sender at the desk: under which terms, who, and when."""

    desk: Desk = field(repr=False)
    terms: Terms
    by: Actor
    now: datetime


@dataclass(frozen=True)
class Announced:
    """What a sender says before the first piece.

    length: bytes of the whole file.
    sha256: of the whole file, 64 hex digits, or empty; taken at its word, it tells one open file from another.
    """

    submission: Submission
    media_type: str
    length: int
    sha256: str = ""


@dataclass(frozen=True)
class Resumable:
    """An upload, as far as it has come. received, length: bytes of the file that is sent; pieces: how many came."""

    id: str
    batch_id: str
    committee: str
    dataflow: str
    period: str
    contribution: str
    media_type: str
    manifest: str | None
    length: int
    received: int
    pieces: int
    idempotency_key: str | None
    keyed_digest: str
    dry_run: bool
    replaces: bool
    sheet: str | None
    begun_at: datetime
    expires_at: datetime
    completed_at: datetime | None
    ended_at: datetime | None

    @property
    def is_whole(self) -> bool:
        """Whether every byte has arrived, and the upload is a batch."""
        return self.completed_at is not None

    def check_open(self, now: datetime) -> None:
        """Raise UploadGone when the upload was given up, or its time has run out."""
        if self.ended_at is not None or (not self.is_whole and self.expires_at <= now):
            raise UploadGone


_COLUMNS: Final = tuple(upload.c[name] for name in Resumable.__dataclass_fields__)


def find(reading: Reading | Transaction, committee: str, upload_id: str) -> Resumable:
    """Return an upload of this committee. Raises NotFound, for another committee's too."""
    found = _one(reading, (upload.c.id == upload_id) & (upload.c.committee == committee))
    if found is None:
        raise NotFound(kind="upload")
    return found


def begin(announced: Announced, visit: Visit) -> Resumable:
    """Return the upload that this announcement begins; under a key that stands for the same, the one that it began.

    Raises BodyEmpty, BodyTooLarge, UploadsTooMany, ReplayDiffers, and what a submission is refused for; then nothing
    is begun.
    """
    sent, desk = announced.submission, visit.desk
    sent.check(announced.media_type, desk.book)
    if announced.length == 0:
        raise BodyEmpty
    if announced.length > visit.terms.limit:
        raise BodyTooLarge(limit=visit.terms.limit)
    dsse = sent.dsse(announced.media_type, {})
    digest = _keyed_digest(desk.receipt_key, announced, dsse)
    for _ in range(_ATTEMPTS):
        with desk.database.read() as reading:
            standing = _standing(reading, sent, digest, names_file=bool(dsse or announced.sha256))
            if standing is None and dsse:
                agree_on_size(sent.manifest_of(dsse, reading, visit.now), announced.length)
        if standing is not None and (standing.is_whole or visit.now < standing.expires_at):
            return standing
        if standing is not None:
            end(desk.database, standing, visit.by, visit.now, if_late=True)
        new = _new(announced, dsse, digest, visit)
        if _entered(new, visit):
            return new
    raise UploadsTooMany(most=visit.terms.retention.most_uploads)


def end(database: Database, one: Resumable, by: Actor, now: datetime, *, if_late: bool = False) -> None:
    """Give an upload up: its key and its slot are free, and the worker destroys its pieces.

    if_late: only if its time has run out; somebody may have gone on with it since it was looked at.
    Raises UploadWhole when it has become a batch. What is given up already stays so.
    """
    mine = update(upload).where(upload.c.id == one.id, upload.c.completed_at.is_(None), upload.c.ended_at.is_(None))
    if if_late:
        mine = mine.where(upload.c.expires_at <= now)
    with database.write() as tx:
        if tx.execute(mine.values(ended_at=now, idempotency_key=None, slot=None, sheet=None)).rowcount:
            journal.append(tx, UploadEnded(one.id, one.committee), by, now)
            point("intake.upload_ending")
            return
    with database.read() as reading:
        if find(reading, one.committee, one.id).is_whole:
            raise UploadWhole(batch=one.batch_id)


def _one(reading: Reading | Transaction, where: ColumnElement[bool]) -> Resumable | None:
    row: Mapping[Any, Any] | None = reading.execute(select(*_COLUMNS).where(where)).mappings().one_or_none()
    return None if row is None else Resumable(**{str(name): value for name, value in row.items()})


def _standing(reading: Reading, sent: Submission, digest: str, *, names_file: bool) -> Resumable | None:
    """Return what the key stands for, if it stands for the same. Raises ReplayDiffers.

    names_file: whether the announcement says which file it is about. One that does not could be about any file of that
    length, and must not be answered with the receipt of another.
    """
    known = _one(reading, (upload.c.committee == sent.committee) & (upload.c.idempotency_key == sent.idempotency_key))
    if known is None:
        first = first_of(reading, sent.committee, sent.idempotency_key)
        if first is not None:  # sent at once, and what is sent now cannot be compared before it has come
            raise ReplayDiffers(batch=first.receipt.batch)
        return None
    if not hmac.compare_digest(known.keyed_digest, digest) or (known.is_whole and not names_file):
        raise ReplayDiffers(batch=known.batch_id if known.is_whole else known.id)
    return known


def _new(announced: Announced, dsse: bytes, digest: str, visit: Visit) -> Resumable:
    sent = announced.submission
    return Resumable(
        id=ids.new("upl"),
        batch_id=ids.new("bat"),
        committee=sent.committee,
        dataflow=sent.dataflow,
        period=sent.period,
        contribution=sent.contribution,
        media_type=announced.media_type,
        manifest=dsse.decode() or None,
        length=announced.length,
        received=0,
        pieces=0,
        idempotency_key=sent.idempotency_key,
        keyed_digest=digest,
        dry_run=sent.dry_run,
        replaces=sent.replaces,
        sheet=sent.sheet,
        begun_at=visit.now,
        expires_at=visit.now + visit.terms.retention.upload,
        completed_at=None,
        ended_at=None,
    )


def _entered(new: Resumable, visit: Visit) -> bool:
    """Enter a new upload in a free slot; False when another took the slot, or the key, at the same moment."""
    try:
        with visit.desk.database.write() as tx:
            slot = _free_slot(tx, new.committee, visit.terms.retention.most_uploads)
            tx.execute(insert(upload).values(**vars(new), slot=slot, begun_by=visit.by.id))
            told = UploadBegun(new.id, new.committee, new.dataflow, new.period, new.batch_id)
            journal.append(tx, told, visit.by, visit.now)
            point("intake.upload_beginning")
    except IntegrityError:
        return False
    point("intake.upload_begun")
    return True


def _free_slot(tx: Transaction, committee: str, most: int) -> int:
    """Return the lowest slot that no upload of the committee holds. Raises UploadsTooMany."""
    mine = select(upload.c.slot).where(upload.c.committee == committee, upload.c.slot.is_not(None))
    free = set(range(1, most + 1)) - set(tx.execute(mine).scalars())
    if not free:
        raise UploadsTooMany(most=most)
    return min(free)


def _keyed_digest(key: bytes, announced: Announced, dsse: bytes) -> str:
    """Return the digest, under the hub's key, of all that is said before the first piece."""
    sent = announced.submission
    said = ("upload", sent.committee, sent.dataflow, sent.period, sent.contribution, announced.media_type)
    wishes = (str(sent.replaces), str(sent.dry_run), *((f"sheet {sent.sheet}",) if sent.sheet else ()))
    named = [announced.sha256.encode()] if announced.sha256 else []
    texts = (text.encode() for text in (*said, *wishes, str(announced.length)))
    return mac_of(key, (*texts, dsse, *named)).hexdigest()
