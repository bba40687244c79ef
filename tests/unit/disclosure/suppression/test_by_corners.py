"""Blocks chosen by arrays: each step keeps every margin, and what is taken for settled is so for the checker, too."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
import pytest
from scipy.optimize import linprog

from amana.disclosure.audit import audit
from amana.disclosure.suppression.at_once import by_corners
from amana.disclosure.suppression.at_once import method as at_once
from amana.disclosure.suppression.at_once.by_corners import ByCorners
from amana.disclosure.suppression.at_once.corners import FREE, Corners, Step, swaps
from amana.disclosure.suppression.at_once.lifts import Lifts
from amana.disclosure.suppression.at_once.sparing import Sparing, Task
from amana.disclosure.suppression.knowledge import parties
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.primary import given, start
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.table import Axis, ClearingRefused, Cube, Node, Publication, RawTable, Rule

K = 5


def flat(dim: str, size: int) -> Axis:
    nodes = (Node("_T", None), *(Node(f"{each}", (dim, f"{each}")) for each in range(size)))
    return Axis(dim, nodes, ((0, tuple(range(1, size + 1))),))


def with_margins(table: np.ndarray) -> np.ndarray:
    for dim in range(table.ndim):
        table = np.concatenate([table.sum(axis=dim, keepdims=True), table], axis=dim)
    return table


def square(leaves: list[list[int]], hidden: str = "") -> Corners:
    """A table of two axes. hidden: the leaves' places, row by row from 0, that cost nothing: ``00 12``."""
    counts = with_margins(np.array(leaves))
    cube = Cube("t", (flat("A", len(leaves)), flat("B", len(leaves[0]))))
    price = np.ones(counts.shape, dtype=np.float32)
    for row, column in hidden.split():
        price[int(row) + 1, int(column) + 1] = FREE
    usable = np.ones(counts.shape, dtype=np.bool_)
    return Corners(cube, usable, counts.ravel(), price.ravel())


def moved(corners: Corners, row: int, column: int, way: int, by: int) -> list[list[int]]:
    """What the leaves of the table become, or nothing."""
    table = corners.room.reshape(corners.shape).copy()
    steps = corners.reach((row + 1) * corners.shape[1] + column + 1, way, by)
    for step in steps:
        table.ravel()[step.places] += step.by
    for dim in range(table.ndim):
        lines = np.moveaxis(table, dim, 0)
        assert (lines[0] == lines[1:].sum(axis=0)).all()
    return table[1:, 1:].tolist() if steps else []


def test_a_cell_rises_by_the_cheapest_block():
    table = [[1, 9, 9], [9, 9, 9], [9, 9, 9]]
    assert len(np.flatnonzero(np.array(moved(square(table), 0, 0, 1, 4)) == 5)) == 3
    assert moved(square(table, "02 20 22"), 0, 0, 1, 4) == [[5, 9, 5], [9, 9, 9], [5, 9, 13]]


def test_what_one_block_cannot_do_two_do():
    assert moved(square([[0, 3, 2], [9, 0, 0]]), 0, 0, 1, 5) == [[5, 0, 0], [4, 3, 2]]


def test_a_cell_falls_and_stays_above_what_is_possible():
    assert moved(square([[2, 1], [1, 2]]), 0, 0, -1, 2) == [[0, 3], [3, 0]]


def test_what_cannot_be_leaves_all_as_it_was():
    corners = square([[0, 3, 1], [9, 0, 0]])
    assert moved(corners, 0, 0, 1, 5) == []
    assert moved(corners, 0, 0, 1, 4) == [[4, 0, 0], [5, 3, 1]]
    assert moved(square([[0, 0], [0, 0]]), 0, 0, 1, 1) == []


def test_nobody_swaps_with_a_sum_nor_with_an_answer_to_two_questions():
    nodes = tuple(
        Node(code, None if code == "_T" else ("T", code)) for code in ("_T", "minor", "adult", "young", "old")
    )
    tree = Axis("T", nodes, ((0, (1, 2)), (1, (3, 4))))
    assert {tuple(pair) for pair in np.argwhere(swaps(tree) == 0).tolist()} == {(3, 4), (4, 3)}
    twice = Axis("T", nodes, ((0, (1, 2)), (0, (2, 3))))
    assert not (swaps(twice) == 0).any()


def test_among_very_many_partners_the_cheapest_are_tried():
    above, below = moved(square([[0] + [9] * 30, [9] * 31], "09 10 19"), 0, 0, 1, 5)
    assert (above[0], above[9], below[0], below[9]) == (5, 4, 4, 14)


