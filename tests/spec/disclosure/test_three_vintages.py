"""Three releases of the same persons are one system: what one of them lacks another may show.

k = 5 and zeros are hidden. ``x`` is the mark.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from amana.disclosure.audit import AuditReport, audit, audit_all
from amana.disclosure.suppression.in_turn.beside import besides
from amana.disclosure.suppression.in_turn.stage import Stage
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import Insider, Publication, Rule
from support.drawn import drawn, raw

AREA_SEX = ("REF_AREA", "SEX")
RULE = Rule(5, zeros_hidden=True, coalition=1)


def by_sex(text: str, revised: Collection[str] = ()) -> Publication:
    one = drawn(text, AREA_SEX, "sex")
    return Publication((one.cube,), {"sex": one.values}, {"sex": one.status}, 5, True, frozenset(revised))


def in_all(text: str, revised: Collection[str] = ()) -> Publication:
    """Publish totals alone, by another plan."""
    one = drawn(text, AREA_SEX, "all")
    return Publication((one.cube,), {"all": one.values}, {"all": one.status}, 5, True, frozenset(revised))


def found(report: AuditReport) -> set[str]:
    return {f"{each.kind} {' '.join(each.codes)}" for each in report.findings}


FIRST = """
        | _T  | F  | M
    _T  | 120 | 70 | 50
    MAR | x   | x  | x
    EGY | x   | x  | x
    TUN | 30  | x  | x """
SECOND = """
        | _T
    _T  | x
    MAR | x
    EGY | x
    TUN | 40 """
THIRD = """
        | _T  | F  | M
    _T  | x   | 76 | x
    MAR | x   | x  | x
    EGY | x   | x  | x
    TUN | x   | x  | x """


def test_what_the_second_shows_and_the_third_does_not_is_read_with_the_first():
    """Tunisia revised before the second, which shows its 40; by the third six of ten more are women: four are men."""
    then, now = by_sex(FIRST, ["TUN"]), by_sex(THIRD)
    assert audit([then, in_all(SECOND)]).passed
    assert audit([then, now]).passed
    assert audit([in_all(SECOND), now]).passed
    told = {"changed_little _T M", "changed_little TUN M", "narrow TUN M"}
    assert found(audit([then, in_all(SECOND), now])) == told
    assert audit([then, in_all(SECOND), by_sex(THIRD.replace("| 76 |", "| x  |"))]).passed


def test_two_that_count_the_same_persons_are_one_beside_a_third_that_does_not():
    """Nobody revised between the first two, which hide other cells: both are what the third is a change from."""
    women, men = FIRST.replace("| 70 | 50", "| 70 | x "), FIRST.replace("| 120 | 70 | 50", "| x   | x  | 50")
    now = (
        THIRD.replace("| 76 |", "| x  |")
        .replace("TUN | x  ", "TUN | 40 ")
        .replace("_T  | x   | x  | x", "_T | 130 | x | 54")
    )
    assert "changed_little TUN M" in found(audit([by_sex(women, ["TUN"]), by_sex(men, ["TUN"]), by_sex(now)]))


def test_who_revised_before_the_second_reads_the_other_two_with_its_own():
    """Egypt revised since the second; Tunisia since the first alone, and knows what it has in the last two."""
    text = "| _T | F | M\n_T | 40 | 30 | 10\nMAR | 0 | 0 | 0\nEGY | 0 | 0 | 0\nTUN | 40 | 30 | 10"
    tunisia = Insider("TUN", committee=True, counts={"sex": drawn(text, AREA_SEX).values})
    first, second = by_sex(FIRST, ["TUN", "EGY"]), by_sex(FIRST.replace("TUN | 30 ", "TUN | 40 "), ["EGY"])
    now = by_sex(FIRST.replace("TUN | 30 ", "TUN | x  ").replace("120 | 70 | 50", "x   | 76 | x "))
    assert "too_few_revised _T F" in found(audit_all([first, second, now], [tunisia], 1)["TUN"])


def test_the_engine_reads_the_same():
    """What the second shows of Tunisia is known beside the first; who revised since the first reads without it."""
    counts = "| _T | F | M\n_T | 130 | 76 | 54\nMAR | 45 | 23 | 22\nEGY | 45 | 23 | 22\nTUN | 40 | 30 | 10"
    table = raw(drawn(counts, AREA_SEX, "sex"))
    stage = Stage(table, RULE, link(table))
    (both,) = besides(stage, [by_sex(FIRST, ["TUN"]), in_all(SECOND)], Effort())
    known = both.given.told[both.place[stage.system.numbers["sex"]]]
    assert known.tolist() == [[False] * 3, [False] * 3, [False] * 3, [True, False, False]]
    some = besides(stage, [by_sex(FIRST, ["TUN", "EGY"]), in_all(SECOND, ["EGY"])], Effort())
    assert [(sorted(each.revised), each.only) for each in some] == [
        (["EGY", "TUN"], None),
        (["EGY", "TUN"], None),
        (["EGY"], frozenset({"TUN"})),
    ]
    tunisia = [Insider("TUN", committee=True, counts={})]
    assert [each.suits(tunisia) for each in some] == [False, False, True]
    assert [each.suits([]) for each in some] == [True, True, False]
    assert np.array_equal(some[1].given.told[some[1].place], some[0].given.told[some[0].place])


def test_two_that_cannot_count_the_same_persons_are_read_as_two():
    """Tunisia, which shows nothing, revised twice; the region's totals say that the first two are not alike."""
    hidden = FIRST.replace("TUN | 30 ", "TUN | x  ")
    second = hidden.replace("120 | 70 | 50", "126 | 70 | 56")
    now = hidden.replace("120 | 70 | 50", "x | x | x")
    assert audit([by_sex(hidden, ["TUN"]), by_sex(second, ["TUN"]), by_sex(now)]).passed


def test_what_fits_with_nothing_is_left_out():
    """The second has another total than the third, and nobody is known to have revised since."""
    every = FIRST.replace("| x   | x  | x", "| 45  | x  | x")
    second = replace(by_sex(every.replace("120 | 70 | 50", "127 | x  | x")), revised=None)
    now = every.replace("120 | 70 | 50", "120 | x  | x ").replace("TUN | 30 ", "TUN | x  ")
    judged = by_sex(now)
    assert found(audit([by_sex(every, ["TUN"]), second, judged])) == found(audit([by_sex(every, ["TUN"]), judged]))
