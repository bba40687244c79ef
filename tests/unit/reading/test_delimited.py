"""Faults of delimited text: each has a rule, a row and, where there is one, a column; the rest of the file is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from amana.reading.limits import Limits
from support.written import read, refused


def faults(folder: Path, content: bytes, limits: Limits | None = None) -> list[tuple[str, int | None, str | None]]:
    return [(one.rule, one.row, one.letter) for one in read(folder, content, limits=limits or Limits())[2]]


@pytest.mark.parametrize(
    ("content", "rule", "row"),
    [
        (b"", "structure.empty", None),
        (b"\xef\xbb\xbf", "structure.empty", None),
        (b"\r\n\r\n", "structure.empty", 1),
        (b"SEX,AGE\r\n", "structure.no_rows", None),
        (b"SEX,AGE\r\n\r\n,\r\n", "structure.no_rows", None),
        ("Sexe,Âge\nF,3\nM,é".encode()[:-1], "structure.encoding", 3),
        ("Sexe,Âge,Né à\nF,3,Fès\nM,".encode() + b"\xff\n", "structure.encoding", 3),
        ("Région;Âge\nForêt;3\n".encode("cp850"), "structure.encoding", 1),
        ("Région;Âge\nForêt;3\n".encode("mac_roman"), "structure.encoding", 1),
        ("A,B\n1,2\n".encode("utf-16") + b"\x00", "structure.encoding", 3),
        (b"SEX,AGE\r\nF,3\r\nM,\x00\r\n", "structure.nul", 3),
        (b'SEX,AGE\nF,"a\nb"\nM,\x00\n', "structure.nul", 3),
        (b'SEX,AGE\r\nF,3\r\nF,"3"4\r\n', "structure.quotes", 3),
        (b'SEX,AGE\r\nF,3\r\nF,5" nail\r\n', "structure.quotes", 3),
        (b'SEX,AGE\r\nF,3\r\nF,"3\r\nF,4', "structure.quotes", 3),
        (b'SEX,"AGE\r\nF,3\r\n', "structure.quotes", 1),
        (b"sep=#\r\nSEX#AGE\r\nF#3\r\n", "structure.separator", 1),
        (b"A,B\x07\n1,2\n", "structure.control", 1),
        ("A,\u202eB\n1,2\n".encode(), "structure.direction", 1),
        (b"A,B\n1," + b"x" * 5_000_000, "structure.record_length", 2),
        (b",".join(b"N%d" % at for at in range(500_000)) + b"\n1\n", "structure.columns_limit", 1),
        (b"A," + b"B" * 1001 + b"\n1,2\n", "structure.cell_length", 1),
    ],
)
def test_what_cannot_be_read_says_where(tmp_path: Path, content: bytes, rule: str, row: int | None) -> None:
    assert [(one.rule, one.row) for one in refused(tmp_path, content)] == [(rule, row)]


def test_a_fault_far_down_is_placed_by_its_row(tmp_path: Path) -> None:
    """Four megabytes are read at a time; rows are counted across them, and across cells that span lines."""
    body = b'F,"two\nlines"\n' * 700_000
    for end, rule in (
        (b"F,\x00\n", "structure.nul"),
        (b'F,"x"y\n', "structure.quotes"),
        (b"F,\xc3", "structure.encoding"),
    ):
        content = b"SEX,NOTE\n" + body + end
        assert [(one.rule, one.row) for one in refused(tmp_path, content)] == [(rule, 700_002)]


def test_faults_of_cells_name_their_rows_and_column_and_stop_nothing(tmp_path: Path) -> None:
    content = "A,B,C\n1,a\x1bb,3\n1,x\u2066y,3\n1,\u009f,3\n4,5,6\n1," + "x" * 201 + ",3\n"
    header, rows, findings = read(tmp_path, content.encode())
    assert (header, rows[5]) == (("A", "B", "C"), ("4", "5", "6"))
    assert [(one.rule, one.letter, one.facts["rows"]) for one in findings] == [
        ("structure.control", "B", [2, 4]),
        ("structure.direction", "B", [3]),
        ("structure.cell_length", "B", [6]),
    ]
    assert all(one.refuses for one in findings)


@pytest.mark.parametrize("sign", ["\x07", "\x7f", "\x80", "\x9f", "\u2028", "\u202a", "\u202e", "\u2066", "\u2069"])
def test_each_forbidden_character_is_seen_when_it_is_alone(tmp_path: Path, sign: str) -> None:
    """Whole blocks are passed as sound by their bytes: no sign may hide there."""
    (found,) = faults(tmp_path, f"A,B\nx,é{sign}\n".encode())
    assert found[0] in {"structure.control", "structure.direction"}
    assert found[1:] == (2, "B")


def test_marks_that_honest_arabic_needs_pass(tmp_path: Path) -> None:
    content = "الاسم,العمر\nمحمد\u200f,\u200e12\nمی\u200cخواهم,٣\n"
    assert faults(tmp_path, content.encode()) == []


def test_the_limit_of_a_cell_counts_characters_not_bytes(tmp_path: Path) -> None:
    assert faults(tmp_path, f"A,B\n1,{'ع' * 200}\n".encode()) == []
    assert faults(tmp_path, f"A,B\n1,{'ع' * 201}\n".encode()) == [("structure.cell_length", 2, "B")]


def test_rows_of_another_width_are_left_out_counted_and_kept_as_places(tmp_path: Path) -> None:
    content = b"A,B\n1,2\n" + b"1\n1,2,3\n" * 15 + b"3,4\n"
    _, rows, (finding,) = read(tmp_path, content)
    assert rows == {2: ("1", "2"), 33: ("3", "4")}
    assert (finding.rule, finding.row, finding.count, finding.facts["expected"]) == ("structure.ragged", 3, 30, 2)
    assert finding.facts["rows"] == list(range(3, 23))
    assert list(finding.rows) == list(range(3, 33))


def test_a_cell_below_no_name_is_a_fault_and_an_empty_column_is_none(tmp_path: Path) -> None:
    header, rows, findings = read(tmp_path, b"A,B,C,,\n1,2,3,,\n1,2,3,x,\n")
    assert (header, rows) == (("A", "B", "C"), {2: ("1", "2", "3"), 3: ("1", "2", "3")})
    assert [(one.rule, one.row, one.letter) for one in findings] == [("structure.unnamed_column", 3, "D")]


@pytest.mark.parametrize(("cells", "fault"), [("12", False), ("01", False), ("13", True), ("23", True), ("x2", True)])
def test_a_column_without_a_name_may_count_the_rows_and_nothing_else(tmp_path: Path, cells: str, fault: bool) -> None:
    """Primero's exports begin with such a column; a number that somebody bears is no count."""
    header, _, findings = read(tmp_path, f" ,B,C\n{cells[0]},2,3\n{cells[1]},2,3\n".encode())
    assert header == ("B", "C")
    assert [one.rule for one in findings] == ["structure.unnamed_column"] * fault


