"""Covering: nearly the fewest cells to hide so that each sum leaves room, by one programme made whole in turns.

Runs in: worker.   Sees: true counts.
Two things are necessary in every sum: the others that are hidden have to make up for the change that the neediest has
to make, and nothing is hidden alone. The second is asked for only where an answer lacks it. That is not enough to hide
what is small, but close to it.
Source: covering inequalities as in Fischetti, Salazar, Complementary cell suppression (Management Science 47, 2001).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from amana.disclosure.suppression.solving import INFINITE, programme
from amana.disclosure.suppression.worlds.mask import Mask
from amana.disclosure.table import Flags, Numbers, Vector

_CLOSE: Final = 1e-6  # what the solver may be off by
_TURNS: Final = 400  # of the solver, until all is whole
_SURE: Final = 0.2  # share of what is in doubt that is hidden before the next turn, the surest first
_ALONE: Final = 2  # sums in which something may have nothing hidden beside it: others seldom pay


@dataclass(frozen=True)
class _Needs:
    """weights @ x >= lacking. weights: (m, c); x: (c,) 1 for what is hidden besides, 0 for what is not."""

    weights: sparse.csr_matrix
    lacking: Vector


def cover(mask: Mask) -> Numbers:
    """Return what to hide besides, so that the sums of what is small and hidden leave room, at a price near the least.

    mask: of an outsider alone. Nothing is returned where the programme comes to no end.
    """
    ids, quiet = _candidates(mask)
    price, needs = mask.cost[ids], _needs(mask, ids)
    chosen = _Programme(mask, price, needs, quiet).whole()
    return ids[_needed(chosen, price, needs, quiet)]


class _Programme:
    """The least that does what is needed, where what is in doubt is hidden in part."""

    def __init__(self, mask: Mask, price: Vector, needs: _Needs, quiet: sparse.csr_matrix) -> None:
        self._effort, self._quiet = mask.effort, quiet
        self._sum = np.repeat(np.arange(quiet.shape[0]), np.diff(quiet.indptr))
        columns, nothing = needs.weights.tocsc(), np.zeros(len(price))
        self._solver = programme(columns, price, nothing, nothing + 1, needs.lacking, local=True, more=True)
        self._fixed = np.zeros(len(price), dtype=np.bool_)

    def whole(self) -> Flags:
        """Return (c,) what is hidden, after turns in each of which what is nearly hidden is; nothing without an end."""
        left = _TURNS
        while left and self._effort.run(self._solver):
            left -= 1
            x = np.array(self._solver.getSolution().col_value)
            if self._keep_company(x):
                continue
            hidden: Flags = x > 1 - _CLOSE
            doubt = np.flatnonzero((x > _CLOSE) & ~hidden)
            if not len(doubt):
                return hidden
            surest = doubt[np.argsort(-x[doubt], kind="stable")[: 1 + int(_SURE * len(doubt))]]
            self._fix(np.concatenate([np.flatnonzero(hidden), surest]))
        return np.zeros(len(self._fixed), dtype=np.bool_)

    def _fix(self, columns: Numbers) -> None:
        """Hide these for good."""
        fresh = columns[~self._fixed[columns]].astype(np.int32)
        one = np.ones(len(fresh))
        self._fixed[fresh] = True
        self._solver.changeColsBounds(len(fresh), fresh, one, one)

    def _keep_company(self, x: Vector) -> int:
        """Ask, where one is hidden more than all others of its sum, that it is not; return how many that are."""
        quiet, total = self._quiet, self._quiet @ x
        wrong = np.flatnonzero(2 * x[quiet.indices] - total[self._sum] > _CLOSE)
        rows, size = quiet[self._sum[wrong]], len(wrong)
        signs = np.where(rows.indices == np.repeat(quiet.indices[wrong], np.diff(rows.indptr)), -1.0, 1.0)
        if size:
            starts, index = rows.indptr[:-1].astype(np.int32), rows.indices.astype(np.int32)
            self._solver.addRows(size, np.zeros(size), np.full(size, INFINITE), len(index), starts, index, signs)
        return size


def _needed(hidden: Flags, price: Vector, needs: _Needs, quiet: sparse.csr_matrix) -> Numbers:
    """Return which have to stay hidden, once all are shown again that no sum needs, the dearest first."""
    spare, company = needs.weights @ hidden - needs.lacking, quiet @ hidden
    columns, sums = needs.weights.tocsc(), quiet.tocsc()
    found = np.flatnonzero(hidden)
    for each in found[np.argsort(-price[found], kind="stable")].tolist():
        at, on = (slice(*matrix.indptr[each : each + 2]) for matrix in (columns, sums))
        rows, beside = columns.indices[at], sums.indices[on]
        left = spare[rows] - columns.data[at]
        if (left >= -_CLOSE).all() and (company[beside] != 2).all():  # noqa: PLR2004 - one would be left alone
            hidden[each] = False
            spare[rows] = left
            company[beside] -= 1
    needed: Numbers = np.flatnonzero(hidden)
    return needed


def _needs(mask: Mask, ids: Numbers) -> _Needs:
    """Return a row for each sum, and way to change, in which what is hidden cannot make up for the neediest.

    ids: (c,) what may be hidden besides. A sum in which that is not enough either has no row.
    """
    lines = mask.system.lines
    line, column, plus = np.repeat(np.arange(lines.shape[0]), np.diff(lines.indptr)), lines.indices, lines.data > 0
    small, hidden, may = mask.truth < mask.k, mask.hidden[column], np.isin(column, ids)
    asks = (mask.unmet()[:, 0] & mask.movable & small)[column]
    most = mask.k + int(mask.truth[mask.hidden & small].max(initial=0))  # that anything has to rise
    fall, rise = np.where(mask.movable, mask.room[:, 0], 0)[column], np.where(mask.movable, most, 0)[column]
    up, down = (mask.top - mask.truth)[column], np.where(mask.low[:, 0], 0, mask.room[:, 0])[column]
    weights, lacking = [], []
    for need, same, other in ((up, fall, rise), (down, rise, fall)):
        for sign in (True, False):
            makes = np.where(plus == sign, same, other)
            others = np.bincount(line, makes * hidden, lines.shape[0])[line] - makes * hidden
            worst = np.zeros(lines.shape[0])
            np.maximum.at(worst, line, np.where(asks & (plus == sign), need - others, 0))
            able = np.where(may, np.minimum(makes, worst[line]), 0)
            worst[np.bincount(line, able, lines.shape[0]) < worst] = 0
            some, rows = (able > 0) & (worst[line] > 0), np.flatnonzero(worst)
            place = np.searchsorted(rows, line[some]), np.searchsorted(ids, column[some])
            weights.append(sparse.csr_matrix((able[some], place), shape=(len(rows), len(ids))))
            lacking.append(worst[rows])
    return _Needs(sparse.vstack(weights).tocsr(), np.concatenate(lacking))


def _candidates(mask: Mask) -> tuple[Numbers, sparse.csr_matrix]:
    """Return (c,) what may be hidden, and (q, c) 1 for each of them in each sum in which nothing is hidden yet.

    Hiding all of them leaves none alone, so that there always is an answer.
    """
    ids = np.flatnonzero((mask.movable & ~mask.hidden)[:-1] & (alone(mask) <= _ALONE))
    quiet = abs(mask.system.lines)[np.flatnonzero(_is_quiet(mask))][:, ids].tocsr()
    while len(lone := quiet.indices[quiet.indptr[:-1][np.diff(quiet.indptr) == 1]]):
        stay = np.setdiff1d(np.arange(len(ids)), lone)
        ids, quiet = ids[stay], quiet[:, stay].tocsr()
    return ids, quiet


def alone(mask: Mask) -> Numbers:
    """Return (n,) in how many sums each quantity would be hidden alone."""
    found: Numbers = abs(mask.system.lines).T @ _is_quiet(mask).astype(np.int64)
    return found


def _is_quiet(mask: Mask) -> Flags:
    """Return (m,) the sums in which nothing is hidden that may move."""
    quiet: Flags = abs(mask.system.lines) @ (mask.hidden & mask.movable)[:-1].astype(np.int64) == 0
    return quiet
