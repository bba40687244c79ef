"""Moves: other tables with the same margins, found by linear programming around a table that is known to fit.

Runs in: worker.   Sees: true counts; used by the suppressor only.
A move is an integer vector z with equations @ z = 0; table + z is another table that a reader cannot tell apart once
every cell that z touches is hidden. Source: Kelly, Golden, Assad, Cell suppression (Networks 22, 1992); Fischetti,
Salazar, Complementary cell suppression (Management Science 47, 2001).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import highspy
import numpy as np
from scipy import sparse

from amana.disclosure.suppression.linked.system import System, connected
from amana.disclosure.suppression.solving import (
    INFINITE,
    PRIMAL,
    Effort,
    impossible,
    programme,
    solution,
    whole_numbers,
)
from amana.disclosure.table import Flags, Numbers, Vector

_CLOSE: Final = 1e-6  # persons: what the solver may be off by
_TRIFLE: Final = (
    1e-3  # share of the price for moving a hidden cell: among free moves the shortest is the quickest found
)


@dataclass(frozen=True)
class Window:
    """Quantities that may move together, and the equations that they stand in.

    ids: (n,) quantities. rows: (m, n) integers; rows @ z = 0 for every move z.
    """

    ids: Numbers
    rows: sparse.csc_matrix


def window(system: System, ids: Numbers) -> Window:
    """Return the window of these quantities; all others stay."""
    rows = system.equations[:, ids].tocsr()
    return Window(ids, rows[np.diff(rows.indptr) > 0].tocsc())


class Room:
    """The moves within a window around one table.

    base:   (all,) persons, a table that fits what is shown.
    hidden: (all,) what may move nearly free of charge; the rest has its price and would have to be hidden.
    price:  (all,) cost per person moved. least: (all,) persons, the least value of each quantity.
    effort: what may still be asked of the solver; what it does not answer then is not sure.
    """

    def __init__(
        self, view: Window, base: Numbers, *, hidden: Flags, price: Vector, least: Numbers, effort: Effort
    ) -> None:
        self.ids, self._rows, self._effort = view.ids, view.rows, effort
        self.base = base[self.ids]
        self._least, self._price = least[self.ids], price[self.ids]
        self._free = hidden[self.ids]
        self._rise = np.where(self.base >= self._least, INFINITE, 0.0)  # a zero that is published stays
        self._fall = np.maximum(self.base - self._least, 0).astype(np.float64)
        self.sure = True

    @cached_property
    def _solver(self) -> highspy.Highs:
        cost = np.tile(np.where(self._free, _TRIFLE * self._price, self._price), 2)
        columns = sparse.hstack([self._rows, -self._rows]).tocsc()
        upper = np.concatenate([self._rise, self._fall])
        return programme(columns, cost, np.zeros(len(cost)), upper, np.zeros(self._rows.shape[0]), local=True)

    def note(self, hidden: Flags) -> None:
        """Make moving the cells that have been hidden meanwhile nearly free of charge."""
        fresh = np.flatnonzero(hidden[self.ids] & ~self._free)
        if len(fresh):
            columns = np.concatenate([fresh, len(self.ids) + fresh]).astype(np.int32)
            self._solver.changeColsCost(len(columns), columns, _TRIFLE * np.tile(self._price[fresh], 2))
            self._free[fresh] = True

    def move(self, place: int, target: int) -> Vector | None:
        """Return (n,) the cheapest move that brings the quantity at ``place`` to ``target``, or None without one.

        ``sure`` says afterwards whether there is none, or none was found.
        """
        size, by = len(self.ids), int(target - self.base[place])
        columns = np.array([place, size + place], dtype=np.int32)
        exactly = np.array([max(by, 0), max(-by, 0)], dtype=np.float64)
        self._solver.changeColsBounds(2, columns, exactly, exactly)
        found = solution(self._solver, self._effort)
        self.sure = found is not None or impossible(self._solver)
        self._solver.changeColsBounds(2, columns, np.zeros(2), np.array([self._rise[place], self._fall[place]]))
        if found is None:
            return None
        z = found[:size] - found[size:]
        return self._straighten(z, place, by) if np.abs(z - np.rint(z)).max() > _CLOSE else z

    def _straighten(self, z: Vector, place: int, by: int) -> Vector:
        """Return a move in whole numbers near a crooked one, over its cells and the hidden ones beside them."""
        support = np.abs(z) > _CLOSE
        lines = np.flatnonzero(abs(self._rows) @ support.astype(np.int64))
        beside = np.asarray(abs(self._rows[lines]).sum(axis=0)).ravel() > 0
        near = np.flatnonzero(support | (beside & self._free))
        rise, fall = self._rise[near], -self._fall[near]
        here = int(np.flatnonzero(near == place)[0])
        rise[here] = fall[here] = by
        cost = np.where(self._free[near], _TRIFLE, 1.0) * self._price[near]
        columns = sparse.hstack([self._rows[:, near], -self._rows[:, near]]).tocsc()
        lower = np.concatenate([np.maximum(fall, 0), np.maximum(-rise, 0)])
        upper = np.concatenate([np.maximum(rise, 0), np.maximum(-fall, 0)])
        found = whole_numbers(
            programme(columns, np.tile(cost, 2), lower, upper, np.zeros(columns.shape[0])), self._effort
        )
        if found is None:
            return z
        straight = np.zeros(len(self.ids))
        straight[near] = found[: len(near)] - found[len(near) :]
        return straight

    def touches(self, z: Vector) -> Numbers:
        """Return the quantities that a move changes although they are shown."""
        return self.ids[(np.abs(z) > _CLOSE) & ~self._free]

    def widen(self, up: Vector, down: Vector, least_count: int) -> Numbers:
        """Return (n,) a move within what is hidden that raises and lowers many quantities at once; zeros without one.

        up, down: (n,) weight of raising each quantity (no further than least_count), of lowering it (down to least).
        """
        free = np.flatnonzero(self._free)
        rising = free[up[free] > 0]
        columns = self._rows[:, np.concatenate([free, rising])]
        cost = np.concatenate([down[free], -up[rising]])
        lower = np.concatenate([np.minimum(self._least, self.base)[free], np.zeros(len(rising))])
        upper = np.concatenate([np.full(len(free), INFINITE), np.full(len(rising), float(least_count))])
        upper[: len(free)][self.base[free] < self._least[free]] = 0.0
        solver = programme(columns, cost, lower, upper, self._rows @ np.where(self._free, self.base, 0))
        found = solution(solver, self._effort)
        z = np.zeros(len(self.ids))
        shares = np.concatenate([self.base[free], np.zeros(len(rising))]) if found is None else found
        z[free] = shares[: len(free)] - self.base[free]
        z[rising] += shares[len(free) :]
        return self._in_whole_numbers(z, np.where(up > 0, 0.0, down))

    def _in_whole_numbers(self, z: Vector, cost: Vector) -> Numbers:
        """Return a move in whole numbers near z, or what is integral of it: its separate parts that are whole."""
        whole = np.rint(z)
        crooked = np.abs(z - whole) > _CLOSE
        if not crooked.any():
            return whole.astype(np.int64)
        lines = np.flatnonzero(abs(self._rows) @ crooked.astype(np.int64))
        beside = np.asarray(abs(self._rows[lines]).sum(axis=0)).ravel() > 0
        near = np.flatnonzero(beside & self._free)
        kept = whole.copy()
        kept[near] = 0
        rows = self._rows[:, near]
        lower = (np.minimum(self._least, self.base) - self.base)[near].astype(np.float64)
        upper = np.where(self.base[near] < self._least[near], 0.0, INFINITE)
        found = whole_numbers(programme(rows, cost[near], lower, upper, -(self._rows @ kept)), self._effort)
        if found is not None:
            kept[near] = found
            return np.rint(kept).astype(np.int64)
        support = np.flatnonzero(np.abs(z) > _CLOSE)
        part = connected(self._rows[:, support])
        whole[support[np.isin(part, part[crooked[support]])]] = 0
        return whole.astype(np.int64)


def fence(system: System, ids: Numbers) -> Window:
    """Return these quantities with the equations that stand in them whole."""
    inside = np.diff(system.equations[:, ids].tocsr().indptr)
    whole = np.flatnonzero((inside > 0) & (inside == np.diff(system.equations.tocsr().indptr)))
    return Window(ids, system.equations[:, ids].tocsr()[whole].tocsc())


def least_possible(
    view: Window, truth: Numbers, hidden: Flags, least: Numbers, places: Numbers, *, effort: Effort
) -> Vector:
    """Return (p,) a lower bound of the quantities at ``places`` of a fence: other equations can only raise it."""
    free = np.flatnonzero(hidden[view.ids])
    rows, ids = view.rows[:, free], view.ids[free]
    lower = np.minimum(least, truth)[ids].astype(np.float64)
    upper, rest = np.full(len(free), INFINITE), rows @ truth[ids]
    solver = programme(rows, np.zeros(len(free)), lower, upper, rest, local=True)
    found = np.zeros(len(places))
    for number, place in enumerate(np.searchsorted(free, places).tolist()):
        solver.changeColCost(place, 1.0)
        solver.setOptionValue("simplex_strategy", PRIMAL)  # the last answer fits the next question
        solved = (
            effort.run(solver) or solution(solver, effort) is not None
        )  # from there it may walk in circles: then afresh
        found[number] = solver.getInfo().objective_function_value if solved else 0.0
        solver.changeColCost(place, 0.0)
    return found


def reached(base: Numbers, least: Numbers, z: Vector | Numbers) -> list[Numbers]:
    """Return the tables on the line of a move: base + z and the farthest whole steps both ways, as far as they fit.

    Empty when the move is not in whole numbers: no reader has to believe in half a person.
    """
    step = np.rint(z).astype(np.int64)
    if np.abs(z - step).max(initial=0.0) > _CLOSE:
        return []
    tables = [base + step]
    for way in (step, -step):
        falling = way < 0
        if falling.any():
            tables.append(base + int(((base - least)[falling] // -way[falling]).min()) * way)
    return tables
