"""However the log is asked, an index answers: no question walks over all events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.event import listen

from amana.audit.desk.matching import Place, match
from amana.audit.desk.query import count_events
from amana.audit.desk.questions import QUESTIONS, Asked, put
from amana.audit.events.wanted import Filter, Hours
from amana.db import Reading
from support.databases import TestDatabase
from support.log import NOON

WORDS = ("actor", "organisation", "country", "dataflow", "purpose", "outcome", "kind", "subject")
HOURS = Hours(6, 19, frozenset())
ASKED = Asked(NOON, NOON + timedelta(days=1), "MAR", HOURS)
FILTERS = {
    "nothing": Filter(),
    "hours": Filter(kinds=("x", "y"), outside=HOURS),
    **{word: Filter(**{word: "x"}) for word in WORDS},
    **{f"{word} and more": Filter(**{word: "x"}, outcome="done", dataflow="y", outside=HOURS) for word in WORDS[:3]},
    **{saved.id: put(saved, ASKED) for saved in QUESTIONS.values() if not saved.newcomers},
}


Ask = Callable[[Reading], object]


@pytest.fixture
def way(sqlite: TestDatabase) -> Callable[[Ask], list[str]]:
    """How the rows of events are found for the last statement of a question."""
    owner, sent = sqlite.as_role("owner"), []
    listen(owner.engine, "before_cursor_execute", lambda *told: sent.append(told[2:4]))

    def found(ask: Ask) -> list[str]:
        with owner.read() as reading:
            ask(reading)
            sql, parameters = sent[-1]
            steps = [row[3] for row in reading.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)]
        return [step for step in steps if "event_detail" in step or "event_mention" in step]

    return found


def page(wanted: Filter, behind: Place | None) -> Ask:
    def ask(reading: Reading) -> None:
        found = match(reading, wanted, behind, 51, told=("event_id", "kind"))
        reading.execute(found.newest(found.events.c.event_id).limit(51)).all()

    return ask


@pytest.mark.parametrize("behind", [None, (NOON, "evt_" + "a" * 26)], ids=["first page", "next page"])
def test_every_question_is_answered_by_an_index(way, behind: Place | None):
    for name, wanted in FILTERS.items():
        tables = way(page(wanted, behind))
        assert tables, name
        assert all("USING" in step for step in tables), (name, tables)


@pytest.mark.parametrize("word", ["country", "subject"])
def test_what_an_event_names_is_found_where_its_time_lies(way, word: str):
    names, events = way(page(Filter(**{word: "x"}), None))
    assert "event_mention USING PRIMARY KEY" in names
    assert "ix_event_detail_at (at=?)" in events


@pytest.mark.parametrize("word", WORDS)
def test_what_a_filter_selects_is_counted_in_its_index_alone(way, word: str):
    [table] = way(lambda reading: count_events(reading, Filter(**{word: "x"}, since=NOON), 50))
    assert "COVERING INDEX" in table or "event_mention USING PRIMARY KEY" in table
