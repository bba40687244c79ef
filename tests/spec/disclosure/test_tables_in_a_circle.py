"""Tables that go round in a circle tell more of persons than of sums: who is in two of them is one and the same."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure.attacks.gate import attack_all
from amana.disclosure.attacks.picture import draw, outsider
from amana.disclosure.attacks.presence import presence
from amana.disclosure.attacks.programme import Effort
from amana.disclosure.attacks.report import Outcome
from amana.disclosure.audit import audit, audit_all
from amana.disclosure.checker.reading import Reading
from amana.disclosure.clear import clear
from amana.disclosure.table import ClearedTable, Publication, Rule
from support.attacked import LIMITS, page
from support.drawn import Drawing, drawn, insider, raw, seen, words

SEXES = drawn(
    """
            | _T  | F   | M
    _T      | 200 | 100 | 100
    LEFT    | 40  | 25  | 15
    STAYED  | 160 | 75  | 85 """,
    ("WHERE", "SEX"),
    "where-sex",
)
ORIGINS = drawn(
    """
            | _T  | MAR | TUN
    _T      | 200 | 60  | 140
    LEFT    | 40  | 18  | 22
    STAYED  | 160 | 42  | 118 """,
    ("WHERE", "ORIGIN"),
    "where-origin",
)
HIDDEN = drawn(
    """
            | _T  | F   | M
    _T      | 200 | 100 | 100
    MAR     | 60  | x   | x
    TUN     | 140 | x   | x """,
    ("ORIGIN", "SEX"),
    "origin-sex",
)

KNOWN = [("IDENT", "Y")]


def test_of_forty_who_left_25_are_girls_and_18_are_from_morocco_so_three_at_least_are_moroccan_girls():
    report = audit([page(SEXES, ORIGINS, HIDDEN)])
    told = {each.codes: (each.kind, each.lower) for each in report.findings}
    assert told[("MAR", "F")] == ("narrow", 3)


def test_no_sum_says_so():
    """All three tables, read by their sums alone; and any two of them, which go round in no circle."""
    by_sums = Reading(page(SEXES, ORIGINS, HIDDEN), (), (), np.zeros(0, dtype=np.int64), as_persons=False)
    assert by_sums.judge(()) == ([], None)
    assert audit([page(SEXES, HIDDEN)]).passed
    assert audit([page(ORIGINS, HIDDEN)]).passed


def test_what_a_report_has_told_of_persons_is_told():
    """Last year's report says that they are 33: that three at least are there is no news. Where it hid them it is."""
    before = drawn(
        """
            | _T  | F   | M
    _T      | 200 | 100 | 100
    MAR     | 60  | 33  | 27
    TUN     | 140 | 67  | 73 """,
        ("ORIGIN", "SEX"),
        "origin-sex",
    )
    now, revised = page(SEXES, ORIGINS, HIDDEN), frozenset({"TUN"})
    assert audit([replace(page(SEXES, ORIGINS, before), revised=revised), now]).passed
    assert [each.codes for each in audit([replace(now, revised=revised), now]).findings] == [("MAR", "F")]


def test_what_sums_tell_who_has_the_new_report_alone_is_a_finding_though_a_report_has_told_it():
    """20 of 60 are men: of Morocco's 23 three at least are women. Two more tables that say nothing change nothing."""
    then = """
        | _T | F  | M
    _T  | 60 | 40 | 20
    MAR | 23 | 12 | 11
    TUN | 37 | 28 | 9 """
    now = """
        | _T | F  | M
    _T  | 60 | 40 | 20
    MAR | 23 | x  | x
    TUN | 37 | x  | x """
    circle = (
        drawn("| _T | C | A\n_T | 60 | x | x\nMAR | 23 | x | x\nTUN | 37 | x | x", ("REF_AREA", "AGE"), "age"),
        drawn("| _T | C | A\n_T | 60 | x | x\nF | 40 | x | x\nM | 20 | x | x", ("SEX", "AGE"), "sex-age"),
    )
    first, second = (drawn(each, ("REF_AREA", "SEX"), "sex") for each in (then, now))
    for more in ((), circle):
        told = audit([replace(page(first, *more), revised=frozenset({"MAR"})), page(second, *more)]).findings
        assert ("MAR", "F", 3) in {(*each.codes, each.lower) for each in told}


