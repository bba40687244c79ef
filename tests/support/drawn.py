"""Tables drawn in text, read as cubes, counts and marks. Only for tests.

    by AREA x SEX     |  _T |  F |  M
    _T                |  40 | 25 | 15        ``x`` is the mark of a hidden cell, ``-`` not collected.
    MAR               |   x |  x | 10        A third axis is drawn as layers, each under a line ``[code]``.

``_T`` sums the other top codes of its axis; ``under`` puts codes below others; ``g`` and ``g:_O`` make a yes/rest pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Axis, ClearedTable, Cube, Insider, Node, RawTable, Status

MARKS = {"x": Status.HIDDEN, "-": Status.NOT_COLLECTED}
Covers = Mapping[str, Sequence[tuple[tuple[str, ...], str]]]


@dataclass(frozen=True)
class Drawing:
    """One drawn table. values: 0 under a mark."""

    cube: Cube
    values: NDArray[np.int64]
    status: NDArray[np.uint8]


def drawn(
    text: str,
    dims: Sequence[str] = ("ROW", "COL"),
    name: str = "drawn",
    *,
    under: Mapping[str, str] | None = None,
    covers: Covers | None = None,
    where: Sequence[tuple[str, str]] = (),
) -> Drawing:
    """Read a drawing. dims: two names, or three with layers. covers: by dim, (covering codes, covered code)."""
    layers = _layers(text)
    codes = [list(layers), *_frame(next(iter(layers.values())))] if len(dims) == 3 else _frame(layers[""])
    axes = tuple(
        _axis(dim, each, under or {}, (covers or {}).get(dim, ())) for dim, each in zip(dims, codes, strict=True)
    )
    cube = Cube(name, axes, tuple(where))
    words = [[_words(line)[1:] for line in lines[1:]] for lines in layers.values()]
    grid = np.array(words).reshape(cube.shape)
    status = np.vectorize(lambda word: MARKS.get(word, Status.SHOWN), otypes=[np.uint8])(grid)
    values = np.vectorize(lambda word: 0 if word in MARKS else int(word), otypes=[np.int64])(grid)
    return Drawing(cube, values, status)


def raw(*drawings: Drawing, insiders: Sequence[Insider] = (), lone: Sequence[Drawing] = ()) -> RawTable:
    """Take drawings for true counts. lone: drawn with 1 where one event or organisation stands behind a cell."""
    return RawTable(
        tuple(each.cube for each in drawings),
        {each.cube.id: each.values for each in drawings},
        {each.cube.id: each.status == Status.NOT_COLLECTED for each in drawings},
        tuple(insiders),
        {each.cube.id: each.values == 1 for each in lone},
    )


def insider(name: str, *drawings: Drawing, committee: bool = True) -> Insider:
    """Take drawings for what somebody knows by name."""
    return Insider(name, committee, {each.cube.id: each.values for each in drawings})


def seen(cleared: ClearedTable, cube_id: str) -> list[list[str]]:
    """Draw what a reader sees of one cube, as words."""
    words = np.where(cleared.status[cube_id] == Status.SHOWN, cleared.values[cube_id].astype(str), "x")
    words = np.where(cleared.status[cube_id] == Status.NOT_COLLECTED, "-", words)
    return words.reshape(-1, words.shape[-1]).tolist()


def words(text: str) -> list[list[str]]:
    """Return the words of a drawing, as ``seen`` gives them."""
    return [_words(line)[1:] for lines in _layers(text).values() for line in lines[1:]]


def _layers(text: str) -> dict[str, list[str]]:
    layers: dict[str, list[str]] = {}
    current = ""
    for line in filter(str.strip, text.splitlines()):
        if line.strip().startswith("["):
            current = line.strip().strip("[]")
        else:
            layers.setdefault(current, []).append(line)
    return layers


def _words(line: str) -> list[str]:
    return [word.strip() for word in line.split("|")]


def _frame(lines: Sequence[str]) -> list[list[str]]:
    return [[_words(line)[0] for line in lines[1:]], _words(lines[0])[1:]]


def _axis(
    dim: str, codes: Sequence[str], under: Mapping[str, str], covers: Sequence[tuple[tuple[str, ...], str]]
) -> Axis:
    place = {code: number for number, code in enumerate(codes)}
    pairs = [code for code in codes if f"{code}:_O" in place]
    sums = [(0, (place[code], place[f"{code}:_O"])) for code in pairs]
    if "_T" in place and not pairs:
        for parent in codes:
            children = [code for code in codes if code != "_T" and under.get(code, "_T") == parent]
            if children:
                sums.append((place[parent], tuple(place[child] for child in children)))
    bound = [(tuple(place[each] for each in over), place[covered]) for over, covered in covers]
    return Axis(dim, tuple(_node(dim, code, bool(pairs)) for code in codes), tuple(sums), tuple(bound))


def _node(dim: str, code: str, several: bool) -> Node:
    if code == "_T":
        return Node(code, None)
    if several:
        form, _, rest = code.partition(":")
        return Node(code, (f"{dim}.{form}", "_O" if rest else "1"))
    return Node(code, (dim, code))
