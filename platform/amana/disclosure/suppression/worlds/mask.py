"""The mask: what is hidden so far, and what tables in whole numbers have shown that a party cannot rule out.

Runs in: worker.   Sees: true counts.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.knowledge import Parties
from amana.disclosure.suppression.linked.system import System
from amana.disclosure.suppression.primary import Start
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import Flags, Numbers, Rule

Small = NDArray[np.int32]
NEVER: Final = 1e6  # price of what cannot be
_FREE: Final = 1e-3  # price of moving what is hidden: among free moves the shortest is the best
_DEAR: Final = 20.0  # times the price, of a quantity that can only be hidden in vain
FAR: Final = 2**30  # persons: room without an end


class Mask:
    """What is hidden, and what is known to be possible. n quantities and one more that stands for nothing; p parties.

    hidden:   (n + 1,) what a reader does not see, the rests and slacks among it.
    movable:  (n + 1,) as in ``Start``.
    room:     (n + 1, p) persons by which a quantity may fall, once hidden, before the party would know better.
    floor:    (n + 1, p) truth - room: the least that the party thinks possible.
    own:      (n + 1, p) known to the party for good, so that it does not move.
    top:      (n + 1,) what must be thought possible above: k, or an old figure.
    below:    (n + 1,) an old figure below the truth that must be thought possible, or -1.
    high, low, moved: (n + 1, p) some table that fits reaches the top, the floor, another number (or ``below``).
    never_small: (n + 1, p) no table that fits is below k; holds until something else is hidden.
    beyond:   (n + 1, p) the floor is below k and above the least that the standard asks for: marks of parts tell more.
    exempt:   (n + 1, p) needs no protection from the party.
    nobody:   (n + 1, p) is exempt as long as the party can tell that it is nobody's (``nobody``).
    cost:     (n + 1,) what it costs to move a quantity: the price of hiding it, or next to nothing when it is hidden.
    effort:   what may still be asked of the solver, by all who work on the mask.
    """

    def __init__(self, system: System, rule: Rule, known: Parties, start: Start) -> None:
        size, cell = len(system.truth), np.arange(len(system.truth)) < system.cells
        self.system, self.k, self.effort = system, rule.least_count, Effort()
        self.truth, self.movable = _and(system.truth, 0), _and(start.movable, fill=False)
        strict, self.floor = _floors(system, rule, known)
        self.beyond = (self.floor > strict) & (self.floor < self.k)
        self.room = (self.truth[:, None] - self.floor).astype(np.int32)
        self.room[size] = FAR
        self.own = _and(known.own, fill=False)
        nothing = ~cell & (system.truth == 0) & (not rule.zeros_hidden)
        self.exempt = self.own | _and(~system.guarded | ~start.movable, fill=True)[:, None]
        self.nobody = _and(nothing, fill=False)[:, None] & ~self.exempt
        self.exempt |= self.nobody
        self.hidden = _and(~cell | ~(system.guarded | system.fixed) | start.primary, fill=True)
        price = np.where(self.beyond.any(axis=1), _DEAR, 1.0) * _and(start.price, NEVER)
        self._price = np.where(self.movable, price, NEVER)
        self.cost = np.where(self.movable & self.hidden, _FREE, self._price)
        self.top = np.maximum(_and(start.old, -1), self.k)
        self.below = np.where(_and(start.old, -1) < self.truth, _and(start.old, -1), -1)
        self._forget()

    @property
    def parties(self) -> int:
        """How many parties there are."""
        return int(self.floor.shape[1])

    def settled(self, ids: Numbers | slice) -> Flags:
        """Return (i, p) where protection is shown."""
        small = self.low[ids] & (self.floor[ids] < self.k)  # else both may be the truth alone: a single number
        found: Flags = self.high[ids] & (small | (self.never_small[ids] & self.moved[ids]))
        return found

    def unmet(self, ids: Numbers | slice = np.s_[:]) -> Flags:
        """Return (i, p) where protection is not yet shown; of all quantities by default."""
        found: Flags = self.hidden[ids][:, None] & ~self.exempt[ids] & ~self.settled(ids)
        return found

    def lost(self) -> Flags:
        """Return (n + 1,) what is not protected from everybody, and what cannot be as long as it is hidden."""
        told = self.beyond & ~(self.never_small & self.moved)
        found: Flags = (self.unmet() | (self.hidden[:, None] & ~self.exempt & told)).any(axis=1)
        return found

    def wants(self) -> tuple[Flags, Flags]:
        """Return (n + 1, p) twice: what has still to rise, and to fall."""
        unmet = self.unmet()
        loose = self.never_small & ~self.moved
        up = unmet & (~self.high | (loose & (self.below < 0)[:, None]))
        return up, unmet & (loose | ~(self.low | self.never_small))

    def missing(self, quantity: int, party: int, way: int) -> int:
        """Return by how many persons a quantity has still to be seen above (way 1) or below (-1) the truth."""
        truth = int(self.truth[quantity])
        if way > 0 and not self.high[quantity, party]:
            return int(self.top[quantity]) - truth
        if self.never_small[quantity, party]:
            below = int(self.below[quantity])
            by = 1 if below < 0 else truth - below if way < 0 else 0
            return 0 if self.moved[quantity, party] else by
        return 0 if way > 0 or self.low[quantity, party] else int(self.room[quantity, party])

    def note(self, ids: Numbers, room: Small) -> None:
        """Remember what worlds show to be possible. ids: (i,); room: (i, p) what the quantities may still fall by."""
        value, below = room + self.floor[ids], self.below[ids][:, None]
        self.high[ids] |= value >= self.top[ids][:, None]
        self.low[ids] |= room == 0
        self.moved[ids] |= np.where(below < 0, room != self.room[ids], value <= below)

    def hide(self, ids: Numbers) -> bool:
        """Hide some more; return whether that is new."""
        fresh = ids[~self.hidden[ids]]
        if len(fresh):
            self.hidden[fresh] = True
            self.cost[fresh] = np.where(self.movable[fresh], _FREE, NEVER)
            self.doubt()
        return bool(len(fresh))

    def doubt(self) -> None:
        """Forget what never was small: something has been hidden since that was found."""
        self.never_small[:] = self.floor >= self.k

    def charge(self, more: NDArray[np.float64]) -> None:
        """Let it cost more to hide what is shown. more: (n + 1,)."""
        self._price = self._price + more
        self.cost = np.where(self.hidden, self.cost, self._price)

    def show(self, ids: Numbers) -> None:
        """Show some again, and forget what worlds have shown of anything: they may have needed these hidden."""
        self.hidden[ids], self.cost[ids] = False, self._price[ids]
        self._forget()

    def _forget(self) -> None:
        self.low, self.high, self.moved = (np.zeros(self.floor.shape, dtype=np.bool_) for _ in range(3))
        self.low[:] = self.room == 0
        self.high[:] = (self.truth >= self.top)[:, None]
        self.moved[self.system.cells :] = True  # a large rest may be known
        self.never_small = self.floor >= self.k


def _and(array: NDArray, fill: object) -> NDArray:  # type: ignore[type-arg]
    """Return the array with one more row, for nothing."""
    return np.concatenate([array, np.full((1, *array.shape[1:]), fill, dtype=array.dtype)])


def _floors(system: System, rule: Rule, known: Parties) -> tuple[Small, Small]:
    """Return (n + 1, p) twice, of a quantity that is hidden: the least by itself, and what each party thinks possible.

    Where zeros are published a mark says at least one, and so the marks of its parts say more of a sum: nothing that is
    hidden can take that away.
    """
    least = np.where((np.arange(len(system.truth)) < system.cells) & system.guarded, rule.hidden_least, 0)
    truth = system.truth[:, None]
    strict = np.minimum(np.maximum(known.known, least[:, None]), truth).astype(np.int32)
    heads, tails = system.halves
    line, head = heads.nonzero()
    floor, before = strict.copy(), strict[:0]
    while rule.hidden_least and not np.array_equal(before, floor):
        before = floor.copy()
        np.maximum.at(floor, head, np.minimum((tails @ floor)[line], truth[head]).astype(np.int32))
    return _and(strict, 0), _and(floor, 0)
