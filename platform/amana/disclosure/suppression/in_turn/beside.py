"""Beside: a new vintage and one before it as one system, in which only what is new may still be hidden.

Runs in: worker.   Sees: true counts of now; published cells of then, and which committees have revised since.
The tables of both (``linked.tables``) are bound to one another, and each step from then to now is a quantity too. The
counts of then are not known any more; any table that fits what was published will do to start from, and the nearest to
the counts of now is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from amana.disclosure.suppression.in_turn.sight import Sight
from amana.disclosure.suppression.in_turn.stage import LARGE, Stage
from amana.disclosure.suppression.in_turn.turn import Turn
from amana.disclosure.suppression.linked.numbering import number_cells
from amana.disclosure.suppression.linked.older import Older, ways
from amana.disclosure.suppression.linked.sums import with_sums
from amana.disclosure.suppression.linked.system import System, bind, owners
from amana.disclosure.suppression.linked.tables import THEN, UNKNOWN, Marks, Table, of_now, of_then
from amana.disclosure.suppression.primary import Given
from amana.disclosure.suppression.solving import INFINITE, Effort, programme, whole_numbers
from amana.disclosure.table import Flags, Insider, Numbers, Publication, RawTable, Vector


@dataclass(frozen=True)
class Beside:
    """One earlier publication beside the new vintage.

    stage:   the tables of both. given: what there is to protect of then, and what was told.
    grouped: the same system; a table of now and the one of then that is drawn alike are one there.
    place:   (cells,) the quantity of each cell of the new vintage.
    points:  (n,) the cell of the new vintage that a quantity hangs on, -1 for none.
    steps:   (n,) which quantities are steps. rests: (n,) which are rests or slacks.
    stood:   (n,) what was shown then: that somebody is there was told, and it may be seen to be large.
    revised: the committees that have revised since, or since another publication that is read with both.
    plain:   the same system, which says besides that steps add up as persons do.
    only:    for whom alone this is; None for everybody. Who has revised since another one reads without that.
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
    plain: System
    only: frozenset[str] | None = None

    def suits(self, members: Sequence[Insider]) -> bool:
        """Return whether a party reads so: none of it has revised."""
        names = {one.name.partition("/")[0] for one in members}
        return self.revised.isdisjoint(names) and (self.only is None or not self.only.isdisjoint(names))

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
            nobody=seen.nobody & ~step,
            old=np.where(step, 0, UNKNOWN),
            loose=self.stood | self.rests,
        )

    def _own(self, one: Insider) -> dict[str, NDArray[np.int64]]:
        """Return what an insider knows of the tables of both: its persons are the same."""
        own, numbers = np.zeros(self.stage.system.cells, dtype=np.int64), self.stage.system.numbers
        for name, counts in one.counts.items():
            for grid in (numbers[each] for each in numbers if each.partition(THEN)[0] == name):
                mine = grid if grid.ndim == counts.ndim else grid[:2]  # without areas: the region, who did not revise
                np.maximum.at(own, mine, np.broadcast_to(counts, mine.shape))  # it does not stretch them by itself
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


def besides(stage: Stage, past: Sequence[Publication], effort: Effort) -> list[Beside]:
    """Return each earlier publication since which somebody has revised, beside the new vintage and all the others.

    effort: what the run may still ask of the solver.
    Where what is said does not fit together, or no table that fits is found with that effort, the two are read without
    the others, or not at all: nothing is hidden for their sake then, and it is left to the checker.
    """
    every = [(page, some, only) for page in past for some, only in ways(page, past)]
    found = [(beside(stage, page, effort, some) or beside(stage, page, effort), only) for page, some, only in every]
    return [replace(both, only=only) for both, only in found if both]


def beside(stage: Stage, page: Publication, effort: Effort, others: Sequence[Older] = ()) -> Beside | None:
    """Return an earlier publication beside the new vintage, read with some others, or None as ``besides`` says."""
    revised = page.revised or frozenset()
    everybody = revised.union(*(each.revised for each in others))
    now = of_now(stage.raw, everybody)
    then = of_then(page, stage.raw.cubes, everybody, Marks(revised))
    for number, older in enumerate(others):
        marks = Marks(older.revised, older.apart, f"{THEN}{number}")
        then += of_then(older.page, stage.raw.cubes, everybody, marks)
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
    return _joined(Stage(both, stage.rule, system), given, stage.system, everybody)


def _of_cells(tables: Sequence[Table], system: System, what: str) -> Flags:
    """Return (n,) the cells of some tables of which something holds."""
    found = np.zeros(len(system.truth), dtype=np.bool_)
    for each in tables:
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


def _joined(both: Stage, given: Given, own: System, who: frozenset[str]) -> Beside:
    """Return both as the turns need them. own: of the new vintage alone."""
    system = both.system
    numbers, size = system.numbers, len(system.truth)
    points, place = np.full(size, UNKNOWN), np.zeros(own.cells, dtype=np.int64)
    stood = np.zeros(size, dtype=np.bool_)
    drawn = {each: each.partition(THEN)[0] or each for each in numbers}  # alike; by itself what no table of now is
    for each, like in drawn.items():
        if each != like and like in own.numbers:
            points[numbers[each]] = own.numbers[like]
            stood[numbers[like][(given.told & ~system.fixed)[numbers[each]]]] = True
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
    grids = {
        like: np.concatenate([numbers[each].ravel() for each in numbers if drawn[each] == like])
        for like in dict.fromkeys((*own.numbers, *drawn.values()))
    }
    owner = owners(list(grids.values()), system.lines, system.cells, size)
    grouped = replace(system, numbers=grids, owner=owner)
    rest, plain = (np.arange(size) >= system.cells) & ~step, replace(system, equations=with_sums(system, step))
    return Beside(both, given, grouped, place, points, step, rest, stood, who, plain)


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
        self.plain = beside.plain

    def follow(self, hidden: Flags) -> None:
        """Take in what has been hidden meanwhile, in other parties' turns."""
        super().follow(self.beside.hidden(hidden))

    def protect(self) -> None:
        """Hide until nothing is unmet, or nothing helps any more: the steps first, one by one."""
        self._note_never_small()
        whole = self._room(self._whole, self.sight.truth)
        self._widen_while_it_pays(whole)
        for place in self._open(whole, self.beside.steps[whole.ids]):
            self._settle(whole, place)
        super().protect()
        if self.unmet().any():
            self._give_up()

    def _give_up(self) -> None:
        """Leave be what no hiding helps: what is older tells it by itself, whatever is hidden now."""
        room, sight = self._room(self._whole, self.sight.truth), self.sight
        for place in self._open(room):
            at = room.ids[place]
            target = sight.high[at] if not self.can_rise[at] else sight.low[at] if self.back[at] else sight.old[at]
            sight.exempt[at] = room.move(place, int(target)) is None and room.sure

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
