"""Clearing, as the manual would draw it: what goes in, what a reader sees. ``x`` is the mark, ``-`` not collected."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import audit
from amana.disclosure.clear import clear
from amana.disclosure.table import (
    NOT_COLLECTED,
    WITHHELD,
    ClearedTable,
    ClearingRefused,
    Publication,
    RawTable,
    Rule,
    Status,
)
from support.drawn import Drawing, drawn, raw, seen, words

FIVE = Rule(least_count=5, zeros_hidden=True)
FIVE_AND_ZEROS = Rule(least_count=5, zeros_hidden=False)
AREA_SEX, AREA_AGE = ("AREA", "SEX"), ("AREA", "AGE")


def cleared(*drawings: Drawing, rule: Rule = FIVE) -> ClearedTable:
    return clear(raw(*drawings), rule, Random(7))


def test_a_small_count_and_an_empty_cell_look_the_same():
    table = cleared(
        drawn("""
            | F  | M
        MAR | 12 | 3
        TUN | 0  | 9 """)
    )
    assert seen(table, "drawn") == words("""
            | F  | M
        MAR | 12 | x
        TUN | x  | 9 """)


def test_where_zeros_are_published_only_what_is_there_is_hidden():
    table = cleared(
        drawn("""
            | F  | M
        MAR | 12 | 3
        TUN | 0  | 9 """),
        rule=FIVE_AND_ZEROS,
    )
    assert seen(table, "drawn") == words("""
            | F  | M
        MAR | 12 | x
        TUN | 0  | 9 """)


@pytest.mark.parametrize(
    ("row", "zeros_hidden", "least", "most"),
    [
        ("x | x | 20", True, 0, 12),
        ("x | x | 20", False, 1, 11),
        ("x | x | x | 20", True, 0, 12),
        ("x | x | x | 20", False, 1, 10),
    ],
)
def test_each_mark_by_itself_may_be_all_that_is_left_but_one_for_each_other_where_zeros_are_shown(
    row: str, zeros_hidden: bool, least: int, most: int
):
    """32 less 20 are 12: for two marks, and for three."""
    codes = " | ".join("FMON"[: row.count("|") + 1])
    page = drawn(f"by | _T | {codes}\nMAR | 32 | {row}")
    publication = Publication(
        (page.cube,), {"drawn": page.values}, {"drawn": page.status}, 5, zeros_hidden=zeros_hidden
    )
    report = audit([publication], closely=True)
    assert report.passed
    assert report.narrowest is not None
    assert (report.narrowest.lower, report.narrowest.upper) == (least, most)


def test_k_itself_is_shown_and_one_less_is_not():
    assert seen(cleared(drawn("|F|M\nMAR|5|4")), "drawn") == [["5", "x"]]


def test_a_margin_must_not_give_back_what_is_hidden():
    table = cleared(
        drawn("""
            | _T | F  | M
        _T  | 61 | 31 | 30
        MAR | 23 | 20 | 3
        TUN | 38 | 11 | 27 """)
    )
    assert seen(table, "drawn") == words("""
            | _T | F  | M
        _T  | 61 | 31 | 30
        MAR | 23 | x  | x
        TUN | 38 | x  | x """)


def test_the_cheapest_neighbours_are_taken():
    table = cleared(
        drawn("""
            | _T  | F   | M
        _T  | 999 | 495 | 504
        MAR | 403 | 400 | 3
        TUN | 14  | 7   | 7
        EGY | 582 | 88  | 494 """)
    )
    assert seen(table, "drawn")[3] == ["582", "88", "494"]


def test_an_empty_cell_takes_one_neighbour_and_no_more():
    table = cleared(drawn("|_T|F|M\nMAR|12|12|0"))
    assert seen(table, "drawn") in ([["x", "12", "x"]], [["12", "x", "x"]])


def test_a_release_without_a_single_person_shows_nothing():
    assert seen(cleared(drawn("|_T|F|M\n_T|0|0|0\nMAR|0|0|0")), "drawn") == [["x"] * 3] * 2


def test_what_nobody_asked_is_neither_hidden_nor_zero():
    table = cleared(
        drawn(
            """
                | _T | FARM | SEA | _U
            _T  | 60 | 25   | 20  | 15
            MAR | 51 | 25   | 20  | 6
            TUN | 9  | -    | -   | 9 """,
            ("AREA", "SECTOR"),
        )
    )
    assert seen(table, "drawn")[2] == ["9", "-", "-", "9"]
    assert table.cell("drawn", (2, 1)) is NOT_COLLECTED


def test_a_committee_that_sent_nothing_is_not_a_hidden_one():
    table = cleared(drawn("|_T|F|M|_U\n_T|30|15|10|5\nMAR|30|15|10|5\nTUN|-|-|-|-", AREA_SEX))
    assert seen(table, "drawn") == [["30", "15", "10", "5"], ["30", "15", "10", "5"], ["-"] * 4]


def test_minors_are_protected_at_every_level():
    under = {"Y0T11": "Y_LT18", "Y12T17": "Y_LT18"}
    table = cleared(
        drawn(
            """
                | _T  | Y_LT18 | Y_GE18 | Y0T11 | Y12T17
            _T  | 165 | 53     | 112    | 13    | 40
            MAR | 83  | 21     | 62     | 1     | 20
            TUN | 82  | 32     | 50     | 12    | 20 """,
            AREA_AGE,
            under=under,
        )
    )
    assert seen(table, "drawn") == words("""
            | _T  | Y_LT18 | Y_GE18 | Y0T11 | Y12T17
        _T  | 165 | 53     | 112    | 13    | 40
        MAR | 83  | 21     | 62     | x     | x
        TUN | 82  | 32     | 50     | x     | x """)


def test_an_answer_and_its_rest_are_hidden_together():
    table = cleared(
        drawn("""
            | _T | BEG | BEG:_O | SEX | SEX:_O
        _T  | 90 | 23  | 67     | 40  | 50
        MAR | 40 | 3   | 37     | 20  | 20
        TUN | 50 | 20  | 30     | 20  | 30 """)
    )
    assert seen(table, "drawn") == words("""
            | _T | BEG | BEG:_O | SEX | SEX:_O
        _T  | 90 | 23  | 67     | 40  | 50
        MAR | 40 | x   | x      | 20  | 20
        TUN | 50 | x   | x      | 20  | 30 """)


def test_a_form_does_not_tell_of_its_group():
    forms = {"COL": [(("LABOUR",), "HOUSE"), (("LABOUR",), "FIELD"), (("HOUSE", "FIELD"), "LABOUR")]}
    table = cleared(
        drawn(
            """
                | _T | LABOUR | LABOUR:_O | HOUSE | HOUSE:_O | FIELD | FIELD:_O
            _T  | 90 | 40     | 50        | 30    | 60       | 15    | 75
            MAR | 40 | 20     | 20        | 18    | 22       | 3     | 37
            TUN | 50 | 20     | 30        | 12    | 38       | 12    | 38 """,
            covers=forms,
        )
    )
    field, house, labour = (table.cell("drawn", (1, column)) for column in (5, 3, 1))
    assert field is WITHHELD
    assert WITHHELD in (house, labour)  # 20 - 18: at least two in the fields


def test_a_filtered_cell_does_not_give_the_difference_away():
    everybody = drawn("|_T|F|M\n_T|90|45|45\nMAR|40|20|20\nTUN|50|25|25", AREA_SEX, "all")
    identified = drawn(
        "|_T|F|M\n_T|70|35|35\nMAR|38|18|20\nTUN|32|17|15", AREA_SEX, "identified", where=[("VICTIM_STATUS", "IDENT")]
    )
    table = cleared(everybody, identified)
    shown = {table.cell(cube, (1, 1)) for cube in ("all", "identified")}
    assert WITHHELD in shown  # 20 - 18 women of Morocco were not identified


# Each cube alone is safe; the age cube gives back what the sex cube hides.


def linked() -> tuple[Drawing, Drawing]:
    by_sex = drawn(
        """
            | _T | F  | M
        _T  | 99 | 58 | 41
        MAR | 32 | 30 | 2
        TUN | 33 | 10 | 23
        EGY | 34 | 18 | 16 """,
        AREA_SEX,
        "sex",
    )
    by_age = drawn(
        """
            | _T | YOUNG | OLD
        _T  | 99 | 50    | 49
        MAR | 32 | 20    | 12
        TUN | 33 | 10    | 23
        EGY | 34 | 20    | 14 """,
        AREA_AGE,
        "age",
    )
    return by_sex, by_age


def one_by_one(table: RawTable) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Protect each table on its own, hiding a total where that is the cheapest: what a naive release does."""
    values, status = {}, {}
    for cube in table.cubes:
        counts = table.counts[cube.id]
        hidden = counts < 5
        for row, column in np.argwhere(hidden):
            partner = 2 if row != 2 else 1  # another row, the same column and the row's total
            hidden[[row, partner], 0] = hidden[partner, column] = True
        status[cube.id] = np.where(hidden, Status.HIDDEN, Status.SHOWN).astype(np.uint8)
        values[cube.id] = np.where(hidden, 0, counts)
    return values, status


