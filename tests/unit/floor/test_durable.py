"""A file is whole or absent."""

from __future__ import annotations

from pathlib import Path

from amana import durable


def test_a_file_is_replaced_whole(tmp_path: Path):
    path = tmp_path / "file"
    durable.write(path, b"first")
    durable.write(path, b"second")
    assert path.read_bytes() == b"second"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_the_first_of_several_writers_makes_the_file(tmp_path: Path):
    path = tmp_path / "file"
    assert durable.write_new(path, b"first") is True
    assert durable.write_new(path, b"second") is False
    assert path.read_bytes() == b"first"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
