"""Picture: what is published, as an attacker writes it down: quantities, and the sums that bind them.

Runs in: worker, and anywhere an attacker may sit.   Sees: published cells, printed figures, an insider's own counts.
Written apart from the engine and from the checker: three readings of the same tables have to agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from amana.disclosure.attacks.persons import sums_of_unprinted
from amana.disclosure.table import Cube, Flags, Insider, Key, KnownFigure, Numbers, Publication, Status

AREA: Final = "REF_AREA"  # SDMX concept: the axis of committees
FAR: Final = 2**40  # persons: nothing is known; sums of it stay exact

Place = tuple[str, tuple[str, ...]]  # cube and codes


@dataclass(frozen=True)
class Picture:
    """Every published quantity once: cells, then implied rests (whole minus filtered part), then slacks of covers.

    Last may come cells that nobody published, in which the persons of several tables stand (``persons``).

    places:       where each is first seen. number: by key, which quantity a cell is.
    grids:        by cube of the last publication, shape ``cube.shape``: which quantity each cell is.
    lower, upper: (n,) persons, what stands there; equal where shown, FAR where hidden.
    wanted:       (n,) what an attacker is after: hidden cells, and rests.
    rests:        (whole, part) of each rest, in their order.
    sums:         (m, n) of -1, 0, 1; sums @ x = 0.
    area:         (n,) number into ``areas`` of the committee that a cell is about, or -1.
    silent:       (n, areas) True where that committee's part of the cell is known to be not collected.
    mark:         persons, the least that a mark may stand for. least_count: k.
    """

    places: tuple[Place, ...]
    number: Mapping[Key, int]
    grids: Mapping[str, Numbers]
    lower: Numbers
    upper: Numbers
    wanted: Flags
    rests: tuple[tuple[int, int], ...]
    sums: sparse.csr_matrix
    areas: tuple[str, ...]
    area: Numbers
    silent: Flags
    mark: int
    least_count: int


@dataclass(frozen=True)
class Knowledge:
    """What one party knows about each quantity. floor: (n,) the least that a mark and its own persons allow."""

    lower: Numbers
    upper: Numbers
    floor: Numbers
    wanted: Flags


def draw(
    publications: Sequence[Publication], known: Iterable[KnownFigure] = (), *, as_persons: bool = False
) -> Picture:
    """Return one picture of publications of the same persons, unchanged between them; the last sets the rule.

    known:     figures printed elsewhere; such a cell is no secret any more, and is nobody's aim.
    as_persons: whether cells that nobody published are drawn as well.
    """
    last = publications[-1]
    pages = [(cube, page.values[cube.id], page.status[cube.id]) for page in publications for cube in page.cubes]
    number, grids, places = _number([cube for cube, _, _ in pages])
    count, wanted, not_asked = _read(pages, grids, len(places))
    for figure in known:
        if figure.key in number:
            count[number[figure.key]], wanted[number[figure.key]] = figure.count, False
    rests = tuple(_rests([cube for cube, _, _ in pages], grids, number, not_asked))
    rows = dict.fromkeys(row for (cube, _, _), grid in zip(pages, grids, strict=True) for row in _sums(cube, grid))
    lines = [*rows, *(((whole, -1), (part, 1), (len(places) + at, 1)) for at, (whole, part) in enumerate(rests))]
    covers = dict.fromkeys(row for (cube, _, _), grid in zip(pages, grids, strict=True) for row in _covers(cube, grid))
    first_slack = len(places) + len(rests)
    lines += [(*row, (first_slack + at, -1)) for at, row in enumerate(covers)]
    old = [cube for page in publications[:-1] for cube in page.cubes]
    attacked, beyond = last.cubes if as_persons else (), first_slack + len(covers)
    met, more = sums_of_unprinted(attacked, number, beyond, kept=old if as_persons else ())
    lines += met
    size = first_slack + len(covers) + more
    unknown = np.concatenate([count < 0, np.ones(size - len(places), dtype=np.bool_)])
    shown = np.concatenate([count, np.zeros(size - len(places), dtype=np.int64)])
    aims = np.arange(size) < first_slack
    aims[: len(places)] &= wanted
    mark = 0 if last.zeros_hidden else 1
    lower = np.where(unknown, 0, shown)
    lower[: len(places)][unknown[: len(places)] & wanted] = mark
    areas, area, silent = _areas(number, not_asked, size)
    return Picture(
        places=(*places, *((places[part][0], (f"not in {places[part][0]}", *places[part][1])) for _, part in rests)),
        number=number,
        grids={cube.id: grid for (cube, _, _), grid in zip(pages, grids, strict=True)},
        lower=lower,
        upper=np.where(unknown, FAR, shown),
        wanted=aims,
        rests=rests,
        sums=_matrix(lines, size),
        areas=areas,
        area=area,
        silent=silent,
        mark=mark,
        least_count=last.least_count,
    )


def outsider(picture: Picture) -> Knowledge:
    """Return what somebody knows who knows nothing else."""
    floor = np.full(len(picture.lower), picture.mark)
    return Knowledge(picture.lower, picture.upper, floor, picture.wanted)


def party(picture: Picture, members: Sequence[Insider]) -> Knowledge:
    """Return what these insiders know together: nothing is less than their own, and their own country is theirs.

    What nobody else can be in is no secret from them: cells of their own country, and regional cells of which every
    other committee's part was not collected.
    """
    own = np.sum([held(picture, one.counts) for one in members], axis=0)
    mine = np.isin(np.array(picture.areas), [one.name for one in members if one.committee])
    theirs = np.append(mine, [False])[picture.area]
    theirs |= (picture.area < 0) & mine.any() & (picture.silent | mine).all(axis=1)
    for at, (whole, part) in enumerate(picture.rests):
        rest = len(picture.number) + at
        theirs[rest] = theirs[whole] and theirs[part]
    unknown = picture.lower < picture.upper
    lower = np.where(unknown, np.maximum(picture.lower, own), picture.lower)
    floor = np.maximum(own, picture.mark)
    known = theirs & unknown & picture.wanted
    lower[known] = own[known]
    return Knowledge(lower, np.where(known, own, picture.upper), floor, picture.wanted & ~theirs)


def held(picture: Picture, counts: Mapping[str, Numbers]) -> Numbers:
    """Return (n,) how many of the persons in each quantity these counts are; 0 for slacks."""
    own = np.zeros(len(picture.lower), dtype=np.int64)
    for cube, grid in picture.grids.items():
        if cube in counts:
            own[grid] = counts[cube]
    for at, (whole, part) in enumerate(picture.rests):
        own[len(picture.number) + at] = own[whole] - own[part]
    return own


Row = tuple[tuple[int, int], ...]
Page = tuple[Cube, Numbers, NDArray[np.uint8]]


def _number(cubes: Sequence[Cube]) -> tuple[dict[Key, int], list[Numbers], list[Place]]:
    number: dict[Key, int] = {}
    places: list[Place] = []
    grids = []
    for cube in cubes:
        ids = []
        for index in cube.indices():
            at = number.setdefault(cube.cell_key(index), len(places))
            if at == len(places):
                places.append((cube.id, cube.cell_codes(index)))
            ids.append(at)
        grids.append(np.array(ids, dtype=np.int64).reshape(cube.shape))
    return number, grids, places


def _read(pages: Sequence[Page], grids: Sequence[Numbers], size: int) -> tuple[Numbers, Flags, Flags]:
    """Return what is shown (-1: nothing), what is hidden anywhere, and what was not collected.

    Nobody is in a cell that was not collected, unless it stands for the unknown or for a rest.
    """
    count, wanted, silent = np.full(size, -1), np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    for (cube, _, status), grid in zip(pages, grids, strict=True):
        absent = status == Status.NOT_COLLECTED
        silent[grid[absent]] = True
        count[grid[absent & _says_something(cube)]] = 0
    for (_, values, status), grid in zip(pages, grids, strict=True):
        wanted[grid[status == Status.HIDDEN]] = True
        count[grid[status == Status.SHOWN]] = values[status == Status.SHOWN]
    return count, wanted, silent


def _says_something(cube: Cube) -> Flags:
    clear = np.ones(cube.shape, dtype=np.bool_)
    for dim, axis in enumerate(cube.axes):
        vague = [node.code in {"_U", "_O"} or node.code.endswith(":_O") for node in axis.nodes]
        np.moveaxis(clear, dim, 0)[vague] = False
    return clear


def _sums(cube: Cube, grid: Numbers) -> Iterator[Row]:
    for dim, axis in enumerate(cube.axes):
        for line in np.moveaxis(grid, dim, -1).reshape(-1, len(axis.nodes)).tolist():
            for parent, children in axis.sums:
                yield ((line[parent], -1), *((each, 1) for each in sorted(line[child] for child in children)))


def _covers(cube: Cube, grid: Numbers) -> Iterator[Row]:
    for dim, axis in enumerate(cube.axes):
        for line in np.moveaxis(grid, dim, -1).reshape(-1, len(axis.nodes)).tolist():
            for covering, covered in axis.covers:
                yield ((line[covered], -1), *((each, 1) for each in sorted(line[over] for over in covering)))


def _rests(
    cubes: Sequence[Cube], grids: Sequence[Numbers], number: Mapping[Key, int], not_asked: Flags
) -> Iterator[tuple[int, int]]:
    seen = set()
    for cube, grid in zip(cubes, grids, strict=True):
        for index in cube.indices() if cube.filter else ():
            for condition in cube.filter:
                whole = number.get(cube.cell_key(index) - {condition})
                pair = (whole, int(grid[index]))
                if whole is not None and not not_asked[whole] and pair not in seen:
                    seen.add(pair)
                    yield whole, int(grid[index])


def _areas(number: Mapping[Key, int], not_asked: Flags, size: int) -> tuple[tuple[str, ...], Numbers, Flags]:
    codes = {at: code for key, at in number.items() for dim, code in key if dim == AREA}
    areas = tuple(sorted(set(codes.values())))
    area, silent = np.full(size, -1), np.zeros((size, len(areas)), dtype=np.bool_)
    for at, code in codes.items():
        area[at] = areas.index(code)
    for key, at in number.items():
        if area[at] < 0:
            parts = [number.get(key | {(AREA, code)}) for code in areas]
            silent[at] = [part is not None and not_asked[part] for part in parts]
    return areas, area, silent


def _matrix(rows: Sequence[Row], size: int) -> sparse.csr_matrix:
    at = [place for place, row in enumerate(rows) for _ in row]
    columns, signs = [each for row in rows for each, _ in row], [sign for row in rows for _, sign in row]
    return sparse.csr_matrix((np.array(signs, dtype=np.int64), (at, columns)), shape=(len(rows), size))
