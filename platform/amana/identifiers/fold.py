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
# Letters that look like Latin ones, Cyrillic and Greek (Unicode Technical Standard 39, confusables): nobody in the
# region writes either, and a reader sees no difference.
_ALIKE: Final = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХҮԌԚԜаеѕіјорсухһԁԛԝӏвкмнтΑΒΕΖΗΙΚΜΝΟΡΤΥΧονı",
        "ABESIJKMHOPCTYXYGQWaesijopcyxhdqwlbkmhtABEZHIKMNOPTYXovi",
        strict=True,
    )
)
_LATIN: Final = str.maketrans({**_ALIKE, "٫": ".", "٬": ",", "،": ",", "؛": ";"})  # Arabic signs between digits, too
_AS_DECIMAL: Final = re.compile(
    r"(?<![\d.,])(\d{5,})[.,]0{1,2}(?![\d.,])"
)  # 661234567.0: a number, as tables export it
_FILLERS: Final = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # shown as nothing, though no format characters
INVISIBLE: Final = r"[\p{Cf}\p{Mn}\p{Me}\x{0640}\x{034F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{2800}\x{3164}\x{FFA0}]"
_DECORATION: Final = r"[\p{M}\p{Cf}\x{0640}]"
# Digits that a clerk sets apart, as in 06 61-23.45/67: at most two signs between them; brackets, stars, dashes and line
# ends also in threes. What parts the items of a list, as in 3;5;7, stays.
_APART: Final = re.compile(r"(?<=\d)(?:[ .,'’/_\u2010-\u2015-]{1,2}|[\s()\[\]*•·~=\u2010-\u2015-]{1,3})(?=\d)")
_FOR_DIGITS: Final = re.compile(r"(?<=\d)[OIL]{1,3}(?=\d)")
_MEANT: Final = str.maketrans("OIL", "011")
_GLUED: Final = re.compile(r"(?<=[^\W\d])(?=\d{10})|(?<=\d{10})(?=[^\W\d])")  # CIN0612345678, n_0612345678
_RANDOM: Final = re.compile(r"[0-9A-Z]{24}")  # what letters and digits are mixed in so long is a digest
_PREFIX: Final = re.compile(r"\b([A-Z]{1,2})[ .\u2010-\u2015-]{1,2}(?=\d)")
_NO_PREFIX: Final = frozenset({"BP", "CP", "NO", "NR", "KM", "LE", "LA", "DU", "DE", "AU", "ET", "EN", "A", "N", "DH"})


def digits(text: str) -> str:
    """Return the text with digits of every script as 0-9, full-width signs as ASCII, and nothing that is not seen.

    Letters that look like Latin ones are those, marks that stand on a digit are left out, and so is the ``.0`` behind
    a whole number.
    """
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", text) if _is_seen(sign)).translate(_LATIN)
    return _AS_DECIMAL.sub(
        r"\1", "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in seen)
    )


def plain(text: str) -> str:
    """Return ``digits`` of the text in lower case, without accents, Arabic vowel marks and tatweel.

    Alef, ya, ta marbuta and the seats of hamza are folded to one letter each, and Persian letters to Arabic ones.
    """
    composed = digits(text).translate(_FOLD)
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", composed) if not unicodedata.combining(sign))
    return bare.translate(_FOLD).casefold()


def squeezed(text: str) -> str:
    """Return the text with the signs between digits, and between one or two capitals and digits, taken out.

    Capitals that are read as digits between digits are those.
    """
    joined = _APART.sub("", text)
    joined = _FOR_DIGITS.sub(lambda match: match[0].translate(_MEANT), joined)
    return _PREFIX.sub(lambda match: match[1] if match[1] not in _NO_PREFIX else match[0], joined)


def loosened(text: str) -> str:
    """Return the text with long numbers set apart from the words that they are glued to."""
    return text if _RANDOM.search(text) else _GLUED.sub(" ", text)


def words(cells: pl.Series) -> pl.Series:
    """Return (n,) lists of the words of each text, folded as ``plain`` does: what a set of names is asked about."""
    bare = cells.str.normalize("NFKC").str.replace_many([*_LETTERS, *_ALIKE], [*_LETTERS.values(), *_ALIKE.values()])
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
    return sign != _TATWEEL and sign not in _FILLERS and unicodedata.category(sign) not in {"Cf", "Mn", "Me"}
