"""The canonical CSV: the header alone, and an example whose every cell is valid."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from amana.codebook.model import OBS_VALUE, Codebook, Kind
from amana.codebook.template import example, render

FLOWS = ["VICTIMS", "CHILDREN", "JUSTICE", "ACTIVITIES"]


def test_a_template_is_the_header_and_nothing_else(small: Codebook) -> None:
    assert render(small.dataflows["PERSONS"], small) == "WHO,BEG,LAB,WHERE\n"


def test_an_example_says_what_its_row_says_and_not_known_otherwise(small: Codebook, folder: Path) -> None:
    header, first, second = csv.reader(io.StringIO(example(small.dataflows["PERSONS"], small, folder)))
    assert header == ["WHO", "BEG", "LAB", "WHERE"]
    assert first[1:] == ["0", "1", "TUN"]
    assert second[1:] == ["0", "0", "_U"]
    assert len(first[0]) == 64
    assert first[0] != second[0]


@pytest.mark.parametrize("id_", FLOWS)
def test_our_examples_hold_three_rows_of_known_answers(book: Codebook, id_: str) -> None:
    flow = book.dataflows[id_]
    rows = list(csv.DictReader(io.StringIO(example(flow, book))))
    assert len(rows) == 3
    assert list(rows[0]) == render(flow, book).strip().split(",")
    for row in rows:
        for column in flow.columns(book):
            cell = row[column.name]
            if column.name == OBS_VALUE:
                assert cell.isdigit()
            elif column.code is not None:
                assert cell in {"0", "1"}
            elif column.name == "AGE":
                assert cell.isdigit() or f"{cell}_U" in flow_ages(book, id_) or cell in flow_ages(book, id_)
            elif flow.variable(column.variable).kind is Kind.CODED:
                assert cell in book.list_of(flow.variable(column.variable)).storable
            else:
                assert len(cell) == 64


def flow_ages(book: Codebook, id_: str) -> tuple[str, ...]:
    return book.list_of(book.dataflows[id_].variable("AGE")).storable


@pytest.mark.parametrize("id_", FLOWS)
def test_every_word_of_an_example_is_one_of_the_dataflows_columns(book: Codebook, id_: str) -> None:
    import tomllib

    from amana.codebook.load import FOLDER

    names = set(render(book.dataflows[id_], book).strip().split(","))
    for row in tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))[id_]:
        assert set(row) - {"yes"} <= names
        assert set(row.get("yes", ())) <= names
