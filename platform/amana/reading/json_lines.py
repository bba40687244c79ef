"""JSON Lines: one flat object a line, each with the keys of the first. A row number is the number of the line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NoReturn

import polars as pl

from amana.findings import letter
from amana.reading.gate import Gate
from amana.reading.heading import sheet_named
from amana.reading.limits import Limits
from amana.reading.opened import Opened
from amana.reading.sheet import Block
from amana.reading.tally import Tally
from amana.reading.texts import number, text_of
from amana.reading.unreadable import unreadable

_AT_ONCE: Final = 10_000  # lines turned into columns at a time
_MARK: Final = b"\xef\xbb\xbf"
_ESCAPE: Final = b"\\u"

Numbered = tuple[int, "_Object"]


class _Object(list[tuple[str, object]]):
    """The members of one object as they stand: nothing written twice is lost."""


def read(path: Path, limits: Limits) -> Opened:
    """Return the records of the file. Raises FileUnreadable where the first line is no flat object."""
    first = next(_objects(path, limits), None)
    if first is None:
        raise unreadable("structure.empty")
    row, members = first
    keys = tuple(key for key, _ in members)
    if not keys:
        raise unreadable("structure.empty", row)
    if fault := _fault(members, keys):
        raise unreadable(fault, row, rows=[row])
    sheet = sheet_named(keys, limits)

    def start(tally: Tally) -> Iterator[Block]:
        return _blocks(_objects(path, limits), keys, Gate(sheet, limits, tally))

    return Opened("jsonl", sheet, start)


def _objects(path: Path, limits: Limits) -> Iterator[Numbered]:
    """Yield each object with its line. Raises FileUnreadable at the first line that holds none."""
    row = 0
    with path.open("rb") as file:
        while line := file.readline(limits.record + 1):
            row += 1
            if len(line) > limits.record:
                raise unreadable("structure.record_length", row, limit=limits.record)
            text = (line.removeprefix(_MARK) if row == 1 else line).strip()
            if text:
                yield row, _object(text, row)


def _object(text: bytes, row: int) -> _Object:
    try:
        found = _DECODER.decode(text.decode("utf-8"))
        if _ESCAPE in text:
            json.dumps(found, ensure_ascii=False).encode()  # half a surrogate is no character
    except UnicodeError as fault:
        raise unreadable("structure.encoding", row) from fault
    except RecursionError as fault:
        raise unreadable("structure.nested", row, rows=[row]) from fault
    except ValueError as fault:
        raise unreadable("structure.json", row) from fault
    if not isinstance(found, _Object):
        raise unreadable("structure.json", row)
    return found


def _decimal(text: str) -> str:
    value = float(text)
    return text if value in {float("inf"), float("-inf")} else number(value)


def _refused(_: str) -> NoReturn:
    """Refuse NaN and Infinity, which JSON has not (RFC 8259, section 6)."""
    raise ValueError


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_Object, parse_int=str, parse_float=_decimal, parse_constant=_refused
)


def _fault(members: _Object, keys: Sequence[str]) -> str | None:
    """Return the rule that a record breaks, if any."""
    if any(isinstance(value, list) for _, value in members):
        return "structure.nested"
    named = [key for key, _ in members]
    if len(set(named)) != len(named):
        return "structure.duplicate_key"
    return None if len(named) == len(keys) and set(named) == set(keys) else "structure.keys"


def _blocks(objects: Iterator[Numbered], keys: Sequence[str], gate: Gate) -> Iterator[Block]:
    faulty = False
    columns = [letter(at) for at in range(len(keys))]
    for numbered in _chunks(objects):
        faults: dict[str, list[int]] = {}
        rows: list[int] = []
        lines: list[list[str]] = []
        for row, members in numbered:
            if fault := _fault(members, keys):
                faults.setdefault(fault, []).append(row)
                continue
            cells = dict(members)
            rows.append(row)
            lines.append([text_of(cells[key]) for key in keys])  # type: ignore[arg-type] # scalars only: no list is left
        for rule, places in faults.items():
            gate.tally.add(rule, places)
        faulty = faulty or bool(faults)
        frame = pl.DataFrame(lines, schema=dict.fromkeys(columns, pl.String), orient="row")
        yield from gate.blocks(frame, pl.Series("row", rows, dtype=pl.Int64))
    gate.end(ragged=faulty)


def _chunks(objects: Iterator[Numbered]) -> Iterator[list[Numbered]]:
    while chunk := list(islice(objects, _AT_ONCE)):
        yield chunk
