"""A plan beside what was published of the same persons: where they cut otherwise, subtraction gives groups away."""

from __future__ import annotations

from pathlib import Path

import pytest

from amana.codebook.load import load
from amana.disclosure.table import Cube
from amana.plans.axes import shape_of
from amana.plans.beside import areas_apart, counts_anew, unlinked_beside, unreadable_beside
from amana.plans.plan import Plan
from support.smallbook import plan

BOOK = load()

SEX = 'id = "cube"\nby = ["REF_AREA", "SEX"]'
AGE = 'id = "cube"\nby = ["AGE"]\nlevels = { AGE = "band" }'
FORM = 'id = "cube"\nby = ["EXPLOITATION"]\nlevels = { EXPLOITATION = "group" }\ncodes = { EXPLOITATION = ["EXG_SEX"] }'
FORMS = 'id = "cube"\nby = ["REF_AREA", "EXPLOITATION"]\ncodes = { EXPLOITATION = ["EXP_SEX_PRO", "EXP_BEG"] }'

APART = {
    "women here, men there: the rest of both is a third group": (
        f'{SEX}\ncodes = {{ SEX = ["F"] }}', f'{SEX}\ncodes = {{ SEX = ["M"] }}', "SEX",
    ),
    "bands beside two of them and a rest": (
        AGE, 'id = "cube"\nby = ["AGE"]\ncodes = { AGE = ["Y12T17", "Y18T29"] }', None,
    ),
    "one dimension here, another there": (SEX, AGE, None),
    "the same again": (SEX, SEX, None),
    "a finer cut that names the groups": (f'{SEX}\ncodes = {{ SEX = ["F"] }}', SEX, None),
    "forms beside groups of forms": (FORM, FORMS, "EXPLOITATION"),
    "all forms again": (f'{SEX}\nfilter.EXPLOITATION = "EXP_BEG"', FORMS, None),
    "a form here, not known there: who has the one has not the other": (
        FORM, FORM.replace("EXG_SEX", "EXP_UNK"), "EXPLOITATION",
    ),
    "all forms here, one of them there": (
        FORM.partition("codes")[0], FORM.replace("EXG_SEX", "EXP_BEG"), None,
    ),
    "a form here, another there": (FORM, FORM.replace("EXG_SEX", "EXG_LAB"), None),
    "a filter on a form beside groups": (FORM, f'{SEX}\nfilter.EXPLOITATION = "EXP_SEX"', "EXPLOITATION"),
}  # fmt: skip


def published(declared: Plan) -> list[Cube]:
    return [shape_of(cube, declared, BOOK, ("MAR", "TUN")) for cube in declared.cubes]


@pytest.mark.parametrize("case", APART)
def test_a_plan_is_held_against_what_was_published(tmp_path: Path, case: str) -> None:
    one, other, name = APART[case]
    first, second = (plan(tmp_path, text, book=BOOK) for text in (one, other))
    assert unlinked_beside(second, published(first), BOOK) == name
    assert unlinked_beside(first, published(second), BOOK) == name
    assert unlinked_beside(first, [], BOOK) is None


@pytest.mark.parametrize(
    ("one", "other", "elsewhere"),
    [
        (SEX, SEX, False),
        (f'{SEX}\ncodes = {{ SEX = ["F"] }}', SEX, False),
        (AGE, FORM, False),
        (SEX, 'id = "cube"\nby = ["SEX"]', True),
        (SEX, f'{SEX}\nfilter.EXPLOITATION = "EXP_BEG"', True),
    ],
)
def test_committees_stand_in_the_same_tables_or_elsewhere(
    tmp_path: Path, one: str, other: str, elsewhere: bool
) -> None:
    """A figure of the region then, and those of committees now: whoever did not revise binds them, unseen."""
    first, second = (plan(tmp_path, text, book=BOOK) for text in (one, other))
    assert bool(areas_apart(published(second), published(first))) is elsewhere
    assert unreadable_beside(first, published(second), BOOK) is (elsewhere or one != other)


@pytest.mark.parametrize(
    ("then", "now", "anew"),
    [
        (SEX, SEX, False),
        (SEX, 'id = "other"\nby = ["SEX", "REF_AREA"]', False),
        (SEX, f'{SEX}\ncodes = {{ SEX = ["F"] }}', True),  # all others together are no figure of then
        (f'{SEX}\ncodes = {{ SEX = ["F"] }}', SEX, True),
        (SEX, 'id = "cube"\nby = ["SEX"]', True),
        (AGE, FORM, True),
    ],
)
def test_a_plan_counts_what_was_counted_or_something_new(tmp_path: Path, then: str, now: str, anew: bool) -> None:
    """Whoever alone revised subtracts its own of then and its own of now: what is new would be told of the others."""
    first, second = (plan(tmp_path, text, book=BOOK) for text in (then, now))
    assert counts_anew(published(second), published(first)) is anew
    assert unreadable_beside(second, published(first), BOOK) is anew
