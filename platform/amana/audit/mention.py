"""What an event names, so that it can be found: countries, what it is about, and identifiers among its facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from amana import ids
from amana.audit.event import Event
from amana.audit.leaf import Detail

_COUNTRY = 3  # characters


def words(event: Event, detail: Detail) -> list[str]:
    """Return what the event names, in order: its header's country and subject, its countries, all our identifiers.

    Whose refusals it counts, it names too. Facts that hold facts are not searched: what an auditor asked for did not
    happen to what she asked for.
    """
    told = {word for word in (detail.country, detail.subject) if word}
    return sorted(told | set(_countries(event)) | set(_identifiers(event)) | set(_counted(event)))


def _countries(event: Event) -> Iterator[str]:
    named = getattr(event, "countries", ())
    yield from (one for one in named if len(one) == _COUNTRY)


def _counted(event: Event) -> Iterator[str]:
    """Yield whose refusals are told together in one event: accounts by their digest, persons by their id."""
    yield from (*getattr(event, "accounts", ()), *getattr(event, "persons", ()))


def _identifiers(event: Event) -> Iterator[str]:
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, str) and ids.is_id(value, value[:3]):
            yield value
