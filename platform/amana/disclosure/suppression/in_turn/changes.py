"""Changes: what some of those who revised put together of another's change by adding up, and what is hidden against it.

Runs in: worker.   Sees: which figures are shown, then and now, and which committees have revised since; no count but 0.
A change adds up as persons do, and whoever did not revise has none. So equations over changes alone say whose change
follows from those that are told, and from their own. Where one does, the cheapest other changes are looked for in which
it is another one, and what these move is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from amana.disclosure.suppression.linked.numbering import number_cells
from amana.disclosure.suppression.linked.older import apart
from amana.disclosure.suppression.linked.system import bind
from amana.disclosure.suppression.linked.tables import Table, of_now
from amana.disclosure.suppression.solving import INFINITE, Effort, programme, solution
from amana.disclosure.table import AREA, Cube, Flags, Key, Numbers, Publication, RawTable, Rule, Status, Vector

_EXACT: Final = 1e-12  # how near the solver of least squares has to come
_CLOSE: Final = 1e-5  # what is that near to none is none: entries of a solution drawn at random are about 1
_STEPS: Final = 5_000  # of that solver; a hundred are usual
_TRIFLE: Final = 1e-3  # price of moving what nobody is told: among cheap moves the shortest


@dataclass(frozen=True)
class Changes:
    """What there is to say of the changes since one earlier publication, n in all: of tables without areas, too.

    equations: (m, n) integers; equations @ changes = 0. cell: (n,) the quantity that a change is of, or is part of.
    open:      (n,) what was told then. none: (n,) who has not revised has no change. own: (c, n) of each who has.
    nobody:    (z, n) what has no change where that many have none then and now; its (z,) cells tell so while shown.
    several:   how many of them put together what they know.
    """

    equations: sparse.csc_matrix
    cell: Numbers
    open: Flags
    none: Flags
    own: Flags
    nobody: sparse.csr_matrix
    silent: Numbers
    several: int

    def parties(self) -> Iterator[tuple[Flags, Flags]]:
        """Yield (n,) what each who put their changes together know by themselves, and the changes of the others."""
        codes = range(len(self.own))
        for some in combinations(codes, self.several):
            theirs = np.any(self.own[list(some)], axis=0)
            yield theirs, np.any(self.own, axis=0) & ~theirs

    def known(self, hidden: Flags) -> Flags:
        """Return (n,) which changes anybody is told. hidden: (quantities of the release,)."""
        told = self.none | (self.open & ~hidden[self.cell])
        told |= self.nobody.T @ told[self.silent].astype(np.int64) > 0
        return told

    def followed(self, known: Flags, rng: np.random.Generator) -> Flags:
        """Return (n,) which changes follow from those that are known."""
        found, free = known.copy(), np.flatnonzero(~known)
        lines = self.equations[:, free].astype(np.float64)
        any_ = rng.normal(size=len(free))
        found[free] = np.abs(any_ - _least(lines, lines @ any_)) < _CLOSE
        return found

    def move(self, known: Flags, theirs: Flags, change: int, price: Vector, effort: Effort) -> Flags | None:
        """Return (n,) the known changes that the cheapest other changes move, among which one is another.

        price: (n,) of hiding what moves; infinite where that helps nobody. None where there are none, or effort ended.
        """
        free = np.flatnonzero((~known | (self.open & np.isfinite(price))) & ~self.none & ~theirs)
        lines, at = self.equations[:, free], free == change
        cost = np.where(known[free], price[free], _TRIFLE)
        both = sparse.hstack([lines, -lines]).tocsc()
        low = np.concatenate([at, np.zeros(len(free))]).astype(np.float64)
        high = np.concatenate([np.where(at, 1.0, INFINITE), np.where(at, 0.0, INFINITE)])
        solver = programme(both, np.tile(cost, 2), low, high, np.zeros(lines.shape[0]))
        found = solution(solver, effort)
        if found is None:
            return None
        moved = np.zeros(len(known), dtype=np.bool_)
        moved[free] = np.abs(found[: len(free)] - found[len(free) :]) > _CLOSE
        return moved & known


def _least(lines: sparse.csc_matrix, rest: Vector) -> Vector:
    """Return the least values with lines @ values = rest, or as near to it as can be."""
    found: Vector = linalg.lsmr(lines, rest, atol=_EXACT, btol=_EXACT, conlim=0.0, maxiter=_STEPS)[0]
    return found


def changes(
    raw: RawTable, rule: Rule, numbers: Mapping[str, Numbers], past: Sequence[Publication]
) -> tuple[Changes, ...]:
    """Return what there is of each earlier publication since which more than one has revised.

    numbers: by cube id, which quantity each cell is.
    """
    found = []
    for page in past:
        if page.revised and min(rule.coalition, len(page.revised) - 1) > 0:
            alike = [each for each in past if each.revised == page.revised and not apart(page, each)]
            found.append(_changes(raw, rule, numbers, alike, page.revised))
    return tuple(found)


def _changes(
    raw: RawTable,
    rule: Rule,
    numbers: Mapping[str, Numbers],
    then: Sequence[Publication],
    revised: frozenset[str],
) -> Changes:
    tables = of_now(raw, revised)
    here, _ = number_cells([each.cube for each in tables])
    system = bind(_together(tables))
    size = len(system.truth)
    cell, keys = np.zeros(size, dtype=np.int64), dict[Key, int]()
    for each in tables:
        base = numbers[each.cube.id]
        cell[here[each.cube.id]] = base
        keys |= {each.cube.cell_key(at): int(here[each.cube.id][at]) for at in each.cube.indices()}
    for name, base in numbers.items():  # a figure of the region, before what it is taken apart into
        cell[here[name] if here[name].ndim == base.ndim else here[name][0]] = base
    open_, silent = np.zeros(size, dtype=np.bool_), list[tuple[int, Key]]()
    for page, cube in ((each, cube) for each in then for cube in each.cubes):
        for at in cube.indices():
            key, status = cube.cell_key(at), page.status[cube.id][at]
            if key in keys and status != Status.HIDDEN:
                open_[keys[key]] = True
                if page.values[cube.id][at] == system.truth[keys[key]] == 0:
                    silent.append((keys[key], key))
    own = np.array([_having(keys, code, size) for code in sorted(revised)])
    areas = {code for key in keys for name, code in key if name == AREA} - revised - _sums(raw.cubes)
    none = np.any([_having(keys, code, size) for code in areas], axis=0)  # the others together are one of them
    below = [[at for key, at in keys.items() if few <= key] for _, few in silent]
    rows = np.repeat(np.arange(len(below)), [len(each) for each in below])
    columns = np.array([at for each in below for at in each], dtype=np.int64)
    nobody = sparse.csr_matrix((np.ones(len(rows), np.int64), (rows, columns)), shape=(len(below), size))
    cells = np.array([each for each, _ in silent], dtype=np.int64)
    several = min(rule.coalition, len(revised) - 1)
    return Changes(system.equations, cell, open_, none, own, nobody, cells, several)


def _together(tables: Sequence[Table]) -> RawTable:
    return RawTable(
        tuple(each.cube for each in tables),
        {each.cube.id: each.counts for each in tables},
        {each.cube.id: each.absent for each in tables},
    )


def _having(keys: Mapping[Key, int], code: str, size: int) -> Flags:
    found = np.zeros(size, dtype=np.bool_)
    found[[at for key, at in keys.items() if (AREA, code) in key]] = True
    return found


def _sums(cubes: Sequence[Cube]) -> set[str]:
    """Return the codes of sub-regions."""
    return {
        axis.nodes[whole].code for cube in cubes for axis in cube.axes if axis.dim == AREA for whole, _ in axis.sums
    }


class TurnOfWhoRevised:
    """The turn of those who revised since one publication, all who may put their changes together."""

    def __init__(
        self, what: Changes, hidden: Flags, price: Vector, fixed: Flags, rng: np.random.Generator, *, effort: Effort
    ) -> None:
        """Begin with what is hidden. fixed: (quantities,) what readers have, hidden or not."""
        self._what, self._price, self._fixed, self._rng, self._effort = what, price, fixed, rng, effort
        self.hidden, self._before, self._left = hidden.copy(), hidden, np.zeros(len(hidden), dtype=np.bool_)

    def follow(self, hidden: Flags) -> None:
        """Take in what has been hidden meanwhile, in other parties' turns."""
        self.hidden = self.hidden | hidden

    def protect(self) -> None:
        """Hide until nobody's change follows from what others know, or nothing helps any more."""
        what, self._left = self._what, np.zeros(len(self.hidden), dtype=np.bool_)
        price = np.where(self._fixed, np.inf, self._price)[what.cell]
        for theirs, others in what.parties():
            helpless = np.zeros(len(theirs), dtype=np.bool_)
            while (told := self._told(theirs, others) & ~helpless).any():
                change = int(self._rng.choice(np.flatnonzero(told)))
                moved = what.move(self._known(), theirs, change, price, self._effort)
                helpless[change] = moved is None
                self.hidden[what.cell[moved if moved is not None else []]] = True
            self._left[what.cell[helpless]] = True

    def _known(self) -> Flags:
        return self._what.known(self.hidden & ~self._fixed)

    def _told(self, theirs: Flags, others: Flags) -> Flags:
        """Return (n,) whose change some who put theirs together are told, and nobody else. theirs, others: (n,)."""
        what, known = self._what, self._known()
        told: Flags = what.followed(known | theirs, self._rng) & others & ~what.followed(known, self._rng)
        return told

    def hides(self) -> Flags:
        """Return the quantities that are hidden as far as these are concerned."""
        return self.hidden

    def left(self) -> Flags:
        """Return the quantities of whose change somebody is told nevertheless."""
        return self._left

    def spare(self, some: Numbers) -> bool:
        """Show some hidden quantities again if nobody's change follows then; return whether that is so."""
        self._before, self.hidden = self.hidden, self.hidden.copy()
        self.hidden[some] = False
        again = self._what.known(self.hidden & ~self._fixed) & ~self._what.known(self._before & ~self._fixed)
        done = not again.any() or not any(self._told(*each).any() for each in self._what.parties())
        if not done:
            self.restore()
        return done

    def restore(self) -> None:
        """Hide again what was last shown."""
        self.hidden = self._before
