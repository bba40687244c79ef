"""How the log is shown to outsiders, and how long an event may wait for its checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from amana.policy.toml import Whole, divides_a_day, read_table, read_with

FILE: Final = "log.toml"
_FORMAT: Final = "amana-log/1"
LEAST_INTERVAL: Final = 60  # seconds: marks that come faster tell when something happened
LEAST_BLOCK: Final = 16  # entries: smaller ones tell how much
MOST_DELAY: Final = 3600  # seconds an event may wait unprotected without anybody being told
MOST_OPEN: Final = 86_400  # seconds after which a hub whose log is not signed does nothing more


@dataclass(frozen=True)
class Shown:
    """interval: seconds from one public checkpoint to the next. block: entries; public sizes are its multiples.

    each:    events of one person in an interval, before she has to wait for the next.
    counted: seconds between two events that tell what strangers were refused.
    """

    interval: int
    block: int
    each: int
    counted: int


@dataclass(frozen=True)
class LogPolicy:
    """merge_delay: an event that waits longer raises an alarm. closed_after: one that waits longer closes the hub.

    public: the calendar of a hub; demo: that of one which only shows itself on one machine.
    """

    merge_delay: timedelta
    closed_after: timedelta
    public: Shown
    demo: Shown

    def shown(self, *, demo: bool) -> Shown:
        """Return the calendar of this hub."""
        return self.demo if demo else self.public


class _Demo(Schema):
    interval = Whole(required=True, validate=divides_a_day)
    block = Whole(required=True)
    each = Whole(required=True)
    counted = Whole(required=True, validate=divides_a_day)


class _Public(Schema):
    interval = Whole(required=True, validate=validate.And(validate.Range(min=LEAST_INTERVAL), divides_a_day))
    block = Whole(required=True, validate=validate.Range(min=LEAST_BLOCK))
    each = Whole(required=True)
    counted = Whole(required=True, validate=validate.And(validate.Range(min=LEAST_INTERVAL), divides_a_day))

    @validates_schema
    def _one_person_fills_no_block(self, said: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if 2 * said["each"] > said["block"]:
            raise ValidationError({"each": ["More than half a block: one person could see what others do."]})


class _File(Schema):
    format = fields.String(required=True, validate=validate.Equal(_FORMAT))
    merge_delay = Whole(required=True, validate=validate.Range(max=MOST_DELAY))
    closed_after = Whole(required=True, validate=validate.Range(max=MOST_OPEN))
    public = fields.Nested(_Public, required=True)
    demo = fields.Nested(_Demo, required=True)

    @validates_schema
    def _alarm_comes_first(self, said: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if said["closed_after"] <= said["merge_delay"]:
            raise ValidationError({"closed_after": ["Not longer than merge_delay: people are told first."]})


def parse(table: Mapping[str, Any]) -> LogPolicy:
    """Return what ``log.toml`` says. Raises PolicyInvalid for anything missing, unknown, or looser than allowed."""
    said = read_with(_File(), table, FILE)
    return LogPolicy(
        merge_delay=timedelta(seconds=said["merge_delay"]),
        closed_after=timedelta(seconds=said["closed_after"]),
        public=Shown(**said["public"]),
        demo=Shown(**said["demo"]),
    )


def load(folder: Path) -> LogPolicy:
    """Return the log's policy in a policies folder, for a process that needs no other. Raises PolicyInvalid."""
    return parse(read_table(folder / FILE, FILE))
