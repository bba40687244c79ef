"""Ask what one column means: by the form of its cells, by its header, by its words, or by what was said before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from amana.codebook.model import UNKNOWN, Codebook, Variable
from amana.codebook.model import Kind as Answer
from amana.mapping import dates
from amana.mapping.document import ColumnMap, Kind
from amana.mapping.meanings import Meanings, Texts, read_share, tokens
from amana.mapping.proposal import Guess
from amana.mapping.survey import Surveyed
from amana.mapping.synonyms import Words
from amana.mapping.words import header_parts, normal

_MOST: Final = 0.8  # share of the cells that must have a form, for a column to be of that form
_HALF: Final = 0.5  # share of the different texts that must be words of a list, for the list to be meant
_HEADER: Final = 0.7  # how much the header's likeness weighs; the cells' overlap has the rest
_VALUES: Final = 1 - _HEADER
_DOUBT: Final = 0.4
_TELLING: Final = 3  # characters


class Asking:
    """Everything that is known of a dataflow's words, asked about one column at a time."""

    def __init__(self, words: Words, dataflow: str, book: Codebook, *, at_home: bool) -> None:
        """Take the words of a dataflow. at_home: whether a pseudonym may be made out of what identifies."""
        self._words, self._at_home = words, at_home
        self._meanings = Meanings(words, book)
        self.flow = book.dataflow(dataflow)

    def guess(self, column: Surveyed) -> Guess:
        """Return what a column seems to mean."""
        found = self._by_form(column) or self._by_flag(column) or self._by_header(column) or self._by_values(column)
        return found or guessed(column, None, 0.0, "none")

    def again(self, column: Surveyed, kept: tuple[ColumnMap, ...]) -> Guess:
        """Return what the remembered mapping says of a column, and the spellings that are new in it."""
        first = kept[0]
        variable = next((one for one in self.flow.variables if one.id == first.target), None)
        known = {normal(text) for text in first.values}
        texts: Texts = tokens(column.texts, first.separators) if first.kind is Kind.SEVERAL else column.texts
        kind = Kind.CODED if first.kind is Kind.SEVERAL else first.kind
        new = {text: rows for text, rows in texts.items() if normal(text) not in known}
        guess = guessed(column, first.kind, 1.0, "remembered", first.target, first.code)
        return replace(
            guess,
            values=self._meanings.of(kind, variable, new)[0],
            kept=kept,
            separators=first.separators,
            blank=0 if first.blank is not None else guess.blank,
        )

    def meant(self, guess: Guess, texts: Texts) -> Guess:
        """Return the guess with its spellings read anew, after a person gave the column another meaning."""
        variable = next((one for one in self.flow.variables if one.id == guess.target), None)
        values, separators = self._meanings.of(guess.kind, variable, texts)
        return replace(guess, values=values, separators=separators, kept=())

    def _by_form(self, column: Surveyed) -> Guess | None:
        """Tell what stands aside, identifies, dates, or is keyed already."""
        words, parts = self._words, set(header_parts(column.header))
        if column.filled and column.keyed >= _MOST * column.filled:
            meant = words.variable(column.header)
            target = meant.id if meant and self._is_link(meant.id) else "PSEUDONYM"
            return guessed(column, Kind.PSEUDONYM, 0.95, "keyed", target) if self._is_link(target) else None
        if parts & (words.births | words.identifying):
            reason = "date_of_birth" if parts & words.births else "identifies"
            return guessed(column, Kind.IGNORED, 0.95, reason)
        if parts & words.periods and _share(column.texts, lambda text: dates.year(text) is not None) >= _MOST:
            return guessed(column, Kind.PERIOD, 0.95, "both")
        if parts & (words.numbers | {normal("PSEUDONYM")}):
            made = self._at_home and self._is_link("PSEUDONYM")
            told = (Kind.KEYED, 0.8, "identifies", "PSEUDONYM") if made else (Kind.IGNORED, 0.8, "identifies")
            return guessed(column, *told)
        return guessed(column, Kind.IGNORED, 0.9, "header") if parts & words.aside else None

    def _is_link(self, variable: str) -> bool:
        return any(one.id == variable and one.kind in {Answer.PSEUDONYM, Answer.LINK} for one in self.flow.variables)

    def _by_flag(self, column: Surveyed) -> Guess | None:
        found = self._words.flag(column.header)
        said = _share(column.texts, lambda text: self._words.answer(text) is not None)
        if found is None or (column.texts and said < _MOST):
            return None
        variable, code, sure = found
        confidence = round(_HEADER * sure + _VALUES * said, 2)
        values = self._meanings.of(Kind.FLAG, None, column.texts)[0]
        reason = "both" if column.texts else "header"
        return replace(guessed(column, Kind.FLAG, confidence, reason, variable, code), values=values)

    def _by_header(self, column: Surveyed) -> Guess | None:
        meant = self._words.variable(column.header)
        if meant is None or self._is_link(meant.id):
            return None
        variable = self.flow.variable(meant.id)
        kind = kind_of(variable)
        values, separators = self._meanings.of(kind, variable, column.texts)
        read = 0.0 if column.full else read_share(values)
        if kind is Kind.AGE:
            read = _share(column.texts, lambda text: self._meanings.is_age(text, variable))
        reason = "both" if read >= _HALF else "contradicted"
        reason = "header" if not column.texts else reason
        reason = "header_like" if meant.confidence < 1 and reason != "contradicted" else reason
        confidence = _DOUBT if reason == "contradicted" else _HEADER * meant.confidence + _VALUES * read
        guess = guessed(column, kind, round(confidence, 2), reason, variable.id)
        return replace(guess, values=values, separators=separators)

    def _by_values(self, column: Surveyed) -> Guess | None:
        if column.full or not column.texts or all(self._words.answer(text) for text in column.texts):
            return None
        scored = []
        for variable in self.flow.variables:
            if variable.codelist and kind_of(variable) is not Kind.AGE:
                values, separators = self._meanings.of(kind_of(variable), variable, column.texts)
                sure = [one for one in values if one.confidence == 1 and UNKNOWN not in one.codes and _tells(one.text)]
                scored.append((len(sure) / max(len(values), 1), variable, values, separators))
        share, variable, values, separators = max(scored, key=lambda one: one[0])
        if share < _HALF:
            return None
        rivals = [one for one in scored if one[0] == share]
        confidence, reason = (round(_MOST * share, 2), "values") if len(rivals) == 1 else (_DOUBT, "values_ambiguous")
        guess = guessed(column, kind_of(variable), confidence, reason, variable.id)
        return replace(guess, values=values, separators=separators)


def guessed(  # noqa: PLR0917 - the parts of a guess, in their order
    column: Surveyed,
    kind: Kind | None,
    confidence: float,
    reason: str,
    target: str | None = None,
    code: str | None = None,
) -> Guess:
    """Return a guess about a column, without its spellings."""
    header = column.header if normal(column.header) == column.name else column.name
    guess = Guess(column.letter, header, kind, target, code, confidence, reason, column.filled, column.blank)
    return replace(guess, full=column.full)


def _tells(text: str) -> bool:
    """Return whether a word is long enough to tell a list by itself: single letters are codes of several."""
    return len(normal(text)) >= _TELLING


def kind_of(variable: Variable) -> Kind:
    """Return the kind of column that usually tells a variable."""
    if variable.kind is Answer.MULTI:
        return Kind.SEVERAL
    return Kind.AGE if (variable.codelist or "").startswith("CL_AGE") and variable.id != "AGE_BASIS" else Kind.CODED


def _share(texts: Mapping[str, int], is_one: Callable[[str], bool]) -> float:
    return sum(1 for text in texts if is_one(text)) / len(texts) if texts else 0.0
