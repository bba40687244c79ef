"""What a person can be on an axis, and what changes on it when one person becomes another.

Runs in: worker.   Sees: declared axes only, no counts.
A profile marks the nodes that count one possible person: a leaf and all above it, or the yes and rest nodes of several
answers. Products of profiles and of their differences, one per axis, keep every sum of a cube: they are its moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Axis

_SIBLINGS: Final = 0.7  # share of pairings that pair siblings first

Vectors = NDArray[np.int64]  # (v, nodes)


@dataclass(frozen=True, eq=False)
class People:
    """The profiles of one axis."""

    axis: Axis

    @cached_property
    def profiles(self) -> Vectors:
        """Return (p, nodes), 1 for each node that counts the person."""
        single = [on for node in range(len(self.axis.nodes)) if (on := self._smallest({node})) is not None]
        if self._branches():
            yes = [children[0] for _, children in self.axis.sums]
            single += [on for pair in combinations(yes, 2) if (on := self._smallest(set(pair))) is not None]
        size = len(self.axis.nodes)
        marks = [[int(node in on) for node in range(size)] for on in dict.fromkeys(single)]
        return np.array(marks, dtype=np.int64).reshape(-1, size)

    def _branches(self) -> bool:
        """Whether some node is split in more than one way: several answers may apply at once."""
        parents = [parent for parent, _ in self.axis.sums]
        return len(set(parents)) < len(parents)

    def _smallest(self, wanted: set[int]) -> frozenset[int] | None:
        """Return the least profile that has the wanted nodes, or None where none is found.

        Where nothing is said about a split it goes to the last child, the rest.
        """
        on = set(wanted)
        changed = True
        while changed:
            before = len(on)
            on |= {parent for parent, children in self.axis.sums if on & set(children)}
            on |= {over[0] for over, under in self.axis.covers if len(over) == 1 and under in on}
            changed = len(on) > before
            if not changed:
                open_ = [children for parent, children in self.axis.sums if parent in on and not on & set(children)]
                on |= {children[-1] for children in open_[:1]}
                changed = bool(open_)
        for parent, children in self.axis.sums:
            if len(on & set(children)) != (parent in on):
                return None
        covered = all(on & set(over) or under not in on for over, under in self.axis.covers)
        return frozenset(on) if covered else None

    def pairing(self, rng: np.random.Generator) -> Vectors:
        """Return differences of two profiles that touch disjoint nodes, drawn at random; siblings are often paired."""
        parents = [parent for parent, _ in self.axis.sums]
        family = self.profiles[:, parents] @ rng.random(len(parents)) * (rng.random() < _SIBLINGS)
        order = np.lexsort((rng.random(len(family)), family))
        kept, taken = [], np.zeros(len(self.axis.nodes), dtype=np.bool_)
        for change in self.profiles[order[: len(order) // 2 * 2 : 2]] - self.profiles[order[1::2]]:
            touched = change != 0
            if touched.any() and not (taken & touched).any():
                taken |= touched
                kept.append(change)
        return np.array(kept, dtype=np.int64).reshape(-1, len(self.axis.nodes))
