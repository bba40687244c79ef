"""The one way in: suppress, then the checker, then the attacks; then or never a cleared table."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure import clear as door
from amana.disclosure.attacks.report import AT_HOME
from amana.disclosure.checker import knots
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.suppress import suppress
from amana.disclosure.table import ClearingRefused, KnownFigure, Publication, Rule, Status
from amana.wording.load import LANGUAGES, sentence
from support.drawn import drawn, insider, raw

SMALL = """
    | _T | F  | M
_T  | 61 | 31 | 30
MAR | 23 | 20 | 3
TUN | 38 | 11 | 27 """
TUNISIA = """
    | _T | F  | M
_T  | 38 | 11 | 27
MAR | 0  | 0  | 0
TUN | 38 | 11 | 27 """
RULE = Rule(5, zeros_hidden=True)
MAR_MEN = frozenset({("ROW", "MAR"), ("COL", "M")})


def masked(text: str):
    """A suppressor that hides what is drawn as x, whatever it is asked."""
    picture = drawn(text)

    def careless(table, rule, rng, **given):
        if "drawn" not in table.counts:  # an attacker's guess at a part of it
            return suppress(table, rule, rng, **given)
        values = np.where(picture.status == Status.HIDDEN, 0, table.counts["drawn"])
        return Candidate({"drawn": values}, {"drawn": picture.status})

    return careless


def test_the_report_counts_cells_and_nothing_else():
    cleared = door.clear(raw(drawn(SMALL)), RULE, Random(1))
    attacks = cleared.report["attacks"]
    assert {**cleared.report, "attacks": None} == {
        "cells": 9,
        "shown": 5,
        "hidden": 4,
        "cubes": {"drawn": {"cells": 9, "shown": 5}},
        "checks": ["additive", "none_small", "no_value_under_a_mark", "intervals", "groups", "attacks"],
        "open": [],
        "attacks": None,
    }
    assert attacks["passed"] is True
    assert (cleared.method, cleared.least_count, cleared.zeros_hidden) == ("suppress", 5, True)


def test_the_report_names_what_was_asked_and_nothing_else():
    nobody = replace(drawn(SMALL), values=np.zeros((3, 3), dtype=np.int64))
    before = door.clear(raw(drawn(SMALL)), RULE, Random(1))
    past = Publication(before.cubes, before.values, before.status, 5, zeros_hidden=True)
    asked = raw(drawn(SMALL), insiders=[insider("TUN/1", nobody, committee=False)], lone=[nobody])
    told = door.clear(asked, RULE, Random(1), past=[past]).report["checks"]
    assert {"events_and_entities", "insiders", "groups", "past"} < set(told)
    told = door.clear(raw(drawn(SMALL)), replace(RULE, coalition=0), Random(1)).report["checks"]
    assert not {"events_and_entities", "insiders", "groups", "past"} & set(told)


ONE_EVENT = """
    | _T | F  | M
_T  | 0  | 0  | 0
MAR | 0  | 0  | 0
TUN | 0  | 0  | 1 """


def test_a_figure_of_one_event_is_refused_whatever_the_engine_thinks(monkeypatch: pytest.MonkeyPatch):
    def careless(table, rule, rng, **given):
        return suppress(replace(table, lone={}), rule, rng, **given)

    large = SMALL.replace("| 20 | 3", "| 12 | 11")
    large = large.replace("| 61 | 31 | 30", "| 61 | 23 | 38")
    asked = raw(drawn(large), lone=[drawn(ONE_EVENT)])
    assert door.clear(asked, RULE, Random(1)).status["drawn"][2, 2] == Status.HIDDEN
    monkeypatch.setattr(door, "suppress", careless)
    with pytest.raises(ClearingRefused) as refused:
        door.clear(asked, RULE, Random(1))
    assert (refused.value.facts["reason"], refused.value.facts["places"]) == ("checker", (("drawn", ("TUN", "M")),))


def test_the_report_names_what_was_not_looked_for(monkeypatch: pytest.MonkeyPatch):
    text = "|_T|{0}|{1}\n_T|80|40|40\n{2}|40|20|20\n{3}|40|20|20"
    tables = [
        drawn(text.format(*"FMab"), ("REF_AREA", "SEX"), "sexes"),
        drawn(text.format(*"CDab"), ("REF_AREA", "AGE"), "ages"),
        drawn(text.format(*"FMCD"), ("AGE", "SEX"), "both"),
    ]
    assert door.clear(raw(*tables), RULE, Random(1)).report["open"] == []
    monkeypatch.setattr(knots, "_MOST", 7)
    assert door.clear(raw(*tables), RULE, Random(1)).report["open"] == [["AGE", "REF_AREA", "SEX"]]


def test_a_careless_suppressor_is_stopped_by_the_checker(monkeypatch: pytest.MonkeyPatch):
    """Plant a fault: only what is small is hidden, and the margins give it back."""
    monkeypatch.setattr(door, "suppress", masked(SMALL.replace("| 3\n", "| x\n")))
    with pytest.raises(ClearingRefused) as refused:
        door.clear(raw(drawn(SMALL)), RULE, Random(1))
    assert refused.value.facts == {"reason": "checker", "cells": 1, "places": (("drawn", ("MAR", "M")),)}


def test_what_chance_did_badly_is_drawn_again(monkeypatch: pytest.MonkeyPatch):
    """The first draw hides too little, and nobody ever sees it; the next is sound."""
    careless, draws = masked(SMALL.replace("| 3\n", "| x\n")), []

    def learning(table, rule, rng, **given):
        draws.append("drawn" in table.counts)
        return (careless if len(draws) == 1 else suppress)(table, rule, rng, **given)

    monkeypatch.setattr(door, "suppress", learning)
    assert door.clear(raw(drawn(SMALL)), RULE, Random(1)).report["hidden"] == 4
    assert draws[:2] == [True, True]


def test_what_could_not_be_protected_by_chance_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    draws: list[int] = []

    def unlucky(table, rule, rng, **given):
        draws.append(given.get("caution", 0))
        if len(draws) < 3:
            raise ClearingRefused(reason="beyond_protection", cells=1, places=())
        return suppress(table, rule, rng, **given)

    monkeypatch.setattr(door, "suppress", unlucky)
    assert door.clear(raw(drawn(SMALL)), RULE, Random(1)).report["hidden"] == 4
    assert draws[:3] == [0, 0, 1]


def test_what_took_all_the_effort_there_is_is_not_tried_again(monkeypatch: pytest.MonkeyPatch):
    draws: list[int] = []

    def weary(_table, _rule, _rng, **given):
        draws.append(given.get("caution", 0))
        raise ClearingRefused(reason="effort_spent", cells=1, places=())

    monkeypatch.setattr(door, "suppress", weary)
    with pytest.raises(ClearingRefused):
        door.clear(raw(drawn(SMALL)), RULE, Random(1))
    assert draws == [0]


BLOCK = """
    | _T | F  | M
