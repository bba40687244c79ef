"""A report as a workbook is complete, whatever was found, and no text in it becomes anything else."""

from __future__ import annotations

import zipfile
from io import BytesIO

from python_calamine import CalamineWorkbook

from amana.findings import Finding, Severity, at_rows
from amana.rows import RowSet
from amana.validation.told import by_rule, ranges, shortly, title, written
from amana.validation.workbook import write


def sheets(*findings: Finding, language: str = "en", about: tuple[str, ...] = ()) -> list[list[list[object]]]:
    content = BytesIO()
    write(findings, content, language, about)
    book = CalamineWorkbook.from_filelike(BytesIO(content.getvalue()))
    return [book.get_sheet_by_index(number).to_python() for number in range(len(book.sheet_names))]


def blank(rows: RowSet) -> Finding:
    return at_rows(Finding("cell.blank", column="SEX", letter="C"), rows)


def test_each_run_of_rows_has_a_line() -> None:
    _, places = sheets(blank(RowSet.of([2, 3, 4, 9])), Finding("status.mixed", Severity.WARNING, letter="B"))
    assert [line[1:] for line in places[1:]] == [
        ["cell.blank", "", "C", "SEX", 2, 4],
        ["cell.blank", "", "C", "SEX", 9, 9],
        ["status.mixed", "", "B", "", "", ""],
    ]


def test_what_refuses_comes_first_and_then_what_is_most() -> None:
    many, one = blank(RowSet.of(range(2, 90))), at_rows(Finding("flag.form", letter="D"), [7])
    warned = at_rows(Finding("means.none", Severity.WARNING, letter="E"), range(2, 900))
    rules, _ = sheets(warned, one, many)
    assert [(line[1], line[2]) for line in rules[1:]] == [("cell.blank", 88), ("flag.form", 1), ("means.none", 898)]


def test_a_quarter_of_a_million_runs_are_all_there() -> None:
    """They have no line each; the cells of a few lines hold them."""
    rows = RowSet.of(range(2, 500_002, 2))
    _, places = sheets(blank(rows))
    assert 40 < len(places) < 200
    assert [int(row) for line in places[1:] for row in str(line[5]).split(", ")] == list(range(2, 500_002, 2))
    assert max(len(str(line[5])) for line in places) < 32_767


def test_no_text_becomes_a_formula_or_a_link() -> None:
    content = BytesIO()
    write([Finding("x.y", sheet="=1+1", column="http://x.org", letter="-A1")], content, "fr", ("=SUM(A1)", "@x"))
    with zipfile.ZipFile(content) as book:
        whole = b"".join(book.read(name) for name in book.namelist())
    assert b"<f>" not in whole
    assert b"<hyperlink" not in whole


def test_nothing_found_is_an_empty_report_and_no_fault() -> None:
    rules, places = sheets(about=("VICTIMS",))
    assert (rules[0][0], len(rules), len(places)) == ("VICTIMS", 2, 1)


def test_rows_that_were_not_kept_are_those_that_are_named() -> None:
    old = Finding("cell.blank", row=4, count=30, facts={"rows": [4, 5, 9]})
    assert list(ranges(old)) == [(4, 5), (9, 9)]
    assert shortly(old) == ("4-5, 9", True)
    assert shortly(blank(RowSet.of([4, 5, 9]))) == ("4-5, 9", False)
    assert list(ranges(Finding("structure.quotes", row=7))) == [(7, 7)]
    assert list(ranges(Finding("structure.empty"))) == []
    assert written([(1, 1), (3, 8)]) == "1, 3-8"


def test_a_title_has_no_counts_and_names_the_columns() -> None:
    sex, age = blank(RowSet.of([2])), at_rows(Finding("cell.blank", column="AGE", letter="D"), [3])
    (one,), (both,) = by_rule([sex]), by_rule([sex, age])
    assert title(one, "en") == "Blank cells in column SEX. Write _U where the value is not known."
    assert title(both, "en") == "Blank cells in column SEX, AGE. Write _U where the value is not known."
    assert "2" not in title(one, "ar")
