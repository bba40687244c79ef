"""A question to the published tables: ``by=SEX,AGE&REF_AREA=MAR&TIME_PERIOD=2022``, read strictly.

Runs in: web.
Sees: published bundles.

- ``by`` names the dimensions to spread out; every published node of each becomes a row, totals and groups included.
- Any other dimension named is a filter: one code or several, comma-separated. One that is not named is at its total.
- ``TIME_PERIOD`` chooses periods; without it, every period that has the table.
- ``totals=no`` leaves out rows that are sums of other rows; a single code that was named stays.
- ``share=SEX``, one of ``by``, adds each row's share of its total over that dimension; ``change=yes`` its difference
  from the year before, which is looked up too and adds no row.
- ``vintage=1`` asks for the figures as they were first published; without it, the latest vintage of each period. A
  year that is compared only is told by its latest, too, where it has no such vintage.
- What is not said about VICTIM_STATUS means identified victims: the two are never added in silence.

Only declared cubes and their margins answer; of several that could, the most finely divided one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from amana.codebook.model import AREA, COMMITTEES, NOT_RECORDED, TOTAL, Codebook, CodeList, Dataflow, Kind
from amana.disclosure.table import Axis, Cube
from amana.dissemination.bundle import Bundle
from amana.dissemination.catalogue import Catalogue, Withdrawn
from amana.errors import AmanaError
from amana.plans.axes import parts

PERIOD: Final = "TIME_PERIOD"
VINTAGE: Final = "vintage"
DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {"VICTIMS": {"VICTIM_STATUS": "IDENT"}}  # unless it is asked for
_YEAR: Final = re.compile(r"[0-9]{4}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,3}")
_ELSEWHERE: Final = "…"  # a parameter that is none of ours


class QueryMalformed(AmanaError):
    """A question cannot be read. Facts: ``place`` (the parameter, or …), ``reason`` (a rule id).

    What was said is not repeated, and neither is a parameter that is none of ours: either may be somebody's name.
    """

    code: ClassVar[str] = "query.malformed"
    status: ClassVar[int] = 400
    exit: ClassVar[int] = 65


class CubeNotReleased(AmanaError):
    """The question is good, but no published table answers it. Facts: ``asked``, ``released`` (what there is)."""

    code: ClassVar[str] = "cube.not_released"
    status: ClassVar[int] = 404
    exit: ClassVar[int] = 66


class VintageNotReleased(AmanaError):
    """A table answers, but not in this vintage. Facts: ``vintage``, ``vintages`` (those that can be read)."""

    code: ClassVar[str] = "cube.no_such_vintage"
    status: ClassVar[int] = 404
    exit: ClassVar[int] = 66


@dataclass(frozen=True)
class Query:
    """One question that published tables answer.

    by:      dimensions to spread out, as asked.
    where:   (dimension, codes) for each filter, in the order asked, defaults last.
    periods: the periods that answer, oldest first.
    totals:  whether rows that are sums of other rows are wanted.
    vintage: the number of the vintage that was asked for; None for the latest.
    share:   the dimension of which shares are wanted. change: whether differences from the year before are.
    before:  periods that are only looked up, because changes in ``periods`` are reckoned from them; oldest first.
    """

    dataflow: str
    by: tuple[str, ...]
    where: tuple[tuple[str, tuple[str, ...]], ...]
    periods: tuple[str, ...]
    totals: bool
    vintage: int | None = None
    share: str | None = None
    change: bool = False
    before: tuple[str, ...] = ()

    @property
    def looked_up(self) -> tuple[str, ...]:
        """Every period whose figures an answer tells something of, oldest first."""
        return tuple(sorted({*self.periods, *self.before}))

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimensions that a row names: those spread out, then those filtered."""
        return (*self.by, *(dim for dim, _ in self.where))