@pytest.mark.parametrize("shape", [(4,), (3, 5), (3, 4, 5), (2, 3, 3, 2)])
def test_the_block_is_the_cheapest_by_person_of_all_there_are(shape: tuple[int, ...]):
    rng, found = np.random.default_rng(6), 0
    cube = Cube("t", tuple(flat(dim, size) for dim, size in zip("ABCD", shape, strict=False)))
    for _ in range(30):
        counts = with_margins(rng.integers(0, 7, shape))
        price = rng.choice([FREE, 1.0, 2.5, 4.0, np.inf], counts.shape, p=[0.3, 0.2, 0.2, 0.27, 0.03]).astype(
            np.float32
        )
        here = tuple(int(rng.integers(1, 1 + size)) for size in shape)
        way, by = int(rng.choice([1, -1])), int(rng.integers(1, 4))
        blocks = []
        for far in product(*(range(1, 1 + size) for size in shape)):
            if all(one != other for one, other in zip(here, far, strict=True)):
                corners = list(product(*zip(here, far, strict=True)))
                signs = [way * (-1) ** sum(one != other for one, other in zip(at, here, strict=True)) for at in corners]
                most = min(by, *(counts[at] for at, sign in zip(corners, signs, strict=True) if sign < 0))
                cost = sum(price[at] for at in corners if at != here)
                if most and cost < np.inf:
                    blocks.append((cost / most, most))
        usable = np.ones(counts.shape, dtype=np.bool_)
        steps = Corners(cube, usable, counts.ravel(), price.ravel()).reach(
            int(np.ravel_multi_index(here, counts.shape)), way, by
        )
        assert bool(steps) or not blocks or min(blocks)[1] < by  # else several blocks may end nowhere
        if steps:
            cost = sum(price.ravel()[place] for place in steps[0].places.tolist()[1:])
            assert cost / steps[0].by.max() == pytest.approx(min(blocks)[0])
            assert sum(int(step.by[0]) for step in steps) == way * by
        found += bool(steps)
    assert found > 5


def test_what_has_far_to_fall_costs_more_than_its_price():
    raw, rule = released(Random(2), ("ABC", "ABD"), 3000, zeros_hidden=True)
    mask = mask_of(raw, rule)
    some = np.arange(mask.system.cells)
    more = ByCorners(raw.cubes, mask, np.random.default_rng(0), alone=True)._prices(some) / mask.cost[some]
    order = np.argsort(mask.truth[some])
    assert (np.diff(more[order]) > -1e-9).all()
    assert more[mask.truth[some] == 0].tolist() == [1.0] * int((mask.truth[some] == 0).sum())
    assert more.max() > 2


def test_every_proof_holds_and_nothing_is_hidden_for_nobody():
    rng = np.random.default_rng(5)
    for _ in range(20):
        leaves = rng.integers(0, 12, (4, 4))
        counts = with_margins(leaves).ravel()
        inner = np.zeros((5, 5), dtype=np.bool_)
        inner[1:, 1:] = True
        small = (counts < K) & inner.ravel()
        price = np.where(small, FREE, 1).astype(np.float32)
        cube = Cube("t", (flat("A", 4), flat("B", 4)))
        corners = Corners(cube, inner, counts, price)
        done = Sparing(Task(corners, np.where(small, K - counts, 0), np.where(small, counts, 0)), rng)
        touched = set()
        for (place, way), step in done.proofs.items():
            world = counts.copy()
            world[step.places] += step.by
            assert (world >= 0).all()
            assert done.hidden[step.places].all()
            assert world[place] >= K if way > 0 else world[place] == 0
            assert (with_margins(world.reshape(5, 5)[1:, 1:]).ravel() == world).all()
            touched |= set(step.places.tolist())
        assert set(np.flatnonzero(done.hidden & ~small).tolist()) <= touched


def released(rng: Random, shapes: tuple[str, ...], most: int, *, zeros_hidden: bool) -> tuple[RawTable, Rule]:
    """Cubes over shared axes, of persons drawn at random."""
    persons = np.array([[rng.choice((0, 0, 1, 2, 3)[: 1 + size]) for size in (3, 4, 3, 2)] for _ in range(most)])
    persons %= np.array([3, 4, 3, 2])
    return counted(persons, shapes), Rule(K, zeros_hidden, coalition=0)


