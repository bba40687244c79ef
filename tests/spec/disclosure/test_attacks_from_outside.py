"""Attacks, first part: a reader who has the tables, a pencil, and then a computer.

Each attack is drawn twice: on a table that gives way to it and on the nearest one that does not. ``x`` is the mark,
k = 5, and empty cells are hidden like small ones unless the name says otherwise.
"""

from __future__ import annotations

import numpy as np

from amana.disclosure.attacks.lattice import lattice
from amana.disclosure.attacks.linear import linear
from amana.disclosure.attacks.presence import presence
from amana.disclosure.attacks.programme import Effort
from amana.disclosure.attacks.ranges import ranges
from amana.disclosure.attacks.subtraction import subtraction, told_exactly
from support.attacked import names, seen
from support.drawn import Drawing, drawn

AREA_SEX = ("AREA", "SEX")

# No row or column is larger than the two others together: anybody may be anywhere.
SOUND = drawn("""
        | _T | F  | M
    _T  | 60 | 35 | 25
    MAR | 18 | x  | x
    TUN | 17 | x  | x
    EGY | 25 | x  | x """)


def by_pencil(*drawings: Drawing, zeros_hidden: bool = True) -> dict[str, tuple[int, int]]:
    """Return what one sum at a time gives away, with the least and the most of it."""
    picture, reader = seen(*drawings, zeros_hidden=zeros_hidden)
    lower, upper = subtraction(picture, reader)
    found = told_exactly(picture, reader, lower, upper)
    return {" ".join(picture.places[at][1]): (int(lower[at]), int(upper[at])) for at in np.flatnonzero(found)}


def by_equations(*drawings: Drawing) -> dict[str, int]:
    picture, reader = seen(*drawings)
    found, values = linear(picture, reader)
    return {" ".join(picture.places[at][1]): int(values[at]) for at in np.flatnonzero(found)}


def by_presence(*drawings: Drawing, zeros_hidden: bool = True) -> set[str]:
    picture, reader = seen(*drawings, zeros_hidden=zeros_hidden)
    return names(picture, presence(picture, reader, Effort(20))[0])


def by_programming(*drawings: Drawing, asks: int = 20) -> set[str]:
    picture, reader = seen(*drawings)
    return names(picture, ranges(picture, reader, Effort(asks))[0])


# Subtraction. 61 women and men; 31 women; how many men?


def test_one_hidden_cell_in_a_row_is_the_total_minus_the_rest():
    assert by_pencil(
        drawn("""
            | _T | F  | M
        MAR | 23 | 20 | x """)
    ) == {"MAR M": (3, 3)}


def test_two_hidden_cells_in_a_row_are_not():
    assert not by_pencil(drawn("|_T|F|M\nMAR|23|x|x"))


def test_what_is_left_to_share_out_can_be_too_little():
    table = drawn("""
            | _T | F  | M | O
        MAR | 23 | 20 | x | x """)
    assert by_pencil(table) == {"MAR M": (0, 3), "MAR O": (0, 3)}


def test_a_pencil_goes_on_from_what_it_found():
    """Row by row and column by column: 5 men of Egypt, then those of Tunisia, then the women of Tunisia."""
    table = drawn("""
            | _T | F  | M
        _T  | 60 | 35 | 25
        MAR | 30 | 20 | 10
        TUN | 20 | x  | x
        EGY | 10 | 6  | x """)
    assert by_pencil(table) == {"TUN F": (9, 9), "TUN M": (11, 11), "EGY M": (4, 4)}


def test_the_same_cell_shown_in_another_table_is_no_secret():
    by_age = drawn("|_T\nMAR|21", ("AREA", "AGE"), "age")
    assert by_pencil(drawn("|_T\nMAR|x", AREA_SEX, "sex"), by_age) == {"MAR _T": (21, 21)}


