"""Synthetic tables of the two table-only dataflows, built from the figures' margins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

from amana.demo.synthetic.draw import deal
from amana.demo.synthetic.registry import Row

Table = Mapping[str, Any]


def justice(figures: Table, rng: Random) -> list[Row]:
    """Return one row per occurring cell; each stage's margins by form, sex and nationality are the figures."""
    rows: list[Row] = []
    for stage, margins in figures["stages"].items():
        forms = deal(margins["forms"], rng)
        sexes = deal(margins.get("sex", {"_Z": len(forms)}), rng)
        nationalities = deal(margins.get("nationality", {"_Z": len(forms)}), rng)
        cells = Counter(zip(forms, sexes, nationalities, strict=True))
        rows += [
            {
                "STAGE": stage,
                "SEX": sex,
                "EXPLOITATION": form,
                "NATIONALITY": nationality,
                "ARTICLE": "SMUGGLING" if form == margins.get("smuggling") else "TIP",
                "OBS_VALUE": str(count),
            }
            for (form, sex, nationality), count in sorted(cells.items())
        ]
    return rows


def activities(figures: Table) -> list[Row]:
    """Return the figures' cells as rows: how many activities, and how many took part."""
    names = ("ACTIVITY", "AUDIENCE", "SEX", "OBS_VALUE")
    return [
        {"MEASURE": measure, **dict(zip(names, map(str, cell), strict=True))}
        for measure in ("ACTIVITIES", "PARTICIPANTS")
        for cell in figures[measure]
    ]
