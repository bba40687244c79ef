"""What national words mean: an index of our synonyms and of the codebook's labels, by their normal form."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from amana.codebook.model import UNKNOWN, Codebook, CodeList, Variable
from amana.mapping.words import header_parts, likeness, normal

FILE: Final = Path(__file__).parent / "data" / "synonyms.toml"
_AREAS: Final = "CL_AREA"
_LEAD: Final = 0.03  # by which the best likeness must lead the next code's, to be one

Index = Mapping[str, str]  # normal form → what it means
Meaning = TypeVar("Meaning", str, tuple[str, str])  # a variable or a code; of a flag, both


@dataclass(frozen=True)
class Meant:
    """What a word means, and how sure that is (0 to 1; 1 only where the word is one of ours)."""

    id: str
    confidence: float


@dataclass(frozen=True)
class Words:
    """Everything that we know to be said of one dataflow.

    variables: word → variable. codes: code list → (word → code). flags: word → (variable, code), of multi-response
    variables. The others: words of headers, and of cells that say yes, no or unknown.
    """

    variables: Index
    codes: Mapping[str, Index]
    flags: Mapping[str, tuple[str, str]]
    answers: Index
    periods: frozenset[str]
    numbers: frozenset[str]
    identifying: frozenset[str]
    births: frozenset[str]
    aside: frozenset[str]

    def code(self, text: str, codelist: str) -> Meant | None:
        """Return the code of a list that a cell's text means, exactly or by a near spelling; None for neither."""
        index, word = self.codes.get(codelist, {}), normal(text)
        found = (index[word], 1.0) if word in index else _near(word, index)
        return None if found is None else Meant(*found)

    def variable(self, header: str) -> Meant | None:
        """Return the variable that a header names, exactly, in a part of it or nearly."""
        found = _header(header, self.variables)
        return None if found is None else Meant(*found)

    def flag(self, header: str) -> tuple[str, str, float] | None:
        """Return (variable, code, confidence) where a header names one answer of a multi-response variable."""
        found = _header(header, self.flags)
        return None if found is None else (*found[0], found[1])

    def answer(self, text: str) -> str | None:
        """Return ``1``, ``0`` or ``_U`` for a word that says yes, no or unknown."""
        return self.answers.get(normal(text))

    def is_ours(self, text: str) -> bool:
        """Return whether a text is, as a whole, one of our words: only such a text may be shown at the hub."""
        word = normal(text)
        named = (self.periods, self.numbers, self.identifying, self.births, self.aside)
        known = word in self.variables or word in self.answers or word in self.flags
        return known or any(word in words for words in named) or any(word in index for index in self.codes.values())


@cache
def _document() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def load(dataflow: str, book: Codebook) -> Words:
    """Return the words of a dataflow."""
    told = _document()
    flow = book.dataflow(dataflow)
    named = {
        one.id: [one.id, one.label.ar, one.label.fr, one.label.en, *told["variables"].get(one.id, ())]
        for one in flow.variables
    }
    lists = {one.codelist: book.list_of(one) for one in flow.variables if one.codelist}
    codes = {id_: _codes(codelist, told) for id_, codelist in lists.items()}
    return Words(
        variables=_index(named),
        codes=codes,
        flags=_flags([one for one in flow.variables if one.kind == "multi"], codes, book),
        answers=_index({"1": told["answers"]["yes"], "0": told["answers"]["no"], UNKNOWN: told["answers"]["unknown"]}),
        periods=_set(told["periods"]["words"]),
        numbers=_set(told["identifiers"]["numbers"]),
        identifying=_set(told["identifiers"]["others"]),
        births=_set(told["identifiers"]["births"]),
        aside=_set(told["aside"]["words"]),
    )


def _codes(codelist: CodeList, told: Mapping[str, Any]) -> Index:
    """Return word → code: our synonyms first, then ids, labels and crosswalks, where they mean one code only."""
    ours = _index({code: words for code, words in told["codes"].get(codelist.id, {}).items() if code in codelist})
    said: dict[str, list[str]] = {}
    for code in codelist.codes:
        if not code.storable:
            continue
        crossed = [one.code for one in code.crosswalks if one.code and "AGE" not in codelist.id]
        said[code.id] = [code.id, code.label.ar, code.label.fr, code.label.en, *crossed]
        if code.id == UNKNOWN:
            said[code.id] += told["answers"]["unknown"]
    if codelist.id == _AREAS:
        for code, alpha2 in told["alpha2"].items():
            said.setdefault(code, []).append(alpha2)
    return {**_index(said), **ours}


def _flags(variables: Iterable[Variable], codes: Mapping[str, Index], book: Codebook) -> dict[str, tuple[str, str]]:
    flags: dict[str, tuple[str, str]] = {}
    twice: set[str] = set()
    for variable in variables:
        general = {variable.residual, *(code.id for code in book.list_of(variable).codes if code.id.endswith("_OTH"))}
        for word, code in codes[variable.codelist or ""].items():
            if word in flags or (code in general and word != normal(code)):
                twice.add(word)
            flags[word] = (variable.id, code)
    return {word: flag for word, flag in flags.items() if word not in twice}


def _index(said: Mapping[str, Iterable[str]]) -> dict[str, str]:
    index: dict[str, str] = {}
    twice: set[str] = set()
    for meaning, words in said.items():
        for word in {normal(word) for word in words} - {""}:
            if index.setdefault(word, meaning) != meaning:
                twice.add(word)
    return {word: meaning for word, meaning in index.items() if word not in twice}


def _set(words: Iterable[str]) -> frozenset[str]:
    return frozenset(normal(word) for word in words)


def _header(header: str, index: Mapping[str, Meaning]) -> tuple[Meaning, float] | None:
    """Return what a header means, and how sure that is; None where no part of it is like a word of ours."""
    parts = header_parts(header)
    exact = [index[part] for part in parts if part in index]
    if exact:
        return exact[-1], 1.0  # the last part is the nearest to the cells: "forme / mendicité"
    near = [found for part in parts if (found := _near(part, index))]
    return max(near, key=lambda found: found[1], default=None)


def _near(word: str, index: Mapping[str, Meaning]) -> tuple[Meaning, float] | None:
    scored = sorted(((likeness(word, known), meaning) for known, meaning in index.items()), reverse=True)
    if not scored or not scored[0][0]:
        return None
    best, meaning = scored[0]
    rival = next((score for score, other in scored if other != meaning), 0.0)
    return (meaning, round(min(best, 0.99), 2)) if best - rival >= _LEAD else None
