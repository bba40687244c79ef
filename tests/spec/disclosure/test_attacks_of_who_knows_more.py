"""Attacks, second part: a reader with last year's report, with a figure from elsewhere, or with records of her own.

k = 5, empty cells are hidden like small ones, ``x`` is the mark, ``-`` not collected.
"""

from __future__ import annotations

from collections.abc import Sequence

from amana.disclosure.attacks.differencing import changed, differencing
from amana.disclosure.attacks.dominance import dominance
from amana.disclosure.attacks.insider import learned
from amana.disclosure.attacks.oracle import oracle
from amana.disclosure.attacks.picture import draw
from amana.disclosure.attacks.subtraction import subtraction, told_exactly
from amana.disclosure.table import Insider, KnownFigure
from support.attacked import knows, names, outsider, page, printed
from support.drawn import Drawing, drawn

AREA_SEX = ("REF_AREA", "SEX")


# Differencing. The same persons, a year later; one of them was added.


def moved(older: str, newer: str) -> set[str]:
    then, now = page(drawn(older, AREA_SEX)), page(drawn(newer, AREA_SEX))
    return {" ".join(codes) for _, codes in differencing(then, now)}


def test_one_person_more_is_seen_wherever_she_is_counted():
    assert moved("|_T|F|M\nMAR|20|12|8", "|_T|F|M\nMAR|21|13|8") == {"MAR _T", "MAR F"}


def test_a_change_of_k_is_a_crowd():
    assert not moved("|_T|F|M\nMAR|20|12|8", "|_T|F|M\nMAR|25|17|8")


def test_what_was_hidden_stays_hidden():
    assert moved("|_T|F|M\nMAR|20|x|x", "|_T|F|M\nMAR|20|14|6") == {"MAR F", "MAR M"}


def test_what_is_hidden_now_could_still_be_what_it_was():
    """9 men and others are left now: the 8 men of then may still be there, 10 may not."""
    now = "|_T|F|M|O\nMAR|29|20|x|x"
    assert not moved("|_T|F|M|O\nMAR|30|15|8|7", now.replace("29", "35").replace("20", "26")) - {"MAR _T"}
    assert "MAR M" in moved("|_T|F|M|O\nMAR|37|20|10|7", now)


def test_the_changes_have_sums_of_their_own():
    """Eight more in all, six more women, and nobody was asked about others: two men came."""
    assert moved("|_T|F|M|O\nMAR|40|30|x|-", "|_T|F|M|O\nMAR|48|36|x|-") == {"MAR M"}


def test_the_same_tables_again_tell_nothing():
    again = "|_T|F|M\nMAR|20|x|x"
    assert not moved(again, again)
    assert not changed(page(drawn(again, AREA_SEX)), page(drawn(again, AREA_SEX)))
    assert changed(page(drawn(again, AREA_SEX)), page(drawn(again.replace("20", "21"), AREA_SEX)))


def test_a_table_that_is_new_tells_of_no_change():
    by_age = drawn("|_T|Y|O\nMAR|20|9|11", ("REF_AREA", "AGE"), "age")
    assert not differencing(page(drawn("|_T|F|M\nMAR|20|12|8", AREA_SEX)), page(by_age))


# Oracle. Ask again under another threshold.


def test_the_threshold_at_which_a_mark_appears_is_the_count():
    """k = 5 shows 7, k = 8 hides it; so does k = 6, 7, 8 one after the other for whoever may choose k."""
    mild, strict = drawn("|F|M\nMAR|12|7", AREA_SEX), drawn("|F|M\nMAR|12|x", AREA_SEX)
    assert oracle([page(mild), page(strict, k=8)]) == {("drawn", ("MAR", "M")): 7}


def test_one_mask_however_often_one_asks():
    strict = page(drawn("|F|M\nMAR|12|x", AREA_SEX), k=8)
    assert not oracle([strict, strict])


# Known figures. A national report prints what the hub hides.

FOUR = """
    | _T | F  | M
_T  | 60 | 35 | 25
MAR | 30 | x  | x
TUN | 30 | x  | x """


def told_with(table: Drawing, *figures: KnownFigure) -> set[str]:
    picture = draw([page(table)], figures)
    reader = outsider(picture)
    return names(picture, told_exactly(picture, reader, *subtraction(picture, reader)))


def test_one_printed_figure_undoes_a_whole_rectangle():
    assert not told_with(drawn(FOUR, AREA_SEX))
    figure = printed(3, REF_AREA="MAR", SEX="M")
    assert told_with(drawn(FOUR, AREA_SEX), figure) == {"MAR F", "TUN F", "TUN M"}


def test_a_figure_about_something_else_undoes_nothing():
    assert not told_with(drawn(FOUR, AREA_SEX), printed(3, REF_AREA="LBY", SEX="M"))


# Insider. A committee takes its own persons out.


def learned_by(table: Drawing, *parties: Sequence[Insider], thorough: int = 1) -> set[str]:
    picture = draw([page(table)])
    return names(picture, learned(picture, parties, 20, thorough))


THREE = """
        | _T | F  | M
    _T  | 90 | 60 | 30
    MAR | 30 | x  | x
    TUN | 30 | x  | x
    EGY | 30 | x  | x """
MOROCCO = knows("MAR", drawn("|_T|F|M\n_T|30|22|8\nMAR|30|22|8\nTUN|0|0|0\nEGY|0|0|0", AREA_SEX))
TUNISIA = knows("TUN", drawn("|_T|F|M\n_T|30|20|10\nMAR|0|0|0\nTUN|30|20|10\nEGY|0|0|0", AREA_SEX))
EGYPT = knows("EGY", drawn("|_T|F|M\n_T|30|18|12\nMAR|0|0|0\nTUN|0|0|0\nEGY|30|18|12", AREA_SEX))


