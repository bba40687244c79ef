"""Let go of uploads that were begun and not finished: what nobody went on with in time, and what was given up.

As elsewhere, what is to go is destroyed first and noted after: a crash in between repeats a destruction, which harms
nothing, and the note is written once.
"""

from __future__ import annotations

from sqlalchemy import select, update

from amana.audit.events.uploads import PiecesDestroyed
from amana.audit.outbox import journal
from amana.faults import point
from amana.intake import resume
from amana.intake.tables import upload, upload_piece
from amana.worker.workbench import WORKER, Workbench


def expire_next(hub: Workbench) -> bool:
    """Give up one upload whose time has run out, or destroy the pieces of one that was given up; whether there was one.

    A piece that is arriving while its upload is given up finds no row to go on from, and is not kept.
    """
    return _out_of_time(hub) or _given_up(hub)


def _out_of_time(hub: Workbench) -> bool:
    late = (upload.c.expires_at <= hub.clock(), upload.c.completed_at.is_(None), upload.c.ended_at.is_(None))
    with hub.database.read() as reading:
        found = reading.execute(select(upload.c.committee, upload.c.id).where(*late).limit(1)).first()
        one = resume.find(reading, *found) if found else None
    if one is None:
        return False
    resume.end(hub.database, one, WORKER, hub.clock(), if_late=True)
    point("worker.upload_expired")
    return True


def _given_up(hub: Workbench) -> bool:
    lying = select(upload.c.id, upload.c.batch_id, upload.c.committee).join(upload_piece)
    with hub.database.read() as reading:
        left = lying.where(upload.c.ended_at.is_not(None), upload_piece.c.destroyed_at.is_(None))
        found = reading.execute(left.limit(1)).first()
        if found is None:
            return False
        mine = (upload_piece.c.upload_id == found.id, upload_piece.c.destroyed_at.is_(None))
        sealed = reading.execute(select(upload_piece.c.sha256).where(*mine)).scalars().all()
    for sha256 in sealed:
        hub.shelf.destroy(found.batch_id, sha256)
    point("worker.pieces_destroyed")
    with hub.database.write() as tx:
        if tx.execute(update(upload_piece).where(*mine).values(destroyed_at=hub.clock())).rowcount:
            journal.append(tx, PiecesDestroyed(found.id, found.committee), WORKER, hub.clock())
    point("worker.pieces_noted")
    return True
