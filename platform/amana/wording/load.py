"""Sentences by code, in the reader's language, for pages, the API and the command line alike."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("ar", "fr", "en")
_FOLDER: Final = Path(__file__).parent
_WORD: Final = "word."
_RULE: Final = "rule."
_NOUN: Final = "noun."
_NO_DIGIT: Final = re.compile(r"\D")  # what groups the digits of a long number
_REASON: Final = "reason."
_BRACES: Final = re.compile(r"\\{(\w+)\\}")  # what is filled in, once escaped


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    sentences: dict[str, Mapping[str, str]] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        sentences.update(tomllib.loads(path.read_text(encoding="utf-8")))
    return sentences


def codes() -> frozenset[str]:
    """Return every code that has sentences."""
    return frozenset(_catalogue())


def sentence(code: str, language: str, facts: Mapping[str, object] | None = None) -> str:
    """Return the sentence for ``code`` with its facts filled in; a fact that was not given stays as ``…``.

    language: ``ar``, ``fr`` or ``en``; any other reads as English. An unknown code returns itself, so that a reader
    can still name it; a test makes sure that no code of ours is unknown. A fact that begins with ``word.`` is itself
    a code, and is said in the same language, with the other facts; so is a reason that is the id of a rule, or that
    ``reasons.toml`` has in English. A place that is nowhere in particular is the whole file. ``{count:person}`` fills
    in a number with its noun (``nouns.toml``).
    """
    texts = _catalogue().get(code)
    if texts is None:
        return code
    said = {name: _said(name, facts, language) for name in facts} if facts else {}
    return texts.get(language, texts["en"]).format_map(_Facts(said, language))


def _said(name: str, facts: Mapping[str, object], language: str) -> object:
    fact = facts[name]
    if isinstance(fact, str) and fact.startswith(_WORD):
        return sentence(fact, language, {other: each for other, each in facts.items() if other != name})
    if name == "place" and fact == "":
        return sentence("word.whole_file", language)
    return _reason(str(fact), language) if name == "reason" else fact


def _reason(said: str, language: str) -> str:
    """Return the sentence of a rule, or what a reader of documents says in English; else the text as it is."""
    if (rule := f"{_RULE}{said}") in _catalogue():
        return sentence(rule, language)
    for shape, code in _shapes():
        if found := shape.fullmatch(said):
            return sentence(code, language, found.groupdict())
    return said


@cache
def _shapes() -> Sequence[tuple[re.Pattern[str], str]]:
    english = {code: texts["en"] for code, texts in _catalogue().items() if code.startswith(_REASON)}
    return [
        (re.compile(_BRACES.sub(r"(?P<\1>.+)", re.escape(text)), re.DOTALL), code) for code, text in english.items()
    ]


@dataclass(frozen=True)
class _Fact:
    """What is filled in. ``{count:person}`` says the number with what is counted, in its form for that number."""

    text: str
    language: str

    def __format__(self, noun: str) -> str:
        if not noun:
            return self.text
        nouns = _catalogue()[f"{_NOUN}{noun}"]
        forms, digits = nouns.get(self.language, nouns["en"]).split("|"), _NO_DIGIT.sub("", self.text)
        return forms[_form(int(digits), self.language) if digits else -1].replace("#", self.text)


def _form(count: int, language: str) -> int:
    """Return which form a counted noun has. Source: Unicode CLDR, plural rules (cardinal) of ar, fr and en."""
    if language != "ar":
        return int(count > 1 if language == "fr" else count != 1)
    few, many = range(3, 11), range(11, 100)
    return count if count < 3 else 3 if count % 100 in few else 4 if count % 100 in many else 5  # noqa: PLR2004 - of CLDR


class _Facts(dict[str, _Fact]):
    def __init__(self, facts: Mapping[str, object], language: str) -> None:
        super().__init__({name: _Fact(str(fact), language) for name, fact in facts.items()})
        self.language = language

    def __missing__(self, key: str) -> _Fact:
        return _Fact("…", self.language)
