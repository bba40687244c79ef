"""Which holdings count, and which are to stay though they do not count yet."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert, select

from amana.vault.tables import current, holding, kept
from support.databases import TestDatabase

ENDED = {"sound": [], "superseded": ["superseded_at"], "destroyed": ["destroyed_at"], "waiting": ["held_since"]}


def test_what_waits_for_its_owners_word_stays_and_does_not_count(database: TestDatabase) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    worker = database.as_role("amana_worker")
    for name, ended in ENDED.items():
        row = {
            "id": name,
            "batch_id": f"bat_{name}",
            "committee": "MAR",
            "dataflow": "VICTIMS",
            "period": "2022",
            "kind": "records",
            "file": name,
            "key_id": f"key_{name}",
            "codebook_digest": "0" * 64,
            "rows": 1,
            "stored_at": noon,
            **dict.fromkeys(ended, noon),
        }
        with worker.write() as tx:
            tx.execute(insert(holding).values(**row))
    with worker.read() as reading:
        found = [set(reading.execute(select(holding.c.id).where(which())).scalars()) for which in (kept, current)]
    assert found == [{"sound", "waiting"}, {"sound"}]
