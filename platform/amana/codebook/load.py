"""Read the codebook's data files, check them whole, and freeze them. Whoever holds a Codebook holds a checked one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, cast

from amana import canonical
from amana.canonical import Json
from amana.codebook.check import SPECIAL, check
from amana.codebook.model import (
    COMMITTEES,
    NOT_RECORDED,
    TOTAL,
    UNKNOWN,
    Code,
    Codebook,
    CodebookInvalid,
    CodeList,
    Crosswalk,
    Dataflow,
    Kind,
    Label,
    Lying,
    Variable,
)

Table = Mapping[str, Any]  # one TOML table
Crossings = Mapping[str, list[Crosswalk]]  # by code

FOLDER: Final = Path(__file__).parent / "data"
_OUTSIDE: Final = ""  # the level of _T and _O, which belong to no level
_NOT_LISTS: Final = frozenset({"concepts", "crosswalks", "dataflows", "examples", "sub_regions", "variables"})
_WITHOUT_CROSSWALKS: Final = frozenset({"CL_AREA", COMMITTEES, "CL_TERRITORY", "CL_OBS_STATUS"})
_CROSSWALK: Final = ("codelist", "scheme", "confidence", "codes")
_UNOBTAINED: Final = Crosswalk("IC-TIP", None, None)


def load(folder: Path | None = None) -> Codebook:
    """Return the codebook in ``folder``: by default ours, which a process reads once.

    Raises CodebookInvalid, naming the rule and the place, when a file cannot be read as TOML, lacks a part or
    contradicts another. The digest covers everything the codebook says, labels included.
    """
    return _ours() if folder is None else _read(folder)


@cache
def _ours() -> Codebook:
    return _read(FOLDER)


def _read(folder: Path) -> Codebook:
    concepts, crosswalks = _toml(folder / "concepts.toml"), _toml(folder / "crosswalks.toml")
    names_of_special = _part(concepts, "special", "concepts")
    special = {id_: label(_part(names_of_special, id_, "special"), f"special.{id_}") for id_ in sorted(SPECIAL)}
    lists: dict[str, CodeList] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.stem in _NOT_LISTS:
            continue
        for id_, found in _toml(path).items():
            if id_ in lists:
                raise CodebookInvalid(rule="codebook.duplicate", place=id_)
            lists[id_] = _codelist(id_, found, special, _crossings(crosswalks, id_))
    questions = _toml(folder / "variables.toml")
    flows = {id_: _dataflow(id_, found, questions, lists) for id_, found in _toml(folder / "dataflows.toml").items()}
    names = {id_: label(found, f"concepts.{id_}") for id_, found in _part(concepts, "concepts", "concepts").items()}
    lying = {id_: _lying(id_, found) for id_, found in _toml(folder / "sub_regions.toml").items()}
    check(flows, lists, crosswalks, lying)
    content: Json = {
        "dataflows": {id_: asdict(flow) for id_, flow in flows.items()},
        "codelists": {id_: asdict(codelist) for id_, codelist in lists.items()},
        "concepts": {id_: asdict(name) for id_, name in names.items()},
        "sub_regions": {
            id_: [{"code": each.code, "from": str(each.start), "until": str(each.until or "")} for each in spells]
            for id_, spells in lying.items()
        },
    }
    return Codebook(flows, lists, canonical.digest(content), names, lying)


def label(found: object, place: str) -> Label:
    """Return the label in a TOML table; raises CodebookInvalid unless each of the three languages has a text."""
    texts = found if isinstance(found, Mapping) else {}
    three = [texts.get(language) for language in ("ar", "fr", "en")]
    if not all(isinstance(text, str) and text.strip() for text in three):
        raise CodebookInvalid(rule="codebook.label_missing", place=place)
    return Label(*cast("list[str]", three))


def _toml(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise CodebookInvalid(rule="codebook.unreadable", place=path.name) from fault


def _part(found: object, name: str, place: str) -> Any:  # noqa: ANN401  whatever the file holds; its user checks it
    if not isinstance(found, Mapping) or name not in found:
        raise CodebookInvalid(rule="codebook.part_missing", place=f"{place}.{name}")
    return found[name]


def _codelist(
    id_: str, found: Table, special: Mapping[str, Label], crossings: Mapping[str, list[Crosswalk]]
) -> CodeList:
    levels = tuple(map(str, _part(found, "levels", id_)))
    if not levels or len(set(levels)) != len(levels):
        raise CodebookInvalid(rule="codebook.levels", place=id_)
    multi = bool(found.get("multi"))
    codes = [Code(TOTAL, special[TOTAL], _OUTSIDE, None, storable=False, crosswalks=())]
    for row in _part(found, "codes", id_):
        code = str(_part(row, "id", f"{id_}.codes"))
        crossed = () if id_ in _WITHOUT_CROSSWALKS else (_UNOBTAINED, *crossings.get(code, ()))
        storable = bool(row.get("storable", True))
        codes.append(
            Code(code, label(row, f"{id_}.{code}"), row.get("level", levels[0]), row.get("parent"), storable, crossed)
        )
    for code in found.get("special", ()):
        if code not in special:
            raise CodebookInvalid(rule="codebook.special_unknown", place=f"{id_}.{code}")
        codes.append(Code(code, special[code], levels[-1], None, storable=True, crosswalks=()))
    if multi:
        codes.append(Code(NOT_RECORDED, special[NOT_RECORDED], _OUTSIDE, None, storable=False, crosswalks=()))
    return CodeList(id_, label(found, id_), levels, tuple(codes))


def _lying(committee: str, found: object) -> tuple[Lying, ...]:
    """Return the sub-regions of one committee's country, in the order of the file."""
    place, spells = f"sub_regions.{committee}", []
    for row in found if isinstance(found, list) else ():
        start, until = _part(row, "from", place), row.get("until")
        if type(start) is not date or (until is not None and type(until) is not date):
            raise CodebookInvalid(rule="codebook.sub_region", place=place)
        spells.append(Lying(str(_part(row, "code", place)), start, until))
    return tuple(spells)


