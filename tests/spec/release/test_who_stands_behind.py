"""Who stands behind a count: what each committee and each organisation knows, and where one event is all there is."""

from __future__ import annotations

import numpy as np
import pytest

from amana.canonical import decode, encode
from amana.tabulation.counts_file import TablesInvalid, parse_counts, render_counts
from amana.tabulation.tabulate import assemble, tabulate
from amana.wording.load import codes
from support.smallbook import SMALL, plan, records

BOTH = ("EVENT", "ENTITY")


def people(drawing: str) -> list[dict[str, str | set[str]]]:
    """Each line is a person: SEX, EVENT, ENTITY."""
    lines = [line.split() for line in drawing.strip().splitlines()]
    return [{"VICTIM_STATUS": "IDENT", "SEX": sex, "EVENT": event, "ENTITY": entity} for sex, event, entity in lines]


MOROCCO = people("""
    F raid    shelter
    F raid    shelter
    F raid    clinic
    M quay    clinic
    M road    clinic
    M _U      clinic
""")
TUNISIA = people("""
    F boat    harbour
    F boat    harbour
    M _U      _U
    M _U      _U
""")


@pytest.fixture
def read(tmp_path):
    return plan(tmp_path, 'id = "area-sex"\nby = ["REF_AREA", "SEX"]', 'id = "sex"\nby = ["SEX"]')


@pytest.fixture
def raw(read):
    parts = [
        tabulate(records(MOROCCO, "MAR", links=BOTH), read, SMALL),
        tabulate(records(TUNISIA, "TUN", links=BOTH), read, SMALL),
    ]
    return assemble(parts, read, ("MAR", "TUN", "SEN"), SMALL)


def drawn(cells) -> list[str]:
    """Rows _T MAR TUN SEN, columns _T F M (and _U, which nobody is)."""
    return [" ".join(str(int(cell)) for cell in row[:3]) for row in cells]


def test_what_each_knows_by_name_lies_in_its_own_cells_and_in_the_region(raw):
    known = {one.name: drawn(one.counts["area-sex"]) for one in raw.insiders}
    assert known["MAR"] == ["6 3 3", "6 3 3", "0 0 0", "0 0 0"]
    assert known["TUN"] == ["4 2 2", "0 0 0", "4 2 2", "0 0 0"]
    organisations = sorted(rows for name, rows in known.items() if "/" in name)
    assert organisations == [
        ["2 2 0", "0 0 0", "2 2 0", "0 0 0"],  # harbour
        ["2 2 0", "2 2 0", "0 0 0", "0 0 0"],  # shelter
        ["4 1 3", "4 1 3", "0 0 0", "0 0 0"],  # clinic
    ]
    assert [one.name for one in raw.insiders] == ["MAR", "TUN", "MAR/1", "MAR/2", "TUN/1"]
    assert [one.committee for one in raw.insiders] == [True, True, False, False, False]


def test_a_count_from_one_event_or_from_one_organisation_is_lone(raw):
    """Morocco's women come from one raid, its men from one clinic; Tunisia's men from nobody knows where."""
    assert drawn(raw.lone["area-sex"]) == ["0 0 0", "0 1 1", "0 1 0", "0 0 0"]
    assert raw.lone["sex"].tolist() == [False, False, False, False]


def test_no_name_of_an_organisation_is_in_the_tables(read, raw):
    paper = render_counts(tabulate(records(MOROCCO, "MAR", links=BOTH), read, SMALL), read, SMALL)
    for name in (b"shelter", b"clinic", b"raid"):
        assert name not in paper
        assert name.decode() not in repr(raw)


def test_where_no_event_is_recorded_each_person_is_one(read):
    raw = assemble([tabulate(records(MOROCCO, "MAR"), read, SMALL)], read, ("MAR",), SMALL)
    assert [one.name for one in raw.insiders] == ["MAR"]
    assert not raw.lone["area-sex"].any()


def test_the_file_says_it_without_names_and_an_old_file_says_nothing(read):
    paper = render_counts(tabulate(records(MOROCCO, "MAR", links=BOTH), read, SMALL), read, SMALL)
    said = decode(paper)
    assert said["single"] == {
        "EVENT": {"area-sex": [["F"]], "sex": [["F"]]},
        "ENTITY": {"area-sex": [["M"]], "sex": [["M"]]},
    }
    assert sorted(said["caseloads"], key=str) == [
        {"area-sex": [[["F"], 1], [["M"], 3]], "sex": [[["F"], 1], [["M"], 3]]},
        {"area-sex": [[["F"], 2]], "sex": [[["F"], 2]]},
    ]
    old = {name: value for name, value in said.items() if name not in {"single", "caseloads"}}
    counts = parse_counts(encode(old), read, SMALL)
    assert (counts.single, counts.caseloads) == ({}, ())
    assert np.array_equal(counts.cubes["sex"], parse_counts(paper, read, SMALL).cubes["sex"])


@pytest.mark.parametrize(
    ("reason", "cube", "name", "value"),
    [
        ("behind", "", "single", {"SEX": {}}),
        ("behind", "", "single", []),
        ("cubes", "", "single", {"EVENT": {"sex": []}}),
        ("cubes", "", "single", {"EVENT": []}),
        ("cell", "sex", "single", {"EVENT": {"area-sex": [], "sex": {}}}),
        ("cell", "sex", "single", {"EVENT": {"area-sex": [], "sex": ["F"]}}),
        ("unknown_cell", "sex", "single", {"EVENT": {"area-sex": [], "sex": [["X"]]}}),
        ("unknown_cell", "sex", "single", {"EVENT": {"area-sex": [], "sex": [["F", "M"]]}}),
        ("behind", "sex", "single", {"EVENT": {"area-sex": [], "sex": [["_U"]]}}),
        ("behind", "", "caseloads", {}),
        ("cubes", "", "caseloads", [{"sex": []}]),
        ("cubes_differ", "sex", "caseloads", [{"area-sex": [[["F"], 1]], "sex": [[["F"], 2]]}]),
        ("behind", "area-sex", "caseloads", [{"area-sex": [[["F"], 2]], "sex": [[["F"], 2]]}] * 2),
    ],
)
def test_what_does_not_agree_with_the_counts_is_refused(read, reason, cube, name, value):
    paper = decode(render_counts(tabulate(records(MOROCCO, "MAR", links=BOTH), read, SMALL), read, SMALL))
    with pytest.raises(TablesInvalid) as refused:
        parse_counts(encode({**paper, name: value}), read, SMALL)
    assert refused.value.facts == {"cube": cube, "reason": f"tables.{reason}"}
    assert f"rule.tables.{reason}" in codes()
