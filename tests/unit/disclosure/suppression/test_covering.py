"""What a covering hides: whatever each sum needs so that its neediest can be another number, and nothing alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from amana.disclosure.suppression.at_once.covering import cover
from amana.disclosure.suppression.knowledge import parties
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.primary import given, start
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.table import RawTable, Rule
from support.drawn import drawn, raw


def mask_of(table: RawTable, *, zeros_hidden: bool = True) -> Mask:
    rule, system, rng = Rule(5, zeros_hidden), link(table), np.random.default_rng(1)
    return Mask(
        system, rule, parties(table, rule, system), start(rule, system, rng, given(table, rule, system, (), ()))
    )


def covered(text: str, *, zeros_hidden: bool = True) -> list[list[str]]:
    """The marks of a drawn table after a covering, line by line."""
    table = raw(drawn(text, ("REF_AREA", "SEX")))
    mask = mask_of(table, zeros_hidden=zeros_hidden)
    mask.hide(cover(mask))
    hidden = mask.hidden[mask.system.numbers["drawn"]]
    counts = table.counts["drawn"].tolist()
    return [
        ["x" if mark else str(count) for mark, count in zip(*line, strict=True)]
        for line in zip(hidden.tolist(), counts, strict=True)
    ]


def test_a_small_cell_gets_the_cheapest_company_in_every_sum():
    assert covered("""
        by AREA x SEX |  _T |  F |  M |  O
        _T            | 102 | 32 | 40 | 30
        MAR           |  32 |  2 | 20 | 10
        TUN           |  30 | 10 | 10 | 10
        EGY           |  40 | 20 | 10 | 10""") == [
        ["102", "32", "40", "30"],
        ["32", "x", "20", "x"],
        ["30", "x", "10", "x"],
        ["40", "20", "10", "10"],
    ]


def test_small_cells_keep_each_other_company_where_they_can():
    assert covered("""
        by AREA x SEX |  _T |  F |  M |  O
        _T            |  89 | 49 | 18 | 22
        MAR           |  17 |  2 |  8 |  7
        TUN           |  27 |  7 |  9 | 11
        EGY           |  45 | 40 |  1 |  4""") == [
        ["89", "49", "18", "22"],
        ["17", "x", "8", "x"],
        ["27", "x", "x", "11"],
        ["45", "40", "x", "x"],
    ]


def test_where_others_cannot_fall_by_what_one_has_to_rise_one_more_is_hidden():
    drawing = """
        by AREA x SEX |  _T |  F |  M |  O
        _T            |  57 | 16 | 17 | 24
        MAR           |  11 |  1 |  2 |  8
        TUN           |  46 | 15 | 15 | 16"""
    assert covered(drawing)[1] == ["11", "x", "x", "x"]
    easier = drawing.replace("57 | 16 | 17", "61 | 16 | 21").replace("|  11 |  1 |  2 ", "|  15 |  1 |  6 ")
    assert covered(easier)[1] == ["15", "x", "x", "8"]


def test_a_published_zero_is_nobodys_company():
    drawing = """
        by AREA x SEX |  _T |  F |  M |  O
        _T            |  66 | 17 | 15 | 34
        MAR           |  20 |  2 |  0 | 18
        TUN           |  46 | 15 | 15 | 16"""
    assert covered(drawing, zeros_hidden=False)[1] == ["20", "x", "0", "x"]


def test_it_is_near_the_cheapest_of_all_that_do():
    rng, least, found = np.random.default_rng(3), 0.0, 0.0
    for _ in range(25):
        table = random_table(rng)
        mask = mask_of(table)
        price = mask.cost[: mask.system.cells].copy()
        fits = [chosen for chosen in every_choice(mask) if covers(mask, chosen)]
        hidden = mask.hidden.copy()
        hidden[cover(mask)] = True
        assert covers(mask, hidden)
        cost = [float(price[chosen[: mask.system.cells]].sum()) for chosen in (*fits, hidden)]
        least, found = least + min(cost), found + cost[-1]
    assert least <= found < 1.05 * least


def random_table(rng: np.random.Generator) -> RawTable:
    """Two areas by three sexes, one or two of whom are few."""
    leaves = rng.integers(5, 30, (2, 3))
    leaves.flat[rng.integers(0, 6, 2)] = rng.integers(0, 5, 2)
    rows = np.concatenate([leaves.sum(axis=0, keepdims=True), leaves])
    lines = [
        f"{code} | {sum(row)} | " + " | ".join(map(str, row))
        for code, row in zip(("_T", "MAR", "TUN"), rows.tolist(), strict=True)
    ]
    return raw(drawn("\n".join(["by AREA x SEX | _T | F | M | O", *lines]), ("REF_AREA", "SEX")))


def every_choice(mask: Mask) -> Iterator[np.ndarray]:
    """Yield what is hidden, whatever is hidden besides."""
    able = np.flatnonzero(~mask.hidden)
    for chosen in product((False, True), repeat=len(able)):
        hidden = mask.hidden.copy()
        hidden[able] = chosen
        yield hidden


def covers(mask: Mask, hidden: np.ndarray) -> bool:
    """Whether each sum has what its neediest lacks, unless nothing helps, and nothing is alone where nothing had to be.

    As the docstring of the room says it, sum by sum.
    """
    for row in mask.system.lines.toarray():
        line = [(int(at), int(sign)) for at, sign in zip(np.flatnonzero(row), row[row != 0], strict=True)]
        if not any(mask.hidden[at] for at, _ in line) and sum(hidden[at] for at, _ in line) == 1:
            return False
        for at, sign in line:
            for way, need in ((1, 5 - int(mask.truth[at])), (-1, int(mask.truth[at]))):
                if mask.hidden[at] and mask.truth[at] < 5 and need > made_up(mask, hidden, line, (at, sign * way)):
                    return False
    return True


def made_up(mask: Mask, hidden: np.ndarray, line: list[tuple[int, int]], change: tuple[int, int]) -> float:
    """By how many persons the others of a line can make up for one that changes."""
    return sum(int(mask.truth[at]) if sign == change[1] else 100 for at, sign in line if at != change[0] and hidden[at])


def test_once_the_effort_is_spent_nothing_is_covered():
    mask = mask_of(random_table(np.random.default_rng(3)))
    mask.effort.left = 0
    assert not len(cover(mask))
