"""What is no canonical CSV is refused with its place, and never with a traceback or a value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from amana.findings import Finding
from amana.reading.batch import FileUnreadable, Limits, open_file
from support.contributions import row, text


@dataclass
class Read:
    rows: list[int]
    findings: tuple[Finding, ...]


def read(folder: Path, content: bytes, limits: Limits | None = None) -> Read:
    path = folder / "file.csv"
    path.write_bytes(content)
    with open_file(path, limits=limits or Limits()) as opened:
        rows = [row for block in opened.blocks() for row in block.rows]
        return Read(rows, opened.findings)


def refused(folder: Path, content: bytes, limits: Limits | None = None) -> tuple[Finding, ...]:
    with pytest.raises(FileUnreadable) as caught:
        read(folder, content, limits)
    return caught.value.findings


def sound(*changed: str) -> bytes:
    return text([row(1), row(2)]).encode()


def test_a_sound_file_becomes_columns_and_remembers_its_rows(tmp_path: Path) -> None:
    batch = read(tmp_path, sound())
    assert batch.rows == [2, 3]
    assert batch.findings == ()


def test_a_byte_order_mark_and_either_line_end_are_tolerated(tmp_path: Path) -> None:
    for content in (b"\xef\xbb\xbf" + sound(), sound().replace(b"\r\n", b"\n")):
        batch = read(tmp_path, content)
        assert (len(batch.rows), batch.findings) == (2, ())


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


def test_bounds_are_kept(tmp_path: Path) -> None:
    wide, deep = Limits(columns=3), Limits(rows=1)
    assert [one.rule for one in refused(tmp_path, sound(), wide)] == ["structure.columns_limit"]
    assert [one.rule for one in refused(tmp_path, sound(), deep)] == ["structure.rows_limit"]
    batch = read(tmp_path, text([row(1), row(2, SEX="F" * 11)]).encode(), Limits(cell=64))
    assert batch.findings == ()
    (finding,) = read(tmp_path, text([row(1), row(2, SEX="F" * 65)]).encode(), Limits(cell=64)).findings
    assert (finding.rule, finding.row, finding.letter, finding.facts["limit"]) == ("structure.cell_length", 3, "C", 64)


def test_rows_of_another_width_are_counted_and_the_first_twenty_are_named(tmp_path: Path) -> None:
    lines = text([row(1)]).splitlines()
    ragged = [lines[0], lines[1], *["F,M"] * 25, lines[1]]
    batch = read(tmp_path, "\n".join(ragged).encode())
    (finding,) = batch.findings
    assert (finding.rule, finding.row, finding.count) == ("structure.ragged", 3, 25)
    assert finding.facts["rows"] == list(range(3, 23))
    assert batch.rows == [2, 28]


def test_an_empty_line_is_a_row_of_another_width(tmp_path: Path) -> None:
    (finding,) = read(tmp_path, sound() + b"\r\n").findings
    assert (finding.rule, finding.row) == ("structure.ragged", 4)


def test_a_cell_that_spans_lines_is_one_row(tmp_path: Path) -> None:
    rows = [row(1, SEX="F\nM"), row(2)]
    assert read(tmp_path, text(rows).encode()).rows == [2, 3]
