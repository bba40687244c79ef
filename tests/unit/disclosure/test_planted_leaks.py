"""Each drawing is a candidate with one leak planted in it; the checker must refuse every one, for the right reason.

k = 5 and zeros hidden, unless the name says otherwise. ``x`` is the mark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from amana.disclosure.audit import AuditReport, audit
from amana.disclosure.table import Publication
from support.drawn import Drawing, drawn

AGES = {"Y0T4": "Y_LT18", "Y5T11": "Y_LT18", "Y12T17": "Y_LT18"}
FORMS = [(("LABOUR",), "HOUSE"), (("LABOUR",), "FIELD"), (("HOUSE", "FIELD"), "LABOUR")]


@dataclass(frozen=True)
class Leak:
    kind: str
    at: tuple[str, ...]  # the cube and the codes of one finding
    drawings: tuple[Drawing, ...]
    zeros_hidden: bool = True


def check(*drawings: Drawing, zeros_hidden: bool = True) -> AuditReport:
    cubes = tuple(each.cube for each in drawings)
    values = {each.cube.id: each.values for each in drawings}
    status = {each.cube.id: each.status for each in drawings}
    return audit([Publication(cubes, values, status, 5, zeros_hidden)])


SAFE = """
    by  | _T | F  | M
    _T  | 90 | 50 | 40
    MAR | 40 | x  | x
    TUN | 30 | x  | x
    EGY | 20 | 10 | 10 """


def two_cubes() -> tuple[Drawing, Drawing]:
    """Morocco's total is hidden in the first cube and shown in the second; 34 - 30 men are left."""
    first = drawn(
        """
        by  | _T | F  | M
        _T  | 90 | 50 | 40
        MAR | x  | 30 | x
        TUN | x  | 10 | x
        EGY | 20 | 10 | 10 """,
        ("AREA", "SEX"),
        "sex",
    )
    second = drawn(
        """
        by  | _T | CAMP | CITY
        _T  | 90 | 40   | 50
        MAR | 34 | 20   | 14
        TUN | 36 | 10   | 26
        EGY | 20 | 10   | 10 """,
        ("AREA", "PLACE"),
        "place",
    )
    return first, second


def squeeze() -> tuple[Drawing, Drawing]:
    """By the first cube Morocco has at least 30, by the second at most 30; each marks the total."""
    first = drawn(
        """
        by  | _T | F  | M
        _T  | 90 | 50 | 40
        MAR | x  | 30 | x
        TUN | x  | 10 | x
        EGY | 20 | 10 | 10 """,
        ("AREA", "SEX"),
        "sex",
    )
    second = drawn(
        """
        by  | _T | CAMP | CITY
        _T  | 90 | 25   | 65
        MAR | x  | x    | 15
        TUN | x  | x    | 40
        EGY | 20 | 10   | 10 """,
        ("AREA", "PLACE"),
        "place",
    )
    return first, second


def cycle(corner: int = 5) -> tuple[Drawing, Drawing, Drawing]:
    """A and B differ by 2, B and C by 3, C and A add up to 70 - corner: no two cubes tell, three do."""
    first = drawn("by|_T|b1|b2\n_T|60|x|x\na1|x|x|10\na2|x|12|x", ("A", "B"), "ab")
    second = drawn("by|_T|c1|c2\n_T|60|x|x\nb1|x|x|12\nb2|x|15|x", ("B", "C"), "bc")
    third = drawn(f"by|_T|a1|a2\n_T|60|x|x\nc1|x|10|x\nc2|x|x|{corner}", ("C", "A"), "ca")
    return first, second, third


def under_a_mark() -> Drawing:
    safe = drawn(SAFE)
    values = safe.values.copy()
    values[1, 1] = 3
    return replace(safe, values=values)


