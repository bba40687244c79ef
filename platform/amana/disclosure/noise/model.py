"""A model of the persons behind noisy margins: a few hidden kinds, within each of which attributes are independent.

Sees: noisy residuals and public sizes; no count.

What two attributes have to do with each other is nearly always a matter of a few kinds of case. Such a model has far
fewer numbers than the tables, is never below 0, and agrees with itself in every table; fitted to all noisy margins of
one and two attributes at once, each weighted by how sure it is, it averages most of the noise away. Where tables of
three tell more than those of two do, it is fitted to them as well (triples.py). It costs no budget.
Several fits are averaged, each from another start and pulled towards other kinds, drawn at random from the prior: where
they differ nobody knows, and the mean is closer than each.

Source: latent class analysis, Lazarsfeld and Henry (1968); fitting noisy margins by a relaxed data set, Aydore et al.
(2021), Differentially Private Query Release Through Adaptive Projection; how equal codes are from the margins
themselves, empirical Bayes, Good (1965), The Estimation of Probabilities; fits to a perturbed prior, Papandreou and
Yuille (2011), Perturb-and-MAP Random Fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from amana.disclosure.noise.attribute import Attribute
from amana.disclosure.noise.draw import Residuals
from amana.disclosure.noise.lattice import Piece, Population
from amana.disclosure.noise.plan import NoisePlan
from amana.disclosure.noise.seen import Array, Seen, Single, summing

CODES_A_KIND: Final = 6  # the more codes there are, the more kinds can be told apart
FITS: Final = 4  # at least
ENOUGH: Final = 1_800_000  # steps of each fit, squared, of all: the sooner one is done, the less margins have told it
LOOK: Final = 50  # steps between two looks at how much closer a fit has come
GAIN: Final = 0.1  # of the misfit: once it falls by less between two looks, steps become shorter
COOLING: Final = 100  # steps at least, and half of those before, until they are of no length
PACE: Final = 0.1  # of a step, in log chances
PULL_OF_SHARES: Final = 0.1


@dataclass(frozen=True)
class _Terms:
    """How a fit goes.

    kinds: at least. most: steps at full pace.
    pull:  of each kind's log chances towards those of everybody: the precision of a normal prior.
    drawn: of the prior's deviation, how far apart the kinds are that fits are pulled towards.
    """

    kinds: int
    most: int
    pull: float
    drawn: float


PAIRS: Final = _Terms(kinds=20, most=1200, pull=1.5, drawn=0.85)
# Where tables of three attributes tell more than pairs, more kinds can be told apart, and finding them takes longer.
TRIPLES: Final = _Terms(kinds=120, most=4000, pull=0.2, drawn=1.0)


@dataclass(frozen=True)
class Model:
    """The mean of the fits.

    total:    persons.
    shares:   (kinds,), sum to 1.
    chances:  by attribute, (codes, kinds), columns sum to 1.
    absorbed: of the noise on residuals of one attribute, of two, and of three if it was fitted to them, the part that
              the model took for truth, 0 to 1.
    """

    total: float
    shares: Array
    chances: Mapping[str, Array]
    absorbed: tuple[float, ...]

    def table(self, piece: Piece) -> Array:
        """Return what the model expects in each leaf cell of a piece with axes, each of level 1 or more; above 0."""
        table = np.full((1, len(self.shares)), self.total) * self.shares
        for stem in piece.stems[:-1]:
            table = (table[:, None, :] * self._of(stem.attribute, stem.level)[None]).reshape(-1, len(self.shares))
        return (table @ self._of(piece.stems[-1].attribute, piece.stems[-1].level).T).reshape(piece.shape)

    def _of(self, attribute: Attribute, level: int) -> Array:
        """Return (groups of the level, kinds)."""
        if level == len(attribute.levels) - 1:
            return self.chances[attribute.name]
        return summing(attribute, level) @ self.chances[attribute.name]


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
    seen = Seen(design, residuals, population, list(attributes.values()), total)
    terms = TRIPLES if seen.three.where else PAIRS
    found: list[_State] = []
    told = 0
    while len(found) < FITS or told < ENOUGH:
        state = _begun(seen, terms, len(found))
        told += _descend(seen, state, terms.most) ** 2
        found.append(state)
    chances = np.concatenate([_chances(seen, state) for state in found], axis=1).astype(np.float64)
    cut = [each / each.sum(0) for each in np.split(chances, seen.ends[1:-1])]
    shares = np.concatenate([_softmax(state.shares) for state in found]).astype(np.float64)
    return Model(total, shares / shares.sum(), dict(zip(attributes, cut, strict=True)), _absorbed(seen, found[0]))


@dataclass
class _State:
    """own: (codes, kinds) log chances of each kind beside everybody's; shares: (kinds,) logs; shift: (codes,).

    pulled: (codes, kinds), what ``own`` is pulled towards; pull: how much.
    """

    flat: Single
    pulled: Single
    pull: float

    @property
    def codes(self) -> int:
        return len(self.pulled)

    @property
    def kinds(self) -> int:
        return int(self.pulled.shape[1])

    @property
    def own(self) -> Single:
        return self.flat[: self.codes * self.kinds].reshape(self.codes, self.kinds)

    @property
    def shares(self) -> Single:
        return self.flat[self.codes * self.kinds : (self.codes + 1) * self.kinds]

    @property
    def shift(self) -> Single:
        return self.flat[(self.codes + 1) * self.kinds :]


def _begun(seen: Seen, terms: _Terms, seed: int) -> _State:
    """Return where a fit begins, and what it is pulled towards: both drawn, no protection hangs on it."""
    rng = np.random.default_rng(seed)
    kinds = max(terms.kinds, seen.codes // CODES_A_KIND)
    flat = np.zeros((seen.codes + 1) * kinds + seen.codes, dtype=np.float32)
    flat[: seen.codes * kinds] = rng.normal(0.0, 0.5, seen.codes * kinds)
    pulled = (terms.drawn / terms.pull**0.5 * rng.normal(size=(seen.codes, kinds))).astype(np.float32)
    return _State(flat, pulled, terms.pull)


def _descend(seen: Seen, state: _State, most: int) -> int:
    """Fit by Adam on the log posterior, at full pace for so many steps at most; return how many it took in all."""
    mean, square = np.zeros_like(state.flat), np.zeros_like(state.flat)
    step, before, turn, end = 0, np.inf, most, most + COOLING + most // 2
    while step < end:
        step += 1
        misfit, slope = _slope(seen, state, look=step % LOOK == 0 and turn == most)
        if misfit is not None:
            if misfit > (1 - GAIN) * before and misfit < seen.free:
                turn, end = step, step + COOLING + step // 2
            before = misfit
        mean += np.float32(0.1) * (slope - mean)
        np.multiply(slope, slope, out=slope)
        square += np.float32(0.01) * (slope - square)
        pace = PACE * min(1.0, (end - step) / (end - turn)) / (1 - 0.9**step)
        state.flat -= np.float32(pace) * mean / (np.sqrt(square / np.float32(1 - 0.99**step)) + np.float32(1e-8))
    return end


def _absorbed(seen: Seen, state: _State) -> tuple[float, ...]:
    """Return which part of more noise a fit follows as it goes on: its degrees of freedom over those of the data.

    Source: Ye (1998), On Measuring and Correcting the Effects of Data Mining and Model Selection.
    """
    rng = np.random.default_rng(0)  # any noise will do; no protection hangs on it
    sures = seen.sure_one, seen.sure_two, seen.three.sure
    deviation = [np.sqrt(np.divide(1.0, sure, out=np.zeros(sure.shape), where=sure > 0)) for sure in sures[:2]]
    half = np.triu(rng.normal(size=seen.two.shape))
    noises = (
        *seen.centred(rng.normal(size=len(seen.one)) * deviation[0], (half + half.T) * deviation[1]),
        seen.three.noise(rng, seen.centres),
    )
    before = seen.told(_softmax(state.shares), _chances(seen, state))
    _descend(seen.shaken(*noises), state, 0)
    after = seen.told(_softmax(state.shares), _chances(seen, state))
    follows = [
        float((noise * (then - now) * sure).sum())
        for noise, now, then, sure in zip(noises, before, after, sures, strict=True)
        if sure.size
    ]
    whole = [max(1e-9, float((noise**2 * sure).sum())) for noise, sure in zip(noises, sures, strict=True) if sure.size]
    return tuple(min(1.0, max(0.0, part / all_of_it)) for part, all_of_it in zip(follows, whole, strict=True))


def _slope(seen: Seen, state: _State, *, look: bool) -> tuple[float | None, Single]:
    """Return the slope of the log posterior, downwards, and, if it is looked at, the misfit beside noise."""
    chances, share = _chances(seen, state), _softmax(state.shares)
    rows, persons = seen.rows(chances), seen.total * share
    two = (rows * persons) @ rows.T
    two -= seen.two
    one = (rows @ persons - seen.one) * seen.sure_one
    both = (two * seen.sure_two) @ rows
    misfit = float(np.vdot(two * seen.sure_two, two)) / 2 if look else None
    own = both + one[:, None]
    twice = 0.5 * (rows * both).sum(0)
    three, thrice = seen.three.misfit(rows, persons)
    own += thrice
    twice += (rows * thrice).sum(0) / 3
    misfit = None if misfit is None else misfit + seen.three.along(three, three)
    by_chance = seen.back(own) * persons
    by_share = seen.total * (twice + one @ rows)
    weighed = chances * by_chance
    by_own = weighed - chances * seen.among(weighed)
    everybody = np.exp(seen.start + state.shift)[:, None]
    unequal = everybody / seen.among(everybody) - seen.even
    slopes = (
        (by_own + state.pull * (state.own - state.pulled)).ravel(),
        share * (by_share - share @ by_share) + PULL_OF_SHARES * state.shares,
        by_own.sum(1) + seen.equal * unequal[:, 0],
    )
    return misfit, np.concatenate(slopes)


def _chances(seen: Seen, state: _State) -> Single:
    weight = state.own + (seen.start + state.shift)[:, None]
    np.clip(weight, -50.0, 50.0, out=weight)
    np.exp(weight, out=weight)
    weight /= seen.among(weight)
    return weight


def _softmax(logs: Single) -> Single:
    weight = np.exp(logs - logs.max())
    shares: Single = weight / weight.sum()
    return shares
