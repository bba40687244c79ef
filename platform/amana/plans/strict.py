"""Strict reading of a TOML table: a key that is missing, unknown or of another type is a fault with a name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from amana.codebook.model import Label

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,58}")
_DECIMAL: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_AT: Final = re.compile(r"at line (\d+), column (\d+)")  # as tomllib says where it stopped
_LANGUAGES: Final = frozenset(("ar", "fr", "en"))


class Fault(Exception):
    """One thing that is wrong; whoever knows the file turns it into an error. reason: a rule id; name: its object."""

    def __init__(self, reason: str, name: object) -> None:
        super().__init__(reason, name)
        self.reason = reason
        self.name = str(name)


def document(path: Path) -> dict[str, Any]:
    """Return the TOML table in a file, its fractions exact."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except OSError as fault:
        raise Fault("plan.unread", "") from fault
    except (ValueError, RecursionError) as fault:
        stopped = _AT.search(str(fault))  # not at the end of the file, nor where bytes are no text
        raise Fault("plan.not_toml", f"{stopped[1]}:{stopped[2]}" if stopped else "–") from fault


def keys(document: Mapping[str, Any], must: Sequence[str], may: Sequence[str]) -> None:
    """Raise Fault when a key of ``must`` is missing, or one of neither is present."""
    for name in must:
        if name not in document:
            raise Fault("plan.missing", name)
    for name in document:
        if name not in {*must, *may}:
            raise Fault("plan.unknown_key", name)


def slug(value: object) -> str:
    """Return a short name: a small letter, then small letters, digits and hyphens, 59 at most."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise Fault("plan.bad_name", value)
    return value


def one_of(value: object, allowed: Sequence[str], name: str) -> str:
    """Return the value when it is one of those allowed."""
    if not isinstance(value, str) or value not in allowed:
        raise Fault("plan.bad_value", f"{name}={value}")
    return value


def number(value: object, least: int, name: str) -> int:
    """Return a whole number of at least ``least`` that can be digested (RFC 8785)."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**53:
        raise Fault("plan.bad_value", f"{name}={value}")
    return value


def number_if_said(document: Mapping[str, Any], name: str, least: int) -> int | None:
    """Return a whole number of at least ``least`` by its key; None where the key is missing."""
    return number(document[name], least, name) if name in document else None


def decimal(value: object, name: str) -> float:
    """Return a number above 0, written as a text of digits with at most two behind the point: ``"0.5"``."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value) or not float(value):
        raise Fault("plan.bad_value", f"{name}={value}")
    return float(value)


def flag(value: object, name: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise Fault("plan.bad_value", f"{name}={value}")
    return value


def label(value: object) -> Label:
    """Return a title in the three languages, none of them blank."""
    if not isinstance(value, Mapping) or set(value) != _LANGUAGES or not all(map(_is_text, value.values())):
        raise Fault("plan.bad_title", ", ".join(sorted(_LANGUAGES)))
    return Label(ar=value["ar"], fr=value["fr"], en=value["en"])


def tables(value: object, name: str) -> Sequence[Mapping[str, Any]]:
    """Return a non-empty array of tables."""
    if not isinstance(value, list) or not value or not all(isinstance(each, Mapping) for each in value):
        raise Fault("plan.bad_value", name)
    return value


def texts(value: object, name: str) -> Sequence[str]:
    """Return a non-empty array of texts, none of them twice."""
    if not isinstance(value, list) or not value or not all(map(_is_text, value)):
        raise Fault("plan.bad_value", name)
    unique(value, "plan.dimension_twice")
    return value


def pairs(value: object, name: str) -> Mapping[str, str]:
    """Return a table of texts."""
    if not isinstance(value, Mapping) or not all(map(_is_text, value.values())):
        raise Fault("plan.bad_value", name)
    return value


def lists(value: object, name: str) -> Mapping[str, Sequence[str]]:
    """Return a table of non-empty arrays of texts."""
    if not isinstance(value, Mapping):
        raise Fault("plan.bad_value", name)
    return {key: texts(each, f"{name}.{key}") for key, each in value.items()}


def unique(names: Sequence[str], reason: str) -> None:
    """Raise Fault for the first name that stands twice."""
    for name in names:
        if names.count(name) > 1:
            raise Fault(reason, name)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
