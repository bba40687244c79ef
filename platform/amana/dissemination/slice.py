"""A slice: rows looked up in published bundles. Every format renders the same slice.

Runs in: web.
Sees: published cells; a candidate's cells of one committee when its officer looks at them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import product
from typing import Final

from amana.codebook.model import AREA, NOT_RECORDED, TOTAL, Codebook
from amana.disclosure.ratio import Figure
from amana.disclosure.table import Axis, Cube, Index, Status
from amana.disclosure.whole import whole
from amana.dissemination.bundle import Bundle
from amana.dissemination.catalogue import Catalogue
from amana.dissemination.indicators import Indicator, Shares, change, figure_at
from amana.dissemination.notes import Note, on_vintages
from amana.dissemination.query import CubeNotReleased, Query, committees_in, find, fixed
from amana.plans.axes import Lines, above, parts

SHOWN: Final = "A"  # SDMX CL_OBS_STATUS: normal
ESTIMATED: Final = "E"  # estimated: noise of a known size was added to a count
HIDDEN: Final = "Q"  # missing; suppressed
NOT_COLLECTED: Final = "L"  # missing; not collected
NOT_MEASURED: Final = "O"  # missing; here because noise would have drowned it
EXPLAINED: Final = {
    HIDDEN: "note.hidden",
    NOT_COLLECTED: "note.not_collected",
    ESTIMATED: "note.estimated",
    NOT_MEASURED: "note.not_measured",
}
_CONFIDENCE: Final = 1.959963984540054  # standard deviations: 95 % of a normal variable
_DIGITS: Final = 3  # of an estimate, behind the point: finer than its noise by far
_OBS_STATUS: Final = {
    Status.SHOWN: SHOWN,
    Status.HIDDEN: HIDDEN,
    Status.NOT_COLLECTED: NOT_COLLECTED,
    Status.NOT_MEASURED: NOT_MEASURED,
}
_RECKONED: Final = (Status.SHOWN, Status.NOT_MEASURED)  # what a change may be asked of


@dataclass(frozen=True)
class Spread:
    """How far off an estimated count may be. Persons.

    low, high: where the count is with 95 % confidence, as far as the noise alone is concerned; low >= 0. Both None
               where nothing was measured.
    display:   a smoothed figure to look at, >= 0; no interval belongs to it.
    """

    low: float | None
    high: float | None
    display: float

    @property
    def persons(self) -> int:
        """What a page prints of it: whole persons, which do not add up to their totals."""
        return int(whole(self.display))


@dataclass(frozen=True)
class Row:
    """One cell. codes: one per dimension of the slice.

    value:  a count where the status is ``A``, an unbiased estimate where it is ``E`` (it may be below 0), else None.
    margin: it is the sum of other cells that were asked for (a total, or a group above finer codes), so adding it up
            counts twice.
    spread: of an estimate, and where there is nothing but one for display (status ``O``).
    share:  of the total over one dimension. change: from the year before. Both only where they were asked for.
    figure: what a change is reckoned from; None where nothing is shown, or none was asked for.
    """

    period: str
    codes: tuple[str, ...]
    value: float | None
    status: str
    margin: bool
    spread: Spread | None = None
    share: Indicator = None
    change: Indicator = None
    figure: Figure | None = None


@dataclass(frozen=True)
class Source:
    """Where a period's rows come from, or what their changes are reckoned from.

    least_count: nothing below it is shown; None where noise was added instead.
    published:   when, ISO 8601 in UTC; None of a candidate.
    """

    period: str
    release: str
    bundle: str
    cube: str
    vintage: int = 1
    least_count: int | None = None
    published: str | None = None


@dataclass(frozen=True)
class Slice:
    """Rows of one dataflow, in a stable order: period, then each dimension as its table prints it.

    indicators: which were asked for, of ``share`` and ``change``. share_of: the dimension over which shares add up.
    above:      by dimension and code, the coarser codes that hold it in the published tables, nearest first, without
                ``_T``; nothing of a code that lies elsewhere in one period than in another.
    named:      by dimension, the codes that its rest ``_O`` has none of; nothing where tables name others.
    """

    dataflow: str
    dims: tuple[str, ...]
    rows: tuple[Row, ...]
    sources: tuple[Source, ...]
    notes: tuple[Note, ...]
    indicators: tuple[str, ...] = ()
    above: Mapping[str, Lines] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    share_of: str | None = None


def cut(query: Query, catalogue: Catalogue, book: Codebook) -> Slice:
    """Return the answer to a question. Raises CubeNotReleased when a bundle has changed under it since it was read."""
    rows: list[Row] = []
    sources, tables = [], []
    for period in query.looked_up:
        found = find(query, period, catalogue)
        if found is None:
            raise CubeNotReleased(asked={"periods": [period]}, released=[])
        bundle, cube = found
        chosen = dict(query.where) | {dim: _spread(cube, dim) for dim in query.by}
        shares = None if query.share is None else Shares(bundle, cube, query.share)
        found_rows = _rows(bundle, cube, query.dims, chosen, shares, compared=query.change)
        rows.extend(row for row in found_rows if query.totals or not row.margin)
        sources.append(_source(bundle, cube, catalogue.published_at(bundle.about.release)))
        tables.append((bundle, cube))
    rows = [row for row in _compared(rows) if row.period in query.periods] if query.change else rows
    notes = (*on_vintages(query, tables, catalogue), *_notes(rows, query.dims, tables, book))
    asked = tuple(name for name, wanted in (("share", query.share), ("change", query.change)) if wanted)
    cubes = [cube for _, cube in tables]
    above_, named = _above(query.dims, cubes), named_beside_rests(cubes)
    return Slice(query.dataflow, query.dims, tuple(rows), tuple(sources), notes, asked, above_, named, query.share)


def _compared(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows with their change from the year before, where that year is among them."""
    before = {(int(row.period) + 1, row.codes): row for row in rows}
    for row in rows:
        then = before.get((int(row.period), row.codes))
        asked = then is not None and NOT_COLLECTED not in {row.status, then.status}
        yield replace(row, change=change(row.figure, then.figure)) if then and asked else row


