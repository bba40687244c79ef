"""Events that were kept waiting: not yet in the log when a copy was made, though others that came later were."""

from __future__ import annotations

from collections.abc import Iterator

from amana.audit.offline.judge import Fault, Finding
from amana.audit.offline.snapshot import CopiedEntry, LogCopy
from amana.audit.tlog import leaf
from amana.errors import Malformed


def judge_waiting(copy: LogCopy, last: CopiedEntry | None, delay: int) -> Iterator[Finding]:
    """Yield each event that had waited longer than ``delay`` (microseconds) by the latest time that the copy tells.

    last: the newest entry of the log; None where there is none. An event whose time is none of ours is passed over.
    """
    made = {one.id: one.at for one in copy.waiting if type(one.at) is int}
    latest = max([*made.values(), *_time_of(last)], default=0)
    for event, at in made.items():
        if latest - at > delay:
            yield Finding(Fault.LATE, None, None, event)


def _time_of(last: CopiedEntry | None) -> Iterator[int]:
    if last is None:
        return
    try:
        yield leaf.parse(last.leaf).at
    except Malformed:
        return
