"""A case is added to, never changed; two auditors share it; a name is asked for once by each. On both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from amana.audit.cases import contents, review
from amana.audit.cases.review import CaseShut, NoteDiffers
from amana.audit.events.auditors import CaseRead
from amana.audit.outbox import journal
from amana.errors import NotFound
from support.databases import TestDatabase
from support.exports import NADIA, OMAR, a_case, sending
from support.log import NOON, WrittenLog

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def log(database: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(database, tmp_path)
    log.grow(3)
    return log


def whole(log: WrittenLog, case: str) -> contents.Whole:
    with log.auditor.read() as reading:
        return contents.read_case(reading, case)


def test_a_case_is_read_as_it_was_written(log: WrittenLog) -> None:
    case = a_case(log, log.written[2], log.written[0])
    told = whole(log, case)
    assert (told.case.state, told.case.opened_by) == ("OPEN", NADIA.id)
    assert (told.question.title, told.question.text) == ("Nights in May", "Who reads at night?")
    assert [pin.row.index for pin in told.pins if pin.row] == [0, 2]
    assert [(one.kind, one.made_by) for one in told.notes] == [
        ("question", NADIA.id),
        ("note", NADIA.id),
        ("note", OMAR.id),
    ]
    assert told.notes[2].answers == told.notes[1].id
    assert told.finding is None
    assert told.actors == ("per_salma",)


def test_what_is_not_yet_in_the_log_stands_last_among_the_pins(log: WrittenLog) -> None:
    case = a_case(log, log.written[1])
    with log.web.write() as tx:
        waiting = journal.append(tx, CaseRead(case, "page"), NADIA, LATER)
        review.pin(tx, case, [waiting], NADIA, LATER)
    pins = whole(log, case).pins
    assert [(pin.event_id, pin.row is None) for pin in pins] == [(log.written[1], False), (waiting, True)]


def test_an_event_is_pinned_once(log: WrittenLog) -> None:
    case = a_case(log, log.written[0])
    with log.web.write() as tx:
        assert review.pin(tx, case, [log.written[0], log.written[1], log.written[1]], OMAR, LATER) == 1
    assert len(whole(log, case).pins) == 2


def test_a_closed_case_takes_nothing_more(log: WrittenLog) -> None:
    case = a_case(log, log.written[0])
    with log.web.write() as tx:
        review.close(tx, case, "Nobody.", OMAR, LATER)
    told = whole(log, case)
    assert (told.case.state, told.finding.text if told.finding else "") == ("CLOSED", "Nobody.")
    with log.web.read() as reading:
        assert review.find(reading, case).closed_at == LATER
    for act in (
        lambda tx: review.write(tx, case, "More.", sending(), answers=None, by=NADIA, now=LATER),
        lambda tx: review.pin(tx, case, [log.written[1]], NADIA, LATER),
        lambda tx: review.close(tx, case, "Somebody.", NADIA, LATER),
        lambda tx: review.ask_name(tx, case, "per_salma", "Why?", by=NADIA, now=LATER),
    ):
        with pytest.raises(CaseShut), log.web.write() as tx:
            act(tx)


def test_an_answer_answers_a_note_of_its_own_case(log: WrittenLog) -> None:
    case, other = a_case(log), a_case(log)
    note = whole(log, other).notes[0].id
    with pytest.raises(NotFound), log.web.write() as tx:
        review.write(tx, case, "Yes.", sending(), answers=note, by=NADIA, now=LATER)


def test_there_is_no_such_case(log: WrittenLog) -> None:
    with pytest.raises(NotFound), log.web.read() as reading:
        review.find(reading, "cas_none")
    with pytest.raises(NotFound):
        whole(log, "cas_none")


def test_each_auditor_asks_for_a_name_once_with_a_reason(log: WrittenLog) -> None:
    case = a_case(log, log.written[0])
    with log.web.write() as tx:
        assert review.ask_name(tx, case, "per_salma", "Was it her?", by=NADIA, now=LATER)
        assert not review.ask_name(tx, case, "per_salma", "Was it?", by=NADIA, now=LATER)
        assert review.ask_name(tx, case, "per_salma", "I must know too.", by=OMAR, now=LATER)
        assert review.asked_event(tx, case, "per_hedi", NADIA.id) is None
    told = whole(log, case)
    assert {(one.person, one.asked_by) for one in told.names} == {("per_salma", NADIA.id), ("per_salma", OMAR.id)}
    assert sorted(one.text or "" for one in told.notes if one.kind == "reason") == ["I must know too.", "Was it her?"]


def test_cases_are_listed_newest_first_and_open_ones_alone_take_events(log: WrittenLog) -> None:
    old, new = a_case(log), a_case(log, now=LATER)
    with log.web.write() as tx:
        review.close(tx, new, "Done.", NADIA, LATER)
    with log.auditor.read() as reading:
        assert [one.case.id for one in contents.read_cases(reading)] == [new, old]
        assert [(one.case.id, one.title) for one in contents.read_open_cases(reading)] == [(old, "Nights in May")]
        assert contents.known_events(reading, [log.written[0], "evt_none"]) == {log.written[0]}


def test_what_is_sent_at_one_moment_from_two_sides_is_kept_once(log: WrittenLog) -> None:
    case = a_case(log)
    same = sending("twice", "Yes.")
    with log.web.write() as tx:
        assert review.find_sent(tx, same, NADIA) is None
        review.write(tx, case, "Yes.", same, answers=None, by=NADIA, now=LATER)
    with log.web.read() as reading:
        assert review.find_sent(reading, same, NADIA) == case
        assert review.find_sent(reading, same, OMAR) is None
        with pytest.raises(NoteDiffers):
            review.find_sent(reading, sending("twice", "No."), NADIA)
    with pytest.raises(IntegrityError), log.web.write() as tx:
        review.write(tx, case, "Yes.", same, answers=None, by=NADIA, now=LATER)
