"""What strangers were refused, told at fixed times, whether there was any or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from amana.audit.events.event import REFUSED, Event, Header


class _Counted(Event):
    """since, until: marks of the calendar (RFC 3339) between which it was counted. times: how many refusals."""

    since: str
    until: str
    times: int

    @property
    def header(self) -> Header:
        """The common facts; the outcome is ``refused`` where there was anything to refuse."""
        told = super().header
        return replace(told, outcome=REFUSED) if self.times else told


class RefusalsCounted(_Counted, kind="refusals.counted"):
    """What was refused to whoever was not signed in, or had used up their share of the interval.

    codes, actions: how many of these, by reason, and by what was asked for.
    persons:        those who had used up their share, most refusals first; refusals: how many each.
    others:         persons beyond those named.
    """

    codes: Mapping[str, int]
    actions: Mapping[str, int]
    persons: tuple[str, ...]
    refusals: tuple[int, ...]
    others: int


class SignInsFailed(_Counted, kind="sign_in.failed"):
    """Sign-ins that failed.

    accounts: keyed digests, so that a mistyped password is not kept, most failures first; failures: how many to each.
    others:   accounts beyond those named.
    """

    accounts: tuple[str, ...]
    failures: tuple[int, ...]
    others: int


class RequestRefused(Event, kind="request.refused", outcome=REFUSED, about="subject"):
    """Somebody asked for what they may not have; the clause says why."""

    action: str
    code: str
    clause: str | None
    subject: str | None = None
    country: str | None = None
    dataflow: str | None = None
    purpose: str | None = None
