"""What a Parquet or a JSON Lines file may not hold, each said with its column or its line."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from amana.reading.limits import Limits
from support.written import read, refused


def parquet(table: pa.Table, **how: object) -> bytes:
    written = io.BytesIO()
    pq.write_table(table, written, **how)
    return written.getvalue()


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        (pa.array([[1]], pa.list_(pa.int64())), "structure.nested_column"),
        (pa.array([{"a": 1}]), "structure.nested_column"),
        (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), "structure.nested_column"),
        (pa.array([b"\xff"]), "structure.column_type"),
        (pa.array([b"ab"], pa.binary(2)), "structure.column_type"),
    ],
)
def test_only_flat_columns_of_plain_values_are_read(tmp_path: Path, column: pa.Array, rule: str) -> None:
    (finding,) = refused(tmp_path, parquet(pa.table({"a": ["x"], "b": column})))
    assert (finding.rule, finding.letter) == (rule, "B")


def test_a_long_text_said_in_every_row_is_refused_before_it_is_written_out(tmp_path: Path) -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 40_000, pa.int32()), pa.array(["x" * 10_000]))
    (finding,) = refused(tmp_path, parquet(pa.table({"a": column})))
    assert (finding.rule, finding.letter) == ("structure.cell_length", "A")


def test_the_bounds_of_a_parquet_file_are_kept(tmp_path: Path) -> None:
    content = parquet(pa.table({"a": ["x"] * 9}))
    assert [one.rule for one in refused(tmp_path, content, limits=Limits(rows=8))] == ["structure.rows_limit"]
    assert [one.rule for one in refused(tmp_path, content, limits=Limits(inflated=8))] == ["structure.inflated"]
    wide = parquet(pa.table({f"c{at}": ["x"] for at in range(401)}))
    assert [one.rule for one in refused(tmp_path, wide)] == ["structure.columns_limit"]
    assert [one.rule for one in refused(tmp_path, parquet(pa.table({"a": pa.array([], pa.string())})))] == [
        "structure.no_rows"
    ]


def test_a_page_whose_checksum_fails_is_damage(tmp_path: Path) -> None:
    content = parquet(
        pa.table({"a": ["victim"] * 9}),
        write_page_checksum=True,
        write_statistics=False,
        compression="none",
        use_dictionary=False,
    )
    at = content.index(b"victim")
    damaged = content[:at] + b"V" + content[at + 1 :]
    assert [one.rule for one in refused(tmp_path, damaged)] == ["structure.damaged"]


def test_texts_that_are_no_utf8_are_damage(tmp_path: Path) -> None:
    content = parquet(pa.table({"a": ["victim"] * 9}), compression="none", use_dictionary=False)
    assert [one.rule for one in refused(tmp_path, content.replace(b"victim", b"vict\xff\xfe"))] == ["structure.damaged"]


def test_dictionaries_numbers_and_times_are_texts(tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": pa.array(["a", None, "a"]).dictionary_encode(),
            "whole": pa.array([1, None, -3], pa.int16()),
            "real": pa.array([1e21, float("nan"), 0.1]),
            "fixed": pa.array(["1.50", None, "20"]).cast(pa.decimal128(5, 2)),
            "time": pa.array([1_700_000_000_123_456_789, None, 0], pa.timestamp("ns")),
        }
    )
    assert read(tmp_path, parquet(table))[1] == {
        1: ("a", "1", "1e+21", "1.5", "2023-11-14T22:13:20.123456"),
        3: ("a", "-3", "0.1", "20", "1970-01-01"),
    }


@pytest.mark.parametrize(
    ("content", "rule", "row"),
    [
        (b'{"a":1}\n{"a":', "structure.json", 2),
        (b'{"a":1}\n[1]', "structure.json", 2),
        (b'{"a":1}\n1', "structure.json", 2),
        (b'{"a":1}\n{"a":NaN}', "structure.json", 2),
        (b'[{"a":1}]', "structure.json", 1),
        (b'{"a":1}\n{"a":"\xff"}', "structure.encoding", 2),
        (b'{"a":{"b":1}}', "structure.nested", 1),
        (b'{"a":' + b"[" * 100_000, "structure.nested", 1),
        (b'{"a":1,"a":2}', "structure.duplicate_key", 1),
        (b"{}", "structure.empty", 1),
        (b'{"a":"' + b"x" * 5_000_000 + b'"}', "structure.record_length", 1),
        (b'{"\\u0007":1}', "structure.control", None),
    ],
)
def test_a_line_that_is_no_flat_object_ends_the_reading(tmp_path: Path, content: bytes, rule: str, row: int) -> None:
    assert [(one.rule, one.row) for one in refused(tmp_path, content)] == [(rule, row)]


def test_lines_that_differ_from_the_first_are_left_out_and_counted(tmp_path: Path) -> None:
    lines = ['{"a":1,"b":2}', '{"a":1}', '{"a":1,"b":2,"c":3}', '{"a":1,"a":2}', '{"a":1,"b":[]}', '{"b":"x","a":""}']
    _, rows, findings = read(tmp_path, "\n".join(lines).encode())
    assert rows == {1: ("1", "2"), 6: ("", "x")}
    assert [(one.rule, one.row, one.count) for one in findings] == [
        ("structure.keys", 2, 2),
        ("structure.duplicate_key", 4, 1),
        ("structure.nested", 5, 1),
    ]


def test_an_escaped_nul_is_a_control_at_its_cell(tmp_path: Path) -> None:
    (finding,) = read(tmp_path, b'{"a":1,"b":"x\\u0000"}')[2]
    assert (finding.rule, finding.letter, finding.row) == ("structure.control", "B", 1)


def test_half_a_surrogate_is_no_text(tmp_path: Path) -> None:
    assert [one.rule for one in refused(tmp_path, b'{"a":"x"}\n{"a":"\\ud800"}')] == ["structure.encoding"]
