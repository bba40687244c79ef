"""Closing circles once everything is hidden by sums: what that hides besides, and when it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import audit
from amana.disclosure.suppression import in_turn
from amana.disclosure.suppression import persons as made_up
from amana.disclosure.suppression.at_once import suppress_at_once
from amana.disclosure.suppression.closing import ClosedTurn, Closing
from amana.disclosure.suppression.in_turn import suppress_in_turn
from amana.disclosure.suppression.room import Flags
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import ClearingRefused, Insider, Publication, RawTable, Rule, Status
from support.drawn import drawn, raw

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


def closed(effort: Effort) -> Closing:
    return Closing(circle(), RULE, np.random.default_rng(1), effort)


def told(hidden: Mapping[str, Flags]) -> list[str]:
    """Return what an outsider can derive."""
    table = circle()
    status = {name: np.where(some, Status.HIDDEN, Status.SHOWN).astype(np.uint8) for name, some in hidden.items()}
    values = {name: np.where(hidden[name], 0, counts) for name, counts in table.counts.items()}
    return [str(each) for each in audit([Publication(table.cubes, values, status, 5, zeros_hidden=True)]).findings]


def quiet(_step: str) -> None:
    pass


def test_more_is_hidden_until_persons_tell_no_more_than_sums():
    closing = closed(Effort())
    assert told(GIRLS)
    found = closing.close(GIRLS, quiet)
    assert not told(found)
    again = closing.close(found, quiet)
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
    closing = Closing(IDENTIFIED, rule, np.random.default_rng(seed), Effort(), together=0)
    by_sums = suppress_at_once(IDENTIFIED, rule, Random(seed), quiet)
    found = closing.close({name: states == Status.HIDDEN for name, states in by_sums.status.items()}, quiet)
    status = {name: np.where(some, Status.HIDDEN, Status.SHOWN).astype(np.uint8) for name, some in found.items()}
    values = {name: np.where(found[name], 0, counts) for name, counts in IDENTIFIED.counts.items()}
    assert audit([Publication(IDENTIFIED.cubes, values, status, 2, zeros_hidden=False)]).findings == ()
    again = closing.close(found, quiet)
    assert all((again[name] == some).all() for name, some in found.items())


def test_what_no_move_mends_is_hidden_with_its_neighbours(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ClosedTurn, "_settle", lambda *_args: None)
    found = closed(Effort()).close(GIRLS, quiet)
    assert sum(int(some.sum()) for some in found.values()) > sum(int(some.sum()) for some in GIRLS.values())
    assert not told(found)


def test_what_is_not_closed_when_the_effort_is_spent_is_refused():
    effort = Effort()
    closing = closed(effort)
    effort.left = 0
    with pytest.raises(ClearingRefused) as refused:
        closing.close(GIRLS, quiet)
    assert refused.value.facts["reason"] == "effort_spent"


def test_what_stays_open_whatever_is_hidden_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ClosedTurn, "mend", lambda *_args: None)
    monkeypatch.setattr(ClosedTurn, "left", lambda turn: turn.hidden)
    with pytest.raises(ClearingRefused):
        closed(Effort()).close(GIRLS, quiet)


def test_what_closing_hides_is_protected_by_sums_in_its_turn(monkeypatch: pytest.MonkeyPatch):
    """One hidden cell alone in its row is known; so more of the row is hidden, and closing looks again."""
    monkeypatch.setattr(Closing, "close", lambda _closing, hidden, _tell: {**hidden, **_with_the_boys(hidden)})
    found = suppress_in_turn(circle(), RULE, Random(1), quiet)
    assert not told({name: states == Status.HIDDEN for name, states in found.status.items()})
    assert found.status["where-sex"][1, 2] == Status.HIDDEN
    monkeypatch.setattr(in_turn, "_WIDER", 1)
    with pytest.raises(ClearingRefused):
        suppress_in_turn(circle(), RULE, Random(1), quiet)


def test_what_closing_hides_is_protected_beside_an_older_vintage_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Closing, "close", lambda _closing, hidden, _tell: {**hidden, **_with_the_boys(hidden)})
    table = circle()
    hidden = {name: np.where(some, Status.HIDDEN, Status.SHOWN).astype(np.uint8) for name, some in GIRLS.items()}
    values = {name: np.where(GIRLS[name], 0, counts) for name, counts in table.counts.items()}
    past = Publication(table.cubes, values, hidden, 5, zeros_hidden=True, revised=frozenset({"DZA"}))
    found = suppress_in_turn(table, RULE, Random(1), quiet, past=[past])
    assert found.status["where-sex"][1, 2] == Status.HIDDEN


def _with_the_boys(hidden: Mapping[str, Flags]) -> dict[str, Flags]:
    more = hidden["where-sex"].copy()
    more[1, 2] = True
    return {"where-sex": more}


def test_what_cannot_be_protected_once_it_is_closed_is_refused(monkeypatch: pytest.MonkeyPatch):
    def spent(closing: Closing, hidden: Mapping[str, Flags], _tell: object) -> dict[str, Flags]:
        closing._effort.left = 0
        return {**hidden, **_with_the_boys(hidden)}

    monkeypatch.setattr(Closing, "close", spent)
    with pytest.raises(ClearingRefused):
        suppress_in_turn(circle(), RULE, Random(1), quiet)


def test_persons_are_whole_where_a_programme_cuts_them_in_halves(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(made_up, "solution", lambda asked, _effort: np.full(asked.getNumCol(), 0.5))
    found = made_up.persons(circle(), Effort())
    (table,) = [cube for cube in found.cubes if not cube.printed]
    assert found.counts[table.id].sum() == 200
