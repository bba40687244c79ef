"""A model of the persons behind noisy margins: a few hidden kinds, within each of which attributes are independent.

Sees: noisy residuals and public sizes; no count.

What two attributes have to do with each other is nearly always a matter of a few kinds of case. Such a model has far
fewer numbers than the tables, is never below 0, and agrees with itself in every table; fitted to all noisy margins of
one and two attributes at once, each weighted by how sure it is, it averages most of the noise away. It costs no budget.
Several fits from other starts are averaged: where they differ nobody knows, and the mean is closer than each.

Source: latent class analysis, Lazarsfeld and Henry (1968); fitting noisy margins by a relaxed data set, Aydore et al.
(2021), Differentially Private Query Release Through Adaptive Projection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.noise.attribute import Attribute
from amana.disclosure.noise.draw import Residuals
from amana.disclosure.noise.lattice import Piece, Population
from amana.disclosure.noise.plan import NoisePlan

KINDS: Final = 40
FITS: Final = 4
STEPS: Final = 400
PACE: Final = 0.05  # of a step, in log chances; falls to nothing over the last 40 %
PULL: Final = 1.0  # of each kind's log chances towards those of everybody: the precision of a normal prior
PULL_OF_SHARES: Final = 0.1
LEAST: Final = 1 / 200  # of an equal share: nothing is impossible because noise made it negative
PAIR: Final = 2

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """The mean of the fits.

    total:    persons.
    shares:   (kinds,), sum to 1.
    chances:  by attribute, (codes, kinds), columns sum to 1.
    absorbed: of the noise on residuals of one attribute, and of two, the part that the model took for truth, 0 to 1.
    """

    total: float
    shares: Array
    chances: Mapping[str, Array]
    absorbed: tuple[float, float]

    def table(self, piece: Piece) -> Array:
        """Return what the model expects in each leaf cell of a piece with axes, each of level 1 or more; above 0."""
        table = np.full((1, len(self.shares)), self.total) * self.shares
        for stem in piece.stems[:-1]:
            table = (table[:, None, :] * self._of(stem.attribute, stem.level)[None]).reshape(-1, len(self.shares))
        return (table @ self._of(piece.stems[-1].attribute, piece.stems[-1].level).T).reshape(piece.shape)

    def _of(self, attribute: Attribute, level: int) -> Array:
        """Return (groups of the level, kinds)."""
        return _summing(attribute, level) @ self.chances[attribute.name]


def fit(design: NoisePlan, residuals: Residuals, population: Population) -> Model:
    """Return the model of one population. The same residuals give the same model."""
    attributes = {
        stem.attribute.name: stem.attribute
        for piece in design.lattice.pieces
        if piece.population == population
        for stem in piece.stems
        if stem.level
    }
    total = max(1.0, float(residuals.get((population, ()), np.zeros(()))))
    if not attributes:
        return Model(total, np.ones(1), {}, (0.0, 0.0))
    seen = _Seen(design, residuals, population, list(attributes.values()), total)
    found = [_one_fit(seen, seed) for seed in range(FITS)]
    chances = np.concatenate([chance for _, chance in found], axis=1)
    cut = np.split(chances, np.cumsum(seen.codes)[:-1])
    shares = np.concatenate([share for share, _ in found]) / FITS
    return Model(total, shares, dict(zip(attributes, cut, strict=True)), _absorbed(seen, found[0]))


class _Seen:
    """The noisy margins of one and two attributes, side by side: one row per group of each level of each attribute.

    rows:  (rows, codes) takes the chances of all codes to what a residual has of them.
    one:   (rows,) residuals of one attribute; sure_one: one over their variance.
    two:   (rows, rows) residuals of two attributes; sure_two: one over their variance, 0 where there is none.
    whose: (codes, attributes) 0/1.
    """

    def __init__(
        self, design: NoisePlan, residuals: Residuals, of: Population, attributes: Sequence[Attribute], total: float
    ) -> None:
        self.total = total
        self.codes = [each.levels[-1].size for each in attributes]
        self.whose = _blocks([np.ones((size, 1)) for size in self.codes])
        steps = [
            [each.levels[at].centre @ _summing(each, at) for at in range(1, len(each.levels))] for each in attributes
        ]
        self.rows = _blocks([np.concatenate(step) for step in steps])
        place, at = {}, 0
        for each, step in zip(attributes, steps, strict=True):
            for level, block in enumerate(step, 1):
                place[each.name, level], at = slice(at, at + len(block)), at + len(block)
        self.one, self.sure_one = np.zeros(at), np.zeros(at)
        self.two, self.sure_two = np.zeros((at, at)), np.zeros((at, at))
        for (population, name), values in residuals.items():
            if population == of and len(name) in (1, PAIR):
                self._put(values, 1 / design.residuals[population, name].variance, [place[each] for each in name])
        self.start = self._everybody(attributes, place)

    def told(self, shares: Array, chances: Array) -> tuple[Array, Array]:
        """Return what a model says of the residuals of one attribute, and of two."""
        rows = self.rows @ chances
        return self.total * rows @ shares, self.total * (rows * shares) @ rows.T

    def shaken(self, one: Array, two: Array) -> _Seen:
        """Return the same with other noise added."""
        other = copy(self)
        other.one, other.two = self.one + one, self.two + two
        return other

    def _put(self, values: Array, sure: float, where: Sequence[slice]) -> None:
        if len(where) == 1:
            self.one[where[0]], self.sure_one[where[0]] = values, sure
            return
        first, second = where
        self.two[first, second], self.sure_two[first, second] = values, sure
        self.two[second, first], self.sure_two[second, first] = values.T, sure

    def _everybody(self, attributes: Sequence[Attribute], place: Mapping[tuple[str, int], slice]) -> Array:
        """Return (codes,) the log chance of each code among everybody."""
        parts = []
        for each in attributes:
            last = len(each.levels) - 1
            share = each.lift(0, last)[:, 0]
            counted = self.total * share
            for level in range(1, last + 1):
                counted = counted + each.lift(level, last) @ self.one[place[each.name, level]]
            chances = np.maximum(counted / self.total, LEAST * share)
            parts.append(np.log(chances / chances.sum()))
        return np.concatenate(parts)


def _one_fit(seen: _Seen, seed: int) -> tuple[Array, Array]:
    """Return shares (kinds,) and chances (codes, kinds) of one fit: Adam on the log posterior, from a fixed start."""
    codes = len(seen.start)
    start = np.random.default_rng(seed).normal(0.0, 0.5, (codes, KINDS))  # where to begin; no protection hangs on it
    state = np.concatenate((start.ravel(), np.zeros(KINDS), np.zeros(codes)))
    mean, square = np.zeros_like(state), np.zeros_like(state)
    for step in range(1, STEPS + 1):
        slope = _slope(seen, *_parts(state, codes))
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        pace = PACE * min(1.0, (STEPS - step) / (0.4 * STEPS))
        state = state - pace * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    own, shares, shift = _parts(state, codes)
    return _softmax(shares), _chances(seen, own, shift)


def _absorbed(seen: _Seen, fitted: tuple[Array, Array]) -> tuple[float, float]:
    """Return which part of more noise a fit follows: its degrees of freedom over those of the data.

    Source: Ye (1998), On Measuring and Correcting the Effects of Data Mining and Model Selection.
    """
    rng = np.random.default_rng(0)  # any noise will do; no protection hangs on it
    centre = seen.rows @ np.linalg.pinv(seen.rows)
    known_one, known_two = seen.sure_one > 0, seen.sure_two > 0
    one = np.where(known_one, rng.normal(size=len(seen.one)) / np.sqrt(np.where(known_one, seen.sure_one, 1.0)), 0.0)
    half = np.triu(rng.normal(size=seen.two.shape))
    two = np.where(known_two, (half + half.T) / np.sqrt(np.where(known_two, seen.sure_two, 1.0)), 0.0)
    one, two = centre @ one, centre @ two @ centre
    before, after = seen.told(*fitted), seen.told(*_one_fit(seen.shaken(one, two), 0))
    follows = [
        (noise * (then - now) * sure).sum()
        for noise, now, then, sure in zip((one, two), before, after, (seen.sure_one, seen.sure_two), strict=True)
    ]
    whole = [max(1e-9, (noise**2 * sure).sum()) for noise, sure in ((one, seen.sure_one), (two, seen.sure_two))]
    first, second = (
        float(min(1.0, max(0.0, part / all_of_it))) for part, all_of_it in zip(follows, whole, strict=True)
    )
    return first, second


def _slope(seen: _Seen, own: Array, shares: Array, shift: Array) -> Array:
    """Return the slope of half the sum of squared misfits over their variances, and of the prior."""
    chances, share = _chances(seen, own, shift), _softmax(shares)
    rows = seen.rows @ chances
    two = (seen.total * (rows * share) @ rows.T - seen.two) * seen.sure_two
    one = (seen.total * rows @ share - seen.one) * seen.sure_one
    both = two @ rows
    by_chance = seen.total * (seen.rows.T @ (both + one[:, None])) * share
    by_share = seen.total * (0.5 * (rows * both).sum(0) + one @ rows)
    weighed = chances * by_chance
    by_own = weighed - chances * (seen.whose @ (seen.whose.T @ weighed))
    return np.concatenate((
        (by_own + PULL * own).ravel(),
        share * (by_share - share @ by_share) + PULL_OF_SHARES * shares,
        by_own.sum(1),
    ))  # fmt: skip


def _parts(state: Array, codes: int) -> Iterator[Array]:
    yield state[: codes * KINDS].reshape(codes, KINDS)
    yield state[codes * KINDS : codes * KINDS + KINDS]
    yield state[codes * KINDS + KINDS :]


def _chances(seen: _Seen, own: Array, shift: Array) -> Array:
    weight = np.exp(np.clip(own + (seen.start + shift)[:, None], -50.0, 50.0))
    chances: Array = weight / (seen.whose @ (seen.whose.T @ weight))
    return chances


def _softmax(logs: Array) -> Array:
    weight = np.exp(logs - logs.max())
    shares: Array = weight / weight.sum()
    return shares


def _summing(attribute: Attribute, level: int) -> Array:
    """Return (groups of the level, finest codes) 0/1."""
    matrix = np.zeros((attribute.levels[level].size, len(attribute.partitions[level])))
    matrix[attribute.partitions[level], np.arange(matrix.shape[1])] = 1.0
    return matrix


def _blocks(blocks: Sequence[Array]) -> Array:
    """Return the blocks down the diagonal of one matrix."""
    matrix = np.zeros((sum(len(each) for each in blocks), sum(each.shape[1] for each in blocks)))
    row = column = 0
    for each in blocks:
        matrix[row : row + each.shape[0], column : column + each.shape[1]] = each
        row, column = row + each.shape[0], column + each.shape[1]
    return matrix
