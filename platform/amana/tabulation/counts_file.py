"""The raw tables file: how a committee that keeps its records at home hands over counts, and how they are read back.

Runs in: committee (render), worker (parse).
Sees: true counts of one committee.

Canonical JSON, format ``amana-raw-tables/1``; leaf cells with a count of zero are left out. ``single`` lists, by link
and cube, the published nodes behind which exactly one event or organisation stands; ``caseloads`` the leaf counts of
each organisation that knows some of the persons, without a name. A file from before these were told has neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from amana import canonical
from amana.canonical import Json
from amana.codebook.model import Codebook
from amana.errors import AmanaError, Malformed
from amana.plans.axes import dimensions
from amana.plans.impossible import impossible
from amana.plans.plan import CubePlan, Plan
from amana.tabulation.behind import LINKS, Caseload, margins, told_apart
from amana.tabulation.tabulate import Counts, assemble

FORMAT: Final = "amana-raw-tables/1"
LARGEST: Final = 64 * 1024**2  # bytes of a tables file: it is read whole, at home and at the hub
MOST: Final = 999_999_999  # units in one cell, as in OBS_VALUE: no sum of such leaves the range of an int64
_KEYS: Final = frozenset(
    ("format", "committee", "dataflow", "period", "plan", "plan_digest", "codebook_digest", "collected", "cubes")
)
_BEHIND: Final = frozenset(("single", "caseloads"))


class TablesInvalid(AmanaError):
    """Raw tables do not fit the plan, or contradict themselves; nothing of them may be used.

    Facts: ``cube`` (empty where the fault is the file's) and ``reason``, a rule id. Never a count.
    """

    code: ClassVar[str] = "release.tables_invalid"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


def render_counts(counts: Counts, plan: Plan, book: Codebook) -> bytes:
    """Return the file's bytes; ``parse_counts`` reads them back."""
    single: dict[str, Json] = {link: _marked(found, plan, book) for link, found in counts.single.items()}
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
            "cubes": _listed(counts.cubes, plan, book),
            "single": single,
            "caseloads": [_listed(known, plan, book) for known in counts.caseloads],
        }
    )


def parse_counts(raw: bytes, plan: Plan, book: Codebook) -> Counts:
    """Return the counts in a raw tables file.

    Raises Malformed when the bytes are no such file, TablesInvalid when it is of another plan or codebook, has a cell
    that the plan does not declare, or gives one quantity two values.
    """
    said = canonical.decode(raw)
    if not isinstance(said, Mapping) or said.keys() - _BEHIND != _KEYS or said["format"] != FORMAT:
        raise Malformed(format=FORMAT)
    committee, period, collected, cubes = said["committee"], said["period"], _texts(said["collected"]), said["cubes"]
    if not isinstance(committee, str) or not isinstance(period, str) or collected is None:
        raise Malformed(format=FORMAT)
    check_collected(collected, plan, book, FORMAT)
    check_books(said, plan, book)
    about = (committee, plan.dataflow, period, plan.id, plan.digest, book.digest)
    counts = Counts(*about, frozenset(collected), _arrays(cubes, plan, book))
    check_agreement(counts, plan, book)
    single = _singles(said.get("single", {}), counts, plan, book)
    return replace(counts, single=single, caseloads=_caseloads(said.get("caseloads", []), counts, plan, book))


def check_books(said: Mapping[str, Json], plan: Plan, book: Codebook) -> None:
    """Raise TablesInvalid when a file says that it was made by another plan or codebook."""
    if (said["plan_digest"], said["plan"], said["dataflow"]) != (plan.digest, plan.id, plan.dataflow):
        raise TablesInvalid(cube="", reason="tables.another_plan")
    if said["codebook_digest"] != book.digest:
        raise TablesInvalid(cube="", reason="tables.another_codebook")


def check_collected(collected: Sequence[str], plan: Plan, book: Codebook, kind: str) -> None:
    """Raise Malformed when something else than variables of the plan's dataflow, each once, is named as collected.

    The vault keeps a tables file as it came; nothing of it may be a text of the sender's own.
    """
    known = {*LINKS, *(one.id for one in book.dataflow(plan.dataflow).variables)}
    if not known.issuperset(collected) or len(set(collected)) < len(collected):
        raise Malformed(format=kind)


