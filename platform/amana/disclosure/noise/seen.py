"""The noisy margins of one and two attributes side by side, and what a model of hidden kinds says of them.

Sees: noisy residuals and public sizes; no count.

What is fitted to them is itself uncertain by far more than single precision loses, which is twice as fast.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.attribute import Attribute
from amana.disclosure.noise.draw import Residuals
from amana.disclosure.noise.lattice import Population
from amana.disclosure.noise.plan import NoisePlan
from amana.disclosure.noise.triples import THREE, free, triples

LEAST: Final = 1 / 200  # of an equal share: nothing is impossible because noise made it negative
MOST_EQUAL: Final = 100.0  # of how sure it can be that all codes are equally frequent
PAIR: Final = 2
TINY: Final = 1e-12  # what is nothing is not divided by
ONE_LEVEL: Final = 2  # and that of everybody

Array = NDArray[np.float64]
Single = NDArray[np.float32]


@dataclass(frozen=True)
class Block:
    """One attribute. codes, rows: where its codes and the rows of its levels stand; matrix: (rows, codes)."""

    codes: slice
    rows: slice
    matrix: Single


class Seen:
    """One row per group of each level of each attribute.

    blocks: of each attribute, what takes the chances of its codes to what a residual has of them.
    plain:  whether no attribute has levels; a residual then is chances less an equal share (even: (codes, 1)).
    one:    (rows,) residuals of one attribute; sure_one: one over their variance.
    two:    (rows, rows) residuals of two attributes; sure_two: one over their variance, 0 where there is none.
    three:  residuals of three attributes; none of them where they say no more than pairs do.
    free:   how many numbers those of two and three have of their own: what noise alone makes of the misfits, and no fit
            is done above it; infinite where there are none of three.
    start:  (codes,) the log chance of each code among everybody.
    equal:  (codes,) how sure it is that all codes of the attribute are equally frequent: the sum of the parameters of a
            Dirichlet prior around equal shares, which would have made margins as unequal as this one.
    """

    def __init__(
        self, design: NoisePlan, residuals: Residuals, of: Population, attributes: Sequence[Attribute], total: float
    ) -> None:
        self.total = np.float32(total)
        self.ends = np.cumsum([0, *(each.levels[-1].size for each in attributes)])
        place: dict[tuple[str, int], slice] = {}
        blocks, at = [], 0
        for each, first, last in zip(attributes, self.ends, self.ends[1:], strict=False):
            steps = [each.levels[level].centre @ summing(each, level) for level in range(1, len(each.levels))]
            begun = at
            for level, step in enumerate(steps, 1):
                place[each.name, level], at = slice(at, at + len(step)), at + len(step)
            blocks.append(Block(slice(first, last), slice(begun, at), np.concatenate(steps).astype(np.float32)))
        self.blocks = tuple(blocks)
        self.plain = all(len(each.levels) == ONE_LEVEL for each in attributes)
        sizes = np.diff(self.ends)
        self.even = np.repeat(1 / sizes, sizes).astype(np.float32)[:, None]
        self.one, self.sure_one = np.zeros((2, at), dtype=np.float32)
        self.two, self.sure_two = np.zeros((2, at, at), dtype=np.float32)
        for (population, name), values in residuals.items():
            if population == of and len(name) in (1, PAIR):
                self._put(values, 1 / design.residuals[population, name].variance, [place[each] for each in name])
        self.three = triples(design, residuals, of, place)
        own = sum(free(design, residuals, of, length) for length in (PAIR, THREE))
        self.free = own if self.three.where else math.inf
        self.centres = {(each.name, level): each.levels[level].centre for each in attributes
                        for level in range(1, len(each.levels))}  # fmt: skip
        everybody = [self._everybody(each, place) for each in attributes]
        self.start = np.concatenate([start for start, _ in everybody]).astype(np.float32)
        self.equal = np.repeat([equal for _, equal in everybody], sizes).astype(np.float32)

    @property
    def codes(self) -> int:
        """The number of codes of all attributes."""
        return int(self.ends[-1])

    def rows(self, chances: Single) -> Single:
        """Return (rows, kinds): of chances (codes, kinds), what the residuals have of them."""
        if self.plain:
            return chances - self.even
        found = np.empty((len(self.one), chances.shape[1]), dtype=np.float32)
        for each in self.blocks:
            found[each.rows] = each.matrix @ chances[each.codes]
        return found

    def back(self, rows: Single) -> Single:
        """Return (codes, kinds): slopes taken back, but for what all codes of an attribute and kind have alike.

        Chances that sum to 1 do not feel that part.
        """
        if self.plain:
            return rows
        found = np.empty((self.codes, rows.shape[1]), dtype=np.float32)
        for each in self.blocks:
            found[each.codes] = each.matrix.T @ rows[each.rows]
        return found

    def among(self, values: Single) -> Single:
        """Return, for each code, the sum over all codes of its attribute. values: (codes, kinds)."""
        sums: Single = np.repeat(np.add.reduceat(values, self.ends[:-1], axis=0), np.diff(self.ends), axis=0)
        return sums

    def told(self, shares: Single, chances: Single) -> tuple[Single, ...]:
        """Return what a model says of the residuals of one attribute, of two, and of three."""
        rows, persons = self.rows(chances), self.total * shares
        one: Single = rows @ persons
        two: Single = (rows * persons) @ rows.T
        return one, two, self.three.misfit(rows, persons)[0] + self.three.values

    def centred(self, one: Array, two: Array) -> tuple[Single, Single]:
        """Return of any noise on the rows, what residuals can have of it."""
        return self._own(one), self._own(self._own(two).T).T

    def _own(self, rows: Array | Single) -> Single:
        found = [each.matrix @ (np.linalg.pinv(each.matrix) @ rows[each.rows]) for each in self.blocks]
        return np.concatenate(found).astype(np.float32, copy=False)

    def shaken(self, one: Single, two: Single, three: Single) -> Seen:
        """Return the same with other noise added."""
        other = copy(self)
        other.one, other.two = self.one + one, self.two + two
        other.three = replace(self.three, values=self.three.values + three)
        return other

    def _put(self, values: Array, sure: float, where: Sequence[slice]) -> None:
        if len(where) == 1:
            self.one[where[0]], self.sure_one[where[0]] = values, sure
            return
        first, second = where
        self.two[first, second], self.sure_two[first, second] = values, sure
        self.two[second, first], self.sure_two[second, first] = values.T, sure

    def _everybody(self, attribute: Attribute, place: Mapping[tuple[str, int], slice]) -> tuple[Array, float]:
        """Return the log chances of the codes of an attribute, and how sure it is that they are equal.

        The second by moments: chances of a Dirichlet vector with equal shares differ from them by
        (1 - 1/codes) / (sum + 1) in squares; what noise adds to those is known, and taken off.
        """
        last = len(attribute.levels) - 1
        share = attribute.lift(0, last)[:, 0]
        counted, noise = self.total * share, 0.0
        for level in range(1, last + 1):
            rows, lift = place[attribute.name, level], attribute.lift(level, last)
            counted = counted + lift @ self.one[rows]
            noise += float((lift**2 / np.maximum(self.sure_one[rows], TINY)).sum())
        chances = np.maximum(counted / self.total, LEAST * share)
        even = 1 / len(share)
        unequal = max(float(((counted / self.total - even) ** 2).sum()) - noise / float(self.total) ** 2, TINY)
        return np.log(chances / chances.sum()), min(max((1 - even) / unequal - 1, 0.0), MOST_EQUAL)


def summing(attribute: Attribute, level: int) -> Array:
    """Return (groups of the level, finest codes) 0/1."""
    matrix = np.zeros((attribute.levels[level].size, len(attribute.partitions[level])))
    matrix[attribute.partitions[level], np.arange(matrix.shape[1])] = 1.0
    return matrix