def parse(dataflow: str, args: Iterable[tuple[str, str]], catalogue: Catalogue, book: Codebook) -> Query:
    """Return the question in a list of (parameter, value) pairs.

    Raises NotInCodebook for an unknown dataflow, QueryMalformed, Withdrawn for a period whose release was withdrawn,
    CubeNotReleased when no published table answers, VintageNotReleased when only other vintages do.
    """
    flow = book.dataflow(dataflow)
    said = _once(args, flow)
    by = _names(said.pop("by", ""))
    periods = _periods(said.pop(PERIOD, ""))
    totals = _yes_or_no(said.pop("totals", "yes"), "totals")
    vintage = _vintage(said.pop(VINTAGE, None))
    share, change = said.pop("share", None), _yes_or_no(said.pop("change", "no"), "change")
    if share is not None and share not in by:
        raise QueryMalformed(place="share", reason="query.share")
    for name in (*by, *said):
        _known(name, flow, "by" if name in by else _ELSEWHERE)
    where = {name: _codes(name, text, flow, book) for name, text in said.items()}
    for name in by:
        if by.count(name) > 1 or name in where:
            raise QueryMalformed(place="by", reason="query.twice")
    for name, code in DEFAULTS.get(dataflow, {}).items():
        if name not in by:
            where.setdefault(name, (code,))
    question = Query(dataflow, by, tuple(where.items()), periods, totals, vintage, share, change)
    able = _able(question, catalogue)
    question = replace(question, periods=_answering(question, able, catalogue))
    return _compared(question, catalogue) if change else question


def find(query: Query, period: str, catalogue: Catalogue) -> tuple[Bundle, Cube] | None:
    """Return the bundle and the cube that answer a question for one period, or None.

    Several plans may have tables of one period: the most finely divided table of all answers. A year that is compared
    only is told by the vintage asked for, as if it had been asked for itself; where it has none, by the latest.
    """
    numbers = (query.vintage, None) if period in query.before else (query.vintage,)
    held = ([one for one in catalogue.bundles(query.dataflow, each) if one.about.period == period] for each in numbers)
    return next(filter(None, (_best(bundles, query.by, query.where) for bundles in held)), None)


def year_before(period: str) -> str:
    """Return the year that changes in a period are reckoned from."""
    return str(int(period) - 1)


def _compared(asked: Query, catalogue: Catalogue) -> Query:
    """Return the question with the years that changes are reckoned from and that nobody asked for, where there are."""
    wanted = {year_before(period) for period in asked.periods} - set(asked.periods)
    asked = replace(asked, before=tuple(sorted(wanted)))
    return replace(asked, before=tuple(period for period in asked.before if find(asked, period, catalogue)))


def _best(
    bundles: Iterable[Bundle], by: Sequence[str], where: Sequence[tuple[str, tuple[str, ...]]]
) -> tuple[Bundle, Cube] | None:
    able = [(bundle, cube) for bundle in bundles if (cube := match(bundle, by, where))]
    return min(able, key=lambda pair: (-_detail(pair[1], by), len(pair[1].axes)), default=None)


def match(bundle: Bundle, by: Sequence[str], where: Sequence[tuple[str, tuple[str, ...]]]) -> Cube | None:
    """Return the cube of a bundle that answers, or None.

    It has every dimension of ``by``, knows every code of ``where``, and counts nobody that was not asked for. Of
    several, the one with most nodes along ``by`` (a finer level shows its groups, too), then with fewest dimensions,
    then the first declared. All of them agree where they meet, so the choice changes the detail and no figure.
    """
    able = [cube for cube in bundle.cubes if _answers(cube, by, dict(where))]
    return min(able, key=lambda cube: (-_detail(cube, by), len(cube.axes)), default=None)


def released(dataflow: str, catalogue: Catalogue) -> list[dict[str, object]]:
    """Return what may be asked of a dataflow: each table with its dimensions, its filter and its periods."""
    found: dict[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], list[str]] = {}
    for bundle in catalogue.bundles(dataflow):
        for cube in bundle.cubes:
            key = tuple(axis.dim for axis in cube.axes), tuple(sorted(fixed(cube).items()))
            found.setdefault(key, []).append(bundle.about.period)
    return [{"by": list(dims), "filter": dict(kept), "periods": periods} for (dims, kept), periods in found.items()]


def fixed(cube: Cube) -> dict[str, str]:
    """Return what everybody in a cube has in common, by variable: a multi-response filter is named by its code."""
    multi = dict(key.split(".", 1) for key, _ in cube.filter if "." in key)
    return multi | {key: code for key, code in cube.filter if "." not in key}


def committees_in(cube: Cube, codes: Iterable[str]) -> frozenset[str] | None:
    """Return the committees whose figures stand in these codes of REF_AREA; None for all of them."""
    axis = next((axis for axis in cube.axes if axis.dim == AREA), None)
    if axis is None or TOTAL in codes:
        return None
    under = parts(axis)
    return frozenset(each for code in codes for each in under.get(code, (code,)))


