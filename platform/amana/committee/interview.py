"""Ask a person at a terminal what only she can tell: doubtful columns, unknown spellings, what no column says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import click

from amana.codebook.cells import FLAGS
from amana.codebook.model import Codebook, NotInCodebook, Variable
from amana.codebook.model import Kind as Answer
from amana.mapping import births
from amana.mapping.asking import kind_of
from amana.mapping.document import Kind
from amana.mapping.proposal import SURE, Guess, Proposal, Value, blank_of
from amana.mapping.propose import revalued
from amana.mapping.survey import Survey
from amana.wording.load import sentence

_ASK_LIST: Final = "?"
_ASIDE: Final = "-"
_YES: Final = frozenset(("y", "yes", "o", "oui", "ن", "نعم"))
_NO: Final = frozenset(("", "n", "no", "non", "ل", "لا"))
_LONG: Final = 40  # codes; a longer list is not printed unasked
_MOST: Final = 60  # spellings of one column that are asked about; more is no list of words
_BASIS: Final = "LEGAL_BASIS"
_CONSENT: Final = "CONSENT_REPORTING"


class Interview:
    """One conversation about one file; every answer may be left empty."""

    def __init__(self, survey: Survey, dataflow: str, book: Codebook, language: str) -> None:
        """Take what was seen of the file and the language to ask in."""
        self._texts = {one.letter: one.texts for one in survey.columns}
        self._flow, self._book, self._language = book.dataflow(dataflow), book, language

    def ask(self, proposal: Proposal, constants: dict[str, str]) -> tuple[Proposal, dict[str, str], bool]:
        """Return the proposal as it was answered, what is the same in every row, and whether blanks mean unknown."""
        for one in proposal.columns:
            if one.kind is None or one.confidence < SURE:
                proposal = self._column(proposal, one)
        for one in proposal.columns:
            if one.reason == births.BORN and births.untold(proposal.columns, self._flow) is not None:
                proposal = self._born(proposal, one)
        for one in proposal.columns:
            if one.unknown and one.is_used:
                proposal = proposal.changed(one.letter, values=self._values(one))
        constants = self._constants(proposal, constants)
        blanks = [one.letter for one in proposal.columns if one.blank and one.is_used and self._may_be_blank(one)]
        unknown = bool(blanks) and self._is_so(self._say("ask_blank", columns=", ".join(blanks)))
        return proposal, constants, unknown

    def _column(self, proposal: Proposal, guess: Guess) -> Proposal:
        """Ask what a column means: a variable, a code for a yes/no column, or nothing to leave it aside."""
        said = self._say("ask_column", letter=guess.letter, header=guess.header)
        named = {one.id: one.label.read(self._language) for one in self._flow.variables}
        proposed = (guess.code or guess.target or _ASIDE) if guess.kind is not None else _ASIDE
        while True:
            answer = click.prompt(said, default=proposed).strip().upper()
            if answer == _ASK_LIST:
                self._list(named)
                continue
            if answer == _ASIDE:
                return proposal.changed(guess.letter, kind=Kind.IGNORED, target=None, code=None, confidence=1.0)
            meant = self._meant(answer)
            if meant is not None:
                return proposal.with_guess(self._as_meant(guess, *meant))
            click.echo(self._say("not_understood"))

    def _as_meant(self, guess: Guess, kind: Kind, target: str, code: str | None) -> Guess:
        """Return the guess as a person said it; days that tell an age are dates of birth."""
        texts = self._texts[guess.letter]
        if kind is Kind.AGE and births.is_days(texts):
            return replace(guess, kind=Kind.IGNORED, target=None, confidence=1.0, reason=births.BORN)
        asked = replace(guess, kind=kind, target=target, code=code, confidence=1.0, reason="remembered")
        return revalued(asked, texts, self._flow.id, self._book)

    def _born(self, proposal: Proposal, guess: Guess) -> Proposal:
        """Ask on what day the age counts; no answer leaves the dates of birth aside."""
        days = {
            one.letter: one.header
            for one in proposal.columns
            if one.letter != guess.letter and births.is_days(self._texts[one.letter])
        }
        variable = births.untold(proposal.columns, self._flow)
        if not days or variable is None:
            return proposal
        self._list(days)
        said = self._say("ask_birth", letter=guess.letter, label=variable.label.read(self._language))
        letter = self._code(said, tuple(days))
        return proposal.with_guess(births.counted(guess, variable, days[letter], 1.0)) if letter else proposal

    def _meant(self, answer: str) -> tuple[Kind, str, str | None] | None:
        """Return (kind, variable, code) for a variable or for a code of a multi-response one; None for neither."""
        try:
            variable = self._flow.variable(answer)
        except NotInCodebook:
            multi = [one for one in self._flow.variables if one.kind is Answer.MULTI]
            of_code = [one for one in multi if answer in self._book.list_of(one).storable]
            return (Kind.FLAG, of_code[0].id, answer) if of_code else None
        if variable.kind is Answer.PSEUDONYM:
            return Kind.KEYED, variable.id, None
        return (Kind.PSEUDONYM if variable.kind is Answer.LINK else kind_of(variable)), variable.id, None

    def _values(self, guess: Guess) -> tuple[Value, ...]:
        variable = self._flow.variable(guess.target or "")
        codes = FLAGS if guess.kind is Kind.FLAG else self._book.list_of(variable).storable
        if len(codes) <= _LONG and guess.kind is not Kind.FLAG:
            self._list({code: self._book.list_of(variable).code(code).label.read(self._language) for code in codes})
        told = []
        for place, value in enumerate(guess.values):
            if value.known or place >= _MOST:
                told.append(value)
                continue
            said = self._say("ask_value", letter=guess.letter, text=value.text, count=value.rows)
            code = self._code(said, codes)
            told.append(replace(value, codes=(code,), confidence=1.0) if code else value)
        return tuple(told)

    def _constants(self, proposal: Proposal, constants: dict[str, str]) -> dict[str, str]:
        said = dict(constants)
        for name in proposal.missing:
            if name not in said and self._listed(self._flow.variable(name)):
                said |= self._constant(name)
        told = {one.target for one in proposal.columns if one.is_used}
        if said.get(_CONSENT, "YES") != "YES" and _BASIS not in told and _BASIS not in said:
            said |= self._constant(_BASIS)
        return said

    def _constant(self, name: str) -> dict[str, str]:
        variable = self._flow.variable(name)
        codes = self._book.list_of(variable)
        if len(codes.storable) <= _LONG:
            self._list({code: codes.code(code).label.read(self._language) for code in codes.storable})
        label = variable.label.read(self._language)
        code = self._code(self._say("ask_constant", variable=name, label=label), codes.storable)
        return {name: code} if code else {}

    def _code(self, said: str, codes: Sequence[str]) -> str:
        while True:
            answer: str = click.prompt(said, default="", show_default=False).strip()
            found = next((code for code in codes if code.upper() == answer.upper()), "")
            if found or not answer:
                return found
            click.echo(self._say("not_understood"))

    def _is_so(self, said: str) -> bool:
        """Ask for a yes or no in any of the three languages; nothing is a no."""
        while True:
            answer = click.prompt(f"{said} {self._say('yes_or_no')}", default="", show_default=False).strip().lower()
            if answer in _YES | _NO:
                return answer in _YES
            click.echo(self._say("yes_or_no"))

    def _listed(self, variable: Variable) -> bool:
        return variable.kind not in {Answer.PSEUDONYM, Answer.LINK}

    def _may_be_blank(self, guess: Guess) -> bool:
        variable = next((one for one in self._flow.variables if one.id == guess.target), None)
        return blank_of(variable, guess.kind or Kind.IGNORED, self._book) is not None and not guess.kept

    def _list(self, named: dict[str, str]) -> None:
        for id_, label in named.items():
            click.echo(f"  {id_}  {label}")

    def _say(self, what: str, **facts: object) -> str:
        return sentence(f"committee.map_{what}", self._language, facts)
