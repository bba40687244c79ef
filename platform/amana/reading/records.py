"""Where the records of a delimited text begin and end, how wide each is, and whether its quotation marks are sound.

RFC 4180: a quoted cell begins right after a separator or a line end, ends right before one, and doubles the marks
inside it. So, counted from the start of a record, every odd mark opens and every even one closes; a whole block of
bytes is judged at once, without looking at its cells one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_QUOTE: Final = 0x22
_LINE_FEED: Final = 0x0A
_RETURN: Final = 0x0D

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Records:
    """The complete records at the beginning of some bytes.

    starts, ends: (n,) where each record begins, and where it ends without its line end.
    after:        (n,) where the next begins. widths: (n,) cells of each; a blank line has one.
    fault:        the record in which a quotation mark is out of place, if there is one: (n) is the incomplete last.
    separators:   where cells end inside records.
    """

    starts: Places
    ends: Places
    after: Places
    widths: Places
    fault: int | None
    separators: Places

    @property
    def taken(self) -> int:
        """Bytes of all complete records together."""
        return int(self.after[-1]) if self.after.size else 0

    def within(self, limit: int) -> bool:
        """Return whether no cell has more bytes than this; a true answer is certain."""
        if not self.after.size or int((self.ends - self.starts).max()) <= limit:
            return True
        edges = np.concatenate((np.full(1, -1), self.separators[self.separators < self.taken], self.after[-1:]))
        return int(np.diff(edges).max()) <= limit

    def holding(self, place: int) -> int:
        """Return which record, from 0, the byte at ``place`` belongs to."""
        return int(np.searchsorted(self.after, place, side="right"))


def split(data: bytes, each: NDArray[np.uint8], separator: int, *, final: bool) -> Records:
    """Split bytes that begin with a record.

    data, each: the same (n,) bytes of UTF-8, as text and as numbers. separator: one ASCII byte.
    final:      whether the text ends here; its last record then needs no line end.
    """
    outside, quotes = _outside(data, each)
    ends, after = _line_ends(data, each, outside, final=final)
    if final and (not after.size or after[-1] < len(data)) and (outside is None or not len(quotes) % 2):
        ends, after = np.append(ends, len(data)), np.append(after, len(data))
    starts = np.concatenate((np.zeros(1, np.intp), after[:-1])) if after.size else after
    found = each == separator
    separators = np.flatnonzero(found if outside is None else found & outside)
    before = np.searchsorted(separators, after)
    widths = np.diff(before, prepend=0) + 1
    misplaced = _misplaced(each, quotes, separator, final=final)
    fault = None if misplaced is None else int(np.searchsorted(after, misplaced, side="right"))
    return Records(starts, ends, after, widths, fault, separators)


def _outside(data: bytes, each: NDArray[np.uint8]) -> tuple[NDArray[np.bool_] | None, Places]:
    """Return which bytes stand outside quoted cells (None: all of them), and the places of the marks."""
    if b'"' not in data:
        return None, np.zeros(0, np.intp)
    marks = each == _QUOTE
    counted = np.cumsum(marks, dtype=np.uint8)  # wraps at 256, which keeps it even or odd
    return (counted & 1) == 0, np.flatnonzero(marks)


def _line_ends(
    data: bytes, each: NDArray[np.uint8], outside: NDArray[np.bool_] | None, *, final: bool
) -> tuple[Places, Places]:
    """Return where lines end, and where the next begin. LF, CR LF and CR alone all end a line."""
    feeds = each == _LINE_FEED
    if outside is not None:
        feeds &= outside
    last = np.flatnonzero(feeds)
    returned = b"\r" in data
    ends = last - ((last > 0) & (each[last - 1] == _RETURN)) if returned else last
    if not returned or data.count(b"\r") == data.count(b"\r\n"):
        return ends, last + 1
    alone = each == _RETURN
    alone[:-1] &= each[1:] != _LINE_FEED
    alone[-1] &= final
    if outside is not None:
        alone &= outside
    single = np.flatnonzero(alone)
    order = np.argsort(np.concatenate((last, single)), kind="stable")
    return np.concatenate((ends, single))[order], np.concatenate((last, single))[order] + 1


def _misplaced(each: NDArray[np.uint8], quotes: Places, separator: int, *, final: bool) -> int | None:
    """Return the first mark that neither opens, closes nor doubles; at the very end, one that is never closed."""
    opening, closing = quotes[0::2], quotes[1::2]
    allowed = np.zeros(256, np.bool_)
    allowed[[separator, _QUOTE, _LINE_FEED, _RETURN]] = True
    wrong_opening = opening[(opening > 0) & ~allowed[each[opening - 1]]]
    inner = closing[closing < len(each) - 1]
    wrong_closing = inner[~allowed[each[inner + 1]]]
    unclosed = quotes[-1:] if final and len(quotes) % 2 else quotes[:0]
    found = [int(places[0]) for places in (wrong_opening, wrong_closing, unclosed) if places.size]
    return min(found, default=None)
