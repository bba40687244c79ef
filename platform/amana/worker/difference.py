"""What a held version would change, for its owner: computed once both keys' use is under a checkpoint.

Persons are matched by the HMAC of their pseudonyms. The figures are the owner's own, are shown to nobody else, and are
deleted when she has decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import polars as pl
from sqlalchemy import Select, delete, insert, select, update

from amana import canonical
from amana.audit.events.contributions import DifferenceDropped, DifferenceMade
from amana.audit.events.vault import KeyUsed
from amana.audit.log.covered import is_under_checkpoint
from amana.audit.outbox import journal
from amana.canonical import Json
from amana.errors import Malformed
from amana.faults import point
from amana.intake.tables import difference
from amana.intake.versions import OTHER, RECORDS, TABLES, Difference
from amana.vault.records import PSEUDONYM, read_tables
from amana.vault.rewrite import Source, column_of, columns_of
from amana.vault.tables import current, holding, kept
from amana.worker import holdings, replace
from amana.worker.workbench import WORKER, Workbench

_PERSON: Final = ("high", "low", "nth")
READING: Final = "batch.difference"  # what the keys are used for


def next_difference(hub: Workbench) -> bool:
    """Take one held version a step towards its owner; return whether there was one.

    First step: announce the use of the two keys; second: compare. One that has nothing left to replace is accepted.
    """
    with hub.database.read() as reading:
        held = reading.execute(_unseen()).all()
        ready = [one for one in held if one.seen is None or is_under_checkpoint(reading, one.opening_event)]
    if not ready:
        return False
    return _announce(hub, ready[0]) if ready[0].seen is None else _compare(hub, ready[0])


def compared(old: Source, new: Source) -> Difference:
    """Return what ``new`` changes of ``old``. A person who stands in several rows is matched row by row, in order.

    Held at a time: 16 bytes of each person's HMAC on both sides, and one column. Two HMACs that agree in 128 bits are
    the same. A variable that only one of the two collected changes for everybody who is in both.
    """
    names = columns_of(old), columns_of(new)
    if not all(PSEUDONYM in each for each in names):
        return Difference(OTHER)
    was, is_ = _persons(old), _persons(new)
    pairs = was.join(is_, on=_PERSON, how="inner", suffix="_new").select("row", "row_new")
    any_changed = pl.zeros(len(pairs), pl.Boolean, eager=True)
    parts: dict[str, int] = {}
    for name in sorted({*names[0], *names[1]} - {PSEUDONYM}):
        differs = (
            _differs(old, new, name, pairs)
            if all(name in each for each in names)
            else pl.ones(len(pairs), pl.Boolean, eager=True)
        )
        any_changed |= differs
        if differs.any():
            parts[name.partition(":")[2]] = int(differs.sum())
    changed = int(any_changed.sum())
    added, removed = len(is_) - len(pairs), len(was) - len(pairs)
    return Difference(RECORDS, added, removed, changed, len(pairs) - changed, parts)


def _persons(source: Source) -> pl.DataFrame:
    """Return a row for each row of the file: 128 bits of the person's HMAC, which of her rows it is, and its place."""
    chunks = [np.frombuffer(b"".join(one.to_pylist()), dtype="<u8") for one in column_of(source, PSEUDONYM).chunks]
    macs = np.concatenate([np.empty((0, 4), dtype="<u8"), *(one.reshape(-1, 4) for one in chunks)])
    frame = pl.DataFrame({"high": macs[:, 0], "low": macs[:, 1]}).with_row_index("row")
    return frame.with_columns(nth=pl.int_range(pl.len()).over("high", "low"))


def _differs(old: Source, new: Source, name: str, pairs: pl.DataFrame) -> pl.Series:
    was, is_ = (pl.Series(pl.from_arrow(column_of(source, name))) for source in (old, new))
    return was.gather(pairs["row"]).ne_missing(is_.gather(pairs["row_new"]))


def tables_compared(old: bytes, new: bytes) -> Difference:
    """Return how many cells of each cube differ between two tables files of one plan."""
    was, is_ = _cubes(old), _cubes(new)
    if was[0] != is_[0] or was[1].keys() != is_[1].keys():
        return Difference(OTHER)
    parts = {cube: _cells_changed(cells, is_[1][cube]) for cube, cells in was[1].items()}
    return Difference(TABLES, parts=parts)