@pytest.mark.parametrize("zeros_hidden", [True, False])
@pytest.mark.parametrize("shapes", [("ABC", "ABD"), ("AB", "BC", "CA"), ("A", "AB")])
def test_what_is_taken_for_settled_is_so_for_linear_programming(shapes: tuple[str, ...], zeros_hidden: bool):
    settled = 0
    for seed in range(3):
        raw, rule = released(Random(seed), shapes, 60 + 100 * seed, zeros_hidden=zeros_hidden)
        mask = mask_of(raw, rule)
        ByCorners(raw.cubes, mask, np.random.default_rng(seed), alone=True).protect()
        free = np.flatnonzero((mask.hidden & mask.movable)[:-1])
        rows, truth = mask.system.equations[:, free], mask.truth[free]
        least = np.minimum(truth, rule.hidden_least)
        for at in np.flatnonzero(mask.settled(free)[:, 0] & ~mask.exempt[free, 0]).tolist():
            only = np.arange(len(free)) == at
            bounds = list(zip(least, [None] * len(free), strict=True))
            ends = [linprog(way * only, A_eq=rows, b_eq=rows @ truth, bounds=bounds) for way in (1, -1)]
            low = ends[0].fun
            high = np.inf if ends[1].fun is None or ends[1].status else -ends[1].fun
            assert high >= K - 1e-6
            assert low <= mask.floor[free[at], 0] + 1e-6 or (low >= K - 1e-6 and high > low + 1e-6)
            settled += 1
    assert settled > 0


