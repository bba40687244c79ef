"""The watch over pseudonyms, which remembers digests and sorts them, against comparing every cell with every other."""

from __future__ import annotations

from random import Random

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.validation.batch import Batch
from amana.validation.pseudonyms import SHARED, Pseudonyms, repeated, written
from support.contributions import BOOK, pseudonym

FLOW = BOOK.dataflow("VICTIMS")


@st.composite
def cells(draw: st.DrawFn) -> list[str]:
    """Pseudonyms, some of them again, some cut from the ends of others, some not formed at all."""
    drawn = []
    for place in range(draw(st.integers(1, 12))):
        one, other = pseudonym(draw(st.integers(0, 5))), pseudonym(draw(st.integers(0, 5)))
        head = draw(st.sampled_from([0, 0, SHARED - 1, SHARED, 64]))
        drawn.append(
            draw(
                st.sampled_from(
                    [one[:head] + pseudonym(100 + place)[head:], one[:48] + other[48:], one[:47], one[31:], "7", "_U"]
                )
            )
        )
    return drawn


def looks(cell: str) -> bool:
    return len(cell) >= 32


def obvious(drawn: list[str]) -> dict[str, list[int]]:
    """Every cell against every other."""
    found: dict[str, list[int]] = {"pseudonym.sequential": [], "pseudonym.duplicate": []}
    for row, cell in enumerate(drawn, 2):
        others = [other for place, other in enumerate(drawn, 2) if place != row and looks(other)]
        if looks(cell) and any(
            other != cell and (other[:SHARED] == cell[:SHARED] or other[-SHARED:] == cell[-SHARED:]) for other in others
        ):
            found["pseudonym.sequential"].append(row)
        if looks(cell) and cell in others:
            found["pseudonym.duplicate"].append(row)
    return {rule: rows for rule, rows in found.items() if rows}


@given(cells(), st.integers(1, 5))
@settings(max_examples=200, deadline=None)
def test_what_is_alike_and_what_is_twice_is_found_wherever_the_file_is_cut(drawn: list[str], size: int) -> None:
    watch = Pseudonyms(FLOW, BOOK)
    for start in range(0, len(drawn), size):
        some = drawn[start : start + size]
        rows = pl.Series(range(start + 2, start + 2 + len(some)), dtype=pl.Int64)
        watch.see(Batch("VICTIMS", pl.DataFrame({"PSEUDONYM": some}), rows, {"PSEUDONYM": "A"}))
    assert {one.rule: list(one.rows) for one in watch.findings()} == obvious(drawn)


HALVES = st.integers(0, 3)


@given(st.lists(st.builds(lambda high, low: high << 32 | low << 15, HALVES, HALVES), max_size=30))
def test_repeated_is_what_counting_says(values: list[int]) -> None:
    assert repeated(np.array(values, np.uint64)).tolist() == [values.count(value) > 1 for value in values]


def test_among_more_than_a_million_as_many_are_repeated_as_counting_says() -> None:
    digests = np.random.default_rng(5).integers(0, 1 << 64, (1 << 20) + 9, dtype=np.uint64)
    digests[::1000] = digests[7:100_000:7][: len(digests[::1000])]
    _, places, times = np.unique(digests, return_inverse=True, return_counts=True)
    assert np.array_equal(repeated(digests), times[places] > 1)


OTHERS = st.sampled_from(["", "_U", None, "é" * 32, "A1" * 32, "aB3-" * 16, "0" * 64, "f" * 63 + "g", "01234567" * 8])


@given(st.lists(OTHERS, max_size=6), st.integers(1, 6), st.randoms())
@settings(deadline=None)
def test_a_cell_is_a_pseudonym_or_not_whatever_stands_beside_it(others: list[str], sound: int, rng: Random) -> None:
    column = [*others, *(pseudonym(place) for place in range(sound))]
    rng.shuffle(column)
    alone = [written(pl.Series([cell], dtype=pl.String)).formed.item() for cell in column]
    assert written(pl.Series(column, dtype=pl.String)).formed.tolist() == alone
    assert sum(alone) == sound + sum(cell == "01234567" * 8 for cell in others)


SIGNS = st.sampled_from(
    ["0123456789abcdef", "0123456789ABCDEF", "01", "0a1b2c", "abcdefgh", "aB3-_xYz9", "pqrsPQRS0123"]
)


@given(st.lists(st.tuples(SIGNS, st.sampled_from([1, 31, 32, 33, 64, 128, 129]), st.randoms()), min_size=1, max_size=6))
@settings(deadline=None)
def test_a_pseudonym_shows_eight_characters_or_more(made: list[tuple[str, int, object]]) -> None:
    texts = ["".join(rng.choices(signs, k=length)) for signs, length, rng in made]  # type: ignore[attr-defined]

    def slow(text: str) -> bool:
        hexadecimal = set(text) <= set("0123456789abcdef") or set(text) <= set("0123456789ABCDEF")
        mixed = any(map(str.islower, text)) and any(map(str.isupper, text)) and any(map(str.isdigit, text))
        return 32 <= len(text) <= 128 and (hexadecimal or mixed) and len(set(text)) >= 8

    assert written(pl.Series(texts)).formed.tolist() == [slow(text) for text in texts]
