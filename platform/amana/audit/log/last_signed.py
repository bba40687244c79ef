"""When the log was signed last, by the sequencer's clock then and by its witnesses': no clock may be behind that."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from amana.audit.log.tables import cosignature, log_checkpoint
from amana.audit.tlog.checkpoint import split_note
from amana.audit.tlog.leaf import EPOCH
from amana.audit.witness.cosignature import said_at
from amana.db import Reading
from amana.errors import AmanaError


class ClockBehind(AmanaError):
    """The clock is behind the last signature; nothing is signed until it is right, or a person says that it is.

    seconds: by how much; last: that signature's time (RFC 3339).
    """

    code = "audit.clock_behind"
    exit = 75


def last_signed(reading: Reading, skew: timedelta) -> datetime | None:
    """Return the latest time at which the log is known to have been signed; None for a log that never was.

    skew: how far a witness's clock may be ahead of ours; so much earlier its word is taken. Its cosignatures of the
    largest cosigned checkpoint are asked.
    """
    signed = [one for (one,) in reading.execute(select(func.max(log_checkpoint.c.signed_at))) if one is not None]
    largest = select(func.max(cosignature.c.size)).scalar_subquery()
    for line in reading.execute(select(cosignature.c.line).where(cosignature.c.size == largest)).scalars():
        (signature,) = split_note(f"\n\n{line}")[1]
        signed.append(EPOCH + timedelta(seconds=said_at(signature)) - skew)
    return max(signed, default=None)