def test_the_filtered_table_under_the_whole_one_tells_of_the_others():
    whole = drawn("|_T\nMAR|40", AREA_SEX, "all")
    part = drawn("|_T\nMAR|38", AREA_SEX, "identified", where=[("VICTIM_STATUS", "IDENT")])
    assert by_pencil(whole, part) == {"not in identified MAR _T": (2, 2)}


def test_a_filtered_table_beside_nothing_leaves_no_rest():
    part = drawn("|_T|F|M\nMAR|38|20|18", AREA_SEX, "identified", where=[("VICTIM_STATUS", "IDENT")])
    assert not by_pencil(part)
    assert not by_pencil(part, drawn("|_T\nMAR|-", AREA_SEX, "all"))


def test_a_rest_that_is_large_tells_of_nobody():
    whole = drawn("|_T\nMAR|40", AREA_SEX, "all")
    part = drawn("|_T\nMAR|30", AREA_SEX, "identified", where=[("VICTIM_STATUS", "IDENT")])
    assert not by_pencil(whole, part)


def test_where_zeros_are_published_an_empty_rest_is_as_open_as_an_empty_cell():
    whole = drawn("|_T\nMAR|40", AREA_SEX, "all")
    part = drawn("|_T\nMAR|40", AREA_SEX, "identified", where=[("VICTIM_STATUS", "IDENT")])
    assert by_pencil(whole, part) == {"not in identified MAR _T": (0, 0)}
    assert not by_pencil(whole, part, zeros_hidden=False)


def test_where_zeros_are_published_a_mark_is_one_at_least():
    """Three marks share three persons: one each."""
    assert by_pencil(drawn("|_T|F|M|O\n_T|3|x|x|x"), zeros_hidden=False) == {
        "_T F": (1, 1),
        "_T M": (1, 1),
        "_T O": (1, 1),
    }


# Exact linear. No sum has a single gap, and yet the sums leave no choice.


def ring() -> tuple[Drawing, Drawing, Drawing]:
    """A and B differ by 2, B and C by 3, C and A add up to 65: no two tables tell, three do."""
    first = drawn("|_T|b1|b2\n_T|60|x|x\na1|x|x|10\na2|x|12|x", ("A", "B"), "ab")
    second = drawn("|_T|c1|c2\n_T|60|x|x\nb1|x|x|12\nb2|x|15|x", ("B", "C"), "bc")
    third = drawn("|_T|a1|a2\n_T|60|x|x\nc1|x|10|x\nc2|x|x|5", ("C", "A"), "ca")
    return first, second, third


def test_a_ring_of_three_tables_is_solved_as_equations():
    assert not by_pencil(*ring())
    assert by_equations(*ring())["a1 b1"] == 20


def test_any_two_of_the_three_are_not():
    for left_out in range(3):
        assert not by_equations(*(each for number, each in enumerate(ring()) if number != left_out))


def test_equations_do_not_know_that_nobody_is_less_than_none():
    """The row has 3 to share among two: the equations leave both open, the pencil does not."""
    assert not by_equations(drawn("|_T|F|M|O\nMAR|23|20|x|x"))


# Presence. "Was my victim found?"


def test_a_row_that_is_larger_than_the_column_says_that_somebody_is_there():
    """23 in Morocco, at most 20 men anywhere: three women at least."""
    assert by_presence(
        drawn("""
            | _T | F  | M
        _T  | 60 | 40 | 20
        MAR | 23 | x  | x
        TUN | 37 | x  | x """)
    ) == {"MAR F"}


def test_rows_that_fit_into_either_column_say_nothing():
    assert not by_presence(SOUND)


def test_hundreds_are_no_answer():
    """At most 3 men anywhere: that Tunisia has 39 women at least does not tell of one."""
    assert not by_presence(drawn("|_T|F|M\n_T|60|57|3\nTUN|42|x|x\nMAR|18|18|x"))


