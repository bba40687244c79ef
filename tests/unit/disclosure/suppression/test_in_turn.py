"""Turns: what one party needs hidden, all have to do without; and no more than that."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import Groups, audit_all
from amana.disclosure.suppression import solving
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.in_turn import method as in_turn
from amana.disclosure.suppression.in_turn.method import suppress_in_turn
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import ClearingRefused, Insider, Publication, RawTable, Rule, Status
from support.documents import read
from support.drawn import drawn, raw
from support.sparse_region import coded, count, several

RULE = Rule(5, zeros_hidden=True, coalition=2)
CODES = ("CIV", "MAR", "NER", "TUN")


def region(seed: int, persons: int, *, forms: bool = True, absent: str = "") -> RawTable:
    """Four committees, sex, age and (several) forms; each knows its own. absent: one that sent nothing."""
    rng = np.random.default_rng(seed)
    area = rng.choice(4, persons, p=[0.4, 0.3, 0.2, 0.1])
    area = np.where(area == CODES.index(absent), 0, area) if absent else area
    sex, age = rng.choice(2, persons, p=[0.7, 0.3]), rng.choice(3, persons, p=[0.2, 0.3, 0.5])
    flags = rng.random((persons, 3)) < [0.6, 0.3, 0.2]
    flags[~flags.any(axis=1), 0] = True

    def counted(who: np.ndarray) -> RawTable:
        areas = coded("REF_AREA", area[who], CODES)
        sexes, ages = coded("SEX", sex[who], ("F", "M")), coded("AGE", age[who], ("young", "teen", "old"), MINORS)
        form = several("FORM", flags[who], ("sex", "labour", "other"), GROUPS)
        cubes = {"area-sex": (areas, sexes), "sex-age": (sexes, ages), "area-age": (areas, ages)}
        return count(cubes | ({"area-form": (areas, form)} if forms else {}))

    whole = counted(np.ones(persons, dtype=np.bool_))
    known = [counted(area == number).counts for number in range(4)]
    insiders = [Insider(code, True, each) for code, each in zip(CODES, known, strict=True) if code != absent]
    silent = {cube.id: np.zeros(cube.shape, dtype=np.bool_) for cube in whole.cubes}
    for cube in whole.cubes if absent else ():
        if cube.axes[0].dim == "REF_AREA":
            silent[cube.id][1 + CODES.index(absent)] = True
    return replace(whole, insiders=tuple(insiders), absent=silent)


MINORS = {"young": "minor", "teen": "minor"}
GROUPS = {"labour": "work", "other": "work", "sex": "sexual"}


def findings(table: RawTable, candidate: Candidate, rule: Rule = RULE) -> set[str]:
    page = Publication(table.cubes, candidate.values, candidate.status, rule.least_count, rule.zeros_hidden)
    reports = audit_all([page], table.insiders, rule.coalition, groups=Groups())
    return {f"{name} {each}" for name, report in reports.items() for each in report.findings}


def shown(candidate: Candidate) -> int:
    return sum(int((each == Status.SHOWN).sum()) for each in candidate.status.values())


@pytest.mark.parametrize("seed", [0, 5])
def test_nobody_alone_or_with_another_learns_of_others(seed: int):
    table = region(seed, 60 + 40 * seed, absent="TUN" if seed == 5 else "")
    candidate = suppress_in_turn(table, RULE, Random(seed))
    assert not findings(table, candidate)


@pytest.mark.parametrize("zeros_hidden", [True, False])
def test_the_same_seed_hides_the_same(zeros_hidden: bool):
    rule = Rule(5, zeros_hidden, coalition=1)
    table = region(2, 150 if zeros_hidden else 900, forms=False)
    first, again = (suppress_in_turn(table, rule, Random(4)) for _ in range(2))
    assert all(np.array_equal(first.status[name], again.status[name]) for name in first.status)
    assert not findings(table, first, rule)


def test_the_decision_says_how_often_it_begins():
    """docs/adr/0004: by cells times parties."""
    told = " ".join(read("docs/adr/0004-suppression-and-a-checker-that-shares-nothing.md").split())
    words = {6: "six times", 3: "three times"}
    for most, times in in_turn._STARTS:
        assert words[times] in told.partition(f"of up to {most:,} ")[2].partition(",")[0]


def test_more_starts_show_no_fewer_cells(monkeypatch: pytest.MonkeyPatch):
    table = region(1, 250)
    best = shown(suppress_in_turn(table, RULE, Random(3)))
    monkeypatch.setattr(in_turn, "_STARTS", ())  # taken for large: one start
    assert best >= shown(suppress_in_turn(table, RULE, Random(3)))


def test_without_a_solver_more_is_hidden_and_nothing_is_told(monkeypatch: pytest.MonkeyPatch):
    """What no programme protects is hidden with its neighbours."""
    table = raw(drawn("| _T | F | M\n_T | 61 | 31 | 30\nMAR | 23 | 20 | 3\nTUN | 38 | 11 | 27", ("REF_AREA", "SEX")))
    insider = Insider("TUN", True, {"drawn": table.counts["drawn"][[2, 0, 2]] * [[1], [0], [1]]})
    table, rule = replace(table, insiders=(insider,)), replace(RULE, coalition=1)
    best = shown(suppress_in_turn(table, rule, Random(1)))
    monkeypatch.setattr(solving, "_STEPS", 0)
    hasty = suppress_in_turn(table, rule, Random(1))
    assert not findings(table, hasty, rule)
    assert shown(hasty) <= best


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.3, 0.6, 0.9, 1.0])
def test_when_the_effort_is_spent_what_is_protected_stays_and_all_else_is_refused(
    share: float, monkeypatch: pytest.MonkeyPatch
):
    table, made = region(2, 150, forms=False), [Effort()]
    monkeypatch.setattr(in_turn, "Effort", lambda: made.append(Effort()) or made[-1])
    best = suppress_in_turn(table, RULE, Random(1))
    used = made[0].left - made[-1].left
    monkeypatch.setattr(solving, "_EFFORT", int(share * used))
    found, reason = None, ""
    try:
        found = suppress_in_turn(table, RULE, Random(1))
    except ClearingRefused as refused:
        reason = str(refused.facts["reason"])
    assert -used / 20 < made[-1].left <= 0  # one programme at most goes beyond it
    assert reason == ("" if found else "effort_spent")
    assert found or share < 1
    assert not found or (not findings(table, found) and shown(found) <= shown(best))


def test_where_no_prices_protect_all_is_hidden_and_what_can_be_is_shown_again(monkeypatch: pytest.MonkeyPatch):
    """Neither the region's figure nor an area's could come back alone: each would tell the other."""
    table = replace(region(2, 150, forms=False), insiders=region(2, 150, forms=False).insiders[:3])
    monkeypatch.setattr(in_turn, "_starts", lambda _size: 0)
    candidate = suppress_in_turn(table, RULE, Random(1))
    assert not findings(table, candidate, RULE)
    assert 0 < shown(candidate) < sum(cube.size for cube in table.cubes)


def test_a_wary_draw_leaves_hidden_what_could_be_shown_again(monkeypatch: pytest.MonkeyPatch):
    """Who knows the program reads less out of marks that nobody needs."""
    table = replace(region(2, 150, forms=False), insiders=region(2, 150, forms=False).insiders[:3])
    monkeypatch.setattr(in_turn, "_starts", lambda _size: 0)
    drawn_ = [suppress_in_turn(table, RULE, Random(1), caution=caution) for caution in (0, 1, 2)]
    assert not any(findings(table, each, RULE) for each in drawn_)
    assert shown(drawn_[2]) < shown(drawn_[1]) < shown(drawn_[0])


def test_two_persons_under_a_published_total_cannot_be_hidden():
    """Zeros published, two of two: a mark is at least one, and one and one is all that there is."""
    table = raw(drawn("| _T | F | M\n_T | 2 | 1 | 1", ("REF_AREA", "SEX")))
    insider = Insider("MAR", True, {"drawn": np.zeros((1, 3), dtype=np.int64)})
    with pytest.raises(ClearingRefused):
        suppress_in_turn(replace(table, insiders=(insider,)), Rule(5, False, coalition=1), Random(1))


def test_every_pair_is_asked_and_nobody_where_the_rule_says_so():
    table = region(1, 200, forms=False)
    some = {size: shown(suppress_in_turn(table, replace(RULE, coalition=size), Random(2))) for size in range(3)}
    assert some[0] > some[2]


def test_a_regional_figure_with_two_behind_it_stays_hidden_though_nobody_needs_it():
    table = region(17, 300, forms=False)
    table = replace(table, cubes=tuple(cube for cube in table.cubes if cube.id == "area-age"))
    rule = replace(RULE, coalition=1)
    assert not findings(table, suppress_in_turn(table, rule, Random(1)), rule)


def test_what_one_round_leaves_is_hidden_with_its_neighbours(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(in_turn, "_ROUNDS", 1)
    table = region(2, 150, forms=False)
    rule = replace(RULE, coalition=1)
    assert not findings(table, suppress_in_turn(table, rule, Random(4)), rule)
