"""A slice laid out as a table to read: one dimension across, the others down, groups set in under their totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flask_babel import gettext

from amana.codebook.model import AREA, TOTAL, UNKNOWN
from amana.dissemination import indicators, xlsx
from amana.dissemination.query import PERIOD
from amana.dissemination.slice import HIDDEN, NOT_MEASURED, SHOWN, Slice, Spread
from amana.dissemination.words import dimension_label, label_in, mark
from amana.dissemination.xlsx import Printed
from amana.web.derived import Told, told_of
from amana.web.hub import hub
from amana.web.locale import language, word

_WIDEST: Final = 9  # columns that still read well side by side
_DEEPEST: Final = 2  # levels that are set in


@dataclass(frozen=True)
class Head:
    """The name of a row or a column. depth: how far it is set in under a coarser code."""

    code: str
    label: str
    total: bool
    unknown: bool
    depth: int


@dataclass(frozen=True)
class Cell:
    """One figure, or the mark in its place. spread: of an estimate.

    told: its share, and its change, if asked for, in words. reckoned: the same as numbers, by indicator.
    """

    value: float | None
    status: str
    total: bool
    spread: Spread | None
    told: tuple[Told, ...] = ()
    reckoned: Mapping[xlsx.Kind, indicators.Told | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One row."""

    heads: tuple[Head, ...]
    cells: tuple[Cell, ...]
    total: bool


@dataclass(frozen=True)
class Grid:
    """A table ready to print. stub: names of the dimensions that run down; across: of the one that runs across."""

    caption: str
    note: str
    stub: tuple[str, ...]
    across: str | None
    columns: tuple[Head, ...]
    rows: tuple[Line, ...]


def lay_out(cells: Slice, caption: str) -> Grid:
    """Return the table of a slice. A dimension with one code only goes into the note under the caption."""
    every = {PERIOD: _distinct(row.period for row in cells.rows)}
    every |= {dim: _distinct(row.codes[place] for row in cells.rows) for place, dim in enumerate(cells.dims)}
    spread = [dim for dim, codes in every.items() if len(codes) > 1] or [cells.dims[0] if cells.dims else PERIOD]
    across = _runs_across(spread, every)
    down = [dim for dim in spread if dim != across]
    heads = {dim: {code: _head(cells, dim, code, every) for code in every[dim]} for dim in every}
    looked_up = {(row.period, *row.codes): row for row in cells.rows}
    lines: dict[tuple[str, ...], list[Cell]] = {}
    for key, row in looked_up.items():
        named = dict(zip(every, key, strict=True))
        place = tuple(named[dim] for dim in down)
        total = across is not None and heads[across][named[across]].total
        given: dict[xlsx.Kind, indicators.Told | None] = {
            kind: indicators.told(getattr(row, kind)) for kind in xlsx.BESIDE if kind in cells.indicators
        }
        lines.setdefault(place, []).append(Cell(row.value, row.status, total, row.spread, told_of(row), given))
    return Grid(
        caption=caption,
        note=_note(cells, every, spread),
        stub=tuple(dimension_name(cells.dataflow, dim) for dim in down),
        across=dimension_name(cells.dataflow, across) if across else None,
        columns=tuple(heads[across].values()) if across else (_figure(cells.dataflow),),
        rows=tuple(_line([heads[dim][code] for dim, code in zip(down, place, strict=True)], cells_)
                   for place, cells_ in lines.items()),
    )  # fmt: skip


def caption_of(cells: Slice) -> str:
    """Return the title of a slice's table, and its years."""
    last = cells.sources[-1]
    title = hub().opened.bundle(last.bundle).about.cube_titles[last.cube].read(language())
    shown = sorted({row.period for row in cells.rows})
    return str(gettext("%(title)s, %(period)s", title=title, period="–".join(sorted({shown[0], shown[-1]}))))


