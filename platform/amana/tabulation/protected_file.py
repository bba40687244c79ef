"""The protected tables file: figures that a committee cleared at home, and how they are read back and judged.

Runs in: committee (protect, render), worker (parse).
Sees: true counts while it protects; after that only what the committee itself would publish.

Canonical JSON, format ``amana-protected-tables/1``. Every cell of the plan's cubes that is shown is listed with its
value, margins and zeros included; a cell that is not listed is hidden, or was not collected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana import canonical
from amana.canonical import Json
from amana.codebook.model import AREA, Codebook
from amana.disclosure.audit import audit
from amana.disclosure.clear import clear
from amana.disclosure.join import Guest, Statuses, Values
from amana.disclosure.table import Cube, KnownFigure, Publication, Rule, Status
from amana.errors import Malformed
from amana.plans.axes import dimensions, shape_of
from amana.plans.impossible import impossible
from amana.plans.plan import Plan
from amana.tabulation.counts_file import MOST, TablesInvalid, check_books, check_collected
from amana.tabulation.tabulate import Counts, at_home, gaps

FORMAT: Final = "amana-protected-tables/1"
_ABOUT: Final = ("committee", "dataflow", "period", "plan", "plan_digest", "codebook_digest")
_KEYS: Final = frozenset(("format", *_ABOUT, "collected", "least_count", "zeros_hidden", "cubes"))


@dataclass(frozen=True)
class Protected:
    """Tables of one committee as it protected them. ``guest`` is what joins a release."""

    committee: str
    dataflow: str
    period: str
    plan: str
    plan_digest: str
    codebook_digest: str
    collected: frozenset[str]
    zeros_hidden: bool
    guest: Guest


def protect(
    counts: Counts, plan: Plan, book: Codebook, rule: Rule, rng: Random, *, known: Sequence[KnownFigure] = ()
) -> Protected:
    """Return the committee's counts as they may leave it under ``rule``.

    known: what is printed elsewhere about its persons. Raises ClearingRefused when they cannot be protected.
    """
    cleared = clear(at_home(counts, plan, book), rule, rng, known=known)
    own = {cube.id: _own(cube) for cube in cleared.cubes}
    guest = Guest(
        counts.committee,
        {name: cleared.values[name][place] for name, place in own.items()},
        {name: cleared.status[name][place] for name, place in own.items()},
        rule.least_count,
    )
    about = (counts.committee, counts.dataflow, counts.period, counts.plan, counts.plan_digest, counts.codebook_digest)
    return Protected(*about, counts.collected, rule.zeros_hidden, guest)


def render_protected(tables: Protected, plan: Plan, book: Codebook) -> bytes:
    """Return the file's bytes; ``parse_protected`` reads them back."""
    cubes: dict[str, Json] = {cube.id: list(_cells(cube, tables.guest)) for cube in _shapes(plan, book)}
    return canonical.encode(
        {
            "format": FORMAT,
            **{name: getattr(tables, name) for name in _ABOUT},
            "collected": sorted(tables.collected),
            "least_count": tables.guest.least_count,
            "zeros_hidden": tables.zeros_hidden,
            "cubes": cubes,
        }
    )


def parse_protected(
    raw: bytes, plan: Plan, book: Codebook, floor: Rule, *, known: Sequence[KnownFigure] = ()
) -> Protected:
    """Return the tables in a protected tables file.

    floor: what the region asks of every table; a file that was protected less is refused.
    known: what is printed elsewhere, also since the file was made; the reader of that must derive nothing either.
    Raises Malformed when the bytes are no such file; TablesInvalid when it is of another plan or codebook, has a cell
    that the plan does not declare, was protected less than ``floor``, or lets something be derived.
    """
    said = canonical.decode(raw)
    if not isinstance(said, Mapping) or said.keys() != _KEYS or said["format"] != FORMAT:
        raise Malformed(format=FORMAT)
    collected, least, hidden = said["collected"], said["least_count"], said["zeros_hidden"]
    if not (
        isinstance(collected, list) and all(isinstance(each, str) for each in (*collected, *map(said.get, _ABOUT)))
    ):
        raise Malformed(format=FORMAT)
    check_collected(list(map(str, collected)), plan, book, FORMAT)
    if isinstance(least, bool) or not isinstance(least, int) or not isinstance(hidden, bool):
        raise Malformed(format=FORMAT)
    check_books(said, plan, book)
    if least < floor.least_count or (floor.zeros_hidden and not hidden):
        raise TablesInvalid(cube="", reason="tables.protected_less")
    about = {name: str(said[name]) for name in _ABOUT}
    arrays = _arrays(said["cubes"], plan, book, frozenset(map(str, collected)))
    guest = Guest(about["committee"], *arrays, least)
    _judge(guest, plan, book, known, zeros_hidden=hidden)
    return Protected(**about, collected=frozenset(map(str, collected)), zeros_hidden=hidden, guest=guest)