def _cubes(raw: bytes) -> tuple[Json, dict[str, dict[bytes, bytes]]]:
    """Return the plan's digest, and cube → cell → what stands in it, of a file that was judged when it came."""
    match canonical.decode(raw):
        case {"plan_digest": digest, "cubes": Mapping() as cubes}:
            return digest, {name: dict(_cells(cells)) for name, cells in cubes.items()}
    raise Malformed(format="tables")


def _cells(cells: Json) -> Iterator[tuple[bytes, bytes]]:
    for cell in cells if isinstance(cells, list) else ():
        match cell:
            case [codes, *said]:
                yield canonical.encode(codes), canonical.encode(said)


def _cells_changed(was: Mapping[bytes, bytes], is_: Mapping[bytes, bytes]) -> int:
    return sum(was.get(cell) != is_.get(cell) for cell in was.keys() | is_.keys())


def _announce(hub: Workbench, held: Any) -> bool:  # noqa: ANN401 - a row
    now = hub.clock()
    with hub.database.write() as tx:
        mine = tx.execute(select(holding).where(holding.c.id == held.id, kept()).with_for_update()).first()
        against = tx.execute(select(holding).where(current(), *replace.same_subject(held))).first()
        known = tx.execute(select(difference.c.batch_id).where(difference.c.batch_id == held.batch_id)).first()
        if mine is not None and mine.held_since is not None and against is None:
            replace.accept(tx, mine, now)
        elif mine is not None and against is not None and known is None:
            used = [KeyUsed(row.key_id, READING, held.batch_id) for row in (held, against)]
            # Of one instant, the log orders events by their ids: where the last one stands, both do.
            last = max(journal.append(tx, one, WORKER, now) for one in used)
            tx.execute(insert(difference).values(batch_id=held.batch_id, against=against.id, opening_event=last))
        point("difference.announced")
    return True


def _compare(hub: Workbench, held: Any) -> bool:  # noqa: ANN401 - a row
    with hub.database.read() as reading:
        against = reading.execute(select(holding).where(holding.c.id == held.seen, current())).first()
    found = _found(hub, against, held) if against is not None else None
    with hub.database.write() as tx:
        row = tx.execute(select(difference).where(difference.c.batch_id == held.batch_id).with_for_update()).first()
        stands = tx.execute(select(holding.c.id).where(current(), holding.c.id == held.seen)).first()
        if row is not None and (found is None or stands is None):
            tx.execute(delete(difference).where(difference.c.batch_id == held.batch_id))
            journal.append(tx, DifferenceDropped(held.batch_id, held.committee), WORKER, hub.clock())
        elif row is not None and found is not None and row.against == held.seen and row.found is None:
            mine = update(difference).where(difference.c.batch_id == held.batch_id)
            tx.execute(mine.values(found=found.render(), made_at=hub.clock()))
            journal.append(tx, DifferenceMade(held.batch_id, held.committee), WORKER, hub.clock())
        point("difference.written")
    point("difference.made")
    return True


def _found(hub: Workbench, old: Any, new: Any) -> Difference:  # noqa: ANN401 - rows
    if old.kind != new.kind:
        return Difference(OTHER)
    if old.kind == RECORDS:
        return compared(holdings.source(hub, old), holdings.source(hub, new))
    was, is_ = (holdings.source(hub, row) for row in (old, new))
    return tables_compared(_tables(was), _tables(is_))


def _tables(one: Source) -> bytes:
    return read_tables(one.path, one.facts, one.keys, one.key_id)


def _unseen() -> Select[Any]:
    """Return the held versions whose owner cannot see the difference yet; ``seen``: what it is taken against."""
    joined = holding.outerjoin(difference, difference.c.batch_id == holding.c.batch_id)
    columns = (*holding.c, difference.c.against.label("seen"), difference.c.opening_event)
    waiting = (kept(), holding.c.held_since.is_not(None), difference.c.found.is_(None))
    return select(*columns).select_from(joined).where(*waiting).order_by(holding.c.held_since, holding.c.id)