def _answers(cube: Cube, by: Sequence[str], where: Mapping[str, tuple[str, ...]]) -> bool:
    axes = {axis.dim: axis for axis in cube.axes}
    common = fixed(cube)
    if not axes.keys() >= set(by) or any(where.get(dim) != (code,) for dim, code in common.items()):
        return False
    return all(dim in common or (dim in axes and _has(axes[dim], codes)) for dim, codes in where.items())


def _has(axis: Axis, codes: Sequence[str]) -> bool:
    return {node.code for node in axis.nodes} >= set(codes)


def _detail(cube: Cube, by: Sequence[str]) -> int:
    return sum(len(axis.nodes) for axis in cube.axes if axis.dim in by)


def _able(asked: Query, catalogue: Catalogue) -> tuple[str, ...]:
    """Return every period that has such a table, oldest first."""
    bundles = catalogue.bundles(asked.dataflow, asked.vintage)
    return tuple(dict.fromkeys(one.about.period for one in bundles if match(one, asked.by, asked.where)))


def _answering(asked: Query, able: tuple[str, ...], catalogue: Catalogue) -> tuple[str, ...]:
    """Return the periods that answer: those named, or every one that has such a table."""
    gone = {one.period: one.release for one in catalogue.withdrawn(asked.dataflow, asked.vintage)}
    for period in asked.periods:
        if period in gone and period not in able:
            raise Withdrawn(release=gone[period])
    wanted = tuple(sorted(asked.periods)) or able
    if not wanted or not set(wanted) <= set(able):
        if others := _vintages_of(asked, catalogue):
            raise VintageNotReleased(vintage=asked.vintage, vintages=others)
        filters = {dim: list(codes) for dim, codes in asked.where}
        told = {"by": list(asked.by), "filter": filters, "periods": list(asked.periods)}
        raise CubeNotReleased(asked=told, released=released(asked.dataflow, catalogue))
    return wanted


def _vintages_of(asked: Query, catalogue: Catalogue) -> list[int]:
    """Return the vintages of which there is such a table of every period asked for, where another one was asked for."""
    if asked.vintage is None:
        return []
    numbers = sorted({one.vintage for one in catalogue.publications if one.dataflow == asked.dataflow})
    found = {number: _able(replace(asked, vintage=number), catalogue) for number in numbers}
    return [number for number, able in found.items() if able and set(asked.periods) <= set(able)]


def _once(args: Iterable[tuple[str, str]], flow: Dataflow) -> dict[str, str]:
    known = {"by", PERIOD, VINTAGE, "totals", "share", "change", AREA, *(variable.id for variable in flow.variables)}
    said: dict[str, str] = {}
    for name, text in args:
        if name in said:
            raise QueryMalformed(place=name if name in known else _ELSEWHERE, reason="query.twice")
        said[name] = text
    return said


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _periods(text: str) -> tuple[str, ...]:
    for period in _names(text):
        if not _YEAR.fullmatch(period):
            raise QueryMalformed(place=PERIOD, reason="query.period")
    return tuple(dict.fromkeys(_names(text)))


def _vintage(text: str | None) -> int | None:
    if text is not None and not _NUMBER.fullmatch(text):
        raise QueryMalformed(place=VINTAGE, reason="query.vintage")
    return None if text is None else int(text)


def _yes_or_no(text: str, place: str) -> bool:
    if text not in {"yes", "no"}:
        raise QueryMalformed(place=place, reason="query.yes_or_no")
    return text == "yes"


def _known(name: str, flow: Dataflow, place: str) -> None:
    kinds = {variable.id: variable.kind for variable in flow.variables}
    if name != AREA and kinds.get(name) not in {Kind.CODED, Kind.MULTI}:
        raise QueryMalformed(place=place, reason="query.unknown_dimension")


def _codes(name: str, text: str, flow: Dataflow, book: Codebook) -> tuple[str, ...]:
    codelist = book.codelists[COMMITTEES] if name == AREA else book.list_of(flow.variable(name))
    codes = tuple(dict.fromkeys(_names(text)))
    for code in codes or ("",):
        if not _is_code(code, codelist):
            raise QueryMalformed(place=name, reason="query.unknown_code")
    return codes


def _is_code(code: str, codelist: CodeList) -> bool:
    return code.removesuffix(f":{NOT_RECORDED}") in codelist or code in {TOTAL, NOT_RECORDED}
