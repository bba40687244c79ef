"""A proposal as the hub may keep and show it: places, meanings and counts; a text only where it is one of our words.

An unknown header or value may be a person's name: of it, the outline has the letter and a count. A header is known
again by its keyed digest (``mark``). ``as_json`` and ``from_json`` are a pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from amana.canonical import Json
from amana.errors import Malformed
from amana.mapping.fit import Mark, names
from amana.mapping.meanings import SEPARATORS, spellings, tokens
from amana.mapping.proposal import Guess, Proposal
from amana.mapping.survey import Survey, Surveyed
from amana.mapping.synonyms import Words
from amana.mapping.words import normal

FORMAT: Final = "amana-outline/1"


@dataclass(frozen=True)
class Word:
    """One of our words as a column has it, and in how many rows."""

    text: str
    rows: int


@dataclass(frozen=True)
class Outlined:
    """One column.

    header:  the header, where it, or each language of it, is one of our words; None otherwise.
    mark:    the keyed digest of the header's normal form.
    kind, target, code, confidence (per cent), reason: as proposed.
    kept:    whether a confirmed mapping reads the column already.
    words:   our words among its cells. strange: spellings that are none of them and mean nothing yet; strange_rows:
             their rows. like: code → rows of spellings that are close to one of our words for it.
    """

    letter: str
    header: str | None
    mark: str
    kind: str | None
    target: str | None
    code: str | None
    confidence: int
    reason: str
    filled: int
    blank: int
    full: bool
    kept: bool
    separators: str
    words: tuple[Word, ...]
    strange: int
    strange_rows: int
    like: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Outline:
    """The proposal for one file. missing: required variables that no column tells. version: of the remembered one."""

    dataflow: str
    columns: tuple[Outlined, ...]
    missing: tuple[str, ...]
    version: int | None = None

    def column(self, letter: str) -> Outlined:
        """Return a column by its letter. Raises KeyError."""
        return {one.letter: one for one in self.columns}[letter]


def outline(proposal: Proposal, survey: Survey, words: Words, mark: Mark) -> Outline:
    """Return what may be told of a proposal at the hub."""
    named = dict(zip(survey.sheet.letters, names(survey.sheet), strict=True))
    columns = zip(proposal.columns, survey.columns, strict=True)
    version = proposal.remembered.version if proposal.remembered else None
    told = tuple(_outlined(guess, seen, words, mark(named[guess.letter])) for guess, seen in columns)
    return Outline(proposal.dataflow, told, proposal.missing, version)


def as_json(told: Outline) -> dict[str, Json]:
    """Return the outline as JSON."""
    columns: list[Json] = [
        {**asdict(one), "words": [asdict(word) for word in one.words], "like": dict(one.like)} for one in told.columns
    ]
    return {
        "format": FORMAT,
        "dataflow": told.dataflow,
        "version": told.version,
        "missing": list(told.missing),
        "columns": columns,
    }


def from_json(document: Any) -> Outline:  # noqa: ANN401 - whatever was stored; checked here
    """Return the outline that ``as_json`` wrote. Raises Malformed for anything else."""
    try:
        if document["format"] != FORMAT:
            raise Malformed(format=FORMAT)
        columns = tuple(
            Outlined(**{**one, "words": tuple(Word(**word) for word in one["words"])}) for one in document["columns"]
        )
        return Outline(document["dataflow"], columns, tuple(document["missing"]), document["version"])
    except (KeyError, TypeError) as fault:
        raise Malformed(format=FORMAT) from fault


def _outlined(guess: Guess, seen: Surveyed, words: Words, mark: str) -> Outlined:
    ours = (
        _ours(seen, words)
        if not guess.kept
        else [Word(one.text, one.rows) for one in guess.values if one.confidence == 1]
    )
    shown = {normal(word.text) for word in ours}
    strange = [one for one in guess.values if normal(one.text) not in shown]
    like: dict[str, int] = {}
    for one in strange:
        for code in one.codes if one.reason == "like" else ():
            like[code] = like.get(code, 0) + one.rows
    texts = seen.texts if not guess.values and not guess.kept and guess.kind is None else {}
    unread = [(text, rows) for text, rows in spellings(texts) if normal(text) not in shown]
    return Outlined(
        letter=guess.letter,
        header=seen.header if all(words.is_ours(part) for part in seen.header.split(" / ")) else None,
        mark=mark,
        kind=guess.kind.value if guess.kind else None,
        target=guess.target,
        code=guess.code,
        confidence=round(guess.confidence * 100),
        reason=guess.reason,
        filled=guess.filled,
        blank=guess.blank,
        full=guess.full,
        kept=bool(guess.kept),
        separators=guess.separators or "".join(sign for sign in SEPARATORS if any(sign in text for text in seen.texts)),
        words=tuple(ours),
        strange=len(strange) + len(unread),
        strange_rows=sum(one.rows for one in strange) + sum(rows for _, rows in unread),
        like=like,
    )


def _ours(seen: Surveyed, words: Words) -> list[Word]:
    """Return our words among a column's cells, whole or named beside others; the commonest first."""
    if seen.full:
        return []
    whole = dict(spellings(seen.texts))
    parts = dict(spellings(tokens(seen.texts, SEPARATORS)))
    told = {text: rows for text, rows in {**parts, **whole}.items() if words.is_ours(text)}
    return [Word(text, rows) for text, rows in sorted(told.items(), key=lambda pair: -pair[1])]
