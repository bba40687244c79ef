"""The lists of names.toml, and those of the Faker package that it names, read where they are installed."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from amana.identifiers.fold import WORD, plain

_FORMAT: Final = "amana-names/1"


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

    @cached_property
    def all_given(self) -> frozenset[str]:
        """Given names of both sources, and our own without their article."""
        bare = (name.removeprefix("ال") for name in self.given)
        return frozenset((*self.given, *bare, *_of_faker(self.faker_given, "first_names")))

    @cached_property
    def all_family(self) -> frozenset[str]:
        """Family names of both sources."""
        return frozenset((*self.family, *_of_faker(self.faker_family, "last_names")))

    @cached_property
    def everyday(self) -> frozenset[str]:
        """Words of running text, trades and colours."""
        return frozenset(_everyday(self.faker_ordinary))


def _folded(words: Iterable[str]) -> Iterator[str]:
    return map(plain, words)


def _of_faker(locales: Iterable[str], attribute: str) -> Iterator[str]:
    """Yield the names of one word; longer ones are made of them, or begin with عبد."""
    for locale in locales:
        module = importlib.import_module(f"faker.providers.person.{locale}")
        yield from (name for name in _folded(getattr(module.Provider, attribute)) if WORD.fullmatch(name))


def _everyday(modules: Iterable[str]) -> Iterator[str]:
    """Yield every word of the lists of other providers: lorem, trades, colours, towns."""
    for name in modules:
        provider = importlib.import_module(f"faker.providers.{name}").Provider
        for attribute in vars(provider).values():
            yield from WORD.findall(plain(" ".join(_texts(attribute))))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for text in value if isinstance(text, str))
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _texts(each)