def test_that_nobody_was_asked_told_nothing():
    """Form V is all there is of the children, 12 girls and 11 boys. Before, ages and forms were not asked for."""
    places = ("SEX", "AGE"), ("AGE", "FORM"), ("FORM", "SEX")
    then = (
        "| _T | C | A\n_T | 32 | - | -\nF | 14 | - | -\nM | 18 | - | -",
        "| _T | V | W1 | W2\n_T | 32 | - | - | -\nC | - | - | - | -\nA | - | - | - | -",
        "| _T | F | M\n_T | 32 | 14 | 18\nV | - | - | -\nW1 | - | - | -\nW2 | - | - | -",
    )
    now = (
        "| _T | C | A\n_T | 160 | 23 | 137\nF | 80 | 12 | 68\nM | 80 | 11 | 69",
        "| _T | V | W1 | W2\n_T | 160 | 23 | 79 | 58\nC | 23 | 23 | - | -\nA | 137 | - | 79 | 58",
        "| _T | F | M\n_T | 160 | 80 | 80\nV | 23 | x | x\nW1 | 79 | x | x\nW2 | 58 | x | x",
    )
    areas = (
        "| _T | F | M\n_T | 32 | 14 | 18\nMAR | 32 | 14 | 18\nEGY | - | - | -\nLBY | - | - | -\nTUN | - | - | -",
        (
            "| _T | F | M\n_T | 160 | 80 | 80\nMAR | 45 | 20 | 25\nEGY | 40 | 20 | 20\nLBY | 40 | 20 | 20\n"
            "TUN | 35 | 20 | 15"
        ),
    )
    first, second = (
        page(
            drawn(area, ("REF_AREA", "SEX"), "sex"),
            *(drawn(*each) for each in zip(some, places, ("a", "b", "c"), strict=True)),
        )
        for area, some in zip(areas, (then, now), strict=True)
    )
    told = audit([replace(first, revised=frozenset({"MAR", "EGY", "LBY", "TUN"})), second]).findings
    assert {(*each.codes, each.kind, each.lower) for each in told} >= {
        ("V", "F", "determined", 12), ("V", "M", "determined", 11),
    }  # fmt: skip


@pytest.mark.parametrize("pages", [[page(SEXES, ORIGINS, HIDDEN)], [page(SEXES), page(ORIGINS), page(HIDDEN)]])
def test_an_attacker_sees_it_too(pages: list[Publication]):
    picture = draw(pages, as_persons=True)
    found, least, _ = presence(picture, outsider(picture), Effort(asks=20))
    assert {picture.places[at][1]: int(least[at]) for at in found.nonzero()[0]} == {("MAR", "F"): 3}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_it_makes_no_difference_who_published_which_of_them(order: tuple[int, ...]):
    """Three plans about the same persons, and nobody has revised: what they tell together is told by the last."""
    pages = [replace(page(each), revised=frozenset()) for each in (SEXES, ORIGINS, HIDDEN)]
    told = {each.codes: (each.kind, each.lower) for each in audit([pages[at] for at in order]).findings}
    assert told[("MAR", "F")] == ("narrow", 3)
    assert audit([pages[order[0]], pages[order[1]]]).passed


def test_where_one_of_the_other_figures_is_hidden_as_well_nothing_follows():
    told_less = drawn(
        """
                | _T  | MAR | TUN
        _T      | 200 | 60  | 140
        LEFT    | 40  | x   | x
        STAYED  | 160 | x   | x """,
        ("WHERE", "ORIGIN"),
        "where-origin",
    )
    assert audit([page(SEXES, told_less, HIDDEN)]).passed


def test_a_declared_table_of_all_three_closes_the_circle_by_its_sums():
    whole = drawn(
        """
        [_T]
                | _T  | F   | M
        _T      | 200 | 100 | 100
        LEFT    | 40  | 25  | 15
        STAYED  | 160 | 75  | 85
        [MAR]
                | _T  | F   | M
        _T      | 60  | x   | x
        LEFT    | 18  | x   | x
        STAYED  | 42  | x   | x
        [TUN]
                | _T  | F   | M
        _T      | 140 | x   | x
        LEFT    | 22  | x   | x
        STAYED  | 118 | x   | x """,
        ("ORIGIN", "WHERE", "SEX"),
        "all",
    )
    told = {each.codes: each.lower for each in audit([page(whole)]).findings}
    assert told[("MAR", "LEFT", "F")] == told[("MAR", "_T", "F")] == 3


def few(girls: int) -> tuple[Drawing, ...]:
    """Draw Morocco's girls as so few of the same 200 that they have to be hidden."""
    of = drawn(
        f"""
                | _T  | F   | M
        _T      | 200 | 100 | 100
        MAR     | 60  | {girls} | {60 - girls}
        TUN     | 140 | {100 - girls} | {40 + girls} """,
        ("ORIGIN", "SEX"),
        "origin-sex",
    )
    return SEXES, ORIGINS, of


@pytest.mark.parametrize("seed", range(4))
def test_the_hub_hides_so_much_that_nobody_may_be_there(seed: int):
    cleared = clear(raw(*few(4)), Rule(5, zeros_hidden=True), Random(seed))
    marked = words(
        """
                | _T  | F   | M
        _T      | 200 | 100 | 100
        MAR     | 60  | x   | x
        TUN     | 140 | x   | x """
    )
    rounds = [seen(cleared, "where-sex"), seen(cleared, "where-origin")]
    assert seen(cleared, "origin-sex") != marked or any("x" in row for rows in rounds for row in rows)
    assert audit([_published(cleared)]).passed