def _judge(guest: Guest, plan: Plan, book: Codebook, known: Sequence[KnownFigure], *, zeros_hidden: bool) -> None:
    """Raise TablesInvalid unless the checker passes what the committee would publish."""
    publication = Publication(_shapes(plan, book), guest.values, guest.status, guest.least_count, zeros_hidden)
    verdict = audit([publication], known=list(_hidden_yet_printed(publication, guest.code, known)))
    if not verdict.passed:
        raise TablesInvalid(cube=verdict.findings[0].cube, reason="tables.protected_badly")


def _hidden_yet_printed(
    publication: Publication, committee: str, known: Sequence[KnownFigure]
) -> Iterator[KnownFigure]:
    """Yield the printed figures of cells that the committee hides; what it shows, it shows as it knows it."""
    hidden = {
        cube.cell_key(index)
        for cube in publication.cubes
        for index in map(tuple, np.argwhere(publication.status[cube.id] == Status.HIDDEN).tolist())
    }
    for figure in known:
        own = replace(figure, key=figure.key - {(AREA, committee)})
        if own.key != figure.key and own.key in hidden:
            yield own


def _shapes(plan: Plan, book: Codebook) -> tuple[Cube, ...]:
    """Return the plan's cubes as one committee fills them: without the axis of areas."""
    whole = (shape_of(cube, plan, book, ()) for cube in plan.cubes)
    return tuple(Cube(cube.id, tuple(axis for axis in cube.axes if axis.dim != AREA), cube.filter) for cube in whole)


def _own(cube: Cube) -> tuple[slice | int, ...]:
    """Return where the only member's cells are, in a cube with or without the axis of areas."""
    return tuple(1 if axis.dim == AREA else slice(None) for axis in cube.axes)


def _cells(cube: Cube, guest: Guest) -> Iterator[Json]:
    values, status = guest.values[cube.id], guest.status[cube.id]
    for index in map(tuple, np.argwhere(status == Status.SHOWN)):
        yield [list(cube.cell_codes(index)), int(values[index])]


def _arrays(cubes: Json, plan: Plan, book: Codebook, collected: frozenset[str]) -> tuple[Values, Statuses]:
    shapes = _shapes(plan, book)
    if not isinstance(cubes, Mapping) or cubes.keys() != {cube.id for cube in shapes}:
        raise TablesInvalid(cube="", reason="tables.cubes")
    nobody = impossible(shapes, book.dataflow(plan.dataflow), book)
    values, status = {}, {}
    for shape, declared in zip(shapes, plan.cubes, strict=True):
        absent = gaps(collected, declared, dimensions(declared, plan, book)) | nobody[shape.id]
        values[shape.id], status[shape.id] = _read(cubes[shape.id], shape, absent)
    return values, status


def _read(cells: Json, cube: Cube, absent: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    values = np.zeros(cube.shape, dtype=np.int64)
    status = np.where(absent, Status.NOT_COLLECTED, Status.HIDDEN).astype(np.uint8)
    places = [{node.code: place for place, node in enumerate(axis.nodes)} for axis in cube.axes]
    for codes, value in _listed(cells, cube):
        try:
            index = tuple(place[code] for place, code in zip(places, codes, strict=True))
        except (KeyError, ValueError) as fault:
            raise TablesInvalid(cube=cube.id, reason="tables.unknown_cell") from fault
        if status[index] != Status.HIDDEN:
            reason = "tables.cell_twice" if status[index] == Status.SHOWN else "tables.unknown_cell"
            raise TablesInvalid(cube=cube.id, reason=reason)
        values[index], status[index] = value, Status.SHOWN
    return values, status


def _listed(cells: Json, cube: Cube) -> Iterator[tuple[Sequence[str], int]]:
    if not isinstance(cells, list):
        raise TablesInvalid(cube=cube.id, reason="tables.cell")
    for cell in cells:
        match cell:
            case [list(codes), int(value)] if 0 <= value <= MOST and not isinstance(value, bool):
                yield [str(code) for code in codes], value
            case _:
                raise TablesInvalid(cube=cube.id, reason="tables.cell")
