"""What an auditor does in a case, and with an export.

What she writes stands in a table; the event has a salted digest of it, so that the text can be erased. An export and a
name are intents: nothing is handed out before the event stands under a checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping

from amana.audit.events.event import INTENDED, Event


class EventsRead(Event, kind="events.read"):
    """An auditor read the log, through these filters."""

    filters: Mapping[str, str]


class _OfCase(Event, about="case"):
    case: str


class _Written(_OfCase):
    note: str
    digest: str


class CaseOpened(_Written, kind="case.opened"):
    """An auditor put a question; the note is its text."""


class CaseNoted(_Written, kind="case.noted"):
    """An auditor wrote a note, or answered one."""

    answers: str | None


class EventPinned(_OfCase, kind="case.pinned"):
    """An auditor put an event of the log into a case."""

    event: str


class CaseClosed(_Written, kind="case.closed"):
    """An auditor closed a case; the note is her finding."""


class CaseRead(_OfCase, kind="case.read"):
    """An auditor looked at a case. view: page, report, list or api."""

    view: str


class NameAsked(_Written, kind="name.asked", outcome=INTENDED):
    """An auditor wants to know who an actor is, for this case; the note is her reason."""

    person: str


class NameOpened(_OfCase, kind="name.opened"):
    """An auditor was shown the address of a person's account."""

    person: str


class CaseErasureOrdered(_OfCase, kind="case.erasure_ordered", outcome=INTENDED):
    """What was written in a case has been kept its time, and is about to be erased."""


class CaseErased(_OfCase, kind="case.erased"):
    """What was written in a case is gone; who wrote when, and the digests, stay."""


class ExportOrdered(Event, kind="export.ordered", outcome=INTENDED, about="export"):
    """Somebody takes events out of the hub: these rows and no other.

    size: entries of the log among which was sought;   rows: found;   bare: of these, without details;
    texts: of a case, what was written in it;   digest: the RFC 6962 root over the rows' leaves, by index.
    """

    export: str
    case: str | None
    filters: Mapping[str, str]
    format: str
    size: int
    rows: int
    bare: int
    texts: int
    digest: str


class ExportServed(Event, kind="export.served", about="export"):
    """The file of an export was handed out."""

    export: str
