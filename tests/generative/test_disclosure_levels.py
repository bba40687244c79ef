"""Levels and conditions that go round in a circle, against somebody who tries every table of persons.

Bands of ages stand in two tables, minors alone in the third: as a condition of it, or as a coarser level. Or the third
has a condition of which the other two say nothing.
"""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, milp

from amana.disclosure import clear as door
from amana.disclosure.audit import audit, audit_all
from amana.disclosure.suppression.suppress import suppress
from amana.disclosure.table import AREA, Axis, Cube, Insider, Key, Node, Publication, RawTable, Rule, Status

K = 3
PLACES, FORMS, AGES = ("A", "B", "C"), ("x", "y"), ("young", "teen", "adult")
POINTS = tuple(product(PLACES, FORMS, AGES, ("known", "unsaid")))
MINOR = ("AGE", "minor")
SAID = {MINOR: {"young", "teen"}, ("AGE", "_O:minor"): {"adult"}}  # else a code says itself


def flat(dim: str, *codes: str) -> Axis:
    nodes = (Node("_T", None), *(Node(code, (dim, code)) for code in codes))
    return Axis(dim, nodes, ((0, tuple(range(1, len(nodes)))),))


AREAS, FORM = flat(AREA, *PLACES), flat("FORM", *FORMS)
BANDS = Axis("AGE", flat("AGE", "minor", *AGES).nodes, ((0, (1, 4)), (1, (2, 3))))
LEVEL = Axis("AGE", (Node("_T", None), Node("minor", MINOR), Node("_O", ("AGE", "_O:minor"))), ((0, (1, 2)),))
NAMED = flat("AGE", "minor", "adult")
TWO = (Cube("area-age", (AREAS, BANDS)), Cube("form-age", (FORM, BANDS)))
WAYS = {
    "condition": (*TWO, Cube("area-form", (AREAS, FORM), (MINOR,))),
    "level": (*TWO, Cube("area-form", (AREAS, FORM, LEVEL))),
    "another": (*TWO, Cube("area-form", (AREAS, FORM), (("ROUTE", "known"),))),
    "named": (*TWO, Cube("area-form", (AREAS, FORM, NAMED))),
}


def who(key: Key) -> np.ndarray:
    """Mark the points that are counted under a key."""
    return np.array([all(SAID.get(pair, {pair[1]}).intersection(point) for pair in key) for point in POINTS], np.int64)


def persons(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 3 * K, len(POINTS)) * (rng.random(len(POINTS)) < 0.8)


def counts(cubes: tuple[Cube, ...], people: np.ndarray) -> dict[str, np.ndarray]:
    cells = {cube.id: [who(cube.cell_key(at)) @ people for at in cube.indices()] for cube in cubes}
    return {cube.id: np.array(cells[cube.id]).reshape(cube.shape) for cube in cubes}


def table(cubes: tuple[Cube, ...], people: np.ndarray) -> RawTable:
    own = {place: people * who(frozenset([(AREA, place)])) for place in PLACES}
    insiders = tuple(Insider(place, committee=True, counts=counts(cubes, mine)) for place, mine in own.items())
    nobody = {cube.id: np.zeros(cube.shape, dtype=np.bool_) for cube in cubes}
    return RawTable(cubes, counts(cubes, people), nobody, insiders)


def page(raw: RawTable, hidden: set[Key]) -> Publication:
    marks = {cube.id: [cube.cell_key(at) in hidden for at in cube.indices()] for cube in raw.cubes}
    status = {cube.id: np.array(marks[cube.id], dtype=np.uint8).reshape(cube.shape) for cube in raw.cubes}
    values = {name: np.where(status[name] == Status.SHOWN, each, 0) for name, each in raw.counts.items()}
    return Publication(raw.cubes, values, status, K, zeros_hidden=True)


def told(published: Publication, own: np.ndarray, place: str | None) -> set[Key]:
    """Return the hidden cells of which somebody tells too much who knows who is in one area, if any."""
    cells = {
        cube.cell_key(at): (published.status[cube.id][at], int(published.values[cube.id][at]))
        for cube in published.cubes
        for at in cube.indices()
    }
    shown = {key: value - int(who(key) @ own) for key, (state, value) in cells.items() if state == Status.SHOWN}
    lines, sums = np.array([who(key) for key in shown]), list(shown.values())
    far = np.where(who(frozenset([(AREA, place)])) > 0, 0, np.inf) if place else np.full(len(POINTS), np.inf)
    found = set()
    for key in cells.keys() - shown.keys():
        marked = who(key)
        if far[marked > 0].any():
            mine = int(marked @ own)
            ends = [
                milp(
                    sign * marked,
                    constraints=LinearConstraint(lines, sums, sums),
                    integrality=1 + 0 * marked,
                    bounds=(0, far),
                )
                for sign in (1, -1)
            ]
            least, most = ends[0].fun + mine, np.inf if ends[1].status else mine - ends[1].fun
            if not (most > least + 0.5 and (least > K - 0.5 or (least < mine + 0.5 and most > K - 0.5))):
                found.add(key)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_the_checker_says_of_any_marks_what_whoever_tries_every_table_says(way: str):
    for seed in range(12):
        raw, rng = table(WAYS[way], persons(seed)), np.random.default_rng(seed)
        cells = {cube.cell_key(at): raw.counts[cube.id][at] for cube in raw.cubes for at in cube.indices()}
        published = page(raw, {key for key, count in cells.items() if count < K or (key and rng.random() < 0.6)})
        keys = {(cube.id, cube.cell_codes(at)): cube.cell_key(at) for cube in raw.cubes for at in cube.indices()}
        places = [(each.cube, each.codes) for each in audit([published]).findings]
        assert {keys[place] for place in places if place in keys} == told(published, np.zeros(len(POINTS)), None), seed


@pytest.mark.parametrize(
    ("way", "seed"),
    [
        ("condition", 3),
        ("level", 3),
        ("another", 1),
        *(pytest.param(way, seed, marks=pytest.mark.slow) for way in WAYS for seed in (0, 2, 8)),
    ],
)
def test_what_is_hidden_tells_nobody_too_much_of_persons(way: str, seed: int):
    people = persons(seed)
    raw, rule = table(WAYS[way], people), Rule(K, zeros_hidden=True, coalition=1)
    found = suppress(raw, rule, Random(seed))
    page_ = Publication(raw.cubes, found.values, found.status, K, zeros_hidden=True)
    assert all(report.passed for report in audit_all([page_], raw.insiders, 1).values())
    cleared = door.clear(raw, rule, Random(seed))
    published = Publication(cleared.cubes, cleared.values, cleared.status, K, zeros_hidden=True)
    for place in (None, *PLACES):
        own = people * who(frozenset([(AREA, place)])) if place else np.zeros(len(POINTS))
        assert not told(published, own, place), place