def of_cube(bundle: Bundle, cube_id: str, chosen: Mapping[str, Sequence[str]]) -> Slice:
    """Return the cells of one cube, margins included, with some dimensions restricted to these codes."""
    cube = bundle.cube(cube_id)
    dims = tuple(axis.dim for axis in cube.axes)
    every = {axis.dim: tuple(node.code for node in axis.nodes) for axis in cube.axes}
    rows = tuple(_rows(bundle, cube, dims, every | dict(chosen)))
    above_, named = _above(dims, [cube]), named_beside_rests([cube])
    return Slice(bundle.about.dataflow, dims, rows, (_source(bundle, cube),), (), (), above_, named)


def _above(dims: Sequence[str], cubes: Sequence[Cube]) -> dict[str, Lines]:
    found: dict[str, dict[str, set[tuple[str, ...]]]] = {dim: {} for dim in dims}
    for axis in (axis for cube in cubes for axis in cube.axes if axis.dim in found):
        for code, line in above(axis).items():
            found[axis.dim].setdefault(code, set()).update([line] if line else [])
    return {dim: {code: next(iter(lines)) for code, lines in codes.items() if len(lines) == 1}
            for dim, codes in found.items()}  # fmt: skip


def named_beside_rests(cubes: Iterable[Cube]) -> Mapping[str, tuple[str, ...]]:
    """Return by dimension the codes that its rest ``_O`` has none of, where all these tables name the same."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for axis in (axis for cube in cubes for axis in cube.axes if any(node.code == NOT_RECORDED for node in axis.nodes)):
        beside = tuple(node.code for node in axis.nodes if node.code not in {TOTAL, NOT_RECORDED})
        found.setdefault(axis.dim, set()).add(beside)
    return {dim: next(iter(each)) for dim, each in found.items() if len(each) == 1}


def _spread(cube: Cube, dim: str) -> tuple[str, ...]:
    """Return the codes that a spread-out dimension shows: all but the rests of multi-response codes."""
    return tuple(node.code for node in _axis(cube, dim).nodes if not node.code.endswith(f":{NOT_RECORDED}"))


def _rows(
    bundle: Bundle,
    cube: Cube,
    dims: Sequence[str],
    chosen: Mapping[str, Sequence[str]],
    shares: Shares | None = None,
    *,
    compared: bool = False,
) -> Iterator[Row]:
    axes = {axis.dim: axis for axis in cube.axes}
    place = {dim: {node.code: number for number, node in enumerate(axis.nodes)} for dim, axis in axes.items()}
    parents = {dim: {place[dim][code] for code in _sums(axes[dim], chosen[dim])} for dim in dims if dim in axes}
    common = fixed(cube)
    for codes in product(*(chosen[dim] if dim in axes else (common[dim],) for dim in dims)):
        at = {dim: place[dim][code] for dim, code in zip(dims, codes, strict=True) if dim in axes}
        index = tuple(at.get(dim, place[dim][TOTAL]) for dim in axes)
        margin = any(number in parents[dim] for dim, number in at.items())
        reckoned = compared and bundle.status[cube.id][index] in _RECKONED
        yield Row(
            bundle.about.period,
            codes,
            *_figure(bundle, cube, index),
            margin,
            _spread_of(bundle, cube, index),
            None if shares is None else shares.at(index),
            figure=figure_at(bundle, cube, index) if reckoned else None,
        )


def _sums(axis: Axis, chosen: Collection[str]) -> set[str]:
    """Return those of the chosen codes that hold another one of them."""
    lines = above(axis)
    held = {code for each in chosen if each != TOTAL for code in (*lines.get(each, ()), TOTAL)}
    return held & set(chosen) & set(parts(axis))


def _figure(bundle: Bundle, cube: Cube, index: Index) -> tuple[float | None, str]:
    """Return the value of a cell and its OBS_STATUS."""
    status = Status(int(bundle.status[cube.id][index]))
    if status is not Status.SHOWN:
        return None, _OBS_STATUS[status]
    if bundle.noisy:
        return round(float(bundle.noisy.estimate[cube.id][index]), _DIGITS), ESTIMATED
    return int(bundle.values[cube.id][index]), SHOWN


def _spread_of(bundle: Bundle, cube: Cube, index: Index) -> Spread | None:
    if not bundle.noisy or bundle.status[cube.id][index] not in _RECKONED:
        return None
    display = round(float(bundle.noisy.display[cube.id][index]), _DIGITS)
    if bundle.status[cube.id][index] == Status.NOT_MEASURED:
        return Spread(None, None, display)
    estimate, variance = (float(each[cube.id][index]) for each in (bundle.noisy.estimate, bundle.noisy.variance))
    reach = _CONFIDENCE * math.sqrt(variance)
    low, high = (max(0.0, round(end, _DIGITS)) for end in (estimate - reach, estimate + reach))
    return Spread(low, high, display)


def _notes(
    rows: Sequence[Row], dims: Sequence[str], tables: Sequence[tuple[Bundle, Cube]], book: Codebook
) -> Iterator[Note]:
    flow = book.dataflow(tables[0][0].about.dataflow)
    asked = {row.codes[dims.index(AREA)] for row in rows} if AREA in dims else {TOTAL}
    held = [committees_in(cube, asked) for _, cube in tables]
    regional = any(one is None or not asked <= one for one in held)  # some figure is of several countries
    if regional and flow.has_records:
        yield Note("note.registrations", {})
    if any(_is_multi(_axis(cube, dim)) for _, cube in tables for dim in dims if dim not in fixed(cube)):
        yield Note("note.mentions", {})
    for (bundle, _), of in zip(tables, held, strict=True):
        silent = sorted(set(bundle.about.members) - {committee for committee, _ in bundle.about.contributors})
        silent = [one for one in silent if of is None or one in of]
        if regional and silent:
            yield Note("note.partial", {"period": bundle.about.period, "committees": ", ".join(silent)})
    zeros_hidden = any(bundle.zeros_hidden for bundle, _ in tables)
    explained = EXPLAINED if zeros_hidden else {**EXPLAINED, HIDDEN: "note.hidden_counted"}
    for status, code in explained.items():
        if any(row.status == status for row in rows):
            yield Note(code, {})


def _is_multi(axis: Axis) -> bool:
    return any(node.code.endswith(f":{NOT_RECORDED}") for node in axis.nodes)


def _axis(cube: Cube, dim: str) -> Axis:
    return next(axis for axis in cube.axes if axis.dim == dim)


def _source(bundle: Bundle, cube: Cube, published: datetime | None = None) -> Source:
    about, least = bundle.about, None if bundle.noisy else bundle.least_count
    at = None if published is None else published.astimezone(UTC).isoformat(timespec="seconds")
    return Source(about.period, about.release, bundle.digest, cube.id, about.vintage, least, at)
