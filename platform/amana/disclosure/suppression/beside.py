"""Beside: a new vintage and one before it as one system, in which only what is new may still be hidden.

Runs in: worker.   Sees: true counts of now; published cells of then, and which committees have revised since.
The tables of both (``sheets``) are bound to one another, and each step from then to now is a quantity, too. The counts
of then are not known any more; any table that fits what was published will do to start from, and the nearest to the
counts of now is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from amana.disclosure.suppression.numbering import number_cells
from amana.disclosure.suppression.primary import Given
from amana.disclosure.suppression.room import Flags, Numbers
from amana.disclosure.suppression.sheets import THEN, UNKNOWN, Sheet, of_now, of_then
from amana.disclosure.suppression.sight import Sight
from amana.disclosure.suppression.solving import INFINITE, Effort, Vector, programme, whole_numbers
from amana.disclosure.suppression.stage import LARGE, Stage
from amana.disclosure.suppression.system import System, bind, owners
from amana.disclosure.suppression.turn import Turn
from amana.disclosure.table import Insider, Publication, RawTable


@dataclass(frozen=True)
class Beside:
    """One earlier publication beside the new vintage.

    stage:   the tables of both. given: what there is to protect of then, and what was told.
    grouped: the same system; a table of now and the one of then that is drawn alike are one there.
    place:   (cells,) the quantity of each cell of the new vintage.
    points:  (n,) the cell of the new vintage that a quantity hangs on, -1 for none.
    steps:   (n,) which quantities are steps. rests: (n,) which are rests or slacks.
    stood:   (n,) what was shown then: that somebody is there was told, and it may be seen to be large.
    revised: the committees that have revised since.
    """

    stage: Stage
    given: Given
    grouped: System
    place: Numbers
    points: Numbers
    steps: Flags
    rests: Flags
    stood: Flags
    revised: frozenset[str]

    def sight(self, members: Sequence[Insider]) -> Sight:
        """Return what a party sees none of whom has revised."""
        step = self.steps
        seen = self.stage.sight([replace(one, counts=self._own(one)) for one in members], self.given)
        return replace(
            seen,
            low=np.where(step | self.stood, LARGE, seen.low),
            high=np.where(step, -LARGE, seen.high),
            least=np.where(step, -LARGE, seen.least),
            exempt=seen.exempt & ~step,
            old=np.where(step, 0, UNKNOWN),
            loose=self.stood | self.rests,
        )

    def _own(self, one: Insider) -> dict[str, NDArray[np.int64]]:
        """Return what an insider knows of the tables of both: its persons are the same."""
        own, numbers = np.zeros(self.stage.system.cells, dtype=np.int64), self.stage.system.numbers
        for name, counts in one.counts.items():
            for grid in (numbers[each] for each in (name + THEN, name) if each in numbers):
                mine = grid if grid.ndim == counts.ndim else grid[:2]  # without areas: the region, who did not revise
                np.maximum.at(own, mine, counts)
        return {name: own[grid] for name, grid in numbers.items()}

    def hidden(self, now: Flags) -> Flags:
        """Return (n,) what is hidden of both. now: what is hidden of the new vintage."""
        hidden = self.stage.begin(self.given)
        hidden[self.place] = now[: len(self.place)]
        return hidden

    def back(self, found: Flags, size: int) -> Flags:
        """Return (size,) the cells of the new vintage that some quantities hang on. found: (n,)."""
        cells, points = np.zeros(size, dtype=np.bool_), self.points[found]
        cells[points[points >= 0]] = True
        return cells


def beside(stage: Stage, page: Publication, effort: Effort) -> Beside | None:
    """Return an earlier publication beside the new vintage, or None.

    effort: what the run may still ask of the solver.
    None where what is said of the two does not fit together, or no table that fits is found with that effort: nothing
    is hidden for its sake then, and it is left to the checker, which reads both.
    """
    revised = page.revised or frozenset()
    now, then = of_now(stage.raw, revised), of_then(page, stage.raw.cubes, revised)
    numbers, count = number_cells([each.cube for each in (*now, *then)])
    truth = np.full(count, UNKNOWN)
    for each in (*then, *now):
        here, known = numbers[each.cube.id], each.counts != UNKNOWN
        if ((truth[here] != each.counts) & (truth[here] != UNKNOWN) & known).any():
            return None
        truth[here[known]] = each.counts[known]
    both = RawTable(
        tuple(each.cube for each in (*now, *then)),
        {each.cube.id: np.maximum(truth, 0)[numbers[each.cube.id]] for each in (*now, *then)},
        {each.cube.id: each.absent for each in (*now, *then)},
    )
    pairs = [(numbers[name], numbers[name + THEN]) for name in stage.system.numbers if name + THEN in numbers]
    system = _stepped(bind(both), pairs)
    told, marked = _of_cells(then, system, "told"), _of_cells(then, system, "marked")
    found = _completed(system, truth, marked & (not page.zeros_hidden), effort)
    if found is None:
        return None
    said = told | marked | _of_cells(now, system, "said")
    system = replace(system, truth=found, guarded=system.guarded & (said | (np.arange(len(said)) >= system.cells)))
    given = Given(marked & ~told, told, np.full(len(said), UNKNOWN))
    return _joined(Stage(both, stage.rule, system), given, stage.system, pairs, revised)


def _of_cells(sheets: Sequence[Sheet], system: System, what: str) -> Flags:
    """Return (n,) the cells of some tables of which something holds."""
    found = np.zeros(len(system.truth), dtype=np.bool_)
    for each in sheets:
        found[system.numbers[each.cube.id][getattr(each, what)]] = True
    return found


def _stepped(system: System, pairs: Sequence[tuple[Numbers, Numbers]]) -> System:
    """Return the system with a step for each quantity of now and the one of then that is drawn alike.

    pairs: numbers of the cells of a table now, and then.
    """
    became = np.arange(system.cells)
    for now, then in pairs:
        became[then.ravel()] = now.ravel()
    rests = [tuple(each) for each in _rests(system).tolist()]
    at = {pair: system.cells + number for number, pair in enumerate(rests)}
    later = [at.get((int(became[whole]), int(became[part])), UNKNOWN) for whole, part in rests]
    now = np.concatenate([became, np.array(later, dtype=np.int64)])
    then = np.flatnonzero((now != UNKNOWN) & (now != np.arange(len(now))))
    each = sparse.vstack([sparse.eye(system.cells, dtype=np.int64), system.defining], format="csr")
    size, steps = len(system.truth), len(then)
    late = sparse.csr_matrix((steps, size - system.cells), dtype=np.int64)
    rows = sparse.hstack([each[now[then]] - each[then], late, -sparse.eye(steps, dtype=np.int64)])
    above = sparse.hstack([system.equations, sparse.csc_matrix((system.equations.shape[0], steps), dtype=np.int64)])
    nothing = np.zeros(steps, dtype=np.bool_)
    return replace(
        system,
        truth=np.concatenate([system.truth, np.zeros(steps, dtype=np.int64)]),
        equations=sparse.vstack([above, rows]).tocsc(),
        fixed=np.concatenate([system.fixed, nothing]),
        guarded=np.concatenate([system.guarded, nothing]),
    )


def _rests(system: System) -> Numbers:
    """Return (r, 2) the whole and the part of each rest."""
    rows = system.defining[: int(system.guarded[system.cells :].sum())]
    whole, part = (rows > 0).nonzero()[1], (rows < 0).nonzero()[1]
    return np.stack([whole, part], axis=1).astype(np.int64)


def _completed(system: System, truth: Numbers, least: Flags, effort: Effort) -> Numbers | None:
    """Return (n,) a table that fits what is known, with small steps; None where none is found.

    truth: (cells,) persons, UNKNOWN where they are not known. least: (n,) which hold one person at
    least.
    """
    free, size = np.flatnonzero(truth == UNKNOWN), len(system.truth)
    step = np.arange(size) >= len(system.owner)
    ids = np.concatenate([free, np.flatnonzero((np.arange(size) >= system.cells) & ~step)])
    steps = system.equations[:, step]
    columns = sparse.hstack([system.equations[:, ids], steps, -steps]).tocsc()
    cost = np.concatenate([np.zeros(len(ids)), np.ones(2 * steps.shape[1])])
    lower = np.concatenate([least[ids], np.zeros(2 * steps.shape[1])]).astype(np.float64)
    rest = -(system.equations[:, : system.cells] @ np.maximum(truth, 0))
    found = whole_numbers(programme(columns, cost, lower, np.full(len(cost), INFINITE), rest), effort)
    if found is None:
        return None
    whole, values = np.concatenate([truth, np.zeros(size - system.cells, dtype=np.int64)]), np.rint(found)
    whole[ids] = values[: len(ids)]
    up, down = values[len(ids) :].reshape(2, -1)
    whole[step] = up - down
    return whole


def _joined(
    both: Stage, given: Given, own: System, pairs: Sequence[tuple[Numbers, Numbers]], who: frozenset[str]
) -> Beside:
    """Return both as the turns need them. own: of the new vintage alone."""
    system = both.system
    numbers, size = system.numbers, len(system.truth)
    points, place = np.full(size, UNKNOWN), np.zeros(own.cells, dtype=np.int64)
    for name, base in own.numbers.items():
        if name + THEN in numbers:
            points[numbers[name + THEN]] = base
    for name, base in own.numbers.items():
        points[numbers[name]] = base
        place[base] = numbers[name] if numbers[name].ndim == base.ndim else numbers[name][0]
    step = np.arange(size) >= len(system.owner)
    rests = _rests(system)
    points[system.cells : system.cells + len(rests)] = points[rests[:, 1]]
    lines = system.equations.tocsr()[system.equations.shape[0] - int(step.sum()) :]
    points[step] = np.maximum.reduceat(
        np.where(lines.indices < system.cells, points[lines.indices], UNKNOWN), lines.indptr[:-1]
    )
    stood = np.zeros(size, dtype=np.bool_)
    for now, then in pairs:
        stood[now[(given.told & ~system.fixed)[then]]] = True
    alone = [name for name in numbers if name not in own.numbers and name.removesuffix(THEN) not in own.numbers]
    grids = {name: np.concatenate([numbers[each].ravel() for each in (name, name + THEN) if each in numbers])
             for name in (*own.numbers, *alone)}  # fmt: skip
    owner = owners(list(grids.values()), system.lines, system.cells, size)
    grouped = replace(system, numbers=grids, owner=owner)
    return Beside(both, given, grouped, place, points, step, (np.arange(size) >= system.cells) & ~step, stood, who)


class TurnBeside(Turn):
    """One party's turn over both vintages; what is hidden of then stays, and what is shown."""

    def __init__(
        self,
        beside: Beside,
        members: Sequence[Insider],
        hidden: Flags,
        price: Vector,
        rng: np.random.Generator,
        *,
        effort: Effort,
    ) -> None:
        """Begin with what is hidden of the new vintage from everybody. hidden, price: of its quantities."""
        self.beside, self._size = beside, len(hidden)
        prices = np.ones(len(beside.points))
        prices[beside.place] = price[: len(beside.place)]
        super().__init__(beside.grouped, beside.sight(members), beside.hidden(hidden), prices, rng, effort=effort)

    def follow(self, hidden: Flags) -> None:
        """Take in what has been hidden meanwhile, in other parties' turns."""
        super().follow(self.beside.hidden(hidden))

    def protect(self, tell: Callable[[str], None]) -> None:
        """Hide until nothing is unmet, or nothing helps any more: the steps first, one by one."""
        self._note_never_small()
        whole = self._room(self._whole, self.sight.truth)
        self._widen_while_it_pays(whole)
        for place in self._open(whole, self.beside.steps[whole.ids]):
            tell("suppress")
            self._settle(whole, place)
        super().protect(tell)
        if self.unmet().any():
            self._give_up()

    def _give_up(self) -> None:
        """Leave be what no hiding helps: the older vintage by itself tells it, whatever is hidden now."""
        room, sight = self._room(self._whole, self.sight.truth), self.sight
        for place in self._open(room, self.beside.given.primary[room.ids]):
            quantity = room.ids[place]
            target = sight.low[quantity] if self.can_rise[quantity] else sight.high[quantity]
            sight.exempt[quantity] = room.move(place, int(target)) is None and room.sure

    def hides(self) -> Flags:
        """Return the quantities of the new vintage that are hidden as far as this party is concerned."""
        now = np.zeros(self._size, dtype=np.bool_)
        now[: len(self.beside.place)] = self.hidden[self.beside.place]
        return now

    def left(self) -> Flags:
        """Return the quantities of the new vintage that are not protected, or on which such hang."""
        return self.beside.back(self.unmet(), self._size)

    def spare(self, some: Numbers) -> bool:
        """Show some hidden quantities again if everything else stays protected without them; return whether it does."""
        return super().spare(self.beside.place[some])
