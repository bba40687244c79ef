"""What the spellings of a column mean, each with how sure that is and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from amana.codebook.model import UNKNOWN, Codebook, Variable
from amana.mapping import ages, answers
from amana.mapping.document import Kind
from amana.mapping.proposal import Value
from amana.mapping.synonyms import Words
from amana.mapping.words import normal

SEPARATORS: Final = ";؛,،/|+&\n"
COARSER: Final = 0.7  # how sure an age band is that keeps only child or adult
Texts = Mapping[str, int]  # different cells → rows


class Meanings:
    """The words of a dataflow and its codebook, asked what spellings mean."""

    def __init__(self, words: Words, book: Codebook) -> None:
        """Take the words and the book."""
        self._words, self._book = words, book

    def of(self, kind: Kind | None, variable: Variable | None, texts: Texts) -> tuple[tuple[Value, ...], str]:
        """Return the spellings that a column of this kind asks about, and its separators.

        Spellings with one normal form are one; of ages, only those that are no plain age are asked about.
        """
        if kind is Kind.SEVERAL:
            separators = "".join(sign for sign in SEPARATORS if any(sign in text for text in texts)) or SEPARATORS[0]
            texts = tokens(texts, separators)
        else:
            separators = ""
        if kind is Kind.FLAG:
            return tuple(self._answer(text, rows) for text, rows in spellings(texts)), separators
        if kind not in {Kind.CODED, Kind.SEVERAL, Kind.AGE} or variable is None:
            return (), separators
        meant = (self._meaning(text, rows, kind, variable) for text, rows in spellings(texts))
        return tuple(value for value in meant if value is not None), separators

    def is_age(self, text: str, variable: Variable) -> bool:
        """Return whether a cell says an age, in figures or in words."""
        codes = self._book.list_of(variable)
        return ages.read(text, codes) is not None or self._words.code(text, codes.id) is not None

    def _answer(self, text: str, rows: int) -> Value:
        told = self._words.answer(text)
        return Value(text, rows, (told,) if told else (), float(told is not None), "exact" if told else "none")

    def _meaning(self, text: str, rows: int, kind: Kind, variable: Variable) -> Value | None:
        codes = self._book.list_of(variable)
        if kind is Kind.AGE and (aged := ages.read(text, codes)) is not None:
            return Value(text, rows, (aged[0],), COARSER, "coarser") if aged[1] else None
        meant = self._words.code(text, codes.id)
        if meant is None and self._words.answer(text) == UNKNOWN and variable.residual:
            return Value(text, rows, (variable.residual,), 1.0, "exact")
        if meant is None:
            return Value(text, rows, (), 0.0, "none")
        return Value(text, rows, (meant.id,), meant.confidence, "exact" if meant.confidence == 1 else "like")


def tokens(texts: Texts, separators: str) -> Counter[str]:
    """Return the values that cells name one beside the other → rows."""
    counted: Counter[str] = Counter()
    for text, rows in texts.items():
        for token in answers.split(text, separators):
            counted[token] += rows
    return counted


def spellings(texts: Texts) -> list[tuple[str, int]]:
    """Return (a spelling, rows) for each normal form, the commonest first; blanks are none."""
    first: dict[str, str] = {}
    rows: Counter[str] = Counter()
    for text, count in texts.items():
        if word := normal(text):
            first.setdefault(word, text.strip())
            rows[word] += count
    return [(first[word], count) for word, count in rows.most_common()]


def read_share(values: Iterable[Value]) -> float:
    """Return the share of the spellings that mean something."""
    each = list(values)
    return sum(1 for value in each if value.known) / len(each) if each else 0.0
