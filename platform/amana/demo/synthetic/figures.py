"""The figures and shapes that the demo's data follow, read from ``data/`` with what is assumed named as such."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amana.demo.synthetic.draw import share

DATA: Final = Path(__file__).parent / "data"
Table = Mapping[str, Any]


@dataclass(frozen=True)
class VictimFigures:
    """What is known or assumed of one committee's victims in one year; see the head of ``figures.toml``.

    victims, abroad, presumed: persons. who, citizenship: persons by kind. forms: mentions, at least one per person.
    """

    committee: str
    period: str
    victims: int
    who: Mapping[str, int]
    forms: Mapping[str, int]
    citizenship: Mapping[str, int]
    abroad: int
    presumed: int
    confidence: str


@dataclass(frozen=True)
class Figures:
    """Everything in ``figures.toml`` and ``shapes.toml``."""

    victims: tuple[VictimFigures, ...]
    children: Table
    justice: Sequence[Table]
    activities: Sequence[Table]
    shapes: Table


def load() -> Figures:
    """Return the figures; a year that lacks a part has that of the year before, scaled to its own victims."""
    figures = tomllib.loads((DATA / "figures.toml").read_text(encoding="utf-8"))
    shapes = tomllib.loads((DATA / "shapes.toml").read_text(encoding="utf-8"))
    victims: list[VictimFigures] = []
    latest: dict[str, VictimFigures] = {}
    for row in figures["victims"]:
        latest[row["committee"]] = _year(row, latest.get(row["committee"]))
        victims.append(latest[row["committee"]])
    return Figures(tuple(victims), figures["children"], figures["justice"], figures["activities"], shapes)


def scaled(figures: VictimFigures, persons: int) -> VictimFigures:
    """Return the same shape for another number of persons."""
    mentions = round(sum(figures.forms.values()) * persons / figures.victims)
    return VictimFigures(
        figures.committee,
        figures.period,
        persons,
        share(figures.who, persons),
        share(figures.forms, mentions),
        share(figures.citizenship, persons),
        round(figures.abroad * persons / figures.victims),
        round(figures.presumed * persons / figures.victims),
        figures.confidence,
    )


def _year(row: Table, before: VictimFigures | None) -> VictimFigures:
    like: dict[str, Any] = {} if before is None else vars(scaled(before, row["victims"]))
    parts = ("committee", "period", "victims", "who", "forms", "citizenship", "abroad", "presumed", "confidence")
    return VictimFigures(**{part: row[part] if part in row else like[part] for part in parts})
