"""What a person says of an outline becomes a mapping. She answers for every column; nothing is said for her."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from amana.codebook.cells import FLAGS
from amana.codebook.model import Codebook, Dataflow
from amana.codebook.model import Kind as Answer
from amana.errors import AmanaError
from amana.identifiers.fold import digits
from amana.identifiers.names import Names, Strength
from amana.mapping import ages
from amana.mapping.asking import kind_of
from amana.mapping.check import check
from amana.mapping.document import ColumnMap, Kind, MappingInvalid, NationalMapping
from amana.mapping.outline import Outline, Outlined
from amana.mapping.proposal import blank_of
from amana.mapping.words import normal

IGNORED: Final = "-"
PERIOD: Final = "PERIOD"
LONGEST: Final = 80  # characters of a spelling that the hub keeps
_UNSAFE: Final = re.compile(r"[@<:/\\]|\d(?:(?:\W|_){0,3}\d){3,}|\w\.\w{2,}")


class SpellingUnsafe(AmanaError):
    """A typed spelling could hold an identifier: a run of digits, an address, a person's name; or it is too long."""

    code: ClassVar[str] = "mapping.unsafe_spelling"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class CodeUnknown(AmanaError):
    """A word of column ``letter`` is given a meaning that is none of the answers."""

    code: ClassVar[str] = "mapping.code_unknown"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class Incomplete(AmanaError):
    """Some columns, ``letters``, have no answer yet: each must mean something, or be left aside."""

    code: ClassVar[str] = "mapping.incomplete"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


@dataclass(frozen=True)
class Said:
    """What is said of one column.

    concept: a variable, a code of a multi-response variable (a yes/no column), ``PERIOD``, or ``-`` to leave it aside.
    values:  spelling → code; of a yes/no column: ``1``, ``0`` or ``_U``. blank: a blank means not known.
    """

    concept: str
    values: Mapping[str, str] = field(default_factory=dict)
    blank: bool = False


def confirmed(
    told: Outline,
    said: Mapping[str, Said],
    constants: Mapping[str, str],
    remembered: NationalMapping | None,
    *,
    committee: str,
    book: Codebook,
    names: Names,
) -> NationalMapping:
    """Return the next version of the committee's mapping, as it was said. said: letter → answer.

    names: of persons; a spelling that is somebody's whole name is not kept.
    Raises Incomplete, SpellingUnsafe, CodeUnknown, MappingInvalid.
    """
    unanswered = [one.letter for one in told.columns if not (said.get(one.letter) and said[one.letter].concept)]
    if unanswered:
        raise Incomplete(letters=", ".join(unanswered))
    flow = book.dataflow(told.dataflow)
    entries = [_entry(one, said[one.letter], flow, book, names) for one in told.columns]
    columns = [
        entry for one, new in zip(told.columns, entries, strict=True) for entry in _with_kept(one, new, remembered)
    ]
    columns += [ColumnMap(Kind.CONSTANT, target=name, code=code) for name, code in constants.items() if code]
    before = remembered if remembered and remembered.committee == committee else None
    version = before.version + 1 if before else 1
    unasked, several_say = (before.unasked, before.several_say) if before else ({}, {})
    made = NationalMapping(told.dataflow, tuple(columns), committee, version, unasked, several_say)
    check(made, book)
    return made


def concept_of(column: Outlined) -> str:
    """Return what an outline proposes for a column, as an answer; ``""`` where it does not know."""
    if column.kind is None:
        return ""
    if column.kind in {Kind.IGNORED, Kind.PERIOD}:
        return IGNORED if column.kind == Kind.IGNORED else PERIOD
    return column.code if column.kind == Kind.FLAG and column.code else column.target or IGNORED


def is_safe(spelling: str, names: Names) -> bool:
    """Return whether a typed spelling may be kept at the hub: a word, not what could point at a person."""
    if len(spelling) > LONGEST or _UNSAFE.search(digits(spelling)):
        return False
    return names.strength(spelling) is not Strength.FULL


def _entry(column: Outlined, said: Said, flow: Dataflow, book: Codebook, names: Names) -> ColumnMap:
    headers, mark = ((column.header,), None) if column.header else ((), column.mark)
    if said.concept in {IGNORED, PERIOD}:
        return ColumnMap(Kind.IGNORED if said.concept == IGNORED else Kind.PERIOD, headers, mark)
    kind, target, code = _meant(said.concept, flow, book)
    variable = flow.variable(target)
    for spelling in said.values:
        aged = kind is Kind.AGE and ages.read(spelling, book.list_of(variable)) is not None
        if not aged and not is_safe(spelling, names):
            raise SpellingUnsafe(letter=column.letter, limit=LONGEST)
    if kind in {Kind.CODED, Kind.SEVERAL, Kind.FLAG}:
        answers = FLAGS if kind is Kind.FLAG else book.list_of(variable).storable
        if not set(said.values.values()) <= {"", *answers}:
            raise CodeUnknown(letter=column.letter)
    values = {spelling.strip(): (code,) for spelling, code in said.values.items() if spelling.strip() and code}
    separators = (column.separators or ";") if kind is Kind.SEVERAL else ""
    blank = blank_of(variable, kind, book) if said.blank else None
    values = values if kind in {Kind.CODED, Kind.SEVERAL, Kind.FLAG, Kind.AGE} else {}
    return ColumnMap(kind, headers, mark, target, code, values, separators, blank=blank)


def _meant(concept: str, flow: Dataflow, book: Codebook) -> tuple[Kind, str, str | None]:
    """Return (kind, variable, code). Raises MappingInvalid for what the dataflow does not ask."""
    for variable in flow.variables:
        if variable.id == concept:
            link = variable.kind in {Answer.PSEUDONYM, Answer.LINK}
            return (Kind.PSEUDONYM if link else kind_of(variable)), concept, None
        if variable.kind is Answer.MULTI and concept in book.list_of(variable).storable:
            return Kind.FLAG, variable.id, concept
    raise MappingInvalid(place="concept")


def _with_kept(column: Outlined, new: ColumnMap, remembered: NationalMapping | None) -> list[ColumnMap]:
    """Return the entries of a column: as confirmed before, with the new words, where nothing else changed."""
    if remembered is None or not column.kept:
        return [new]
    kept = [one for one in remembered.columns if _same_column(one, column)]
    if not kept or (kept[0].kind, kept[0].target, kept[0].code) != (new.kind, new.target, new.code):
        return [new]
    first, *others = kept
    return [replace(first, values={**first.values, **new.values}, blank=first.blank or new.blank), *others]


def _same_column(entry: ColumnMap, column: Outlined) -> bool:
    if entry.mark:
        return entry.mark == column.mark
    return column.header is not None and normal(column.header) in map(normal, entry.headers)
