"""Minimality: the attacker has our program, and asks what it would have hidden in another table.

Runs in: worker, and anywhere an attacker may sit.   Sees: published cells, and the engine without its seed.
Small faces of the published cubes are taken as if each stood alone. A guess of its hidden cells is excluded when the
engine hides something for it that is shown. A cell is narrowed when no guess with nobody in it, or none with k, is
left, but another of them is, or one in between: where the attacker explains nothing, she has learnt nothing.
Source: Wong, Fu, Wang, Pei, Minimality attack in privacy preserving data publishing (VLDB 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray

from amana.disclosure.attacks.picture import Place
from amana.disclosure.table import Axis, ClearingRefused, Cube, Flags, Index, Numbers, Publication, RawTable, Status

Engine = Callable[[RawTable, Random], Mapping[str, NDArray[np.uint8]]]  # what would be shown and hidden of a table

_SEED: Final = 20261122  # of the guesses and of the attacker's own runs; the secret seed is not known here
_STEPS: Final = 10_000  # of the simplex method for one guess, which takes about ten
_MOST_CELLS: Final = 30  # of a face, margins included: an engine's run over it takes some hundredths of a second


@dataclass(frozen=True)
class Guessing:
    """faces: how many faces, at most. tries: guesses for one value of one cell, before it counts as excluded."""

    faces: int
    tries: int


@dataclass(frozen=True)
class Face:
    """A parent and its children on one axis or two, of one published cube. values: 0 where hidden."""

    cube: Cube
    of: str
    values: Numbers
    hidden: Flags


def minimality(publication: Publication, engine: Engine, effort: Guessing) -> tuple[int, tuple[Place, ...]]:
    """Return how many cells were tried, and those that knowing the program narrows."""
    every = list(faces(publication))
    stride = max(1, len(every) // max(effort.faces, 1))
    mark = 0 if publication.zeros_hidden else 1
    looked, narrowed = 0, []
    for face in every[::stride][: effort.faces]:
        guesser = _Guesser(face, engine, effort.tries)
        for index in map(tuple, np.argwhere(face.hidden).tolist()):
            ends = [guesser.explained(index, value) for value in (mark, publication.least_count)]
            if None not in ends:
                looked += 1
                between = (mark + publication.least_count) // 2
                if not all(ends) and (any(ends) or guesser.explained(index, between)):
                    narrowed.append((face.of, face.cube.cell_codes(index)))
    return looked, tuple(narrowed)


def faces(publication: Publication) -> Iterator[Face]:
    """Yield the faces of which something is hidden and something shown, in the order of the cubes."""
    for cube in publication.cubes:
        values, status = publication.values[cube.id], publication.status[cube.id]
        summed = [dim for dim, axis in enumerate(cube.axes) if axis.sums]
        for dims in combinations(summed, min(2, len(summed))) if summed else ():
            for choice in product(*(cube.axes[dim].sums for dim in dims)):
                yield from _faces(cube, dims, choice, (values, status))


def _faces(
    cube: Cube, dims: Sequence[int], sums: Sequence[tuple[int, Index]], cells: tuple[Numbers, NDArray[np.uint8]]
) -> Iterator[Face]:
    lines = [(parent, *children) for parent, children in sums]
    if np.prod([len(line) for line in lines]) > _MOST_CELLS:
        return
    axes = tuple(_flat(cube.axes[dim], line) for dim, line in zip(dims, lines, strict=True))
    others = [range(len(axis.nodes)) for dim, axis in enumerate(cube.axes) if dim not in dims]
    for rest in product(*others):
        where = list(rest)
        for dim, line in zip(dims, lines, strict=True):
            where.insert(dim, line)  # type: ignore[arg-type]
        at = np.ix_(*(np.atleast_1d(each) for each in where))
        shape = tuple(map(len, lines))
        values, status = cells[0][at].reshape(shape), cells[1][at].reshape(shape)
        hidden = status == Status.HIDDEN
        if hidden.any() and not hidden.all() and not (status == Status.NOT_COLLECTED).any():
            yield Face(Cube("face", axes), cube.id, values, hidden)


def _flat(axis: Axis, line: Index) -> Axis:
    return Axis(axis.dim, tuple(axis.nodes[node] for node in line), ((0, tuple(range(1, len(line)))),))


class _Guesser:
    """Makes guesses of one face that keep its sums, and asks the engine about them."""

    def __init__(self, face: Face, engine: Engine, tries: int) -> None:
        self._face, self._engine, self._tries = face, engine, tries
        self._chance = np.random.default_rng(_SEED)
        self._places = {index: at for at, index in enumerate(map(tuple, np.argwhere(face.hidden).tolist()))}
        self._rows, self._left = self._sums()
        self._plenty = float(face.values.max())  # persons: the aim for a cell of which nothing shown says more

    def explained(self, index: Index, value: int) -> bool | None:
        """Return whether some guess with this value in this cell could have given the mask; None: no table has it."""
        for attempt in range(self._tries):
            guess = self._guess(self._places[index], value)
            if guess is None:
                return None
            if self._could_be(guess, attempt):
                return True
        return False

    def _could_be(self, guess: Numbers, attempt: int) -> bool:
        cube = self._face.cube
        raw = RawTable((cube,), {cube.id: guess}, {cube.id: np.zeros(cube.shape, dtype=np.bool_)})
        try:
            status = self._engine(raw, Random(_SEED + attempt))[cube.id]  # noqa: S311 - the attacker's own run
        except ClearingRefused:
            return False
        return not ((status == Status.HIDDEN) & ~self._face.hidden).any()

    def _sums(self) -> tuple[Numbers, Numbers]:
        """Return the sums over the hidden cells, (lines, cells) of 1 and for a hidden sum -1, and what each leaves."""
        values, hidden = self._face.values, np.flatnonzero(self._face.hidden)
        number, rows, left = np.arange(values.size).reshape(values.shape), [], []
        for dim in range(values.ndim):
            for line in np.moveaxis(number, dim, -1).reshape(-1, values.shape[dim]):
                row = np.isin(hidden, line[1:]).astype(np.int64) - (hidden == line[0])
                if row.any():
                    rows.append(row)
                    left.append(int(values.flat[line[0]] - values.flat[line[1:]].sum()))
        return np.array(rows, dtype=np.int64), np.array(left, dtype=np.int64)

    def _guess(self, place: int, value: int) -> Numbers | None:
        """Return the table with this value that is nearest to a likely one, by chance another each time."""
        share = self._left / np.maximum((self._rows > 0).sum(axis=1), 1)
        known = (self._rows > 0) & (self._rows.min(axis=1) >= 0)[:, None]  # of a sum that is itself shown
        likely = np.min(np.where(known, share[:, None], np.inf), axis=0)
        likely = np.where(np.isfinite(likely), likely, self._plenty)
        aim = np.rint(likely * self._chance.uniform(0, 2, len(likely)))
        found = _nearest(self._rows, self._left, aim, (place, value))
        if found is None:
            return None
        guess = self._face.values.copy()
        guess[self._face.hidden] = found
        return guess


def _nearest(rows: Numbers, left: Numbers, aim: NDArray[np.float64], fixed: tuple[int, int]) -> Numbers | None:
    """Return the whole numbers >= 0 with rows @ x = left and one of them fixed that are nearest to ``aim``.

    The sums of a face are a network: the best vertex is in whole numbers.
    """
    size = rows.shape[1]
    lower, upper = -aim.copy(), np.zeros(size)
    up_upper = np.full(size, highspy.kHighsInf)
    away = fixed[1] - aim[fixed[0]]
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows.shape[0], 2 * size
    model.col_cost_ = np.concatenate([-np.ones(size), np.ones(size)])
    up_lower = np.zeros(size)
    lower[fixed[0]] = upper[fixed[0]] = min(away, 0.0)
    up_lower[fixed[0]] = up_upper[fixed[0]] = max(away, 0.0)
    model.col_lower_, model.col_upper_ = np.concatenate([lower, up_lower]), np.concatenate([upper, up_upper])
    model.row_lower_ = model.row_upper_ = (left - rows @ aim).astype(np.float64)
    columns = np.hstack([rows, rows]).T
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    at, line = np.nonzero(columns)
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=2 * size))]).astype(np.int32)
    model.a_matrix_.index_, model.a_matrix_.value_ = line.astype(np.int32), columns[at, line].astype(np.float64)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own signature
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("simplex_iteration_limit", _STEPS)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    parts = np.array(solver.getSolution().col_value, dtype=np.float64)
    return np.rint(aim + parts[:size] + parts[size:]).astype(np.int64)
