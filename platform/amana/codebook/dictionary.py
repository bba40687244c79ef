"""The data dictionary of a dataflow in one language, in plain structures that pages and Markdown both render."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from amana.codebook.model import Code, Codebook, CodeList, Crosswalk, Dataflow, Kind, Variable
from amana.wording.load import sentence

LONG_LIST: Final = 60  # codes; a page shows only the coarser levels of a longer list first


@dataclass(frozen=True)
class CodeRow:
    """One code as a reader sees it. ``known_as``: one sentence per crosswalk, confidence included."""

    code: str
    label: str
    level: str
    parent: str
    storable: bool
    known_as: tuple[str, ...]


@dataclass(frozen=True)
class ListTable:
    """One code list. ``long``: print the coarser levels only, and how many codes stand below them."""

    id: str
    title: str
    rows: tuple[CodeRow, ...]
    long: bool


@dataclass(frozen=True)
class Section:
    """One variable. ``columns``: the columns it takes in the canonical CSV."""

    variable: str
    title: str
    definition: str
    kind: str
    required: bool
    columns: tuple[str, ...]
    codelist: ListTable | None


@dataclass(frozen=True)
class Dictionary:
    """Everything a reader needs to fill in, or to read, one dataflow."""

    dataflow: str
    language: str
    title: str
    unit: str
    period: str
    sections: tuple[Section, ...]


def dictionary(dataflow: Dataflow, book: Codebook, language: str) -> Dictionary:
    """Return the dictionary of ``dataflow`` in ``language`` (``ar``, ``fr`` or ``en``)."""
    return Dictionary(
        dataflow.id,
        language,
        dataflow.label.read(language),
        dataflow.unit.read(language),
        dataflow.period_label.read(language),
        tuple(_section(variable, dataflow, book, language) for variable in dataflow.variables),
    )


def list_table(codelist: CodeList, book: Codebook, language: str) -> ListTable:
    """Return one code list: every code but the total, which every list has."""
    rows = [_row(code, codelist, book, language) for code in codelist.codes if code.level]
    return ListTable(codelist.id, codelist.label.read(language), tuple(rows), len(rows) > LONG_LIST)


def known_as(crosswalk: Crosswalk, language: str) -> str:
    """Return what another scheme calls the code and how sure we are; or that its table could not be obtained."""
    if crosswalk.code is None:
        return sentence("codebook.crosswalk_empty", language, {"scheme": crosswalk.scheme})
    sure = sentence(f"codebook.confidence_{crosswalk.confidence}", language)
    return sentence("codebook.crosswalk", language, {"scheme": crosswalk.scheme, "code": crosswalk.code, "sure": sure})


def _section(variable: Variable, dataflow: Dataflow, book: Codebook, language: str) -> Section:
    columns = tuple(column.name for column in dataflow.columns(book) if column.variable == variable.id)
    has_list = variable.kind in {Kind.CODED, Kind.MULTI}
    return Section(
        variable.id,
        variable.label.read(language),
        variable.definition.read(language),
        sentence(f"codebook.kind_{variable.kind}", language),
        variable.required,
        columns,
        list_table(book.list_of(variable), book, language) if has_list else None,
    )


def _row(code: Code, codelist: CodeList, book: Codebook, language: str) -> CodeRow:
    level = book.concepts[code.level].read(language) if code.level in book.concepts else code.level
    parent = codelist.code(code.parent).label.read(language) if code.parent else ""
    told = tuple(known_as(crosswalk, language) for crosswalk in code.crosswalks)
    return CodeRow(code.id, code.label.read(language), level, parent, code.storable, told)
