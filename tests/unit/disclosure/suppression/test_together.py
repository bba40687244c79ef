"""Hiding together: each world that is noted is a table that fits, and the checker agrees with what is settled."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import audit
from amana.disclosure.suppression.at_once import method as at_once
from amana.disclosure.suppression.at_once.covering import cover
from amana.disclosure.suppression.at_once.engine import Engine
from amana.disclosure.suppression.at_once.together import Together, Worlds
from amana.disclosure.suppression.knowledge import parties
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.primary import given, start
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.suppression.worlds.oracle import movable
from amana.disclosure.table import Axis, Cube, Node, Publication, RawTable, Rule, Status

K = 5
SIZES = dict(zip("ABCDEFG", (6, 5, 4, 3, 4, 4, 5), strict=True))


def flat(dim: str, size: int) -> Axis:
    nodes = (Node("_T", None), *(Node(f"{each}", (dim, f"{each}")) for each in range(size)))
    return Axis(dim, nodes, ((0, tuple(range(1, size + 1))),))


def linked(seed: int, persons: int, shapes: tuple[str, ...] = ("ABC", "ABD", "BCE")) -> RawTable:
    """Cubes over shared axes, of persons drawn at random, the first categories the most frequent."""
    rng = np.random.default_rng(seed)
    drawn = {dim: np.minimum(rng.geometric(0.45, persons) - 1, size - 1) for dim, size in SIZES.items()}
    cubes, counts = tuple(Cube(each, tuple(flat(dim, SIZES[dim]) for dim in each)) for each in shapes), {}
    for shape in shapes:
        table = np.zeros([SIZES[dim] for dim in shape], dtype=np.int64)
        np.add.at(table, tuple(drawn[dim] for dim in shape), 1)
        for dim in range(len(shape)):
            table = np.concatenate([table.sum(axis=dim, keepdims=True), table], axis=dim)
        counts[shape] = table
    return RawTable(cubes, counts, {name: np.zeros(table.shape, dtype=np.bool_) for name, table in counts.items()})


def mask_of(raw: RawTable, *, zeros_hidden: bool) -> Mask:
    rule, system, rng = Rule(K, zeros_hidden), link(raw), np.random.default_rng(1)
    return Mask(system, rule, parties(raw, rule, system), start(rule, system, rng, given(raw, rule, system, (), ())))


def hidden_together(raw: RawTable, mask: Mask, seed: int = 2) -> None:
    rng = np.random.default_rng(seed)
    Together(mask, rng, Engine(raw.cubes, mask, rng)).protect()


@pytest.mark.parametrize("zeros_hidden", [True, False])
def test_most_of_what_is_small_is_settled_by_few_programmes(zeros_hidden: bool):
    raw = linked(3, 700)
    mask = mask_of(raw, zeros_hidden=zeros_hidden)
    small = int(mask.unmet().sum())
    hidden_together(raw, mask)
    assert small > 60
    assert mask.unmet().sum() <= (0 if zeros_hidden else 3)
    assert mask.hidden[: mask.system.cells].sum() < 4 * small


@pytest.mark.parametrize("zeros_hidden", [True, False])
def test_each_world_is_a_table_that_fits_and_touches_only_what_is_hidden(
    zeros_hidden: bool, monkeypatch: pytest.MonkeyPatch
):
    raw, worlds = linked(4, 1_500), []
    mask = mask_of(raw, zeros_hidden=zeros_hidden)

    def seen(self: Mask, ids: np.ndarray, room: np.ndarray) -> None:
        worlds.append((ids, room[:, 0] - self.room[ids, 0]))

    monkeypatch.setattr(Mask, "note", seen)
    rng = np.random.default_rng(5)
    near = np.arange(len(mask.truth) - 1)[mask.movable[:-1]]
    for ids, reward in ((near, 6.0), (movable(mask, 0), None), (near, 2.0)):
        Worlds(mask, ids).ask(rng, mask.hidden, reward)
    assert max(len(ids) for ids, _ in worlds) > 20
    for ids, by in worlds:
        assert not (mask.system.equations[:, ids] @ by).any()
        assert (mask.truth[ids] + by >= mask.floor[ids, 0]).all()
        assert mask.hidden[ids].all()


@pytest.mark.parametrize("zeros_hidden", [True, False])
def test_where_nothing_is_lost_the_checker_agrees(zeros_hidden: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(at_once, "_SOME", 0)
    kept = 0
    for seed in range(6):
        raw, rule = linked(seed, 300 + 400 * seed, ("AB", "BCE", "CD")), Rule(K, zeros_hidden)
        candidate, lost = at_once.protect(raw, link(raw), rule, Random(seed))
        page = Publication(raw.cubes, candidate.values, candidate.status, K, zeros_hidden)
        assert lost.any() or audit([page]).passed
        assert zeros_hidden or not audit([page]).passed or not lost.any()
        kept += not lost.any()
    assert kept > 0


def test_it_hides_fewer_than_by_corners_and_the_same_for_the_same_seed(monkeypatch: pytest.MonkeyPatch):
    raw, rule, hidden = linked(6, 5_000), Rule(K, zeros_hidden=True), []
    for some in (0, 0, 10_000):
        monkeypatch.setattr(at_once, "_SOME", some)
        candidate, lost = at_once.protect(raw, link(raw), rule, Random(1))
        assert not lost.any()
        hidden.append(np.concatenate([candidate.status[each.id].ravel() == Status.HIDDEN for each in raw.cubes]))
    assert (hidden[0] == hidden[1]).all()
    assert hidden[0].sum() <= hidden[2].sum()


@pytest.mark.parametrize("left", [0, 10**6, 10**7, 2 * 10**7])
def test_wherever_the_effort_is_spent_what_is_open_stays_so(left: int):
    raw = linked(3, 700)
    mask = mask_of(raw, zeros_hidden=True)
    mask.effort.left = left
    hidden_together(raw, mask)
    assert mask.effort.spent
    assert mask.unmet().any()
    assert Effort().left > left


def test_of_a_world_that_is_not_whole_the_parts_that_are_are_kept(monkeypatch: pytest.MonkeyPatch):
    raw, noted = linked(3, 150, ("AB", "CE")), list[np.ndarray]()  # two parts that no equation binds
    mask = mask_of(raw, zeros_hidden=True)
    hidden_together(raw, mask)
    ids = movable(mask, 0)
    first = ids[np.isin(ids, mask.system.numbers["AB"])]
    mask.show(np.zeros(0, dtype=np.int64))  # all is open again
    monkeypatch.setattr(Mask, "note", lambda _mask, ids, _room: noted.append(ids))
    worlds = Worlds(mask, ids)
    half = np.where(np.abs(worlds._tied.ways[np.isin(ids, first)]).sum(axis=0).A1 > 0, 0.5, 1.0)
    dive = Worlds._dive
    for share in (np.ones_like(half), half):
        monkeypatch.setattr(Worlds, "_dive", lambda self, rng, share=share: dive(self, rng) * share)
        worlds.ask(np.random.default_rng(8), mask.hidden)
    every, kept = noted
    assert 0 < len(kept) < len(every)
    assert set(kept) == set(every) - set(first)


@pytest.mark.parametrize("seed", range(4))
def test_a_covering_of_linked_cubes_leaves_nothing_alone_in_a_sum_that_needed_nothing(seed: int):
    mask = mask_of(linked(seed, 4_000), zeros_hidden=False)
    sums = abs(mask.system.lines)
    quiet = sums @ (mask.hidden & mask.movable)[:-1].astype(int) == 0
    chosen = cover(mask)
    mask.hide(chosen)
    assert len(chosen)
    assert 1 not in sums[np.flatnonzero(quiet)] @ (mask.hidden & mask.movable)[:-1].astype(int)


def test_moves_are_looked_for_among_what_is_near_first_and_elsewhere_only_where_that_fails():
    raw, touched = linked(3, 700), dict[str, set[int]]()
    for name, near in (("all", None), ("dear", 0.5), ("nothing", 1.0)):
        mask = mask_of(raw, zeros_hidden=True)
        engine = Engine(raw.cubes, mask, np.random.default_rng(2))
        before, quantity = mask.hidden.copy(), int(np.flatnonzero(mask.unmet()[:, 0])[0])
        if near is not None:
            free = ~mask.hidden[:-1]
            free[free] = mask.cost[:-1][free] < np.quantile(mask.cost[:-1][free], near)
            engine.look_first_among(np.flatnonzero(mask.hidden[:-1] | (mask.movable[:-1] & ~free)))
        engine.settle(quantity)
        assert not mask.unmet(np.array([quantity])).any()
        touched[name] = set(np.flatnonzero(mask.hidden & ~before).tolist())
        assert near != 0.5 or not any(free[sorted(touched[name])])
    assert touched["nothing"] == touched["all"] != touched["dear"]
