"""The sequencer's door: holds the log's key, moves the journal into the log at a fixed interval, signs.

The interval never follows the load, so that the times of checkpoints tell nothing about volume.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Final

from amana import clock
from amana.audit import journal
from amana.audit.checkpoint import Checkpoint, LogKey, read_log_key
from amana.audit.events import Actor, ProcessStarted
from amana.audit.sequence import LIMIT, check_log, sequence
from amana.config import SequencerConfig
from amana.db import Database, open_database

ROLE: Final = "amana_sequencer"
_SELF: Final = Actor("sequencer", "process", "hub")
_LOG: Final = logging.getLogger("amana.sequencer")


def main(env: Mapping[str, str]) -> None:
    """Run until SIGTERM or SIGINT. Raises what ``run`` raises."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stop = threading.Event()
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: stop.set())
    run(SequencerConfig.read(env), stop)


def run(config: SequencerConfig, stop: threading.Event, now: Callable[[], datetime] = clock.now) -> None:
    """Test itself, then sequence at every interval until ``stop`` is set.

    Refuses to begin, and to go on, when the stored log is not the one that this key signed: raises LogRewritten,
    JournalUnreadable, SignatureInvalid (another key's log) or Misconfigured (no key).
    """
    key = read_log_key(config.log_key_file)
    database = open_database(config.database_url, ROLE, config.home / "migrations" / "roles.sql")
    try:
        with database.read() as reading:
            last = check_log(reading, key)
        with database.write() as tx:
            journal.append(tx, ProcessStarted("sequencer", version("amana")), _SELF, now())
        _LOG.info("ready: %s, %d entries", key.origin, last.size)
        while not stop.is_set():
            last = drain(database, key, last, now())
            stop.wait(config.interval / 1000)
        _LOG.info("stopped: %d entries", last.size)
    finally:
        database.close()


def drain(database: Database, key: LogKey, last: Checkpoint, now: datetime) -> Checkpoint:
    """Sequence until nothing waits, and return the newest checkpoint."""
    moved = LIMIT
    while moved == LIMIT:
        last, moved = sequence(database, key, now, last)
    return last
