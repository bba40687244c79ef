"""A correction is published in a new vintage: what it changed little is hidden, what it did not change stays as it is.

k = 5 and zeros are hidden; each committee reads with its own persons in hand. ``x`` is the mark.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import Groups, audit, audit_all
from amana.disclosure.clear import clear
from amana.disclosure.suppression.in_turn.beside import beside
from amana.disclosure.suppression.in_turn.stage import Stage
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.suppression.suppress import suppress
from amana.disclosure.table import ClearingRefused, Insider, Publication, RawTable, Rule, Status
from support.drawn import Drawing, drawn, raw, words

AREA_SEX = ("REF_AREA", "SEX")
RULE = Rule(5, zeros_hidden=True, coalition=1)

THEN = """
        | _T  | F  | M
    _T  | 150 | 75 | 75
    MAR | 40  | x  | x
    EGY | 45  | x  | x
    LBY | 35  | x  | x
    TUN | 30  | 15 | 15 """

HELD = """
        | _T  | F  | M
    _T  | 150 | 75 | 75
    MAR | 40  | 10 | 30
    EGY | 45  | 42 | 3
    LBY | 35  | 8  | 27
    TUN | 30  | 15 | 15 """

MENDED = """
        | _T  | F  | M
    _T  | 150 | 76 | 74
    MAR | 40  | 10 | 30
    EGY | 45  | 42 | 3
    LBY | 35  | 8  | 27
    TUN | 30  | 16 | 14 """


def now(text: str) -> RawTable:
    """Return what is held now; each committee knows its own row."""
    table = drawn(text, AREA_SEX, "sex")
    insiders = []
    for row, node in enumerate(table.cube.axes[0].nodes[1:], 1):
        own = np.zeros_like(table.values)
        own[[0, row]] = table.values[row]
        insiders.append(Insider(node.code, committee=True, counts={"sex": own}))
    return raw(table, insiders=insiders)


def then(*revised: str, text: str = THEN) -> Publication:
    return page(drawn(text, AREA_SEX, "sex"), revised)


def page(*tables: Drawing | Collection[str]) -> Publication:
    *drawings, revised = tables
    values, status = ({one.cube.id: getattr(one, name) for one in drawings} for name in ("values", "status"))
    return Publication(tuple(one.cube for one in drawings), values, status, 5, True, frozenset(revised))


def published(text: str, *past: Publication, caution: int = 0) -> list[list[str]]:
    """Return what is shown of a candidate, once the checker has passed it for everybody."""
    table = now(text)
    candidate = suppress(table, RULE, Random(1), past=past, caution=caution)
    later = Publication(table.cubes, candidate.values, candidate.status, 5, zeros_hidden=True)
    reports = audit_all([*past, later], table.insiders, RULE.coalition, groups=Groups())
    assert not [(name, each) for name, report in reports.items() for each in report.findings]
    shown = np.where(candidate.status["sex"] == Status.SHOWN, candidate.values["sex"].astype(str), "x")
    return [list(map(str, line)) for line in shown]


def test_a_woman_who_was_taken_for_a_man_is_not_to_be_seen():
    """Tunisia mends one registration. Its women and men, and the region's, have changed by one: they are hidden."""
    assert published(MENDED, then("TUN")) == words("""
            | _T  | F  | M
        _T  | 150 | x  | x
        MAR | 40  | x  | x
        EGY | 45  | x  | x
        LBY | 35  | x  | x
        TUN | 30  | x  | x """)


def test_many_who_were_late_may_be_seen():
    """Six women more: that is k or more, here and in the region."""
    late = HELD.replace("150 | 75", "156 | 81").replace("30  | 15", "36  | 21")
    assert published(late, then("TUN")) == words("""
            | _T  | F   | M
        _T  | 156 | 81  | 75
        MAR | 40  | x   | x
        EGY | 45  | x   | x
        LBY | 35  | x   | x
        TUN | 36  | 21  | 15 """)


def test_where_nobody_changed_anything_all_is_as_it_was():
    assert published(HELD, then("TUN")) == words(THEN)


MIXED = HELD.replace("150 | 75 | 75", "155 | 81 | 74").replace("30  | 15 | 15", "35  | 21 | 14")


