"""The page on which an owner says what the columns and words of her file mean; without script, in two kinds of sending.

*Look again* shows the answers that fit what was chosen; *confirm* writes them. Nothing is kept before that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from amana.codebook.model import UNKNOWN, Codebook, Dataflow, Variable
from amana.codebook.model import Kind as Answer
from amana.errors import AmanaError
from amana.mapping.confirm import IGNORED, PERIOD, CodeUnknown, Incomplete, Said, SpellingUnsafe, concept_of
from amana.mapping.document import MappingInvalid
from amana.mapping.outline import Outlined
from amana.mapping.proposal import SURE
from amana.mapping.synonyms import Words, load
from amana.web.api import confirming as rows
from amana.web.hub import hub
from amana.web.locale import PREFIX, language
from amana.wording.load import sentence

_SEE_OTHER: Final = 303
_UNPROCESSABLE: Final = 422
_TYPED: Final = 6  # spellings that can be typed for one column at a time
_LONG: Final = 60  # answers: a longer list is typed from, not chosen from
_PERCENT: Final = 100
blueprint = Blueprint("mapping", __name__, url_prefix=f"{PREFIX}/contributions")


@dataclass(frozen=True)
class Spelling:
    """A word of the column, or one that is typed, and the code that it is given. rows: 0 where it is typed."""

    text: str
    rows: int
    code: str


@dataclass(frozen=True)
class Row:
    """One column on the page. tone: of the confidence; answers: id of the list that its codes come from."""

    column: Outlined
    concept: str
    tone: str
    reason: str
    answers: str
    words: tuple[Spelling, ...]
    typed: tuple[Spelling, ...]
    like: tuple[str, ...]
    blank: bool
    asks_blank: bool


@blueprint.get("/<batch>/mapping")
def show(lang: str, batch: str) -> str:  # noqa: ARG001 - the address carries it
    """Show what each column seems to mean, and let its owner say what it does."""
    waiting = rows.asked(batch)
    return _page(waiting, {}, {}, None)


@blueprint.post("/<batch>/mapping")
def say(lang: str, batch: str) -> Response | tuple[str, int] | str:  # noqa: ARG001 - the address carries it
    """Take what was said: show the answers that fit it, or confirm it."""
    waiting = rows.asked(batch)
    book = hub().book
    flow, words = book.dataflow(waiting.outline.dataflow), load(waiting.outline.dataflow, book)
    said = {one.letter: _said(one, request.form, flow, words, book) for one in waiting.outline.columns}
    constants = {
        one.id: _typed(request.form[f"constant-{one.id}"], one.id, one, words, book)
        for one in flow.variables
        if request.form.get(f"constant-{one.id}", "").strip()
    }
    if request.form.get("act") != "confirm":
        return _page(waiting, said, constants, None)
    try:
        rows.confirm(waiting, said, constants)
    except (Incomplete, SpellingUnsafe, CodeUnknown, MappingInvalid) as fault:
        return _page(waiting, said, constants, fault), _UNPROCESSABLE
    return redirect(url_for("contributions.batch", batch=waiting.batch.id), _SEE_OTHER)


def _page(
    waiting: rows.Waiting, said: Mapping[str, Said], constants: Mapping[str, str], fault: AmanaError | None
) -> str:
    book, outline = hub().book, waiting.outline
    flow, words = book.dataflow(outline.dataflow), load(outline.dataflow, book)
    shown = [_row(one, said.get(one.letter), flow, words, book) for one in outline.columns]
    told = {row.concept for row in shown} | {_variable_of(row.concept, flow, book) for row in shown}
    missing = [one for one in flow.variables if one.codelist and one.required and one.id not in told]
    missing += [one for one in flow.variables if one.id == "LEGAL_BASIS" and one.id not in told]
    kept = {column.target: column.code for column in waiting.remembered.columns} if waiting.remembered else {}
    return render_template(
        "mapping.html",
        one=waiting.batch,
        rows=shown,
        concepts=[one for one in flow.variables if one.kind is not Answer.MULTI],
        several=[(one, _codes(one, book)) for one in flow.variables if one.kind is Answer.MULTI],
        missing=[(one, _codes(one, book), constants.get(one.id, kept.get(one.id) or "")) for one in missing],
        lists=_lists(shown, missing, flow, book),
        long=_LONG,
        remain=sum(row.column.strange for row in shown if row.concept not in {IGNORED, PERIOD}),
        fault=sentence(fault.code, language(), fault.facts) if fault else None,
        aside=IGNORED,
        period=PERIOD,
        version=outline.version,
    )


def _row(column: Outlined, said: Said | None, flow: Dataflow, words: Words, book: Codebook) -> Row:
    concept = said.concept if said else _proposed(column)
    variable = _variable(concept, flow, book)
    known = {word.text for word in column.words}
    given = said.values if said else {}
    spellings = [
        Spelling(word.text, word.rows, given.get(word.text) or _code(word.text, concept, variable, words))
        for word in column.words
    ]
    typed = [Spelling(text, 0, code) for text, code in given.items() if text not in known]
    asked = variable is not None and variable.codelist is not None
    if asked and column.strange:
        typed += [Spelling("", 0, "")] * max(1, min(column.strange, _TYPED) - len(typed))
    listed = "flags" if variable and concept != variable.id else (variable.codelist or "") if variable else ""
    tone = "good" if column.confidence >= SURE * _PERCENT else "wait" if column.confidence else "bad"
    return Row(
        column=column,
        concept=concept,
        tone=tone,
        reason=sentence(f"mapping.reason_{column.reason}", language()),
        answers=listed,
        words=tuple(spellings) if asked and variable and not variable.id.startswith("AGE") else (),
        typed=tuple(typed) if asked else (),
        like=tuple(_label(code, variable, book) for code in column.like) if variable else (),
        blank=said.blank if said else False,
        asks_blank=bool(asked and column.blank),
    )


def _proposed(column: Outlined) -> str:
    """Return what is proposed for a column, where that is sure enough to stand unless she says otherwise."""
    return concept_of(column) if column.confidence >= SURE * _PERCENT else ""


def _said(column: Outlined, form: Mapping[str, str], flow: Dataflow, words: Words, book: Codebook) -> Said:
    """Return what the form says of one column."""
    letter = column.letter
    concept = form.get(f"concept-{letter}", "").strip()
    variable = _variable(concept, flow, book)
    values = {}
    for place, word in enumerate(column.words):
        values[word.text] = form.get(f"code-{letter}-{place}", "").strip()
    for place in range(_TYPED):
        if spelling := form.get(f"typed-{letter}-{place}", "").strip():
            values[spelling] = form.get(f"typed-code-{letter}-{place}", "").strip()
    told = {text: _typed(code, concept, variable, words, book) for text, code in values.items() if code}
    return Said(concept, told, blank=f"blank-{letter}" in form)


def _typed(text: str, concept: str, variable: Variable | None, words: Words, book: Codebook) -> str:
    """Return the code that was typed, as a code or as a word of ours for it; any other text as it is."""
    text = text.strip()
    if variable is None or variable.codelist is None or concept != variable.id:
        return text
    storable = book.list_of(variable).storable
    return text.upper() if text.upper() in storable else _code(text, concept, variable, words) or text


def _variable(concept: str, flow: Dataflow, book: Codebook) -> Variable | None:
    """Return the variable that a concept is, or is an answer of."""
    for one in flow.variables:
        if one.id == concept or (one.kind is Answer.MULTI and concept in book.list_of(one).storable):
            return one
    return None


def _variable_of(concept: str, flow: Dataflow, book: Codebook) -> str:
    variable = _variable(concept, flow, book)
    return variable.id if variable else ""


def _code(text: str, concept: str, variable: Variable | None, words: Words) -> str:
    if variable is None or variable.codelist is None:
        return ""
    if concept != variable.id:
        return words.answer(text) or ""
    meant = words.code(text, variable.codelist)
    if meant is None and variable.residual and words.answer(text) == UNKNOWN:
        return variable.residual
    return meant.id if meant and meant.confidence == 1 else ""


def _codes(variable: Variable, book: Codebook) -> list[tuple[str, str]]:
    codes = book.list_of(variable)
    return [(code, codes.code(code).label.read(language())) for code in codes.storable]


def _label(code: str, variable: Variable, book: Codebook) -> str:
    codes = book.list_of(variable)
    return codes.code(code).label.read(language()) if code in codes else code


def _lists(
    shown: list[Row], missing: list[Variable], flow: Dataflow, book: Codebook
) -> dict[str, list[tuple[str, str]]]:
    """Return the lists of answers that the page needs, by their id."""
    needed = {row.answers for row in shown} | {one.codelist or "" for one in missing}
    lists = {one.codelist: _codes(one, book) for one in flow.variables if one.codelist in needed and one.codelist}
    answers = {"1": "mapping.answer_yes", "0": "mapping.answer_no", UNKNOWN: "mapping.answer_unknown"}
    return {**lists, "flags": [(code, sentence(said, language())) for code, said in answers.items()]}