def printed(grid: Grid) -> Printed:
    """Return a table as a workbook prints it: figures that are numbers, or the mark in words.

    Beside each column of counts stands one of their shares, and one of their changes, where there are any.
    """

    def in_cell(cell: Cell) -> xlsx.Value:
        if cell.spread is not None:
            return xlsx.Unsure(cell.spread.persons) if cell.status == NOT_MEASURED else cell.spread.persons
        return cell.value if cell.status == SHOWN else mark(cell.status, language())

    def heads(some: Iterable[Head]) -> tuple[xlsx.Head, ...]:
        return tuple(xlsx.Head(one.label, one.total, one.depth) for one in some)

    cells = [line.cells for line in grid.rows]
    wanted = [(place, kind) for place in range(len(grid.columns)) for kind in ("count", *xlsx.BESIDE)
              if kind == "count" or any(line[place].reckoned.get(kind) for line in cells)]  # fmt: skip
    columns = [
        xlsx.Head(one.label, one.total, one.depth)
        if kind == "count"
        else xlsx.Head(word("label.said", name=one.label, text=word(f"column.{kind}")), one.total, kind=kind)
        for one, kind in ((grid.columns[place], kind) for place, kind in wanted)
    ]
    rows = tuple(
        (
            heads(line.heads),
            tuple(in_cell(line.cells[at]) if kind == "count" else _number(line.cells[at], kind) for at, kind in wanted),
        )
        for line in grid.rows
    )
    return Printed(grid.caption, grid.note, grid.stub, grid.across, tuple(columns), rows)


def _number(cell: Cell, kind: xlsx.Kind) -> xlsx.Value:
    """Return a share or a change as a workbook prints it; the mark where it is withheld, or the word why it is none."""
    said = cell.reckoned.get(kind)
    if cell.status == NOT_MEASURED and said is not None:
        return word("reliability.unreliable")
    if said is None or said.status == indicators.NOT_GIVEN or said.value is None:
        return None if said is None else mark(HIDDEN, language())
    value = said.value if kind == "share" else round(said.value)
    return value if said.status == "reliable" else xlsx.Unsure(value)


def signs(grids: Iterable[Grid], *, zeros_hidden: bool) -> Mapping[str, bool]:
    """Return which signs need a word in the legend of these tables.

    zero: of a count of nobody. drowned: of what noise would have drowned.
    """
    cells = [cell for grid in grids for line in grid.rows for cell in line.cells]
    zero = not zeros_hidden or any(cell.status == SHOWN and cell.value == 0 for cell in cells)
    return {"zero": zero, "drowned": any(cell.status == NOT_MEASURED for cell in cells)}


def statuses(cells: Slice) -> frozenset[str]:
    """Return the statuses that occur in a slice."""
    return frozenset(row.status for row in cells.rows) | {SHOWN}


def _line(heads: Sequence[Head], cells: Sequence[Cell]) -> Line:
    return Line(tuple(heads), tuple(cells), bool(heads) and all(head.total for head in heads))


def _runs_across(spread: Sequence[str], every: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return the dimension for the columns: the last that fits, else the shortest; none when there is only one."""
    if len(spread) < 2:  # noqa: PLR2004 - one dimension runs down
        return None
    fitting = [dim for dim in spread if len(every[dim]) <= _WIDEST and dim != AREA]
    return fitting[-1] if fitting else min(spread, key=lambda dim: len(every[dim]))


def _distinct(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))


def _head(cells: Slice, dim: str, code: str, every: Mapping[str, Sequence[str]]) -> Head:
    """Return the head of a code, set in under what stands beside it. every: the codes that are shown, by dimension."""
    if dim == PERIOD:
        return Head(code, code, total=False, unknown=False, depth=0)
    label = label_in(cells, dim, code, hub().book, language())
    above = cells.above.get(dim, {}).get(code, ())
    depth = min(_DEEPEST, len(set(above) & set(every.get(dim, ()))))
    return Head(code, label, code == TOTAL, code == UNKNOWN, depth)


def _figure(dataflow: str) -> Head:
    flow = hub().book.dataflow(dataflow)
    label = gettext("Persons") if flow.has_records else flow.unit.read(language())
    return Head("", label, total=False, unknown=False, depth=0)


def dimension_name(dataflow: str, dim: str) -> str:
    """Return what a dimension is called, in the reader's language."""
    return dimension_label(dataflow, dim, hub().book, language())


def _note(cells: Slice, every: Mapping[str, tuple[str, ...]], spread: Sequence[str]) -> str:
    single = [dim for dim, codes in every.items() if dim not in spread and codes]
    told = [
        word("label.said", name=dimension_name(cells.dataflow, dim), text=_head(cells, dim, every[dim][0], {}).label)
        for dim in single
    ]
    return " · ".join(told)
