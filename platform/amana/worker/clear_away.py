"""Clear away what is over: envelopes that were judged, holdings that were superseded, what a dead attempt left.

Each is destroyed first and noted after, so that a crash in between repeats a destruction, which harms nothing, and the
note is written once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import exists, select, update

from amana.audit.events.contributions import EnvelopeDestroyed
from amana.audit.events.vault import KeyDestroyed
from amana.audit.log.covered import is_under_checkpoint
from amana.audit.outbox import journal
from amana.dissemination import folders
from amana.faults import point
from amana.intake.states import SEALED, BatchState
from amana.intake.tables import batch, owner_request, segment
from amana.release import claim, ledger
from amana.release.states import ReleaseState
from amana.vault import opening
from amana.vault.tables import holding
from amana.worker.destroy import FILE, drop
from amana.worker.workbench import WORKER, Workbench

_UNUSED: Final = timedelta(days=1)  # a key is followed by its file within moments


def clear_next(hub: Workbench) -> bool:
    """Destroy the envelope of one judged batch, one superseded holding, or bundles of refused candidates.

    Returns whether there was anything.
    """
    return _envelope(hub) or _superseded(hub) or _refused(hub)


def sweep(hub: Workbench) -> int:
    """Remove what dead workers left: opened envelopes, files and bundles that no row names; return how many."""
    swept = opening.sweep(hub.tmp) + sweep_bundles(hub) + sweep_keys(hub)
    for path in sorted(hub.records.iterdir()):
        name = FILE.search(path.name)
        if name and _is_orphan(hub, path.name, name["work"], int(name["attempt"])):
            drop(hub, path.name, name["key"])
            swept += 1
    return swept


def sweep_bundles(hub: Workbench) -> int:
    """Remove the candidates and drafts that no release names, and return how many; none while a build may be going on.

    A folder younger than a lease is left alone: its build may have begun after we looked. So is everything while no
    release names any bundle: a database that knows of none may be another hub's.
    """
    before = hub.clock() - hub.lease
    with hub.database.read() as reading:
        known = ledger.candidates(reading)
        if not known or claim.is_any_held(reading):
            return 0
    return len(folders.sweep(hub.bundles, known, before.timestamp()))


def _refused(hub: Workbench) -> bool:
    """Remove the bundles of refused candidates: two masks over the same persons show more than either."""
    with hub.database.read() as reading:
        digests = ledger.candidates(reading, ReleaseState.REFUSED)
    return bool(folders.remove(hub.bundles, digests))


def sweep_keys(hub: Workbench) -> int:
    """Destroy the keys that protect nothing, left by workers that died before their file was there; return how many.

    A key younger than a day is left alone: its file may be about to come. So are all while no row names any: a
    database that knows of none may be another hub's.
    """
    old = hub.keys.made_before((hub.clock() - _UNUSED).timestamp())
    files = (FILE.search(path.name) for path in hub.records.iterdir())
    with hub.database.read() as reading:
        named = set(reading.execute(select(holding.c.key_id)).scalars())
    unused = set(old) - named - {file["key"] for file in files if file} if named else set()
    for key_id in sorted(unused):
        hub.keys.destroy(key_id)
    return len(unused)


def _envelope(hub: Workbench) -> bool:
    judged = batch.c.state.not_in(SEALED)
    waiting = select(batch.c.id, batch.c.committee).join(segment).where(judged, segment.c.destroyed_at.is_(None))
    with hub.database.read() as reading:
        found = reading.execute(waiting.limit(1)).first()
        if found is None:
            return False
        query = select(segment.c.sha256).where(segment.c.batch_id == found.id)
        sealed = reading.execute(query).scalars().all()
    for sha256 in sealed:
        hub.shelf.destroy(found.id, sha256)
    point("worker.envelope_destroyed")
    mine = (segment.c.batch_id == found.id, segment.c.destroyed_at.is_(None))
    with hub.database.write() as tx:
        if tx.execute(update(segment).where(*mine).values(destroyed_at=hub.clock())).rowcount:
            tx.execute(update(batch).where(batch.c.id == found.id).values(sheet=None))  # it served to read the file
            journal.append(tx, EnvelopeDestroyed(found.id, found.committee), WORKER, hub.clock())
    point("worker.envelope_noted")
    return True


def _superseded(hub: Workbench) -> bool:
    mine = (holding.c.superseded_event.is_not(None), holding.c.destroyed_at.is_(None))
    with hub.database.read() as reading:
        waiting = reading.execute(select(holding).where(*mine)).all()
        due = [one for one in waiting if is_under_checkpoint(reading, one.superseded_event)]
    if not due:
        return False
    old = due[0]
    drop(hub, old.file, old.key_id)
    point("worker.holding_destroyed")
    with hub.database.write() as tx:
        noted = update(holding).where(holding.c.id == old.id, holding.c.destroyed_at.is_(None))
        if tx.execute(noted.values(destroyed_at=hub.clock())).rowcount:
            journal.append(tx, KeyDestroyed(old.key_id, old.committee), WORKER, hub.clock())
    point("worker.holding_noted")
    return True


def _is_orphan(hub: Workbench, file: str, work: str, attempt: int) -> bool:
    """Return whether no row names the file and no worker can still write one: its attempt is over.

    work: the batch that was judged, or the request that was carried out.
    """
    row = owner_request if work.startswith("req_") else batch
    with hub.database.read() as reading:
        if reading.execute(select(exists().where(holding.c.file == file))).scalar_one():
            return False
        found = reading.execute(select(row.c.state, row.c.attempt).where(row.c.id == work)).first()
    return found is None or found.state != BatchState.RECEIVED or found.attempt > attempt  # both lives begin alike
