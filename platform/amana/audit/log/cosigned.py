"""The stored cosignatures: taken in once they hold, served with their checkpoint, and weighed against the quorum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import func, insert, select
from sqlalchemy import text as sql

from amana.audit.events.event import Actor
from amana.audit.events.witnesses import CheckpointCosigned
from amana.audit.log import public
from amana.audit.log.tables import cosignature, log_checkpoint
from amana.audit.outbox import journal
from amana.audit.tlog.checkpoint import Signature, VerifierKey, parse, render_signature, split_note
from amana.audit.witness.quorum import Standing, Trust, Witness, judge
from amana.db import Reading, Transaction
from amana.errors import AmanaError, Malformed, NotFound

_TRIED: Final = 20  # checkpoints with enough lines, newest first, before the quorum is given up
_ROLE: Final = "witness"
_MOST: Final = 2**53 - 1  # entries; what canonical JSON holds, and any database
_LOCK: Final = 0x616D616E62  # "amanb": one advisory lock per PostgreSQL database, beside the sequencer's


class CheckpointForeign(AmanaError):
    """The cosigned checkpoint is none that outsiders were shown; nothing was stored."""

    code: ClassVar[str] = "audit.checkpoint_foreign"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 65


@dataclass(frozen=True)
class Panel:
    """The witnesses of this hub's log, as its door knows them.

    committees: alias → ISO 3166-1 alpha-3.  skew: seconds by which a witness's clock may be ahead of ours.
    """

    log: VerifierKey
    trust: Trust
    committees: Mapping[str, str]
    skew: int

    def standing(self, note: str, now: datetime) -> Standing:
        """Return what the witnesses say of the checkpoint in a note. Raises as ``quorum.judge``."""
        return judge(note, self.trust, self.log, int(now.timestamp()), self.skew)


@dataclass(frozen=True)
class Last:
    """The largest checkpoint that a witness cosigned: its size, the witness's time and ours."""

    size: int
    at: int  # seconds since 1970
    received_at: datetime


def find_new(reading: Reading | Transaction, note: str, panel: Panel, now: datetime) -> tuple[int, Mapping[str, int]]:
    """Return the size in a note, and alias → time of each cosignature in it that holds and is not stored yet.

    Raises as ``take``.
    """
    text = split_note(note)[0]
    size = parse(text).size
    if size > _MOST:
        raise Malformed(format="checkpoint")
    shown = select(log_checkpoint.c.note).where(log_checkpoint.c.size == size, log_checkpoint.c.public_at.is_not(None))
    stored = reading.execute(shown).scalar()
    if stored is None or not stored.startswith(f"{text}\n"):
        raise CheckpointForeign(size=size)
    there = set(reading.execute(select(cosignature.c.witness).where(cosignature.c.size == size)).scalars())
    return size, {alias: at for alias, at in panel.standing(note, now).cosigned.items() if alias not in there}


def take(tx: Transaction, note: str, panel: Panel, now: datetime) -> tuple[int, tuple[str, ...]]:
    """Store the cosignatures in a note that hold and are new, each with its event; return size and new aliases.

    Raises CheckpointForeign when outsiders were not shown this checkpoint, Malformed when it is none, SignatureInvalid
    when a known witness's line does not hold. Strangers' lines are passed over.
    """
    if tx.dialect.name == "postgresql":  # two may bring one line at one moment; SQLite has one writer anyway
        tx.execute(sql("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    size, fresh = find_new(tx, note, panel, now)
    signatures = split_note(note)[1]
    for alias, at in fresh.items():
        witness = next(one for one in panel.trust.witnesses if one.alias == alias)
        line, committee = _line_of(witness, at, signatures), panel.committees[alias]
        tx.execute(insert(cosignature).values(size=size, witness=alias, line=line, received_at=now))
        by = Actor(f"witness-{witness.key.hint.hex()}", _ROLE, committee)
        journal.append(tx, CheckpointCosigned(alias, committee, size, at), by, now)
    return size, tuple(fresh)


def _line_of(witness: Witness, at: int, signatures: tuple[Signature, ...]) -> str:
    """Return the line by which a witness cosigned at ``at``: the time is the first 8 bytes of what it signed."""
    mine = (witness.key.name, witness.key.hint, at.to_bytes(8))
    return next(render_signature(one) for one in signatures if (one.name, one.hint, one.raw[:8]) == mine)


def with_cosignatures(reading: Reading, size: int, note: str) -> str:
    """Return a checkpoint's note with the lines of all who have cosigned it."""
    lines = select(cosignature.c.line).where(cosignature.c.size == size).order_by(cosignature.c.witness)
    return note + "".join(reading.execute(lines).scalars())


def public_note(reading: Reading, size: int) -> str:
    """Return the public checkpoint of this size with its cosignatures; there must be one."""
    shown = select(log_checkpoint.c.note).where(log_checkpoint.c.size == size)
    return with_cosignatures(reading, size, reading.execute(shown).scalar_one())


def newest_public(reading: Reading) -> str:
    """Return the newest checkpoint that outsiders may see, with its cosignatures. Raises NotFound before the first."""
    shown = public.newest(reading)
    if shown is None:
        raise NotFound(what="checkpoint")
    return with_cosignatures(reading, shown.size, shown.note)


def newest_witnessed(reading: Reading, panel: Panel, now: datetime, beyond: int = 0) -> tuple[str, Standing] | None:
    """Return the newest checkpoint with a quorum, of more than ``beyond`` entries, and who cosigned it; None if none.

    Where no quorum is asked for, nothing is witnessed.
    """
    if not panel.trust.rule.needed:
        return None
    counted = select(cosignature.c.size).where(cosignature.c.size > beyond).group_by(cosignature.c.size)
    enough = counted.having(func.count() >= panel.trust.rule.needed).order_by(cosignature.c.size.desc()).limit(_TRIED)
    for size in reading.execute(enough).scalars():
        cosigned = public_note(reading, size)
        standing = panel.standing(cosigned, now)
        if standing.is_met:
            return cosigned, standing
    return None


def last_of(reading: Reading, alias: str) -> Last | None:
    """Return how far a witness has come; None before its first cosignature."""
    rows = select(cosignature).where(cosignature.c.witness == alias).order_by(cosignature.c.size.desc()).limit(1)
    row = reading.execute(rows).one_or_none()
    if row is None:
        return None
    (signature,) = split_note(f"\n\n{row.line}")[1]
    return Last(row.size, int.from_bytes(signature.raw[:8]), row.received_at)


def checkpoint_of(reading: Reading, alias: str) -> str:
    """Return the largest checkpoint that a witness cosigned, with its line. Raises NotFound before the first."""
    last = last_of(reading, alias)
    if last is None:
        raise NotFound(what="checkpoint")
    return public_note(reading, last.size)
