"""The verdict on a copy of the log in sentences, for every command that begins by verifying one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from amana.audit.offline.judge import Fault
from amana.audit.offline.verify import Verdict
from amana.audit.tlog import leaf
from amana.command.audit_told import checkpoint_facts, tell, tell_standing

_SECOND: Final = 1_000_000  # microseconds
_COUNTS: Final = ("entries", "padding", "bare", "waiting")


def describe(verdict: Verdict, lang: str, event: str | None = None) -> Iterator[str]:
    """Yield the verdict in sentences: the first says whether and where, the rest on what grounds."""
    size = verdict.checkpoint.size if verdict.checkpoint else 0
    if verdict.is_intact:
        yield tell("intact", lang, size=size)
    for number, found in enumerate(verdict.findings):
        between = found.fault is Fault.EDITED and not found.is_exact
        told = tell("between" if between else found.fault, lang, **asdict(found))
        yield told if number else f"{tell('tampered', lang)} {told}"
    if verdict.checkpoint:
        yield tell("checkpoint_line", lang, **checkpoint_facts(verdict.checkpoint))
    yield tell("counts", lang, **{name: getattr(verdict, name) for name in _COUNTS})
    if verdict.erased is not None:
        yield tell("erased", lang, day=leaf.instant(verdict.erased).date())
    if verdict.back is not None:
        yield tell("back", lang, index=verdict.back.index, by=_span(verdict.back.by))
    if verdict.ahead is not None:
        yield tell("ahead", lang, by=_span(verdict.ahead))
    if not verdict.details:
        yield tell("no_details", lang)
    yield from _describe_what_was_asked(verdict, event, size, lang)


def _span(by: int) -> str:
    """Return a span (microseconds) as hours, minutes and seconds."""
    minutes, seconds = divmod(by // _SECOND, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _describe_what_was_asked(verdict: Verdict, event: str | None, size: int, lang: str) -> Iterator[str]:
    """Yield the answers about witnesses, an event and a checkpoint kept from before."""
    if verdict.witnessed is not None:
        yield from tell_standing(verdict.witnessed.standing, verdict.witnessed.size, lang)
    elif all(one.fault is not Fault.UNWITNESSED for one in verdict.findings):
        yield tell("no_witnesses", lang)
    if event is not None:
        yield tell("no_event" if verdict.event is None else "event", lang, event=event, index=verdict.event)
    if verdict.since is None:
        yield tell("no_since", lang)
    elif verdict.since.size > size:
        yield tell("older", lang, size=size, since=verdict.since.size)
    elif verdict.is_intact:
        yield tell("since", lang, size=verdict.since.size)
