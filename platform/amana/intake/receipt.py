"""Entering a batch, and the receipt that its committee holds: the row, its event, and what the receipt says of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select

from amana import clock
from amana.audit.events.contributions import BatchReceived
from amana.audit.outbox import journal
from amana.canonical import Json
from amana.db import Reading, Transaction
from amana.intake.refusals import ReplayDiffers
from amana.intake.states import BatchState
from amana.intake.submission import Submission
from amana.intake.tables import batch, segment
from amana.intake.trials import take_trial
from amana.vault.envelope import EnvelopeHeader, Manifest, manifest_of
from amana.vault.sealing import SealedDigest

_HUB, _COMMITTEE = "hub", "committee"  # who sealed
_SAME: Final = ("committee", "dataflow", "period", "contribution", "received_at", "bytes")


@dataclass(frozen=True)
class Receipt:
    """What a committee holds against the hub. It says what was so when the batch was received, and never changes.

    sha256, bytes: digest and size of what is sealed: see ``sealed_whole``. event: the batch's entry in the log.
    """

    batch: str
    committee: str
    dataflow: str
    period: str
    contribution: str
    state: str
    received_at: datetime
    sha256: str
    bytes: int
    event: str

    def facts(self) -> dict[str, Json]:
        """Return the receipt as a JSON object; in canonical form, the same bytes whenever it is asked for again."""
        return {**vars(self), "received_at": clock.rfc3339(self.received_at)}


@dataclass(frozen=True)
class Arrival:
    """One batch on its way in."""

    batch: str
    submission: Submission
    media_type: str
    manifest: Manifest | None
    dsse: bytes
    at: datetime

    @property
    def header(self) -> EnvelopeHeader:
        """What the hub writes inside the envelope when it seals."""
        sent = self.submission
        said = (self.batch, sent.committee, sent.dataflow, sent.period, sent.contribution)
        return EnvelopeHeader(*said, codebook_digest=None, created=clock.rfc3339(self.at))


@dataclass(frozen=True)
class First:
    """The batch that an Idempotency-Key stands for, and the keyed digest of what was sent then."""

    receipt: Receipt
    keyed_digest: str

    def again(self, keyed_digest: str) -> Receipt:
        """Return the first receipt to whoever sends the same again. Raises ReplayDiffers."""
        if not hmac.compare_digest(self.keyed_digest, keyed_digest):
            raise ReplayDiffers(batch=self.receipt.batch)
        return self.receipt


def first_of(reading: Reading, committee: str, idempotency_key: str | None) -> First | None:
    """Return the batch that this committee sent under this key, if it did."""
    mine = (batch.c.committee == committee) & (batch.c.idempotency_key == idempotency_key)
    row = reading.execute(select(batch).where(mine)).mappings().one_or_none()
    if row is None:
        return None
    parts = select(segment.c.sha256, segment.c.bytes).where(segment.c.batch_id == row["id"]).order_by(segment.c.number)
    whole = sealed_whole(row["manifest"], [SealedDigest(*part) for part in reading.execute(parts)])
    same = {name: row[name] for name in _SAME}
    state = BatchState.RECEIVED.value
    receipt = Receipt(batch=row["id"], state=state, sha256=whole.sha256, event=row["received_event"], **same)
    return First(receipt, row["keyed_digest"])


def sealed_whole(manifest: str | None, parts: Sequence[SealedDigest]) -> SealedDigest:
    """Return digest and size of what is sealed, as a receipt says them.

    manifest: the DSSE text of a file that its committee sealed; the digest is the one that it signed, however the file
    came. Of parts that the hub sealed, one stands for itself; of several it is the SHA-256 of their digests, in order.
    """
    size = sum(part.bytes for part in parts)
    if manifest is not None:
        return SealedDigest(manifest_of(manifest).segments[0].sha256, size)
    if len(parts) == 1:
        return parts[0]
    return SealedDigest(hashlib.sha256(b"".join(bytes.fromhex(part.sha256) for part in parts)).hexdigest(), size)


def enter(tx: Transaction, arrival: Arrival, sealed: SealedDigest, keyed_digest: str) -> Receipt:
    """Enter a batch with its event, and return its receipt; the caller enters its segments. Raises TrialsSpent."""
    sent = arrival.submission
    if sent.dry_run:
        take_trial(tx, sent.committee, sent.per_day, arrival.at)
    told = BatchReceived(arrival.batch, sent.committee, sent.dataflow, sent.period, sent.contribution)
    receipt = Receipt(
        batch=arrival.batch,
        committee=sent.committee,
        dataflow=sent.dataflow,
        period=sent.period,
        contribution=sent.contribution,
        state=BatchState.RECEIVED.value,
        received_at=arrival.at,
        sha256=sealed.sha256,
        bytes=sealed.bytes,
        event=journal.append(tx, told, sent.submitter, arrival.at),
    )
    row = insert(batch).values(
        id=receipt.batch,
        state=receipt.state,
        submitted_by=sent.submitter.id,
        received_event=receipt.event,
        idempotency_key=sent.idempotency_key,
        keyed_digest=keyed_digest,
        replaces=sent.replaces,
        dry_run=sent.dry_run,
        sheet=sent.sheet,
        media_type=arrival.media_type,
        sealed_by=_COMMITTEE if arrival.manifest else _HUB,
        manifest=arrival.dsse.decode() if arrival.manifest else None,
        **{name: getattr(receipt, name) for name in _SAME},
    )
    tx.execute(row)
    return receipt
