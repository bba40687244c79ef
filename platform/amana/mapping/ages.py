"""Ages as people write them: years, months, bands; in words of three languages and digits of any script."""

from __future__ import annotations

import re
from typing import Final

from amana.codebook.cells import ADULT, OLDEST, years
from amana.codebook.model import CodeList
from amana.identifiers.fold import plain

_UNIT: Final = r"(?:\s*(?:ans?|annees?|years?|yrs?|y|سنه|سنوات|عاما?|اعوام|a))?"
_MONTHS: Final = r"\s*(?:mois|months?|شهرا?|اشهر|شهور)"
_YEARS: Final = re.compile(rf"(\d{{1,3}})(?:[.,]\d+)?{_UNIT}(?:\s*(?:old|revolus?))?")
_IN_MONTHS: Final = re.compile(rf"(\d{{1,3}}){_MONTHS}")
_BAND: Final = re.compile(rf"(?:de\s+|من\s+)?(\d{{1,3}}){_UNIT}\s*(?:-+|–|—|a|to|الي|حتي|/)\s*(\d{{1,3}}){_UNIT}")
_OVER: Final = re.compile(
    rf"(?:>=|≥|plus de|over)?\s*(\d{{1,3}}){_UNIT}\s*(?:\+|et plus|ou plus|and over|and older|فاكثر|فما فوق)"
)
_UNDER: Final = re.compile(rf"(?:<|moins de|under|less than|اقل من|دون)\s*(\d{{1,3}}){_UNIT}")


def read(text: str, ages: CodeList) -> tuple[str, bool] | None:
    """Return (what the AGE column shall say, whether that is coarser than what was written); None for no age.

    The answer is a whole year, or a code of ``ages`` that holds exactly the band; a band that no code holds becomes
    ``Y_LT18`` or ``Y_GE18`` where it lies on one side of 18, and that is coarser.
    """
    said = " ".join(plain(text).split())
    if text.strip().upper() in ages:
        return text.strip().upper(), False
    if (found := _IN_MONTHS.fullmatch(said)) is not None:
        return str(int(found[1]) // 12), False
    if (found := _YEARS.fullmatch(said)) is not None:
        return (str(int(found[1])), False) if int(found[1]) <= OLDEST else None
    band = _band(said)
    return None if band is None else _code(band, ages)


def _band(said: str) -> tuple[int, int] | None:
    if (found := _BAND.fullmatch(said)) is not None and int(found[1]) <= int(found[2]):
        return int(found[1]), int(found[2])
    if (found := _OVER.fullmatch(said)) is not None:
        return int(found[1]), OLDEST
    if (found := _UNDER.fullmatch(said)) is not None and int(found[1]) > 0:
        return 0, int(found[1]) - 1
    return None


def _code(band: tuple[int, int], ages: CodeList) -> tuple[str, bool] | None:
    exact = {span: code for code in ages.storable if (span := years(code)) is not None}
    if band in exact:
        return exact[band].removesuffix("_U"), False
    first, last = band
    if last < ADULT and "Y_LT18_U" in ages:
        return "Y_LT18", True
    if first >= ADULT and "Y_GE18_U" in ages:
        return "Y_GE18", True
    return None
