"""The one way in: suppress, then the checker, then or never a cleared table."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from amana.disclosure import clear as door
from amana.disclosure.suppression.suppress import Candidate
from amana.disclosure.table import ClearingRefused, Rule, Status
from amana.wording.load import LANGUAGES, sentence
from support.drawn import drawn, raw

SMALL = """
    | _T | F  | M
_T  | 61 | 31 | 30
MAR | 23 | 20 | 3
TUN | 38 | 11 | 27 """
RULE = Rule(5, zeros_hidden=True)


def test_the_report_counts_cells_and_nothing_else():
    cleared = door.clear(raw(drawn(SMALL)), RULE, Random(1))
    assert cleared.report == {
        "cells": 9,
        "shown": 5,
        "hidden": 4,
        "cubes": {"drawn": {"cells": 9, "shown": 5}},
        "checks": ["additive", "none_small", "no_value_under_a_mark", "intervals"],
    }
    assert (cleared.method, cleared.least_count, cleared.zeros_hidden) == ("suppress", 5, True)


def test_the_caller_is_told_each_step():
    steps: list[str] = []
    door.clear(raw(drawn(SMALL)), RULE, Random(1), steps.append)
    assert (steps[0], steps[-1]) == ("suppress", "audit")


def test_a_careless_suppressor_is_stopped_by_the_checker(monkeypatch: pytest.MonkeyPatch):
    """Plant a fault: only what is small is hidden, and the margins give it back."""

    def careless(table, rule, _rng, _tell):
        counts = table.counts["drawn"]
        hidden = counts < rule.least_count
        status = np.where(hidden, Status.HIDDEN, Status.SHOWN).astype(np.uint8)
        return Candidate({"drawn": np.where(hidden, 0, counts)}, {"drawn": status})

    monkeypatch.setattr(door, "suppress", careless)
    with pytest.raises(ClearingRefused) as refused:
        door.clear(raw(drawn(SMALL)), RULE, Random(1))
    assert refused.value.facts == {"reason": "checker", "cells": 1, "places": (("drawn", ("MAR", "M")),)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_told_in_every_language(language: str):
    told = sentence(ClearingRefused.code, language, {"reason": "checker", "cells": 3})
    assert "3" in told
    assert told != ClearingRefused.code
