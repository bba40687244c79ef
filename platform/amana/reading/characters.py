"""Characters that no cell may hold: what a reader cannot see must not change what a reader sees.

Refused are the controls of C0 and C1 other than tab and line ends, the line and paragraph separators, and the marks
that turn the direction of the text around them (embeddings, overrides, isolates: UAX #9, clause 2.1 to 2.5). Single
direction marks (U+200E, U+200F, U+061C) and joiners come with honest Arabic text: they pass, and mapping takes
them out.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

CONTROLS: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]"  # as Python and polars both read a pattern
DIRECTION: Final = "[\u202a-\u202e\u2066-\u2069]"
_SPACE: Final = ord(" ")
_PLAIN: Final = (b"\t", b"\n", b"\r")  # controls that every text has
_UNSEEN: Final = [*range(0x80, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_LEADS: Final = {
    lead: np.array([int.from_bytes(chr(code).encode()[1:]) for code in _UNSEEN if chr(code).encode()[0] == lead])
    for lead in sorted({chr(code).encode()[0] for code in _UNSEEN})
}
_LENGTH: Final = {
    lead: max(len(chr(code).encode()) for code in _UNSEEN if chr(code).encode()[0] == lead) for lead in _LEADS
}


def suspicious(data: bytes, each: NDArray[np.uint8]) -> bool:
    """Return whether UTF-8 text may hold a refused character; a false answer is certain.

    data, each: the same (n,) bytes, as text and as numbers.
    """
    if np.count_nonzero(each < _SPACE) != sum(data.count(mark) for mark in _PLAIN) or b"\x7f" in data:
        return True
    return not data.isascii() and any(_follows(each, lead) for lead in _LEADS)


def _follows(each: NDArray[np.uint8], lead: int) -> bool:
    """Whether a lead byte of UTF-8 is followed by the rest of a refused character."""
    rest = _LENGTH[lead] - 1
    found = np.flatnonzero(each == lead)
    found = found[found + rest < len(each)]
    read = np.zeros(len(found), np.int64)
    for place in range(1, rest + 1):
        read = read << 8 | each[found + place]
    return bool(np.isin(read, _LEADS[lead]).any())
