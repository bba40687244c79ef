"""Closing circles once everything is hidden by sums: what that hides besides, and when it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import audit, audit_all
from amana.disclosure.suppression.at_once.method import suppress_at_once
from amana.disclosure.suppression.in_turn import method as in_turn
from amana.disclosure.suppression.in_turn.closing import Closing, closing
from amana.disclosure.suppression.in_turn.method import suppress_in_turn
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.suppression.suppress import suppress
from amana.disclosure.table import ClearingRefused, Flags, Insider, Publication, RawTable, Rule, Status
from support.drawn import Drawing, drawn, raw

RULE = Rule(5, zeros_hidden=True, coalition=1)
WHERE_SEX = drawn("|_T|F|M\n_T|200|100|100\nLEFT|40|25|15\nSTAYED|160|75|85", ("WHERE", "SEX"), "where-sex")
WHERE_ORIGIN = drawn(
    "|_T|MAR|TUN\n_T|200|60|140\nLEFT|40|18|22\nSTAYED|160|42|118", ("WHERE", "ORIGIN"), "where-origin"
)
ORIGIN_SEX = drawn("|_T|F|M\n_T|200|100|100\nMAR|60|4|56\nTUN|140|96|44", ("ORIGIN", "SEX"), "origin-sex")


def circle() -> RawTable:
    """Draw three tables in a circle, Morocco's girls being few; somebody inside knows nobody."""
    table = raw(WHERE_SEX, WHERE_ORIGIN, ORIGIN_SEX)
    nobody = {name: 0 * counts for name, counts in table.counts.items()}
    return RawTable(table.cubes, table.counts, table.absent, (Insider("DZA", committee=True, counts=nobody),))


def marks(*places: tuple[str, int, int]) -> dict[str, Flags]:
    """Return what is hidden, by cube."""
    hidden = {each.id: np.zeros(each.shape, dtype=np.bool_) for each in circle().cubes}
    for name, *at in places:
        hidden[name][tuple(at)] = True
    return hidden


GIRLS = marks(*(("origin-sex", row, column) for row in (1, 2) for column in (1, 2)))


def begun(table: RawTable, rule: Rule, effort: Effort, *, seed: int = 1, together: int | None = None) -> Closing:
    found = closing(table, rule, np.random.default_rng(seed), effort, together=together)
    assert found is not None
    return found


def told(hidden: Mapping[str, Flags]) -> list[str]:
    """Return what an outsider can derive."""
    table = circle()
    status = {name: np.where(some, Status.HIDDEN, Status.SHOWN).astype(np.uint8) for name, some in hidden.items()}
    values = {name: np.where(hidden[name], 0, counts) for name, counts in table.counts.items()}
    return [str(each) for each in audit([Publication(table.cubes, values, status, 5, zeros_hidden=True)]).findings]


def test_more_is_hidden_until_persons_tell_no_more_than_sums():
    circles = begun(circle(), RULE, Effort())
    assert told(GIRLS)
    found = circles.close(GIRLS)
    assert not told(found)
    again = circles.close(found)
    assert all((again[name] == some).all() for name, some in found.items())


IDENTIFIED = raw(  # six of eighteen are not, of whom none is in Libya
    drawn("|_T|ALONE|WITH\n_T|18|7|11\nLBY|6|4|2\nTUN|12|3|9", ("AREA", "HOW"), "area-how"),
    drawn("|_T|CHILD|ADULT\n_T|18|15|3\nALONE|7|7|0\nWITH|11|8|3", ("HOW", "AGE"), "how-age"),
    drawn("|_T|CHILD|ADULT\n_T|18|15|3\nLBY|6|6|0\nTUN|12|9|3", ("AREA", "AGE"), "area-age"),
    drawn("|_T|ALONE|WITH\n_T|15|7|8\nLBY|6|4|2\nTUN|9|3|6", ("AREA", "HOW"), "identified", where=[("IDENT", "Y")]),
)


@pytest.mark.parametrize("seed", range(6))
def test_where_zeros_are_published_a_rest_of_nobody_is_protected_once_it_may_be_somebodys(seed: int):
    """Nobody is left by the sums; what is hidden for the circle may leave one, who would surely be one of few."""
    rule = Rule(2, zeros_hidden=False, coalition=0)
    circles = begun(IDENTIFIED, rule, Effort(), seed=seed, together=0)
    by_sums = suppress_at_once(IDENTIFIED, rule, Random(seed))
    found = circles.close({name: states == Status.HIDDEN for name, states in by_sums.status.items()})
    status = {name: np.where(some, Status.HIDDEN, Status.SHOWN).astype(np.uint8) for name, some in found.items()}
    values = {name: np.where(found[name], 0, counts) for name, counts in IDENTIFIED.counts.items()}
    assert audit([Publication(IDENTIFIED.cubes, values, status, 2, zeros_hidden=False)]).findings == ()
    again = circles.close(found)
    assert all((again[name] == some).all() for name, some in found.items())


def in_pairs(form_age: str, area_age: str, area_form: str) -> RawTable:
    """Draw three tables in a circle, with nobody inside who looks on."""
    return raw(
        drawn(area_form, ("AREA", "FORM"), "area-form"),
        drawn(form_age, ("FORM", "AGE"), "form-age"),
        drawn(area_age, ("AREA", "AGE"), "area-age"),
    )


