"""A migration is tried with rows in the tables: what stood keeps its meaning, and the next row has room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from support.databases import migrate

BATCH = (
    "INSERT INTO batch (id, committee, dataflow, period, contribution, state, submitted_by, received_at,"
    " received_event, idempotency_key, keyed_digest, media_type, sealed_by, bytes)"
    " VALUES (:id, 'MAR', 'VICTIMS', '2022', 'records', :state, 'per_a', 1, 'evt_a', :id, '0', 'text/csv', 'hub', 9)"
)
HOLDING = (
    "INSERT INTO holding (id, batch_id, committee, dataflow, period, kind, file, key_id, codebook_digest, rows,"
    " stored_at, superseded_at)"
    " VALUES (:id, :batch, 'MAR', 'VICTIMS', '2022', 'records', :id, 'key_a', '0', 3, 1, :end)"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.sqlite'}"
        return
    server, name = request.getfixturevalue("postgresql"), f"old_{tmp_path.name[-20:].replace('-', '_').lower()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _rows(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_0002_leaves_holdings_as_they_are_and_makes_room_for_a_rewritten_file(empty: str) -> None:
    migrate(empty, "0001")
    engine = create_engine(empty)
    with engine.begin() as connection:
        for number in range(200):
            state, end = ("SUPERSEDED", 5) if number % 3 else ("ACCEPTED", None)
            connection.execute(text(BATCH), {"id": f"bat_{number:03}", "state": state})
            connection.execute(text(HOLDING), {"id": f"hld_{number:03}", "batch": f"bat_{number:03}", "end": end})
    before = _rows(engine, "SELECT id, batch_id, rows, superseded_at FROM holding ORDER BY id")
    migrate(empty, "0002")
    assert _rows(engine, "SELECT id, batch_id, rows, superseded_at FROM holding ORDER BY id") == before
    assert _rows(engine, "SELECT count(*) FROM holding WHERE held_since IS NOT NULL") == [(0,)]
    assert _rows(engine, "SELECT count(*) FROM batch WHERE replaces") == [(0,)]
    with engine.begin() as connection:
        connection.execute(text("UPDATE holding SET superseded_at = 7 WHERE id = 'hld_000'"))
        connection.execute(text(HOLDING), {"id": "hld_new", "batch": "bat_000", "end": None})
    with pytest.raises(Exception, match=r"(?i)unique"), engine.begin() as connection:
        connection.execute(text(HOLDING), {"id": "hld_two", "batch": "bat_000", "end": None})
    engine.dispose()


UPLOAD = (
    "INSERT INTO upload (id, batch_id, committee, dataflow, period, contribution, media_type, length, received, pieces,"
    " idempotency_key, keyed_digest, slot, begun_by, begun_at, expires_at)"
    " VALUES (:id, :batch, 'MAR', 'VICTIMS', '2022', 'records', 'text/csv', 9, 0, 0, :key, '0', :slot, 'per_a', 1, 2)"
)


def test_0003_and_0008_leave_what_was_sent_at_once_alone_and_what_has_begun_is_no_trial(empty: str) -> None:
    migrate(empty, "0002")
    engine = create_engine(empty)
    with engine.begin() as connection:
        for number in range(200):
            connection.execute(text(BATCH), {"id": f"bat_{number:03}", "state": "ACCEPTED"})
    before = _rows(engine, "SELECT * FROM batch ORDER BY id")
    migrate(empty, "0003")
    assert _rows(engine, "SELECT * FROM batch ORDER BY id") == before
    with engine.begin() as connection:
        for number in range(200):  # ended ones share neither key nor slot: both are NULL
            begun = {"id": f"upl_{number:03}", "batch": f"bat_u{number:03}", "key": None, "slot": None}
            connection.execute(text(UPLOAD), begun | ({"key": "k", "slot": 1} if number == 0 else {}))
    migrate(empty, "0008")
    assert _rows(engine, "SELECT count(*) FROM upload WHERE dry_run OR replaces") == [(0,)]
    for same in ({"key": "k", "slot": 2}, {"key": "other", "slot": 1}):
        with pytest.raises(Exception, match=r"(?i)unique"), engine.begin() as connection:
            connection.execute(text(UPLOAD), {"id": "upl_new", "batch": "bat_new", **same})
    engine.dispose()


RELEASE = (
    "INSERT INTO release (id, plan, plan_digest, policy_digest, dataflow, period, state, planned_by, planned_at,"
    " publish_at) VALUES (:id, 'small', '0', '0', 'VICTIMS', '2022', :state, 'per_a', 1, 1)"
)


def test_0009_makes_every_release_the_first_vintage_of_its_period(empty: str) -> None:
    migrate(empty, "0008")
    engine = create_engine(empty)
    with engine.begin() as connection:
        for number in range(200):
            state = "PUBLISHED" if number == 0 else "REFUSED"
            connection.execute(text(RELEASE), {"id": f"rel_{number:03}", "state": state})
    before = _rows(engine, "SELECT id, plan, period, state FROM release ORDER BY id")
    migrate(empty, "0009")
    assert _rows(engine, "SELECT id, plan, period, state FROM release ORDER BY id") == before
    assert _rows(engine, "SELECT DISTINCT vintage FROM release") == [(1,)]
    past = "INSERT INTO release_past (release_id, digest) VALUES ('rel_001', :digest)"
    with engine.begin() as connection:
        for digest in ("a" * 64, "b" * 64):
            connection.execute(text(past), {"digest": digest})
    with pytest.raises(Exception, match=r"(?i)unique"), engine.begin() as connection:
        connection.execute(text(past), {"digest": "a" * 64})
    engine.dispose()


def test_0010_leaves_the_log_alone_and_counts_each_month_once(empty: str) -> None:
    migrate(empty, "0009")
    engine = create_engine(empty)
    event = (
        "INSERT INTO event_detail (event_id, kind, at, actor, role, organisation, outcome, salt, details)"
        " VALUES (:id, 'statistics.read', 1, 'per_a', 'member', 'un-agency', 'done', '1', '1')"
    )
    with engine.begin() as connection:
        for number in range(200):
            connection.execute(text(event), {"id": f"evt_{number:03}"})
    before = _rows(engine, "SELECT * FROM event_detail ORDER BY event_id")
    migrate(empty, "0010")
    assert _rows(engine, "SELECT * FROM event_detail ORDER BY event_id") == before
    assert _rows(engine, "SELECT count(*) FROM reading") == _rows(engine, "SELECT count(*) FROM reading_month")
    month = "INSERT INTO reading_month VALUES (:committee, '2026-11', 'research', 'un_au_eu', 3)"
    with engine.begin() as connection:
        for committee in ("MAR", "TUN"):
            connection.execute(text(month), {"committee": committee})
    with pytest.raises(Exception, match=r"(?i)unique"), engine.begin() as connection:
        connection.execute(text(month), {"committee": "MAR"})
    engine.dispose()


CASE_NOTE = (
    "INSERT INTO case_note (id, case_id, kind, made_by, made_at, event_id, digest)"
    " VALUES ('nte_1', 'cas_1', 'question', 'per_a', 1, 'evt_1', '0')"
)
CASE_PIN = (
    "INSERT INTO case_pin (case_id, event_id, pinned_by, pinned_at, pinned_event)"
    " VALUES ('cas_1', 'evt_000', 'per_a', 1, 'evt_2')"
)
CASE = (
    "INSERT INTO review_case (id, opened_by, opened_at, opened_event) VALUES ('cas_1', 'per_a', 1, 'evt_1')",
    CASE_NOTE,
    "INSERT INTO case_text (note_id, salt, title, text) VALUES ('nte_1', '0', 'Night', 'Who was it?')",
    CASE_PIN,
)


def test_0011_leaves_the_log_alone_and_what_is_written_in_a_case_cannot_be_changed_only_erased(empty: str) -> None:
    migrate(empty, "0010")
    engine = create_engine(empty)
    entry = "INSERT INTO log_entry (idx, event_id, leaf) VALUES (:idx, :id, '1')"
    with engine.begin() as connection:
        for number in range(200):
            connection.execute(text(entry), {"idx": number, "id": f"evt_{number:03}"})
    before = _rows(engine, "SELECT * FROM log_entry ORDER BY idx")
    migrate(empty, "0011")
    assert _rows(engine, "SELECT * FROM log_entry ORDER BY idx") == before
    with engine.begin() as connection:
        for row in CASE:
            connection.execute(text(row))
    for act in (
        "UPDATE case_text SET text = 'Nobody.'",
        "UPDATE case_note SET made_by = 'per_b'",
        "DELETE FROM case_note",
        "DELETE FROM case_pin",
    ):
        with pytest.raises(Exception, match="only added to"), engine.begin() as connection:
            connection.execute(text(act))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM case_text"))
    engine.dispose()


def test_0013_finds_earlier_events_by_what_they_name(empty: str) -> None:
    migrate(empty, "0012")
    engine = create_engine(empty)
    batch, insert = (
        "bat_" + "a" * 26,
        (
            "INSERT INTO event_detail (event_id, kind, at, actor, role, organisation, outcome, country, subject, salt,"
            " details) VALUES (:id, 'k', 1, 'a', 'r', 'o', 'done', :country, :subject, :salt, :details)"
        ),
    )
    told = {
        "evt_1": ("MAR", "hld_1", b'{"batch":"%s","committee":"MAR","kind":"records"}' % batch.encode()),
        "evt_2": (None, "area-sex", b'{"countries":["MAR","TUN"],"cube":"area-sex"}'),
        "evt_3": (None, None, b"no JSON"),
    }
    with engine.begin() as connection:
        for event, (country, subject, details) in told.items():
            row = {"id": event, "country": country, "subject": subject, "salt": b"s", "details": details}
            connection.execute(text(insert), row)
    migrate(empty, "0013")
    assert _rows(engine, "SELECT event_id, word FROM event_mention ORDER BY event_id, word") == [
        ("evt_1", "MAR"),
        ("evt_1", batch),
        ("evt_1", "hld_1"),
        ("evt_2", "MAR"),
        ("evt_2", "TUN"),
        ("evt_2", "area-sex"),
    ]
    with pytest.raises(DBAPIError, match="only added to"), engine.begin() as connection:
        connection.execute(text("UPDATE event_mention SET word = 'TUN'"))
    engine.dispose()


def test_0012_shows_outsiders_nothing_that_was_signed_before(empty: str) -> None:
    migrate(empty, "0011")
    engine = create_engine(empty)
    with engine.begin() as connection:
        for size in range(1, 201):
            note = {"size": size, "note": f"note {size}"}
            connection.execute(
                text("INSERT INTO log_checkpoint (size, note, signed_at) VALUES (:size, :note, 1)"), note
            )
    migrate(empty, "0012")
    assert _rows(engine, "SELECT count(*), count(public_at), max(note) FROM log_checkpoint") == [(200, 0, "note 99")]
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO log_checkpoint VALUES (201, 'shown', 2, 2)"))
    assert _rows(engine, "SELECT note FROM log_checkpoint WHERE public_at IS NOT NULL") == [("shown",)]
    with pytest.raises(Exception, match="only added to"), engine.begin() as connection:
        connection.execute(text("UPDATE log_checkpoint SET public_at = NULL"))
    engine.dispose()


def test_0014_keeps_cosignatures_for_ever(empty: str) -> None:
    migrate(empty, "0013")
    engine = create_engine(empty)
    with engine.begin() as connection:
        for size in range(1, 201):
            row = {"size": size, "line": f"line {size}"}
            connection.execute(text("INSERT INTO cosignature VALUES (:size, 'mar.test/w', :line, 1)"), row)
    migrate(empty, "0014")
    assert _rows(engine, "SELECT count(*), max(line) FROM cosignature") == [(200, "line 99")]
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO cosignature VALUES (200, 'tun.test/w', 'line', 2)"))
    for act in ("UPDATE cosignature SET line = ''", "DELETE FROM cosignature"):
        with pytest.raises(DBAPIError, match="only added to"), engine.begin() as connection:
            connection.execute(text(act))
    engine.dispose()


def test_0015_makes_room_for_counts_that_only_grow(empty: str) -> None:
    migrate(empty, "0014")
    engine = create_engine(empty)
    with engine.begin() as connection:
        for number in range(200):
            row = {"id": f"evt_{number:03}", "leaf": b"{}"}
            connection.execute(text("INSERT INTO journal (event_id, leaf, made_at) VALUES (:id, :leaf, 1)"), row)
    migrate(empty, "0015")
    assert _rows(engine, "SELECT count(*) FROM journal") == [(200,)]
    assert _rows(engine, "SELECT id, until FROM refusal_mark") == [(1, 0)]
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO turned_away VALUES ('not_found', 'log.tile', '', 1)"))
        connection.execute(text("UPDATE turned_away SET times = 2"))
    for times in (1, 2, 4):
        with pytest.raises(DBAPIError, match="only grows"), engine.begin() as connection:
            connection.execute(text(f"UPDATE turned_away SET times = {times}"))
    engine.dispose()


def test_0016_lets_notes_be_sent_again_and_leaves_those_that_stand(empty: str) -> None:
    migrate(empty, "0015")
    engine = create_engine(empty)
    note = (
        "INSERT INTO case_note (id, case_id, kind, made_by, made_at, event_id, digest{names})"
        " VALUES (:id, 'cas_a', 'note', 'per_a', 1, 'evt_a', '0'{values})"
    )
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO review_case (id, opened_by, opened_at, opened_event) VALUES ('cas_a', 'per_a', 1, 'e')")
        )
        for number in range(200):
            connection.execute(text(note.format(names="", values="")), {"id": f"nte_{number:03}"})
    migrate(empty, "0016")
    assert _rows(engine, "SELECT count(*), count(idempotency_key) FROM case_note") == [(200, 0)]
    named = text(note.format(names=", idempotency_key, keyed_digest", values=", 'once', '0'"))
    with engine.begin() as connection:
        connection.execute(named, {"id": "nte_new"})
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(named, {"id": "nte_again"})
    engine.dispose()


def test_0018_and_0019_count_nothing_as_ended_and_name_nobody(empty: str) -> None:
    migrate(empty, "0017")
    engine = create_engine(empty)
    with engine.begin() as connection:
        for number in range(200):
            connection.execute(text(RELEASE), {"id": f"rel_{number:03}", "state": "PLANNED"})
    before = _rows(engine, "SELECT id, plan, period, state, attempt FROM release ORDER BY id")
    migrate(empty, "0019")
    assert _rows(engine, "SELECT id, plan, period, state, attempt FROM release ORDER BY id") == before
    assert _rows(engine, "SELECT DISTINCT ended_attempt, reason_committees FROM release") == [(0, None)]
    engine.dispose()
