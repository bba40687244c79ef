"""What a dead worker left is cleared away; what a living one is writing is not."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from amana.intake.tables import segment
from amana.vault.keys import KeyMissing
from amana.vault.records import HoldingFacts
from amana.worker import claim, clear_away
from amana.worker.judge import judge
from amana.worker.keep import _store, keep
from support.contributions import row, text
from support.workbench import Bench

SOUND = text([row(1)]).encode()


def claimed(bench: Bench) -> claim.Claim:
    bench.receive(SOUND)
    claim.announce_next(bench.hub)
    bench.seal()
    mine = claim.take(bench.hub)
    assert mine is not None
    return mine


def half_done(bench: Bench, mine: claim.Claim) -> str:
    """What stands in the vault when a worker dies between writing the file and writing the row."""
    facts = HoldingFacts("hld_x", mine.committee, mine.dataflow, mine.period, bench.hub.book.digest)
    return _store(bench.hub, mine, judge(bench.hub, mine), facts).file


def test_a_file_without_a_row_goes_once_its_attempt_is_over(small: Bench) -> None:
    dead = claimed(small)
    file = half_done(small, dead)
    assert clear_away.sweep(small.hub) == 0
    assert small.stored() == [file]
    small.clock.pass_(31)
    heir = claim.take(small.hub)
    assert heir is not None
    assert clear_away.sweep(small.hub) == 1
    assert small.stored() == []
    with pytest.raises(KeyMissing):
        small.hub.keys.wrap(file.rsplit(".", 1)[1], b"x", "y")
    assert keep(small.hub, heir, judge(small.hub, heir))
    (one,) = small.holdings()
    assert clear_away.sweep(small.hub) == 0
    assert small.stored() == [one.file]


def test_drafts_and_strangers(small: Bench) -> None:
    dead = claimed(small)
    name = half_done(small, dead)
    (small.hub.records / name).rename(small.hub.records / f".{name}.draft")
    (small.hub.records / "README").write_text("not ours")
    small.clock.pass_(31)
    assert claim.take(small.hub) is not None
    assert clear_away.sweep(small.hub) == 1
    assert small.stored() == ["README"]


def test_opened_envelopes_of_the_dead_go(small: Bench) -> None:
    (small.hub.tmp / "opening-dead").mkdir()
    (small.hub.tmp / "opening-dead" / "draft").write_text("IDENT")
    assert clear_away.sweep(small.hub) == 1
    assert small.left_open() == []


def test_destroying_twice_is_noted_once(bench: Bench) -> None:
    bench.receive(SOUND)
    bench.work()
    assert bench.kinds().count("envelope.destroyed") == 1
    assert not clear_away.clear_next(bench.hub)
    with bench.hub.database.write() as tx:
        tx.execute(update(segment).values(destroyed_at=None))
    assert clear_away.clear_next(bench.hub)
    assert bench.shelved() == []


def test_a_waiting_envelope_is_left_alone(small: Bench) -> None:
    small.receive(SOUND)
    assert not clear_away.clear_next(small.hub)
    assert len(small.shelved()) == 1
