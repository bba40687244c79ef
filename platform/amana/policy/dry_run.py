"""What a dry run tells a committee about its own file, and how often it may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, fields, validate

from amana.policy.toml import DATAFLOW, Text, Whole, read_with

FILE: Final = "dry_run.toml"
_FORMAT: Final = "amana-dry-run/1"
_MOST_TOGETHER: Final = 4  # attributes: more make every record unique and every answer slow


@dataclass(frozen=True)
class DryRun:
    """per_day: dry runs of one committee in one UTC day; combination: attributes looked at together, at most.

    quasi_identifiers: by dataflow, the variables that somebody could know of a person without any file.
    """

    per_day: int
    combination: int
    quasi_identifiers: Mapping[str, tuple[str, ...]]


class _File(Schema):
    format = fields.String(required=True, validate=validate.Equal(_FORMAT))
    per_day = Whole(required=True)
    combination = Whole(required=True, validate=validate.Range(max=_MOST_TOGETHER))
    quasi_identifiers = fields.Dict(fields.String(validate=DATAFLOW), fields.List(Text()), required=True)


def parse(table: Mapping[str, Any]) -> DryRun:
    """Return what ``dry_run.toml`` says. Raises PolicyInvalid for anything missing, unknown or mistyped."""
    said = read_with(_File(), table, FILE)
    keys = {dataflow: tuple(names) for dataflow, names in said["quasi_identifiers"].items()}
    return DryRun(said["per_day"], said["combination"], keys)
