"""Pages of events, turned to the end, are what an obvious filter finds, however little each page looks at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from amana import ids
from amana.audit.desk import matching
from amana.audit.desk.query import count_events, read_doers, read_events
from amana.audit.events.contributions import BatchRefused
from amana.audit.events.event import Actor, Event
from amana.audit.events.processes import PolicyLoaded
from amana.audit.events.readers import StatisticsRead
from amana.audit.events.refusals import RequestRefused
from amana.audit.events.vault import RecordsStored
from amana.audit.events.wanted import Filter, Hours
from amana.audit.log.copy import DETAIL, detail_of
from amana.audit.offline.search import search
from amana.audit.offline.snapshot import CopiedEntry
from amana.audit.outbox import journal
from amana.audit.tlog import leaf
from amana.db import Reading
from support.databases import TestDatabase, sqlite_database
from support.log import NOON

BATCHES = [ids.new("bat") for _ in range(2)]
ACTORS = [Actor("per_salma", "submitter", "cnlte-mar"), Actor("per_hedi", "member", "police-tun")]
COUNTRIES, DATAFLOWS, PURPOSES = ["MAR", "TUN"], ["VICTIMS", "CHILDREN"], ["planning", "research"]
KINDS = ["batch.refused", "policy.loaded", "records.stored", "request.refused", "statistics.read"]
HOURS = Hours(6, 19, frozenset({0}))
one_of = st.sampled_from
events = st.one_of(
    st.builds(BatchRefused, one_of(BATCHES), one_of(COUNTRIES), one_of(DATAFLOWS), st.just("2022"), st.just(())),
    st.builds(PolicyLoaded, one_of(["0" * 64, "1" * 64])),
    st.builds(
        RecordsStored,
        st.builds(ids.new, st.just("hld")),
        one_of(BATCHES),
        one_of(COUNTRIES),
        one_of(DATAFLOWS),
        st.just("2022"),
        st.just("records"),
    ),
    st.builds(RequestRefused, st.just("read_batch"), st.just("x"), st.none(), one_of([None, *BATCHES])),
    st.builds(
        StatisticsRead,
        one_of(DATAFLOWS),
        st.just("area-sex"),
        st.lists(one_of(COUNTRIES), unique=True).map(tuple),
        st.just(("2022",)),
        one_of([None, *PURPOSES]),
        st.just("json"),
    ),
)
moments = st.integers(-40, 40).map(lambda hours: NOON + timedelta(hours=hours))
stories = st.lists(st.tuples(events, one_of(ACTORS), moments), min_size=3, max_size=20)


FIELDS = {
    "actor": one_of([one.id for one in ACTORS]),
    "organisation": one_of([one.organisation for one in ACTORS]),
    "country": one_of(COUNTRIES),
    "dataflow": one_of(DATAFLOWS),
    "purpose": one_of(PURPOSES),
    "outcome": one_of(["done", "refused"]),
    "kind": one_of(KINDS),
    "subject": one_of([*BATCHES, *BATCHES, "area-sex"]),
    "since": moments,
    "until": moments,
    "kinds": st.lists(one_of(KINDS), unique=True, min_size=1, max_size=3).map(tuple),
    "outside": st.just(HOURS),
    "changed": st.just(value=True),
}
few = st.lists(one_of(sorted(FIELDS)), unique=True, max_size=3)  # more would find nothing in so short a story
filters = few.flatmap(lambda names: st.builds(Filter, **{name: FIELDS[name] for name in names}))


Story = list[tuple[str, Event, Actor, datetime]]


class _Undone(Exception):
    """Ends a transaction without a trace, so that one database serves all examples."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestDatabase]:
    with sqlite_database(Path(tmp_path_factory.mktemp("asked"))) as opened:
        yield opened


@given(story=stories, wanted=filters, look=st.integers(1, 6), limit=st.integers(1, 4))
def test_all_pages_together_are_what_matches(log: TestDatabase, story, wanted: Filter, look: int, limit: int) -> None:
    found: list[str] = []
    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(_Undone),
        log.as_role("owner").write() as tx,
    ):
        patch.setattr(matching, "LOOK", look)
        told = [(journal.append(tx, event, by, at), event, by, at) for event, by, at in story]
        counted = count_events(Reading(tx), wanted, limit)
        after: str | None = None
        for _ in range(2 * len(story) + 2):
            page = read_events(Reading(tx), wanted, after, limit)
            found += [event.event_id for event in page.events]
            after = page.after
            if after is None:
                break
        copied = copy(Reading(tx))
        raise _Undone
    assert after is None
    ordered = sorted(told, key=lambda one: (one[3], one[0]), reverse=True)
    assert found == [one[0] for one in ordered if matches(wanted, ordered, *one[1:])]
    assert {one.detail.id for one in search(copied, wanted)} == set(found), "a copy at home gives the same answer"
    assert counted.number <= min(len(found), limit)
    assert not counted.is_all or counted.number == len(found)


@given(story=stories, wanted=filters, most=st.integers(1, 8))
def test_who_did_the_newest_of_it_is_told_as_often_as_they_did(
    log: TestDatabase, story, wanted: Filter, most: int
) -> None:
    with pytest.raises(_Undone), log.as_role("owner").write() as tx:
        told = [(journal.append(tx, event, by, at), event, by, at) for event, by, at in story]
        doers = read_doers(Reading(tx), wanted, most)
        raise _Undone
    ordered = sorted(told, key=lambda one: (one[3], one[0]), reverse=True)
    newest = [one[2:] for one in ordered if matches(wanted, ordered, *one[1:])][:most]
    times = {by.id: [at for who, at in newest if who == by] for by in ACTORS}
    assert {one.actor: (one.times, one.first, one.last) for one in doers} == {
        actor: (len(at), min(at), max(at)) for actor, at in times.items() if at
    }


def copy(reading: Reading) -> list[CopiedEntry]:
    """The events as a copy of the log has them, in the order of their names, which says nothing of their times."""
    details = map(detail_of, reading.execute(select(*DETAIL).order_by("event_id")))
    return [CopiedEntry(idx, one.id, leaf.entry_of(one), leaf.told(one)) for idx, one in enumerate(details)]


def matches(wanted: Filter, story: Story, event: Event, by: Actor, at: datetime) -> bool:
    header = event.header
    named = {header.country, header.subject, *getattr(event, "countries", ()), getattr(event, "batch", None)}
    equal = {
        "actor": by.id,
        "organisation": by.organisation,
        "dataflow": header.dataflow,
        "purpose": header.purpose,
        "outcome": header.outcome,
        "kind": event.kind,
    }
    return (
        all(getattr(wanted, name) in {None, value} for name, value in equal.items())
        and all(word is None or word in named for word in (wanted.country, wanted.subject))
        and (wanted.since is None or at >= wanted.since)
        and (wanted.until is None or at < wanted.until)
        and (not wanted.kinds or event.kind in wanted.kinds)
        and (wanted.outside is None or not 6 <= at.hour < 19 or at.isoweekday() == 7)
        and (not wanted.changed or header.subject != _subject_before(story, event, at))
    )


def _subject_before(story: Story, event: Event, at: datetime) -> str | None:
    """What the event of its kind before this instant was about, the last by name where several share an instant."""
    earlier = [one for one in story if one[1].kind == event.kind and one[3] < at]
    return max(earlier, key=lambda one: (one[3], one[0]))[1].header.subject if earlier else None
