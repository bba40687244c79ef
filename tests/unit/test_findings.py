"""A finding survives its journey, tells its place in full, and never outgrows a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.errors import Conflict, Malformed
from amana.findings import Finding, Severity, at_rows, letter, parse, refuses, render
from amana.intake.states import NEXT, BatchState
from amana.states import move

FACTS = st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=5), st.integers(-9, 9)), max_size=3)
FINDINGS = st.builds(
    Finding,
    rule=st.text(max_size=10),
    severity=st.sampled_from(Severity),
    sheet=st.none() | st.text(max_size=5),
    row=st.none() | st.integers(1, 10**6),
    column=st.none() | st.text(max_size=5),
    letter=st.none() | st.text(max_size=3),
    count=st.integers(1, 10**6),
    facts=FACTS,
)


@given(FINDINGS)
def test_what_is_rendered_is_read_back(finding: Finding) -> None:
    assert parse(render(finding)) == finding


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"severity": "error"},
        {"severity": "mild"},
        {"rule": 1},
        {"row": "2"},
        {"facts": []},
        {"letter": 3},
        {"count": "many"},
    ],
)
def test_anything_else_is_refused(wrong: dict[str, object]) -> None:
    document = {**render(Finding("x")), **wrong} if wrong and set(wrong) != {"severity"} else wrong
    if wrong == {"severity": "mild"}:
        document = {**render(Finding("x")), **wrong}
    with pytest.raises(Malformed):
        parse(document)  # type: ignore[arg-type]


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_a_spreadsheet_names_them(index: int, name: str) -> None:
    assert letter(index) == name


def test_rows_are_listed_up_to_twenty_and_counted_without_end() -> None:
    finding = at_rows(Finding("x", column="SEX", letter="B"), list(range(2, 102)))
    assert (finding.row, finding.count, len(finding.told["rows"].split(", "))) == (2, 100, 20)  # type: ignore[attr-defined]
    assert finding.told["column"] == "SEX"


def test_a_column_without_a_name_of_ours_is_told_by_its_letter() -> None:
    assert Finding("x", letter="AD").told == {"column": "AD", "letter": "AD", "count": 1}


def test_only_errors_refuse() -> None:
    assert not refuses([Finding("x", Severity.WARNING)])
    assert refuses([Finding("x", Severity.WARNING), Finding("y")])


def test_every_state_has_a_fate() -> None:
    assert NEXT.keys() == set(BatchState)


@pytest.mark.parametrize("state", BatchState)
@pytest.mark.parametrize("to", BatchState)
def test_a_batch_moves_along_the_table_only(state: BatchState, to: BatchState) -> None:
    drawn = {
        "RECEIVED": "ACCEPTED HELD REFUSED CHECKED MAPPING",
        "MAPPING": "RECEIVED REFUSED",
        "HELD": "ACCEPTED DISCARDED SUPERSEDED",
        "ACCEPTED": "SUPERSEDED WITHDRAWN",
    }
    if to.value in drawn.get(state.value, "").split():
        assert move(NEXT, state, to) is to
    else:
        with pytest.raises(Conflict):
            move(NEXT, state, to)
