"""Small linked systems: the checker against counting every table there is, and the suppressor against the checker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from random import Random
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st

from amana.disclosure.audit import audit
from amana.disclosure.checker import intervals, knots, programme
from amana.disclosure.checker.reading import Reading
from amana.disclosure.clear import clear
from amana.disclosure.suppression.at_once import method as at_once
from amana.disclosure.suppression.at_once.method import suppress_at_once
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.in_turn.method import suppress_in_turn
from amana.disclosure.table import (
    Axis,
    ClearedTable,
    ClearingRefused,
    Cube,
    Insider,
    Key,
    Node,
    Publication,
    RawTable,
    Rule,
    Status,
)

Sums = Sequence[tuple[Key, tuple[Key, ...]]]
Covers = Sequence[tuple[tuple[Key, ...], Key]]
SEEDS = st.integers(0, 2**32)
FEW = 18  # small systems in one go; the slow tests below try many more
Way = Callable[..., Candidate]


def flat(dim: str, codes: str) -> Axis:
    nodes = (Node("_T", None), *(Node(code, (dim, code)) for code in codes))
    return Axis(dim, nodes, ((0, tuple(range(1, len(nodes)))),))


AXES = {
    "A": flat("A", "ab"),
    "B": flat("B", "fmo"),
    "C": flat("C", "uv"),
    "T": Axis(  # a tree: minors below and beside adults
        "T",
        (Node("_T", None), *(Node(code, ("T", code)) for code in ("minor", "adult", "young", "old"))),
        ((0, (1, 2)), (1, (3, 4))),
    ),
    "M": Axis(  # two answers, either or both, with a rest each, and everybody has one
        "M",
        (
            Node("_T", None),
            *(
                Node(f"{form}{end}", (f"M.{form}", answer))
                for form in "pq"
                for end, answer in [("", "1"), (":_O", "_O")]
            ),
        ),
        ((0, (1, 2)), (0, (3, 4))),
        (((1, 3), 0),),
    ),
}
LEAVES = {"A": (1, 2), "B": (1, 2, 3), "C": (1, 2), "T": (2, 3, 4)}


def persons(rng: Random, most: int) -> list[dict[str, tuple[int, ...]]]:
    """Some people, each with the nodes that count them on every axis."""
    people = []
    for _ in range(rng.randint(0, most)):
        one = {dim: (0, rng.choice(leaves)) for dim, leaves in LEAVES.items()}
        if one["T"][1] in (3, 4):
            one["T"] = (*one["T"], 1)
        p, q = rng.choice([(1, 0), (0, 1), (1, 1)])
        one["M"] = (0, 1 if p else 2, 3 if q else 4)
        people.append(one)
    return people


def system(rng: Random, most: int, others: list[dict[str, tuple[int, ...]]] | None = None) -> RawTable:
    """Two or three cubes over shared attributes, one of them perhaps filtered, with their true counts."""
    people, cubes, counts = persons(rng, most) if others is None else others, [], {}
    pairs = rng.sample([*combinations(AXES, 2)], rng.choice([1, 2, 2, 3]))
    for number, dims in enumerate(pairs):
        free = [dim for dim in "ABC" if dim not in dims]
        where = ((free[0], AXES[free[0]].nodes[1].code),) if free and rng.random() < 0.25 else ()
        cube = Cube(f"{number}-{'-'.join(dims)}", tuple(AXES[dim] for dim in dims), where)
        table = np.zeros(cube.shape, dtype=np.int64)
        for one in people:
            if not where or 1 in one[free[0]]:
                for first in one[dims[0]]:
                    for second in one[dims[1]]:
                        table[first, second] += 1
        cubes.append(cube)
        counts[cube.id] = table
    return RawTable(tuple(cubes), counts, {name: np.zeros(table.shape, bool) for name, table in counts.items()})


def equations(cubes: Sequence[Cube]) -> tuple[Sums, Covers]:
    sums, covers, keys = [], [], {cube.cell_key(index) for cube in cubes for index in cube.indices()}
    for cube in cubes:
        for index in cube.indices():
            for dim, axis in enumerate(cube.axes):
                at = [cube.cell_key((*index[:dim], node, *index[dim + 1 :])) for node in range(len(axis.nodes))]
                sums += [(at[parent], tuple(at[child] for child in children)) for parent, children in axis.sums]
                covers += [(tuple(at[each] for each in over), at[covered]) for over, covered in axis.covers]
            if cube.filter and cube.cell_key(index) - set(cube.filter) in keys:
                filtered, whole = cube.cell_key(index), cube.cell_key(index) - set(cube.filter)
                sums.append((whole, (filtered, whole | {("rest of", str(sorted(filtered)))})))
    return list(dict.fromkeys(sums)), list(dict.fromkeys(covers))


class TooMany(Exception):
    pass


def every_table(
    sums: Sums, known: dict[Key, int], least: Mapping[Key, int], budget: list[None]
) -> Iterator[dict[Key, int]]:
    """Yield every table in whole numbers that fits, by trying every number: slow, and plainly right."""
    known = dict(known)
    if not budget:
        raise TooMany
    budget.pop()
    settled = False
    while not settled:
        settled = True
        for parent, children in sums:
            unknown = [key for key in (parent, *children) if key not in known]
            if len(unknown) == 1:
                of_children = sum(known[key] for key in children if key in known)
                value = of_children if unknown[0] == parent else known[parent] - of_children
                if value < least[unknown[0]]:
                    return
                known[unknown[0]] = value
                settled = False
            elif not unknown and known[parent] != sum(known[key] for key in children):
                return
    shortest = min(
        (
            [key for key in children if key not in known]
            for parent, children in sums
            if parent in known and not set(children) <= set(known)
        ),
        key=len,
        default=None,
    )
    if shortest is None:
        yield known
        return
    top = min(known[parent] for parent, children in sums if parent in known and shortest[0] in children)
    for value in range(least[shortest[0]], top + 1):
        yield from every_table(sums, {**known, shortest[0]: value}, least, budget)


def derived(
    cubes: Sequence[Cube], values: Mapping, status: Mapping, zeros_hidden: bool, own: Mapping[Key, int] | None = None
) -> dict[Key, tuple[int, int]]:
    """Return the least and the most of every hidden quantity over all tables that fit; own: known to be in it."""
    sums, covers = equations(cubes)
    known, least, hidden = {}, {}, set()
    for parent, children in sums:
        least |= dict.fromkeys((parent, *children), 0)
    for cube in cubes:
        for index in cube.indices():
            if status[cube.id][index] == Status.SHOWN:
                known[cube.cell_key(index)] = int(values[cube.id][index])
            else:
                least[cube.cell_key(index)] = max(0 if zeros_hidden else 1, (own or {}).get(cube.cell_key(index), 0))
                hidden.add(cube.cell_key(index))
    tables = [
        table
        for table in every_table(sums, known, least, [None] * 4000)
        if all(sum(table[key] for key in over) >= table[covered] for over, covered in covers)
    ]
    assert tables, "the truth itself fits"
    return {
        key: (min(t[key] for t in tables), max(t[key] for t in tables))
        for key in least
        if key not in known or key in hidden
    }


def leaks(
    found: dict[Key, tuple[int, int]], k: int, zeros_hidden: bool, own: Mapping[Key, int] | None = None
) -> set[Key]:
    guilty = set()
    for key, (low, high) in found.items():
        floor = max(0 if zeros_hidden else 1, (own or {}).get(key, 0))
        rest = any(attribute == "rest of" for attribute, _ in key)
        harmless = rest and (low >= k or (high == 0 and not zeros_hidden))
        if not harmless and not (low <= floor and high >= k) and not (low >= k and high > low):
            guilty.add(key)
    return guilty


def masked(rng: Random, raw: RawTable, k: int, zeros_hidden: bool) -> tuple[dict, dict]:
    """Hide what is small, and some more at random, the same quantity everywhere; the grand total stays."""
    chance = rng.choice([0.0, 0.3, 0.6])
    more, values, status = {}, {}, {}
    for cube in raw.cubes:
        status[cube.id] = np.zeros(cube.shape, dtype=np.uint8)
        for index in cube.indices():
            count, key = int(raw.counts[cube.id][index]), cube.cell_key(index)
            small = count < k and (zeros_hidden or count > 0)
            extra = more.setdefault(key, rng.random() < chance and (count > 0 or zeros_hidden))
            hide = (small or extra) and any(index)
            status[cube.id][index] = Status.HIDDEN if hide else Status.SHOWN
        values[cube.id] = np.where(status[cube.id] == Status.SHOWN, raw.counts[cube.id], 0)
    return values, status


@example(seed=549, zeros_hidden=False, large=False)  # a cell of a table that nobody prints is a printed one
@example(seed=218515, zeros_hidden=True, large=False)  # where forty are told too closely the others are not asked about
@settings(max_examples=FEW, deadline=None)
@given(SEEDS, st.booleans(), st.booleans())
def test_the_checker_finds_what_counting_every_table_finds(seed: int, zeros_hidden: bool, large: bool):
    """large: it searches part by part and turn by turn, as it does in large systems.

    Every table that sums allow is counted: where tables go round in a circle, persons tell more.
    """
    rng = Random(seed)
    k, raw = 3, system(rng, most=14)
    if any((raw.counts[cube.id].flat[0] < k) for cube in raw.cubes):
        reject()
    values, status = masked(rng, raw, k, zeros_hidden)
    try:
        expected = leaks(derived(raw.cubes, values, status, zeros_hidden), k, zeros_hidden)
    except TooMany:
        reject()
    page = Publication(raw.cubes, values, status, k, zeros_hidden)
    with patch.multiple(programme, _LOT=1 if large else 2_000, _TURN=2 if large else 500):
        by_sums, _ = Reading(page, (), (), np.zeros(0, dtype=np.int64)).judge(())
        report = audit([page])
    where = {(cube.id, cube.cell_codes(index)): cube.cell_key(index) for cube in raw.cubes for index in cube.indices()}
    cells = {key for key in expected if not any(attribute == "rest of" for attribute, _ in key)}
    found, told = (
        {where[each.cube, each.codes] for each in some if (each.cube, each.codes) in where}
        for some in (by_sums, report.findings)
    )
    assert bool(by_sums) == bool(expected)
    assert found == cells or (found > cells and len(by_sums) > intervals._ENOUGH)
    assert told == found or (told >= cells and (knots.unprinted_tables(raw.cubes) or len(by_sums) > intervals._ENOUGH))


@settings(max_examples=FEW // 2, deadline=None)
@given(SEEDS, st.booleans(), st.booleans())
def test_what_is_cleared_leaks_nothing_and_what_leaks_is_refused(seed: int, zeros_hidden: bool, together: bool):
    """together: it hides as it does in larger tables."""
    rng = Random(seed)
    k, raw = 3, system(rng, most=30)
    with patch.object(at_once, "_SOME", 0 if together else 2_000):
        cleared, reason = attempt(raw, Rule(k, zeros_hidden), rng)
    if cleared is None:
        assert not zeros_hidden, "hiding everything is always possible when a mark may be a zero"
        assert reason == "beyond_protection"
        return
    for cube in raw.cubes:
        shown = cleared.status[cube.id] == Status.SHOWN
        assert (cleared.values[cube.id][shown] == raw.counts[cube.id][shown]).all()
        assert (cleared.values[cube.id][~shown] == 0).all()
        small = (raw.counts[cube.id] < k) & ((raw.counts[cube.id] > 0) | zeros_hidden)
        assert not (small & shown).any()
    if grand_total_is_shown(cleared):
        with suppress(TooMany):
            assert not leaks(derived(cleared.cubes, cleared.values, cleared.status, zeros_hidden), k, zeros_hidden)


def attempt(raw: RawTable, rule: Rule, rng: Random) -> tuple[ClearedTable | None, object]:
    try:
        return clear(raw, rule, rng), None
    except ClearingRefused as refusal:
        return None, refusal.facts["reason"]


def grand_total_is_shown(cleared: ClearedTable) -> bool:
    return all(cleared.status[cube.id].flat[0] == Status.SHOWN for cube in cleared.cubes)


@pytest.mark.slow
@settings(max_examples=FEW // 3, deadline=None)
@given(SEEDS)
def test_the_order_of_the_cubes_and_the_seed_change_no_count_and_no_verdict(seed: int):
    rng = Random(seed)
    raw = system(rng, most=30)
    turned = RawTable(raw.cubes[::-1], raw.counts, raw.absent)
    first, second = clear(raw, Rule(3, True), Random(1)), clear(turned, Rule(3, True), Random(2))
    for cube in raw.cubes:
        both = (first.status[cube.id] == Status.SHOWN) & (second.status[cube.id] == Status.SHOWN)
        assert (first.values[cube.id][both] == second.values[cube.id][both]).all()
        small = raw.counts[cube.id] < 3
        assert (first.status[cube.id][small] == Status.HIDDEN).all()
        assert (second.status[cube.id][small] == Status.HIDDEN).all()
    for cleared in (first, second):
        assert audit([Publication(raw.cubes[::-1], cleared.values, cleared.status, 3, True)]).passed


def joined(raw: RawTable, others: RawTable) -> RawTable:
    """Two groups of persons in one table. Both are counted over the same cubes."""
    return replace(raw, counts={name: counts + others.counts[name] for name, counts in raw.counts.items()})


def insiders(rng: Random, most: int) -> RawTable:
    """Some persons of nobody's, and those of three committees and of an organisation within the first."""
    seed = rng.randint(0, 2**32)
    parts = [system(Random(seed), 0, [])]
    for share in (most, most // 2, most // 3, most // 4):
        people = persons(rng, share)
        parts.append(system(Random(seed), 0, people))
    whole = parts[0]
    for part in parts[1:]:
        whole = joined(whole, part)
    known = tuple(Insider(f"C{number}", True, part.counts) for number, part in enumerate(parts[1:4]))
    return replace(whole, insiders=known)


def suppress_as_large(*args: object) -> Candidate:
    """As if there were too many cells to hide from one party after the other."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(at_once, "MANY", 0)
        return suppress_at_once(*args)


@settings(max_examples=FEW // 2, deadline=None)
@given(SEEDS, st.booleans(), st.booleans())
def test_whoever_knows_her_own_persons_learns_of_no_others(seed: int, zeros_hidden: bool, large: bool):
    hide: Way = suppress_as_large if large else suppress_in_turn if zeros_hidden else suppress_at_once
    rng = Random(seed)
    k, raw = 3, insiders(rng, most=14)
    try:
        hidden = hide(raw, Rule(k, zeros_hidden), rng)
    except ClearingRefused:
        assert not zeros_hidden, "hiding everything is always possible when a mark may be a zero"
        return
    if any(hidden.status[cube.id].flat[0] != Status.SHOWN for cube in raw.cubes):
        return
    for size in range(3):
        for members in combinations(raw.insiders, size):
            own = {
                cube.cell_key(index): sum(int(each.counts[cube.id][index]) for each in members)
                for cube in raw.cubes
                for index in cube.indices()
            }
            with suppress(TooMany):
                found = derived(raw.cubes, hidden.values, hidden.status, zeros_hidden, own)
                assert not leaks(found, k, zeros_hidden, own)


TESTS = [
    (test_the_checker_finds_what_counting_every_table_finds, (SEEDS, st.booleans(), st.booleans())),
    (test_what_is_cleared_leaks_nothing_and_what_leaks_is_refused, (SEEDS, st.booleans(), st.booleans())),
    (test_the_order_of_the_cubes_and_the_seed_change_no_count_and_no_verdict, (SEEDS,)),
    (test_whoever_knows_her_own_persons_learns_of_no_others, (SEEDS, st.booleans(), st.booleans())),
]


@pytest.mark.slow
@pytest.mark.parametrize(("test", "drawn"), TESTS, ids=[test.__name__ for test, _ in TESTS])
def test_many_more_small_systems(test: Callable[[], None], drawn: tuple[st.SearchStrategy[object], ...]):
    again = given(*drawn)(test.hypothesis.inner_test)  # type: ignore[attr-defined]  # as it was before it was given few
    settings(max_examples=2 * FEW, deadline=None)(again)()
