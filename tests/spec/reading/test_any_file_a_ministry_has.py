"""What reading makes of the files that ministries have, told as a manual tells it."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
import xlsxwriter

from amana.findings import Severity
from amana.reading.open import open_file
from support.written import as_csv, as_ods, as_parquet, as_xlsx, ods_cell, ods_of, read

TABLE = [["Sexe", "Âge", "Ville"], ["F", "12", "Fès"], ["M", "9", "طنجة"]]
ROWS = {2: ("F", "12", "Fès"), 3: ("M", "9", "طنجة")}


def by_hand(folder: Path, text: str, encoding: str = "utf-8") -> tuple[tuple[str, ...], dict[int, tuple[str, ...]]]:
    header, rows, _ = read(folder, text.encode(encoding))
    return header, rows


def test_the_kind_is_told_by_content_and_never_by_name(tmp_path: Path) -> None:
    for kind, content in (("xlsx", as_xlsx(TABLE)), ("ods", as_ods(TABLE)), ("csv", as_csv(TABLE))):
        path = tmp_path / "victims.pdf"
        path.write_bytes(content)
        with open_file(path) as opened:
            assert opened.kind == kind
            assert opened.sheet.header == ("Sexe", "Âge", "Ville")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    assert read(tmp_path, as_csv(TABLE, separator)) == (tuple(TABLE[0]), ROWS, ())


def test_a_decimal_comma_is_no_separator(tmp_path: Path) -> None:
    header, rows = by_hand(tmp_path, "Région;Taux;Part\nFès;3,5;0,2\nOujda;4,25;0,8\n")
    assert header == ("Région", "Taux", "Part")
    assert rows[3] == ("Oujda", "4,25", "0,8")


def test_a_first_line_that_names_the_separator_is_no_row(tmp_path: Path) -> None:
    assert by_hand(tmp_path, "sep=;\r\nSexe;Âge\r\nF;12\r\n") == (("Sexe", "Âge"), {2: ("F", "12")})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_needs_no_guess(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, as_csv(TABLE, encoding=encoding)) == (tuple(TABLE[0]), ROWS, ())


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        ("Région;Né à\nÉtat civil;ÉVORA\n", "cp1252", "Windows-1252"),
        ("Sexe;Ville\nféminin;Fès\n", "cp1252", "Windows-1252"),
        ("الجنس;المدينة\nأنثى;فاس\n", "cp1256", "Windows-1256"),
        ("Sexe;المدينة\nféminin;الدار البيضاء\n", "cp1256", "Windows-1256"),
    ],
)
def test_what_windows_wrote_is_told_by_its_letters_and_said(
    tmp_path: Path, text: str, encoding: str, told: str
) -> None:
    header, rows, (finding,) = read(tmp_path, text.encode(encoding))
    lines = [tuple(line.split(";")) for line in text.splitlines()]
    assert (header, rows) == (lines[0], {2: lines[1]})
    assert (finding.rule, finding.severity, finding.facts) == (
        "structure.encoding_guessed", Severity.WARNING, {"encoding": told},
    )  # fmt: skip


def test_a_row_number_is_the_one_a_spreadsheet_shows(tmp_path: Path) -> None:
    """Records are counted, not lines; a blank line is a row; what is left out keeps its number."""
    text = 'Sexe,Note\nF,"first\nsecond"\n\nM,x\n,\nF,y'
    assert by_hand(tmp_path, text)[1] == {2: ("F", "first\nsecond"), 4: ("M", "x"), 6: ("F", "y")}


def test_the_header_stands_below_titles(tmp_path: Path) -> None:
    text = """المملكة المغربية;;;
Commission nationale;;Année 2024;
;;;
Sexe;Âge;Ville;Forme
F;12;Fès;mendicité
M;9;Oujda;travail
"""
    header, rows, (finding,) = read(tmp_path, text.encode())
    assert header == ("Sexe", "Âge", "Ville", "Forme")
    assert sorted(rows) == [5, 6]
    assert (finding.rule, finding.facts["rows"], finding.refuses) == ("structure.titles", [1, 2], False)


def test_two_lines_of_header_are_one_name_each(tmp_path: Path) -> None:
    text = """Victime;;Exploitation;
Sexe;Âge;Forme;Moyen
F;12;mendicité;menace
M;9;travail;tromperie
F;14;travail;menace
"""
    header, rows = by_hand(tmp_path, text)
    assert header == ("Victime / Sexe", "Victime / Âge", "Exploitation / Forme", "Exploitation / Moyen")
    assert sorted(rows) == [3, 4, 5]


def a_clerks_workbook() -> bytes:
    """Titles in two languages, labels merged over two lines, real dates, a merged cell, a formula; from column B on."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        book.add_worksheet("Lisez-moi").write("A1", "Fichier de la commission")
        sheet, day = book.add_worksheet("Données 2024"), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.merge_range("B1:F1", "المملكة المغربية", None)
        sheet.write("B2", "Commission nationale")
        sheet.merge_range("B4:B5", "Id", None)
        sheet.merge_range("C4:D4", "Victime / الضحية", None)
        sheet.write_row("C5", ["Sexe", "Âge"])
        sheet.merge_range("E4:E5", "Date", None)
        sheet.merge_range("F4:F5", "Région", None)
        for row, (name, sex, age) in enumerate([("x1", "F", 12), ("x2", "M", 9.0), ("x3", "F", 9.5)], 5):
            sheet.write_row(row, 1, [name, sex, age])
            sheet.write_datetime(row, 4, dt.datetime(2024, 3, row), day)  # noqa: DTZ001 - a sheet has no zones
        sheet.merge_range("F6:F7", "Fès-Meknès", None)
        sheet.write_formula("F8", '="Or"&"iental"', value="Oriental")
        book.add_worksheet("Totaux").write_column("A1", ["Total", 3])
    return written.getvalue()


