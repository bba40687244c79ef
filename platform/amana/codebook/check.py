"""What must hold between the codebook's parts; the first break is raised with the rule and the place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from amana.codebook.model import (
    COMMITTEES,
    NOT_APPLICABLE,
    NOT_RECORDED,
    TOTAL,
    UNKNOWN,
    Code,
    Codebook,
    CodebookInvalid,
    CodeList,
    Dataflow,
    Kind,
    Lying,
    NotInCodebook,
)

SUB_REGION: Final = "sub_region"  # the level of committees above their countries
SPECIAL: Final = frozenset({TOTAL, UNKNOWN, NOT_APPLICABLE, NOT_RECORDED})
CONFIDENCE: Final = frozenset("CVRP")
_INT16: Final = 2**15  # positions that a stored column can hold


def check(
    dataflows: Mapping[str, Dataflow],
    codelists: Mapping[str, CodeList],
    crosswalks: Mapping[str, Any],
    sub_regions: Mapping[str, Sequence[Lying]],
) -> None:
    """Raise CodebookInvalid at the first code list, dataflow, crosswalk or sub-region that breaks a rule."""
    for codelist in codelists.values():
        _check_list(codelist)
    for dataflow in dataflows.values():
        _check_dataflow(dataflow, Codebook(dataflows, codelists, ""))
    for row in crosswalks.get("crosswalk", ()):
        _check_crosswalk(row, crosswalks.get("schemes", {}), codelists)
    for committee, spells in sub_regions.items():
        _check_lying(committee, spells, codelists)


def _check_list(codelist: CodeList) -> None:
    twice = [code for code, times in Counter(code.id for code in codelist.codes).items() if times > 1]
    if twice:
        raise CodebookInvalid(rule="codebook.duplicate", place=f"{codelist.id}.{twice[0]}")
    for code in codelist.codes:
        if code.id not in {TOTAL, NOT_RECORDED}:
            _check_code(code, codelist)
    if not 0 < len(codelist.storable) < _INT16:
        raise CodebookInvalid(rule="codebook.storable", place=codelist.id)


def _check_code(code: Code, codelist: CodeList) -> None:
    """Refuse a code at no known level, or whose parent is absent, no coarser, or holds persons of its own."""
    place = f"{codelist.id}.{code.id}"
    if code.level not in codelist.levels:
        raise CodebookInvalid(rule="codebook.level_unknown", place=place)
    if code.id.startswith("_") and code.id not in SPECIAL:
        raise CodebookInvalid(rule="codebook.special_unknown", place=place)
    _check_cycle(code, codelist)
    if code.parent is None:
        if code.level != codelist.levels[-1] and codelist.id != COMMITTEES:
            raise CodebookInvalid(rule="codebook.parent_missing", place=place)
        return
    parent = codelist.code(code.parent)
    if codelist.levels.index(parent.level) <= codelist.levels.index(code.level):
        raise CodebookInvalid(rule="codebook.parent_finer", place=place)
    if parent.storable:
        raise CodebookInvalid(rule="codebook.parent_storable", place=place)


def _check_cycle(code: Code, codelist: CodeList) -> None:
    seen: set[str] = set()
    here: Code | None = code
    while here is not None:
        if here.id in seen:
            raise CodebookInvalid(rule="codebook.cycle", place=f"{codelist.id}.{code.id}")
        seen.add(here.id)
        if here.parent is not None and here.parent not in codelist:
            raise CodebookInvalid(rule="codebook.parent_unknown", place=f"{codelist.id}.{here.id}")
        here = None if here.parent is None else codelist.code(here.parent)


def _check_dataflow(dataflow: Dataflow, book: Codebook) -> None:
    if dataflow.contribution not in {"records", "tables"}:
        raise CodebookInvalid(rule="codebook.contribution", place=dataflow.id)
    names = Counter(variable.id for variable in dataflow.variables)
    names.update({column.name: 1 for column in dataflow.columns(book) if column.code is not None})
    twice = [name for name, times in names.items() if times > 1]
    if twice:
        raise CodebookInvalid(rule="codebook.duplicate", place=f"{dataflow.id}.{twice[0]}")
    for variable in dataflow.variables:
        place = f"{dataflow.id}.{variable.id}"
        multi = variable.kind is Kind.MULTI
        if multi and NOT_RECORDED not in book.list_of(variable):
            raise CodebookInvalid(rule="codebook.not_multi", place=place)
        if multi and not dataflow.has_records:
            raise CodebookInvalid(rule="codebook.flags_in_tables", place=place)


def _check_crosswalk(row: Mapping[str, Any], schemes: Mapping[str, str], codelists: Mapping[str, CodeList]) -> None:
    """Refuse an unknown scheme, list, code or confidence, and any IC-TIP code: nobody has seen the table."""
    place = f"crosswalks.{row.get('scheme')}.{row.get('codelist')}"
    if row.get("scheme") not in schemes or row.get("codelist") not in codelists:
        raise CodebookInvalid(rule="codebook.crosswalk", place=place)
    if row.get("confidence") not in CONFIDENCE or row["scheme"] == "IC-TIP":
        raise CodebookInvalid(rule="codebook.crosswalk_confidence", place=place)
    for code in row.get("codes", {}):
        try:
            codelists[row["codelist"]].code(code)
        except NotInCodebook as fault:
            raise CodebookInvalid(rule="codebook.crosswalk", place=f"{place}.{code}") from fault


def _check_lying(committee: str, spells: Sequence[Lying], codelists: Mapping[str, CodeList]) -> None:
    """Refuse what is no committee, or lies in no sub-region of theirs, or in two on one day, or nowhere at all."""
    place, committees = f"sub_regions.{committee}", codelists.get(COMMITTEES)
    regions = {code.id for code in committees.codes if code.level == SUB_REGION} if committees else set()
    known = committees is not None and committee in committees.storable
    if not known or not spells or any(each.code not in regions for each in spells):
        raise CodebookInvalid(rule="codebook.sub_region", place=place)
    ordered = sorted(spells, key=lambda each: each.start)
    late = any(before.until is None or after.start <= before.until for before, after in pairwise(ordered))
    if late or any(each.until is not None and each.until < each.start for each in ordered):
        raise CodebookInvalid(rule="codebook.sub_region", place=place)
