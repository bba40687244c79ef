"""The engine's effort is bounded by its work: where too much is open its sums are hidden, and there is an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import Groups, audit_all
from amana.disclosure.suppression import solving
from amana.disclosure.suppression.at_once import engine
from amana.disclosure.suppression.at_once import method as at_once
from amana.disclosure.suppression.at_once.engine import Engine
from amana.disclosure.suppression.at_once.families import Families
from amana.disclosure.suppression.at_once.method import suppress_at_once
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.knowledge import parties
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.primary import given, start
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.table import ClearingRefused, Insider, Publication, RawTable, Rule, Status
from support.drawn import drawn, raw
from support.sparse_region import coded, count

RULE = Rule(5, zeros_hidden=True, coalition=2)
CODES = ("CIV", "EGY", "LBY", "MAR", "TUN")

SPARSE = """
        | _T | F  | M
    _T  | 60 | 31 | 29
    MAR | 20 | 17 | 3
    EGY | 20 | 7  | 13
    TUN | 20 | 7  | 13 """


def region(seed: int) -> RawTable:
    """Five committees and 700 persons by area, sex and age: a third of the cells are small."""
    rng = np.random.default_rng(seed)
    area, sex = rng.choice(5, 700, p=[0.3, 0.2, 0.2, 0.2, 0.1]), rng.choice(3, 700, p=[0.6, 0.37, 0.03])
    age = rng.choice(4, 700, p=[0.4, 0.3, 0.28, 0.02])

    def counted(who: np.ndarray) -> RawTable:
        axes = coded("REF_AREA", area[who], CODES), coded("SEX", sex[who], "FMO"), coded("AGE", age[who], "abcd")
        return count({"area-sex-age": axes, "area-age": (axes[0], axes[2])})

    known = [Insider(code, committee=True, counts=counted(area == at).counts) for at, code in enumerate(CODES)]
    return replace(counted(np.ones(700, dtype=np.bool_)), insiders=tuple(known))


def told(table: RawTable, found: Candidate) -> list[str]:
    """Return what somebody can derive, as the checker reads it."""
    page = Publication(table.cubes, found.values, found.status, RULE.least_count, RULE.zeros_hidden)
    reports = audit_all([page], table.insiders, RULE.coalition, groups=Groups())
    return [f"{name} {each}" for name, report in reports.items() for each in report.findings]


def test_where_too_much_is_open_the_sums_are_hidden_with_it(monkeypatch: pytest.MonkeyPatch):
    """Three men of Morocco: their row's sum and their column's go, once, and not the sums of these."""
    monkeypatch.setattr(engine, "_MANY", 0)
    monkeypatch.setattr(Engine, "_settle", lambda *_args: None)
    table, rule = raw(drawn(SPARSE, ("REF_AREA", "SEX"))), Rule(5, zeros_hidden=True, coalition=0)
    system, chance = link(table), np.random.default_rng(1)
    what = given(table, rule, system, (), ())
    mask = Mask(system, rule, parties(table, rule, system), start(rule, system, chance, what))
    made = Engine(table.cubes, mask, chance)
    grid = system.numbers["drawn"]
    for _ in range(3):
        made.settle(int(grid[1, 2]))
    hidden = mask.hidden[grid]
    assert np.argwhere(hidden).tolist() == [[0, 2], [1, 0], [1, 2]]


@pytest.mark.parametrize("seed", range(3))
def test_a_release_hidden_by_its_sums_tells_nobody_anything(seed: int, monkeypatch: pytest.MonkeyPatch):
    table = region(seed)
    monkeypatch.setattr(at_once, "MANY", 0)  # taken for large
    monkeypatch.setattr(engine, "_MANY", 0)
    found = suppress_at_once(table, RULE, Random(seed))
    assert not told(table, found)
    assert found.status["area-sex-age"][0, 0, 0] == Status.SHOWN


def worked_on(table: RawTable, *, families: bool = True) -> Mask:
    """Hide as a large release is hidden, by families first and then by programmes; return what that has come to."""
    system, chance = link(table), np.random.default_rng(3)
    what = given(table, RULE, system, (), ())
    mask = Mask(system, RULE, parties(table, RULE, system), start(RULE, system, chance, what))
    made = Engine(table.cubes, mask, chance)
    if families:
        Families(table, RULE, mask, chance, made).protect()
    made.protect()
    return mask


def attempted(table: RawTable) -> tuple[Candidate | None, Mapping[str, object]]:
    """Return what may be published, or what a refusal says."""
    try:
        return suppress_at_once(table, RULE, Random(1)), {}
    except ClearingRefused as refused:
        return None, refused.facts


def test_a_release_that_can_be_hidden_takes_little_of_the_effort():
    mask = worked_on(region(1))
    assert not mask.lost().any()
    assert 0 < solving._EFFORT - mask.effort.left < solving._EFFORT / 100


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0])
def test_what_is_hidden_when_the_effort_is_spent_is_sound_or_refused(share: float, monkeypatch: pytest.MonkeyPatch):
    """Wherever it is spent: in looking on for somebody, between two of them, in mending, or in the engine."""
    table = region(1)
    monkeypatch.setattr(at_once, "MANY", 0)
    used = solving._EFFORT - worked_on(table).effort.left
    monkeypatch.setattr(solving, "_EFFORT", int(share * used))
    mask = worked_on(table)
    assert -used / 20 < mask.effort.left <= 0  # one programme at most goes beyond it
    assert mask.lost().any() == (share < 1)
    found, refused = attempted(table)
    assert not refused or (refused["reason"] == "effort_spent" and refused["cells"])
    assert not found or not told(table, found)


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_programmes_alone_end_with_the_effort(share: float, monkeypatch: pytest.MonkeyPatch):
    used = solving._EFFORT - worked_on(region(1), families=False).effort.left
    monkeypatch.setattr(solving, "_EFFORT", int(share * used))
    mask = worked_on(region(1), families=False)
    assert -used / 20 < mask.effort.left <= 0
    assert mask.lost().any()
