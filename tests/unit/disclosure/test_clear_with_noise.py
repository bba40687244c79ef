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
from amana.disclosure.table import ClearingRefused, Cube, RawTable, Status
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
