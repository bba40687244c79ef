"""The region's own document: who answers for the hub, the floors below which nobody goes, and the purposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from amana.codebook.model import Label
from amana.policy.toml import DATAFLOW, PURPOSE, LabelFields, PolicyInvalid, Text, Truth, Whole, read_with

FILE: Final = "region.toml"
HIDDEN: Final = "hidden"
PUBLISHED: Final = "published"
ZEROS: Final = (HIDDEN, PUBLISHED)

NEVER: Final = frozenset({"immigration_enforcement", "victim_prosecution"})  # no document can allow these purposes


@dataclass(frozen=True)
class Floor:
    """The least protection of one dataflow.

    least_count:   a count below it is withheld; persons, or things where the dataflow is about none.
    zeros:         ``hidden`` like a small count, or ``published``.
    about_persons: whether a unit of the dataflow is a person, or tells about one.
    """

    least_count: int
    zeros: str
    about_persons: bool


# What the region may raise and never lower. 11 persons is CTDC's k (codebook v6, 2017) and the PCORnet minimum; 5 is
# what UNHCR's population data and most hospital-data agreements take as the least count that may be shown.
BEDROCK: Final[Mapping[str, Floor]] = {
    "VICTIMS": Floor(5, HIDDEN, about_persons=True),
    "CHILDREN": Floor(11, HIDDEN, about_persons=True),
    "JUSTICE": Floor(5, HIDDEN, about_persons=True),
    "ACTIVITIES": Floor(1, PUBLISHED, about_persons=False),
}
BEDROCK_ELSEWHERE: Final = Floor(11, HIDDEN, about_persons=True)  # a dataflow that nobody has weighed yet
BEDROCK_PUBLIC: Final = 11  # persons, wherever anyone may read
BEDROCK_TOGETHER: Final = 1  # committees that may put together what they know: each alone, whatever was agreed
USUAL_COALITION: Final = 2  # every pair, where the region's document is silent
USUAL_AS_PERSONS: Final = 1  # each alone, where it is silent
MOST_TOGETHER: Final = 2  # what the hub can protect against


@dataclass(frozen=True)
class Region:
    """What all committees agreed to together.

    coalition: how many committees may put together what they know of their own persons; nobody else's must show then.
    as_persons: how many of them at most are taken to read every table as one of persons (ADR 31), not of sums alone.
    sensitive: by dataflow, the variables whose category nobody may learn of everyone in a row.
    """

    controller: str
    host_state: str
    applicable_law: str
    public_least_count: int  # persons
    excluded_purposes: frozenset[str]
    purposes: Mapping[str, Label]
    floors: Mapping[str, Floor]
    coalition: int
    as_persons: int
    sensitive: Mapping[str, frozenset[str]]

    def floor(self, dataflow: str) -> Floor:
        """Return the floor of a dataflow. Raises PolicyInvalid when the region set none: then nothing may be served."""
        if dataflow not in self.floors:
            raise PolicyInvalid(FILE, f"floors.{dataflow}", "The region sets no floor for this dataflow.")
        return self.floors[dataflow]


class Together(fields.Field[int]):
    """How many committees at most put together what they know."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:  # noqa: ANN401, ARG002 - theirs
        if type(value) is not int or value < BEDROCK_TOGETHER:
            raise ValidationError(f"Below {BEDROCK_TOGETHER}, the least that the hub allows: each committee alone.")
        if value > MOST_TOGETHER:
            raise ValidationError(f"Above {MOST_TOGETHER}, the most that the hub can protect against.")
        return value


class _FloorFields(Schema):
    least_count = Whole(required=True)
    zeros = fields.String(required=True, validate=validate.OneOf(ZEROS))
    about_persons = Truth(required=True)


class _RegionFields(Schema):
    controller = Text(required=True)
    host_state = Text(required=True)
    applicable_law = Text(required=True)
    public_least_count = Whole(required=True)
    excluded_purposes = fields.List(fields.String(validate=PURPOSE), required=True)
    purposes = fields.Dict(fields.String(validate=PURPOSE), fields.Nested(LabelFields), required=True)
    floors = fields.Dict(fields.String(validate=DATAFLOW), fields.Nested(_FloorFields), required=True)
    coalition = Together(load_default=USUAL_COALITION)
    as_persons = Together(load_default=USUAL_AS_PERSONS)
    sensitive = fields.Dict(fields.String(validate=DATAFLOW), fields.List(Text()), required=True)


def parse(table: Mapping[str, Any]) -> Region:
    """Return the region that ``table`` describes. Raises PolicyInvalid, naming the place, when it may not be so."""
    read = read_with(_RegionFields(), table, FILE)
    region = Region(
        controller=read["controller"],
        host_state=read["host_state"],
        applicable_law=read["applicable_law"],
        public_least_count=read["public_least_count"],
        excluded_purposes=frozenset(read["excluded_purposes"]),
        purposes={name: Label(**label) for name, label in read["purposes"].items()},
        floors={dataflow: Floor(**floor) for dataflow, floor in read["floors"].items()},
        coalition=read["coalition"],
        as_persons=read["as_persons"],
        sensitive={dataflow: frozenset(names) for dataflow, names in read["sensitive"].items()},
    )
    _refuse_excluded(region)
    _refuse_below_bedrock(region)
    for dataflow in sorted(region.sensitive.keys() - region.floors.keys()):
        raise PolicyInvalid(FILE, f"sensitive.{dataflow}", f"The region sets no floor for {dataflow}.")
    return region


def _refuse_excluded(region: Region) -> None:
    for purpose in sorted(NEVER - region.excluded_purposes):
        raise PolicyInvalid(FILE, "excluded_purposes", f"{purpose} is excluded in every region and must be listed.")
    for purpose in sorted(region.excluded_purposes & region.purposes.keys()):
        raise PolicyInvalid(FILE, f"purposes.{purpose}", "An excluded purpose cannot be offered.")


def _refuse_below_bedrock(region: Region) -> None:
    if region.public_least_count < BEDROCK_PUBLIC:
        raise PolicyInvalid(FILE, "public_least_count", f"Below {BEDROCK_PUBLIC}, the least that the hub allows.")
    for dataflow, floor in region.floors.items():
        least = BEDROCK.get(dataflow, BEDROCK_ELSEWHERE)
        place = f"floors.{dataflow}"
        if floor.least_count < least.least_count:
            raise PolicyInvalid(
                FILE, f"{place}.least_count", f"Below {least.least_count}, the least that the hub allows."
            )
        if least.zeros == HIDDEN and floor.zeros != HIDDEN:
            raise PolicyInvalid(FILE, f"{place}.zeros", "Zeros of this dataflow cannot be published.")
        if least.about_persons and not floor.about_persons:
            raise PolicyInvalid(FILE, f"{place}.about_persons", "This dataflow is about persons.")
