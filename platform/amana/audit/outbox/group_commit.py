"""One commit for the events of several threads: while one commits, the next ones gather, and go together.

A commit waits for the disk, and on SQLite for every other writer of the hub; taken one after another, each of eight
threads would wait for all before it. So the first that comes leads: it writes what everybody has brought, in one
transaction, and wakes them. Nobody is answered before the commit that holds their event, no thread of ours stands
between, and an event that cannot be written takes none of its company with it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import OperationalError

from amana.audit.events.event import Actor, Event
from amana.audit.outbox import journal, rows
from amana.audit.outbox.rows import Entry
from amana.db import Database


@dataclass(eq=False)
class _Brought:
    """An event that its thread waits for. ``fault`` says why none of its company was written."""

    entry: Entry
    is_over: bool = False
    is_written: bool = False
    fault: OperationalError | None = None


class GroupCommit:
    """The journal as the threads of one process write it, each one event, in no transaction of their own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = threading.Condition()
        self._gathered: list[_Brought] = []
        self._is_led = False

    def append(self, event: Event, by: Actor, at: datetime) -> str:
        """Return the event's id, once it is committed. Raises SQLAlchemyError when it is not known to be."""
        mine = _Brought(journal.prepare(event, by, at))
        if company := self._gather(mine):
            self._lead(company)
        if mine.fault is not None:
            raise mine.fault
        if not mine.is_written:
            self._write([mine])
        return mine.entry.detail.id

    def _gather(self, mine: _Brought) -> list[_Brought]:
        """Wait until another thread has led, and return nothing; or all that are to be led now."""
        with self._changed:
            self._gathered.append(mine)
            self._changed.wait_for(lambda: mine.is_over or not self._is_led)
            if mine.is_over:
                return []
            company, self._gathered, self._is_led = self._gathered, [], True
            return company

    def _lead(self, company: list[_Brought]) -> None:
        """Write what all of them brought, or tell all of them that the database does not answer.

        For anything else one of them is to blame, and meets it again alone, as everybody does whose leader is ended.
        """
        try:
            self._write(company)
            for one in company:
                one.is_written = True
        except OperationalError as fault:
            for one in company:
                one.fault = fault
        except Exception:  # noqa: BLE001, S110 - nobody is told that anything was written
            pass
        finally:
            with self._changed:
                for one in company:
                    one.is_over = True
                self._is_led = False
                self._changed.notify_all()

    def _write(self, some: list[_Brought]) -> None:
        with self._database.write() as tx:
            rows.write(tx, [one.entry for one in some])
