"""Words as they are compared: two spellings of one word have one normal form, in each script.

Case, accents, Arabic vowel signs, tatweel, the article, hamza and the forms of ya and ta marbuta, digits of any script,
spaces, punctuation and invisible marks make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from amana.identifiers.fold import plain

LIKE: Final = 0.86  # of SequenceMatcher: "mandicité" is 0.89 from "mendicité", "Niger" 0.83 from "Nigeria"
_LEAST: Final = 5  # characters that a word needs to be likened to another: shorter ones resemble too many
_HINT: Final = 2  # letters by which two lengths may differ and still be one word misspelt
_NOT_WORD: Final = re.compile(r"[\W_]+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ARTICLE: Final = re.compile(r"\bال(?=\w{3,})")
_FOLDED: Final = str.maketrans({"ؤ": "و", "ئ": "ي", "ء": None, "œ": "oe", "æ": "ae", "ß": "ss"})


@lru_cache(maxsize=100_000)
def normal(text: str) -> str:
    """Return the form under which a header or a cell is compared; ``""`` for a blank.

    A cell that holds signs only (``?``, ``-``) is not blank: it keeps them.
    """
    if text.isascii():
        return _NOT_WORD.sub(" ", text.lower()).strip() or text.strip()
    seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    words = _NOT_WORD.sub(" ", plain(seen).translate(_FOLDED)).strip()
    return _ARTICLE.sub("", words) or seen.strip()


def header_parts(header: str) -> tuple[str, ...]:
    """Return the normal forms of what a header says: the whole, each line or language of it, and camelCase apart."""
    parts = [header, *re.split(r"\s/\s|[\n|:(]|\s[-–]\s", header), _CAMEL.sub(" ", header)]
    if re.search("[\u0600-\u06ff]", header) and re.search("[A-Za-z]", header):  # both scripts, nothing between them
        parts += ["".join(re.findall(r"[\u0600-\u06ff\s]+", header)), "".join(re.findall(r"[^\u0600-\u06ff]+", header))]
    return tuple(dict.fromkeys(word for part in parts if (word := normal(part))))


def likeness(one: str, other: str) -> float:
    """Return how alike two normal forms are, 0 to 1; 0 where one is too short, or too much shorter, to tell."""
    if min(len(one), len(other)) < _LEAST or abs(len(one) - len(other)) > max(_HINT, len(one) // 4):
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= LIKE else 0.0
