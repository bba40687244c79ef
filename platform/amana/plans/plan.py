"""A release plan: the closed list of tables that a release will hold, read from ``policies/releases/*.toml``.

Runs in: every process and at the committee.
Sees: documents; no count and no record.

Nothing but what a plan declares, and the margins of it, is ever tabulated or served. The digest of a plan is what
a steward plans, a committee tabulates by, and a protection officer approves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final

from amana import canonical
from amana.canonical import Json
from amana.codebook.model import AREA, COMMITTEES, Codebook, CodeList, Dataflow, Kind, Label, Variable
from amana.disclosure.table import NOISE, SUPPRESSION
from amana.errors import AmanaError
from amana.plans import strict
from amana.plans.linkable import answers_apart, unlinked
from amana.plans.strict import Fault
from amana.policy.region import BEDROCK_TOGETHER, MOST_TOGETHER

# What may not be added up in silence: presumed and identified victims, offences and persons, events and attendances.
MUST_STATE: Final = {"VICTIMS": ("VICTIM_STATUS",), "JUSTICE": ("STAGE",), "ACTIVITIES": ("MEASURE",)}
MOST_CELLS: Final = 50_000  # leaf cells of one cube for one committee: more is a slip, not a table
METHODS: Final = (SUPPRESSION, NOISE)
ZEROS: Final = ("hidden", "published")
_MUST: Final = ("id", "dataflow", "title", "method", "cube")
_MAY_SUPPRESS: Final = ("zeros", "least_count", "coalition", "as_persons")
_MUST_NOISE: Final = ("epsilon",)
_MAY_NOISE: Final = ("persons",)


class PlanInvalid(AmanaError):
    """A release plan cannot be used; nothing was planned.

    Facts: ``file``, ``cube`` (empty when the fault is the plan's own), ``place`` (both), ``reason`` (a rule id that has
    a sentence) and ``name`` (the key, variable, level or code in question).
    """

    code: ClassVar[str] = "release.plan_invalid"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 78

    def __init__(self, file: str, cube: str, reason: str, name: str) -> None:
        place = f"{file} ({cube})" if cube else file
        super().__init__(file=file, cube=cube, place=place, reason=reason, name=name)


@dataclass(frozen=True)
class CubePlan:
    """One declared table.

    by:     dimensions in order: REF_AREA or variables of the dataflow, at most one of them multi-response.
    levels: by variable of ``by``, the level of its code list that is published. REF_AREA = ``sub_region``: the
            sub-regions as well, between the region and its committees; it is not there where the plan does not say so.
    codes:  by variable, the only codes that are published, any level; whoever has none of them is counted as ``_O``
            (a multi-response variable has no need of that). A category that is nearly empty costs its neighbours.
    filter: (variable, code) pairs that every counted person has; sorted.
    """

    id: str
    by: tuple[str, ...]
    levels: Mapping[str, str]
    codes: Mapping[str, tuple[str, ...]]
    filter: tuple[tuple[str, str], ...]
    title: Label

    @property
    def variables(self) -> tuple[str, ...]:
        """The dimensions that a committee counts: all but REF_AREA, which is the committee itself."""
        return tuple(name for name in self.by if name != AREA)


@dataclass(frozen=True)
class Plan:
    """One release plan. What it asks for of protection may be more than the policy's, never less.

    epsilon: where the method is noise, what the release may tell of one person, all her records together; else None.
    persons: how many there are about, as is known already: tables in which they would drown in noise are not measured.
    """

    id: str
    dataflow: str
    title: Label
    method: str
    zeros: str | None
    least_count: int | None  # persons
    public: bool
    cubes: tuple[CubePlan, ...]
    digest: str  # SHA-256 of the canonical form, 64 hex characters
    coalition: int | None = None  # committees
    as_persons: int | None = None  # committees
    epsilon: float | None = None
    persons: int | None = None

    def cube(self, cube_id: str) -> CubePlan:
        """Return the cube of this name. Raises KeyError when the plan does not declare it."""
        return {cube.id: cube for cube in self.cubes}[cube_id]


def load_plans(folder: Path, book: Codebook) -> Mapping[str, Plan]:
    """Return the plans of ``folder/*.toml`` by id. Raises PlanInvalid for the first that will not serve."""
    plans: dict[str, Plan] = {}
    for path in sorted(folder.glob("*.toml")):
        plan = load_plan(path, book)
        if plan.id in plans:
            raise PlanInvalid(file=path.name, cube="", reason="plan.twice", name=plan.id)
        plans[plan.id] = plan
    return plans


def load_plan(path: Path, book: Codebook) -> Plan:
    """Return the plan in a TOML file. Raises PlanInvalid, naming the file, the cube and the reason."""
    reader = _Reader(book)
    try:
        document = strict.document(path)
        if type(document.get("epsilon")) in {int, Decimal}:
            document["epsilon"] = str(document["epsilon"])  # one plan, written 0.5 or "0.5", and exact in every digit
        return reader.plan(document)
    except Fault as fault:
        raise PlanInvalid(file=path.name, cube=reader.place, reason=fault.reason, name=fault.name) from fault


class _Reader:
    """Reads one document against the codebook; remembers which cube it is at, so that a fault has a place."""

    def __init__(self, book: Codebook) -> None:
        self.book = book
        self.place = ""

    def plan(self, document: Mapping[str, Any]) -> Plan:
        strict.keys(document, _MUST, (*_MAY_SUPPRESS, *_MUST_NOISE, *_MAY_NOISE, "public"))
        method = strict.one_of(document["method"], METHODS, "method")
        must, may = ((*_MUST, *_MUST_NOISE), _MAY_NOISE) if method == NOISE else (_MUST, _MAY_SUPPRESS)
        strict.keys(document, must, (*may, "public"))
        dataflow = self.book.dataflows.get(str(document["dataflow"]))
        if dataflow is None:
            raise Fault("plan.unknown_dataflow", document["dataflow"])
        # Without records one person may stand in many rows, and no one knows in how many.
        if method == NOISE and not dataflow.has_records:
            raise Fault("plan.noise_without_records", dataflow.id)
        cubes = tuple(self.cube(each, dataflow) for each in strict.tables(document["cube"], "cube"))
        self.place = ""
        strict.unique([cube.id for cube in cubes], "plan.cube_twice")
        self._one_level_each(cubes, dataflow)
        self._linked(cubes, dataflow, method)
        return Plan(
            id=strict.slug(document["id"]),
            dataflow=dataflow.id,
            title=strict.label(document["title"]),
            method=method,
            zeros=strict.one_of(document["zeros"], ZEROS, "zeros") if "zeros" in document else None,
            least_count=strict.number_if_said(document, "least_count", 2),
            public=strict.flag(document.get("public", False), "public"),
            cubes=cubes,
            coalition=self._together(document, "coalition"),
            as_persons=self._together(document, "as_persons"),
            epsilon=strict.decimal(document["epsilon"], "epsilon") if method == NOISE else None,
            persons=strict.number_if_said(document, "persons", 1),
            digest=_digest(document, cubes),
        )

    def _together(self, document: Mapping[str, Any], name: str) -> int | None:
        if (strict.number_if_said(document, name, BEDROCK_TOGETHER) or 0) > MOST_TOGETHER:
            raise Fault("plan.bad_value", f"{name}={document[name]}")
        return document.get(name)

    def _linked(self, cubes: Sequence[CubePlan], dataflow: Dataflow, method: str) -> None:
        def codelist_of(name: str) -> CodeList | None:
            variable = self._variable(name, dataflow)
            return self._codelist(variable) if variable.kind is Kind.CODED else None

        if (name := unlinked(cubes, codelist_of)) is not None:
            raise Fault("plan.not_linked", name)
        for one in dataflow.variables:
            if method != NOISE and one.kind is Kind.MULTI and answers_apart(cubes, one, self._codelist(one)):
                raise Fault("plan.answers_apart", one.id)

    def cube(self, document: Mapping[str, Any], dataflow: Dataflow) -> CubePlan:
        self.place = str(document.get("id", "?"))
        strict.keys(document, ("id", "title", "by"), ("levels", "codes", "filter"))
        by = strict.texts(document["by"], "by")
        variables = [self._variable(name, dataflow) for name in by if name != AREA]
        if sum(each.kind is Kind.MULTI for each in variables) > 1:
            raise Fault("plan.two_multi", ", ".join(by))
        asked = strict.pairs(document.get("levels", {}), "levels")
        levels = {**self._levels(asked, variables, by), **self._areas(asked)}
        codes = self._codes(strict.lists(document.get("codes", {}), "codes"), variables, levels)
        fixed = strict.pairs(document.get("filter", {}), "filter")
        for name, code in fixed.items():
            self._filter(name, code, by, dataflow)
        for name in MUST_STATE.get(dataflow.id, ()):
            if name not in by and name not in fixed:
                raise Fault("plan.unstated", name)
        self._size(variables, levels)
        title = strict.label(document["title"])
        return CubePlan(strict.slug(document["id"]), tuple(by), levels, codes, tuple(sorted(fixed.items())), title)

    def _variable(self, name: str, dataflow: Dataflow) -> Variable:
        variable = next((each for each in dataflow.variables if each.id == name), None)
        if variable is None:
            raise Fault("plan.unknown_variable", name)
        if variable.kind not in {Kind.CODED, Kind.MULTI}:
            raise Fault("plan.not_countable", name)
        if variable.kind is Kind.CODED and not variable.required and "_U" not in self._codelist(variable).storable:
            raise Fault("plan.no_unknown", name)
        return variable

    def _codelist(self, variable: Variable) -> CodeList:
        return self.book.codelists[str(variable.codelist)]

    def _levels(self, asked: Mapping[str, str], variables: Sequence[Variable], by: Sequence[str]) -> Mapping[str, str]:
        for name in asked:
            if name not in by:
                raise Fault("plan.level_without_dimension", name)
        chosen = {each.id: asked.get(each.id, self._codelist(each).levels[0]) for each in variables}
        for variable in variables:
            if chosen[variable.id] not in self._codelist(variable).levels:
                raise Fault("plan.unknown_level", f"{variable.id}={chosen[variable.id]}")
        return chosen

    def _areas(self, asked: Mapping[str, str]) -> Mapping[str, str]:
        """Return the level of the committees' areas, where it is not their own, which goes without saying."""
        known = self.book.codelists[COMMITTEES].levels if AREA in asked else ()
        if AREA in asked and asked[AREA] not in known:
            raise Fault("plan.unknown_level", f"{AREA}={asked[AREA]}")
        return {AREA: asked[AREA]} if asked.get(AREA) in known[1:] else {}

    def _codes(
        self, asked: Mapping[str, Sequence[str]], variables: Sequence[Variable], levels: Mapping[str, str]
    ) -> Mapping[str, tuple[str, ...]]:
        named = {variable.id: variable for variable in variables}
        for name, codes in asked.items():
            if name not in named:
                raise Fault("plan.level_without_dimension", name)
            codelist = self._codelist(named[name])
            for code in codes:
                multi = named[name].kind is Kind.MULTI
                if code not in _countable(codelist, levels[name] if multi else None):
                    raise Fault("plan.unknown_code", f"{name}={code}")
                if set(codelist.ancestors(code)) & set(codes):
                    raise Fault("plan.codes_overlap", f"{name}={code}")
        return {name: tuple(codes) for name, codes in asked.items()}

    def _filter(self, name: str, code: str, by: Sequence[str], dataflow: Dataflow) -> None:
        if name in by:
            raise Fault("plan.filter_on_dimension", name)
        if code == "_T" or code not in {each.id for each in self._codelist(self._variable(name, dataflow)).codes}:
            raise Fault("plan.unknown_code", f"{name}={code}")

    def _one_level_each(self, cubes: Sequence[CubePlan], dataflow: Dataflow) -> None:
        """Refuse two levels of a multi-response variable: a group says more about each of its forms than chance."""
        seen: dict[str, set[str]] = {}
        for cube in cubes:
            lists = {name: self._codelist(self._variable(name, dataflow)) for name, _ in cube.filter}
            fixed = {name: lists[name].code(code).level for name, code in cube.filter}
            for name, level in {**cube.levels, **fixed}.items():
                if name != AREA:
                    seen.setdefault(name, set()).add(level)
        for name, levels in seen.items():
            if self._variable(name, dataflow).kind is Kind.MULTI and len(levels) > 1:
                raise Fault("plan.multi_levels", name)

    def _size(self, variables: Sequence[Variable], levels: Mapping[str, str]) -> None:
        cells = 1
        for variable in variables:
            codelist = self._codelist(variable)
            cells *= len({codelist.roll(code, levels[variable.id]) for code in codelist.storable})
        if cells > MOST_CELLS:
            raise Fault("plan.cube_too_large", cells)


def _countable(codelist: CodeList, level: str | None) -> frozenset[str]:
    """Return the codes that somebody may be counted under; at one level only, where one is named."""
    if level is not None:
        return frozenset(codelist.roll(code, level) for code in codelist.storable)
    return frozenset(each for code in codelist.storable for each in (code, *codelist.ancestors(code)))


def _digest(document: Mapping[str, Any], cubes: Sequence[CubePlan]) -> str:
    """Digest what the plan says once defaults are filled in: a comment or a reordered key changes nothing."""
    said: dict[str, Json] = {"public": False, **{name: value for name, value in document.items() if name != "cube"}}
    said["cube"] = [
        {
            "id": cube.id,
            "by": list(cube.by),
            "levels": dict(cube.levels),
            "codes": {name: list(codes) for name, codes in cube.codes.items()},
            "filter": dict(cube.filter),
            "title": {"ar": cube.title.ar, "fr": cube.title.fr, "en": cube.title.en},
        }
        for cube in cubes
    ]
    return canonical.digest(said)
