"""Names of persons in Arabic and Latin script: which words are names, and how surely a text names somebody.

The lists are those of names.toml and, read where they are installed, the person providers of the Faker package that it
lists. A word that is also an ordinary word (a trade, a colour, a town) counts only beside another name.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any, Final

from amana.identifiers.fold import plain

_FORMAT: Final = "amana-names/1"
_WORD: Final = re.compile(r"[^\W\d_]+")
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


@dataclass(frozen=True, eq=False)
class Lists:
    """The checked content of names.toml. Words are folded; ``faker_*`` are modules of the Faker package."""

    given: frozenset[str]
    family: frozenset[str]
    filiation: frozenset[str]
    bynames: frozenset[str]
    articles: frozenset[str]
    halves: frozenset[str]
    beginnings: tuple[str, ...]
    family_beginnings: tuple[str, ...]
    places: frozenset[str]
    phrases: tuple[str, ...]
    ordinary: frozenset[str]
    faker_given: tuple[str, ...]
    faker_family: tuple[str, ...]
    faker_ordinary: tuple[str, ...]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Lists:
        """Return the lists of a names.toml. Raises ValueError or KeyError where it does not follow its format."""
        if document["format"] != _FORMAT:
            raise ValueError("another format")
        sections = (document["faker"], document["forms"], document["exceptions"], *document["list"])
        if not all(section["source"] for section in sections):
            raise ValueError("a list without its source")
        lists, forms, excepted, faker = (document[part] for part in ("list", "forms", "exceptions", "faker"))
        said = {
            kind: frozenset(_folded(word for one in lists for word in one.get(kind, ())))
            for kind in ("given", "family")
        }
        return cls(
            given=said["given"],
            family=said["family"],
            filiation=frozenset(_folded(forms["filiation"])),
            bynames=frozenset(_folded(forms["bynames"])),
            articles=frozenset(_folded(forms["articles"])),
            halves=frozenset(_folded(forms["halves"])),
            beginnings=tuple(_folded(forms["beginnings"])),
            family_beginnings=tuple(_folded(forms["family_beginnings"])),
            places=frozenset(_folded(excepted["before_a_place"])),
            phrases=tuple(_folded(excepted["phrases"])),
            ordinary=frozenset(_folded(excepted["words"])),
            faker_given=tuple(faker["given"]),
            faker_family=tuple(faker["family"]),
            faker_ordinary=tuple(faker["ordinary"]),
        )


class Names:
    """The names, gathered once; ``strength`` reads one text."""

    def __init__(self, lists: Lists) -> None:
        """Keep the lists; the Faker package is read when the first text asks."""
        self._lists = lists

    @cached_property
    def _everyday(self) -> frozenset[str]:
        return frozenset(_everyday(self._lists.faker_ordinary))

    @cached_property
    def _kinds(self) -> Mapping[str, _Word]:
        lists = self._lists
        given = (
            lists.given
            | {name.removeprefix("ال") for name in lists.given}
            | frozenset(_of_faker(lists.faker_given, "person", "first_names"))
        )
        family = lists.family | frozenset(_of_faker(lists.faker_family, "person", "last_names"))
        everyday = self._everyday
        kinds = dict.fromkeys(family - everyday, _Word.FAMILY)
        kinds |= {name: _Word.GIVEN if name in lists.given or name not in everyday else _Word.WEAK for name in given}
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
        for word in _WORD.findall(read):
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
        if word in self._everyday or not _long_enough(word):
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


def _folded(words: Iterable[str]) -> Iterator[str]:
    return map(plain, words)


def _of_faker(locales: Iterable[str], provider: str, attribute: str) -> Iterator[str]:
    """Yield the names of one word; longer ones are made of them, or begin with عبد."""
    for locale in locales:
        module = importlib.import_module(f"faker.providers.{provider}.{locale}")
        yield from (name for name in _folded(getattr(module.Provider, attribute)) if _WORD.fullmatch(name))


def _everyday(modules: Iterable[str]) -> Iterator[str]:
    """Yield every word of the lists of other providers: lorem, trades, colours, towns."""
    for name in modules:
        provider = importlib.import_module(f"faker.providers.{name}").Provider
        for attribute in vars(provider).values():
            yield from _WORD.findall(plain(" ".join(_texts(attribute))))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for text in value if isinstance(text, str))
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _texts(each)
