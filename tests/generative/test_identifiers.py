"""The scan against its obvious way: every cell read alone, whatever the blocks, and no filter that hides anything."""

from __future__ import annotations

from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.identifiers.fold import digits, plain, shape, words
from amana.identifiers.names import Names
from amana.identifiers.reading import Reading, Under
from support.contributions import RECOGNISERS
from support.planted import COUNTRIES, PERSONS, arabic, eastern, kinds, wide
from support.scanned import scan, told

READING = Reading(RECOGNISERS, "MAR")
NAMES = Names(RECOGNISERS.names)
SAID = """
    Fatima فاطمة وفاطمة العمر Abdel Abderrahman عبد الله ben ould Ould El al بن ولد sidi rue Idrissi Traoré Commerce
    طالب كريم N'Guessan Marie-Thérèse x 12 ، ( Ｍ
"""
WORDS = st.sampled_from(
    [*SAID.split(), *(word for each in PERSONS.values() for one in each[::5] for word in one.split())]
)
SIGNS = "abzABZ019@.:/-_<+ ,'٠٣٩م\u0651é\u200b\u0640９Ａـ"


@st.composite
def cells(draw: st.DrawFn) -> list[str]:
    rng = Random(draw(st.integers(0, 10**6)))
    made = list(kinds(draw(st.sampled_from(COUNTRIES))).values())
    planted = st.sampled_from(made).map(lambda make: make(rng))
    sayings = st.lists(WORDS, max_size=5).map(" ".join)
    return draw(st.lists(st.one_of(planted, sayings, st.text(SIGNS, max_size=14)), min_size=1, max_size=12))


@given(cells(), st.integers(1, 12))
@settings(max_examples=80, deadline=None)
def test_blocks_and_filters_change_nothing(column: list[str], block: int) -> None:
    begun = scan(["x"], [[cell] for cell in column], block=block)
    found = {row for one in begun.findings() if one.rule != "identifier.free_text" for row in one.rows}
    alone = {row for row, cell in enumerate(column, 2) if READING.hit(cell, Under())}
    harmless = {
        row for row in alone if column[row - 2].strip() == "" or scan(["x"], [[column[row - 2]]]).findings() == ()
    }
    assert found == alone - harmless
    assert all(begun._columns["A"]._left(pl.Series([column[row - 2]])).is_empty() for row in harmless)
    assert told(begun.findings()) == told(scan(["x"], [[cell] for cell in column]).findings())


@given(st.lists(WORDS, min_size=1, max_size=6).map(" ".join))
@settings(max_examples=400, deadline=None)
def test_the_filter_hides_no_name(text: str) -> None:
    assert not NAMES.strength(text) or not READING.candidates(pl.Series([text]), Under()).is_empty()


@given(st.text(SIGNS + "أإآةىؤئکیÉçœﬁİ", max_size=20))
@settings(max_examples=300, deadline=None)
def test_a_column_is_folded_as_its_texts_are(text: str) -> None:
    one_by_one = [word for word in _letters(plain(text)) if word]
    assert words(pl.Series([text])).to_list()[0] == one_by_one


def _letters(text: str) -> list[str]:
    return "".join(sign if sign.isalpha() else " " for sign in text).split()


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_folding_twice_is_folding_once_and_a_shape_has_no_letter_of_its_text(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert digits(digits(text)) == digits(text)
    assert not {sign for sign in shape(text) if sign.isalnum()} - {"A"}


@given(st.text("0123456789", min_size=1, max_size=20))
def test_digits_of_every_script_are_the_same_number(number: str) -> None:
    assert {plain(way(number)) for way in (arabic, eastern, wide)} == {number}
