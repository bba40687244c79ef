"""What an auditor is shown without asking: hours of work, how far back questions look, where a pattern begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from amana.policy.toml import PolicyInvalid, Whole, read_with

FILE: Final = "questions.toml"
DAYS: Final = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")
_FORMAT: Final = "amana-questions/1"
_HOURS: Final = 24
_YEAR: Final = 366  # days


@dataclass(frozen=True)
class Questions:
    """opens, closes: hours of the day (UTC), opens <= hour < closes is within; rest: days off, 0 is Sunday.

    days, country_days: how far back saved questions look. The others: from which number on a pattern is flagged.
    """

    opens: int
    closes: int
    rest: frozenset[int]
    days: int
    country_days: int
    reads_in_a_day: int
    reads_outside_hours: int
    refusals_in_a_day: int
    failures_of_an_account: int
    failures_in_an_hour: int
    newcomer_reads: int
    silent_days: int


class _Hour(fields.Field[int]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:  # noqa: ANN401, ARG002 - theirs
        if type(value) is not int or not 0 <= value <= _HOURS:
            raise ValidationError("Not an hour from 0 to 24.")
        return value


class _HoursFields(Schema):
    opens = _Hour(required=True)
    closes = _Hour(required=True)
    rest = fields.List(fields.String(validate=validate.OneOf(DAYS)), required=True)


class _LookBackFields(Schema):
    days = Whole(required=True, validate=validate.Range(max=_YEAR))
    country_days = Whole(required=True, validate=validate.Range(max=_YEAR))


class _PatternFields(Schema):
    reads_in_a_day = Whole(required=True)
    reads_outside_hours = Whole(required=True)
    refusals_in_a_day = Whole(required=True)
    failures_of_an_account = Whole(required=True)
    failures_in_an_hour = Whole(required=True)
    newcomer_reads = Whole(required=True)
    silent_days = Whole(required=True)


class _File(Schema):
    format = fields.String(required=True, validate=validate.Equal(_FORMAT))
    hours = fields.Nested(_HoursFields, required=True)
    look_back = fields.Nested(_LookBackFields, required=True)
    patterns = fields.Nested(_PatternFields, required=True)


def parse(table: Mapping[str, Any]) -> Questions:
    """Return what ``questions.toml`` says. Raises PolicyInvalid for anything missing, unknown or impossible."""
    said = read_with(_File(), table, FILE)
    hours = said["hours"]
    if hours["opens"] >= hours["closes"]:
        raise PolicyInvalid(FILE, "hours.closes", "work ends before it begins")
    rest = frozenset(map(DAYS.index, hours["rest"]))
    return Questions(hours["opens"], hours["closes"], rest, **said["look_back"], **said["patterns"])