def test_where_zeros_are_published_the_mark_itself_says_that_somebody_is_there():
    assert not by_presence(drawn("|_T|F|M\n_T|60|x|x"), zeros_hidden=False)
    assert by_presence(drawn("|_T|F|M|O\n_T|x|x|x|0"), zeros_hidden=False) == {"_T _T"}  # two marks: two at least


def test_a_form_is_no_more_than_its_group_and_a_group_no_more_than_its_forms():
    """20 in all kinds of labour, 18 of them in houses: two at least are in fields."""
    forms = [(("LABOUR",), "HOUSE"), (("LABOUR",), "FIELD"), (("HOUSE", "FIELD"), "LABOUR")]
    table = drawn(
        """
            | _T | LABOUR | LABOUR:_O | HOUSE | HOUSE:_O | FIELD | FIELD:_O
        MAR | 60 | 20     | 40        | 18    | 42       | x     | x """,
        covers={"COL": forms},
    )
    assert by_presence(table) == {"MAR FIELD"}


def test_of_tables_that_no_count_fits_nothing_is_claimed():
    """P is Q and 6 more, Q is P and 7 more: no table to look at. The checker refuses such a release."""
    first = drawn("|_T|P|Q|R\nMAR|x|x|x|6", AREA_SEX, "first", under={"Q": "P", "R": "P"})
    second = drawn("|_T|Q|P|S\nMAR|x|x|x|7", AREA_SEX, "second", under={"P": "Q", "S": "Q"})
    assert not by_presence(first, second)
    assert not by_programming(first, second)


# Linear programming: signs and all sums together.


def squeezed() -> tuple[Drawing, Drawing]:
    """The same women of Morocco: by one table they share 40 with Tunisia's, by another they are less than 5."""
    by_sex = drawn("|_T|F|M\n_T|60|40|20\nMAR|x|x|x\nTUN|x|x|x", AREA_SEX, "sex")
    by_age = drawn("|_T|Y|O\n_T|60|4|56\nMAR|x|x|0\nTUN|x|x|56", ("AREA", "AGE"), "age")
    return by_sex, by_age


def test_two_tables_squeeze_a_cell_between_them():
    assert {"MAR F", "MAR M"} <= by_programming(*squeezed())
    assert not by_programming(squeezed()[0])


def test_signs_close_a_ring_that_a_pencil_and_equations_leave_open():
    """a1 b1 is A1 - 50, and C1 is 8 more; A1 and C1 are 65 at most, as z hides the rest: so a1 b1 is 3 at most."""
    open_ring = (
        drawn("|_T|b1|b2\n_T|60|x|x\na1|x|x|50\na2|x|5|x", ("A", "B"), "ab"),
        drawn("|_T|c1|c2\n_T|60|x|x\nb1|x|x|5\nb2|x|8|x", ("B", "C"), "bc"),
        drawn("|_T|a1|a2\n_T|60|x|x\nc1|x|5|x\nc2|x|x|x", ("C", "A"), "ca"),
    )
    assert "a1 b1" not in by_pencil(*open_ring)
    assert not by_equations(*open_ring)
    assert "a1 b1" in by_programming(*open_ring)


def test_whom_it_asks_about_one_by_one_is_limited_and_what_is_settled_at_once_is_not():
    assert not by_programming(SOUND, asks=0)


# Lattice least squares: the best guess, put on the sums.


def guessed(*drawings: Drawing) -> tuple[set[str], dict[str, int]]:
    picture, reader = seen(*drawings)
    pinned, best = lattice(picture, reader, 6, subtraction(picture, reader))
    return names(picture, pinned), {
        " ".join(place[1]): int(value) for place, value in zip(picture.places, best, strict=False)
    }


def test_every_guess_ends_at_one_number_where_the_sums_leave_no_room():
    pinned, best = guessed(*ring())
    assert "a1 b1" in pinned
    assert best["a1 b1"] == 20


def test_where_they_leave_room_the_guesses_disagree():
    pinned, _ = guessed(SOUND)
    assert not pinned
