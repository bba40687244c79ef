"""The name of a file that is taken away: it tells what is inside, and no two vintages have the same."""

from __future__ import annotations

from dataclasses import replace

from amana.dissemination.query import Query
from amana.dissemination.slice import Slice, Source
from amana.web.api.statistics import download_name

LIMIT = 200  # characters, without the ending
FORTY = tuple(f"{first}{second}A" for first in "ABCDE" for second in "KLMNOPQR")
ASKED = Query("VICTIMS", ("SEX",), (("CITIZENSHIP", FORTY), ("VICTIM_STATUS", ("IDENT",))), ("2024",), totals=True)


def name(asked: Query, *sources: tuple[str, int, str]) -> str:
    """Return the name for sources of these periods, vintages and beginnings of releases."""
    every = tuple(Source(period, f"rel_{release}zzzz", "digest", "sex", number) for period, number, release in sources)
    return download_name(asked, Slice("VICTIMS", ("SEX",), (), every, ()))


def years(first: int, last: int, vintage: int = 1) -> list[tuple[str, int, str]]:
    return [(str(year), vintage, f"abcd{year}") for year in range(first, last + 1)]


def test_what_fits_is_said_in_full() -> None:
    short = replace(ASKED, where=(("CITIZENSHIP", ("MAR", "TUN")), ("VICTIM_STATUS", ("IDENT",))))
    assert name(short, ("2024", 2, "hbsn74r5")) == "VICTIMS-by-SEX-CITIZENSHIP_MAR_TUN-2024_v2_hbsn74r5"


def test_forty_citizenships_leave_room_for_the_vintage_and_the_release() -> None:
    first, second = name(ASKED, ("2024", 1, "abcdefgh")), name(ASKED, ("2024", 2, "hbsn74r5"))
    assert first.endswith("-2024_v1_abcdefgh")
    assert second.endswith("-2024_v2_hbsn74r5")
    assert second.startswith("VICTIMS-by-SEX-CITIZENSHIP_AKA_ALA_")
    assert max(len(first), len(second)) <= LIMIT


def test_filters_that_are_cut_end_in_a_whole_code_and_their_digest() -> None:
    other = replace(ASKED, where=(("CITIZENSHIP", (*FORTY[:-1], "ZZZ")),))
    found = [name(one, ("2024", 1, "abcdefgh")) for one in (ASKED, other)]
    codes, digests = zip(*(one.removesuffix("-2024_v1_abcdefgh").rsplit("_", 1) for one in found), strict=True)
    assert codes[0] == codes[1]
    assert codes[0].rpartition("_")[2] in FORTY
    assert [len(one) for one in digests] == [8, 8]
    assert digests[0] != digests[1]


def test_of_many_years_the_first_and_the_last_are_named_and_all_are_told_apart() -> None:
    plain = replace(ASKED, periods=tuple(str(year) for year in range(1990, 2025)))
    found = name(plain, *years(1990, 2024)), name(plain, *years(1990, 2000), *years(2001, 2001, 2), *years(2002, 2024))
    begun, ended = zip(*(one.rsplit("_", 1) for one in found), strict=True)
    assert begun[0] == begun[1]
    assert begun[0].endswith("-1990_v1_abcd1990-2024_v1_abcd2024")
    assert ended[0] != ended[1]
    assert "CITIZENSHIP_AKA_ALA_" in begun[0]
    assert max(map(len, found)) <= LIMIT


def test_no_question_is_too_long_for_a_name() -> None:
    wide = replace(ASKED, by=tuple(f"VARIABLE_{number}" for number in range(40)), periods=("2023", "2024"))
    assert len(name(wide, *years(1990, 2024))) <= LIMIT
    assert name(wide, *years(2023, 2024)).endswith("-2023_v1_abcd2023-2024_v1_abcd2024")


def test_changes_from_two_vintages_of_the_year_before_have_two_names() -> None:
    changes = replace(ASKED, where=(), change=True, before=("2023",))
    for vintage in (1, 2):
        found = name(changes, ("2023", vintage, "abcdefgh"), ("2024", 1, "hbsn74r5"))
        assert found == f"VICTIMS-by-SEX-2024_v1_hbsn74r5-from_2023_v{vintage}_abcdefgh"
