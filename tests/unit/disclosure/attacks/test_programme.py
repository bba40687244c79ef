"""The attacker's programmes end, and what one method does not answer the other does, or it stays open."""

from __future__ import annotations

import pytest

from amana.disclosure.attacks import programme
from amana.disclosure.attacks.picture import draw, outsider
from amana.disclosure.attacks.presence import presence
from amana.disclosure.attacks.programme import Effort
from amana.disclosure.attacks.ranges import ranges
from amana.disclosure.table import Publication
from support.drawn import drawn

TABLE = drawn("""
        | _T | F  | M  | O
    _T  | 83 | 23 | 30 | 30
    a   | 23 |  x |  x | 10
    b   | 30 |  x |  x | 10
    c   | 30 |  x |  x | 10 """)
PICTURE = draw([Publication((TABLE.cube,), {"drawn": TABLE.values}, {"drawn": TABLE.status}, 5, zeros_hidden=True)])


def told() -> tuple[list[bool], list[bool], int]:
    reader = outsider(PICTURE)
    here, _, unsure = presence(PICTURE, reader, Effort(10))
    tight, _, unknown = ranges(PICTURE, reader, Effort(10))
    return here.tolist(), tight.tolist(), unsure + unknown


def test_where_the_interior_point_method_does_not_end_the_other_answers(monkeypatch: pytest.MonkeyPatch):
    expected = told()
    assert expected[2] == 0
    monkeypatch.setattr(programme, "_STEPS", 0)
    assert told() == expected


def test_what_nothing_answers_stays_open_and_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(programme, "_STEPS", 0)
    monkeypatch.setattr(programme, "_PIVOTS", 0)
    here, tight, unanswered = told()
    assert not any(here)
    assert not any(tight)
    assert unanswered > 0
