"""Families of blocks: whoever knows one area or two is left another block. The checker judges what that hides."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import Groups, audit_all
from amana.disclosure.suppression import solving
from amana.disclosure.suppression.at_once import method as at_once
from amana.disclosure.suppression.at_once.engine import Engine
from amana.disclosure.suppression.at_once.families import Families
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.knowledge import parties
from amana.disclosure.suppression.linked.system import System, link
from amana.disclosure.suppression.primary import given, start
from amana.disclosure.suppression.suppress import suppress
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.table import Insider, Publication, RawTable, Rule, Status
from support.sparse_region import coded, count

RULE = Rule(5, zeros_hidden=True, coalition=2)
CODES = ("CIV", "EGY", "LBY", "MAR", "TUN")


def region(seed: int, persons: int) -> RawTable:
    """Five committees, sex by age and age by sector; an organisation inside the first knows half of its persons."""
    rng = np.random.default_rng(seed)
    area, sex = rng.choice(5, persons, p=[0.3, 0.2, 0.2, 0.2, 0.1]), rng.choice(3, persons, p=[0.6, 0.37, 0.03])
    age, sector = rng.choice(4, persons, p=[0.4, 0.3, 0.28, 0.02]), rng.choice(3, persons, p=[0.5, 0.3, 0.2])
    half = rng.random(persons) < 0.5

    def counted(who: np.ndarray) -> RawTable:
        areas, sexes = coded("REF_AREA", area[who], CODES), coded("SEX", sex[who], ("F", "M", "O"))
        ages, sectors = coded("AGE", age[who], "abcd"), coded("SECTOR", sector[who], "xyz")
        return count({"area-sex-age": (areas, sexes, ages), "sex-age-sector": (sexes, ages, sectors)})

    known = [Insider(code, committee=True, counts=counted(area == at).counts) for at, code in enumerate(CODES)]
    inside = Insider("CIV/1", committee=False, counts=counted((area == 0) & half).counts)
    return replace(counted(np.ones(persons, dtype=np.bool_)), insiders=(*known, inside))


def findings(table: RawTable, candidate: Candidate) -> set[str]:
    page = Publication(table.cubes, candidate.values, candidate.status, RULE.least_count, RULE.zeros_hidden)
    reports = audit_all([page], table.insiders, RULE.coalition, groups=Groups())
    return {f"{name} {each}" for name, report in reports.items() for each in report.findings}


def hidden_by_families(table: RawTable) -> tuple[System, Mask]:
    system, chance = link(table), np.random.default_rng(3)
    what = given(table, RULE, system, (), ())
    mask = Mask(system, RULE, parties(table, RULE, system), start(RULE, system, chance, what))
    Families(table, RULE, mask, chance, Engine(table.cubes, mask, chance)).protect()
    return system, mask


def test_what_is_hidden_at_once_keeps_every_pair_from_the_others_persons(monkeypatch: pytest.MonkeyPatch):
    table = region(1, 2_000)
    monkeypatch.setattr(at_once, "MANY", 0)  # taken for large
    candidate = suppress(table, RULE, Random(1))
    assert not findings(table, candidate)
    assert candidate.status["area-sex-age"][0, 0, 0] == Status.SHOWN


def test_a_large_release_shows_again_what_it_showed_and_nothing_that_may_have_been_revised(
    monkeypatch: pytest.MonkeyPatch,
):
    """Two large vintages are not hidden as one system, which would take hours."""
    table = region(1, 2_000)
    monkeypatch.setattr(at_once, "MANY", 0)
    first = suppress(table, RULE, Random(1))
    page = Publication(table.cubes, first.values, first.status, 5, True)
    later = suppress(table, RULE, Random(2), past=[page])
    assert all((later.status[name] == each).all() for name, each in first.status.items())
    out = (), [replace(page, revised=frozenset({"TUN"}))]
    mended, _ = at_once.protect(table, link(table), RULE, Random(2), out=out, caution=3)
    assert (mended.status["area-sex-age"][[0, 1 + CODES.index("TUN")]] == Status.HIDDEN).all()


def test_a_small_cell_swaps_persons_with_three_areas_so_that_no_two_know_them_all():
    persons = np.full((5, 2, 2), 40)
    persons[0, 1, 1] = 3
    area, sex, age = (np.repeat(each.ravel(), persons.ravel()) for each in np.indices(persons.shape))

    def counted(who: np.ndarray) -> RawTable:
        axes = (coded("REF_AREA", area[who], CODES), coded("SEX", sex[who], "FM"), coded("AGE", age[who], "ab"))
        return count({"a": axes})

    known = [Insider(code, committee=True, counts=counted(area == at).counts) for at, code in enumerate(CODES)]
    table = replace(counted(np.ones(len(area), dtype=np.bool_)), insiders=tuple(known))
    system, mask = hidden_by_families(table)
    hidden = mask.hidden[system.numbers["a"]]
    assert hidden[1:, 1:, 1:].any(axis=(1, 2)).sum() == 4  # itself, and one more than any two know
    assert hidden.sum() == 16
    assert not mask.unmet().any()


def test_without_a_solver_what_blocks_cannot_settle_stays_open(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solving, "_STEPS", 0)
    table = region(1, 2_000)
    _, mask = hidden_by_families(table)
    assert mask.unmet().any()


def test_a_large_figure_of_one_partys_persons_alone_is_no_single_number_to_it_either():
    whole, mine = np.array([[20, 20], [20, 20]]), np.array([[20, 0], [0, 0]])

    def counted(persons: np.ndarray) -> RawTable:
        sex, age = (np.repeat(each.ravel(), persons.ravel()) for each in np.indices(persons.shape))
        return count({"a": (coded("SEX", sex, "FM"), coded("AGE", age, "ab"))})

    table = replace(counted(whole), insiders=(Insider("CIV", committee=True, counts=counted(mine).counts),))
    system, rule = link(table), Rule(5, zeros_hidden=True, coalition=1)
    what = given(table, rule, system, (), ())
    mask = Mask(system, rule, parties(table, rule, system), start(rule, system, np.random.default_rng(1), what))
    all_hers = system.numbers["a"][1, 1]
    mask.hide(np.array([all_hers]))
    assert mask.unmet(np.array([all_hers]))[0, 1]
