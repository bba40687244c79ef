"""The sequencer's door: holds the log's key, moves the journal into the log at a fixed interval, signs.

The interval never follows the load. What outsiders see comes at the marks of a calendar of its own, whether or not
anything happened. A database that does not answer is asked again at the next beat: nothing is lost meanwhile, for an
event is acknowledged only once the journal has it, and it leaves the journal only with the commit that signs it.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Final

from sqlalchemy.exc import DBAPIError

from amana import clock
from amana.audit.events.event import Actor, Event
from amana.audit.events.log import ClockStepped, LogDelayed, SigningResumed
from amana.audit.events.processes import ProcessStarted
from amana.audit.log import delay
from amana.audit.log.last_signed import ClockBehind, last_signed
from amana.audit.log.sequence import LIMIT, check_log, sequence, show
from amana.audit.outbox import journal
from amana.audit.tlog.calendar import Calendar
from amana.audit.tlog.checkpoint import Checkpoint, LogKey, read_log_key
from amana.config import SequencerConfig
from amana.db import Database, open_database
from amana.policy import log as policy
from amana.policy import witnesses

ROLE: Final = "amana_sequencer"
_MOST: Final = 800  # entries in one transaction: each sorts what waits, which after an outage may be much
_SELF: Final = Actor("sequencer", "process", "hub")
_LOG: Final = logging.getLogger("amana.sequencer")


@dataclass(frozen=True)
class Bench:
    """What a beat needs. merge_delay: what waits longer, or a clock that jumps further, is journalled."""

    database: Database
    key: LogKey
    calendar: Calendar
    merge_delay: timedelta
    now: Callable[[], datetime]
    tick: Callable[[], float]  # seconds of a clock that nobody can set


@dataclass(frozen=True)
class Beat:
    """Where the log stood after a beat, and an instant by both clocks, from which jumps are counted."""

    last: Checkpoint
    at: datetime
    tick: float


def main(env: Mapping[str, str], *, believe_clock: bool = False) -> None:
    """Run until SIGTERM or SIGINT. Raises what ``run`` raises."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stop = threading.Event()
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: stop.set())
    run(SequencerConfig.read(env), stop, believe_clock=believe_clock)


def run(
    config: SequencerConfig,
    stop: threading.Event,
    now: Callable[[], datetime] = clock.now,
    tick: Callable[[], float] = time.monotonic,
    *,
    believe_clock: bool = False,
) -> None:
    """Test itself, then sequence at every interval until ``stop`` is set.

    Refuses to begin, and to go on, when the stored log is not the one that this key signed: raises LogRewritten,
    JournalUnreadable, SignatureInvalid (another key's log), Misconfigured (no key), PolicyInvalid, or ClockBehind when
    the clock is behind the last signature, unless a person says that it is right (``believe_clock``).
    """
    key, said = read_log_key(config.log_key_file), policy.load(config.policies)
    shown = said.shown(demo=config.demo)
    database = open_database(config.database_url, ROLE, config.home / "migrations" / "roles.sql")
    bench = Bench(database, key, Calendar(shown.interval, shown.block), said.merge_delay, now, tick)
    try:
        with database.read() as reading:
            beat = Beat(check_log(reading, key), now(), tick())
            before = last_signed(reading, timedelta(seconds=witnesses.load(config.policies / witnesses.FILE).skew))
        gap = _gap(before or beat.at, beat.at, believe_clock=believe_clock)
        _journal(bench, ProcessStarted("sequencer", version("amana")))
        _tell_gap(bench, gap)
        _LOG.info("ready: %s, %d entries", key.origin, beat.last.size)
        while not stop.is_set():
            beat = persist(bench, beat)
            stop.wait(config.interval / 1000)
        _LOG.info("stopped: %d entries", beat.last.size)
    finally:
        database.close()


def _gap(before: datetime, now: datetime, *, believe_clock: bool) -> timedelta:
    gap = now - before
    if gap < timedelta(0) and not believe_clock:
        raise ClockBehind(seconds=-int(gap.total_seconds()), last=clock.rfc3339(before))
    return gap


def _tell_gap(bench: Bench, gap: timedelta) -> None:
    """Journal how long nothing was signed, and say so to the operator: a clock set meanwhile shows as that, too."""
    if gap < timedelta(0):
        _journal(bench, ClockStepped(round(gap.total_seconds())))
    elif gap > bench.merge_delay:
        _LOG.warning("nothing was signed for %d s, by a clock that may have been set", gap.total_seconds())
        _journal(bench, SigningResumed(int(gap.total_seconds())))


def persist(bench: Bench, beat: Beat) -> Beat:
    """Return the next beat, or this one when the database does not answer (a full disk, a lost server)."""
    try:
        return step(bench, beat)
    except DBAPIError as fault:  # whatever it says may hold an event, so only its kind is told
        _LOG.error("the database does not answer: %s", type(fault.orig).__name__)
        return beat


def step(bench: Bench, beat: Beat) -> Beat:
    """Sign what waits, show outsiders what is due, journal what a person should see; return where the log stands."""
    now, tick = bench.now(), bench.tick()
    with bench.database.read() as reading:
        waited = delay.longest(reading, now)
    last = drain(bench.database, bench.key, beat.last, now)
    jump = now - beat.at - timedelta(seconds=tick - beat.tick)
    if abs(jump) > bench.merge_delay:  # many small steps are one: until it is told, nothing begins anew
        beat = replace(beat, at=now, tick=tick)
        _journal(bench, ClockStepped(round(jump.total_seconds())))
    if waited > bench.merge_delay:
        _journal(bench, LogDelayed(int(waited.total_seconds())))
    return replace(beat, last=show(bench.database, bench.key, now, last, bench.calendar))


def drain(database: Database, key: LogKey, last: Checkpoint, now: datetime) -> Checkpoint:
    """Sequence until nothing waits, and return the newest checkpoint; a long backlog is moved in ever larger parts."""
    limit = LIMIT
    while True:
        last, moved = sequence(database, key, now, last, limit)
        if moved < limit:
            return last
        limit = min(2 * limit, _MOST)


def _journal(bench: Bench, event: Event) -> None:
    with bench.database.write() as tx:
        journal.append(tx, event, _SELF, bench.now())