_T  | 61 | 31 | 30
MAR | 23 | x  | x
TUN | 38 | x  | x """


def test_what_is_enough_for_an_outsider_is_not_enough_for_a_neighbour(monkeypatch: pytest.MonkeyPatch):
    """Tunisia takes its own eleven women from the region's thirty-one."""
    monkeypatch.setattr(door, "suppress", masked(BLOCK))
    tunisia = insider("TUN", drawn(TUNISIA))
    assert door.clear(raw(drawn(SMALL)), RULE, Random(1)).report["hidden"] == 4
    with pytest.raises(ClearingRefused) as refused:
        door.clear(raw(drawn(SMALL), insiders=[tunisia]), RULE, Random(1))
    assert refused.value.facts["reason"] == "checker"
    alone = replace(RULE, coalition=0)
    assert door.clear(raw(drawn(SMALL), insiders=[tunisia]), alone, Random(1)).report["hidden"] == 4


def test_the_engine_hides_from_the_neighbour_what_the_outsider_may_see():
    tunisia = insider("TUN", drawn(TUNISIA))
    cleared = door.clear(raw(drawn(SMALL), insiders=[tunisia]), RULE, Random(1))
    assert cleared.report["hidden"] > 4


def test_an_attack_that_succeeds_stops_the_table():
    with pytest.raises(ClearingRefused) as refused:
        door.clear(raw(drawn(SMALL)), RULE, Random(1), limits=replace(AT_HOME, pinned=-1))
    assert refused.value.facts["reason"] == "attacked"


def test_a_printed_figure_is_taken_at_what_the_vault_holds_and_others_say_nothing():
    """The report printed 4; the vault holds 3. The cell keeps its mark, and is protected no more."""
    elsewhere = KnownFigure(frozenset({("ROW", "DZA")}), 7, "a report")
    cleared = door.clear(raw(drawn(SMALL)), RULE, Random(1), known=[KnownFigure(MAR_MEN, 4, "a report"), elsewhere])
    assert cleared.status["drawn"][1, 2] == Status.HIDDEN
    assert cleared.report["hidden"] == 1
    lines = {line["code"]: line for line in cleared.report["attacks"]["lines"]}
    assert lines["attack.known"]["facts"]["figures"] == 1


def test_what_was_hidden_once_stays_hidden():
    first = drawn(BLOCK)
    past = Publication((first.cube,), {"drawn": first.values}, {"drawn": first.status}, 5, zeros_hidden=True)
    larger = raw(
        drawn(SMALL.replace("| 3\n", "| 30\n").replace("23 ", "50 ").replace("30\nMAR", "57\nMAR").replace("61", "88"))
    )
    assert door.clear(larger, RULE, Random(1)).report["hidden"] == 0
    again = door.clear(larger, RULE, Random(1), past=[past])
    assert (again.status["drawn"][1:, 1:] == Status.HIDDEN).all()


def test_a_figure_that_changed_by_one_person_is_hidden_and_may_still_be_what_it_was():
    before = drawn("""
            | _T | F  | M
        _T  | 62 | 31 | 31
        MAR | 24 | 13 | 11
        TUN | 38 | 18 | 20 """)
    past = Publication((before.cube,), {"drawn": before.values}, {"drawn": before.status}, 5, zeros_hidden=True)
    now = raw(
        drawn("""
            | _T | F  | M
        _T  | 61 | 31 | 30
        MAR | 23 | 13 | 10
        TUN | 38 | 18 | 20 """)
    )
    cleared = door.clear(now, RULE, Random(1), past=[past], limits=replace(AT_HOME, narrowed=1000))
    shown = cleared.status["drawn"] == Status.SHOWN
    assert not shown[0, 0]
    assert not shown[1, 2]
    assert (cleared.values["drawn"][shown] == before.values[shown]).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_told_in_every_language(language: str):
    told = sentence(ClearingRefused.code, language, {"reason": "checker", "cells": 3})
    assert "3" in told
    assert told != ClearingRefused.code
