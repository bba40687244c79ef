"""Synthetic children on the move of one committee, whose sexes and ages have the published shape."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from amana.demo.synthetic.draw import choose, deal, flags, share
from amana.demo.synthetic.registry import Registry, Row, cases, route, same_for_all

Table = Mapping[str, Any]

_KINDS: Final = tuple((sex, band) for sex in ("F", "M") for band in ("Y0T4", "Y5T11", "Y12T17"))
_FINER: Final = {"Y5T11": {"Y5": 1, "Y6T8": 3, "Y9T11": 3}}  # as if the years of a band were equally full
_DRAWN: Final = (
    "AGE_BASIS", "DISPLACEMENT", "NATIONAL_PROTECTION", "BEST_INTERESTS", "SOLUTION", "TRAFFICKING_LINK",
    "SMUGGLING_LINK", "DETECTION_PLACE", "REPORTED_BY", "REFERRAL_STEP",
)  # fmt: skip
_IF_ALONE: Final = ("SEPARATION_CAUSE", "TRACING", "GUARDIANSHIP")  # not applicable to a child with the parents


def children(registry: Registry, figures: Table, shapes: Table, rng: Random) -> list[Row]:
    """Return one row per child: as many as the figures' size, sexes and age groups in the published proportion."""
    size = figures["sizes"][registry.committee]
    weights = {f"{sex} {band}": w for (sex, band), w in zip(_KINDS, figures["shape"][registry.committee], strict=True)}
    kinds = deal(share(weights, size), rng)
    citizens = deal(share(figures["citizenship"][registry.committee], size), rng)
    ageless = set(rng.sample(range(size), round(size * figures["age_unknown"])))
    rows = []
    for number, (kind, citizen, event) in enumerate(zip(kinds, citizens, cases(registry, size, rng), strict=True)):
        sex, band = kind.split()
        row = _row(registry, number, (sex, band, number in ageless), citizen=citizen, shapes=shapes, rng=rng)
        rows.append(row | {"EVENT": event})
    return rows


def _row(
    registry: Registry, number: int, kind: tuple[str, str, bool], *, citizen: str, shapes: Table, rng: Random
) -> Row:
    """Return one child's row. ``kind``: sex, age group, and whether the age was not recorded."""
    sex, band, ageless = kind
    age = "Y_LT18_U" if ageless else choose(_FINER.get(band, {band: 1}), rng)
    group = "boys_12_17" if (sex, band) == ("M", "Y12T17") else "others"
    status = choose(shapes["child_status"][group], rng)
    row = same_for_all(registry, number, True, age, rng)  # noqa: FBT003  a child
    row |= {variable: choose(shapes["coded"][variable], rng) for variable in _DRAWN}
    row |= {"SEX": sex, "CITIZENSHIP": citizen, "CHILD_STATUS": status, "CARE": choose(shapes["care"][status], rng)}
    row["ROUTE"] = route(registry, citizen, shapes, rng)
    row["CONTINUITY"] = "_Z" if citizen == registry.committee else choose(shapes["coded"]["CONTINUITY"], rng)
    for variable in _IF_ALONE:
        row[variable] = "_Z" if status == "ACCOMPANIED" else choose(shapes["coded"][variable], rng)
    for variable in ("CONCERN", "REFERRAL"):
        row |= flags(registry.codes(variable), shapes["flags"][variable], rng)
    return row
