"""Names of persons in Arabic and Latin script: which words are names, and how surely a text names somebody.

The lists are those of names.toml and, read where they are installed, the person providers of the Faker package that it
lists. A word that is also an ordinary word (a trade, a colour, a town) counts only beside another name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from functools import cached_property
from typing import Final

from amana.identifiers.fold import WORD, plain
from amana.identifiers.name_lists import Lists

_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")
_SHORTEST: Final = 3  # letters of a name in Latin script; two in Arabic, which writes no short vowels
_KNOWN_BY: Final = 6  # letters of a word that a beginning such as abdel- or ben- makes a name
_PLACE: Final = 3  # words after a word like "sidi" or "avenue" that belong to the place
_ATTACHED: Final = ("ال", "و", "el", "al")  # the article, and the Arabic "and"
_FULL: Final = 2  # names that together say who somebody is
_ALONE: Final = 4  # words of a cell that holds a name and nothing else


class Strength(IntEnum):
    """How surely a text names a person."""

    NONE = 0
    SINGLE = 1  # one given name, or a family name standing alone: it may be a street, a ship, a saint
    FULL = 2  # two names together, or one and a filiation


class _Word(IntEnum):
    ORDINARY = 0
    STRANGE = 1  # in no list: it may be a family name
    PLACE = 2
    FILIATION = 3  # ben, ould
    BYNAME = 4  # el Fassi, الباروني, ولد: part of a name where it follows one
    FAMILY = 5
    WEAK = 6  # a name that is an ordinary word too
    GIVEN = 7


class Names:
    """The names, gathered once; ``strength`` reads one text."""

    def __init__(self, lists: Lists) -> None:
        """Keep the lists; the Faker package is read when the first text asks."""
        self._lists = lists

    @cached_property
    def _kinds(self) -> Mapping[str, _Word]:
        lists = self._lists
        kinds = dict.fromkeys(lists.all_family - lists.everyday, _Word.FAMILY)
        kinds |= {
            name: _Word.WEAK if name in lists.everyday and name not in lists.given else _Word.GIVEN
            for name in lists.all_given
        }
        kinds |= {name: _Word.WEAK for name in lists.ordinary if name in kinds}
        kinds = {name: kind for name, kind in kinds.items() if _long_enough(name)}
        kinds |= dict.fromkeys(lists.bynames, _Word.BYNAME) | dict.fromkeys(lists.filiation, _Word.FILIATION)
        return kinds | dict.fromkeys(lists.places, _Word.PLACE)

    @cached_property
    def asked(self) -> frozenset[str]:
        """The words without one of which a text names nobody, unless a word has one of the ``beginnings``."""
        names = [word for word, kind in self._kinds.items() if kind >= _Word.FAMILY]
        attached = (one + name for one in _ATTACHED for name in names)
        return frozenset((*names, *attached, *self._lists.halves, *self._lists.filiation))

    @property
    def beginnings(self) -> tuple[str, ...]:
        """What a given name may begin with, whatever follows: abdel-, عبدال."""
        return self._lists.beginnings

    def strength(self, text: str) -> Strength:
        """Return how surely the text names a person."""
        read = plain(text)
        for phrase in self._lists.phrases:
            read = read.replace(phrase, " ")
        kinds = self._without_places(list(self._words(read)))
        if any(_is_full(run) for run in _runs(kinds)) or _is_nothing_else(kinds):
            return Strength.FULL
        names = [kind for kind in kinds if kind >= _Word.FAMILY]
        alone = len(kinds) <= _ALONE and all(kind >= _Word.FILIATION for kind in kinds)
        if _Word.GIVEN in names or (alone and (_Word.FAMILY in names or len(names) >= _FULL)):
            return Strength.SINGLE
        return Strength.NONE

    def _words(self, read: str) -> Iterator[_Word]:
        """Yield what each word of a folded text is; an article belongs to what follows, and so does عبد."""
        held, articled = "", False
        for word in WORD.findall(read):
            whole = held + word
            if whole in self._lists.articles or whole in self._lists.halves:
                held, articled = whole, articled or whole in self._lists.articles
                continue
            yield self._kind(whole, articled=articled)
            held, articled = "", False

    def _kind(self, word: str, *, articled: bool) -> _Word:
        if word in self._kinds:
            return self._kinds[word]
        for attached in _ATTACHED:
            if word.startswith(attached) and (kind := self._kinds.get(word.removeprefix(attached))):
                return min(kind, _Word.WEAK)  # العمر is an age before it is a man
        if word in self._lists.everyday or not _long_enough(word):
            return _Word.ORDINARY
        return _Word.STRANGE if len(word) < _KNOWN_BY else self._kind_by_ends(word, articled=articled)

    def _kind_by_ends(self, word: str, *, articled: bool) -> _Word:
        if word.startswith(self._lists.beginnings):
            return _Word.GIVEN
        by_name = articled or (word.startswith("ال") and word.endswith("ي"))
        return _Word.BYNAME if by_name or word.startswith(self._lists.family_beginnings) else _Word.STRANGE

    @staticmethod
    def _without_places(kinds: list[_Word]) -> list[_Word]:
        kept, since = [], _PLACE
        for kind in kinds:
            since = 0 if kind is _Word.PLACE else since + 1
            kept.append(kind if since >= _PLACE else _Word.PLACE)
        return kept


def _is_full(run: list[_Word]) -> bool:
    """Return whether words that follow each other are a person's whole name."""
    if _Word.FILIATION in run[1:-1]:
        return True
    names = [kind for kind in run if kind >= _Word.BYNAME]
    if len(names) < _FULL:
        return False
    return _Word.GIVEN in names or (_Word.FAMILY in names and _Word.WEAK in names)


def _is_nothing_else(kinds: list[_Word]) -> bool:
    """Return whether a text of a few words begins or ends with a given name, and the rest are no words we know."""
    if not (_FULL <= len(kinds) <= _ALONE and _Word.GIVEN in {kinds[0], kinds[-1]}):
        return False
    return all(kind is _Word.STRANGE or kind > _Word.PLACE for kind in kinds)


def _runs(kinds: list[_Word]) -> Iterator[list[_Word]]:
    """Yield the stretches of names. The words on both sides of a filiation belong to them, whatever they are."""
    run: list[_Word] = []
    for place, kind in enumerate(kinds):
        beside = {_Word.FILIATION} & {*kinds[max(place - 1, 0) : place], *kinds[place + 1 : place + 2]}
        if kind >= _Word.FILIATION or (beside and kind is not _Word.PLACE):
            run.append(kind)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _long_enough(name: str) -> bool:
    return len(name) >= (_SHORTEST - 1 if _ARABIC.search(name) else _SHORTEST)
