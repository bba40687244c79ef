"""What an event names, so that it can be found: countries, what it is about, and identifiers among its facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amana import ids
from amana.audit.tlog.leaf import Detail

_COUNTRY = 3  # characters


def words(facts: Mapping[str, object], detail: Detail) -> list[str]:
    """Return what an event names, in order: its header's country and subject, its countries, all our identifiers.

    facts: by name, as its class has them, or as they are written.
    Whose refusals it counts, it names too. Facts that hold facts are not searched: what an auditor asked for did not
    happen to what she asked for.
    """
    told = {word for word in (detail.country, detail.subject) if word}
    countries = {one for one in _texts(facts.get("countries")) if len(one) == _COUNTRY}
    counted = {*_texts(facts.get("accounts")), *_texts(facts.get("persons"))}  # accounts by their digest, persons by id
    return sorted(told | countries | counted | set(_identifiers(facts)))


def _texts(fact: object) -> Iterator[str]:
    if isinstance(fact, list | tuple):
        yield from (one for one in fact if isinstance(one, str))


def _identifiers(facts: Mapping[str, object]) -> Iterator[str]:
    for value in facts.values():
        if isinstance(value, str) and ids.is_id(value, value[:3]):
            yield value
