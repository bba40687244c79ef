"""Random signs show no pattern: what stands in clear inside a pseudonym, a number or a name, shows by its places.

A national number in front of random digits looks random enough cell by cell, and makes no two cells alike. But in every
cell the same places hold digits, which random signs never do. A place with the same sign throughout says nothing of
anybody, a version's prefix for instance, and does not count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.codebook.cells import MOST_PSEUDONYM

_DIGITS, _LOWER, _UPPER = (ord("0"), ord("9")), (ord("a"), ord("z")), (ord("A"), ord("Z"))


@dataclass(frozen=True)
class Notation:
    """How random bits are written. classes: ranges of signs, one of which a place may show throughout.

    cells:  from how many on a place is judged.
    places: so many of one class each are a pattern; by chance, fewer than one file in a thousand million has them.
    """

    classes: tuple[tuple[int, int], ...]
    cells: int
    places: int


HEXADECIMAL: Final = Notation((_DIGITS, _LOWER, _UPPER), cells=16, places=6)  # of digits: 0.625 ** 16 for one place
BASE64URL: Final = Notation((_DIGITS, _LOWER, _UPPER), cells=12, places=4)  # of lower case: 0.406 ** 12


@dataclass
class _Side:
    """What the cells show by place, counted from one of their ends."""

    shown: NDArray[np.int64]  # (classes, places) cells with a sign of the class
    cells: NDArray[np.int64]  # (places,) cells so long
    least: NDArray[np.uint8]  # (places,) the first and the last sign in ASCII's order
    most: NDArray[np.uint8]

    @classmethod
    def empty(cls, classes: int) -> _Side:
        places = (MOST_PSEUDONYM,)
        return cls(
            np.zeros((classes, MOST_PSEUDONYM), np.int64),
            np.zeros(places, np.int64),
            np.full(places, 255, np.uint8),
            np.zeros(places, np.uint8),
        )

    def see(self, signs: NDArray[np.uint8], classes: tuple[tuple[int, int], ...]) -> None:
        """Take (n, places) signs, 0 where a cell has ended."""
        there = signs > 0
        self.cells += there.sum(axis=0)
        self.least = np.minimum(self.least, np.where(there, signs, 255).min(axis=0))
        self.most = np.maximum(self.most, signs.max(axis=0))
        for at, (first, last) in enumerate(classes):
            self.shown[at] += ((signs >= first) & (signs <= last)).sum(axis=0)

    def patterned(self, notation: Notation) -> int:
        """Return at how many places all cells show one class, and not all the same sign."""
        told = (self.cells >= notation.cells) & (self.least < self.most)
        return int((told & (self.shown == self.cells).any(axis=0)).sum())


@dataclass
class Pattern:
    """The cells of one column in one notation, seen block by block; nothing of a single cell is kept."""

    notation: Notation
    _ahead: _Side = field(init=False, repr=False)
    _behind: _Side = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._ahead, self._behind = (_Side.empty(len(self.notation.classes)) for _ in range(2))

    def see(self, cells: list[str]) -> None:
        """Take the next cells: ASCII, 128 characters at most."""
        if cells:
            for side, texts in ((self._ahead, cells), (self._behind, [cell[::-1] for cell in cells])):
                signs = np.array([text.encode() for text in texts], dtype=f"S{MOST_PSEUDONYM}")
                side.see(signs.view(np.uint8).reshape(-1, MOST_PSEUDONYM), self.notation.classes)

    @property
    def places(self) -> int:
        """At how many places there is a pattern; 0 where there are so few that chance could have made them."""
        found = max(side.patterned(self.notation) for side in (self._ahead, self._behind))
        return found if found >= self.notation.places else 0
