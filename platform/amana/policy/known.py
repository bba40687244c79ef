"""Figures printed elsewhere about the same persons: whoever has read them knows more than a release shows.

``known/<ISO3>.toml`` lists those of one committee's country. They are public; they say nothing that is not printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from amana.policy.region import Region
from amana.policy.toml import COMMITTEE, DATAFLOW, Day, PolicyInvalid, Text, read_with

FOLDER: Final = "known"
PERIOD = validate.Regexp(r"\A[0-9]{4}\Z", error="Not a calendar year.")


@dataclass(frozen=True)
class Printed:
    """One figure. cell: the (variable, code) pairs that it counts, sorted; count: persons; day: when it was printed."""

    committee: str
    dataflow: str
    period: str
    cell: tuple[tuple[str, str], ...]
    count: int
    source: str
    day: date


class _Count(fields.Field[int]):
    """A whole number, zero included: a report that prints a zero says as much as one that prints a nine."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:  # noqa: ANN401, ARG002 - theirs
        if type(value) is not int or value < 0:
            raise ValidationError("Not a whole number of at least 0.")
        return value


class _Figure(Schema):
    dataflow = fields.String(required=True, validate=DATAFLOW)
    period = fields.String(required=True, validate=PERIOD)
    cell = fields.Dict(fields.String(), Text(), required=True)
    count = _Count(required=True)
    source = Text(required=True)
    date = Day(required=True)


class _File(Schema):
    committee = fields.String(required=True, validate=COMMITTEE)
    figure = fields.List(fields.Nested(_Figure), required=True)


def parse(table: Mapping[str, Any], file: str, region: Region) -> tuple[Printed, ...]:
    """Return the figures that ``table`` lists.

    Raises PolicyInvalid, naming the place: another committee than the file's name says, a dataflow without a floor,
    or one cell with two counts.
    """
    read = read_with(_File(), table, file)
    committee = read["committee"]
    if file != f"{FOLDER}/{committee}.toml":
        raise PolicyInvalid(file, "committee", f"The file of {committee} has another name.")
    found = [
        Printed(
            committee,
            one["dataflow"],
            one["period"],
            tuple(sorted(one["cell"].items())),
            one["count"],
            one["source"],
            one["date"],
        )
        for one in read["figure"]
    ]
    for number, one in enumerate(found):
        if one.dataflow not in region.floors:
            raise PolicyInvalid(file, f"figure.{number}.dataflow", f"The region sets no floor for {one.dataflow}.")
    _refuse_twice(found, file)
    return tuple(found)


def _refuse_twice(found: Iterable[Printed], file: str) -> None:
    seen: set[tuple[object, ...]] = set()
    for number, one in enumerate(found):
        place = (one.dataflow, one.period, one.cell)
        if place in seen:
            raise PolicyInvalid(file, f"figure.{number}.cell", "This cell is listed already.")
        seen.add(place)