@pytest.mark.parametrize("seed", [6, 7, 14])
def test_what_no_move_mends_is_hidden_with_its_neighbours(seed: int):
    """Most draws are refused; of these three, each needs a whole sum hidden around what is open."""
    table = in_pairs(
        area_form="|_T|D|E\n_T|23|12|11\nLBY|10|7|3\nTUN|13|5|8",
        form_age="|_T|CHILD|ADULT\n_T|23|5|18\nD|12|2|10\nE|11|3|8",
        area_age="|_T|CHILD|ADULT\n_T|23|5|18\nLBY|10|5|5\nTUN|13|0|13",
    )
    found = suppress(table, Rule(3, zeros_hidden=False, coalition=0), Random(seed))
    assert audit([Publication(table.cubes, found.values, found.status, 3, zeros_hidden=False)]).passed


def test_what_is_not_closed_when_the_effort_is_spent_is_refused():
    effort = Effort()
    circles = begun(circle(), RULE, effort)
    effort.left = 0
    with pytest.raises(ClearingRefused) as refused:
        circles.close(GIRLS)
    assert refused.value.facts["reason"] == "effort_spent"


def test_what_stays_open_whatever_is_hidden_is_refused():
    """Everybody knows that there are no empty cells: by sums all this can be protected, as persons it cannot."""
    rule = Rule(3, zeros_hidden=False, coalition=0)
    table = in_pairs(
        area_form="|_T|D|E\n_T|31|14|17\nLBY|15|6|9\nTUN|16|8|8",
        form_age="|_T|CHILD|ADULT\n_T|31|18|13\nD|14|11|3\nE|17|7|10",
        area_age="|_T|CHILD|ADULT\n_T|31|18|13\nLBY|15|13|2\nTUN|16|5|11",
    )
    assert suppress_at_once(table, rule, Random(44))
    with pytest.raises(ClearingRefused) as refused:
        suppress(table, rule, Random(44))
    assert refused.value.facts["reason"] == "beyond_protection"


def test_figures_that_nobody_can_stand_behind_are_refused():
    """Each two tables agree: who has form D is a child, every child is in Libya, and nobody in Libya has form D."""
    table = in_pairs(
        area_form="|_T|D|E\n_T|20|10|10\nLBY|10|0|10\nTUN|10|10|0",
        form_age="|_T|CHILD|ADULT\n_T|20|10|10\nD|10|10|0\nE|10|0|10",
        area_age="|_T|CHILD|ADULT\n_T|20|10|10\nLBY|10|10|0\nTUN|10|0|10",
    )
    with pytest.raises(ClearingRefused):
        begun(table, RULE, Effort())


def printed(drawing: Drawing, revised: frozenset[str] | None = None) -> Publication:
    """Take a table for all that was printed of these persons, and who has revised since."""
    nothing = {drawing.cube.id: drawing.status}
    return Publication(
        (drawing.cube,), {drawing.cube.id: drawing.values}, nothing, 5, zeros_hidden=True, revised=revised
    )


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("past", "other"), [(WHERE_ORIGIN, "where-sex"), (WHERE_SEX, "where-origin")])
def test_a_circle_is_closed_where_nothing_was_printed_before(past: Drawing, other: str, seed: int):
    table, kept = circle(), printed(past)
    found = suppress_in_turn(table, RULE, Random(seed), past=[kept])
    published = Publication(table.cubes, found.values, found.status, 5, zeros_hidden=True)
    assert all(report.passed for report in audit_all([kept, published], table.insiders, RULE.coalition).values())
    assert found.status[other][1, 2] == Status.HIDDEN
    assert (found.status[past.cube.id] == Status.SHOWN).all()


def test_without_an_older_table_it_is_closed_where_that_costs_least():
    found = suppress_in_turn(circle(), RULE, Random(0))
    assert found.status["where-origin"][1, 2] == Status.HIDDEN
    assert (found.status["where-sex"] == Status.SHOWN).all()


def test_what_closing_hides_is_protected_beside_an_older_vintage_too():
    table, kept = circle(), printed(WHERE_SEX, revised=frozenset({"DZA"}))
    found = suppress_in_turn(table, RULE, Random(0), past=[kept])
    published = Publication(table.cubes, found.values, found.status, 5, zeros_hidden=True)
    assert all(report.passed for report in audit_all([kept, published], table.insiders, RULE.coalition).values())
    assert found.status["where-origin"][1, 2] == Status.HIDDEN


def test_what_closing_hides_is_protected_by_sums_in_its_turn(monkeypatch: pytest.MonkeyPatch):
    """One hidden cell alone in its row is known; so more of the row is hidden, and closing looks again."""
    monkeypatch.setattr(Closing, "close", lambda _closing, hidden: {**hidden, **_with_the_boys(hidden)})
    found = suppress_in_turn(circle(), RULE, Random(1))
    assert not told({name: states == Status.HIDDEN for name, states in found.status.items()})
    assert found.status["where-sex"][1, 2] == Status.HIDDEN
    monkeypatch.setattr(in_turn, "_WIDER", 1)
    with pytest.raises(ClearingRefused):
        suppress_in_turn(circle(), RULE, Random(1))


def _with_the_boys(hidden: Mapping[str, Flags]) -> dict[str, Flags]:
    more = hidden["where-sex"].copy()
    more[1, 2] = True
    return {"where-sex": more}


def test_what_cannot_be_protected_once_it_is_closed_is_refused(monkeypatch: pytest.MonkeyPatch):
    def spent(closing: Closing, hidden: Mapping[str, Flags]) -> dict[str, Flags]:
        closing._effort.left = 0
        return {**hidden, **_with_the_boys(hidden)}

    monkeypatch.setattr(Closing, "close", spent)
    with pytest.raises(ClearingRefused):
        suppress_in_turn(circle(), RULE, Random(1))