def test_each_cube_alone_is_safe_and_together_they_are_not():
    table = raw(*linked())
    values, status = one_by_one(table)
    for cube in table.cubes:
        assert audit([Publication((cube,), values, status, 5, True)]).passed
    together = audit([Publication(table.cubes, values, status, 5, True)])
    assert ("sex", ("MAR", "M"), "determined") in [(each.cube, each.codes, each.kind) for each in together.findings]


def test_as_one_system_nothing_can_be_derived():
    table = cleared(*linked())
    assert table.cell("sex", (1, 2)) is WITHHELD
    assert audit([Publication(table.cubes, table.values, table.status, 5, True)]).findings == ()


def test_the_same_quantity_is_hidden_wherever_it_stands():
    table = cleared(*linked(), drawn("|_T\nMAR|32\nTUN|33\nEGY|34", ("AREA", "ROUTE"), "again"))
    assert [table.status["sex"][row, 0] for row in (1, 2, 3)] == [
        table.status["again"][row - 1, 0] for row in (1, 2, 3)
    ]


def test_counts_that_do_not_add_up_are_refused_and_named():
    with pytest.raises(ClearingRefused) as refused:
        cleared(drawn("|_T|F|M\nMAR|41|20|20"))
    assert refused.value.facts == {
        "reason": "not_additive",
        "cells": 3,
        "places": (("drawn", ("MAR", "_T")), ("drawn", ("MAR", "F")), ("drawn", ("MAR", "M"))),
    }


def test_what_cannot_be_protected_is_refused_and_no_count_is_told():
    with pytest.raises(ClearingRefused) as refused:  # zeros are published: a mark over two marks is at least two
        cleared(drawn("|_T|F|M\nMAR|3|1|2"), rule=FIVE_AND_ZEROS)
    assert refused.value.facts["reason"] == "beyond_protection"
    assert ("drawn", ("MAR", "_T")) in refused.value.facts["places"]
