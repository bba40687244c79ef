"""Versions of one dataset and period: what a new one would change, its owner's word about it, and the history.

What was replaced is gone; of it the hub keeps the keyed digest of the file and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from amana import canonical
from amana.audit.events.event import Actor
from amana.canonical import Json
from amana.db import Reading, Transaction
from amana.errors import Conflict, Malformed
from amana.intake import requests, tables
from amana.intake.requests import Act, Asked
from amana.intake.states import NEXT, BatchState, RequestState
from amana.states import move

RECORDS, TABLES, OTHER = "records", "tables", "other"
_BECOMES: Final = {
    Act.REPLACE: BatchState.ACCEPTED,
    Act.DISCARD: BatchState.DISCARDED,
    Act.WITHDRAW: BatchState.WITHDRAWN,
}


@dataclass(frozen=True)
class Difference:
    """What a version changes, in counts; the owner's own data, and for the owner alone.

    kind:    ``records``, ``tables``, or ``other`` where the two cannot be compared (one counts, the other lists).
    added, removed, changed, same: persons, matched by pseudonym; of tables, all are 0.
    parts:   of records, variable → persons for whom it changed; of tables, cube → cells that changed.
    """

    kind: str
    added: int = 0
    removed: int = 0
    changed: int = 0
    same: int = 0
    parts: Mapping[str, int] | None = None

    def render(self) -> str:
        """Return canonical JSON; ``parse`` is its inverse."""
        facts: dict[str, Json] = {**vars(self), "parts": dict(self.parts or {})}
        return canonical.encode(facts).decode()

    @classmethod
    def parse(cls, text: str) -> Difference:
        """Return the difference that ``render`` wrote. Raises Malformed for anything else."""
        match canonical.decode(text.encode()):
            case {"kind": str(kind), "parts": dict(parts), **counts} if all(
                isinstance(n, int) for n in counts.values()
            ):
                if counts.keys() == {"added", "removed", "changed", "same"}:
                    return cls(kind=kind, parts={str(name): int(str(n)) for name, n in parts.items()}, **counts)  # type: ignore[arg-type]
        raise Malformed(format="difference")


@dataclass(frozen=True)
class Version:
    """One file that was sent for a dataset and period. keyed_digest: HMAC-SHA-256 of it under a key of the hub's."""

    batch: str
    state: str
    received_at: datetime
    keyed_digest: str


def shown(reading: Reading | Transaction, batch: str) -> Difference | None:
    """Return what a held batch would change; None while that is being computed, or once it is decided."""
    query = select(tables.difference.c.found).where(tables.difference.c.batch_id == batch)
    found = reading.execute(query).scalar_one_or_none()
    return Difference.parse(found) if found else None


def named(reading: Reading | Transaction, batch: str) -> str | None:
    """Return what names the difference that is shown: another comparison of the same batch has another name."""
    row = tables.difference
    mine = (row.c.batch_id == batch, row.c.found.is_not(None))
    return reading.execute(select(row.c.opening_event).where(*mine)).scalar_one_or_none()


def history(reading: Reading, committee: str, dataflow: str, period: str) -> tuple[Version, ...]:
    """Return every file that a committee sent for a dataset and period, newest first; a trial is no version."""
    row = tables.batch
    columns = (row.c.id.label("batch"), row.c.state, row.c.received_at, row.c.keyed_digest)
    same = (row.c.committee == committee, row.c.dataflow == dataflow, row.c.period == period, row.c.dry_run.is_(False))
    rows = reading.execute(select(*columns).where(*same).order_by(row.c.received_at.desc(), row.c.id))
    return tuple(Version(**one) for one in rows.mappings())


def ask(tx: Transaction, batch: str, act: Act, by: Actor, now: datetime, *, seen: str | None = None) -> str:
    """Enter the owner's word about a batch, and return the request's id; said twice, it is entered once.

    seen: the name of the difference that she was shown, where the asker quotes it; a yes is to that one and no other.
    Raises Conflict when the batch's state does not let it, when its owner cannot have seen the difference yet or saw
    another, or when another word about it waits to be carried out.
    """
    row = tx.execute(select(tables.batch).where(tables.batch.c.id == batch)).mappings().one()
    state = BatchState(row["state"])
    before = requests.about(tx, batch)
    waiting = [one for one in before if one.state in {RequestState.RECEIVED, RequestState.CHANGED}]
    said = next((one.id for one in before if one.act == act and one.state != RequestState.REFUSED), None)
    if said is not None:
        return said
    move(NEXT, state, _BECOMES[act])
    stands = named(tx, batch)
    unseen = act is Act.REPLACE and (state is not BatchState.HELD or stands is None or seen not in {None, stands})
    if waiting or unseen:
        raise Conflict(state=state.value, to=_BECOMES[act].value)
    asked = Asked(
        committee=row["committee"],
        act=act,
        dataflow=row["dataflow"],
        period=row["period"],
        batch=batch,
        idempotency_key=f"{act} {batch} {len(before)}",
        digest=stands or "",
    )
    return requests.enter(tx, asked, by, now)
