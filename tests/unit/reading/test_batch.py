"""What is no canonical CSV is refused with its place, and never with a traceback or a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from amana.findings import Finding
from amana.reading.batch import Batch, BatchUnreadable, Limits, read_csv
from support.contributions import BOOK, row, text


def read(folder: Path, content: bytes, limits: Limits | None = None) -> Batch:
    path = folder / "file.csv"
    path.write_bytes(content)
    return read_csv(path, "VICTIMS", BOOK, limits or Limits())


def refused(folder: Path, content: bytes, limits: Limits | None = None) -> tuple[Finding, ...]:
    with pytest.raises(BatchUnreadable) as caught:
        read(folder, content, limits)
    return caught.value.findings


def sound(*changed: str) -> bytes:
    return text([row(1), row(2)]).encode()


def test_a_sound_file_becomes_columns_and_remembers_its_rows(tmp_path: Path) -> None:
    batch = read(tmp_path, sound())
    assert len(batch) == 2
    assert batch.cells("SEX").to_list() == ["F", "F"]
    assert batch.rows.to_list() == [2, 3]
    assert batch.findings == ()


def test_a_byte_order_mark_and_either_line_end_are_tolerated(tmp_path: Path) -> None:
    for content in (b"\xef\xbb\xbf" + sound(), sound().replace(b"\r\n", b"\n")):
        batch = read(tmp_path, content)
        assert (len(batch), batch.findings) == (2, ())


@pytest.mark.parametrize(
    ("content", "rule", "place"),
    [
        (b"", "structure.empty", None),
        (b"\xef\xbb\xbf", "structure.empty", None),
        (b"\r\n\r\n", "structure.empty", 1),
        (b"SEX,AGE\r\n", "structure.no_rows", None),
        (b"SEX,AGE\r\nF,\xff\r\n", "structure.encoding", 2),
        (b"SEX,AGE\r\nF,\xc3", "structure.encoding", 2),
        ("SEX,AGE\nF,3\n".encode("utf-16"), "structure.encoding", 1),
        (b"SEX,AGE\r\nF,3\r\nM,\x00\r\n", "structure.nul", 3),
        (b'SEX,AGE\r\nF,3\r\nF,"3"4\r\n', "structure.quotes", 3),
        (b'SEX,AGE\r\nF,3\r\nF,"3\r\nF,4', "structure.quotes", 3),
        (b'SEX,"AGE\r\nF,3\r\n', "structure.quotes", 1),
        (b"SEX;AGE\r\nF;3\r\n", "structure.separator", 1),
        (b"SEX\tAGE\r\nF\t3\r\n", "structure.separator", 1),
    ],
)
def test_what_cannot_be_read_says_where(tmp_path: Path, content: bytes, rule: str, place: int | None) -> None:
    findings = [one for one in refused(tmp_path, content) if not one.rule.startswith("header.")]
    assert [(one.rule, one.row) for one in findings] == [(rule, place)]


def test_a_broken_byte_is_placed_by_its_row_even_beyond_the_first_block(tmp_path: Path) -> None:
    content = b"SEX\n" + b"F\n" * 700_000 + b"\xff\n"
    assert [(one.rule, one.row) for one in refused(tmp_path, content)] == [("structure.encoding", 700_002)]


def test_a_name_that_stands_twice_stops_the_reading(tmp_path: Path) -> None:
    findings = refused(tmp_path, b"SEX,AGE,SEX\r\nF,3,M\r\n")
    assert [(one.rule, one.column, one.letter) for one in findings] == [
        ("header.duplicate", "SEX", "A"),
        ("header.duplicate", "SEX", "C"),
    ]


def test_bounds_are_kept(tmp_path: Path) -> None:
    wide, deep = Limits(columns=3), Limits(rows=1)
    assert [one.rule for one in refused(tmp_path, sound(), wide)] == ["structure.columns_limit"]
    assert [one.rule for one in refused(tmp_path, sound(), deep)] == ["structure.rows_limit"]
    batch = read(tmp_path, text([row(1), row(2, SEX="F" * 11)]).encode(), Limits(cell=64))
    assert batch.findings == ()
    (finding,) = read(tmp_path, text([row(1), row(2, SEX="F" * 65)]).encode(), Limits(cell=64)).findings
    assert (finding.rule, finding.row, finding.column, finding.facts["limit"]) == (
        "structure.cell_length",
        3,
        "SEX",
        64,
    )


def test_columns_that_are_missing_unknown_or_misspelt_are_told_apart(tmp_path: Path) -> None:
    content = sound().replace(b"SEX", b"Sex", 1).replace(b"EXP_SEX,", b"EXP_SEXX,", 1).replace(b",AGE,", b",prenom,", 1)
    findings = {(one.rule, one.column, one.facts.get("meant")) for one in read(tmp_path, content).findings}
    assert findings == {
        ("header.misspelt", None, "SEX"),
        ("header.missing", "SEX", None),
        ("header.misspelt", None, "EXP_SEX"),
        ("header.missing", "EXP_SEX", None),
        ("header.unknown", None, None),
        ("header.missing", "AGE", None),
    }


def test_a_foreign_heading_is_never_repeated(tmp_path: Path) -> None:
    batch = read(tmp_path, sound().replace(b",AGE,", b",Fatima El Idrissi,", 1))
    assert "Fatima" not in repr(batch.findings)


def test_an_optional_answer_is_there_with_all_its_columns_or_not_at_all(tmp_path: Path) -> None:
    batch = read(tmp_path, text([row(1, ACT_REC="1")]).encode())
    assert {one.rule for one in batch.findings} == {"header.incomplete"}
    assert "ACT_TRN" in {one.column for one in batch.findings}


def test_rows_of_another_width_are_counted_and_the_first_twenty_are_named(tmp_path: Path) -> None:
    lines = text([row(1)]).splitlines()
    ragged = [lines[0], lines[1], *["F,M"] * 25, lines[1]]
    batch = read(tmp_path, "\n".join(ragged).encode())
    (finding,) = batch.findings
    assert (finding.rule, finding.row, finding.count) == ("structure.ragged", 3, 25)
    assert finding.facts["rows"] == list(range(3, 23))
    assert batch.rows.to_list() == [2, 28]


def test_an_empty_line_is_a_row_of_another_width(tmp_path: Path) -> None:
    (finding,) = read(tmp_path, sound() + b"\r\n").findings
    assert (finding.rule, finding.row) == ("structure.ragged", 4)


def test_a_cell_that_spans_lines_is_one_row(tmp_path: Path) -> None:
    rows = [row(1, SEX="F\nM"), row(2)]
    assert read(tmp_path, text(rows).encode()).rows.to_list() == [2, 3]