def test_the_number_of_rows_is_bounded(tmp_path: Path) -> None:
    content = b"A,B\n" + b"1,2\n" * 5
    assert faults(tmp_path, content, Limits(rows=5)) == []
    (finding,) = refused(tmp_path, content, limits=Limits(rows=4))
    assert (finding.rule, finding.facts) == ("structure.rows_limit", {"limit": 4})


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(tmp_path: Path, end: str) -> None:
    assert read(tmp_path, end.join(["A,B", "1,2", "", "3,4"]).encode())[1] == {2: ("1", "2"), 4: ("3", "4")}


@pytest.mark.parametrize("name", ["PARENTS", "PAR1", "PARE", "BZh", "GIF8"])
def test_a_name_may_begin_as_other_files_do(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, f"{name},AGE\nx,3\n".encode())[:2] == ((name, "AGE"), {2: ("x", "3")})


def test_line_ends_may_be_mixed(tmp_path: Path) -> None:
    assert read(tmp_path, b"A,B\r\n1,2\r3,4\r\n5,6")[1] == {2: ("1", "2"), 3: ("3", "4"), 4: ("5", "6")}


def test_one_column_is_a_table_too(tmp_path: Path) -> None:
    assert read(tmp_path, b"SEX\nF\n\nM\n")[:2] == (("SEX",), {2: ("F",), 4: ("M",)})


def test_no_finding_repeats_what_stands_in_the_file(tmp_path: Path) -> None:
    content = b"Fatima,B\nAicha\x1b,2\nKhadija\n,3,\n"
    assert not {"Fatima", "Aicha", "Khadija"} & set(repr(read(tmp_path, content)[2]).replace("\\", "'").split("'"))
