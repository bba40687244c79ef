"""What counts as a direct identifier: the forms of policies/identifiers.toml, checked, as values.

A number is read in the light of the country that uploads, because the same digits are a telephone number here and an
identity number there.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amana.errors import Unusable
from amana.findings import Severity
from amana.identifiers.checksums import CHECKS

_FORMAT: Final = "amana-identifiers/1"
_ANSWERS: Final = frozenset({"block", "home", "warn"})
PHONES: Final[Mapping[str, str]] = {"phone-international": "block", "phone-home": "block", "phone-abroad": "warn"}


@dataclass(frozen=True)
class Form:
    """One kind of identifier: which rule names it, and what a hit means. ``country``: ISO 3166-1 alpha-3 or None."""

    id: str
    rule: str
    answer: str
    country: str | None = None
    regex: str = ""
    check: str | None = None
    words: tuple[str, ...] = ()

    def severity(self, committee: str) -> Severity:
        """Return how a hit counts in a contribution of ``committee``."""
        blocks = self.answer == "block" or (self.answer == "home" and self.country == committee)
        return Severity.ERROR if blocks else Severity.WARNING


@dataclass(frozen=True)
class Recognisers:
    """The checked content of identifiers.toml. ``regions``: alpha-3 → alpha-2; ``lengths``: alpha-2 → IBAN length."""

    forms: Mapping[str, Form]
    regions: Mapping[str, str]
    lengths: Mapping[str, int]
    header_words: frozenset[str]
    header_phrases: tuple[str, ...]


def load(path: Path) -> Recognisers:
    """Return the recognisers of an identifiers.toml. Raises Unusable when it does not follow its format."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return _read(document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, re.error) as fault:
        raise Unusable(what="identifiers", place=str(path)) from fault


def _read(document: Mapping[str, Any]) -> Recognisers:
    if document["format"] != _FORMAT:
        raise ValueError("another format")
    headers, phones, ibans = document["headers"], document["phones"], document["iban"]
    for stated in (headers, phones, ibans, *document["pattern"]):
        if not (stated["confidence"] and stated["source"]):
            raise ValueError("a form without its source")
    forms = [_form(entry, entry["id"]) for entry in document["pattern"]]
    forms += [_form(entry, entry["entity"]) for entry in document["presidio"]]
    forms += [Form(name, "identifier.phone", answer) for name, answer in PHONES.items()]
    return Recognisers(
        forms={form.id: form for form in forms},
        regions={country: phones["alpha2"][country] for country in phones["regions"]},
        lengths=dict(ibans["lengths"]),
        header_words=frozenset(map(plain, headers["words"])),
        header_phrases=tuple(map(plain, headers["phrases"])),
    )


def _form(entry: Mapping[str, Any], name: str) -> Form:
    if entry["answer"] not in _ANSWERS or entry.get("check") not in {None, *CHECKS}:
        raise ValueError("unknown answer or check")
    regex, words = entry.get("regex", ""), tuple(map(plain, entry.get("words", ())))
    re.compile(regex)
    return Form(name, entry["rule"], entry["answer"], entry.get("country"), regex, entry.get("check"), words)


def plain(text: str) -> str:
    """Return the text in lower case, digits of every script as 0-9, without accents, Arabic vowel marks and tatweel.

    Alef, ya and ta marbuta are folded to one form each, so that spellings of one word meet.
    """
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    folded = bare.translate(_FOLD).casefold()
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in folded)


_FOLD: Final = str.maketrans({"ـ": None, "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه"})
