"""Fold texts so that spellings of one thing meet, and draw their shape: one text, or a column, at a time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

import polars as pl

WORD: Final = re.compile(r"[^\W\d_]+")  # a run of letters
LONGEST: Final = 1_000  # characters of a cell that are read; reading refuses cells long before that
_SHAPE: Final = 40  # characters of a shape that are shown
_TATWEEL: Final = "\u0640"
_LETTERS: Final = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ؤ": "و", "ئ": "ي"}
_FOLD: Final = str.maketrans(_LETTERS)
INVISIBLE: Final = r"[\p{Cf}\x{0640}]"
_DECORATION: Final = r"[\p{M}\p{Cf}\x{0640}]"
# Digits that a clerk sets apart, as in 06 61-23.45/67: at most two signs between them.
_APART: Final = re.compile(r"(?<=\d)[ .,'’/_\u2010-\u2015-]{1,2}(?=\d)")
_PREFIX: Final = re.compile(r"\b([A-Z]{1,2})[ .\u2010-\u2015-]{1,2}(?=\d)")
_NO_PREFIX: Final = frozenset({"BP", "CP", "NO", "NR", "KM", "LE", "LA", "DU", "DE", "AU", "ET", "EN", "A", "N", "DH"})


def digits(text: str) -> str:
    """Return the text with digits of every script as 0-9, full-width signs as ASCII, and no invisible character."""
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", text) if _is_seen(sign))
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in seen)


def plain(text: str) -> str:
    """Return ``digits`` of the text in lower case, without accents, Arabic vowel marks and tatweel.

    Alef, ya, ta marbuta and the seats of hamza are folded to one letter each, and Persian letters to Arabic ones.
    """
    composed = digits(text).translate(_FOLD)
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", composed) if not unicodedata.combining(sign))
    return bare.translate(_FOLD).casefold()


def squeezed(text: str) -> str:
    """Return the text with the signs between digits, and between one or two capitals and digits, taken out."""
    joined = _APART.sub("", text)
    return _PREFIX.sub(lambda match: match[1] if match[1] not in _NO_PREFIX else match[0], joined)


def words(cells: pl.Series) -> pl.Series:
    """Return (n,) lists of the words of each text, folded as ``plain`` does: what a set of names is asked about."""
    bare = cells.str.normalize("NFKC").str.replace_many(list(_LETTERS), list(_LETTERS.values()))
    folded = bare.str.normalize("NFKD").str.replace_all(_DECORATION, "").str.to_lowercase()
    return folded.str.replace_many(list(_LETTERS), list(_LETTERS.values())).str.extract_all(r"\p{L}+")


def having(cells: pl.Series, wanted: Collection[str], beginnings: tuple[str, ...]) -> pl.Series:
    """Return (n,) whether each text has one of the ``wanted`` words, or one that begins so; all are folded already."""
    listed = pl.DataFrame({"cell": pl.int_range(len(cells), eager=True), "word": words(cells)}).explode("word")
    different = listed["word"].drop_nulls().unique().to_list()
    asked = [word for word in different if word in wanted or word.startswith(beginnings)]
    found = listed.filter(pl.col("word").is_in(asked))["cell"].unique()
    return pl.int_range(len(cells), eager=True).is_in(found.implode())


def shape(text: str) -> str:
    """Return the text with every letter as A and every digit as #, cut to 40 characters; the rest stays."""
    signs = ("#" if sign.isdecimal() else "A" if sign.isalpha() else sign if sign.isascii() else "?" for sign in text)
    drawn = "".join(sign if sign.isprintable() else "?" for sign in signs)
    return drawn if len(drawn) <= _SHAPE else drawn[: _SHAPE - 1] + "…"


def _is_seen(sign: str) -> bool:
    return sign != _TATWEEL and unicodedata.category(sign) != "Cf"