def test_of_six_who_came_and_one_who_went_not_even_the_six_are_shown_with_the_total():
    """The total has five more, of whom six are women: that one man went follows. The hub hides more than the man."""
    naive = THEN.replace("150 | 75 | 75", "155 | 81 | x").replace("30  | 15 | 15", "35  | 21 | x")
    told = {" ".join(each.codes) for each in audit([then("TUN"), page(drawn(naive, AREA_SEX, "sex"), ())]).findings}
    assert {"_T M", "TUN M"} <= told
    shown = {
        (row, column): cell
        for row, line in enumerate(published(MIXED, then("TUN")))
        for column, cell in enumerate(line)
    }
    assert shown[0, 2] == shown[4, 2] == "x"
    assert "x" in {shown[0, 0], shown[0, 1]}
    assert "x" in {shown[4, 0], shown[4, 1]}
    assert [shown[row, 0] for row in (1, 2, 3)] == ["40", "45", "35"]


def test_two_who_revised_do_not_learn_of_each_other():
    """Egypt and Tunisia mend one each, the other way round: the region is the same, and says so to neither."""
    swapped = HELD.replace("42 | 3", "43 | 2").replace("15 | 15", "14 | 16")
    table = published(swapped, then("EGY", "TUN"))
    assert table[0] == ["150", "x", "x"]
    assert table[4] == ["30", "x", "x"]


def test_of_three_vintages_the_last_is_read_beside_each():
    first = then("TUN", "EGY")
    second = then("EGY", text=THEN.replace("75 | 75", "x | x").replace("15 | 15", "x | x"))
    table = published(MENDED.replace("150 | 76", "157 | 83").replace("45  | 42", "52  | 49"), first, second)
    assert [line[0] for line in table] == ["157", "40", "52", "35", "30"]
    assert {cell for line in table for cell in line[1:]} == {"x"}


FIRST = """
        | _T  | F  | M
    _T  | 279 | 60 | 219
    MAR | 64  | x  | x
    EGY | 64  | x  | x
    LBY | 64  | x  | x
    TUN | 87  | 47 | 40 """

LATER = """
        | _T  | F  | M
    _T  | 279 | 60 | 219
    MAR | 64  | 3  | 61
    EGY | 64  | 5  | 59
    LBY | 64  | 5  | 59
    TUN | 87  | 47 | 40 """


def test_who_has_the_new_tables_alone_is_not_told_that_somebody_is_there():
    """60 women in all and 47 in Tunisia: Morocco had 51 men or more, so it had many. Now Tunisia's women are hidden.

    Without the older table Morocco's 64 are at most 60 women, and so 4 men at least: somebody is there. Not if that is
    hidden with it.
    """
    lone = np.zeros((5, 3), dtype=np.bool_)
    lone[4, 1:] = True  # one event stands behind them all
    table = replace(now(LATER), lone={"sex": lone})
    past = then("TUN", text=FIRST)
    candidate = suppress(table, RULE, Random(1), past=[past])
    later = Publication(table.cubes, candidate.values, candidate.status, 5, zeros_hidden=True)
    report = audit([later])  # by somebody who has nothing but the new tables
    told_then = {("TUN", "F"), ("TUN", "M"), ("_T", "F"), ("_T", "M"), ("TUN", "_T")}
    assert not [each for each in report.findings if each.codes not in told_then]
    assert clear(table, RULE, Random(1), past=[past]).report["shown"] > 0


def test_caution_hides_all_that_has_changed_and_then_all_of_the_region_and_then_all_that_may_have():
    late = HELD.replace("150 | 75", "156 | 81").replace("30  | 15", "36  | 21")
    some, more, most = (published(late, then("TUN"), caution=caution) for caution in (1, 2, 3))
    assert [some[0], some[4]] == [["x", "x", "75"], ["x", "x", "15"]]
    assert [more[0], more[4]] == [["x"] * 3, ["x", "x", "15"]]
    assert [most[0], most[4]] == [["x"] * 3, ["x"] * 3]
    assert all([line[0] for line in each[1:4]] == ["40", "45", "35"] for each in (some, more, most))


@pytest.mark.parametrize(
    ("past", "fits"),
    [(THEN, True), (THEN.replace("MAR | 40", "MAR | 41"), False), (THEN.replace("_T  | 150", "_T  | 100"), False)],
)
def test_what_cannot_be_is_not_read_beside(past: str, fits: bool):
    """Morocco did not revise and shows another total; the region showed fewer than all that did not revise."""
    table = now(HELD)
    assert (beside(Stage(table, RULE, link(table)), then("TUN", text=past), Effort()) is not None) == fits


def test_the_hub_publishes_it():
    assert clear(now(MENDED), RULE, Random(1), past=(then("TUN"),)).report["shown"] == 5


def test_where_nothing_can_be_shown_it_is_refused():
    wrong = then("EGY", text=THEN.replace("MAR | 40", "MAR | 41"))  # nobody says that Morocco has revised
    with pytest.raises(ClearingRefused):
        clear(now(HELD), RULE, Random(1), past=(wrong,))
