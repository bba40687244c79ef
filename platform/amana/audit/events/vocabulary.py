"""The closed vocabulary of what can happen: one frozen class per kind of event, with its facts as fields.

Facts are ids, codes, digests and names of rules, never a value of a record, a name of a person or a small count. A new
kind is a new class in one of the parts; no other can be read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Final

from amana import canonical
from amana.audit.events import (
    accounts,
    auditors,
    contributions,
    log,
    processes,
    readers,
    refusals,
    releases,
    uploads,
    vault,
    witnesses,
)
from amana.audit.events.event import Event, plain
from amana.canonical import Json
from amana.errors import Malformed

_PARTS: Final = (
    accounts, auditors, contributions, log, processes, readers, refusals, releases, uploads, vault, witnesses,
)  # fmt: skip
WORDS: Final[Mapping[str, type[Event]]] = MappingProxyType(
    {
        word.kind: word
        for part in _PARTS
        for word in vars(part).values()
        if isinstance(word, type) and issubclass(word, Event) and word.kind
    }
)


def parse(kind: str, facts: bytes) -> Event:
    """Return the event that ``facts`` renders. Raises Malformed when the kind is unknown or its facts are others."""
    value = canonical.decode(facts)
    word = WORDS.get(kind)
    named = {plain(field.name): field.name for field in fields(word)} if word else {}
    if word is None or not isinstance(value, dict) or value.keys() != named.keys():
        raise Malformed(format="event")
    return word(**{named[name]: _frozen(fact) for name, fact in value.items()})


def _frozen(fact: Json) -> object:
    return tuple(fact) if isinstance(fact, list) else fact
