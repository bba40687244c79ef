"""Mapping, against an obvious slow way: one cell at a time, a dictionary, and no polars."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amana.mapping import ages, dates, toml
from amana.mapping.apply import Application
from amana.mapping.document import ColumnMap, Kind, MappingInvalid, NationalMapping, from_json
from amana.mapping.keying import Home, pseudonym
from amana.mapping.words import header_parts, likeness, normal
from amana.reading.sheet import Block, Sheet
from support.contributions import BOOK

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
CODES = BOOK.codelists["CL_EXPLOITATION"].storable
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT, lambda one: st.lists(one) | st.dictionaries(TEXT, one)
)
columns = st.builds(
    ColumnMap,
    st.sampled_from(Kind),
    headers=st.lists(TEXT, max_size=2).map(tuple),
    mark=st.none() | TEXT,
    target=st.none() | TEXT,
    code=st.none() | TEXT,
    values=st.dictionaries(TEXT, st.lists(TEXT, max_size=3).map(tuple), max_size=4),
    separators=TEXT,
    unnamed=st.sampled_from(["0", "_U"]),
    blank=st.none() | TEXT,
    parts=st.lists(TEXT, max_size=2).map(tuple),
    at=st.none() | TEXT,
)
mappings = st.builds(
    NationalMapping,
    TEXT,
    st.lists(columns, min_size=1, max_size=4).map(tuple),
    committee=st.none() | st.sampled_from(["TUN", "MAR"]),
    version=st.integers(1, 10**6),
    unasked=st.dictionaries(TEXT, TEXT, max_size=2),
    several_say=st.dictionaries(TEXT, TEXT, max_size=2),
    source=TEXT,
)


@given(mappings)
def test_a_mapping_survives_paper(mapping: NationalMapping) -> None:
    again = toml.parse(toml.render(mapping))
    assert again == mapping
    assert again.digest == mapping.digest


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXT, lambda one: st.lists(one) | st.dictionaries(TEXT, one)
    )
)
def test_whatever_stands_in_a_document_is_read_or_refused(document: object) -> None:
    for told in (document, {"format": "amana-mapping/1", "dataflow": "VICTIMS", "version": 1, "column": document}):
        with pytest.raises(MappingInvalid):
            from_json(told)


@given(TEXT)
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    assert normal(normal(text)) == normal(text)
    assert (normal(text) == "") == (not "".join(text.split()) or not normal(text))


@given(TEXT, TEXT)
def test_likeness_goes_both_ways_and_never_reaches_one_for_two_words(one: str, other: str) -> None:
    assert 0 <= likeness(normal(one), normal(other)) <= 1
    if normal(one) != normal(other):
        assert likeness(normal(one), normal(other)) < 1


@given(TEXT)
def test_a_header_s_whole_is_one_of_its_parts(header: str) -> None:
    assert not normal(header) or normal(header) in header_parts(header)


@given(
    st.integers(0, 120), st.sampled_from(["{}", "{} ans", "{} an", "{} years", "{} سنة", "{}.0", " {} "]), st.booleans()
)
def test_a_year_is_a_year_in_any_digits(years: int, form: str, arabic: bool) -> None:
    digits = str(years).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) if arabic else str(years)
    assert ages.read(form.format(digits), BOOK.codelists["CL_AGE"]) == (str(years), False)


@given(
    st.integers(0, 120),
    st.integers(0, 120),
    st.sampled_from(["{}-{}", "{} - {}", "{}--{}", "{}–{} ans", "de {} à {} ans"]),
)
def test_a_band_is_a_code_that_holds_exactly_it_or_one_side_of_eighteen(first: int, last: int, form: str) -> None:
    codes = BOOK.codelists["CL_AGE"]
    read = ages.read(form.format(first, last), codes)
    exact = [c for c in codes.storable if c in {f"Y{first}T{last}", f"Y{first}" if first == last else ""}]
    if first > last:
        assert read is None
    elif exact:
        assert read == (exact[0], False)
    elif (first, last) in {(0, 17), (18, 120), (60, 120)}:
        assert read == ({0: "Y_LT18", 18: "Y_GE18", 60: "Y_GE60"}[first], False)
    elif last < 18 or first >= 18:
        assert read == ("Y_LT18" if last < 18 else "Y_GE18", True)
    else:
        assert read is None


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 40_000))
def test_an_age_on_a_day_is_the_birthdays_that_have_passed(born: date, days: int) -> None:
    on = born + timedelta(days=days)
    birthdays = sum(
        1 for year in range(born.year + 1, on.year + 1) if (year, born.month, born.day) <= on.timetuple()[:3]
    )
    assert dates.age(born.isoformat(), f"{on.day:02}/{on.month:02}/{on.year}") == str(birthdays)


WORDS = {
    "mendicité": ("EXP_BEG",),
    "travail forcé": ("EXP_LAB",),
    "les deux": ("EXP_BEG", "EXP_LAB"),
    "?": ("EXP_UNK",),
}
spoken = st.lists(st.sampled_from([*WORDS, "MENDICITE", "Travail  force", "mot", ""]), max_size=3)
cells = spoken.map("; ".join)
answers = st.sampled_from(["oui", "non", "x", "", "Ouï", "quoi"])


def slowly(form: str, answer: str) -> dict[str, str] | None:
    """One row by hand: code → flag, or None where something in it is not known."""
    words = {"mendicite": "mendicité", "travail force": "travail forcé", "les deux": "les deux", "?": "?"}
    parts = [part for part in (one.strip().lower().replace("é", "e") for one in form.split(";")) if part]
    parts = [" ".join(part.split()) for part in parts]
    if any(part not in words for part in parts) or answer == "quoi":
        return None
    named = {code for part in parts for code in WORDS[words[part]]}
    flags = {}
    for code in CODES:
        if not parts or named == {"EXP_UNK"}:
            flags[code] = "_U"
        else:
            flags[code] = "1" if code in named else "0"
    said = {"oui": "1", "x": "1", "ouï": "1", "non": "0", "": "_U"}[answer.lower()]
    both = {flags["EXP_MAR"], said}
    flags["EXP_MAR"] = "1" if "1" in both else "0" if "0" in both else "_U"
    some = any(flags[code] == "1" for code in CODES if code != "EXP_UNK")
    flags["EXP_UNK"] = "1" if "EXP_UNK" in named or not (some or said == "0") else "0"
    return flags


@given(st.lists(st.tuples(cells, answers), min_size=1, max_size=8))
@example([("; ", "oui")])
def test_several_answers_are_read_as_by_hand(rows: list[tuple[str, str]]) -> None:
    mapping = NationalMapping(
        "VICTIMS",
        (
            ColumnMap(Kind.SEVERAL, ("formes",), target="EXPLOITATION", values=WORDS, separators=";", blank="_U"),
            ColumnMap(
                Kind.FLAG,
                ("mariage",),
                target="EXPLOITATION",
                code="EXP_MAR",
                values={"oui": ("1",), "x": ("1",), "non": ("0",)},
                blank="_U",
            ),
        ),
    )
    sheet = Sheet(None, ("Formes", "Mariage"), 1, ("A", "B"))
    frame = pl.DataFrame(
        {"A": [row[0] for row in rows], "B": [row[1] for row in rows]}, schema={"A": pl.String, "B": pl.String}
    )
    read = Application(mapping, sheet, BOOK).read(Block(frame, pl.Series(range(2, len(rows) + 2), dtype=pl.Int64)))
    strange = set()
    for place, (form, answer) in enumerate(rows):
        told = slowly(form, answer)
        row = read.frame.row(place, named=True)
        if told is None:
            strange.add(place + 2)
            assert row["EXP_UNK"] is None
        else:
            assert row == told, (form, answer)
    assert {one for finding in read.findings for one in finding.rows} == strange


@given(st.binary(min_size=32, max_size=32), st.lists(TEXT, max_size=3), st.lists(TEXT, max_size=3))
def test_two_lists_of_parts_are_two_persons(key: bytes, one: list[str], other: list[str]) -> None:
    home = Home(key, "TUN", "2024")
    assert (pseudonym(home, one) == pseudonym(home, other)) == (one == other)


def test_a_pseudonym_is_as_the_manual_computes_it() -> None:
    """A test vector: HMAC-SHA256, the label, then the committee and each part after its length in four bytes."""
    key = bytes(range(32))
    said = b"amana/pseudonym/1" + b"\0\0\0\3TUN" + b"\0\0\0\x06tn 001"
    expected = hmac.new(key, said, hashlib.sha256).hexdigest()
    assert pseudonym(Home(key, "TUN", "2024"), ["tn 001"]) == expected
    assert expected == "930c4e4bf32380ee647f5f8dc77a83b8f1e559605b850a3b0e02db9d3c9540f7"


def test_a_pseudonym_needs_a_key() -> None:
    with pytest.raises(ValueError, match="key"):
        pseudonym(Home(None, "TUN", "2024"), ["1"])
