"""A copy of the log that a person can take away: one text file, written by the hub, read by the offline verifier.

One JSON object a line, in this order; bytes are base64:

    {"format": "amana-log-snapshot/1", "details": true}
    {"size": 3, "note": "…"}                                      each signed checkpoint, smallest first
    {"level": 0, "n": 0, "hashes": "…"}                           each tile
    {"waiting": {detail}}                                         each event not yet in the log
    {"index": 0, "event": "evt_…", "leaf": "…", "detail": {…}}    each entry

A detail has the fields of ``leaf.Detail``. A snapshot exported without details says so (``"details": false``) and has
null for each: its tree can still be verified. In any other, a null is a detail that the hub has lost.
The verifier also reads the same things from a copy of an embedded hub's SQLite file (``stored``).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from itertools import chain, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TypeVar

from amana.audit.tlog.leaf import Detail, Told
from amana.errors import Malformed

FORMAT: Final = "amana-log-snapshot/1"
_WRONG: Final = (ValueError, TypeError, KeyError, OverflowError, RecursionError)  # what a line that is none may cause
_JSON: Final = json.JSONDecoder()
_BYTES: Final = frozenset({"salt", "facts"})
_DETAIL: Final = itemgetter(*(field.name for field in fields(Detail)))  # the last two are the bytes
Raw = TypeVar("Raw")
Value = TypeVar("Value")
PART: Final = 1 << 16  # entries that another process may read
_LINE: Final = 900  # bytes of an entry in a snapshot, about


class CopiedEntry(NamedTuple):
    """One row of the log as the copy has it; nothing in it is verified.

    told:     its details, None where there are none.
    is_typed: whether index, event and leaf were an integer, a text and bytes, or had to be made so.
    """

    idx: int
    event_id: str
    leaf: bytes
    told: Told | None
    is_typed: bool = True


Part = Callable[[], AbstractContextManager[Iterator[CopiedEntry]]]


@dataclass(frozen=True)
class LogCopy:
    """A copy of the log. ``entries`` can be walked once, in the copy's order.

    notes:   (size, signed note) of each checkpoint, with its cosignatures.
    tiles:   (level, n) → hashes.
    waiting: details of events that are not in the log.
    journal: ids of the journalled events, or None when the copy does not tell.
    details: whether the copy was made with details; when it was not, their absence says nothing.
    parts:   the same entries once more, in parts that another process can open, each to be walked once; none where the
             copy is short, or must be read in one go.
    """

    notes: tuple[tuple[int, str], ...]
    tiles: Mapping[tuple[int, int], bytes]
    waiting: tuple[Detail, ...]
    journal: frozenset[str] | None
    entries: Iterator[CopiedEntry]
    details: bool = True
    parts: Sequence[Part] = ()


def render_lines(copy: LogCopy, *, details: bool) -> Iterator[bytes]:
    """Yield the lines of a snapshot file."""
    yield _line({"format": FORMAT, "details": details})
    for size, note in copy.notes:
        yield _line({"size": size, "note": note})
    for (level, n), hashes in sorted(copy.tiles.items()):
        yield _line({"level": level, "n": n, "hashes": _text(hashes)})
    for waiting in copy.waiting if details else ():
        yield _line({"waiting": _detail_to_json(waiting)})
    for entry in copy.entries:
        told = _detail_to_json(Detail(*entry.told)) if details and entry.told else None
        yield _line({"index": entry.idx, "event": entry.event_id, "leaf": _text(entry.leaf), "detail": told})


@contextmanager
def open_snapshot(path: Path, part: int = PART) -> Iterator[LogCopy]:
    """Yield the copy in a snapshot file. Raises Malformed, also while its entries are walked, naming the line.

    part: how many entries another process may read at once, about.
    """
    with path.open("rb") as lines:
        copy = parse_lines(lines)
        yield replace(copy, parts=_divide(lines, path, part, details=copy.details) if lines.seekable() else ())


def _divide(lines: BinaryIO, path: Path, part: int, *, details: bool) -> Sequence[Part]:
    """Return the parts of a file of which the first entry was the last that was read; none for a short one."""
    begins, ends = _begin_of_line(path, lines.tell()), path.stat().st_size
    marks = [*range(begins, ends, part * _LINE), ends]
    if begins == 0 or len(marks) == 2:  # noqa: PLR2004 - one part
        return ()
    return [partial(_snapshot_part, path, *between, details=details) for between in pairwise(marks)]


def _begin_of_line(path: Path, end: int) -> int:
    """Return where the line begins that ends at byte ``end``."""
    with path.open("rb") as lines:
        begins = 0
        while (follows := begins + len(lines.readline())) < end:
            begins = follows
        return begins


@contextmanager
def _snapshot_part(path: Path, first: int, end: int, *, details: bool) -> Iterator[Iterator[CopiedEntry]]:
    """Yield the entries in the lines that begin from byte ``first`` up to ``end``. Raises Malformed while walked."""
    with path.open("rb") as lines:
        lines.seek(first - 1)
        begins = first - 1 + len(lines.readline())
        yield _entries(enumerate(_lines_up_to(lines, begins, end), start=1), details=details)


def _lines_up_to(lines: BinaryIO, begins: int, end: int) -> Iterator[bytes]:
    while begins < end and (line := lines.readline()):
        yield line
        begins += len(line)


def parse_lines(lines: Iterable[bytes]) -> LogCopy:
    """Return the copy that these lines render. Raises Malformed, also while its entries are walked."""
    numbered = enumerate(lines, start=1)
    told = _each(numbered, _value)
    header = next(told, (1, {}))[1]
    details = header.get("details", True)
    if header.get("format") != FORMAT or not isinstance(details, bool):
        raise Malformed(format="log snapshot", line=1)
    notes: list[tuple[int, str]] = []
    tiles: dict[tuple[int, int], bytes] = {}
    waiting: list[Detail] = []
    first: list[CopiedEntry] = []

    def keep(value: Mapping[str, Any]) -> None:
        if "note" in value:
            notes.append((_exactly(int, value["size"]), _exactly(str, value["note"])))
        elif "hashes" in value:
            tiles[_exactly(int, value["level"]), _exactly(int, value["n"])] = _bytes(value["hashes"])
        elif "waiting" in value:
            waiting.append(Detail(*_told_from_json(value["waiting"])))
        else:
            first.append(_entry_from_json(value, details=details))

    for _ in _each(told, keep):
        if first:
            break
    return LogCopy(
        tuple(notes), tiles, tuple(waiting), None, chain(first, _entries(numbered, details=details)), details
    )


def _entries(lines: Iterable[tuple[int, bytes]], *, details: bool) -> Iterator[CopiedEntry]:
    return (entry for _, entry in _each(lines, partial(_entry, details=details)))


def _entry(line: bytes, *, details: bool) -> CopiedEntry:
    return _entry_from_json(_value(line), details=details)


def _each(lines: Iterable[tuple[int, Raw]], act: Callable[[Raw], Value]) -> Iterator[tuple[int, Value]]:
    """Yield what each line is read as; whatever is wrong with one becomes a refusal that names it."""
    for number, line in lines:
        try:
            value = act(line)
        except _WRONG as fault:
            raise Malformed(format="log snapshot", line=number) from fault
        yield number, value


def _value(line: bytes) -> dict[str, Any]:
    text = line.decode()
    value, end = _JSON.raw_decode(text)
    if text[end:].strip():
        raise ValueError("more than one value")
    told: dict[str, Any] = _exactly(dict, value)
    return told


def _entry_from_json(value: Mapping[str, Any], *, details: bool) -> CopiedEntry:
    if value["detail"] is not None and not details:
        raise ValueError("a snapshot without details holds one")
    told = _told_from_json(value["detail"]) if value["detail"] is not None else None
    return CopiedEntry(_exactly(int, value["index"]), _exactly(str, value["event"]), _bytes(value["leaf"]), told)


def _detail_to_json(detail: Detail) -> dict[str, Any]:
    return {name: _text(value) if name in _BYTES else value for name, value in asdict(detail).items()}


def _told_from_json(value: Mapping[str, Any]) -> Told:
    *told, salt, facts = _DETAIL(value)
    return (*told, _bytes(salt), _bytes(facts))


def _exactly(type_: type[Value], value: object) -> Value:
    """Return a value of this very type. Raises TypeError: "5" is no 5, and neither is true a 1."""
    if type(value) is not type_:
        raise TypeError("a value of another type")
    return value


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return binascii.a2b_base64(text, strict_mode=True)
