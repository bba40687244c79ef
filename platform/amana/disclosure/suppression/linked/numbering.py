"""Which quantity each cell of a release is: cells that say the same of the same persons are one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Cube


def number_cells(cubes: Sequence[Cube]) -> tuple[dict[str, NDArray[np.int64]], int]:
    """Return by cube id which quantity each cell is, and how many there are: cells with one key are one quantity."""
    names = sorted({pair for cube in cubes for pair in (*cube.filter, *_node_keys(cube))})
    code = {name: place for place, name in enumerate(names, 1)}
    width = max((len(cube.axes) + len(cube.filter) for cube in cubes), default=0)
    keys = np.concatenate([np.zeros((0, width), dtype=np.int64), *(_keys(cube, code, width) for cube in cubes)])
    keys.sort(axis=1)
    keys[:, 1:][keys[:, 1:] == keys[:, :-1]] = 0  # an axis may repeat what the filter says
    keys.sort(axis=1)
    joined = np.zeros(len(keys), dtype=np.int64)
    for column in keys.T:
        joined = np.unique(joined * (len(names) + 1) + column, return_inverse=True)[1]
    parts = np.split(joined, np.cumsum([cube.size for cube in cubes]))
    named = {cube.id: part.reshape(cube.shape) for cube, part in zip(cubes, parts, strict=False)}
    return named, int(joined.max(initial=-1)) + 1


def _node_keys(cube: Cube) -> Iterator[tuple[str, str]]:
    return (node.key for axis in cube.axes for node in axis.nodes if node.key is not None)


def _keys(cube: Cube, code: Mapping[tuple[str, str], int], width: int) -> NDArray[np.int64]:
    """Return (cells, width) the numbers of what each cell says, 0 for nothing."""
    keys = np.zeros((*cube.shape, width), dtype=np.int64)
    for dim, axis in enumerate(cube.axes):
        shape = [-1 if each == dim else 1 for each in range(len(cube.axes))]
        keys[..., dim] = np.array([0 if node.key is None else code[node.key] for node in axis.nodes]).reshape(shape)
    for at, pair in enumerate(cube.filter, len(cube.axes)):
        keys[..., at] = code[pair]
    return keys.reshape(-1, width)
