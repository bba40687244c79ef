"""A proof shows one entry, at one index, to somebody without the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from amana.audit.events.accounts import SignedOut
from amana.audit.tlog import proof
from amana.audit.tlog.tree import ProofInvalid
from amana.errors import Malformed, NotFound
from support.databases import TestDatabase
from support.log import WrittenLog


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(sqlite, tmp_path)


def test_a_proof_survives_paper_and_holds(log: WrittenLog):
    wanted = log.grow(3, 4)[5]
    written = proof.render(log.proof(wanted))
    read = proof.parse(written)
    assert proof.render(read) == written
    assert proof.verify(read, log.key.verifier) == log.last
    assert read.index == 5


def test_a_proof_for_another_entry_or_index_does_not_hold(log: WrittenLog):
    first, second, *_ = log.grow(4)
    mine, other = log.proof(first), log.proof(second)
    for forged in (
        proof.Proof(other.entry, mine.index, mine.path, mine.note),
        proof.Proof(mine.entry, 2, mine.path, mine.note),
        proof.Proof(mine.entry, mine.index, other.path, mine.note),
    ):
        with pytest.raises(ProofInvalid):
            proof.verify(forged, log.key.verifier)


def test_there_is_no_proof_before_a_checkpoint_covers_the_event(log: WrittenLog):
    log.grow(1)
    (event,) = log.write(SignedOut())
    with pytest.raises(NotFound):
        log.proof(event)


@pytest.mark.parametrize("edit", ["@v1|@v2", "extra |extra !", "index 0|index 00", "index 0|", "=\n\n|=\n"])
def test_what_is_no_proof_is_refused(log: WrittenLog, edit: str):
    event = log.grow(2)[0]
    text = proof.render(log.proof(event))
    old, new = edit.split("|")
    with pytest.raises(Malformed):
        proof.parse(text.replace(old, new, 1))