def test_a_clerks_workbook_is_read_without_asking_anyone(tmp_path: Path) -> None:
    header, rows, findings = read(tmp_path, a_clerks_workbook())
    assert header == ("Id", "Victime / الضحية / Sexe", "Victime / الضحية / Âge", "Date", "Région")
    assert rows == {
        6: ("x1", "F", "12", "2024-03-05", "Fès-Meknès"),
        7: ("x2", "M", "9", "2024-03-06", "Fès-Meknès"),
        8: ("x3", "F", "9.5", "2024-03-07", "Oriental"),
    }
    assert [(one.rule, one.sheet, one.letter, one.row, one.refuses) for one in findings] == [
        ("structure.titles", "Données 2024", None, 1, False),
        ("structure.formula", "Données 2024", "F", 8, False),
        ("structure.merged", "Données 2024", "F", 6, False),
    ]


def test_a_sheet_can_be_asked_for_by_name(tmp_path: Path) -> None:
    assert read(tmp_path, a_clerks_workbook(), sheet="Totaux") == (("Total",), {2: ("3",)}, ())


def test_tables_on_other_sheets_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    rows = "".join(f"<table:table-row>{ods_cell(a)}{ods_cell(b)}</table:table-row>" for a, b in ("AB", "12"))
    both = f'<table:table table:name="2023">{rows}</table:table><table:table table:name="2024">{rows}</table:table>'
    header, _, (finding,) = read(tmp_path, ods_of(both))
    assert header == ("A", "B")
    assert (finding.rule, finding.sheet, finding.facts, finding.refuses) == (
        "structure.other_sheets", "2023", {"others": 1, "number": 1}, False,
    )  # fmt: skip
    assert read(tmp_path, ods_of(both), sheet="2024")[2] == (), "whoever names one knows of the others"


@pytest.mark.parametrize("said", ["3", "#3", "٣", "totaux", " TOTAUX "])
def test_a_sheet_can_be_asked_for_by_its_number_or_as_people_type_its_name(tmp_path: Path, said: str) -> None:
    assert read(tmp_path, a_clerks_workbook(), sheet=said) == (("Total",), {2: ("3",)}, ())


def test_a_sheet_whose_name_is_a_number_goes_before_the_sheet_of_that_number(tmp_path: Path) -> None:
    tables = "".join(
        f'<table:table table:name="{name}"><table:table-row>{ods_cell(head)}</table:table-row>'
        f"<table:table-row>{ods_cell('x')}</table:table-row></table:table>"
        for name, head in (("2", "First"), ("1", "Second"))
    )
    assert read(tmp_path, ods_of(tables), sheet="2")[0] == ("First",)


def test_a_finding_does_not_repeat_a_sheets_name_that_may_be_somebodys(tmp_path: Path) -> None:
    content = ods_of(
        '<table:table table:name="Fatima B."><table:table-row><table:table-cell office:value-type="string">'
        '<text:p>Sexe</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell '
        'office:value-type="float" office:value="3" table:formula="of:=1+2"/></table:table-row></table:table>'
    )  # fmt: skip
    _, rows, (finding,) = read(tmp_path, content)
    assert rows == {2: ("3",)}
    assert (finding.rule, finding.sheet) == ("structure.formula", "#1")


def test_parquet_values_are_texts_as_a_person_would_type_them(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    written = io.BytesIO()
    noon = dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC)
    columns = {
        "n": [1.0, 2.5, None],
        "d": [dt.date(2024, 3, 1), None, None],
        "t": [noon, None, None],
        "b": [True, False, None],
    }
    pq.write_table(pa.table(columns), written)
    assert read(tmp_path, written.getvalue())[1] == {
        1: ("1", "2024-03-01", "2024-03-01T12:00:00+00:00", "1"),
        2: ("2.5", "", "", "0"),
    }
    assert read(tmp_path, as_parquet(TABLE))[1] == {1: ROWS[2], 2: ROWS[3]}


def test_json_lines_keep_the_order_of_the_first_line(tmp_path: Path) -> None:
    content = b'{"SEX":"F","AGE":12.0}\n\n{"AGE":null,"SEX":"M"}\n{"SEX":true,"AGE":0.5}'
    header, rows, findings = read(tmp_path, content)
    assert (header, findings) == (("SEX", "AGE"), ())
    assert rows == {1: ("F", "12"), 3: ("M", ""), 4: ("1", "0.5")}


def test_blocks_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"SEX,AGE\nF,1\nF,1,1\n")
    with open_file(path) as opened:
        passes = [[block.rows.to_list() for block in opened.blocks()] for _ in range(2)]
        assert passes == [[[2]], [[2]]]
        assert [(one.rule, one.row, one.count) for one in opened.findings] == [("structure.ragged", 3, 1)]
