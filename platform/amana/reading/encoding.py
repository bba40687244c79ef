"""Which characters the bytes of a text file mean: UTF-8, UTF-16, or what Windows wrote in French or in Arabic.

UTF-8 is recognised by its own rules over the whole file. Windows-1252 and Windows-1256 hold the small French letters
in the same places; they differ where 1252 has the capitals À to ß and 1256 the Arabic letters. A capital stands beside
other Latin letters, Arabic letters stand beside each other: that tells them apart. What is read on such evidence is
said in a warning, and what fits neither is refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from amana.reading.unreadable import FileUnreadable, unreadable

BLOCK: Final = 4 << 20  # bytes read at a time
_EVIDENCE: Final = 8 << 20  # bytes of lines with such letters that are weighed
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ZEROS: Final = 4  # zero bytes at the least: fewer are damage
_SEQUENCE: Final = re.compile(rb"[\xC2-\xDF][\x80-\xBF]|[\xE0-\xEF][\x80-\xBF]{2}|[\xF0-\xF4][\x80-\xBF]{3}")
_CUT: Final = re.compile(rb"[\xC2-\xDF]|[\xE0-\xEF][\x80-\xBF]?|[\xF0-\xF4][\x80-\xBF]{0,2}")
_HIGH: Final = re.compile(rb"[\x80-\xFF]")
_ARABIC: Final = re.compile(
    rb"([A-Za-z]?)([\x81\x8A\x8D-\x90\x98\x9A\x9F\xAA\xC1-\xD6\xD8-\xDF\xE1\xE3-\xE6\xEC\xED\xF0-\xF3\xF5\xF6\xF8\xFA]+)"
    rb"([A-Za-z]?)"
)
_NEITHER: Final = re.compile(rb"[A-Za-z][\x81-\x84\x86-\x8B\x8D-\x90\x98\x9A\x9B\x9D\x9E]|\x85[a-z]")
_LETTERS: Final = re.compile(rb"[\xC0-\xFF]")


@dataclass(frozen=True)
class Encoding:
    """name: as Python's codecs know it. mark: bytes of the byte order mark. guessed: it was told by its letters."""

    name: str
    mark: int = 0
    guessed: bool = False


def detect(path: Path) -> Encoding:
    """Return the encoding of a text file. Raises FileUnreadable where none of ours fits, with the row of the byte."""
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    if wide := _utf16(head):
        return Encoding(wide)
    return Encoding("utf-8") if _is_utf8(path) else _legacy(path)


def decoded(path: Path, encoding: Encoding) -> Iterator[tuple[bytes, bool]]:
    """Yield the text as (UTF-8 bytes, whether what follows them means no character), about ``BLOCK`` at a time."""
    decoder = codecs.getincrementaldecoder(encoding.name)()
    for block in _blocks(path, encoding.mark):
        if encoding.name == "utf-8" and block.isascii() and not decoder.getstate()[0]:
            yield block, False
            continue
        try:
            text = decoder.decode(block, not block)
        except UnicodeDecodeError as fault:
            yield fault.object[: fault.start].decode(encoding.name).encode("utf-8", "replace"), True
            return
        yield text.encode("utf-8", "replace"), False


def _blocks(path: Path, start: int = 0) -> Iterator[bytes]:
    """Yield the file from byte ``start`` on; an empty block is the end of it."""
    with path.open("rb") as file:
        file.seek(start)
        while block := file.read(BLOCK):
            yield block
    yield b""


def _utf16(head: bytes) -> str | None:
    """Tell UTF-16 without a mark: separators and digits have a zero byte, nearly always on the same side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even + odd < max(_ZEROS, len(head) // 16) or min(even, odd) * 10 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(path):
            if not block or not block.isascii() or decoder.getstate()[0]:
                decoder.decode(block, not block)
    except UnicodeDecodeError:
        return False
    return True


def _legacy(path: Path) -> Encoding:
    """Weigh the lines that hold bytes above 0x7F. Damaged UTF-8 stays UTF-8: reading will say where it breaks."""
    text = _evidence(path)
    if not text.isascii() and _is_damaged_utf8(text):
        return Encoding("utf-8")
    foreign, letters = len(_NEITHER.findall(text)), len(_LETTERS.findall(text))
    if foreign and foreign * 4 > letters:
        raise _neither(path)
    arabic = latin = 0
    for before, run, after in _ARABIC.findall(text):
        if before or after:
            latin += len(run)
        else:
            arabic += len(run)
    return Encoding("cp1256" if arabic > latin else "cp1252", guessed=True)


def _evidence(path: Path) -> bytes:
    found, kept = [], 0
    for block in _blocks(path):
        if not block.isascii():
            found.append(block)
            kept += len(block)
        if kept >= _EVIDENCE:
            break
    return b"".join(found)


def _is_damaged_utf8(text: bytes) -> bool:
    """Most letters follow UTF-8's rules, or the only one that does not was cut off by the end of the file."""
    high = len(_HIGH.findall(text))
    covered = sum(map(len, _SEQUENCE.findall(text)))
    tail = _HIGH.search(text)
    return covered * 2 > high or (tail is not None and _CUT.fullmatch(text[tail.start() :]) is not None)


def _neither(path: Path) -> FileUnreadable:
    row = 1
    for block in _blocks(path):
        if found := _NEITHER.search(block):
            return unreadable("structure.encoding", row + block.count(b"\n", 0, found.start()))
        row += block.count(b"\n")
    return unreadable("structure.encoding", row)
