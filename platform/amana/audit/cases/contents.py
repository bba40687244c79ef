"""What an auditor reads in a case, as auditor_reader, which can write nothing. The caller journals the reading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select

from amana.audit.cases.review import Case
from amana.audit.cases.tables import case_name, case_note, case_pin, case_text, review_case
from amana.audit.desk.logged import rows_of
from amana.audit.events.case_text import Kind, Written
from amana.audit.export.rows import Row
from amana.audit.outbox.tables import event_detail
from amana.db import Reading
from amana.errors import NotFound

_PERSON: Final = "per_"
_LISTED: Final = 200  # cases on one page, the newest


@dataclass(frozen=True)
class Headed:
    """A case under its title, which is None once it was erased."""

    case: Case
    title: str | None


@dataclass(frozen=True)
class Note:
    """Something written in a case: question, note, reason or finding. text: None once it was erased."""

    id: str
    kind: str
    made_by: str
    made_at: datetime
    event_id: str
    answers: str | None
    digest: str
    title: str | None
    text: str | None


@dataclass(frozen=True)
class Pin:
    """An event in a case, and who put it there. row: None until a checkpoint covers the event."""

    event_id: str
    pinned_by: str
    pinned_at: datetime
    row: Row | None


@dataclass(frozen=True)
class Named:
    """A person whose name an auditor asked for, and the event by which she did."""

    person: str
    asked_by: str
    asked_at: datetime
    asked_event: str


@dataclass(frozen=True)
class Whole:
    """A case with all that is in it, in order of time; pins by index, those not yet in the log last."""

    case: Case
    notes: tuple[Note, ...]
    pins: tuple[Pin, ...]
    names: tuple[Named, ...]

    @property
    def question(self) -> Note:
        """The question that opened it."""
        return next(one for one in self.notes if one.kind == Kind.QUESTION)

    @property
    def finding(self) -> Note | None:
        """The finding that closed it; None while it is open."""
        return next((one for one in self.notes if one.kind == Kind.FINDING), None)

    @property
    def actors(self) -> tuple[str, ...]:
        """The persons who acted in the events that are pinned: of these, names can be asked for."""
        acted = {one.row.detail.actor for one in self.pins if one.row and one.row.detail}
        return tuple(sorted(one for one in acted if one.startswith(_PERSON)))


def read_cases(reading: Reading) -> tuple[Headed, ...]:
    """Return the newest cases, under their titles."""
    return _newest(reading, _cases())


def read_open_cases(reading: Reading) -> tuple[Headed, ...]:
    """Return the open cases, the newest first."""
    return _newest(reading, _cases().where(review_case.c.closed_at.is_(None)))


def read_case(reading: Reading, case: str) -> Whole:
    """Return a case with all that is in it. Raises NotFound."""
    found = _headed(reading, _cases().where(review_case.c.id == case))
    if not found:
        raise NotFound(what="case", id=case)
    return Whole(found[0].case, _notes(reading, case), _pins(reading, case), _names(reading, case))


def acts_of(reading: Reading, case: str) -> dict[str, str | None]:
    """Return what was done in a case, each act with the event that it pinned, if any; not who has read it.

    Raises NotFound.
    """
    read_case(reading, case)
    pins = select(case_pin.c.pinned_event, case_pin.c.event_id).where(case_pin.c.case_id == case)
    notes = select(case_note.c.event_id).where(case_note.c.case_id == case)
    written = dict.fromkeys(reading.execute(notes).scalars())
    return {**written, **{row.pinned_event: row.event_id for row in reading.execute(pins)}}


def known_events(reading: Reading, events: Iterable[str]) -> set[str]:
    """Return those of these ids that are events of which something is still told."""
    found = select(event_detail.c.event_id).where(event_detail.c.event_id.in_(list(events)))
    return set(reading.execute(found).scalars())


def texts_of(reading: Reading, case: str) -> list[tuple[Written, str]]:
    """Return what was written in a case and is not erased, in order, each with its event."""
    note, text = case_note.c, case_text.c
    columns = (note.id, note.case_id, note.kind, note.answers, text.title, text.text, text.salt, note.event_id)
    joined = case_note.join(case_text, text.note_id == note.id)
    query = select(*columns).select_from(joined).where(note.case_id == case).order_by(note.made_at, note.id)
    return [(Written(*written), event) for *written, event in reading.execute(query)]


def _cases() -> Select[*tuple[object, ...]]:
    row = review_case.c
    question = case_note.outerjoin(case_text, case_text.c.note_id == case_note.c.id)
    joined = review_case.join(question, case_note.c.case_id == row.id)
    columns = (row.id, row.opened_by, row.opened_at, row.closed_at, row.erased_at, case_text.c.title)
    return select(*columns).select_from(joined).where(case_note.c.kind == Kind.QUESTION)


def _newest(reading: Reading, query: Select[*tuple[object, ...]]) -> tuple[Headed, ...]:
    return _headed(reading, query.order_by(review_case.c.opened_at.desc(), review_case.c.id).limit(_LISTED))


def _headed(reading: Reading, query: Select[*tuple[object, ...]]) -> tuple[Headed, ...]:
    return tuple(Headed(Case(*row[:-1]), row.title) for row in reading.execute(query))  # type: ignore[arg-type]  # ids and times


def _notes(reading: Reading, case: str) -> tuple[Note, ...]:
    note, text = case_note.c, case_text.c
    columns = (note.id, note.kind, note.made_by, note.made_at, note.event_id, note.answers, note.digest)
    joined = case_note.outerjoin(case_text, text.note_id == note.id)
    query = select(*columns, text.title, text.text).select_from(joined).where(note.case_id == case)
    return tuple(Note(*row) for row in reading.execute(query.order_by(note.made_at, note.id)))


def _pins(reading: Reading, case: str) -> tuple[Pin, ...]:
    columns = (case_pin.c.event_id, case_pin.c.pinned_by, case_pin.c.pinned_at)
    pinned = reading.execute(select(*columns).where(case_pin.c.case_id == case).order_by(case_pin.c.pinned_at)).all()
    rows = {one.leaf.id: one for one in rows_of(reading, [one.event_id for one in pinned])}
    pins = [Pin(*one, rows.get(one.event_id)) for one in pinned]
    return tuple(sorted(pins, key=lambda one: (one.row is None, one.row.index if one.row else 0)))


def _names(reading: Reading, case: str) -> tuple[Named, ...]:
    columns = (case_name.c.person_id, case_name.c.asked_by, case_name.c.asked_at, case_name.c.asked_event)
    query = select(*columns).where(case_name.c.case_id == case).order_by(case_name.c.asked_at)
    return tuple(Named(*row) for row in reading.execute(query))