def _crossings(crosswalks: Table, codelist: str) -> Crossings:
    """Return the crosswalks of each code of one list, in the order of the file."""
    crossings: dict[str, list[Crosswalk]] = {}
    for row in crosswalks.get("crosswalk", ()):
        of, scheme, sure, names = (_part(row, part, "crosswalks") for part in _CROSSWALK)
        if of == codelist:
            for code, name in names.items():
                crossings.setdefault(code, []).append(Crosswalk(scheme, name, sure))
    return crossings


def _dataflow(id_: str, found: Table, questions: Table, lists: Mapping[str, CodeList]) -> Dataflow:
    variables = [
        _variable(name, id_, found, questions, lists, required=part == "required")
        for part in ("required", "optional")
        for name in _part(found, part, id_)
    ]
    return Dataflow(
        id_,
        label(_part(found, "label", id_), id_),
        label(_part(found, "unit", id_), f"{id_}.unit"),
        bool(_part(found, "personal", id_)),
        cast("Literal['records', 'tables']", _part(found, "contribution", id_)),
        tuple(variables),
        label(_part(found, "period", id_), f"{id_}.period"),
        int(found.get("first_period", Dataflow.first_period)),
    )


def _variable(
    name: str, dataflow: str, flow: Table, questions: Table, lists: Mapping[str, CodeList], *, required: bool
) -> Variable:
    """Return one question as its dataflow asks it: own list (``lists``), own meaning, one answer only (``single``)."""
    place = f"{dataflow}.{name}"
    question = _part(questions, name, "variables")
    codelist = flow.get("lists", {}).get(name, question.get("list"))
    try:
        kind = Kind.CODED if name in flow.get("single", ()) else Kind(_part(question, "kind", place))
    except ValueError as fault:
        raise CodebookInvalid(rule="codebook.kind", place=place) from fault
    if (codelist is None) != (kind in {Kind.PSEUDONYM, Kind.LINK}) or (codelist and codelist not in lists):
        raise CodebookInvalid(rule="codebook.list_unknown", place=place)
    known = [] if codelist is None else lists[codelist].storable
    residual = next((code for code in (UNKNOWN, "EXP_UNK", "Y_LT18_U") if code in known), None)
    meaning = flow.get("definitions", {}).get(name, question.get("definition"))
    definition = label(meaning, f"{place}.definition")
    return Variable(
        name, label(question.get("label"), f"variables.{name}"), definition, kind, codelist, required, residual
    )
