"""A committee may protect its tables at home: what leaves it is what it would publish, and no more."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from amana.canonical import decode, encode
from amana.disclosure.audit import audit
from amana.disclosure.table import KnownFigure, Publication, Rule, Status
from amana.errors import Malformed
from amana.tabulation.counts_file import TablesInvalid
from amana.tabulation.protected_file import FORMAT, Protected, _shapes, parse_protected, protect, render_protected
from amana.tabulation.tabulate import tabulate
from support.smallbook import SMALL, plan, records

FIVE = Rule(5, zeros_hidden=True)
CUBES = (
    'id = "sex-age"\nby = ["REF_AREA", "SEX", "AGE"]\nlevels = { AGE = "band" }',
    'id = "ict"\nby = ["SEX", "ICT"]',
)


def person(sex: str, age: str, ict: str = "NONE") -> dict[str, object]:
    return {"VICTIM_STATUS": "IDENT", "SEX": sex, "AGE": age, "FORM": {"BEG"}, "ICT": ict, "ALSO": set()}


PEOPLE = [
    *[person("F", "Y12T17")] * 9,
    *[person("F", "Y_GE18", "REC")] * 30,
    *[person("M", "Y12T17")] * 2,
    *[person("M", "Y_GE18")] * 24,
]


@pytest.fixture(scope="module")
def declared(tmp_path_factory):
    return plan(tmp_path_factory.mktemp("plan"), *CUBES)


@pytest.fixture(scope="module")
def tables(declared) -> Protected:
    return protect(tabulate(records(PEOPLE, "EGY"), declared, SMALL), declared, SMALL, FIVE, Random(1))


def changed(tables: Protected, declared, **facts: object) -> bytes:
    return encode({**decode(render_protected(tables, declared, SMALL)), **facts})


def test_what_leaves_home_holds_no_small_count_and_lets_none_be_derived(declared, tables):
    for cube in _shapes(declared, SMALL):
        shown = tables.guest.status[cube.id] == Status.SHOWN
        assert (tables.guest.values[cube.id][shown] >= 5).all()
        assert (tables.guest.values[cube.id][~shown] == 0).all()
    verdict = audit([Publication(_shapes(declared, SMALL), tables.guest.values, tables.guest.status, 5, True)])
    assert verdict.passed
    assert b'"M","Y12T17"' not in render_protected(tables, declared, SMALL)


def test_the_file_is_read_back_as_it_was_written(declared, tables):
    read = parse_protected(render_protected(tables, declared, SMALL), declared, SMALL, FIVE)
    assert (read.committee, read.period, read.guest.least_count) == ("EGY", tables.period, 5)
    for name in read.guest.values:
        assert np.array_equal(read.guest.values[name], tables.guest.values[name])
        assert np.array_equal(read.guest.status[name], tables.guest.status[name])


def printed(declared, sex: str, age: str, count: int, committee: str = "EGY") -> KnownFigure:
    """Say that a report has printed a count of one sex and age."""
    cube = _shapes(declared, SMALL)[0]
    place = next(index for index in cube.indices() if cube.cell_codes(index) == (sex, age))
    return KnownFigure(cube.cell_key(place) | {("REF_AREA", committee)}, count, "a report of Egypt's")


def test_what_was_printed_since_must_not_open_what_was_protected_before(declared, tables):
    """39 women and the 9 minors among them are shown. A report prints the adults: no other age is left for anyone."""
    raw = render_protected(tables, declared, SMALL)
    assert all(cell in decode(raw)["cubes"]["sex-age"] for cell in ([["F", "_T"], 39], [["F", "Y12T17"], 9]))
    with pytest.raises(TablesInvalid) as refused:
        parse_protected(raw, declared, SMALL, FIVE, known=[printed(declared, "F", "Y_GE18", 30)])
    assert refused.value.facts == {"cube": "sex-age", "reason": "tables.protected_badly"}
    shown_anyway, anothers = printed(declared, "F", "Y12T17", 8), printed(declared, "F", "Y_GE18", 30, "TUN")
    assert parse_protected(raw, declared, SMALL, FIVE, known=[shown_anyway, anothers]).committee == "EGY"


def test_what_was_not_collected_stays_so(declared):
    counted = tabulate(records(PEOPLE, "EGY", without={"ICT"}), declared, SMALL)
    tables = protect(counted, declared, SMALL, FIVE, Random(1))
    read = parse_protected(render_protected(tables, declared, SMALL), declared, SMALL, FIVE)
    assert (read.guest.status["ict"] == Status.NOT_COLLECTED).any()
    assert np.array_equal(read.guest.status["ict"], tables.guest.status["ict"])


def test_a_file_that_was_protected_less_than_the_region_asks_is_refused(declared, tables):
    raw = render_protected(tables, declared, SMALL)
    for floor in (Rule(6, zeros_hidden=True), Rule(11, zeros_hidden=True)):
        with pytest.raises(TablesInvalid) as refused:
            parse_protected(raw, declared, SMALL, floor)
        assert refused.value.facts["reason"] == "tables.protected_less"
    with pytest.raises(TablesInvalid):
        parse_protected(changed(tables, declared, zeros_hidden=False), declared, SMALL, FIVE)


def test_a_count_that_was_put_back_by_hand_is_refused(declared, tables):
    cubes = decode(render_protected(tables, declared, SMALL))["cubes"]
    cubes["sex-age"].append([["M", "Y12T17"], 2])
    with pytest.raises(TablesInvalid) as refused:
        parse_protected(changed(tables, declared, cubes=cubes), declared, SMALL, FIVE)
    assert refused.value.facts["reason"] == "tables.protected_badly"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("the first again", "tables.cell_twice"),
        ([["X", "_T"], 65], "tables.unknown_cell"),
        ([["F"], 65], "tables.unknown_cell"),
        ([["F", "Y12T17"], -1], "tables.cell"),
        ([["F", "Y12T17"], True], "tables.cell"),
        ([["F", "Y12T17"], 10**9], "tables.cell"),
        ("cell", "tables.cell"),
    ],
)
def test_a_cell_that_the_plan_does_not_declare_is_refused(declared, tables, cell, reason):
    cubes = decode(render_protected(tables, declared, SMALL))["cubes"]
    cubes["sex-age"].append(cubes["sex-age"][0] if cell == "the first again" else cell)
    with pytest.raises(TablesInvalid) as refused:
        parse_protected(changed(tables, declared, cubes=cubes), declared, SMALL, FIVE)
    assert refused.value.facts["reason"] == reason


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"plan_digest": "0" * 64}, "tables.another_plan"),
        ({"codebook_digest": "0" * 64}, "tables.another_codebook"),
        ({"cubes": {}}, "tables.cubes"),
        ({"cubes": {"sex-age": 1, "ict": []}}, "tables.cell"),
    ],
)
def test_a_file_of_something_else_is_refused(declared, tables, facts, reason):
    with pytest.raises(TablesInvalid) as refused:
        parse_protected(changed(tables, declared, **facts), declared, SMALL, FIVE)
    assert refused.value.facts["reason"] == reason


@pytest.mark.parametrize(
    "facts",
    [
        {"format": "amana-raw-tables/1"},
        {"least_count": "5"},
        {"least_count": True},
        {"collected": [1]},
        {"collected": ["Fatima Benali"]},
        {"x": 1},
    ],
)
def test_bytes_that_are_no_such_file_are_refused(declared, tables, facts):
    with pytest.raises(Malformed) as refused:
        parse_protected(changed(tables, declared, **facts), declared, SMALL, FIVE)
    assert refused.value.facts["format"] == FORMAT
