"""A walk of worlds: many moves at once, for all parties at once, every world that is passed being a witness.

Runs in: worker.   Sees: true counts.
A move is an integer vector z with equations @ z = 0. Moves that touch different quantities are made together. The
world of a party is a table in whole numbers that fits all it knows, and so proves what each of its cells can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.worlds.mask import FAR, Mask, Small
from amana.disclosure.table import Flags, Numbers

_STEP: Final = 16  # quantities; moves of nearly the same size are kept side by side
_ROUNDS: Final = 4  # sets of disjoint moves taken from a heap in one go; the rest has to wait for the next
_MOST: Final = 200_000  # numbers handled at once: what stays near the processor


@dataclass(frozen=True)
class Moves:
    """Moves side by side. ids: (b, s) quantities, the last of all (n) standing for nothing; signs: (b, s), 0 there."""

    ids: Numbers
    signs: Small

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, which: Numbers | Flags | slice) -> Moves:
        """Return some of them."""
        return Moves(self.ids[which], self.signs[which])

    def disjoint(self, rng: np.random.Generator, size: int) -> Iterator[Moves]:
        """Yield sets of moves that touch different quantities. size: n + 1."""
        left = self.take(rng.permutation(len(self)))
        for _ in range(_ROUNDS):
            if not len(left):
                return
            first = np.full(size, len(left), dtype=np.int64)
            ranks = np.arange(len(left))[:, None]
            backwards = slice(None, None, -1)
            first[left.ids[backwards]] = ranks[backwards]  # the first to ask comes last, and stays
            mine = ((first[left.ids] == ranks) | (left.signs == 0)).all(axis=1)
            yield left.take(mine)
            left = left.take(~mine)


class Heap:
    """Moves that were found, kept for other quantities and other parties. size: n + 1."""

    def __init__(self, size: int) -> None:
        self._nothing = size - 1
        self._groups: dict[int, list[Moves]] = {}

    def add(self, moves: Moves) -> None:
        """Keep some."""
        wide = _STEP * -(-moves.ids.shape[1] // _STEP)
        self._groups.setdefault(wide, []).append(moves)

    def by_width(self) -> list[Moves]:
        """Return all of them, those of about the same size side by side."""
        for wide, some in self._groups.items():
            self._groups[wide] = [self._side_by_side(wide, some)]
        return [some[0] for some in self._groups.values()]

    def _side_by_side(self, wide: int, some: list[Moves]) -> Moves:
        size = sum(map(len, some))
        ids, signs = np.full((size, wide), self._nothing), np.zeros((size, wide), dtype=np.int32)
        for start, each in zip(np.cumsum([0, *map(len, some)]).tolist(), some, strict=False):
            place = np.s_[start : start + len(each), : each.ids.shape[1]]
            ids[place], signs[place] = each.ids, each.signs
        return Moves(ids, signs)


class Walk:
    """Where the parties' worlds have got to. room: (n + 1, p) by what each quantity may still fall."""

    def __init__(self, mask: Mask) -> None:
        self.mask, self.room = mask, mask.room.copy()

    def home(self) -> None:
        """Go back to the truth."""
        self.room[:] = self.mask.room

    def push(self, moves: Moves, want: NDArray[np.float32]) -> None:
        """Make each of these disjoint moves as far as it goes, to where more is wanted; note what is passed.

        want: (n + 1, p) what one more person in each quantity is worth.
        """
        step = max(1, _MOST // (moves.ids.shape[1] * self.mask.parties))
        for start in range(0, len(moves), step):
            self._push(moves.take(np.s_[start : start + step]), want)

    def _push(self, moves: Moves, want: NDArray[np.float32]) -> None:
        ids, signs = moves.ids, moves.signs
        room = self.room[ids]
        worth = np.einsum("bs,bsp->bp", signs.astype(np.float32), want[ids])
        rise, fall = reach(room, signs)
        by = np.where(worth > 0, rise, np.where(worth < 0, -fall, 0))
        by[(self.mask.own[ids] & (signs != 0)[:, :, None]).any(axis=1)] = 0
        room += by[:, None, :] * signs[:, :, None]
        self.room[ids] = room
        moving = by.any(axis=1)
        self.mask.note(ids[moving].ravel(), room[moving].reshape(-1, room.shape[2]))


def reach(room: Small, signs: Small) -> tuple[Small, Small]:
    """Return (b, p) twice: how often each move can be made, and be made backwards. room: (b, s, p)."""
    sign = signs[:, :, None]
    if np.abs(signs).max(initial=0) > 1:
        room = room // np.maximum(np.abs(sign), 1)
    far = np.int32(2**12)  # steps: what only rises need not rise without end
    rise = np.where(sign < 0, room, FAR).min(axis=1, initial=far)
    return rise, np.where(sign > 0, room, FAR).min(axis=1, initial=far)


def tell(mask: Mask, z: Moves) -> None:
    """Note what one move shows, for every party: one step, and as far as it goes both ways."""
    ids, signs = z.ids[0], z.signs[0]
    room = mask.room[ids]
    rise, fall = reach(room[None], z.signs)
    still = mask.own[ids].any(axis=0)
    for steps in (np.minimum(rise[0], 1), rise[0], -fall[0]):
        mask.note(ids, room + np.where(still, 0, steps)[None, :] * signs[:, None])
