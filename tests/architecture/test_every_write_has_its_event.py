"""No write without an event in the same transaction.

The rule is watched over in every test (``support/watching.py``): whatever our code commits, and whoever makes it do so.
Here stands what the watch itself must be able to do, and the short list of writes that need no event.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import insert, select, text, update

from amana.audit.events.event import Actor
from amana.audit.events.processes import PolicyLoaded
from amana.audit.outbox import journal
from amana.audit.outbox.tables import reading_month
from amana.db import Database
from amana.identity import sessions
from amana.identity.tables import session
from support import watched, watching
from support.databases import TestDatabase
from support.hub import NOON
from support.watched import EXCEPTED, Watch, hidden_statements, write_statements

PLACE = "planted/store.py"
WEB = Actor("web", "process", "hub")


def planted(source: str, database: Database) -> None:
    """Run ``act(database)`` as if it stood in our own code."""
    names = {
        "select": select,
        "insert": insert,
        "update": update,
        "text": text,
        "session": session,
        "reading_month": reading_month,
        "journal": journal,
    }
    more = {"WEB": WEB, "PolicyLoaded": PolicyLoaded, "NOON": NOON, "sessions": sessions}
    scope: dict[str, object] = {**names, **more}
    exec(compile(source, str(watched.OURS / PLACE), "exec"), scope)
    scope["act"](database)  # type: ignore[operator]


ROW = "digest='d', person_id='per_a', form_key='k', opened_at=NOON, seen_at=NOON, expires_at=NOON"
FORGETFUL = f"""
def act(database):
    with database.write() as tx:
        tx.execute(insert(session).values({ROW}))
"""
BY_TEXT = """
def act(database):
    with database.write() as tx:
        tx.execute(text("UPDATE session SET purpose = 'research'"))
"""
JOURNALLED = f"""
def act(database):
    with database.write() as tx:
        tx.execute(insert(session).values({ROW}))
        journal.append(tx, PolicyLoaded("0"), WEB, NOON)
"""
TOUCHED = """
def act(database):
    with database.write() as tx:
        tx.execute(update(session).values(seen_at=NOON))
"""
TOUCHED_AND_MORE = TOUCHED.replace("seen_at=NOON", "seen_at=NOON, purpose='research'")
NOTHING_CHANGED = TOUCHED_AND_MORE.replace("update(session)", "update(session).where(session.c.digest == 'none')")
TAKEN_BACK = f"""
def act(database):
    try:
        with database.write() as tx:
            tx.execute(insert(session).values({ROW}))
            raise KeyError
    except KeyError:
        pass
"""


@pytest.mark.parametrize(
    ("source", "missed"),
    [
        (FORGETFUL, [f"{PLACE}:act commits without an event: {PLACE}:act: INSERT session"]),
        (BY_TEXT, [f"{PLACE}:act commits without an event: {PLACE}:act: UPDATE session purpose"]),
        (TOUCHED_AND_MORE, [f"{PLACE}:act commits without an event: {PLACE}:act: UPDATE session purpose seen_at"]),
        (JOURNALLED, []),
        (TOUCHED, []),
        (NOTHING_CHANGED, []),
        (TAKEN_BACK, []),
    ],
    ids=["forgetful", "by text", "more than a touch", "journalled", "a touch", "nothing changed", "taken back"],
)
def test_a_write_is_missed_exactly_when_it_left_no_event(
    sqlite: TestDatabase, watch: Watch, source: str, missed: list[str]
) -> None:
    owner = sqlite.as_role("owner")
    if source not in {FORGETFUL, JOURNALLED, TAKEN_BACK}:
        with owner.write() as tx:
            sessions.open_session(tx, "per_a", NOON)
    planted(source, owner)
    assert watch.missed() == missed


def test_the_watch_hears_both_databases(database: TestDatabase, watch: Watch) -> None:
    row = {"committee": "MAR", "month": "2026-11", "purpose": "research", "class": "own", "reads": 1}
    counted = f"insert(reading_month).values({row})"
    planted(FORGETFUL.replace(f"insert(session).values({ROW})", counted), database.as_role("owner"))
    assert watch.missed() == [f"{PLACE}:act commits without an event: {PLACE}:act: INSERT reading_month"]


def test_what_a_test_writes_by_itself_is_its_own_affair(sqlite: TestDatabase, watch: Watch) -> None:
    with sqlite.as_role("owner").write() as tx:
        sessions.open_session(tx, "per_a", NOON)
    assert watch.missed() == []


def test_every_statement_that_writes_can_be_found_in_the_source() -> None:
    """None is made of text or by a table's own method, but for the rows of the journal itself."""
    assert hidden_statements() == {"audit/outbox/rows.py"}
    found = write_statements()
    known = {("identity/sessions.py:touch", "UPDATE"), ("lease.py:beat", "UPDATE")}
    kept_under_a_name = {("audit/log/tiles.py:store", "INSERT"), ("audit/outbox/readings.py:count_next", "INSERT")}
    assert known | kept_under_a_name <= found
    assert len(found) > 80


def test_a_write_that_no_test_has_seen_fails_a_run_of_all_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    def seen_by(exercised: set[tuple[str, str]], keyword: str = "") -> list[str]:
        monkeypatch.setattr(watching, "WATCH", Watch(exercised))
        asked = SimpleNamespace(keyword=keyword, markexpr="not slow", lf=False)
        run = SimpleNamespace(option=asked, args_source=pytest.Config.ArgsSource.TESTPATHS)
        return watching.never_seen(run)  # type: ignore[arg-type]

    every, touch = write_statements(), ("identity/sessions.py:touch", "UPDATE")
    assert seen_by(every) == []
    assert seen_by(every - {touch}) == ["identity/sessions.py:touch UPDATE"]
    assert seen_by(set(), keyword="some of them") == []


def test_what_needs_no_event_is_a_short_list_and_says_why() -> None:
    assert len(EXCEPTED) <= 10
    assert all(len(one.why.split()) >= 5 for one in EXCEPTED)
