"""The auditor's filters, asked of a copy: the corners that stories of well-formed events do not reach."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.audit.events import mention
from amana.audit.events.accounts import SignedOut
from amana.audit.events.event import Event
from amana.audit.events.processes import PolicyLoaded
from amana.audit.events.refusals import SignInsFailed
from amana.audit.events.wanted import GROUPS, WORDS, Filter, Hours, from_words, hours_from_words, to_words
from amana.audit.offline.search import answers, facts_of, search
from amana.audit.offline.snapshot import CopiedEntry
from amana.audit.outbox import journal
from amana.audit.tlog import leaf
from amana.audit.tlog.leaf import Detail
from amana.errors import Malformed
from support.log import NOON, SALMA

words = st.text("abcMAR_-.", min_size=1, max_size=6)
moments = st.datetimes(timezones=st.just(NOON.tzinfo)) | st.just(NOON)
hours = st.builds(Hours, st.integers(0, 23), st.integers(0, 23), st.frozensets(st.integers(0, 6)))
filters = st.builds(
    Filter,
    **dict.fromkeys(WORDS, st.none() | words),
    since=st.none() | moments,
    until=st.none() | moments,
    kinds=st.just(()) | st.sampled_from(list(GROUPS.values())),
    outside=st.none() | hours,
    changed=st.booleans(),
)


@given(wanted=filters)
def test_a_filter_survives_being_told(wanted: Filter):
    assert from_words(to_words(wanted)) == wanted


@pytest.mark.parametrize(
    "told",
    [{"events": "2"}, {"changed": "no"}, {"since": "May"}, {"until": "2026-05-01T00:00:00"}, {"outside": "6-19"}],
)
def test_what_no_filter_of_ours_tells_is_refused(told: dict[str, str]):
    with pytest.raises(Malformed):
        from_words(told)


def test_hours_of_work_are_told_with_their_days_of_rest():
    assert hours_from_words("6-19/0,6") == Hours(6, 19, frozenset({0, 6}))
    assert to_words(Filter(outside=Hours(6, 19, frozenset()))) == {"outside": "6-19/"}


def entry(index: int, event: Event, second: int, name: str) -> CopiedEntry:
    detail = journal.describe(event, SALMA, NOON.replace(second=second), f"evt_{name}", b"s" * 32)
    return CopiedEntry(index, detail.id, leaf.entry_of(detail), leaf.told(detail))


def test_news_is_told_by_time_and_not_by_place_in_the_log():
    first, second = PolicyLoaded("0" * 64), PolicyLoaded("1" * 64)
    log = [
        entry(0, second, 2, "b"),  # was journalled later than it stands here
        entry(1, first, 1, "a"),
        entry(2, SignedOut(), 1, "x"),
        CopiedEntry(3, "pad_1", b"{}", None),
        entry(4, second, 2, "c"),  # of the same instant: neither is before the other
        entry(5, second, 3, "d"),
        entry(6, first, 4, "e"),
    ]
    policies = Filter(kind="policy.loaded", changed=True)
    assert [one.index for one in search(log, policies)] == [0, 1, 4, 6]
    assert [one.index for one in search(log, replace(policies, changed=False))] == [0, 1, 4, 5, 6]


@pytest.mark.parametrize("facts", [b"\xff", b"[]", b'"bat_x"'])
def test_what_is_no_fact_names_nothing_beside_its_header(facts: bytes):
    told = leaf.told(journal.describe(SignedOut(), SALMA, NOON, "evt_1", b"s" * 32))
    detail = replace(Detail(*told), facts=facts, country="MAR")
    assert facts_of(detail) == {}
    assert answers(detail, Filter(country="MAR"))
    assert not answers(detail, Filter(subject="bat_x"))


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        (Filter(since=NOON, until=NOON.replace(second=1), outside=Hours(13, 19, frozenset())), True),
        (Filter(since=NOON.replace(second=1)), False),
        (Filter(until=NOON), False),
        (Filter(outside=Hours(12, 13, frozenset())), False),
        (Filter(outside=Hours(12, 13, frozenset({6}))), True),  # a Saturday
        (Filter(kinds=("signed.in",)), False),
        (Filter(organisation="police-tun"), False),
    ],
)
def test_times_hours_and_kinds_are_looked_at(wanted: Filter, answer: bool):
    assert answers(journal.describe(SignedOut(), SALMA, NOON, "evt_1", b"s" * 32), wanted) is answer


def test_facts_on_paper_name_what_the_event_names():
    event = SignInsFailed("", "", 3, ("a" * 64, "b" * 64), (1, 2), 0)
    detail = journal.describe(event, SALMA, NOON, "evt_1", b"s" * 32)
    assert mention.words(facts_of(detail), detail) == mention.words(vars(event), detail) == ["a" * 64, "b" * 64]
    assert mention.words({"countries": [1, "MAR", "MA"], "persons": "per_x"}, detail) == ["MAR"]
