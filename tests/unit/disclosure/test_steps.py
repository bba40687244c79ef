"""Whose change follows from what several others know of theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from amana.disclosure.audit import Groups, audit_all
from amana.disclosure.checker.steps import followed
from amana.disclosure.table import Insider, Key, Publication
from support.drawn import drawn

CODES = "ABCDEGH"
THEN = """
        | _T   | F   | M   | O  | P
    _T  | 1231 | 324 | 354 | x  | x
    A   | 72   | x   | x   | 10 | 12
    B   | 112  | x   | 40  | x  | x
    C   | 129  | x   | 45  | x  | x
    D   | 148  | x   | 50  | x  | x
    E   | 247  | x   | x   | x  | x
    G   | 262  | x   | x   | x  | x
    H   | 261  | x   | x   | x  | x """
NOW = (
    THEN.replace("1231 | 324 | 354", "1252 | 340 | 360")
    .replace("| 72 ", "| 78 ")
    .replace("112", "119")
    .replace("129", "137")
)


def published(text: str, revised: str = "") -> Publication:
    one = drawn(text, ("REF_AREA", "SEX"), "sex")
    since = frozenset(revised) or None
    return Publication((one.cube,), {"sex": one.values}, {"sex": one.status}, 5, zeros_hidden=True, revised=since)


def told(then: Publication, now: Publication) -> np.ndarray:
    return ((then.status["sex"] == 0) & (now.status["sex"] == 0)).ravel()


def places(then: Publication, now: Publication, coalition: int) -> set[tuple[str, str]]:
    nobody: dict[str, list[Key]] = {code: [] for code in then.revised or ()}
    return {codes for _, codes in followed(now, told(then, now), nobody, coalition)}


def test_what_anybody_takes_apart_leaves_fewer_behind():
    """Six men more are A's, as B, C and D show theirs; so A has as many women as before, and of four three are left."""
    then, now = published(THEN, "ABCD"), published(NOW)
    assert places(then, now, 2) == {("B", "F"), ("C", "F"), ("D", "F")}
    assert not places(then, now, 1)
    (cube,) = now.cubes
    nobody = [Insider(code, True, {"sex": np.zeros(cube.shape, dtype=np.int64)}) for code in CODES]
    found = {each.codes for each in audit_all([then, now], nobody, 2, groups=Groups())["A+B"].findings}
    assert ("D", "F") in found


def test_where_each_of_four_hides_the_men_two_are_told_nothing_of_the_others():
    then, now = (
        text.replace("| 40 ", "| x ").replace("| 45 ", "| x ").replace("| 50 ", "| x ") for text in (THEN, NOW)
    )
    assert not places(published(then, "ABCD"), published(now), 2)


def test_of_one_who_revised_alone_and_of_nobody_there_is_nothing_to_put_together():
    then, now = published(THEN, "A"), published(NOW)
    assert not places(then, now, 2)
    assert not places(replace(then, revised=None), now, 2)
    assert not places(replace(then, revised=frozenset("ABCD")), now, 0)