def check_agreement(counts: Counts, plan: Plan, book: Codebook) -> None:
    """Raise TablesInvalid when two cells that count the same persons differ, within a cube or across cubes.

    Nor may anybody be counted whose row would have been refused.
    """
    raw = assemble([counts], plan, (counts.committee,), book)
    nobody = impossible(raw.cubes, book.dataflow(plan.dataflow), book)
    seen: dict[frozenset[tuple[str, str]], int] = {}
    for cube in raw.cubes:
        if raw.counts[cube.id][nobody[cube.id]].any():
            raise TablesInvalid(cube=cube.id, reason="tables.impossible")
        for axis_number, axis in enumerate(cube.axes):
            for parent, children in axis.sums:
                whole = np.take(raw.counts[cube.id], parent, axis=axis_number)
                if (whole != np.take(raw.counts[cube.id], children, axis=axis_number).sum(axis=axis_number)).any():
                    raise TablesInvalid(cube=cube.id, reason="tables.totals_differ")
        for index in cube.indices():
            count = int(raw.counts[cube.id][index])
            if seen.setdefault(cube.cell_key(index), count) != count:
                raise TablesInvalid(cube=cube.id, reason="tables.cubes_differ")


def _singles(said: Json, counts: Counts, plan: Plan, book: Codebook) -> dict[str, dict[str, NDArray[np.bool_]]]:
    """Return where one event or organisation stands alone; nowhere else than where somebody is counted."""
    if not isinstance(said, Mapping) or not said.keys() <= counts.collected & set(LINKS):
        raise TablesInvalid(cube="", reason="tables.behind")
    found: dict[str, dict[str, NDArray[np.bool_]]] = {}
    for link, cubes in said.items():
        if not isinstance(cubes, Mapping) or cubes.keys() != counts.cubes.keys():
            raise TablesInvalid(cube="", reason="tables.cubes")
        found[link] = {cube.id: _places(cubes[cube.id], cube, plan, book) for cube in plan.cubes}
        for cube in plan.cubes:
            persons = margins(counts.cubes[cube.id], dimensions(cube, plan, book))
            if (found[link][cube.id] & (persons == 0)).any():
                raise TablesInvalid(cube=cube.id, reason="tables.behind")
    return found


def _caseloads(said: Json, counts: Counts, plan: Plan, book: Codebook) -> tuple[Caseload, ...]:
    """Return what each organisation knows: together no more persons than the committee counted."""
    if not isinstance(said, list):
        raise TablesInvalid(cube="", reason="tables.behind")
    known = [_arrays(each, plan, book) for each in said]
    for each in known:
        check_agreement(replace(counts, cubes=each), plan, book)
    for name, persons in counts.cubes.items():
        if known and (sum(each[name] for each in known) > persons).any():
            raise TablesInvalid(cube=name, reason="tables.behind")
    return told_apart(known)


def _listed(counts: Mapping[str, NDArray[np.int64]], plan: Plan, book: Codebook) -> Json:
    return {cube.id: list(_cells(counts[cube.id], cube, plan, book)) for cube in plan.cubes}


def _marked(found: Mapping[str, NDArray[np.bool_]], plan: Plan, book: Codebook) -> Json:
    told: dict[str, Json] = {}
    for cube in plan.cubes:
        axes = [dim.axis for dim in dimensions(cube, plan, book)]
        places = np.argwhere(found[cube.id]).tolist()
        told[cube.id] = [[axis.nodes[at].code for axis, at in zip(axes, place, strict=True)] for place in places]
    return told


def _places(said: Json, cube: CubePlan, plan: Plan, book: Codebook) -> NDArray[np.bool_]:
    axes = [dim.axis for dim in dimensions(cube, plan, book)]
    found = np.zeros([len(axis.nodes) for axis in axes], dtype=np.bool_)
    for codes in said if isinstance(said, list) else [None]:
        if not isinstance(codes, list):
            raise TablesInvalid(cube=cube.id, reason="tables.cell")
        try:
            found[
                tuple([node.code for node in axis.nodes].index(code) for axis, code in zip(axes, codes, strict=True))
            ] = True
        except ValueError as fault:
            raise TablesInvalid(cube=cube.id, reason="tables.unknown_cell") from fault
    return found


def _arrays(cubes: Json, plan: Plan, book: Codebook) -> dict[str, NDArray[np.int64]]:
    if not isinstance(cubes, Mapping) or cubes.keys() != {cube.id for cube in plan.cubes}:
        raise TablesInvalid(cube="", reason="tables.cubes")
    return {cube.id: _array(cubes[cube.id], cube, plan, book) for cube in plan.cubes}


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
        case [list(codes), int(count)] if (
            0 < count <= MOST and not isinstance(count, bool) and _texts(codes) is not None
        ):
            return codes, count
        case _:
            raise TablesInvalid(cube=cube.id, reason="tables.cell")


def _texts(value: object) -> list[str] | None:
    return value if isinstance(value, list) and all(isinstance(each, str) for each in value) else None
