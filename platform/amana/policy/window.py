"""What a committee is told of who reads statistics that include its data: in which company, and how fresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from marshmallow import Schema, fields, validate

from amana.policy.toml import Whole, divides_a_day, read_with

FILE: Final = "window.toml"
_FORMAT: Final = "amana-window/1"
_FEWEST: Final = 3  # organisations: of two, each knows what the other did
_FINEST: Final = 900  # seconds: finer, and a watcher could tell one reading from the next


@dataclass(frozen=True)
class Window:
    """organisations: that could have done each reading that is told, besides the committee's own; >= 3.

    every: between two marks of the calendar as of which counts stand; it divides a day. demo: the same for a hub that
    only shows itself on one machine.
    """

    organisations: int
    every: timedelta
    demo: timedelta

    def counts_every(self, *, demo: bool) -> timedelta:
        """Return the time between two marks of this hub."""
        return self.demo if demo else self.every


class _Demo(Schema):
    seconds = Whole(required=True, validate=divides_a_day)


class _File(Schema):
    format = fields.String(required=True, validate=validate.Equal(_FORMAT))
    organisations = Whole(required=True, validate=validate.Range(min=_FEWEST))
    seconds = Whole(required=True, validate=validate.And(validate.Range(min=_FINEST), divides_a_day))
    demo = fields.Nested(_Demo, required=True)


def parse(table: Mapping[str, Any]) -> Window:
    """Return what ``window.toml`` says. Raises PolicyInvalid for anything missing, unknown, mistyped or too weak."""
    said = read_with(_File(), table, FILE)
    every, demo = said["seconds"], said["demo"]["seconds"]
    return Window(said["organisations"], timedelta(seconds=every), timedelta(seconds=demo))
