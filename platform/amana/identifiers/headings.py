"""Which headings announce a direct identifier, in Arabic, French and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from amana.identifiers.fold import plain

_BREAK: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[^\w]+|_+")


@dataclass(frozen=True)
class Headings:
    """Words and phrases, folded. ``names`` are those of the words that announce a person's name.

    harmless: phrases that are read away first: the name of a place is not the name of a person.
    """

    words: frozenset[str]
    names: frozenset[str]
    phrases: tuple[str, ...]
    harmless: tuple[str, ...]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Headings:
        """Return the headings of an identifiers.toml. Raises KeyError where a part is missing."""
        words, names = (frozenset(map(plain, document[part])) for part in ("words", "names"))
        phrases, harmless = (tuple(map(plain, document[part])) for part in ("phrases", "harmless"))
        return cls(words | names, names, phrases, tuple(sorted(harmless, key=len, reverse=True)))

    def announces(self, header: str) -> bool:
        """Return whether a column's heading announces a direct identifier."""
        text = self._said(header)
        return not self.words.isdisjoint(text.split()) or any(f" {one} " in text for one in self.phrases)

    def announces_name(self, header: str) -> bool:
        """Return whether a column's heading announces a person's name."""
        return not self.names.isdisjoint(self._said(header).split())

    def has(self, header: str, wanted: tuple[str, ...]) -> bool:
        """Return whether a heading holds one of the ``wanted`` phrases, which are folded already."""
        if not wanted:
            return False
        text = f" {spaced(header)} "
        return any(f" {one} " in text for one in wanted)

    def _said(self, header: str) -> str:
        text = f" {spaced(header)} "
        for phrase in self.harmless:
            text = text.replace(f" {phrase} ", " ")
        return text


def spaced(header: str) -> str:
    """Return a heading as folded words with one space between them; camelCase and snake_case are taken apart."""
    return " ".join(plain(_BREAK.sub(" ", header)).split())
