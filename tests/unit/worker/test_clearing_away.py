"""What a dead worker left is cleared away; what a living one is writing is not."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from amana.audit.events.event import Actor
from amana.intake.tables import segment
from amana.release import claim as builds
from amana.release.order import plan_release
from amana.release.states import ReleaseState
from amana.vault.keys import KeyMissing
from amana.worker import claim, clear_away
from amana.worker.judge import judge
from amana.worker.keep import keep
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
    draft = judge(bench.hub, mine).records
    assert draft is not None
    return draft.settle().file


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


def made_at(bench: Bench, key_id: str, hours_ago: int) -> str:
    then = (bench.clock() - timedelta(hours=hours_ago)).timestamp()
    os.utime(next(bench.hub.records.parent.rglob(f"{key_id}.json")), (then, then))
    return key_id


def test_a_key_without_a_file_goes_after_a_day_and_no_other(small: Bench) -> None:
    hub = small.hub
    lone, young = made_at(small, hub.keys.make("MAR"), 25), made_at(small, hub.keys.make("MAR"), 23)
    assert clear_away.sweep_keys(hub) == 0, "no row names any key: this may be another hub's database"
    mine = claimed(small)
    assert keep(hub, mine, judge(hub, mine))
    (stored,) = [made_at(small, one.key_id, 25) for one in small.holdings()]
    written = made_at(small, half_done(small, claimed(small)).rsplit(".", 1)[1], 25)
    assert clear_away.sweep_keys(hub) == 1
    with pytest.raises(KeyMissing):
        hub.keys.wrap(lone, b"x", "y")
    for used in (written, stored, young):
        assert hub.keys.wrap(used, b"x", "y")


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


def planned(bench: Bench) -> str:
    plan = next(iter(bench.hub.plans.values()))
    by, now = Actor("per_steward", "steward", "hub"), bench.clock()
    with bench.web.write() as tx:
        return plan_release(tx, plan, "2022", policy_digest="d" * 64, publish_at=now, by=by, now=now)


def building(bench: Bench) -> builds.Claim:
    mine = builds.take(bench.hub.database, "worker", bench.hub.lease, bench.clock(), lambda _reading, _release: True)
    assert mine is not None
    return mine


def bundle(bench: Bench, name: str, age: timedelta) -> Path:
    folder = bench.hub.bundles / name
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    written = (bench.clock() - age).timestamp()
    os.utime(folder, (written, written))
    return folder


def test_a_bundle_that_no_release_names_goes_once_nobody_is_building(small: Bench) -> None:
    old = small.hub.lease + timedelta(seconds=1)
    named, young = bundle(small, "c" * 64, old), bundle(small, "a" * 64, small.hub.lease)
    orphan, draft, stranger = bundle(small, "0" * 64, old), bundle(small, ".draft-x", old), bundle(small, "notes", old)
    planned(small)
    mine = building(small)
    with small.hub.database.write() as tx:
        builds.settle(tx, mine, state=ReleaseState.BUILT, candidate=named.name)
    planned(small)
    other = building(small)
    assert clear_away.sweep(small.hub) == 0  # the second build may be about to name one of them
    with small.hub.database.write() as tx:
        builds.settle(tx, other, state=ReleaseState.REFUSED, reason="release.no_inputs")
    assert clear_away.sweep(small.hub) == 2
    assert (orphan.exists(), draft.exists()) == (False, False)
    assert set(small.hub.bundles.iterdir()) == {named, young, stranger}


def test_a_database_that_names_no_bundle_says_nothing_about_a_folder_of_them(small: Bench) -> None:
    somebodys = bundle(small, "c" * 64, small.hub.lease * 2)
    assert clear_away.sweep(small.hub) == 0
    assert somebodys.exists()