LEAKS = {
    "a small count is shown": Leak("shown_small", ("drawn", "MAR", "M"), (drawn("by|F|M\nMAR|12|3\nTUN|9|x"),)),
    "a zero is shown while zeros are hidden": Leak(
        "shown_small", ("drawn", "TUN", "F"), (drawn("by|F|M\nMAR|12|x\nTUN|0|9"),)
    ),
    "the value is left in the array under the mark": Leak("inconsistent", ("drawn", "MAR", "F"), (under_a_mark(),)),
    "a value is left where nothing was collected": Leak(
        "inconsistent",
        ("drawn", "MAR", "M"),
        (replace(drawn("by|F|M\nMAR|12|-"), values=np.array([[12, 7]])),),
    ),
    "a status that does not exist": Leak(
        "inconsistent",
        ("drawn", "MAR", "M"),
        (replace(drawn("by|F|M\nMAR|12|x"), status=np.array([[0, 7]], dtype=np.uint8)),),
    ),
    "a status that tables with noise alone have": Leak(
        "inconsistent",
        ("drawn", "MAR", "M"),
        (replace(drawn("by|F|M\nMAR|12|x"), status=np.array([[0, 3]], dtype=np.uint8)),),
    ),
    "an array of another shape": Leak(
        "inconsistent", ("drawn",), (replace(drawn(SAFE), values=np.zeros((2, 2), int)),)
    ),
    "the only hidden cell of a row": Leak(
        "determined",
        ("drawn", "MAR", "M"),
        (
            drawn("""
            by  | _T | F  | M
            _T  | 60 | 35 | x
            MAR | 28 | 25 | x
            TUN | 32 | 10 | x """),
        ),
    ),
    "the region minus all other areas": Leak(
        "determined",
        ("drawn", "LBY", "F"),
        (
            drawn("""
            by  | F
            _T  | 63
            MAR | 40
            TUN | 20
            LBY | x """),
        ),
    ),
    "a chain of subtractions, row by column": Leak(
        "determined",
        ("drawn", "TUN", "O"),
        (
            drawn("""
            by  | _T | F  | M  | O
            _T  | 90 | 40 | x  | x
            MAR | 34 | x  | x  | 12
            TUN | 36 | 19 | x  | x
            EGY | 20 | 5  | 5  | 10 """),
            drawn("by|_T|F|M|O\n_T|90|40|19|31", ("ROW", "COL"), "margin"),
        ),
    ),
    "too little left to share out": Leak(
        "narrow",
        ("drawn", "MAR", "F"),
        (
            drawn("""
            by  | _T | F  | M  | O
            _T  | 90 | 45 | 25 | 20
            MAR | 23 | x  | x  | 20
            TUN | 67 | x  | x  | x """),
        ),
    ),
    "an interval of width two that is no point": Leak(
        "narrow",
        ("drawn", "MAR", "F"),
        (
            drawn("""
            by  | _T | F  | M
            _T  | 90 | 50 | 40
            MAR | 40 | x  | x
            TUN | 42 | x  | x
            EGY | 8  | 6  | x """),
            drawn("by|_T|F|M\n_T|90|50|40\nEGY|8|6|x\nREST|82|44|38", ("ROW", "COL"), "other"),
        ),
    ),
    "a hidden cell that is surely there": Leak(
        "narrow",
        ("drawn", "MAR", "F"),
        (
            drawn("""
            by  | _T | F  | M
            _T  | 60 | 40 | 20
            MAR | 23 | x  | x
            TUN | 37 | x  | x """),
        ),
    ),
    "totals that do not add up": Leak(
        "inconsistent",
        ("drawn",),
        (
            drawn("""
            by  | _T | F  | M
            _T  | 91 | 50 | 40
            MAR | 40 | 22 | 18
            TUN | 50 | 28 | 22 """),
        ),
    ),
    "hidden cells that would have to be negative": Leak(
        "inconsistent",
        ("drawn",),
        (
            drawn("""
            by  | _T | F  | M  | O
            _T  | 90 | 50 | 20 | 20
            MAR | 40 | 41 | x  | x
            TUN | 50 | 9  | x  | x """),
        ),
    ),
    "one quantity with two values": Leak(
        "inconsistent",
        ("first", "MAR"),
        (drawn("by|_T\nMAR|20", ("AREA", "SEX"), "first"), drawn("by|_T\nMAR|21", ("AREA", "AGE"), "second")),
    ),
    "hidden in one cube and shown in another": Leak(
        "determined",
        ("first", "MAR", "_T"),
        (drawn("by|_T\nMAR|x", ("AREA", "SEX"), "first"), drawn("by|_T\nMAR|21", ("AREA", "AGE"), "second")),
    ),
    "a subtraction across two cubes": Leak("determined", ("sex", "MAR", "M"), two_cubes()),
    "two cubes squeeze a cell between them": Leak("determined", ("sex", "MAR", "M"), squeeze()),
    "a cycle through three cubes": Leak("determined", ("ab", "a1", "b1"), cycle()),
    "a cycle that no whole number of persons can close": Leak("narrow", ("ab", "a1", "b1"), cycle(6)),
    "minors: a band is the difference of two levels": Leak(
        "determined",
        ("bands", "MAR", "Y0T4"),
        (
            drawn(
                """
                by  | _T | Y_LT18 | Y_GE18 | Y0T4 | Y5T11 | Y12T17
                MAR | 90 | x      | x      | x    | 11    | 20 """,
                ("AREA", "AGE"),
                "bands",
                under=AGES,
            ),
            drawn("by|_T|Y_LT18|Y_GE18\nMAR|90|34|56", ("AREA", "AGE"), "majority"),
        ),
    ),
    "several answers: the rest tells the answer": Leak(
        "determined",
        ("drawn", "MAR", "BEG"),
        (
            drawn("""
            by  | _T | BEG | BEG:_O | SEX | SEX:_O
            MAR | 40 | x   | 37     | 20  | 20 """),
        ),
    ),
    "covers: a group is no more than its forms": Leak(
        "narrow",
        ("drawn", "MAR", "FIELD"),
        (
            drawn(
                """
                by  | _T | LABOUR | LABOUR:_O | HOUSE | HOUSE:_O | FIELD | FIELD:_O
                MAR | 60 | 20     | 40        | 18    | 42       | x     | x """,
                covers={"COL": FORMS},
            ),
        ),
    ),
    "covers: a form is no more than its group": Leak(
        "narrow",
        ("drawn", "MAR", "HOUSE"),
        (
            drawn(
                """
                by  | _T | LABOUR | LABOUR:_O | HOUSE | HOUSE:_O
                _T  | 64 | 24     | 40        | x     | x
                MAR | x  | x      | 40        | x     | x
                TUN | x  | 20     | x         | 12    | x """,
                covers={"COL": FORMS[:1]},
            ),
        ),
    ),
    "the filtered cell taken from the unfiltered one": Leak(
        "determined",
        ("identified", "not IDENT", "MAR"),
        (
            drawn("by|_T\nMAR|20", ("AREA", "SEX"), "all"),
            drawn("by|_T\nMAR|18", ("AREA", "SEX"), "identified", where=[("VICTIM_STATUS", "IDENT")]),
        ),
    ),
    "what was not collected is all unknown": Leak(
        "determined",
        ("sex", "MAR", "_T"),
        (
            drawn("by|_T|F|M\nMAR|x|x|x", ("AREA", "SEX"), "sex"),
            drawn("by|_T|FARM|SEA|_U\nMAR|x|-|-|8", ("AREA", "SECTOR"), "sector"),
        ),
    ),
    "three dimensions: one weak corner pins the block": Leak(
        "narrow",
        ("drawn", "a", "M", "v"),
        (
            drawn(
                """
                [_T]
                by | _T | u  | v
                _T | 94 | 50 | 44
                F  | 46 | 24 | 22
                M  | 48 | 26 | 22
                [a]
                by | _T | u  | v
                _T | 31 | 14 | 17
                F  | 14 | x  | x
                M  | 17 | x  | x
                [b]
                by | _T | u  | v
                _T | 63 | 36 | 27
                F  | 32 | x  | x
                M  | 31 | x  | x """,
                ("AREA", "SEX", "AGE"),
            ),
        ),
    ),
    "zeros published: three marks share three persons": Leak(
        "determined",
        ("drawn", "MAR", "F"),
        (drawn("by|_T|F|M|O\nMAR|x|x|x|x\nTUN|20|x|x|x\n_T|23|x|x|x"),),
        zeros_hidden=False,
    ),
    "zeros published: two marks share five persons": Leak(
        "narrow", ("drawn", "MAR", "F"), (drawn("by|_T|F|M|O\nMAR|25|x|x|20"),), zeros_hidden=False
    ),
    "zeros published: a mark over two marks is at least two": Leak(
        "narrow", ("drawn", "MAR", "_T"), (drawn("by|_T|F|M|O\nMAR|x|x|x|0"),), zeros_hidden=False
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_the_checker_refuses(name: str):
    leak = LEAKS[name]
    report = check(*leak.drawings, zeros_hidden=leak.zeros_hidden)
    assert not report.passed
    assert (leak.kind, *leak.at) in [
        (each.kind, each.cube, *each.codes)[: 1 + len(leak.at)] for each in report.findings
    ]


def test_at_least_twenty_leaks_are_planted():
    assert len(LEAKS) >= 20


def test_what_leaks_nothing_passes():
    assert check(drawn(SAFE)) == AuditReport(passed=True, findings=(), cells=12, hidden=4)


@pytest.mark.parametrize("alone", [*two_cubes(), *squeeze()])
def test_of_two_linked_cubes_each_alone_is_safe(alone: Drawing):
    assert check(alone).passed


@pytest.mark.parametrize("left_out", [0, 1, 2])
def test_of_three_cubes_in_a_cycle_any_two_are_safe(left_out: int):
    assert check(*(each for number, each in enumerate(cycle()) if number != left_out)).passed


def test_a_finding_says_what_can_be_derived():
    report = check(*two_cubes())
    derived = {(each.cube, *each.codes): (each.lower, each.upper) for each in report.findings}
    assert derived["sex", "MAR", "M"] == (4, 4)


def test_where_much_leaks_the_rest_is_refused_without_further_ado():
    """Forty rows have one mark each: the verdict is clear, and nobody asks a solver how close the cycle comes."""
    rows = "".join(f"\nr{number}|30|25|x" for number in range(40))
    report = check(*cycle(6), drawn(f"|_T|F|M{rows}", ("ROW", "COL"), "rows"))
    assert {each.kind for each in report.findings if each.cube == "rows"} == {"determined"}
    assert ("ab", ("a1", "b1"), "narrow") in {(each.cube, each.codes, each.kind) for each in report.findings}
