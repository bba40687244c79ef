"""Any table comes back cell by cell from any kind of file; any damage ends in blocks or in a refusal by known rules."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from amana.reading.open import FileUnreadable
from amana.reading.records import split
from amana.wording.load import codes
from support.written import Table, as_csv, as_json_lines, as_ods, as_parquet, as_xlsx, read

TEXT = st.text(
    st.one_of(
        st.sampled_from("abcXYZ 0129٠١٢٩éèÉçàœ’«ابتجدةءلا;,|'\"\n"),
        st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_categories=["Cc", "Cs"]),
        st.characters(min_codepoint=0x620, max_codepoint=0x6D0, exclude_categories=["Cc", "Cs"]),
    ),
    max_size=8,
)
NAMES = [f"colonne {'abcdefgh'[at]}" for at in range(8)]


@st.composite
def tables(draw: st.DrawFn, cells: st.SearchStrategy[str] = TEXT) -> Table:
    width = draw(st.integers(2, 6))
    row = st.lists(cells, min_size=width, max_size=width).filter(any)
    return [NAMES[:width], *draw(st.lists(row, min_size=1, max_size=8))]


def given_back(content: bytes, table: Table, first: int, left: int = 0) -> None:
    with tempfile.TemporaryDirectory() as folder:
        header, rows, findings = read(Path(folder), content)
    assert header == tuple(table[0])
    assert rows == {first + at: tuple(cells) for at, cells in enumerate(table[1:])}
    assert findings == ()


@settings(deadline=None)
@given(
    tables(), st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)  # fmt: skip
def test_csv_comes_back(table: Table, separator: str, encoding: str, quoting: int) -> None:
    given_back(as_csv(table, separator, encoding, quoting), table, 2)


@settings(deadline=None)
@given(tables(), st.integers(0, 3), st.integers(0, 3), st.integers(0, 2))
def test_xlsx_comes_back_wherever_it_stands(table: Table, top: int, left: int, before: int) -> None:
    given_back(as_xlsx(table, top, left, before), table, top + 2)


@settings(deadline=None)
@given(tables())
def test_ods_comes_back(table: Table) -> None:
    given_back(as_ods(table), table, 2)


@settings(deadline=None)
@given(tables())
def test_parquet_comes_back(table: Table) -> None:
    given_back(as_parquet(table), table, 1)


@settings(deadline=None)
@given(tables())
def test_json_lines_come_back(table: Table) -> None:
    given_back(as_json_lines(table), table, 1)


TITLES = st.lists(
    st.sampled_from([["المملكة المغربية"], ["Commission nationale", "", "2024"], ["", "ne pas diffuser"], [""]]),
    max_size=5,
)
BODY = st.lists(
    st.tuples(st.sampled_from("FM"), st.integers(0, 99).map(str), st.sampled_from(["Fès", "طنجة", ""]), st.just("oui")),
    min_size=6,
    max_size=60,
)


@settings(deadline=None)
@given(TITLES, BODY, st.booleans())
def test_the_header_is_found_below_any_titles_and_no_row_is_lost(
    titles: list[list[str]], body: list[tuple[str, ...]], grouped: bool
) -> None:
    header = ["Sexe", "Âge", "Ville", "Mineur"]
    groups = [["Victime", "", "Dossier", ""]] if grouped else []
    table = [*titles, *groups, header, *body]
    even = [[*row, *[""] * (4 - len(row))] for row in table]
    with tempfile.TemporaryDirectory() as folder:
        found, rows, _ = read(Path(folder), as_csv(even, ";"))
    assert list(rows.values()) == [tuple(row) for row in body]
    assert min(rows) == len(table) - len(body) + 1
    assert [name.rpartition(" / ")[2] for name in found] == header


FRENCH_WORDS = "Région École ÉTAT À été MÉDÉA mendicité garçon Noël où ÇA cœur l’âge F 12 « oui » Fès-Meknès"
ARABIC_WORDS = "ذكر أنثى و فاس، الدار البيضاء؟ تسوّل إفريقيا لاجئ مُحمّد Rabat 12 F"
FRENCH = st.lists(st.sampled_from(FRENCH_WORDS.split()), max_size=4).map(" ".join)
ARABIC = st.lists(st.sampled_from(ARABIC_WORDS.split()), max_size=4).map(" ".join)


@settings(deadline=None)
@given(tables(FRENCH), tables(ARABIC))
def test_windows_letters_are_told_apart_by_the_company_they_keep(french: Table, arabic: Table) -> None:
    """A word of each language is enough: what then differs between the two encodings is never read as the other."""
    french = [*french, ["RÉGION de l'École", *[""] * (len(french[0]) - 1)]]
    arabic = [*arabic, ["المملكة المغربية", *[""] * (len(arabic[0]) - 1)]]
    for table, encoding in ((french, "cp1252"), (arabic, "cp1256")):
        with tempfile.TemporaryDirectory() as folder:
            header, rows, (finding,) = read(Path(folder), as_csv(table, encoding=encoding))
        assert header == tuple(table[0])
        assert list(rows.values()) == [tuple(cells) for cells in table[1:]]
        assert (finding.rule, finding.facts) == ("structure.encoding_guessed", {"encoding": f"Windows-{encoding[2:]}"})


@given(st.lists(st.sampled_from(['"', ",", "\n", "\r", "a", "é", " "]), max_size=24).map("".join))
def test_records_are_split_where_the_standard_library_splits_them(text: str) -> None:
    """The vectorised split against csv.reader, for every text whose quotation marks are sound."""
    data = text.encode()
    records = split(data, np.frombuffer(data, np.uint8), ord(","), final=True)
    assume(records.fault is None)
    slow = list(
        csv.reader([data.decode()] if not set("\r\n") & set(text) else text.splitlines(keepends=True), strict=True)
    )
    assert [max(len(cells), 1) for cells in slow] == records.widths.tolist()


WRITERS: dict[str, Callable[[Table], bytes]] = {
    "csv": as_csv, "xlsx": as_xlsx, "ods": as_ods, "parquet": as_parquet, "jsonl": as_json_lines,
}  # fmt: skip
WHOLE = [["Sexe", "Âge", "Ville"], ["F", "12", 'Fès, "médina"'], ["M", "9", "طنجة\nport"], ["F", "", "x"]]


@pytest.mark.parametrize("kind", WRITERS)
@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_damage_ends_in_blocks_or_in_a_refusal(kind: str, data: st.DataObject) -> None:
    content = bytearray(WRITERS[kind](WHOLE))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        match data.draw(st.sampled_from(["cut", "flip", "add"])):
            case "cut":
                del content[at:]
            case "flip" if content:
                content[at] ^= 1 << data.draw(st.integers(0, 7))
            case _:
                content[at:at] = data.draw(st.binary(max_size=6))
    with tempfile.TemporaryDirectory() as folder:
        try:
            _, _, findings = read(Path(folder), bytes(content))
        except FileUnreadable as fault:
            findings = fault.findings
            assert findings
    assert {f"rule.{one.rule}" for one in findings} <= codes()
