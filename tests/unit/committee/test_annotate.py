"""The annotated copy: every cell where it stands in the file, what was found coloured and said, nothing a formula."""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from amana.committee.annotate import annotate
from amana.committee.refusals import AlreadyThere
from amana.findings import Finding, Severity, at_rows
from amana.validation.judge import Judgement, judge
from support.contributions import BOOK, RECOGNISERS, row, text, write

SPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def judged(path: Path) -> Judgement:
    about = {"dataflow": "VICTIMS", "committee": "MAR", "period": "2022"}
    return judge(path, **about, book=BOOK, recognisers=RECOGNISERS)


def table(path: Path, sheet: int = 0) -> list[list[object]]:
    book = CalamineWorkbook.from_path(str(path))
    return book.get_sheet_by_index(sheet).to_python()


def part(path: Path, name: str) -> ET.Element:
    with zipfile.ZipFile(path) as book:
        return ET.fromstring(book.read(name))


def comments(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as book:
        if "xl/comments1.xml" not in book.namelist():
            return {}
    found = part(path, "xl/comments1.xml").iterfind(".//x:comment", SPACE)
    return {str(one.get("ref")): "".join(one.itertext()) for one in found}


def coloured(path: Path) -> set[str]:
    """Cells of the first sheet with a fill of ours."""
    styles = part(path, "xl/styles.xml")
    fills = [one.find(".//x:fgColor", SPACE) for one in styles.iterfind(".//x:fills/x:fill", SPACE)]
    ours = {n for n, one in enumerate(fills) if one is not None and one.get("rgb") in {"FFF8C9C4", "FFFBE7B2"}}
    marked = {
        str(n)
        for n, one in enumerate(styles.iterfind(".//x:cellXfs/x:xf", SPACE))
        if int(one.get("fillId", "0")) in ours
    }
    cells = part(path, "xl/worksheets/sheet1.xml").iterfind(".//x:c", SPACE)
    return {str(cell.get("r")) for cell in cells if cell.get("s") in marked}


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    rows = [row(n, SEX="X" if n in {2, 5} else "F") for n in range(9)]
    rows[3]["AGE"] = ""
    rows[4]["CITIZENSHIP"] = "=1+1"
    return write(tmp_path, rows)


def test_a_cell_stands_where_it_stood_and_says_what_is_wrong_with_it(tmp_path: Path, faulty: Path) -> None:
    out = tmp_path / "out.xlsx"
    assert annotate(faulty, judged(faulty).findings, out, "en") == 0
    file = [line.split(",") for line in faulty.read_text().splitlines()]
    assert [[str(cell) for cell in line] for line in table(out)] == file
    assert coloured(out) == {"C4", "C7", "D5", "E6"}
    told = comments(out)
    assert set(told) == coloured(out)
    assert told["C4"].startswith("Codes that list CL_SEX does not hold, in column SEX: 1. Rows: 4.")
    assert "Choose a code of list CL_SEX" in told["C4"]
    assert "Write _U" in told["D5"]


def test_only_its_owner_may_read_it_and_nothing_is_written_over(tmp_path: Path, faulty: Path) -> None:
    out = tmp_path / "out.xlsx"
    annotate(faulty, judged(faulty).findings, out, "fr")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".amana")] == []
    with pytest.raises(AlreadyThere):
        annotate(faulty, (), out, "fr")


def test_no_cell_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    tricks = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x.org")', "http://x.org", "{=1}", "\t=1", "1e9"]
    file = write(tmp_path, [row(n, SEX=trick) for n, trick in enumerate(tricks)])
    out = tmp_path / "out.xlsx"
    annotate(file, judged(file).findings, out, "en")
    with zipfile.ZipFile(out) as book:
        whole = b"".join(book.read(name) for name in book.namelist())
    assert b"<f>" not in whole
    assert b"<hyperlink" not in whole
    assert [line[2] for line in table(out)[1:]] == tricks


@pytest.mark.parametrize(("language", "rules"), [("ar", "القواعد"), ("fr", "Règles"), ("en", "Rules")])
def test_the_findings_stand_behind_it_in_the_readers_language(
    tmp_path: Path, faulty: Path, language: str, rules: str
) -> None:
    out = tmp_path / "out.xlsx"
    annotate(faulty, judged(faulty).findings, out, language)
    names = CalamineWorkbook.from_path(str(out)).sheet_names
    assert rules == names[1]
    places = table(out, 2)
    assert [(line[1], line[3], line[5]) for line in places[1:]] == [
        ("code.unknown", "C", 4), ("code.unknown", "C", 7), ("code.unknown", "E", 6), ("cell.blank", "D", 5)
    ]  # fmt: skip
    rtl = part(out, "xl/worksheets/sheet1.xml").find(".//x:sheetView", SPACE)
    assert rtl is not None
    assert (rtl.get("rightToLeft") == "1") == (language == "ar")


