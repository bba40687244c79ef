"""The journal on both databases: written with the act, by roles that cannot take it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from amana.audit.events.accounts import SignedOut
from amana.audit.events.contributions import BatchRead
from amana.audit.events.refusals import RequestRefused
from amana.audit.outbox import journal
from amana.audit.tlog import leaf
from support.databases import TestDatabase
from support.log import NOON, SALMA, WrittenLog

REFUSALS = "not authorized|permission denied|prohibited"


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(database, tmp_path)


def test_an_act_that_fails_leaves_no_event(log: WrittenLog):
    with pytest.raises(ZeroDivisionError), log.web.write() as tx:
        assert journal.append(tx, SignedOut(), SALMA, NOON) == 1 / 0
    assert log.sequence() == 0


def test_the_worker_and_the_sequencer_journal_too(log: WrittenLog):
    for role in ("amana_worker", "amana_sequencer"):
        with log.database.as_role(role).write() as tx:
            journal.append(tx, SignedOut(), SALMA, NOON)
    assert log.sequence() == 2


def test_a_header_that_cannot_be_ours_stays_in_the_facts_only():
    asked = RequestRefused(
        "read_batch", "x", None, subject="b" * 81, country="MAR\x00", dataflow="VICTIMS", purpose="p\n"
    )
    told = journal.describe(asked, SALMA, NOON, "evt_1", bytes(leaf.SALT))
    assert (told.subject, told.country, told.dataflow, told.purpose) == (None, None, "VICTIMS", None)
    assert b"b" * 81 in told.facts


@pytest.mark.parametrize(
    ("role", "act"),
    [
        ("amana_web", "SELECT leaf FROM journal"),
        ("amana_web", "UPDATE journal SET leaf = 'x'"),
        ("amana_web", "DELETE FROM journal"),
        ("amana_web", "SELECT actor FROM event_detail"),
        ("amana_web", "DELETE FROM event_detail"),
        ("amana_web", "SELECT leaf FROM log_entry"),
        ("amana_web", "DELETE FROM log_entry"),
        ("amana_web", "INSERT INTO log_checkpoint (size, note, signed_at) VALUES (9, 'n', 1)"),
        ("amana_worker", "SELECT leaf FROM journal"),
        ("amana_worker", "DELETE FROM journal"),
        ("amana_worker", "SELECT actor FROM event_detail"),
        ("amana_sequencer", "SELECT actor FROM event_detail"),
        ("amana_sequencer", "UPDATE journal SET leaf = 'x'"),
        ("amana_sequencer", "DELETE FROM log_entry"),
        ("amana_sequencer", "UPDATE log_checkpoint SET note = 'x'"),
        ("auditor_reader", "INSERT INTO journal (event_id, leaf, made_at) VALUES ('e', '1', 1)"),
        ("auditor_reader", "UPDATE event_detail SET actor = 'x'"),
        ("auditor_reader", "DELETE FROM event_detail"),
        ("auditor_reader", "DELETE FROM log_tile"),
        ("auditor_reader", "SELECT leaf FROM journal"),
    ],
)
def test_no_role_reaches_beyond_its_task(log: WrittenLog, role: str, act: str):
    log.grow(1)
    with pytest.raises(DBAPIError, match=REFUSALS), log.database.as_role(role).write() as tx:
        tx.execute(text(act))


def test_what_the_sequencer_and_the_auditor_need_they_may(log: WrittenLog):
    log.write(BatchRead("bat_1", "MAR"))
    assert log.sequence() == 1
    with log.auditor.read() as reading:
        assert reading.execute(text("SELECT subject FROM event_detail")).scalar_one() == "bat_1"


def test_an_act_is_journalled_with_the_clause_that_allowed_it_and_a_refusal_with_the_one_that_refused(log: WrittenLog):
    allowed = replace(SALMA, under="access.submitter-own-committee")
    refusal = RequestRefused("submit_batch", "policy.refused", "agreement.MAR.membership", None, "MAR", None, None)
    malformed = RequestRefused("submit_batch", "intake.empty", None, None, "MAR", None, None)
    log.write(BatchRead("bat_1", "MAR"), refusal, malformed, by=allowed)
    with log.database.as_role("auditor_reader").read() as reading:
        told = reading.execute(text("SELECT kind, clause FROM event_detail ORDER BY at")).all()
    assert [tuple(row) for row in told] == [
        ("batch.read", "access.submitter-own-committee"),
        ("request.refused", "agreement.MAR.membership"),
        ("request.refused", None),
    ]
