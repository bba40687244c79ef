"""What stands on every page: the menu that the reader's roles allow, who is signed in, the key of their forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Flask, g, request, url_for
from flask_babel import gettext

from amana.policy.decide import Resource
from amana.web import guard
from amana.web.caller import current_session
from amana.web.hub import hub

_ALARMED: Final = frozenset({"auditor", "operator", "steward"})


@dataclass(frozen=True)
class Entry:
    """One entry of the menu; ``here`` when it is where the reader is."""

    label: str
    address: str
    here: bool


def reads_batches() -> bool:
    """Return whether the reader has contributions to look at."""
    return _of_own_committee("read_batch", "batch")


def sends_batches() -> bool:
    """Return whether the reader may send contributions at all; the agreement is asked for each one."""
    reader = guard.visitor()
    return reader is not None and "submitter" in reader.principal.roles


def reads_releases() -> bool:
    """Return whether the reader may follow published releases."""
    return guard.permits("read_release", Resource("release", "any", state="PUBLISHED")) or plans_releases()


def plans_releases() -> bool:
    """Return whether the reader plans releases."""
    return guard.permits("plan_release", Resource("release", "any"))


def reads_statistics() -> bool:
    """Return whether the reader may read statistics for one of their purposes."""
    reader = guard.visitor()
    published = Resource("statistics", "any", state="PUBLISHED")
    purposes = sorted(reader.principal.purposes) if reader else []
    return any(guard.permits("read_statistics", published, purpose) for purpose in purposes)


def looks_out() -> bool:
    """Return whether the reader may see how often figures of their committee were read."""
    return _of_own_committee("read_window", "window")


def reads_events() -> bool:
    """Return whether the reader may read the log."""
    return guard.permits("read_events", Resource("events", "log"))


def log_is_late() -> bool:
    """Return whether the reader is one who must be told, and the log is signed late."""
    reader = guard.visitor()
    return reader is not None and bool(_ALARMED & set(reader.roles)) and hub().watch.is_late()


def _of_own_committee(action: str, kind: str) -> bool:
    reader = guard.visitor()
    if reader is None or reader.principal.committee is None:
        return False
    return guard.permits(action, Resource(kind, "any", committee=reader.principal.committee))


_ENTRIES: Final[tuple[tuple[str, str, Callable[[], bool]], ...]] = (
    ("Data", "statistics.dataflows", reads_statistics),
    ("Contributions", "contributions.batches", reads_batches),
    ("Releases", "releases.releases", reads_releases),
    ("Readings", "window.readings", looks_out),
    ("Audit", "audit.questions.overview", reads_events),
)
_OF_AUDITORS: Final = frozenset({"audit_exports", "cases", "witnesses"})  # rooms under the entry Audit


def entries() -> list[Entry]:
    """Return the menu, in the reader's language."""
    reader = guard.visitor()
    first = ("Open statistics", "door.open_landing") if reader is None else ("Home", "door.home")
    allowed = [(label, endpoint) for label, endpoint, may in _ENTRIES if may()]
    last = (("Methods", "documents.methods"), ("Data dictionary", "documents.dictionaries"))
    shown = (first, *allowed, *last)
    room = (request.endpoint or "").split(".")[0]
    room = "audit" if room in _OF_AUDITORS else room
    return [Entry(gettext(label), url_for(endpoint), _is_here(endpoint, room)) for label, endpoint in shown]


def _is_here(endpoint: str, room: str) -> bool:
    whole = endpoint.split(".", maxsplit=1)[0] in {"door", "documents"}
    return request.endpoint == endpoint if whole else endpoint.split(".", maxsplit=1)[0] == room


def _form_key() -> str | None:
    found = current_session()
    return found.form_key if found else None


def install(app: Flask) -> None:
    """Teach the templates what every page shows."""
    app.jinja_env.globals.update(
        menu=_once(entries),
        visitor=guard.visitor,
        log_is_late=log_is_late,
        form_key_value=_form_key,
        demo=False,
        country=None,
    )

    @app.context_processor
    def place() -> dict[str, object]:
        return {"demo": hub().config.demo}


def _once(made: Callable[[], list[Entry]]) -> Callable[[], list[Entry]]:
    """Return the same list for the rest of the request: each entry asks the policy."""

    def kept() -> list[Entry]:
        if "menu" not in g:
            g.menu = made()
        return list(g.menu)

    return kept