@pytest.mark.parametrize("zeros_hidden", [True, False])
def test_where_nothing_is_lost_the_checker_agrees(zeros_hidden: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(at_once, "_FEW", 0)  # as if there were very many cells: by corners alone
    kept = 0
    for seed in range(12):
        raw, rule = released(Random(seed), ("ABC", "ABD"), 400 + 60 * seed, zeros_hidden=zeros_hidden)
        candidate, lost = at_once.protect(raw, link(raw), rule, Random(seed))
        page = Publication(raw.cubes, candidate.values, candidate.status, K, zeros_hidden)
        assert lost.any() or audit([page]).passed
        kept += not lost.any()
    assert kept > 0


def test_it_hides_the_same_however_many_work_at_it(monkeypatch: pytest.MonkeyPatch):
    persons = np.random.default_rng(2).integers(0, (3, 4, 3, 2, 4, 4), (60, 6))
    raw, rule, masks = counted(persons, ("ABC", "DEF")), Rule(K, zeros_hidden=True, coalition=0), []
    for threads in (1, 4):
        monkeypatch.setattr(by_corners, "_THREADS", threads)
        masks.append(mask_of(raw, rule))
        ByCorners(raw.cubes, masks[-1], np.random.default_rng(0), alone=True).protect()
    one, four = masks
    for what in ("hidden", "low", "high", "never_small"):
        assert np.array_equal(getattr(one, what), getattr(four, what))
    assert one.effort.left == four.effort.left < Effort().left


def test_what_blocks_leave_open_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(at_once, "_FEW", 0)
    raw, rule = released(Random(0), ("ABC", "ABD"), 40, zeros_hidden=True)
    with pytest.raises(ClearingRefused) as refused:
        at_once.suppress_at_once(raw, rule, Random(0))
    assert refused.value.facts["reason"] == "beyond_protection"


def test_worlds_noted_together_say_what_they_say_one_after_the_other():
    raw, rule = released(Random(2), ("ABC", "ABD"), 300, zeros_hidden=True)
    together, apart, rng = mask_of(raw, rule), mask_of(raw, rule), np.random.default_rng(3)
    worlds = []
    for _ in range(60):
        places = rng.permutation(together.system.cells)[:8]
        worlds.append(Step(places, np.maximum(rng.integers(-6, 7, 8), -together.room[places, 0])))
    ByCorners(raw.cubes, together, rng, alone=True)._note(worlds)
    for each in worlds:
        apart.note(each.places, (apart.room[each.places] + each.by[:, None]).astype(np.int32))
    for mine, other in ((together.low, apart.low), (together.high, apart.high), (together.moved, apart.moved)):
        assert (mine == other).all()
    assert together.low[: together.system.cells].sum() > (together.room[: together.system.cells] == 0).sum()


def mask_of(raw: RawTable, rule: Rule) -> Mask:
    system, rng = link(raw), np.random.default_rng(1)
    return Mask(system, rule, parties(raw, rule, system), start(rule, system, rng, given(raw, rule, system, (), ())))


def test_a_sum_of_nobody_and_its_parts_are_somebody_in_other_worlds():
    rng = np.random.default_rng(2)
    persons = rng.integers(0, (3, 4, 3, 2), (900, 4))
    persons = persons[(persons[:, 0] > 0) | (persons[:, 1] > 0)]  # nobody is the first of both
    raw = counted(persons, ("ABC", "ABD"))
    mask = mask_of(raw, Rule(K, zeros_hidden=True, coalition=0))
    assert (mask.truth[mask.hidden] == 0).all()
    corners = ByCorners(raw.cubes, mask, rng, alone=True)
    alone = Sparing(Task(corners_of(raw.cubes[0], mask), *asked(raw.cubes[0], mask)), rng)
    assert not alone.proofs  # no block of one cube moves a part of nothing
    corners.protect()
    assert not mask.lost().any()
    assert mask.high[mask.system.numbers["ABC"][1, 1], 0].all()
    assert 12 < mask.hidden[: mask.system.cells].sum() < mask.system.cells / 2


def test_a_lift_keeps_every_sum_of_every_cube():
    raw = counted(np.random.default_rng(4).integers(0, (3, 4, 3, 2), (80, 4)), ("ABC", "ABD", "BCD"))
    mask = mask_of(raw, Rule(K, zeros_hidden=True, coalition=0))
    found = Lifts(raw.cubes, mask).protect()
    assert found
    for each in found:
        assert not (mask.system.equations[:, each.places] @ each.by).any()
        assert (mask.truth[each.places] + each.by >= 0).all()
        assert mask.hidden[each.places].all()


def test_no_lift_goes_through_an_axis_without_a_sum_nor_moves_a_group_of_categories():
    nodes = tuple(Node(code, None if code == "_T" else ("G", code)) for code in ("_T", "few", "many", "a", "b"))
    tree, sides = (
        Axis("G", nodes, ((0, (1, 2)), (1, (3, 4)))),
        Axis("S", (Node("x", ("S", "x")), Node("y", ("S", "y")))),
    )
    counts = np.array([[20, 20], [2, 2], [18, 18], [1, 1], [1, 1]])
    cubes = (Cube("G-S", (tree, sides)),)
    raw = RawTable(cubes, {"G-S": counts}, {"G-S": np.zeros(counts.shape, dtype=np.bool_)})
    assert Lifts(cubes, mask_of(raw, Rule(K, zeros_hidden=True, coalition=0))).protect() == []
    flat_ = Axis("S", (Node("_T", None), *sides.nodes), ((0, (1, 2)),))
    cubes, whole = (Cube("G-S", (tree, flat_)),), np.concatenate([counts.sum(axis=1, keepdims=True), counts], axis=1)
    raw = RawTable(cubes, {"G-S": whole}, {"G-S": np.zeros(whole.shape, dtype=np.bool_)})
    mask = mask_of(raw, Rule(K, zeros_hidden=True, coalition=0))
    Lifts(cubes, mask).protect()
    assert not mask.high[mask.system.numbers["G-S"][1], 0].any()


def test_what_could_not_be_settled_is_shown_and_another_hidden_for_it():
    leaves = np.array([[2, 9, 9], [9, 9, 9], [9, 9, 9]])
    counts = with_margins(leaves).ravel()
    inner = np.pad(np.ones((3, 3), dtype=np.bool_), ((1, 0), (1, 0)))
    small = (counts < K) & inner.ravel()
    price = np.where(small, FREE, 1).astype(np.float32)
    cube = Cube("t", (flat("A", 3), flat("B", 3)))
    task = Task(Corners(cube, inner, counts, price), np.where(small, 3, 0), np.where(small, 2, 0))
    done = Sparing(task, np.random.default_rng(0))
    before = np.flatnonzero(done.hidden & ~small)
    done.do_without(before[:1].tolist(), price)
    assert not done.hidden[before[0]]
    assert done.hidden.sum() == 4
    done.do_without(np.flatnonzero(small).tolist(), price)  # what is small stays
    assert done.hidden[small].all()


def counted(persons: np.ndarray, shapes: tuple[str, ...]) -> RawTable:
    """Cubes over the axes A to F of 3, 4, 3, 2, 4 and 4 categories."""
    axes = {dim: flat(dim, size) for dim, size in zip("ABCDEF", (3, 4, 3, 2, 4, 4), strict=True)}
    cubes, counts = tuple(Cube(shape, tuple(axes[dim] for dim in shape)) for shape in shapes), {}
    for shape in shapes:
        table = np.zeros([len(axes[dim].nodes) - 1 for dim in shape], dtype=np.int64)
        np.add.at(table, tuple(persons[:, "ABCDEF".index(dim)] for dim in shape), 1)
        counts[shape] = with_margins(table)
    return RawTable(cubes, counts, {name: np.zeros(table.shape, dtype=np.bool_) for name, table in counts.items()})


def corners_of(cube: Cube, mask: Mask) -> Corners:
    ids = mask.system.numbers[cube.id]
    inner = np.ones(cube.shape, dtype=np.bool_)
    inner[0], inner[:, 0], inner[:, :, 0] = False, False, False
    price = np.where(mask.hidden[ids], FREE, 1).astype(np.float32)
    return Corners(cube, inner, mask.truth[ids].ravel(), price.ravel())


def asked(cube: Cube, mask: Mask) -> tuple[np.ndarray, np.ndarray]:
    ids = mask.system.numbers[cube.id].ravel()
    return np.where(mask.unmet(ids)[:, 0], K - mask.truth[ids], 0), np.zeros(len(ids), dtype=np.int64)