def test_a_committee_takes_its_own_persons_out_of_the_circle():
    """Of ten in all it knows the five of its own; the other five are all that the rest is made of."""
    own = [
        drawn(
            "    | _T | F | M\n _T | 5 | 3 | 2\n LEFT | 4 | 3 | 1\n STAYED | 1 | 0 | 1", ("WHERE", "SEX"), "where-sex"
        ),
        drawn(
            "    | _T | MAR | TUN\n _T | 5 | 2 | 3\n LEFT | 4 | 2 | 2\n STAYED | 1 | 0 | 1",
            ("WHERE", "ORIGIN"),
            "where-origin",
        ),
        drawn("    | _T | F | M\n _T | 5 | 3 | 2\n MAR | 2 | 1 | 1\n TUN | 3 | 2 | 1", ("ORIGIN", "SEX"), "origin-sex"),
    ]
    told = audit([page(SEXES, ORIGINS, HIDDEN)], party=insider("DZA", *own)).findings
    (moroccan,) = [each for each in told if each.codes == ("MAR", "F")]
    assert moroccan.lower == (25 - 3) + (18 - 2) - (40 - 4) + 1


def test_two_committees_are_read_by_sums_unless_the_region_asks_for_persons():
    """What one alone knows of the ten tells too much; that two put it together is another question."""
    nobody = "    | _T | {0} | {1}\n _T | 0 | 0 | 0\n {2} | 0 | 0 | 0\n {3} | 0 | 0 | 0"
    places = (("WHERE", "SEX"), ("WHERE", "ORIGIN"), ("ORIGIN", "SEX"))
    nodes = (("F", "M", "LEFT", "STAYED"), ("MAR", "TUN", "LEFT", "STAYED"), ("F", "M", "MAR", "TUN"))
    ids = ("where-sex", "where-origin", "origin-sex")
    none = [drawn(nobody.format(*some), where, name) for some, where, name in zip(nodes, places, ids, strict=True)]
    both = [insider(name, *none) for name in ("DZA", "LBY")]
    judged = [page(SEXES, ORIGINS, HIDDEN)]
    by_sums, as_persons = (audit_all(judged, both, as_persons=number)["DZA+LBY"] for number in (1, 2))
    assert by_sums.findings == ()
    assert [(each.codes, each.lower) for each in as_persons.findings] == [(("MAR", "F"), 3)]
    for revised in ("DZA", "TUN"):  # beside an older vintage too, whether or not one of them revised
        pages = [replace(judged[0], revised=frozenset({revised})), *judged]
        told = [audit_all(pages, both, as_persons=number)["DZA+LBY"].findings for number in (1, 2)]
        assert [[each.codes for each in some] for some in told] == [[], [("MAR", "F")]]
    for number, outcome in ((1, Outcome.HELD), (2, Outcome.BROKE)):
        lines = attack_all(judged, insiders=[*both, insider("EGY", *none)], as_persons=number, limits=LIMITS).lines
        assert [line.outcome for line in lines if line.code == "attack.pair"] == [outcome]


def test_a_committee_whose_persons_all_meet_a_condition_counts_none_of_them_besides():
    """Beside an older table of which it has no counts of its own, nothing is told but what the others' figures tell."""
    now = [
        drawn("|_T|F|M\n_T|200|100|100\nLEFT|60|30|30\nSTAYED|140|70|70", ("WHERE", "SEX"), "where-sex"),
        drawn("|_T|F|M\n_T|180|90|90\nMAR|80|40|40\nTUN|100|50|50", ("ORIGIN", "SEX"), "known-sex", where=KNOWN),
        drawn(
            "|_T|MAR|TUN\n_T|180|80|100\nLEFT|50|20|30\nSTAYED|130|60|70",
            ("WHERE", "ORIGIN"),
            "known-origin",
            where=KNOWN,
        ),
    ]
    then = drawn("|_T|MAR|TUN\n_T|200|90|110\nLEFT|60|25|35\nSTAYED|140|65|75", ("WHERE", "ORIGIN"), "where-origin")
    own = [
        drawn("|_T|F|M\n_T|100|50|50\nLEFT|20|10|10\nSTAYED|80|40|40", ("WHERE", "SEX"), "where-sex"),
        drawn("|_T|F|M\n_T|100|50|50\nMAR|40|20|20\nTUN|60|30|30", ("ORIGIN", "SEX"), "known-sex", where=KNOWN),
        drawn(
            "|_T|MAR|TUN\n_T|100|40|60\nLEFT|20|8|12\nSTAYED|80|32|48",
            ("WHERE", "ORIGIN"),
            "known-origin",
            where=KNOWN,
        ),
    ]
    assert audit([page(*now)], party=insider("DZA", *own)).findings == ()
    assert audit([page(then), page(*now)], party=insider("DZA", *own)).findings == ()


def _published(cleared: ClearedTable) -> Publication:
    return Publication(cleared.cubes, cleared.values, cleared.status, cleared.least_count, cleared.zeros_hidden)
