"""Whether the log is being signed: what must be logged is refused when it is not, and people are told before that.

A hub whose sequencer is gone, or signs with another key, can still write its journal; but nothing in the journal is
protected yet. So beyond the time that the policy grants, nothing more is done that would have to be believed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from amana.audit.log import delay, tiles
from amana.audit.log.delay import Delay
from amana.audit.tlog.checkpoint import VerifierKey, parse_vkey, read_checkpoint
from amana.db import Database
from amana.errors import AmanaError, NotFound
from amana.policy.log import LogPolicy, Shown
from amana.web.refusals import JournalClosed, LogUnsigned

_FRESH: Final = timedelta(seconds=1)  # how long one look at the log answers for


@dataclass
class Watch:
    """One process's eye on the log; many requests share one look."""

    auditor: Database
    key: VerifierKey
    policy: LogPolicy
    shown: Shown
    now: Callable[[], datetime]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _looked: datetime | None = None
    _late: bool = False
    _refusal: AmanaError | None = None

    @classmethod
    def over(cls, auditor: Database, vkey: str, policy: LogPolicy, now: Callable[[], datetime], *, demo: bool) -> Watch:
        """Return a watch over this hub's log. Raises Malformed when the verifier key is none."""
        return cls(auditor, parse_vkey(vkey), policy, policy.shown(demo=demo), now)

    def require(self) -> None:
        """Raise LogUnsigned when events have waited too long or another key signed; JournalClosed when nobody knows."""
        self._look()
        if self._refusal is not None:
            raise self._refusal

    def is_late(self) -> bool:
        """Return whether people are to be told that the log is late, or cannot be read at all."""
        self._look()
        return self._late

    def _look(self) -> None:
        with self._lock:
            now = self.now()
            if self._looked is None or not timedelta(0) <= now - self._looked < _FRESH:
                self._refusal = self._judge(now)
                self._looked = now

    def _judge(self, now: datetime) -> AmanaError | None:
        self._late = True
        try:
            with self.auditor.read() as reading:
                found = delay.read(reading, timedelta(seconds=self.shown.interval), now)
                note = tiles.newest_checkpoint(reading)
        except NotFound:
            note = None
        except SQLAlchemyError:
            return JournalClosed()
        if note is not None and not self._is_ours(note):
            return LogUnsigned(reason="key", minutes=0)
        self._late = found.is_late(self.policy.merge_delay)
        return self._overlong(found)

    def _is_ours(self, note: str) -> bool:
        try:
            read_checkpoint(note, self.key)
        except AmanaError:
            return False
        return True

    def _overlong(self, found: Delay) -> AmanaError | None:
        if found.waiting <= self.policy.closed_after:
            return None
        return LogUnsigned(reason="delay", minutes=int(found.waiting.total_seconds() // 60))
