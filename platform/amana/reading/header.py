"""Where a table begins: below titles in any language, under a header of one line or of two.

The first lines of a sheet are weighed, nothing else: a title stands alone in its line, a header names most columns.
A row of data is never taken for a second header line: it would have to hold no digit and no text that comes again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

LOOKED_AT: Final = 40  # lines from the top among which the header must be
_TITLE: Final = 2  # cells that a line of titles may fill
_DIGIT: Final = re.compile(r"\d")
_DIGITS: Final = re.compile(r"\d+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_NUMBER: Final = re.compile(r"[\d\s.,:/%+-]+")

Lines = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Merged:
    """Cells that are one: 0-based first and last line and column, all included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Heading:
    """first, last: 0-based lines of the header. names: one for each column, "" where there is none."""

    first: int
    last: int
    names: tuple[str, ...]


def find(lines: Lines, merged: Collection[Merged] = ()) -> Heading | None:
    """Return the heading of the table that begins in these lines, or None where every line is blank."""
    filled = [sum(1 for cell in line if cell.strip()) for line in lines]
    if not any(filled):
        return None
    named = _named_line(lines, filled)
    first, last = _top(filled, named, merged), min(_bottom(lines, named, merged), len(lines) - 1)
    if first == last and _is_second(lines, filled, named):
        last = named + 1
    elif first == last and _is_group(lines, filled, named):
        first = named - 1
    width = max(len(line) for line in lines[first : last + 1])
    upper = [_spread(lines, line, last, width, merged) for line in range(first, last + 1)]
    return Heading(first, last, tuple(_joined([line[place] for line in upper]) for place in range(width)))


def _named_line(lines: Lines, filled: Sequence[int]) -> int:
    """Return the line that names the columns: the first that is wider than a title, unless a far better one follows."""
    usual = _usual(filled)
    if usual <= _TITLE:
        return next(place for place, cells in enumerate(filled) if cells >= usual)
    start = next((place for place, cells in enumerate(filled) if cells > _TITLE), None)
    if start is None:
        return max(range(len(filled)), key=lambda place: filled[place])
    if filled[start] * 2 < usual:
        below = range(start + 1, len(lines))
        start = next((at for at in below if filled[at] * 5 >= usual * 4 and _names(lines, at)), start)
    if _names(lines, start):
        return start
    above = (at for at in range(start - 1, -1, -1) if filled[at] >= _TITLE and _is_wording(lines, at))
    return next(above, start)


def _usual(filled: Sequence[int]) -> int:
    """Return how many cells most lines fill; of equals the larger. What could be titles counts where it prevails."""
    wide = [cells for cells in filled if cells > _TITLE]
    times = Counter(wide if len(wide) > filled.count(_TITLE) else [cells for cells in filled if cells])
    return max(times, key=lambda cells: (times[cells], cells))


def _names(lines: Lines, place: int) -> bool:
    """Whether a line can be names: no number, none twice, none that comes again below or is built like it."""
    texts = [cell.strip() for cell in lines[place] if cell.strip()]
    if len(set(texts)) != len(texts) or any(_NUMBER.fullmatch(text) for text in texts):
        return False
    return not _comes_again(lines, place) and not _is_built_alike(lines, place)


def _is_built_alike(lines: Lines, place: int) -> bool:
    """Whether a cell with digits has the shape of one below: "12 ans" is data over "9 ans", "12-17 ans" is a name."""
    below = [set(map(_shape, column)) for column in _columns(lines[place + 1 :], len(lines[place]))]
    shapes = [_shape(cell) for cell in lines[place]]
    return any("9" in shape and shape in below[at] for at, shape in enumerate(shapes))


def _shape(text: str) -> str:
    return _WORD.sub("a", _DIGITS.sub("9", text.strip()))


def _comes_again(lines: Lines, place: int) -> bool:
    below = [set(column) for column in _columns(lines[place + 1 :], len(lines[place]))]
    return any(cell.strip() and cell in below[at] for at, cell in enumerate(lines[place]))


