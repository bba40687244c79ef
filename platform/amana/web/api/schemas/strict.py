"""What all schemas share: strictness, and the forms of digests, periods, countries and instants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

DIGEST = validate.Regexp(r"[0-9a-f]{64}\Z")
PERIOD = validate.Regexp(r"[0-9]{4}\Z")
COUNTRY = validate.Regexp(r"[A-Z]{3}\Z")


class Instant(fields.AwareDateTime):
    """A time with its zone that has a place in UTC's calendar, so that what is stored can be read again."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:  # noqa: ANN401 - theirs
        try:
            return super()._deserialize(value, attr, data, **options).astimezone(UTC)
        except OverflowError as fault:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from fault


class Strict(Schema):
    """A schema that refuses what it does not know."""

    class Meta:
        """Unknown fields are mistakes, not extensions."""

        unknown = RAISE
