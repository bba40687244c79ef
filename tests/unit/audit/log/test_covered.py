"""An act that waits for its checkpoint waits until one is signed over it, and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from amana.audit.events.accounts import SignedOut
from amana.audit.log.covered import is_under_checkpoint
from support.databases import TestDatabase
from support.log import WrittenLog


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(database, tmp_path)


def test_an_event_is_covered_once_it_is_sequenced_and_not_before(log: WrittenLog):
    (event,) = log.write(SignedOut())
    with log.web.read() as reading:
        assert not is_under_checkpoint(reading, event)
    log.sequence()
    with log.web.read() as reading:
        assert is_under_checkpoint(reading, event)
        assert not is_under_checkpoint(reading, "evt_unknown")


def test_an_entry_without_its_checkpoint_does_not_count(log: WrittenLog):
    with log.database.as_role("owner").write() as tx:
        tx.execute(text("INSERT INTO log_entry (idx, event_id, leaf) VALUES (0, 'evt_1', '1')"))
    with log.web.read() as reading:
        assert not is_under_checkpoint(reading, "evt_1")
