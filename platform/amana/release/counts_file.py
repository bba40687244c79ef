"""The raw tables file: how a committee that keeps its records at home hands over counts, and how they are read back.

Runs in: committee (render), worker (parse).
Sees: true counts of one committee.

Canonical JSON, format ``amana-raw-tables/1``; leaf cells with a count of zero are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from amana import canonical
from amana.canonical import Json
from amana.codebook.model import Codebook
from amana.errors import AmanaError, Malformed
from amana.release.axes import dimensions
from amana.release.plan import CubePlan, Plan
from amana.release.tabulate import Counts, assemble

FORMAT: Final = "amana-raw-tables/1"
_KEYS: Final = frozenset(
    ("format", "committee", "dataflow", "period", "plan", "plan_digest", "codebook_digest", "collected", "cubes")
)


class TablesInvalid(AmanaError):
    """Raw tables do not fit the plan, or contradict themselves; nothing of them may be used.

    Facts: ``cube`` (empty where the fault is the file's) and ``reason``, a rule id. Never a count.
    """

    code: ClassVar[str] = "release.tables_invalid"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


def render_counts(counts: Counts, plan: Plan, book: Codebook) -> bytes:
    """Return the file's bytes; ``parse_counts`` reads them back."""
    cubes: dict[str, Json] = {cube.id: list(_cells(counts.cubes[cube.id], cube, plan, book)) for cube in plan.cubes}
    return canonical.encode(
        {
            "format": FORMAT,
            "committee": counts.committee,
            "dataflow": counts.dataflow,
            "period": counts.period,
            "plan": counts.plan,
            "plan_digest": counts.plan_digest,
            "codebook_digest": counts.codebook_digest,
            "collected": sorted(counts.collected),
            "cubes": cubes,
        }
    )


def parse_counts(raw: bytes, plan: Plan, book: Codebook) -> Counts:
    """Return the counts in a raw tables file.

    Raises Malformed when the bytes are no such file, TablesInvalid when it is of another plan or codebook, has a cell
    that the plan does not declare, or gives one quantity two values.
    """
    said = canonical.decode(raw)
    if not isinstance(said, Mapping) or said.keys() != _KEYS or said["format"] != FORMAT:
        raise Malformed(format=FORMAT)
    committee, period, collected, cubes = said["committee"], said["period"], _texts(said["collected"]), said["cubes"]
    if not isinstance(committee, str) or not isinstance(period, str) or collected is None:
        raise Malformed(format=FORMAT)
    if (said["plan_digest"], said["plan"], said["dataflow"]) != (plan.digest, plan.id, plan.dataflow):
        raise TablesInvalid(cube="", reason="tables.another_plan")
    if said["codebook_digest"] != book.digest:
        raise TablesInvalid(cube="", reason="tables.another_codebook")
    if not isinstance(cubes, Mapping) or cubes.keys() != {cube.id for cube in plan.cubes}:
        raise TablesInvalid(cube="", reason="tables.cubes")
    arrays = {cube.id: _array(cubes[cube.id], cube, plan, book) for cube in plan.cubes}
    about = (committee, plan.dataflow, period, plan.id, plan.digest, book.digest)
    counts = Counts(*about, frozenset(collected), arrays)
    check_agreement(counts, plan, book)
    return counts


def check_agreement(counts: Counts, plan: Plan, book: Codebook) -> None:
    """Raise TablesInvalid when two cells that count the same persons differ, within a cube or across cubes."""
    raw = assemble([counts], plan, (counts.committee,), book)
    seen: dict[frozenset[tuple[str, str]], int] = {}
    for cube in raw.cubes:
        for axis_number, axis in enumerate(cube.axes):
            for parent, children in axis.sums:
                whole = np.take(raw.counts[cube.id], parent, axis=axis_number)
                if (whole != np.take(raw.counts[cube.id], children, axis=axis_number).sum(axis=axis_number)).any():
                    raise TablesInvalid(cube=cube.id, reason="tables.totals_differ")
        for index in cube.indices():
            count = int(raw.counts[cube.id][index])
            if seen.setdefault(cube.cell_key(index), count) != count:
                raise TablesInvalid(cube=cube.id, reason="tables.cubes_differ")


def _cells(counts: NDArray[np.int64], cube: CubePlan, plan: Plan, book: Codebook) -> Iterator[Json]:
    dims = dimensions(cube, plan, book)
    for index in np.argwhere(counts):
        codes = [dim.leaves[place] for dim, place in zip(dims, index, strict=True)]
        yield [codes, int(counts[tuple(index)])]


def _array(cells: Json, cube: CubePlan, plan: Plan, book: Codebook) -> NDArray[np.int64]:
    dims = dimensions(cube, plan, book)
    places = [{leaf: place for place, leaf in enumerate(dim.leaves)} for dim in dims]
    counts = np.zeros([len(dim.leaves) for dim in dims], dtype=np.int64)
    if not isinstance(cells, list):
        raise TablesInvalid(cube=cube.id, reason="tables.cell")
    for cell in cells:
        codes, count = _cell(cell, cube)
        try:
            index = tuple(place[code] for place, code in zip(places, codes, strict=True))
        except (KeyError, ValueError) as fault:
            raise TablesInvalid(cube=cube.id, reason="tables.unknown_cell") from fault
        if counts[index]:
            raise TablesInvalid(cube=cube.id, reason="tables.cell_twice")
        counts[index] = count
    return counts


def _cell(cell: object, cube: CubePlan) -> tuple[Sequence[str], int]:
    match cell:
        case [list(codes), int(count)] if count > 0 and not isinstance(count, bool) and _texts(codes) is not None:
            return codes, count
        case _:
            raise TablesInvalid(cube=cube.id, reason="tables.cell")


def _texts(value: object) -> list[str] | None:
    return value if isinstance(value, list) and all(isinstance(each, str) for each in value) else None
