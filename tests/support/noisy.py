"""Sources of noise for tests, and small systems of cubes with everybody in them written out. Only for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Axis, Cube, Node, RawTable

Person = Mapping[str, Sequence[str]]  # attribute → every code that counts this person


class Silent:
    """Adds nothing, and remembers what it was asked to add noise to."""

    def __init__(self) -> None:
        self.asked: list[tuple[NDArray[np.int64], float]] = []

    def add(self, values: NDArray[np.int64], scale: float) -> NDArray[np.int64]:
        assert values.dtype == np.int64
        self.asked.append((values.copy(), scale))
        return values


@dataclass
class Planted:
    """Adds a given float, in units of the scale, to each value in turn; the sum is not an integer, on purpose."""

    noise: NDArray[np.float64]
    used: int = field(default=0)

    def add(self, values: NDArray[np.int64], scale: float) -> NDArray[np.int64]:
        mine = self.noise[self.used : self.used + values.size]
        self.used += values.size
        return np.rint(values * 1.0 + mine * scale).astype(np.int64)


class Quick:
    """Rounded normal noise from a seed: as good as exact for statistics, and no good for protection."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def add(self, values: NDArray[np.int64], scale: float) -> NDArray[np.int64]:
        return values + np.rint(self.rng.normal(0, scale, values.shape)).astype(np.int64)


def flat(dim: str, codes: Sequence[str], *, total: bool = True) -> Axis:
    """A dimension without levels."""
    nodes = (*([Node("_T", None)] if total else []), *(Node(code, (dim, code)) for code in codes))
    return Axis(dim, nodes, ((0, tuple(range(1, len(nodes)))),) if total else ())


def tree(dim: str, under: Mapping[str, Sequence[str]]) -> Axis:
    """A dimension with groups: top code → codes below it, none for a top code that is a leaf."""
    codes = [code for top, below in under.items() for code in (top, *below)]
    nodes = (Node("_T", None), *(Node(code, (dim, code)) for code in codes))
    place = {code: number for number, code in enumerate(codes, 1)}
    inner = tuple((place[top], tuple(place[code] for code in below)) for top, below in under.items() if below)
    return Axis(dim, nodes, ((0, tuple(place[top] for top in under)), *inner))


def answers(dim: str, forms: Sequence[str]) -> Axis:
    """A multi-response dimension: each form, and its rest."""
    pairs = [
        (f"{form}{end}", (f"{dim}.{form}", answer)) for form in forms for end, answer in [("", "1"), (":_O", "_O")]
    ]
    nodes = (Node("_T", None), *(Node(code, key) for code, key in pairs))
    return Axis(dim, nodes, tuple((0, (at, at + 1)) for at in range(1, len(nodes), 2)))


def chosen(dim: str, codes: Sequence[str]) -> Axis:
    """Some codes of a dimension, and everybody else together."""
    keys = [(code, (dim, code)) for code in codes] + [("_O", (dim, f"_O:{','.join(sorted(codes))}"))]
    nodes = (Node("_T", None), *(Node(code, key) for code, key in keys))
    return Axis(dim, nodes, ((0, tuple(range(1, len(nodes)))),))


def count(cubes: Sequence[Cube], people: Sequence[frozenset[tuple[str, str]]]) -> RawTable:
    """Count people, each given as all (attribute, code) pairs that are true of them."""
    counts = {cube.id: np.zeros(cube.shape, dtype=np.int64) for cube in cubes}
    for cube in cubes:
        for index in cube.indices():
            counts[cube.id][index] = sum(cube.cell_key(index) <= person for person in people)
    return RawTable(tuple(cubes), counts, {cube.id: np.zeros(cube.shape, dtype=np.bool_) for cube in cubes})
