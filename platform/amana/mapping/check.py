"""What must hold between a mapping document and the codebook; the first break is raised with its place."""

from __future__ import annotations

from amana.codebook.cells import FLAGS
from amana.codebook.model import UNKNOWN, Codebook, Dataflow, NotInCodebook, Variable
from amana.codebook.model import Kind as Answer
from amana.mapping import ages
from amana.mapping.document import ColumnMap, Kind, MappingInvalid, NationalMapping


def check(mapping: NationalMapping, book: Codebook) -> None:
    """Raise MappingInvalid, naming the entry, when the mapping says what the codebook does not hold."""
    try:
        flow = book.dataflow(mapping.dataflow)
    except NotInCodebook as fault:
        raise MappingInvalid(place="dataflow") from fault
    for place, column in enumerate(mapping.columns, 1):
        try:
            _check(column, flow, book)
        except (NotInCodebook, ValueError) as fault:
            raise MappingInvalid(place=f"[[column]] {place}") from fault
    _check_whole(mapping, flow, book)


def _check(column: ColumnMap, flow: Dataflow, book: Codebook) -> None:
    """Raise ValueError or NotInCodebook when an entry does not hold together."""
    sourced = bool(column.headers or column.mark)
    if sourced is (column.kind in {Kind.CONSTANT, Kind.KEYED}):
        raise ValueError("an entry reads a column, a constant and a key none")
    if column.kind in {Kind.IGNORED, Kind.PERIOD}:
        return
    if column.kind is Kind.CANONICAL:
        if column.target not in {one.name for one in flow.columns(book)}:
            raise ValueError("no canonical column")
        return
    variable = flow.variable(column.target or "")
    if (variable.kind in {Answer.PSEUDONYM, Answer.LINK}) is not (column.kind in {Kind.PSEUDONYM, Kind.KEYED}):
        raise ValueError("a pseudonym is neither more nor less than a pseudonym")
    if column.kind in {Kind.PSEUDONYM, Kind.KEYED}:
        if column.kind is Kind.KEYED and not column.parts:
            raise ValueError("a key of nothing")
        return
    _check_coded(column, variable, book)


def _check_coded(column: ColumnMap, variable: Variable, book: Codebook) -> None:
    multi = variable.kind is Answer.MULTI
    if column.kind is Kind.SEVERAL and not (multi and column.separators and column.unnamed in {"0", UNKNOWN}):
        raise ValueError("several answers to what has one")
    if column.kind in {Kind.CODED, Kind.AGE, Kind.BIRTH} and multi:
        raise ValueError("one answer to what has several")
    if column.kind is Kind.BIRTH and not column.at:
        raise ValueError("an age on no day")
    storable = frozenset(book.list_of(variable).storable)
    if column.kind in {Kind.CONSTANT, Kind.FLAG} and column.code not in storable:
        raise ValueError("no such code")
    _check_values(column, storable, book, variable.codelist or "")


def _check_values(column: ColumnMap, storable: frozenset[str], book: Codebook, codelist: str) -> None:
    told = {code for codes in column.values.values() for code in codes}
    if column.kind is Kind.FLAG:
        storable = frozenset(FLAGS)
    if column.kind in {Kind.AGE, Kind.BIRTH}:
        if "AGE" not in codelist:
            raise ValueError("no list of ages")
        storable |= {code for code in told if ages.read(code, book.codelists[codelist])}
    if not told <= storable:
        raise ValueError("no such code")
    if column.kind is not Kind.SEVERAL and any(len(codes) != 1 for codes in column.values.values()):
        raise ValueError("one value, one code")
    blanks = {Kind.FLAG: frozenset(FLAGS), Kind.SEVERAL: frozenset({UNKNOWN, "0"})}.get(column.kind, storable)
    if column.blank is not None and column.blank not in blanks:
        raise ValueError("no such code for a blank")


def _check_whole(mapping: NationalMapping, flow: Dataflow, book: Codebook) -> None:
    for variable, fill in mapping.unasked.items():
        if fill not in {"0", UNKNOWN}:
            raise MappingInvalid(place=f"unasked.{flow.variable(variable).id}")
    for variable, code in mapping.several_say.items():
        if code not in book.list_of(flow.variable(variable)).storable:
            raise MappingInvalid(place="several_say")
    told: dict[str, list[ColumnMap]] = {}
    for column in mapping.columns:
        if column.target:
            told.setdefault(column.target, []).append(column)
    for target, entries in told.items():
        joins = all(one.kind in {Kind.FLAG, Kind.SEVERAL} for one in entries)
        if len(entries) > 1 and not joins:
            raise MappingInvalid(place=target)