def test_of_two_contributors_each_knows_the_other():
    two = drawn("|_T|F|M\n_T|60|42|18\nMAR|30|x|x\nTUN|30|x|x", AREA_SEX)
    morocco = knows("MAR", drawn("|_T|F|M\n_T|30|22|8\nMAR|30|22|8\nTUN|0|0|0", AREA_SEX))
    assert learned_by(two, [morocco]) == {"TUN F", "TUN M"}
    assert learned_by(two, [morocco], thorough=0) == {"TUN F", "TUN M"}  # a pencil is enough


def test_of_three_no_one_knows_another_and_any_two_know_the_third():
    assert not learned_by(drawn(THREE, AREA_SEX), [MOROCCO], [TUNISIA], [EGYPT])
    assert learned_by(drawn(THREE, AREA_SEX), [MOROCCO, TUNISIA]) == {"EGY F", "EGY M"}


def test_its_own_country_is_no_secret_from_it():
    """Morocco alone is in the table of Morocco: nothing is learned, by her, that she did not know."""
    alone = drawn("|_T|F|M\nMAR|30|x|x", AREA_SEX)
    assert not learned_by(alone, [knows("MAR", drawn("|_T|F|M\nMAR|30|22|8", AREA_SEX))])


def test_where_nobody_else_was_asked_the_regional_figure_is_her_own():
    asked = drawn(
        """
            | _T | F  | M
        _T  | x  | x  | x
        MAR | x  | x  | x
        TUN | -  | -  | - """,
        AREA_SEX,
    )
    assert not learned_by(asked, [knows("MAR", drawn("|_T|F|M\n_T|9|8|1\nMAR|9|8|1\nTUN|0|0|0", AREA_SEX))])


def test_an_organisation_with_a_caseload_has_no_country_of_its_own():
    """A shelter knows 22 of Morocco's 30, all women, and that at most 8 more are there; of whom it is not told."""
    shelter = knows(
        "shelter", drawn("|_T|F|M\n_T|22|22|0\nMAR|22|22|0\nTUN|0|0|0\nEGY|0|0|0", AREA_SEX), committee=False
    )
    assert not learned_by(drawn(THREE, AREA_SEX), [shelter])
    crowded = knows(
        "shelter", drawn("|_T|F|M\n_T|28|28|0\nMAR|28|28|0\nTUN|0|0|0\nEGY|0|0|0", AREA_SEX), committee=False
    )
    assert learned_by(drawn(THREE, AREA_SEX), [crowded]) == {"MAR M"}


def test_whoever_takes_her_own_out_sees_that_somebody_else_is_there():
    """Take 3 and 27 of Morocco's out: 27 women and 28 men are left, too few of either to fill Tunisia's 30 alone."""
    table = drawn("|_T|F|M\n_T|85|30|55\nMAR|30|x|x\nTUN|30|x|x\nEGY|25|x|x", AREA_SEX)
    morocco = knows("MAR", drawn("|_T|F|M\n_T|30|3|27\nMAR|30|3|27\nTUN|0|0|0\nEGY|0|0|0", AREA_SEX))
    assert learned_by(table, [morocco]) == {"TUN F", "TUN M"}


def test_of_those_left_out_by_a_filter_she_takes_her_own_out_too():
    """15 of the region are not identified, 14 of them hers: one is Tunisia's."""
    whole = drawn("|_T\n_T|60\nMAR|30\nTUN|30", AREA_SEX, "all")
    part = drawn("|_T\n_T|45\nMAR|x\nTUN|x", AREA_SEX, "identified", where=[("VICTIM_STATUS", "IDENT")])
    own = drawn("|_T\n_T|30\nMAR|30\nTUN|0", AREA_SEX, "all")
    own_part = drawn("|_T\n_T|16\nMAR|16\nTUN|0", AREA_SEX, "identified", where=[("VICTIM_STATUS", "IDENT")])
    picture = draw([page(whole, part)])
    found = names(picture, learned(picture, [[knows("MAR", own, own_part)]], 20, 1))
    assert found == {"TUN _T", "not in identified TUN _T"}


# Dominance. A regional figure without a breakdown by committee.


def test_whoever_holds_nearly_all_of_a_figure_knows_that_the_rest_is_small():
    by_age = drawn("|_T\n_T|90\nY|20\nO|70", ("AGE", "SEX"), "age")
    picture = draw([page(by_age)])
    most = knows("MAR", drawn("|_T\n_T|60\nY|18\nO|42", ("AGE", "SEX"), "age"))
    found, share = dominance(picture, [[most]])
    assert names(picture, found) == {"Y _T"}
    assert share == 333  # per mille: one of three shown figures


def test_whoever_holds_half_of_it_does_not():
    by_age = drawn("|_T\n_T|90\nY|20\nO|70", ("AGE", "SEX"), "age")
    half = knows("MAR", drawn("|_T\n_T|45\nY|10\nO|35", ("AGE", "SEX"), "age"))
    assert dominance(draw([page(by_age)]), [[half]])[1] == 0


def test_with_nothing_shown_nothing_is_dominated():
    assert dominance(draw([page(drawn("|_T\n_T|x", ("AGE", "SEX"), "age"))]), [[MOROCCO]])[1] == 0
