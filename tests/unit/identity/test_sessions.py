"""Sessions end: after idling, after a day's work, at sign-out, with the account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from amana.identity import people, sessions
from amana.identity.tables import session
from support.identity_house import NOON, SHELL


@pytest.fixture
def opened(house):
    added = house.add()
    with house.web.write() as tx:
        return sessions.open_session(tx, added.id, NOON)


def find(house, opened, minutes=0.0):
    with house.web.read() as reading:
        return sessions.find(reading, opened.name, NOON + timedelta(minutes=minutes))


def use(house, opened, minutes):
    with house.web.write() as tx:
        now = NOON + timedelta(minutes=minutes)
        sessions.touch(tx, sessions.find(tx, opened.name, now), now)


def test_the_name_is_told_once_and_not_stored(house, opened):
    with house.owner.read() as reading:
        row = reading.execute(select(session)).one()
    assert opened.name not in map(str, row)
    assert opened.name not in repr(opened)
    assert opened.form_key not in repr(find(house, opened))


def test_idling_for_fifteen_minutes_ends_it(house, opened):
    assert find(house, opened, 14.99) is not None
    assert find(house, opened, 15) is None


def test_use_keeps_it_open_until_eight_hours_have_passed(house, opened):
    for minutes in range(10, 480, 10):
        use(house, opened, minutes)
    assert find(house, opened, 479.9) is not None
    assert find(house, opened, 480) is None


def test_it_is_written_once_a_minute_at_most(house, opened):
    assert not find(house, opened, 0.9).is_stale(NOON + timedelta(seconds=54))
    assert find(house, opened, 1).is_stale(NOON + timedelta(seconds=60))


def test_another_name_finds_nothing(house, opened):
    with house.web.read() as reading:
        assert sessions.find(reading, opened.name[:-1], NOON) is None
        assert sessions.find(reading, "", NOON) is None
        assert sessions.find(reading, sessions.digest(opened.name), NOON) is None


def test_it_ends_with_the_account(house, opened):
    with house.owner.write() as tx:
        people.disable(tx, "amal@mar.example", SHELL, NOON)
    assert find(house, opened) is None


def test_it_remembers_the_purpose(house, opened):
    with house.web.write() as tx:
        sessions.choose_purpose(tx, sessions.find(tx, opened.name, NOON), "research")
    assert find(house, opened).purpose == "research"


def test_all_of_a_persons_sessions_can_be_seen_and_ended(house, opened):
    owner = find(house, opened).person
    later = NOON + timedelta(minutes=3)
    with house.web.write() as tx:
        sessions.open_session(tx, owner.id, later)
        assert sessions.opened_by(tx, owner.id, later) == (NOON, later)
        sessions.close(tx, opened.name, later)
        assert sessions.opened_by(tx, owner.id, later) == (later,)
    assert find(house, opened, 3) is None
