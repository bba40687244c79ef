"""What counts as a direct identifier: the forms of policies/identifiers.toml, checked, as values.

A number is read in the light of the country that uploads and of its neighbours, because the same digits are a
telephone number here and an identity number there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amana.errors import Unusable
from amana.findings import Severity
from amana.identifiers.checksums import CHECKS
from amana.identifiers.fold import plain
from amana.identifiers.headings import Headings
from amana.identifiers.name_lists import Lists

_FORMAT: Final = "amana-identifiers/2"
_NAMES: Final = "names.toml"  # stands beside identifiers.toml
ANSWERS: Final = frozenset({"block", "home", "near", "bare", "warn"})
PHONES: Final[Mapping[str, str]] = {"phone-international": "block", "phone-home": "block", "phone-abroad": "warn"}
NAMES: Final[Mapping[str, str]] = {"name-full": "block", "name-single": "warn"}


@dataclass(frozen=True)
class Form:
    """One kind of identifier: which rule names it, and what a hit means. ``country``: ISO 3166-1 alpha-3 or None.

    words:    the pattern counts only in a cell that also holds one of these.
    headings: the pattern counts only in a column whose heading holds one of these.
    """

    id: str
    rule: str
    answer: str
    country: str | None = None
    regex: str = ""
    check: str | None = None
    words: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()

    def severity(self, light: Light) -> Severity | None:
        """Return how a hit counts in the light of who uploads; None where it says nothing there."""
        if self.answer == "block":
            return Severity.ERROR
        if self.country == light.home:
            return Severity.WARNING if self.answer in {"bare", "warn"} else Severity.ERROR
        if self.answer in {"near", "bare"} and self.country not in light.neighbours:
            return None
        return Severity.WARNING


@dataclass(frozen=True)
class Light:
    """The uploading committee's country, ISO 3166-1 alpha-3, and those that border it."""

    home: str
    neighbours: frozenset[str]


@dataclass(frozen=True, eq=False)  # two are the same only if they are one: what is built from one is kept
class Recognisers:
    """The checked content of identifiers.toml and names.toml.

    regions: alpha-3 → alpha-2; lengths: alpha-2 → IBAN length; neighbours: alpha-3 → alpha-3.
    """

    forms: Mapping[str, Form]
    regions: Mapping[str, str]
    neighbours: Mapping[str, frozenset[str]]
    lengths: Mapping[str, int]
    headings: Headings
    names: Lists

    def light(self, committee: str) -> Light:
        """Return in which light the numbers of a contribution of ``committee`` are read."""
        return Light(committee, self.neighbours.get(committee, frozenset()))


def load(path: Path) -> Recognisers:
    """Return the recognisers of an identifiers.toml and of the names.toml beside it.

    Raises Unusable when one of them does not follow its format.
    """
    try:
        return _read(_document(path), _document(path.with_name(_NAMES)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, re.error) as fault:
        raise Unusable(what="word.identifiers", place=str(path)) from fault


def _document(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8-sig"))


def _read(document: Mapping[str, Any], names: Mapping[str, Any]) -> Recognisers:
    if document["format"] != _FORMAT:
        raise ValueError("another format")
    headers, phones, ibans, borders = (document[name] for name in ("headers", "phones", "iban", "borders"))
    for stated in (headers, phones, ibans, borders, *document["pattern"]):
        if not (stated["confidence"] and stated["source"]):
            raise ValueError("a form without its source")
    forms = [_form(entry, entry["id"]) for entry in document["pattern"]]
    forms += [_form(entry, entry["entity"]) for entry in document["presidio"]]
    forms += [Form(name, "identifier.phone", answer) for name, answer in PHONES.items()]
    forms += [Form(name, "identifier.name", answer) for name, answer in NAMES.items()]
    return Recognisers(
        forms={form.id: form for form in forms},
        regions={country: phones["alpha2"][country] for country in phones["regions"]},
        neighbours={country: frozenset(borders[country]) for country in phones["regions"]},
        lengths=dict(ibans["lengths"]),
        headings=Headings.read(headers),
        names=Lists.read(names),
    )


def _form(entry: Mapping[str, Any], name: str) -> Form:
    if entry["answer"] not in ANSWERS or entry.get("check") not in {None, *CHECKS}:
        raise ValueError("unknown answer or check")
    regex = entry.get("regex", "")
    re.compile(regex)
    words, headings = (tuple(map(plain, entry.get(part, ()))) for part in ("words", "headings"))
    return Form(name, entry["rule"], entry["answer"], entry.get("country"), regex, entry.get("check"), words, headings)
