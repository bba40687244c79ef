"""What a committee is told of who reads statistics that include its data: in which company, and how fresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from marshmallow import Schema, ValidationError, validate

from amana.policy.toml import Whole, read_with

FILE: Final = "window.toml"
_FEWEST: Final = 3  # organisations: of two, each knows what the other did
_FINEST: Final = 15  # minutes: finer, and a watcher could tell one reading from the next
_DAY: Final = 24 * 60  # minutes


@dataclass(frozen=True)
class Window:
    """organisations: that could have done each reading that is told, besides the committee's own; >= 3.

    every: between two marks of the calendar as of which counts stand; it divides a day.
    """

    organisations: int
    every: timedelta


def _divides_a_day(minutes: int) -> None:
    if _DAY % minutes:
        raise ValidationError("Does not divide a day.")


class _File(Schema):
    organisations = Whole(required=True, validate=validate.Range(min=_FEWEST))
    minutes = Whole(required=True, validate=[validate.Range(min=_FINEST), _divides_a_day])


def parse(table: Mapping[str, Any]) -> Window:
    """Return what ``window.toml`` says. Raises PolicyInvalid for anything missing, unknown, mistyped or too weak."""
    said = read_with(_File(), table, FILE)
    return Window(said["organisations"], timedelta(minutes=said["minutes"]))
