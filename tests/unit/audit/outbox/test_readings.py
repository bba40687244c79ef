"""Readings are kept with their event, counted by month, and forgotten, as web and worker may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from amana.audit.events.event import Actor
from amana.audit.events.readers import StatisticsRead
from amana.audit.events.releases import ReleaseRead
from amana.audit.outbox import journal, readings
from amana.audit.outbox.crowd import Reader
from amana.audit.outbox.readings import Count, Home
from amana.audit.outbox.tables import reading, reading_month
from support.databases import TestDatabase

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOMES = {"un": Home("un_au_eu", None), "au": Home("un_au_eu", None), "eu": Home("un_au_eu", None)} | {
    committee.lower(): Home("committee", committee) for committee in ("MAR", "TUN", "EGY", "DZA")
}
ABLE = [Reader(name, home.class_, home.committee, "research") for name, home in HOMES.items()]


def read(database: TestDatabase, organisation: str, countries: str, at: datetime = NOON, **changed: str | None) -> None:
    told = {"purpose": "research", **changed}
    event = StatisticsRead("VICTIMS", "area-sex", tuple(countries.split()), ("2022",), told["purpose"], "json")
    with database.as_role("amana_web").write() as tx:
        journal.append(tx, event, Actor("per_a", "member", organisation), at)


def count(database: TestDatabase, until: datetime, least: int = 3) -> int:
    with database.as_role("amana_worker").write() as tx:
        return readings.count_next(tx, until, HOMES, ABLE, least)


def counts(database: TestDatabase, committee: str, since: str = "2026-01", until: str = "2026-12") -> list[Count]:
    with database.as_role("amana_web").read() as found:
        return list(readings.of_committee(found, committee, since, until))


def left(database: TestDatabase) -> int:
    with database.as_role("owner").read() as found:
        return int(found.execute(select(func.count()).select_from(reading)).scalar_one())


def test_a_reading_is_counted_for_each_committee_whose_data_were_in_it(database: TestDatabase) -> None:
    read(database, "un", "MAR TUN")
    read(database, "au", "MAR")
    assert count(database, NOON + HOUR) == 2
    assert counts(database, "MAR") == [Count("2026-11", "research", "un_au_eu", 2)]
    assert counts(database, "TUN") == [Count("2026-11", "research", "un_au_eu", 1)]
    assert counts(database, "EGY") == []
    assert left(database) == 0


def test_what_is_counted_later_is_added(database: TestDatabase) -> None:
    for hour in range(3):
        read(database, "un", "MAR", NOON + hour * HOUR)
        count(database, NOON + (hour + 1) * HOUR)
    assert counts(database, "MAR") == [Count("2026-11", "research", "un_au_eu", 3)]


def test_ones_own_readings_are_told_as_ones_own_and_to_others_as_a_committees(sqlite: TestDatabase) -> None:
    read(sqlite, "mar", "MAR TUN")
    count(sqlite, NOON + HOUR)
    assert counts(sqlite, "MAR") == [Count("2026-11", "research", "own", 1)]
    assert counts(sqlite, "TUN") == [Count("2026-11", "research", "committee", 1)]


def test_a_month_is_the_one_in_which_it_was_read(sqlite: TestDatabase) -> None:
    last_minute = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
    read(sqlite, "un", "MAR", last_minute)
    read(sqlite, "un", "MAR", last_minute + timedelta(minutes=1))
    count(sqlite, NOON)
    assert [one.month for one in counts(sqlite, "MAR")] == ["2026-11", "2026-10"]
    assert [one.month for one in counts(sqlite, "MAR", until="2026-10")] == ["2026-10"]
    assert [one.month for one in counts(sqlite, "MAR", since="2026-11")] == ["2026-11"]


def test_a_reading_without_company_is_forgotten_uncounted(sqlite: TestDatabase) -> None:
    read(sqlite, "un", "MAR")
    assert count(sqlite, NOON + HOUR, least=7) == 1
    assert (counts(sqlite, "MAR"), left(sqlite)) == ([], 0)


def test_whoever_read_could_read_even_if_the_account_is_closed_by_now(sqlite: TestDatabase) -> None:
    read(sqlite, "un", "MAR", purpose="regional_reporting")
    read(sqlite, "tun", "MAR", purpose=None)
    count(sqlite, NOON + HOUR)
    assert counts(sqlite, "MAR") == [Count("2026-11", "several", "several", 2)]


def test_only_what_was_read_before_the_mark_is_counted(sqlite: TestDatabase) -> None:
    read(sqlite, "un", "MAR", NOON - timedelta(microseconds=1))
    read(sqlite, "un", "MAR", NOON)
    assert count(sqlite, readings.mark(NOON + timedelta(minutes=59), HOUR)) == 1
    with sqlite.as_role("amana_worker").read() as found:
        assert not readings.are_waiting(found, NOON)
        assert readings.are_waiting(found, NOON + HOUR)


def test_counts_stand_as_of_a_mark_and_never_tell_when_a_reading_was_made(sqlite: TestDatabase) -> None:
    def stands(now: datetime) -> datetime:
        with sqlite.as_role("amana_web").read() as found:
            return readings.stands_at(found, now, HOUR)

    assert stands(NOON + timedelta(minutes=59)) == NOON
    read(sqlite, "un", "MAR", NOON + timedelta(minutes=7))
    assert stands(NOON + timedelta(minutes=59)) == NOON
    assert stands(NOON + 5 * HOUR) == NOON


def test_many_readings_are_counted_some_at_a_time(sqlite: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "LIMIT", 10)
    for number in range(25):
        read(sqlite, "un", "MAR", NOON + timedelta(seconds=number))
    assert [count(sqlite, NOON + HOUR) for _ in range(4)] == [10, 10, 5, 0]
    assert counts(sqlite, "MAR") == [Count("2026-11", "research", "un_au_eu", 25)]


def test_only_statistics_with_somebodys_figures_are_readings(sqlite: TestDatabase) -> None:
    read(sqlite, "un", "")
    with sqlite.as_role("amana_web").write() as tx:
        journal.append(tx, ReleaseRead("*"), Actor("per_a", "member", "un"), NOON)
    assert left(sqlite) == 0


def test_what_is_counted_names_no_organisation(sqlite: TestDatabase) -> None:
    assert {"organisation", "event_id"}.isdisjoint(reading_month.c.keys())


def test_the_web_can_neither_read_nor_change_what_was_kept(database: TestDatabase) -> None:
    read(database, "un", "MAR")
    web = database.as_role("amana_web")
    with pytest.raises(DBAPIError), web.read() as found:
        found.execute(select(reading.c.organisation))
    with pytest.raises(DBAPIError), web.write() as tx:
        tx.execute(reading.delete())
    with pytest.raises(DBAPIError), web.write() as tx:
        tx.execute(reading_month.delete())