def test_what_has_no_room_for_a_comment_is_coloured_listed_and_counted(tmp_path: Path) -> None:
    file = write(tmp_path, [row(n, SEX="X") for n in range(30)])
    out = tmp_path / "out.xlsx"
    assert annotate(file, judged(file).findings, out, "en", of_one_rule=10) == 20
    assert len(coloured(out)) == 30
    assert len(comments(out)) == 10
    assert any("without a comment, for want of room: 20" in str(line[0]) for line in table(out, 1))
    assert (table(out, 2)[1][5], table(out, 2)[1][6]) == (2, 31)


def test_a_row_that_could_not_be_read_is_marked_where_it_would_stand(tmp_path: Path) -> None:
    file = tmp_path / "ragged.csv"
    lines = text([row(n) for n in range(4)]).splitlines()
    file.write_text("\r\n".join([*lines[:3], "a,b", *lines[3:], "c"]) + "\r\n")
    out = tmp_path / "out.xlsx"
    annotate(file, judged(file).findings, out, "en")
    assert {"A4", "A7"} <= coloured(out)
    assert table(out)[4][0] == lines[3].split(",")[0]


def test_a_foreign_header_is_marked_at_the_header(tmp_path: Path) -> None:
    file = write(tmp_path, [{**row(1), "remarques": "x"}])
    out = tmp_path / "out.xlsx"
    annotate(file, judged(file).findings, out, "en")
    assert "AD1" in coloured(out)
    assert table(out)[0][-1] == "remarques"


def test_a_workbook_keeps_its_rows_under_a_title(tmp_path: Path) -> None:
    file = tmp_path / "title.xlsx"
    rows = [row(n, SEX="X" if n == 1 else "F") for n in range(3)]
    book = Workbook(str(file))
    sheet = book.add_worksheet("Feuil1")
    sheet.write_string(0, 0, "Ministère")
    for place, name in enumerate(rows[0]):
        sheet.write_string(3, place, name)
        for line, one in enumerate(rows):
            sheet.write_string(4 + line, place, one[name])
    book.close()
    findings = judged(file).findings
    out = tmp_path / "out.xlsx"
    annotate(file, findings, out, "fr")
    assert [(one.rule, one.row, one.letter) for one in findings if one.refuses] == [("code.unknown", 6, "C")]
    assert "C6" in coloured(out)
    assert CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python(skip_empty_area=False)[3][2] == "SEX"


def test_a_file_that_cannot_be_read_is_told_on_the_sheet(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_bytes(b"")
    out = tmp_path / "out.xlsx"
    annotate(file, judged(file).findings, out, "en")
    assert any("could not be read" in str(line[0]) for line in table(out))


def test_lines_of_json_have_a_header_and_say_that_they_moved(tmp_path: Path) -> None:
    import json

    file = tmp_path / "people.jsonl"
    file.write_text("".join(json.dumps(row(n, SEX="X" if n == 1 else "F")) + "\n" for n in range(3)))
    findings = judged(file).findings
    out = tmp_path / "out.xlsx"
    annotate(file, findings, out, "en")
    assert [(one.rule, one.row) for one in findings] == [("code.unknown", 2)]
    assert "C3" in coloured(out)
    assert any("stands 1 lower" in str(line[0]) for line in table(out, 1))


@given(st.sets(st.tuples(st.integers(2, 31), st.sampled_from("BCDE")), max_size=40))
@settings(max_examples=30, deadline=None)
def test_exactly_the_cells_that_were_named_are_marked(
    tmp_path_factory: pytest.TempPathFactory, cells: set[tuple[int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("marks")
    file = write(folder, [row(n) for n in range(30)])
    found = [
        at_rows(
            Finding("code.unknown", Severity.ERROR, letter=letter, facts={"codelist": "x"}),
            sorted(r for r, at in cells if at == letter),
        )
        for letter in sorted({at for _, at in cells})
    ]
    annotate(file, found, folder / "out.xlsx", "en")
    assert coloured(folder / "out.xlsx") == {f"{letter}{number}" for number, letter in cells}
    assert set(comments(folder / "out.xlsx")) == coloured(folder / "out.xlsx")


def test_the_command_writes_it_and_says_so(tmp_path: Path, faulty: Path) -> None:
    from click.testing import CliRunner

    from amana.command.committee import command

    out = tmp_path / "out.xlsx"
    asked = ["check", str(faulty), "--committee", "MAR", "--dataflow", "VICTIMS", "--period", "2022", "--lang", "en"]
    answer = CliRunner().invoke(command, [*asked, "--annotate", str(out)])
    assert answer.exit_code == 65
    assert "does not leave the committee" in re.sub(r"\s+", " ", answer.output)
    assert coloured(out) == {"C4", "C7", "D5", "E6"}
    again = CliRunner().invoke(command, [*asked, "--annotate", str(out)])
    assert isinstance(again.exception, AlreadyThere)
