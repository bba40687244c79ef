"""Which words of a request are the hub's own: only these are journalled and said back.

Nothing erases the log, and a person may type anybody's name into an address, a header or a field. So a word is kept
when a document of ours holds it, or when it has the form of an identifier that we make; any other is ``unknown``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import select

from amana.audit.events import vocabulary
from amana.audit.events.event import OUTCOMES
from amana.codebook.model import COMMITTEES
from amana.identity import tables
from amana.ids import is_id
from amana.web.hub import hub

UNKNOWN: Final = "unknown"
_PREFIXES: Final = "bat cas evt exp hld key nte per rel req tok upl"  # of our identifiers
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")  # of a policy, a plan, an account
_FIXED: Final = frozenset({"*", "log", "new", "catalogue", "readings"})  # subjects that are no identifiers
_PROCESSES: Final = frozenset({"anonymous", "nobody", "operator-shell", "sequencer", "web", "worker"})
_NO_ORGANISATION: Final = frozenset({"hub", "none"})


def dataflow(text: str | None) -> str | None:
    """Return a dataflow of the codebook, else None."""
    return text if text in hub().book.dataflows else None


def purpose(text: str | None) -> str | None:
    """Return a purpose that the region names, to approve or to exclude it, else None."""
    region = hub().policies.region
    return text if text in region.purposes or text in region.excluded_purposes else None


def committee(text: str | None) -> str | None:
    """Return a committee that an agreement or the codebook names, else None."""
    house = hub()
    return text if text is not None and (text in house.policies.agreements or _in_list(text)) else None


def subject(text: str | None) -> str | None:
    """Return what an event may be about: an identifier, a plan, table or dataflow, a fixed word; else ``unknown``."""
    return text if text is None or text in _FIXED or _is_planned(text) or dataflow(text) or _is_made(text) else UNKNOWN


def address(parts: Mapping[str, object]) -> bool:
    """Return whether every variable part of an address is a word of ours, so that the address may be said back."""
    return all(subject(str(part)) != UNKNOWN for part in parts.values())


def filters(wanted: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of an auditor's question as they are journalled. Those that are no text of theirs stay."""
    return {name: text if name not in _FILTERS or _FILTERS[name](text) else UNKNOWN for name, text in wanted.items()}


def _is_made(text: str) -> bool:
    return any(is_id(text, prefix) for prefix in _PREFIXES.split()) or _DIGEST.fullmatch(text) is not None


def _is_planned(text: str) -> bool:
    plans = hub().plans
    return text in plans or any(text == cube.id for plan in plans.values() for cube in plan.cubes)


def _in_list(text: str) -> bool:
    return text in hub().book.codelists[COMMITTEES]


def _organisation(text: str) -> bool:
    with hub().database.read() as reading:
        known = reading.execute(select(tables.organisation.c.id).where(tables.organisation.c.id == text)).first()
    return text in _NO_ORGANISATION or known is not None


_FILTERS: Final[Mapping[str, Callable[[str], object]]] = {
    "kind": vocabulary.WORDS.__contains__,
    "outcome": OUTCOMES.__contains__,
    "country": committee,
    "dataflow": dataflow,
    "purpose": purpose,
    "actor": lambda text: text in _PROCESSES or _is_made(text),
    "subject": lambda text: subject(text) != UNKNOWN,
    "organisation": _organisation,
}
