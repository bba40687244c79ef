"""The attacks against an obvious slow way: write down every table that fits, and look."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.disclosure.attacks.linear import equations, linear
from amana.disclosure.attacks.presence import presence
from amana.disclosure.attacks.programme import Effort
from amana.disclosure.attacks.ranges import ranges
from amana.disclosure.attacks.subtraction import subtraction, told_exactly
from support.attacked import seen
from support.drawn import Drawing, drawn

EVERY = Effort(asks=100)
CODES = "ABC"


@st.composite
def tables(draw: st.DrawFn) -> tuple[Drawing, np.ndarray]:
    """Return a table with its margins, and a mask over all that is small and some other cells; the total is shown."""
    shape = draw(st.tuples(st.integers(2, 3), st.integers(2, 3)))
    inside = np.array(draw(st.lists(st.integers(0, 9), min_size=9, max_size=9))).reshape(3, 3)[: shape[0], : shape[1]]
    inside[0, 0] += 5
    whole = np.zeros((shape[0] + 1, shape[1] + 1), dtype=np.int64)
    whole[1:, 1:], whole[1:, 0] = inside, inside.sum(axis=1)
    whole[0] = whole.sum(axis=0)
    more = np.array(draw(st.lists(st.booleans(), min_size=16, max_size=16))).reshape(4, 4)[
        : whole.shape[0], : whole.shape[1]
    ]
    more[0, 0] = False
    hidden = (whole < 5) | more
    words = np.where(hidden, "x", whole.astype(str))
    lines = ["|_T|" + "|".join(CODES[: shape[1]])]
    lines += [f"{code}|" + "|".join(row) for code, row in zip(("_T", *CODES), words, strict=False)]
    return drawn("\n".join(lines)), whole


def every_table(drawing: Drawing, whole: np.ndarray) -> np.ndarray:
    """Return all tables that show the same, (tables, cells); the grand total is shown, so that they are few."""
    shape = tuple(side - 1 for side in whole.shape)
    most = np.where(
        drawing.status[1:, 1:] == 0,
        whole[1:, 1:],
        np.minimum.outer(
            np.where(drawing.status[1:, 0] == 0, whole[1:, 0], whole[0, 0]),
            np.where(drawing.status[0, 1:] == 0, whole[0, 1:], whole[0, 0]),
        ),
    )
    least = np.where(drawing.status[1:, 1:] == 0, whole[1:, 1:], 0)
    found = []
    rows = [
        [
            row
            for row in product(*(range(low, high + 1) for low, high in zip(least[at], most[at], strict=True)))
            if drawing.status[at + 1, 0] or sum(row) == whole[at + 1, 0]
        ]
        for at in range(shape[0])
    ]
    if np.prod([float(len(each)) for each in rows]) > 20_000:
        return np.zeros((0, whole.size), dtype=np.int64)
    for inside in map(np.array, product(*rows)):
        table = np.zeros(whole.shape, dtype=np.int64)
        table[1:, 1:], table[1:, 0] = inside, inside.sum(axis=1)
        table[0] = table.sum(axis=0)
        if (table == whole)[drawing.status == 0].all():
            found.append(table.ravel())
    return np.array(found)


@settings(max_examples=30, deadline=None)
@given(tables())
def test_what_can_be_said_is_what_is_true_of_every_table(drawing_and_truth: tuple[Drawing, np.ndarray]):
    drawing, whole = drawing_and_truth
    fits = every_table(drawing, whole)
    if not len(fits):
        return
    least, most = fits.min(axis=0), fits.max(axis=0)
    picture, reader = seen(drawing)
    bounds = subtraction(picture, reader)
    assert (bounds[0] <= least).all()
    assert (bounds[1] >= most).all()
    here, lower, unsure = presence(picture, reader, EVERY, bounds)
    tight, (_, upper), unknown = ranges(picture, reader, EVERY, (lower, bounds[1]))
    assert (lower <= least).all()
    assert (upper >= most).all()
    assert (unsure, unknown) == (0, 0)
    wanted = reader.wanted
    assert ((here | tight) == (wanted & ((least == most) | (most < 5) | ((least > 0) & (least < 5))))).all()
    assert not (told_exactly(picture, reader, *bounds) & ~tight).any()


@settings(max_examples=50, deadline=None)
@given(tables())
def test_equations_determine_what_a_null_space_says(drawing_and_truth: tuple[Drawing, np.ndarray]):
    drawing, whole = drawing_and_truth
    picture, reader = seen(drawing)
    free, rows, _ = equations(picture, reader)
    found, values = linear(picture, reader)
    _, sizes, directions = np.linalg.svd(rows.toarray(), full_matrices=True)
    null = directions[int((sizes > 1e-9).sum()) :]
    fixed = np.zeros(len(picture.lower), dtype=bool)
    fixed[free] = np.abs(null).max(axis=0, initial=0) < 1e-9
    assert (found == (fixed & reader.wanted)).all()
    assert (values[found] == whole.ravel()[found]).all()
