"""Count readings of statistics, at the marks that the policies set, by class of organisation and in company."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from amana.audit.events.readers import ReadingsCounted
from amana.audit.outbox import journal, readings
from amana.audit.outbox.crowd import Reader
from amana.audit.outbox.readings import Home
from amana.clock import rfc3339
from amana.db import Reading
from amana.identity import readers
from amana.policy.decide import Request, Resource, decide
from amana.worker.workbench import WORKER, Workbench

_PUBLISHED: Final = Resource("statistics", "any", state="PUBLISHED")


def count_next(hub: Workbench) -> bool:
    """Count the readings that have waited longest, as far as the last mark; return whether there were any."""
    now = hub.clock()
    until = readings.mark(now, hub.counts_every)
    with hub.database.read() as reading:
        if not readings.are_waiting(reading, until):
            return False
        homes = {name: Home(*home) for name, home in readers.homes(reading).items()}
        able = frozenset(_able(hub, reading))
    with hub.database.write() as tx:
        if readings.count_next(tx, until, homes, able, hub.policies.window.organisations):
            journal.append(tx, ReadingsCounted(rfc3339(until)), WORKER, now)
    return True


def _able(hub: Workbench, reading: Reading) -> Iterator[Reader]:
    """Yield each organisation for each purpose for which the policies let somebody of it read statistics."""
    now = hub.clock()
    for one in readers.principals(reading):
        for purpose in sorted(one.purposes):
            if decide(hub.policies, Request(one, "read_statistics", _PUBLISHED, purpose, now)).allowed:
                yield Reader(one.organisation, one.organisation_class, one.committee, purpose)
