"""What may be learnt of one person, over a lifetime, from everything that is published with noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, fields, validate

from amana.policy.toml import Whole, read_with

FILE: Final = "noise.toml"
_FORMAT: Final = "amana-noise/1"

# What a region may make stricter and never laxer (ADR 18).
LEAST_ONE_IN: Final = 1_000_000
MOST_EPSILON: Final = 4
LEAST_COMMITTEES: Final = 2
LEAST_PERIODS: Final = 2


@dataclass(frozen=True)
class Noise:
    """What the region promises to each person.

    one_in:           delta is one in so many.
    lifetime_epsilon: of one person, over all releases.
    committees:       how many committees may have registered one person in one period.
    periods:          how many yearly releases, of one dataflow or another, one person may be counted in.
    """

    one_in: int
    lifetime_epsilon: int
    committees: int
    periods: int

    @property
    def delta(self) -> float:
        """The probability that the promise does not cover."""
        return 1 / self.one_in


class _File(Schema):
    format = fields.String(required=True, validate=validate.Equal(_FORMAT))
    one_in = Whole(required=True, validate=validate.Range(min=LEAST_ONE_IN))
    lifetime_epsilon = Whole(required=True, validate=validate.Range(max=MOST_EPSILON))
    committees = Whole(required=True, validate=validate.Range(min=LEAST_COMMITTEES))
    periods = Whole(required=True, validate=validate.Range(min=LEAST_PERIODS))


def parse(table: Mapping[str, Any]) -> Noise:
    """Return what ``noise.toml`` says. Raises PolicyInvalid for anything missing, unknown, mistyped or too lax."""
    said = read_with(_File(), table, FILE)
    return Noise(said["one_in"], said["lifetime_epsilon"], said["committees"], said["periods"])