def _columns(lines: Lines, width: int) -> list[list[str]]:
    return [[line[at] for line in lines if at < len(line)] for at in range(width)]


def _top(filled: Sequence[int], line: int, merged: Collection[Merged]) -> int:
    """Return the first header line by the cells merged into this one, or by the groups merged above it."""
    first = min((one.top for one in merged if one.top <= line <= one.bottom), default=line)
    above = first - 1
    grouped = any(one.top == one.bottom == above and one.right > one.left for one in merged)
    return above if grouped and filled[above] >= _TITLE else first


def _bottom(lines: Lines, line: int, merged: Collection[Merged]) -> int:
    """Return the last header line by the cells merged with it: side by side they are a group over a line of names."""
    touching = [one for one in merged if one.top <= line <= one.bottom]
    deep = max((one.bottom for one in touching), default=line)
    groups = any(one.right > one.left and one.top == one.bottom == line for one in touching)
    below = line + 1 < len(lines) and _is_wording(lines, line + 1)
    return line + 1 if groups and deep == line and below else deep


def _is_second(lines: Lines, filled: Sequence[int], line: int) -> bool:
    """Whether the next line completes this one, which groups columns: "Victim" over "Sex" and "Age".

    A row of data could complete it too; so the rows below must be of another kind than the line.
    """
    if line + 2 >= len(lines) or filled[line] < _TITLE or filled[line + 1] < _TITLE:
        return False
    upper, lower = lines[line], lines[line + 1]
    gaps = [at for at in range(len(lower)) if lower[at].strip() and not (at < len(upper) and upper[at].strip())]
    return len(gaps) > 1 and _is_wording(lines, line + 1) and _differs_below(lines, line + 1)


def _differs_below(lines: Lines, line: int) -> bool:
    """Whether some column holds numbers below this line, or texts that come again."""
    for column in _columns(lines[line + 1 :], len(lines[line])):
        texts = [cell for cell in column if cell.strip()]
        if len(texts) > 1 and (len(set(texts)) < len(texts) or all(_DIGIT.search(text) for text in texts)):
            return True
    return False


def _is_group(lines: Lines, filled: Sequence[int], line: int) -> bool:
    """Whether the line above groups the names of this one: each label stands for several, or names come twice."""
    above = line - 1
    if above < 0 or not _TITLE <= filled[above] < filled[line] or not _is_wording(lines, above):
        return False
    names = [cell.strip() for cell in lines[line] if cell.strip()]
    labels = [at for at, cell in enumerate(lines[above]) if cell.strip()]
    spans = [end - start for start, end in zip(labels, [*labels[1:], len(lines[line])], strict=True)]
    return min(spans) > 1 or len(set(names)) < len(names)


def _is_wording(lines: Lines, line: int) -> bool:
    return not any(_DIGIT.search(cell) for cell in lines[line]) and not _comes_again(lines, line)


def _spread(lines: Lines, line: int, last: int, width: int, merged: Collection[Merged]) -> list[str]:
    """Return one header line, each label repeated over the columns that it stands for; names are never repeated."""
    cells = [cell.strip() for cell in lines[line]] + [""] * (width - len(lines[line]))
    across = [one for one in merged if one.top <= line <= one.bottom and one.right > one.left]
    for one in across:
        label = lines[one.top][one.left].strip() if one.left < len(lines[one.top]) else ""
        cells[one.left : min(one.right + 1, width)] = [label] * (min(one.right + 1, width) - one.left)
    if line < last and not merged:
        for at, below in enumerate(lines[line + 1]):
            cells[at] = cells[at] or (cells[at - 1] if at and below.strip() else "")
    return cells


def _joined(parts: Sequence[str]) -> str:
    """Join a column's lines; a label merged down through several of them stands once."""
    return " / ".join(dict.fromkeys(part for part in parts if part))
