"""Two plans about the same persons are one system: what one showed stands, and the other is hidden with it in hand.

k = 5 and zeros are hidden. ``x`` is the mark. An outsider reads; who knows more is in the chapters before.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from amana.disclosure.audit import audit
from amana.disclosure.clear import clear
from amana.disclosure.suppression.suppress import suppress
from amana.disclosure.table import ClearingRefused, Publication, Rule, Status
from support.drawn import Drawing, drawn, raw, seen

RULE = Rule(5, zeros_hidden=True, coalition=0)
AXES = {"age": ("REF_AREA", "SEX", "AGE"), "place": ("REF_AREA", "SEX", "PLACE")}
EGYPT = """
    [EGY]
        | _T | {0}  | {1}
    _T  | 40 | 20 | 20
    F   | 20 | 10 | 10
    M   | 20 | 10 | 10 """
AGES = """
    [TUN]
        | _T | C | A
    _T  | 45 | 7 | 38
    F   | 21 | 1 | 20
    M   | 24 | 6 | 18 """
FIRST = """
    [TUN]
        | _T | C | A
    _T  | 45 | 7 | 38
    F   | x  | x | 20
    M   | x  | x | 18 """
PLACES = """
    [TUN]
        | _T | P  | Q
    _T  | 45 | 38 | 7
    F   | 21 | 14 | 7
    M   | 24 | 24 | 0 """
SECOND = """
    [TUN]
        | _T | P  | Q
    _T  | 45 | 38 | 7
    F   | x  | 14 | x
    M   | x  | 24 | x """


def by(name: str, tunisia: str) -> Drawing:
    """Tunisia as drawn; of Egypt nothing is small."""
    return drawn(tunisia.rstrip() + EGYPT.format(*("CA" if name == "age" else "PQ")), AXES[name], name)


def page(*drawings: Drawing) -> Publication:
    values, status = {one.cube.id: one.values for one in drawings}, {one.cube.id: one.status for one in drawings}
    return Publication(tuple(one.cube for one in drawings), values, status, 5, zeros_hidden=True, revised=frozenset())


STANDS = page(by("age", FIRST))
BOTH = replace(raw(by("place", PLACES), by("age", AGES)), standing=frozenset({"age"}))


def test_neither_plan_tells_anything_and_both_together_do():
    """By ages Tunisia's women are 20 at least; by places 21 at most: one girl at most is among them."""
    second = page(by("place", SECOND))
    assert audit([STANDS]).passed
    assert audit([second]).passed
    assert {(each.kind, each.codes) for each in audit([STANDS, second]).findings} == {
        ("narrow", ("TUN", "F", "C")),
        ("narrow", ("TUN", "M", "Q")),
    }


def test_who_hides_the_second_with_the_first_in_hand_hides_one_figure_more():
    cleared = clear(BOTH, RULE, Random(1), past=[STANDS])
    assert seen(cleared, "place")[:3] == [["45", "38", "7"], ["x", "x", "x"], ["x", "x", "x"]]
    assert [cube.id for cube in cleared.cubes] == ["place"]
    assert audit([STANDS, Publication(cleared.cubes, cleared.values, cleared.status, 5, zeros_hidden=True)]).passed


def test_who_is_not_told_of_it_hides_too_few():
    alone = suppress(raw(by("place", PLACES)), RULE, Random(1), past=[STANDS])
    found = Publication(BOTH.cubes[:1], alone.values, alone.status, 5, zeros_hidden=True)
    assert not audit([STANDS, found]).passed


def test_nothing_that_is_hidden_takes_back_what_the_first_plan_tells_of_the_second_ones_cells():
    """Of 40 who left, 25 are girls and 18 Moroccan: 3 are both, and the second plan asks how many. It is refused."""
    left = ("WHERE", "LEFT")
    sexes = drawn("|_T|F|M\n_T|40|25|15", ("ALL", "SEX"), "sexes", where=[left])
    origins = drawn("|_T|MAR|TUN\n_T|40|18|22", ("ALL", "ORIGIN"), "origins", where=[left])
    asked = drawn("|_T|F|M\n_T|40|25|15\nMAR|18|3|15\nTUN|22|22|0", ("ORIGIN", "SEX"), "asked", where=[left])
    both = replace(raw(asked, sexes, origins), standing=frozenset({"sexes", "origins"}))
    assert clear(raw(sexes, origins), RULE, Random(1)).status["sexes"].max() == Status.SHOWN
    with pytest.raises(ClearingRefused) as refused:
        clear(both, RULE, Random(1), past=[page(sexes, origins)])
    assert refused.value.facts["reason"] == "beyond_protection"
