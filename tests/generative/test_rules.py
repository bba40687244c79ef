"""The table of conditions and the sums, a column at once, against the obvious way: row by row, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.codebook.model import Kind
from amana.findings import Finding
from amana.validation.ages import spans
from amana.validation.batch import Batch
from amana.validation.catalogue import When, catalogue
from amana.validation.rules import check
from amana.validation.rules_totals import Totals
from support.contributions import BOOK, pseudonym

Row = Mapping[str, str]
RECORDS = [flow for flow in BOOK.dataflows.values() if flow.has_records]
AGES = spans(BOOK.codelists["CL_AGE"])
LATER = {"AGE_ENTRY": ("AGE_EXPLOITATION", "AGE"), "AGE_EXPLOITATION": ("AGE",)}
FOUND_BY_ROWS = {entry.id for entry in catalogue().entries.values() if entry.when} | {"age.order"}


def answers(dataflow: str) -> dict[str, st.SearchStrategy[str]]:
    """For each column that a condition asks about: the codes that decide something, and some that do not."""
    flow = BOOK.dataflow(dataflow)
    asked: dict[str, set[str]] = {}
    for entry in catalogue().entries.values():
        for when in entry.when:
            for name, codes in (*when.among.items(), *when.unless.items()):
                asked.setdefault(name, set()).update(codes)
            for name in (*when.known, when.at):
                asked.setdefault(name, set())
    made = {}
    for column in flow.columns(BOOK):
        variable = flow.variable(column.variable)
        if variable.kind is Kind.MULTI and column.variable in {"MEANS", "ACT", "REFERRAL", "CONCERN", "ICT_CHANNEL"}:
            made[column.name] = st.sampled_from(["0", "0", "0", "0", "1", "_U"])
        elif variable.kind is Kind.MULTI and column.variable == "EXPLOITATION":
            made[column.name] = st.sampled_from(["0", "1"])
        elif column.name in {"AGE", "AGE_ENTRY", "AGE_EXPLOITATION"}:
            made[column.name] = st.sampled_from(
                ["5", "12", "17", "18", "30", "Y12T17", "Y_LT18", "Y_GE18", "Y_GE60", "_U"]
            )
        elif column.name in asked:
            storable = BOOK.list_of(variable).storable
            made[column.name] = st.sampled_from(sorted({*(asked[column.name] & set(storable)), *storable[:3]}))
    return made


@st.composite
def people(draw: st.DrawFn, dataflow: str) -> list[dict[str, str]]:
    strategies = answers(dataflow)
    left_out = draw(st.sets(st.sampled_from(sorted(strategies)), max_size=4))
    chosen = {name: one for name, one in strategies.items() if name not in left_out}
    return draw(st.lists(st.fixed_dictionaries(chosen), min_size=1, max_size=5))


def batch(dataflow: str, rows: list[dict[str, str]]) -> Batch:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))
    letters = {name: f"L{n}" for n, name in enumerate(rows[0])}
    return Batch(dataflow, frame, pl.Series("row", range(2, len(rows) + 2), dtype=pl.Int64), letters)


def adult(cell: str) -> bool:
    return AGES[cell][0] >= 18


def child(cell: str) -> bool:
    return AGES[cell][1] < 18


def says(row: Row, name: str, code: str) -> bool:
    if name.startswith("AGE") and code in {"adult", "child"}:
        return {"adult": adult, "child": child}[code](row[name])
    return row[name] == code


def flags(dataflow: str, names: tuple[str, ...]) -> list[str]:
    variables = {one.id: one for one in BOOK.dataflow(dataflow).variables}
    listed = [BOOK.list_of(variables[name]).storable if name in variables else (name,) for name in names]
    return [flag for each in listed for flag in each]


def obviously(dataflow: str, when: When, row: Row) -> bool:
    """Whether the condition holds of one row, read aloud; False where the file lacks a column that it asks about."""
    yes, no = flags(dataflow, when.yes), flags(dataflow, when.no)
    columns = {column.name for column in BOOK.dataflow(dataflow).columns(BOOK)}
    named = {when.at, *when.among, *when.known, *no}
    if not {*named, *yes} <= columns or not named <= row.keys() or (yes and not row.keys() & set(yes)):
        return False
    return (
        all(any(says(row, name, code) for code in codes) for name, codes in when.among.items())
        and all(row[name] not in {"_U", "_Z"} for name in when.known)
        and (not yes or any(row.get(flag) == "1" for flag in yes))
        and all(row[flag] == "0" for flag in no)
        and not any(says(row, name, code) for name, codes in when.unless.items() if name in row for code in codes)
    )


def expected(dataflow: str, rows: list[dict[str, str]]) -> set[tuple[str, str, int]]:
    found = set()
    for number, row in enumerate(rows, start=2):
        for entry in catalogue().entries.values():
            found |= {(entry.id, when.at, number) for when in entry.when if obviously(dataflow, when, row)}
        for one, later in LATER.items():
            found |= {
                ("age.order", one, number)
                for two in later
                if one in row and two in row and AGES[row[one]][0] > AGES[row[two]][1]
            }
    return found


def told(findings: list[Finding | None]) -> set[tuple[str, str, int]]:
    kept = [one for one in findings if one is not None and one.rule in FOUND_BY_ROWS]
    return {(one.rule, one.column or "", row) for one in kept for row in one.rows}


@given(people("VICTIMS"))
@settings(max_examples=60, deadline=None)
def test_victims_rows_are_judged_as_one_would_read_them(rows: list[dict[str, str]]) -> None:
    assert told(list(check(batch("VICTIMS", rows), BOOK))) == expected("VICTIMS", rows)


@given(people("CHILDREN"))
@settings(max_examples=60, deadline=None)
def test_childrens_rows_are_judged_as_one_would_read_them(rows: list[dict[str, str]]) -> None:
    rows = [{**row, "AGE": row["AGE"] if child(row["AGE"]) else "17"} if "AGE" in row else row for row in rows]
    assert told(list(check(batch("CHILDREN", rows), BOOK))) == expected("CHILDREN", rows)


SEXES = ["F", "M", "_U", "_T"]
FORMS = ["EXP_SEX_PRO", "EXP_SEX_RMT", "EXP_BEG", "EXG_SEX", "_T"]
INSIDE = {"_T": {"EXP_SEX_PRO", "EXP_SEX_RMT", "EXP_BEG"}, "EXG_SEX": {"EXP_SEX_PRO", "EXP_SEX_RMT"}}
CELLS = list(product(SEXES, FORMS))


@given(st.dictionaries(st.sampled_from(CELLS), st.integers(0, 4), min_size=1))
@settings(max_examples=150, deadline=None)
def test_totals_are_set_against_their_parts_as_one_would_add_them_up(counts: dict[tuple[str, str], int]) -> None:
    fixed = {"STAGE": "CONVICTED", "NATIONALITY": "FOREIGN", "ARTICLE": "TIP"}
    rows = [{**fixed, "SEX": sex, "EXPLOITATION": form, "OBS_VALUE": str(n)} for (sex, form), n in counts.items()]
    watch = Totals(BOOK.dataflow("JUSTICE"), BOOK)
    for row in rows:  # each row a block of its own
        watch.see(batch("JUSTICE", [row]))
    smaller, larger = False, False
    for (sex, form), total in counts.items():
        if sex != "_T" and form not in INSIDE:
            continue
        parts = [
            n
            for (s, f), n in counts.items()
            if s != "_T" and f not in INSIDE and sex in {"_T", s} and f in INSIDE.get(form, {form})
        ]
        smaller |= bool(parts) and total < sum(parts)
        larger |= bool(parts) and total > sum(parts)
    rules = {one.rule for one in watch.findings()}
    assert rules == {name for name, holds in (("totals.smaller", smaller), ("totals.larger", larger)) if holds}


@given(
    st.lists(
        st.sampled_from(["F", "X", "", " ", "f", "_T", "Total", "n/a", "-99", "M49_011", "مجموع"]),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=100, deadline=None)
def test_every_odd_cell_is_found_once_and_every_sound_one_never(cells: list[str]) -> None:
    rows = [{"PSEUDONYM": pseudonym(n), "SEX": cell} for n, cell in enumerate(cells)]
    found = [one for one in check(batch("VICTIMS", rows), BOOK) if one is not None]
    marked = sorted(row for one in found for row in one.rows)
    assert marked == [n for n, cell in enumerate(cells, start=2) if cell != "F"]
