"""TOML into frozen values, strictly: an unknown key or a wrong type is refused with its file and place."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, ClassVar, Final

from marshmallow import Schema, ValidationError, fields, validate

from amana.canonical import Json
from amana.errors import AmanaError

DATAFLOW = validate.Regexp(r"\A[A-Z][A-Z_]*\Z", error="Not the name of a dataflow.")
COMMITTEE = validate.Regexp(r"\A[A-Z]{3}\Z", error="Not an ISO 3166-1 alpha-3 code.")
PURPOSE = validate.Regexp(r"\A[a-z][a-z_]*\Z", error="Not the name of a purpose.")
_DAY: Final = 86_400  # seconds
_SAFE_INTEGER: Final = 2**53 - 1  # RFC 8785: what every reader of JSON holds exactly


class PolicyInvalid(AmanaError):
    """A policy document cannot be used; nothing of the folder was loaded, and no process may start on it.

    facts: ``file`` relative to the policies folder, ``place`` as a dotted path in it, ``reason`` in plain words.
    """

    code: ClassVar[str] = "policy.invalid"
    exit: ClassVar[int] = 78

    def __init__(self, file: str, place: str, reason: str) -> None:
        super().__init__(file=file, place=place, reason=reason)


class Text(fields.String):
    """A text with something in it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:  # noqa: ANN401 - theirs
        text = super()._deserialize(value, attr, data, **options)
        if not text.strip():
            raise ValidationError("Empty.")
        return text


class Whole(fields.Field[int]):
    """A whole number of at least 1; ``true`` is no number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:  # noqa: ANN401, ARG002 - theirs
        if type(value) is not int or value < 1:
            raise ValidationError("Not a whole number of at least 1.")
        return value


class Truth(fields.Field[bool]):
    """``true`` or ``false``, and nothing that resembles them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:  # noqa: ANN401, ARG002 - theirs
        if not isinstance(value, bool):
            raise ValidationError("Neither true nor false.")
        return value


class Day(fields.Field[date]):
    """A calendar day, written as TOML writes it; an instant is no day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> date:  # noqa: ANN401, ARG002 - theirs
        if not isinstance(value, date) or isinstance(value, datetime):
            raise ValidationError("Not a calendar day such as 2026-01-31.")
        return value


def divides_a_day(seconds: int) -> None:
    """Raise ValidationError unless a calendar with marks so many seconds apart has the same ones every day."""
    if _DAY % seconds:
        raise ValidationError("Does not divide a day, so that its marks would wander.")


class LabelFields(Schema):
    """A name in the three languages of the region."""

    ar = Text(required=True)
    fr = Text(required=True)
    en = Text(required=True)


def read_table(path: Path, file: str) -> Mapping[str, Any]:
    """Return the TOML table in ``path``; a byte order mark, as some editors write it, is no part of it.

    Raises PolicyInvalid when the file is missing, cannot be read, is no TOML, or holds what has no digest: a fraction,
    an hour, a number beyond 2**53 - 1.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as fault:
        raise PolicyInvalid(file, "", "the file is missing") from fault
    except OSError as fault:
        raise PolicyInvalid(file, "", "the file cannot be read") from fault
    except (ValueError, RecursionError) as fault:
        raise PolicyInvalid(file, "", f"not TOML: {fault}") from fault
    for place, value in _leaves(table):
        if isinstance(value, float | time) or (isinstance(value, int) and abs(value) > _SAFE_INTEGER):
            raise PolicyInvalid(file, place, "Neither a text nor a whole number, a day, true or false.")
    return table


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - whatever TOML holds
    inside = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if inside is None:
        yield place, value
    else:
        for name, each in inside:
            yield from _leaves(each, f"{place}.{name}".lstrip("."))


def read_with(schema: Schema, table: Mapping[str, Any], file: str) -> Mapping[str, Any]:
    """Return the table's values once the schema holds. Raises PolicyInvalid naming the first place at fault."""
    try:
        loaded: Mapping[str, Any] = schema.load(table)
    except ValidationError as fault:
        place, reason = _first_place(fault.messages)
        raise PolicyInvalid(file, place, reason) from fault
    return loaded


def _first_place(messages: Any, place: str = "") -> tuple[str, str]:  # noqa: ANN401 - marshmallow's nested messages
    if not isinstance(messages, Mapping):
        return place, str(messages[0])
    key, inner = next(iter(messages.items()))
    return _first_place(inner, place if key == "value" else f"{place}.{key}".lstrip("."))


def canonical_form(value: Any) -> Json:  # noqa: ANN401 - whatever TOML holds
    """Return TOML values as canonical JSON holds them: days and instants as RFC 3339 text."""
    if isinstance(value, Mapping):
        return {key: canonical_form(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [canonical_form(inner) for inner in value]
    plain: Json = value.isoformat() if isinstance(value, date) else value
    return plain
