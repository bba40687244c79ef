"""Fast ways against slow ones: what is written is what is stored, and the filter in front of presidio hides nothing."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.codebook.model import Kind
from amana.codebook.records import Records
from amana.identifiers.columns import Expected
from amana.identifiers.engine import Reader
from amana.identifiers.reading import Reading, Under
from amana.validation.ages import stored
from amana.validation.encode import encode
from support.contributions import BOOK, RECOGNISERS, as_batch, judged, pseudonym, row, text

VICTIMS = BOOK.dataflow("VICTIMS")
READER = Reader(RECOGNISERS, "MAR")
READING = Reading(RECOGNISERS, "MAR")
AGES = stored(BOOK.codelists["CL_AGE"])


def one_of(variable: str) -> st.SearchStrategy[str]:
    return st.sampled_from(BOOK.list_of(VICTIMS.variable(variable)).storable)


@st.composite
def people(draw: st.DrawFn) -> list[dict[str, str]]:
    number = draw(st.integers(1, 6))
    asked = draw(st.sets(st.sampled_from(["SECTOR", "ROUTE", "TERRITORY", "ICT_CHANNEL"])))
    rows = []
    for person in range(number):
        made = row(person, AGE=draw(st.sampled_from(sorted(AGES))))
        made |= {name: draw(one_of(name)) for name in ("VICTIM_STATUS", "SEX", "CITIZENSHIP")}
        for name in sorted(asked):
            variable = VICTIMS.variable(name)
            codes = BOOK.list_of(variable).storable
            flags = {code: draw(st.sampled_from(["0", "1", "_U"])) for code in codes}
            made |= flags if variable.kind is Kind.MULTI else {name: draw(one_of(name))}
        rows.append(made)
    return rows


def as_written(records: Records) -> list[dict[str, str]]:
    """The obvious way back: one person at a time, one cell at a time."""
    people = []
    for number in range(len(records)):
        cells = {
            name: BOOK.list_of(VICTIMS.variable(name)).storable[int(positions[number])]
            for name, positions in records.columns.items()
        }
        cells |= {code: ("0", "1", "_U")[int(flags[number])] for code, flags in records.flags.items()}
        people.append(cells | {"PSEUDONYM": (records.pseudonyms or ())[number]})
    return people


@given(people())
@settings(max_examples=40, deadline=None)
def test_what_a_committee_wrote_is_what_is_stored(rows: list[dict[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "victims.csv"
        path.write_bytes(text(rows).encode())
        found, records = judged(path)
    assert found.accepted, found.findings
    assert records is not None
    assert as_written(records) == [{**one, "AGE": AGES[one["AGE"]]} for one in rows]


def test_every_year_is_stored_in_the_band_that_holds_it() -> None:
    for age in range(121):
        code = AGES[str(age)]
        bounds = [int(number) for number in re.findall(r"[0-9]+", code)]
        last = 120 if code.startswith("Y_GE") else bounds[-1]
        assert bounds[0] <= age <= last, (age, code)


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_no_bytes_at_all_end_in_a_traceback(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(content)
        found, _ = judged(path)
    assert not found.accepted
    assert found.findings


@given(st.integers(0, 2000), st.sampled_from([b"\0", b"\xff", b'"', b",", b"\n", b"a@b.co", b"\xd9\xa3"]))
@settings(max_examples=150, deadline=None)
def test_a_sound_file_with_one_slip_is_refused_or_still_sound(place: int, slip: bytes) -> None:
    sound = text([row(1), row(2), row(3)]).encode()
    at = place % len(sound)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "slip.csv"
        path.write_bytes(sound[:at] + slip + sound[at:])
        found, records = judged(path)
    assert found.accepted == (records is not None)
    assert not found.accepted or slip in {b'"', b"\n"}


SIGNS = "abzABZ019@.:/-_<+ ,'٠٣٩م\u0651é"
PIECES = [
    "0661234567",
    "+212",
    "a@b.ma",
    "www.x.org",
    "BK123456",
    "2009-03-12",
    "1.2.3.4",
    "P<MAR",
    "MA64",
    "00 216",
    "x.com",
    "83d7c9c1-dcfa-42de-9e66-a15a62a35a21",
    "34°01'15\"N",
    "06 61.23",
    "٠٦٦١٢٣٤٥٦٧",
]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(SIGNS, max_size=12)), min_size=1, max_size=4).map("".join))
@settings(max_examples=600, deadline=None)
def test_the_filter_hides_nothing_that_presidio_would_find(cell: str) -> None:
    cells = pl.Series([cell])
    read = READING.candidates(cells, Under())["form"].any() and not cells.str.contains(Expected.PSEUDONYM.value).item()
    assert read or not READER.hits(cell)


def test_a_hundred_thousand_pseudonyms_are_not_taken_for_identifiers(tmp_path: Path) -> None:
    rows = [row(1)]
    head, body = text(rows).split("\r\n")[:2]
    path = tmp_path / "many.csv"
    path.write_text(head + "\n" + "".join(body.replace(pseudonym(1), pseudonym(n)) + "\n" for n in range(20_000)))
    found, records = judged(path)
    assert found.accepted
    assert records is not None
    assert len(records) == 20_000


def test_only_what_the_rules_accept_is_encoded(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(text([row(1, SEX="X")]).encode())
    with pytest.raises(ValueError, match="without a code") as caught:
        encode(as_batch(path), BOOK, "MAR", "2022")
    assert "X" not in str(caught.value)


def test_columns_and_flags_have_the_stored_types(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_bytes(text([row(1)]).encode())
    records = encode(as_batch(path), BOOK, "MAR", "2022")
    assert {column.dtype for column in records.columns.values()} == {np.dtype("int16")}
    assert {flag.dtype for flag in records.flags.values()} == {np.dtype("uint8")}
    assert "SECTOR" not in records.collected
    assert "EXPLOITATION" in records.collected
