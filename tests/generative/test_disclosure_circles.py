"""Tables in a circle against somebody who tries every table of persons: nothing of ours is in the adversary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp

from amana.disclosure import clear as door
from amana.disclosure.attacks.report import AttackReport
from amana.disclosure.audit import audit_all
from amana.disclosure.suppression.suppress import suppress
from amana.disclosure.table import AREA, Axis, ClearingRefused, Cube, Insider, Node, Publication, RawTable, Rule, Status

FIVE = 5
MARGINS = 5  # figures that the first of two plans showed already
SOUND = AttackReport(())
SIDES = ((0, 1), (1, 2), (0, 2))  # which attributes stand in one table
SIZES = (4, 3, 2)
DIMS = (AREA, "FORM", "AGE")

Persons = NDArray[np.int64]  # (areas, forms, ages)
Cells = dict[tuple[int, ...], tuple[Persons, int | None]]  # who is counted in a cell, and its figure unless hidden


def axis(dim: str, size: int) -> Axis:
    nodes = (Node("_T", None), *(Node(f"{dim[0]}{each}", (dim, f"{dim[0]}{each}")) for each in range(size)))
    return Axis(dim, nodes, ((0, tuple(range(1, size + 1))),))


CUBES = tuple(Cube(f"{a}-{b}", (axis(DIMS[a], SIZES[a]), axis(DIMS[b], SIZES[b]))) for a, b in SIDES)

CUBE = {cube.id: cube for cube in CUBES}


def region(rng: np.random.Generator) -> Persons:
    """Draw some persons, most of them in few cells."""
    return rng.integers(0, 9, SIZES) * (rng.random(SIZES) < 0.7) + rng.integers(0, 30, SIZES) * (
        rng.random(SIZES) < 0.4
    )


def counts(persons: Persons) -> dict[str, NDArray[np.int64]]:
    found = {}
    for cube, sides in zip(CUBES, SIDES, strict=True):
        (out,) = {0, 1, 2} - set(sides)
        table = persons.sum(axis=out)
        for dim in range(2):
            table = np.concatenate([table.sum(axis=dim, keepdims=True), table], axis=dim)
        found[cube.id] = table
    return found


def tables(persons: Persons) -> RawTable:
    """Return the three tables, with a committee for each area."""
    codes = [node.code for node in CUBES[0].axes[0].nodes[1:]]
    own = [persons * (np.arange(SIZES[0]) == at)[:, None, None] for at in range(SIZES[0])]
    insiders = tuple(Insider(code, committee=True, counts=counts(mine)) for code, mine in zip(codes, own, strict=True))
    nobody = {cube.id: np.zeros(cube.shape, dtype=np.bool_) for cube in CUBES}
    return RawTable(CUBES, counts(persons), nobody, insiders)


def who(sides: tuple[int, int], at: tuple[int, int]) -> Persons:
    """Mark the persons counted in one cell; 0 stands for everybody."""
    marked = np.ones(SIZES, dtype=np.int64)
    for dim, node in zip(sides, at, strict=True):
        if node:
            shape = [-1 if each == dim else 1 for each in range(3)]
            marked = marked * (np.arange(SIZES[dim]) == node - 1).reshape(shape)
    return marked


def told(published: Publication, own: Persons, at: set[int]) -> list[tuple[str, tuple[int, int]]]:
    """Return the hidden cells of which somebody tells too much who knows who is in some areas. own: whom they know."""
    lines, sums, aims = [], [], []
    for cube, sides in zip(CUBES, SIDES, strict=True):
        for index in np.ndindex(*cube.shape):
            marked = who(sides, index).ravel()
            if published.status[cube.id][index] == Status.SHOWN:
                lines.append(marked)
                sums.append(published.values[cube.id][index] - (marked * own.ravel()).sum())
            elif not (sides[0] == 0 and index[0] - 1 in at):
                aims.append((cube.id, index, marked))
    far = np.full(SIZES, np.inf)
    far[sorted(at)] = 0  # nobody else is in their areas
    found = []
    for name, index, marked in aims:
        mine = int((marked * own.ravel()).sum())
        least = int(optimum(marked, lines, sums, far)) + mine
        most = -optimum(-marked, lines, sums, far) + mine
        sound = most > least and (least >= FIVE or (least <= mine and most >= FIVE))
        found += [] if sound else [(name, index)]
    return found


def optimum(marked: NDArray[np.int64], lines: list, sums: list, far: NDArray[np.float64]) -> float:
    solved = milp(
        marked,
        constraints=LinearConstraint(np.array(lines), sums, sums) if lines else (),
        integrality=np.ones(marked.size),
        bounds=(0, far.ravel()),
    )
    if solved.status in {3, 4}:
        return -np.inf
    assert solved.status == 0, solved.message
    return round(solved.fun)


def readers(persons: Persons, as_persons: int) -> dict[str, tuple[Persons, set[int]]]:
    """Return by name whom those know who are read as persons, and in which areas. as_persons: how many at most."""
    codes = [node.code for node in CUBES[0].axes[0].nodes[1:]]
    some = {"outsider": set[int]()}
    for size in range(1, as_persons + 1):
        some |= {"+".join(codes[at] for at in each): set(each) for each in combinations(range(len(codes)), size)}
    return {name: (persons * np.isin(np.arange(SIZES[0]), sorted(at))[:, None, None], at) for name, at in some.items()}


@pytest.mark.parametrize("as_persons", [1, 2])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_what_is_cleared_tells_nobody_too_much_of_persons(seed: int, as_persons: int):
    persons = region(np.random.default_rng(seed))
    raw = tables(persons)
    cleared = door.clear(raw, Rule(FIVE, zeros_hidden=True, coalition=2, as_persons=as_persons), Random(seed))
    published = Publication(CUBES, cleared.values, cleared.status, FIVE, zeros_hidden=True)
    for name, (own, at) in readers(persons, as_persons).items():
        assert not told(published, own, at), name


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (5, 6))])
def test_from_two_committees_persons_are_hidden_where_that_is_asked(seed: int):
    """By sums nothing is told in either release; what is asked for makes the difference."""
    persons = region(np.random.default_rng(seed))
    table, told_by = tables(persons), []
    for as_persons in (1, 2):
        rule = Rule(FIVE, zeros_hidden=True, coalition=2, as_persons=as_persons)
        found = suppress(table, rule, Random(seed))
        published = Publication(CUBES, found.values, found.status, FIVE, zeros_hidden=True)
        assert all(report.passed for report in audit_all([published], table.insiders).values())
        told_by.append([name for name, known in readers(persons, 2).items() if told(published, *known)])
    assert told_by[0]
    assert not told_by[1]


def test_no_release_passes_the_gate_that_tells_two_committees_of_persons(monkeypatch: pytest.MonkeyPatch):
    """What was hidden by sums is handed in: the checker refuses it, and the attacks are told to read so as well."""
    table = tables(region(np.random.default_rng(1)))
    by_sums = suppress(table, Rule(FIVE, zeros_hidden=True), Random(1))
    monkeypatch.setattr(door, "suppress", lambda *_given, **_more: by_sums)
    rule = Rule(FIVE, zeros_hidden=True, as_persons=2)
    with pytest.raises(ClearingRefused) as refused:
        door.clear(table, rule, Random(1))
    assert refused.value.facts["reason"] == "checker"
    asked: list[object] = []
    monkeypatch.setattr(door, "audit_each", lambda *_given, **_more: iter(()))
    monkeypatch.setattr(door, "attack_all", lambda _pages, **more: asked.append(more["as_persons"]) or SOUND)
    door.clear(table, rule, Random(1))
    assert asked == [2]


@pytest.mark.parametrize("as_persons", [1, 2])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_the_checker_says_of_any_marks_what_whoever_tries_every_table_says(seed: int, as_persons: int):
    rng = np.random.default_rng(100 + seed)
    persons = region(rng)
    raw = tables(persons)
    status = {}
    for cube in CUBES:
        hidden = (raw.counts[cube.id] < FIVE) | (rng.random(cube.shape) < 0.5)
        status[cube.id] = np.where(hidden, Status.HIDDEN, Status.SHOWN).astype(np.uint8)
        status[cube.id][0, 0] = Status.SHOWN
    status = _alike(status)
    values = {name: np.where(states == Status.SHOWN, raw.counts[name], 0) for name, states in status.items()}
    published = Publication(CUBES, values, status, FIVE, zeros_hidden=True)
    reports = audit_all([published], raw.insiders, as_persons=as_persons)
    keys = {(cube.id, cube.cell_codes(index)): cube.cell_key(index) for cube in CUBES for index in cube.indices()}
    for name, (own, at) in readers(persons, as_persons).items():
        convicted = {keys[each.cube, each.codes] for each in reports[name].findings}
        assert convicted == {CUBE[cube].cell_key(index) for cube, index in told(published, own, at)}, name


def _alike(status: dict[str, NDArray[np.uint8]]) -> dict[str, NDArray[np.uint8]]:
    """Hide a margin in every table or in none."""
    for at, sides in enumerate(SIDES):
        for other, more in enumerate(SIDES):
            for shared in set(sides) & set(more):
                one, two = status[CUBES[at].id], status[CUBES[other].id]
                here = np.moveaxis(one, sides.index(shared), 0)[:, 0]
                there = np.moveaxis(two, more.index(shared), 0)[:, 0]
                there[:] = np.maximum(here, there)
                here[:] = there
    return status


@pytest.mark.parametrize(
    ("first", "seed"),
    [((0,), 1), *(pytest.param(first, seed, marks=pytest.mark.slow) for first in ((0,), (2,)) for seed in (0, 2, 3))],
)
def test_two_plans_that_make_a_circle_together_tell_nobody_too_much_of_persons(first: tuple[int, ...], seed: int):
    """What one plan shows stands when the other is hidden: together they are read like one release."""
    raw, rule = tables(region(np.random.default_rng(seed))), Rule(FIVE, zeros_hidden=True, coalition=1)
    stands = tuple(CUBES[at] for at in first)
    new = tuple(cube for cube in CUBES if cube not in stands)
    then = door.clear(_only(raw, stands), rule, Random(seed))
    page = Publication(then.cubes, then.values, then.status, FIVE, zeros_hidden=True, revised=frozenset())
    standing = replace(_only(raw, (*new, *stands)), standing=frozenset(cube.id for cube in stands))
    found = suppress(standing, rule, Random(seed + 1), past=[page])
    values, status = ({cube.id: each[cube.id] for cube in new} for each in (found.values, found.status))
    candidate = Publication(new, values, status, FIVE, zeros_hidden=True)
    assert all(report.passed for report in audit_all([page, candidate], standing.insiders, 1).values())
    now = door.clear(standing, rule, Random(seed + 1), past=[page])
    assert now.cubes == new
    shown = {
        cube.cell_key(at): int(each.values[cube.id][at])
        for each in (then, now)
        for cube in each.cubes
        for at in cube.indices()
        if each.status[cube.id][at] == Status.SHOWN
    }
    status = {cube.id: np.full(cube.shape, Status.HIDDEN, dtype=np.uint8) for cube in CUBES}
    for cube in CUBES:
        for at in cube.indices():
            if cube.cell_key(at) in shown:
                assert shown[cube.cell_key(at)] == raw.counts[cube.id][at]
                status[cube.id][at] = Status.SHOWN
    values = {name: np.where(states == Status.SHOWN, raw.counts[name], 0) for name, states in status.items()}
    both = Publication(CUBES, values, status, FIVE, zeros_hidden=True)
    for name, (own, at) in readers(region(np.random.default_rng(seed)), 1).items():
        assert not told(both, own, at), name
    assert sum(int((states == Status.SHOWN).sum()) for states in now.status.values()) > MARGINS


def _only(raw: RawTable, cubes: Sequence[Cube]) -> RawTable:
    names = [cube.id for cube in cubes]
    insiders = tuple(replace(one, counts={name: one.counts[name] for name in names}) for one in raw.insiders)
    counts, absent = ({name: each[name] for name in names} for each in (raw.counts, raw.absent))
    return RawTable(tuple(cubes), counts, absent, insiders)
