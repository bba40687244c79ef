"""Records are written while they are judged; what is refused in the end, or given up, leaves neither file nor key."""

from __future__ import annotations

import os

import pytest

from amana.codebook.records import Records
from amana.vault.records import HoldingFacts, read_blocks
from amana.vault.writing import Writing
from amana.worker import claim, clear_away
from amana.worker.draft import Draft
from amana.worker.judge import judge
from amana.worker.keep import keep
from support.contributions import pseudonym, row, text
from support.workbench import Bench

SOUND = text([row(1), row(2)]).encode()
TWICE = text([row(1), row(2), row(1)]).encode()  # only the whole file shows it, after its records were written


def claimed(bench: Bench, data: bytes) -> claim.Claim:
    bench.receive(data)
    claim.announce_next(bench.hub)
    bench.seal()
    mine = claim.take(bench.hub)
    assert mine is not None
    return mine


def keys(bench: Bench) -> list[str]:
    return sorted(os.listdir(bench.hub.vault / "keys" / "datasets"))


def test_a_file_that_is_refused_at_its_end_leaves_neither_records_nor_key(bench: Bench) -> None:
    sent = bench.receive(TWICE)
    bench.work()
    assert (bench.row(sent).state, bench.rules(sent)) == ("REFUSED", ["pseudonym.duplicate"])
    assert bench.stored() == keys(bench) == bench.holdings() == []


def test_a_file_that_is_refused_at_its_beginning_never_has_a_key(small: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    make = small.hub.keys.make
    monkeypatch.setattr(small.hub.keys, "make", lambda committee: made.append(committee) or make(committee))
    small.receive(text([row(1, SEX="X")]).encode())
    small.work()
    assert made == []


def test_a_judgement_that_fails_leaves_nothing(small: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = claimed(small, SOUND)

    def add_and_fail(draft: Draft, records: Records) -> None:
        add(draft, records)
        raise MemoryError

    add = Draft.add
    monkeypatch.setattr(Draft, "add", add_and_fail)
    with pytest.raises(MemoryError):
        judge(small.hub, mine)
    assert small.stored() == keys(small) == []


def test_what_a_dead_worker_was_writing_goes_once_its_attempt_is_over(small: Bench) -> None:
    dead = claimed(small, SOUND)
    assert judge(small.hub, dead).records is not None
    (draft,) = small.stored()
    assert draft.startswith(f".{dead.batch}.1.key_")
    assert clear_away.sweep(small.hub) == 0
    small.clock.pass_(31)
    heir = claim.take(small.hub)
    assert heir is not None
    assert clear_away.sweep(small.hub) == 1
    assert small.stored() == keys(small) == []
    assert keep(small.hub, heir, judge(small.hub, heir))
    (one,) = small.holdings()
    assert small.stored() == [one.file]
    assert keys(small) == [f"{one.key_id}.json"]


def test_who_was_slow_finds_its_draft_swept_and_changes_nothing(small: Bench) -> None:
    slow = claimed(small, SOUND)
    verdict = judge(small.hub, slow)
    small.clock.pass_(31)
    heir = claim.take(small.hub)
    assert heir is not None
    clear_away.sweep(small.hub)
    with pytest.raises(FileNotFoundError):
        keep(small.hub, slow, verdict)
    assert keep(small.hub, heir, judge(small.hub, heir))
    (one,) = small.holdings()
    assert small.stored() == [one.file]


def test_a_large_file_is_stored_row_group_by_row_group(small: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    add = Writing.add
    monkeypatch.setattr(Writing, "add", lambda file, records: taken.append(len(records)) or add(file, records))
    head, body = text([row(0)]).split("\r\n")[:2]
    lines = [body.replace(pseudonym(0), pseudonym(number)) for number in range(60_000)]
    small.receive("\n".join([head, *lines]).encode())
    small.work()
    (one,) = small.holdings()
    assert one.rows == sum(taken) == 60_000
    assert max(taken) <= 50_000
    facts = HoldingFacts(one.id, one.committee, one.dataflow, one.period, one.codebook_digest)
    groups = list(read_blocks(small.hub.records / one.file, facts, small.hub.keys, one.key_id))
    assert [len(group) for group in groups] == taken
