"""The mapping document on paper: TOML that a person can read and correct. ``parse`` and ``render`` are a pair."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from amana.canonical import Json
from amana.mapping.document import MappingInvalid, MappingUnread, NationalMapping, as_json, from_json

MOST: Final = 2_000_000  # bytes of a document: one that names 20,000 spellings
_AT: Final = re.compile(r"at line (\d+), column (\d+)")  # as tomllib says where it stopped
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def parse(text: str) -> NationalMapping:
    """Return the mapping written in ``text``. Raises MappingInvalid."""
    try:
        return from_json(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        found = _AT.search(str(fault))
        raise MappingInvalid(place=f"TOML {found[1]}:{found[2]}" if found else "TOML") from fault


def read(path: Path) -> NationalMapping:
    """Return the mapping in a file. Raises MappingInvalid; MappingUnread where there is no such text file."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig") if len(raw) <= MOST else ""
    except (OSError, UnicodeDecodeError) as fault:
        raise MappingUnread(place=path.name) from fault
    return parse(text)


def render(mapping: NationalMapping) -> str:
    """Return the document as TOML; ``parse`` reads the same mapping back."""
    told = as_json(mapping)
    columns = told.pop("column")
    tables = {name: value for name, value in told.items() if isinstance(value, Mapping)}
    lines = [f"{_key(name)} = {_value(value)}" for name, value in told.items() if name not in tables]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())]
    for column in columns if isinstance(columns, list) else ():
        lines += ["", "[[column]]", *(f"{key} = {_value(value)}" for key, value in column.items() if key != "values")]
        if values := column.get("values"):
            lines += ["[column.values]", *(f"{_key(text)} = {_value(codes)}" for text, codes in values.items())]
    return "\n".join([*lines, ""])


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else _value(text)


def _value(value: Json) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    return str(value)
