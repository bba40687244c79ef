"""Propose what each column means: by its header, by its cells, and by what was confirmed before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from amana.codebook.model import Codebook
from amana.codebook.model import Kind as Answer
from amana.mapping.asking import Asking, guessed
from amana.mapping.births import with_age
from amana.mapping.document import ColumnMap, Kind, NationalMapping
from amana.mapping.fit import Mark, fit
from amana.mapping.proposal import Guess, Proposal, columnless
from amana.mapping.survey import Survey, Surveyed, surveyed
from amana.mapping.synonyms import load
from amana.reading.sheet import Block, Sheet


def propose(
    sheet: Sheet,
    sample: Block | Survey,
    dataflow: str,
    book: Codebook,
    remembered: NationalMapping | None = None,
    *,
    at_home: bool = False,
    mark: Mark | None = None,
) -> Proposal:
    """Return what the columns of ``sheet`` seem to mean.

    sample:     a block, or the survey of several.
    remembered: what was confirmed before; where it fits, it stands with confidence 1, and only new words are open.
    at_home:    whether a pseudonym may be made out of what identifies.
    """
    survey = sample if isinstance(sample, Survey) else surveyed(sheet, sample)
    asking = Asking(load(dataflow, book), dataflow, book, at_home=at_home)
    kept = _kept(sheet, remembered, mark)
    parts = set(fit(remembered, sheet, mark).parts.values()) if remembered else set()

    def guess(one: Surveyed) -> Guess:
        if one.letter in kept:
            return asking.again(one, kept[one.letter])
        return guessed(one, Kind.IGNORED, 1.0, "remembered") if one.letter in parts else asking.guess(one)

    columns = _each_once(map(guess, survey.columns), asking)
    columns = with_age(columns, survey.columns, asking.flow) if at_home else columns
    constants = [one.target for one in remembered.columns if one.kind is Kind.CONSTANT] if remembered else []
    told = {*constants, *(one.target for one in columnless(remembered))}
    required = [one.id for one in book.dataflow(dataflow).variables if one.required]
    return Proposal(dataflow, columns, tuple(id_ for id_ in required if id_ not in told), remembered)


def revalued(guess: Guess, texts: Mapping[str, int], dataflow: str, book: Codebook) -> Guess:
    """Return the guess with its spellings read anew, after a person gave the column another meaning.

    texts: the column's different cells → rows.
    """
    return Asking(load(dataflow, book), dataflow, book, at_home=True).meant(guess, texts)


def _kept(sheet: Sheet, remembered: NationalMapping | None, mark: Mark | None) -> dict[str, tuple[ColumnMap, ...]]:
    """Return letter → the remembered entries that read it; what a key is made of counts as read by it."""
    if remembered is None:
        return {}
    fitted = fit(remembered, sheet, mark)
    kept: dict[str, tuple[ColumnMap, ...]] = {}
    for entry, letter in zip(remembered.columns, fitted.letters, strict=True):
        read = [letter] if letter else [fitted.parts[part] for part in entry.parts if part in fitted.parts][:1]
        for one in read:
            kept[one] = (*kept.get(one, ()), entry)
    return kept


def _each_once(guesses: Iterable[Guess], asking: Asking) -> tuple[Guess, ...]:
    """Leave each variable that has one answer to the surest column; the others are not known."""
    multi = {one.id for one in asking.flow.variables if one.kind is Answer.MULTI}
    listed = list(guesses)
    best: dict[str, float] = {}
    for one in listed:
        if one.target:
            best[one.target] = max(best.get(one.target, 0.0), one.confidence)
    taken: set[str] = set()
    columns = []
    for one in listed:
        rivals = one.target is not None and one.target not in multi and not one.kept
        if one.target and rivals and (one.target in taken or one.confidence < best[one.target]):
            columns.append(
                replace(one, kind=None, target=None, confidence=0.0, reason="none", values=(), separators="")
            )
        else:
            columns.append(one)
            taken.add(one.target or "")
    return tuple(columns)
