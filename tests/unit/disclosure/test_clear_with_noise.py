"""A table with noise is cleared in one draw: no cell is hidden, every cell says how far off it may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from amana.disclosure import clear
from amana.disclosure.attacks.report import Limits
from amana.disclosure.clear import clear_with_noise
from amana.disclosure.noise.noisy import release_noisy
from amana.disclosure.noise.plan import plan
from amana.disclosure.noise.reconstruct import variances
from amana.disclosure.noise.weights import plan_by_size
from amana.disclosure.table import NOT_MEASURED, ClearingRefused, Cube, RawTable, Status
from support.drawn import drawn, raw
from support.noisy import count, flat

LIMITS = Limits(
    asks=10, thorough=1, guesses=3, pinned=300, dominated=300, faces=4, tries=4, narrowed=300, auc=750, caught=80
)
TABLE = raw(
    drawn("""
        | _T | F  | M
    _T  | 24 | 12 | 12
    MAR | 15 | 12 | 3
    TUN | 9  | 0  | 9 """)
)
RHO = 0.05


def cleared(table: RawTable = TABLE, lifetime: float = 0.1):
    return clear_with_noise(table, plan(table.cubes, RHO), lifetime, LIMITS)


def test_nothing_is_hidden_and_every_cell_has_a_variance():
    table = cleared()
    assert table.method == "dp"
    assert (table.status["drawn"] == Status.SHOWN).all()
    assert (table.noisy.variance["drawn"] > 0).all()
    assert np.array_equal(table.values["drawn"], np.rint(table.noisy.estimate["drawn"]))


def test_the_margins_of_what_was_drawn_still_add_up():
    estimate = cleared().noisy.estimate["drawn"]
    assert estimate[0] == pytest.approx(estimate[1:].sum(axis=0), abs=1e-9)
    assert estimate[:, 0] == pytest.approx(estimate[:, 1:].sum(axis=1), abs=1e-9)


def test_two_draws_differ():
    assert not np.array_equal(cleared().noisy.estimate["drawn"], cleared().noisy.estimate["drawn"])


def test_where_nobody_was_asked_there_is_no_figure():
    absent = TABLE.absent["drawn"].copy()
    absent[1] = True
    counts = TABLE.counts["drawn"].copy()
    counts[0] -= counts[1]
    counts[1] = 0
    table = cleared(RawTable(TABLE.cubes, {"drawn": counts}, {"drawn": absent}))
    assert (table.status["drawn"][1] == Status.NOT_COLLECTED).all()
    for part in (table.noisy.estimate, table.noisy.variance, table.noisy.display):
        assert (part["drawn"][1] == 0).all()


def test_a_lifetime_that_says_too_much_of_one_person_is_refused_before_anything_is_drawn():
    with pytest.raises(ClearingRefused) as refused:
        cleared(lifetime=2.0)
    assert refused.value.facts["reason"] == "attacked"


def test_noise_that_is_smaller_than_its_figures_say_is_refused_after_the_draw(monkeypatch: pytest.MonkeyPatch):
    table = count([Cube("large", (flat("A", "abcdefgh"), flat("B", "abcde"), flat("C", "abcd")))], [])
    asked = plan(table.cubes, RHO)
    assert clear_with_noise(table, asked, 0.1, LIMITS).report["attacks"]["passed"]
    half = plan(table.cubes, 4 * RHO)  # a quarter of the variance
    monkeypatch.setattr(
        clear, "release_noisy", lambda *_: replace(release_noisy(table, half), variance=variances(asked))
    )
    with pytest.raises(ClearingRefused) as refused:
        clear_with_noise(table, asked, 0.1, LIMITS)
    assert refused.value.facts == {"reason": "attacked", "cells": 0, "places": ()}


def test_figures_that_state_a_higher_price_than_the_plans_are_refused(monkeypatch: pytest.MonkeyPatch):
    """All of it may be within what a person may spend in her life; this release was to cost less."""
    table = count([Cube("large", (flat("A", "abcdefgh"), flat("B", "abcde"), flat("C", "abcd")))], [])
    asked, dear = plan(table.cubes, RHO), plan(table.cubes, 1.01 * RHO)
    monkeypatch.setattr(clear, "release_noisy", lambda *_: release_noisy(table, dear))
    with pytest.raises(ClearingRefused):
        clear_with_noise(table, asked, 0.1, LIMITS)
    assert clear_with_noise(table, dear, 0.1, LIMITS).report["attacks"]["passed"]


def test_counts_that_contradict_each_other_are_refused_as_they_are_without_noise():
    counts = TABLE.counts["drawn"].copy()
    counts[0, 0] += 1
    with pytest.raises(ClearingRefused) as refused:
        cleared(RawTable(TABLE.cubes, {"drawn": counts}, TABLE.absent))
    assert refused.value.facts["reason"] == "not_additive"


A, B, C = flat("A", "abcdefgh"), flat("B", "abcde"), flat("C", "abcd")
DROWNED = count(
    [Cube("abc", (A, B, C)), Cube("ab", (A, B)), Cube("ac", (A, C)), Cube("bc", (B, C))],
    [frozenset({("A", "a"), ("B", "b"), ("C", "c")})] * 40,
)
BY_SIZE = plan_by_size(DROWNED.cubes, RHO, 40)


def test_what_was_not_measured_has_an_estimate_for_display_and_no_figure():
    table = clear_with_noise(DROWNED, BY_SIZE, 0.1, LIMITS)
    inner = (slice(1, None),) * 3
    assert (table.status["abc"][inner] == Status.NOT_MEASURED).all()
    assert (table.status["abc"][0] == Status.SHOWN).all()
    assert all((table.status[name] == Status.SHOWN).all() for name in ("ab", "ac", "bc"))
    assert (table.values["abc"][inner] == 0).all()
    assert (table.noisy.estimate["abc"][inner] == 0).all()
    assert np.isinf(table.noisy.variance["abc"][inner]).all()
    assert (table.noisy.display["abc"][inner] > 0).any()
    assert table.cell("abc", (1, 1, 1)) is NOT_MEASURED
    assert table.noisy.weights == BY_SIZE.weights
    assert table.noisy.weights["abc"] == 0
    assert table.report["attacks"]["passed"]


def test_where_nobody_was_asked_nothing_is_told_of_what_was_not_measured_either():
    absent = {name: np.zeros_like(each) for name, each in DROWNED.absent.items()}
    for name in ("abc", "ab", "ac"):
        absent[name][2] = True
    table = RawTable(DROWNED.cubes, DROWNED.counts, absent)
    found = clear_with_noise(table, plan_by_size(table.cubes, RHO, 40, absent), 0.1, LIMITS)
    assert (found.status["abc"][2] == Status.NOT_COLLECTED).all()
    assert (found.status["abc"][3, 1:, 1:] == Status.NOT_MEASURED).all()
    for part in (found.noisy.estimate, found.noisy.variance, found.noisy.display):
        assert (part["abc"][2] == 0).all()


def instead(monkeypatch: pytest.MonkeyPatch, drawn_by, stated_by) -> None:
    """Draw by one plan, and state the variances of another."""
    monkeypatch.setattr(
        clear, "release_noisy", lambda *_: replace(release_noisy(DROWNED, drawn_by), variance=variances(stated_by))
    )


@pytest.mark.parametrize(
    "known_bad",
    [
        pytest.param((plan(DROWNED.cubes, 4 * RHO, BY_SIZE.weights), BY_SIZE), id="less noise than stated"),
        pytest.param((BY_SIZE, plan(DROWNED.cubes, RHO)), id="a figure stated of what was not measured"),
        pytest.param((BY_SIZE, plan(DROWNED.cubes, 1.01 * RHO, BY_SIZE.weights)), id="dearer than planned"),
        pytest.param((plan(DROWNED.cubes, RHO), plan(DROWNED.cubes, RHO)), id="measured all the same"),
    ],
)
def test_with_tables_that_are_not_measured_the_gate_still_catches_a_draw_that_is_not_as_planned(monkeypatch, known_bad):
    instead(monkeypatch, BY_SIZE, BY_SIZE)
    assert clear_with_noise(DROWNED, BY_SIZE, 0.1, LIMITS).report["attacks"]["passed"]
    instead(monkeypatch, *known_bad)
    with pytest.raises(ClearingRefused) as refused:
        clear_with_noise(DROWNED, BY_SIZE, 0.1, LIMITS)
    assert refused.value.facts == {"reason": "attacked", "cells": 0, "places": ()}
