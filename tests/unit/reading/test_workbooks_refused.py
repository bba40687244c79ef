"""A workbook that is a trap, protected, alive or damaged is refused by name before anything in it is believed."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from amana.findings import Finding
from amana.reading.limits import Limits
from support.written import as_ods, as_xlsx, changed, ods_cell, ods_of, read, refused, xlsx_of, zipped

TABLE = [["A", "B"], ["1", "2"], ["3", "4"]]
XLSX = as_xlsx(TABLE)
SHEET = "xl/worksheets/sheet1.xml"
NAMED = '<row r="1"><c r="A1" t="inlineStr"><is><t>A</t></is></c><c r="B1" t="inlineStr"><is><t>B</t></is></c></row>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [one.rule for one in findings]


def places(findings: tuple[Finding, ...]) -> list[tuple[str, str | None, int | None, bool]]:
    return [(one.rule, one.letter, one.row, one.refuses) for one in findings]


def two(row: int, a: str, b: str) -> str:
    return f'<row r="{row}">{a}{b}</row>'


def number(place: str, value: int = 1) -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "structure.encrypted"),
        (OLE + "Workbook".encode("utf-16-le"), "structure.old_workbook"),
        (b"%PDF-1.7 ...", "structure.kind"),
        (b"\x1f\x8b\x08 gzip", "structure.packed"),
        (b"<html><table><tr><td>SEX</td></tr></table>", "structure.markup"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "structure.markup"),
        (zipped({"victims.csv": b"SEX,AGE\nF,3\n"}), "structure.packed"),
        (zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}), "structure.kind"),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}), "structure.kind"),
        (b"PK\x03\x04 and then nothing", "structure.damaged"),
        (b"PARE\x00\x00", "structure.encrypted"),
    ],
)
def test_what_is_no_table_has_a_sentence_of_its_own(tmp_path: Path, content: bytes, rule: str) -> None:
    assert rules(refused(tmp_path, content)) == [rule]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "xl/..\\..\\boot.ini", "C:/boot.ini", "xl/a\nb"])
def test_a_part_that_is_named_as_a_path_is_refused(tmp_path: Path, name: str) -> None:
    for content in (XLSX, as_ods(TABLE)):
        assert rules(refused(tmp_path, changed(content, {name: b"x"}))) == ["structure.archive_path"]


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ({"xl/vbaProject.bin": b"x"}, "structure.macros"),
        ({"xl/macrosheets/sheet1.xml": b"<x/>"}, "structure.macros"),
        ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, "structure.external_links"),
        ({"xl/connections.xml": b"<x/>"}, "structure.external_links"),
        ({"xl/embeddings/oleObject1.bin": b"x"}, "structure.nested_file"),
        ({"xl/media/image1.png": XLSX}, "structure.nested_file"),
        ({"xl/media/image1.png": OLE}, "structure.nested_file"),
        ({SHEET: b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'}, "structure.document_type"),
        ({"docProps/app.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'}, "structure.document_type"),
        ({SHEET: "<worksheet/>".encode("utf-16")}, "structure.damaged"),
        ({SHEET: b"<worksheet><sheetData>"}, "structure.damaged"),
        ({"XL/workbook.xml": b"<x/>"}, "structure.damaged"),
    ],
)
def test_what_lives_in_a_workbook_is_refused(tmp_path: Path, parts: dict[str, bytes], rule: str) -> None:
    assert rules(refused(tmp_path, changed(XLSX, parts))) == [rule]


def relations(kind: str) -> bytes:
    link = f'<Relationship Id="r9" Type="http://x/{kind}" Target="https://example.org/" TargetMode="External"/>'
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{link}</Relationships>'.encode()


def test_a_link_that_somebody_may_click_passes_and_one_that_is_fetched_does_not(tmp_path: Path) -> None:
    part = "xl/worksheets/_rels/sheet1.xml.rels"
    assert read(tmp_path, changed(XLSX, {part: relations("hyperlink")}))[2] == ()
    assert rules(refused(tmp_path, changed(XLSX, {part: relations("image")}))) == ["structure.external_links"]


def test_an_encrypted_part_and_a_password_are_told(tmp_path: Path) -> None:
    at = XLSX.index(b"PK\x01\x02")
    locked = XLSX[: at + 8] + struct.pack("<H", 1) + XLSX[at + 10 :]
    assert rules(refused(tmp_path, locked)) == ["structure.encrypted"]
    password = changed(as_ods(TABLE), {"META-INF/manifest.xml": b"<m:manifest><m:encryption-data/></m:manifest>"})
    assert rules(refused(tmp_path, password)) == ["structure.encrypted"]


def test_macros_and_links_in_ods_are_refused(tmp_path: Path) -> None:
    assert rules(refused(tmp_path, changed(as_ods(TABLE), {"Basic/script-lc.xml": b"<x/>"}))) == ["structure.macros"]
    linked = '<table:table table:name="S"><table:table-source/></table:table>'
    assert rules(refused(tmp_path, ods_of(linked))) == ["structure.external_links"]


def test_what_is_counted_is_what_came_out_not_what_was_declared(tmp_path: Path) -> None:
    """A part that says it holds ten bytes and holds 64 MiB of spaces is a bomb, whichever number is looked at."""
    bomb = changed(XLSX, {"xl/theme/theme1.xml": b" " * (64 << 20)})
    assert rules(refused(tmp_path, bomb)) == ["structure.inflated"]
    with zipfile.ZipFile(io.BytesIO(bomb)) as file:
        at = bomb.index(b"PK\x01\x02", file.start_dir)
        while bomb[at + 46 : at + 46 + 19] != b"xl/theme/theme1.xml":
            at = bomb.index(b"PK\x01\x02", at + 4)
    lying = bomb[: at + 24] + struct.pack("<I", 10) + bomb[at + 28 :]
    assert rules(refused(tmp_path, lying))[0] in {"structure.inflated", "structure.damaged"}


def test_the_bytes_of_all_parts_together_are_bounded(tmp_path: Path) -> None:
    import random

    noise = random.Random(1)
    parts = {f"xl/media/{at}.png": noise.randbytes(1 << 20) for at in range(6)}
    assert rules(refused(tmp_path, changed(XLSX, parts), limits=Limits(inflated=5 << 20))) == ["structure.inflated"]
    many = {f"xl/media/{at}.png": b"x" for at in range(20)}
    assert rules(refused(tmp_path, changed(XLSX, many), limits=Limits(parts=20))) == ["structure.parts_limit"]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        (NAMED + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "structure.workbook_limit"),
        (NAMED + '<row r="2"><c r="XFD2"><v>1</v></c></row>', "structure.columns_limit"),
        (NAMED + '<row r="9999999999"><c><v>1</v></c></row>', "structure.damaged"),
        (NAMED + '<row r="5"><c r="A5"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>', "structure.damaged"),
        (NAMED + '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>', "structure.damaged"),
        (NAMED + '<row r="2"><c r="A7"><v>1</v></c></row>', "structure.damaged"),
        (NAMED + '<row r="2"><c r="A2" t="s"><v>99</v></c></row>', "structure.damaged"),
        (NAMED + '<row r="2"><c r="A2" t="s"><v>-1</v></c></row>', "structure.damaged"),
        (NAMED + '<row r="x"><c><v>1</v></c></row>', "structure.damaged"),
        (NAMED, "structure.no_rows"),
        ("", "structure.empty"),
    ],
)
def test_a_sheets_reach_is_measured_before_memory_is_given_to_it(tmp_path: Path, rows: str, rule: str) -> None:
    assert rules(refused(tmp_path, xlsx_of(rows))) == [rule]


def test_one_long_text_said_a_million_times_is_a_bomb(tmp_path: Path) -> None:
    strings = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>%s</t></si></sst>'
    rows = "".join(f'<row r="{row}"><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>' for row in range(1, 2_001))
    bomb = changed(xlsx_of(rows), {"xl/sharedStrings.xml": strings % (b"x" * 30_000)})
    assert rules(refused(tmp_path, bomb, limits=Limits(inflated=64 << 20))) == ["structure.inflated"]


def test_strings_that_are_announced_but_not_there_get_no_room(tmp_path: Path) -> None:
    strings = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="4294967295"/>'
    assert rules(refused(tmp_path, changed(XLSX, {"xl/sharedStrings.xml": strings}))) == ["structure.damaged"]


def ods_row(cells: str, times: str = "1") -> str:
    return f'<table:table-row table:number-rows-repeated="{times}">{cells}</table:table-row>'


ONE = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="1000000"/>'


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        (ods_row("<table:table-cell/>", "100000000") + ods_row(ods_cell("x")), "structure.workbook_limit"),
        (ods_row(ods_cell("x"), "9000000"), "structure.workbook_limit"),
        (ods_row(ONE), "structure.columns_limit"),
        (ods_row(ods_cell("x"), "-5"), "structure.damaged"),
        (ods_row(ods_cell("x"), "99999999999999999999"), "structure.damaged"),
        (
            ods_row('<table:table-cell><text:p><text:s text:c="2000000000"/></text:p></table:table-cell>'),
            "structure.inflated",
        ),
        (ods_row("<table:table-cell><table:table-cell/></table:table-cell>"), "structure.nested_file"),
    ],
)
def test_repeats_are_multiplied_before_memory_is_given_to_them(tmp_path: Path, rows: str, rule: str) -> None:
    begin = ods_row(ods_cell("A") + ods_cell("B")) + ods_row(ods_cell("1") + ods_cell("2"))
    assert rules(refused(tmp_path, ods_of(f'<table:table table:name="S">{begin}{rows}</table:table>'))) == [rule]


def test_the_empty_end_that_every_sheet_has_costs_nothing(tmp_path: Path) -> None:
    rows = "".join(f"<table:table-row>{ods_cell(a)}{ods_cell(b)}</table:table-row>" for a, b in ("AB", "12"))
    end = ods_row('<table:table-cell table:number-columns-repeated="16384"/>', "1048574")
    assert read(tmp_path, ods_of(f'<table:table table:name="S">{rows}{end}</table:table>'))[1] == {2: ("1", "2")}


@pytest.mark.parametrize(
    "formula",
    [
        'HYPERLINK("http://example.org/?"&amp;A1,"x")',
        'hyperlink ("x")',
        'WEBSERVICE("http://example.org")',
        '_xlfn.WEBSERVICE("x")',
        "[1]Sheet1!A1",
        "'[figures 2024.xlsx]Feuille (1)'!A1",
        "SUM(1,[1]Sheet1!A1)",
        "cmd|'/c calc'!A0",
        'RTD("x",,"y")',
        'IMPORTXML("http://example.org","//a")',
        "'file:///tmp/x.ods'#$Sheet1.A1",
        r"'\\server\share\[x.xlsx]S'!A1",
    ],
)
def test_a_formula_that_fetches_or_starts_something_is_refused_at_its_cell(tmp_path: Path, formula: str) -> None:
    rows = NAMED + two(2, number("A2"), f'<c r="B2"><f>{formula}</f><v>1</v></c>')
    assert places(refused(tmp_path, xlsx_of(rows))) == [("structure.formula_trick", "B", 2, True)]


@pytest.mark.parametrize(
    "formula", ["SUM(A1:A9)", "Table1[Âge]+1", 'IF(A1&gt;1,"a","b")', "'Feuille 2'!B7", "INFORMATION(1)"]
)
def test_an_ordinary_formula_is_read_as_last_calculated(tmp_path: Path, formula: str) -> None:
    rows = NAMED + two(2, number("A2"), f'<c r="B2"><f>{formula}</f><v>7</v></c>')
    _, cells, findings = read(tmp_path, xlsx_of(rows))
    assert cells == {2: ("1", "7")}
    assert places(findings) == [("structure.formula", "B", 2, False)]


@pytest.mark.parametrize("text", ["|" + " " * 60_000, "A" * 60_000, "[a]" * 20_000, "|'" * 30_000, "CALL " * 12_000])
def test_a_formula_is_gone_over_once_however_long_it_is(tmp_path: Path, text: str) -> None:
    """What went back for each sign would take hours here."""
    rows = NAMED + "".join(two(at, number(f"A{at}"), f'<c r="B{at}"><f>{text}</f><v>1</v></c>') for at in (2, 3, 4))
    assert places(read(tmp_path, xlsx_of(rows))[2]) == [("structure.formula", "B", 2, False)]


def test_one_sheet_under_many_names_is_not_gone_over_once_for_each(tmp_path: Path) -> None:
    spaces = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    tabs = "".join(f'<sheet name="S{at}" sheetId="{at}" r:id="rId1"/>' for at in range(1, 20_000))
    book = f"<workbook {spaces}><sheets>{tabs}</sheets></workbook>".encode()
    assert rules(refused(tmp_path, changed(XLSX, {"xl/workbook.xml": book}))) == ["structure.damaged"]


@pytest.mark.parametrize("cell", ["<f>{}</f><v>1</v>", "<v>{}</v>", "<is><t>{}</t></is>"])
def test_a_cell_that_no_program_could_have_written_ends_the_reading(tmp_path: Path, cell: str) -> None:
    rows = NAMED + two(2, number("A2"), f'<c r="B2" t="inlineStr">{cell.format("1" * 4_000_000)}</c>')
    assert rules(refused(tmp_path, xlsx_of(rows))) == ["structure.damaged"]


def test_a_formula_without_a_result_and_an_error_are_faults_at_their_cells(tmp_path: Path) -> None:
    rows = NAMED + two(2, '<c r="A2"><f>1+1</f></c>', '<c r="B2" t="e"><v>#REF!</v></c>')
    rows += two(3, number("A3"), '<c r="B3" t="str"><f>""</f><v></v></c>')
    _, cells, findings = read(tmp_path, xlsx_of(rows))
    assert cells[3] == ("1", "")
    assert places(findings) == [
        ("structure.formula", "B", 3, False),
        ("structure.formula_uncalculated", "A", 2, True),
        ("structure.error_cell", "B", 2, True),
    ]


def test_formulas_and_errors_above_the_rows_are_nobodys_fault(tmp_path: Path) -> None:
    title = '<row r="1"><c r="A1"><f>TODAY()</f></c><c r="B1" t="e"><v>#REF!</v></c></row>'
    named = "".join(f'<c r="{name}2" t="str"><f>"{name}"</f><v>{name}</v></c>' for name in "ABC")
    names = f'<row r="2">{named}</row>'
    body = "".join(
        f'<row r="{at}"><c r="A{at}"><v>1</v></c>{number(f"B{at}")}{number(f"C{at}")}</row>' for at in (3, 4)
    )
    _, cells, findings = read(tmp_path, xlsx_of(title + names + body))
    assert cells == {3: ("1", "1", "1"), 4: ("1", "1", "1")}
    assert findings == ()


def test_the_same_holds_for_ods(tmp_path: Path) -> None:
    def formula(text: str, value: str) -> str:
        return f'<table:table-cell table:formula="{text}" {value}/>'

    def sheet(a: str, b: str) -> bytes:
        header = f"<table:table-row>{ods_cell('A')}{ods_cell('B')}</table:table-row>"
        return ods_of(f'<table:table table:name="S">{header}<table:table-row>{a}{b}</table:table-row></table:table>')

    seven = 'office:value-type="float" office:value="7"'
    _, cells, findings = read(tmp_path, sheet(formula("of:=1+6", seven), formula("of:=1/0", "")))
    assert cells == {2: ("7", "")}
    assert places(findings) == [("structure.formula", "A", 2, False), ("structure.formula_uncalculated", "B", 2, True)]
    trick = sheet(ods_cell("x"), formula("of:='file:///tmp/x.ods'#$Sheet1.A1", seven))
    assert places(refused(tmp_path, trick)) == [("structure.formula_trick", "B", 2, True)]


def test_cells_merged_sideways_are_a_fault_and_downwards_mean_each_row(tmp_path: Path) -> None:
    rows = NAMED + two(2, number("A2", 5), number("B2")) + two(3, "", number("B3")) + two(4, number("A4"), "")
    merges = '<mergeCells count="2"><mergeCell ref="A2:A3"/><mergeCell ref="A4:B4"/></mergeCells>'
    _, cells, findings = read(tmp_path, xlsx_of(rows, merges))
    assert cells == {2: ("5", "1"), 3: ("5", "1"), 4: ("1", "")}
    assert places(findings) == [("structure.merged", "A", 2, False), ("structure.merged_across", "A", 4, True)]


def test_an_unknown_sheet_and_a_hidden_one(tmp_path: Path) -> None:
    for unknown in ("nobody's", "0", "2", "99999"):
        assert rules(refused(tmp_path, XLSX, sheet=unknown)) == ["structure.sheet_unknown"]
    with zipfile.ZipFile(io.BytesIO(XLSX)) as file:
        listed = file.read("xl/workbook.xml")
    hidden = changed(
        XLSX, {"xl/workbook.xml": listed.replace(b'<sheet name="Sheet1"', b'<sheet name="Sheet1" state="hidden"')}
    )
    assert rules(refused(tmp_path, hidden)) == ["structure.empty"]
    assert read(tmp_path, hidden, sheet="Sheet1")[1] == {2: ("1", "2"), 3: ("3", "4")}


@pytest.mark.slow
def test_no_bomb_takes_more_memory_than_a_worker_has(tmp_path: Path) -> None:
    """Each bomb is opened in a process that may have 1.5 GB: to be refused memory would kill it."""
    bombs = {
        "far": xlsx_of(NAMED + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "blanks": ods_of(
            '<table:table table:name="S"><table:table-row><table:table-cell><text:p>'
            '<text:s text:c="1900000000"/></text:p></table:table-cell></table:table-row></table:table>'
        ),
        "strings": changed(XLSX, {"xl/sharedStrings.xml": b'<sst uniqueCount="4294967295"/>'}),
        "spaces": changed(XLSX, {"xl/theme/theme1.xml": b" " * (512 << 20)}),
        "rows": ods_of(
            '<table:table table:name="S"><table:table-row table:number-rows-repeated="2000000000">'
            f"{ods_cell('x')}</table:table-row></table:table>"
        ),
    }
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from amana.reading.open import open_file, FileUnreadable\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))\n"
        "for path in map(Path, sys.argv[1:]):\n"
        "    try:\n"
        "        with open_file(path) as opened: list(opened.blocks())\n"
        "    except FileUnreadable as fault: print(path.name, fault.findings[0].rule)\n"
    )
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", script, *(str(tmp_path / name) for name in bombs)], capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [
        "far structure.workbook_limit",
        "blanks structure.inflated",
        "strings structure.damaged",
        "spaces structure.inflated",
        "rows structure.inflated",
    ], done.stderr
