"""Primary: what must be hidden before anything is hidden for its sake: by counts, by groups, by what is out already.

Runs in: worker.   Sees: true counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.suppression.linked.system import System
from amana.disclosure.suppression.linked.tables import may_differ
from amana.disclosure.suppression.revisions import Revision, revisions
from amana.disclosure.table import AREA, Cube, Flags, Key, KnownFigure, Numbers, Publication, RawTable, Rule, Status

_CONTRIBUTORS: Final = 3  # parts of a sum over areas that are hidden, behind a sum that is shown
_SPREAD: Final = 0.05  # how much chance sways a price


@dataclass(frozen=True)
class Start:
    """What there is to protect, before anything is hidden besides. All (n,).

    primary: to be hidden whatever it costs. movable: may be hidden and then be another number; what is publicly 0, and
    a figure that is known elsewhere, may not. price: of hiding. old: another figure that was published, or -1.
    """

    primary: Flags
    movable: Flags
    price: NDArray[np.float64]
    old: Numbers


@dataclass(frozen=True)
class Given:
    """What there is to protect, and what readers have from elsewhere. All (n,).

    primary: to be hidden whatever it costs: what is small or lone, was hidden before, or shown with nearly this figure.
    told:    figures that stand elsewhere as they are: nothing can protect them any more.
    old:     the figure that was published before where it may have changed, else -1.
    since:   what revisions since something was published make of regional figures.
    revised: the committees whose revisions these are: they know what has changed.
    seen:    of each earlier publication after which somebody revised: who, and (n,) what it shows. They who revised
             know of everybody else what it showed, whatever is hidden now.
    """

    primary: Flags
    told: Flags
    old: Numbers
    since: tuple[Revision, ...] = ()
    revised: frozenset[str] = frozenset()
    seen: tuple[tuple[frozenset[str], Flags], ...] = ()


def given(
    raw: RawTable,
    rule: Rule,
    system: System,
    known: Sequence[KnownFigure],
    past: Sequence[Publication],
    *,
    caution: int = 0,
) -> Given:
    """Return what is given before anything is hidden for its sake. past: oldest first; the last figure counts.

    caution: 0 to 3: of the region's figures and of those of whoever revised, whether all that have changed are hidden,
             and not only those that have changed little; whether all of the region's are; whether all are.
    """
    truth, cell = system.truth, (np.arange(len(system.truth)) < system.cells) & system.guarded
    shown, told, primary = np.full(len(truth), -1), _printed(raw.cubes, system, known), truth < rule.least_count
    primary &= (truth > 0) | rule.zeros_hidden
    for name, lone in raw.lone.items():
        primary[system.numbers[name][lone]] = True
    seen, regional, before = [], _stirred(raw.cubes, system, frozenset()), np.zeros_like(told)
    for page, (figures, hidden) in zip(past, _pages(raw.cubes, system, past), strict=True):
        stirred = _stirred(raw.cubes, system, page.revised) if page.revised else np.zeros_like(told)
        shown = np.where(figures >= 0, figures, shown)
        told |= (figures == truth) & ~stirred
        changed = (figures != truth) & (figures >= 0)
        wary: Sequence[Flags | bool] = (False, changed, changed | regional, True)
        primary |= hidden | (stirred & wary[caution])
        before |= hidden
        seen += [(page.revised, figures >= 0)] if page.revised else []
    old = np.where(told, -1, shown)
    primary |= (old >= 0) & (old != truth) & (np.abs(old - truth) < rule.least_count)
    primary &= before | _released(raw, system)
    revised = frozenset(code for page in past for code in page.revised or ())
    return Given(primary & cell, told, old, revisions(raw, system, past), revised, tuple(seen))


def start(rule: Rule, system: System, rng: np.random.Generator, what: Given) -> Start:
    """Return what there is to protect, with prices: the count on a logarithmic scale, swayed by chance."""
    truth, size = system.truth, len(system.truth)
    movable = ~(system.fixed | what.told)
    if not rule.zeros_hidden:
        movable &= ~((np.arange(size) < system.cells) & system.guarded) | (truth > 0)
    price = (np.log1p(truth) + 1) * rng.uniform(1 - _SPREAD, 1 + _SPREAD, size)
    return Start(what.primary, movable, price, what.old)


def by_group(raw: RawTable, rule: Rule, system: System, hidden: Flags, since: Sequence[Revision] = ()) -> Numbers:
    """Return the quantities that the rules about groups hide beside what is hidden.

    A sum over areas with persons in it needs three of the parts that it sums, with persons in them, that are not shown,
    or none such: committees, or sub-regions under the region where a table has these. Where a table has no areas, three
    committees are behind each figure. Beside an earlier figure (``since``) enough who revised are; a row whose whole
    mass has one sensitive category is hidden where zeros are published.
    """
    found = np.zeros(len(hidden), dtype=np.bool_)
    for each in since:
        found[each.tells(rule, hidden)] = True
    for cube in raw.released:
        for dim, axis in enumerate(cube.axes):
            ids, persons = np.moveaxis(system.numbers[cube.id], dim, 0), np.moveaxis(raw.counts[cube.id], dim, 0)
            for parent, children in axis.sums:
                some = list(children)
                if axis.dim == AREA and raw.insiders and rule.coalition:
                    behind = (hidden[ids[some]] & (persons[some] > 0)).sum(axis=0)
                    found[ids[parent][(behind > 0) & (behind < _CONTRIBUTORS)]] = True
                elif axis.dim in rule.sensitive and not rule.zeros_hidden:
                    found[ids[some][(persons[some] == persons[parent]) & (persons[some] > 0)]] = True
        if raw.insiders and rule.coalition and AREA not in {axis.dim for axis in cube.axes}:
            found[system.numbers[cube.id][_few(raw, cube.id)]] = True
    return np.flatnonzero(found & system.guarded & ~hidden)


def _released(raw: RawTable, system: System) -> Flags:
    """Return (n,) what a table that is to be published has; of one that stands nothing more can be hidden."""
    found = np.ones(len(system.truth), dtype=np.bool_)
    for name in raw.standing:
        found[system.numbers[name]] = False
    for cube in raw.released:
        found[system.numbers[cube.id]] = True
    return found


def _few(raw: RawTable, name: str) -> NDArray[np.bool_]:
    """Return where a cube without areas counts persons of fewer committees than hide each other."""
    behind = np.zeros(raw.counts[name].shape, dtype=np.int64)
    for each in raw.insiders:
        behind += each.committee & (each.counts[name] > 0)
    return (behind > 0) & (behind < _CONTRIBUTORS)


def _pages(cubes: Sequence[Cube], system: System, past: Sequence[Publication]) -> Iterator[tuple[Numbers, Flags]]:
    """Yield of each publication (n,) the figure of each quantity, -1 for none; and what it hides."""
    places = _places(cubes, system.numbers) if past else {}
    for page in past:
        shown, hidden = np.full(len(system.truth), -1), np.zeros(len(system.truth), dtype=np.bool_)
        for cube in page.cubes:
            for index, quantity in _shared(cube, places):
                hidden[quantity] |= page.status[cube.id][index] == Status.HIDDEN
                if page.status[cube.id][index] == Status.SHOWN:
                    shown[quantity] = page.values[cube.id][index]
        yield shown, hidden


def _stirred(cubes: Sequence[Cube], system: System, revised: frozenset[str]) -> Flags:
    """Return (n,) what may be another count now because these have revised: the region's figures, and their own."""
    found = np.zeros(len(system.truth), dtype=np.bool_)
    for cube in cubes:
        changed = np.ones(cube.shape, dtype=np.bool_)
        for dim, axis in enumerate(cube.axes):
            if axis.dim == AREA:
                np.moveaxis(changed, dim, 0)[~np.array(may_differ(axis, revised))] = False
        found[system.numbers[cube.id]] = changed
    return found


def _shared(cube: Cube, places: Mapping[Key, int]) -> Iterator[tuple[tuple[int, ...], int]]:
    for index in cube.indices():
        if (quantity := places.get(cube.cell_key(index))) is not None:
            yield index, quantity


def _printed(cubes: Sequence[Cube], system: System, known: Sequence[KnownFigure]) -> Flags:
    """Return (n,) whether somebody printed the figure elsewhere."""
    printed = np.zeros(len(system.truth), dtype=np.bool_)
    places = _places(cubes, system.numbers) if known else {}
    printed[[places[one.key] for one in known if one.key in places]] = True
    return printed


def _places(cubes: Sequence[Cube], numbers: Mapping[str, Numbers]) -> dict[Key, int]:
    return {cube.cell_key(index): int(numbers[cube.id][index]) for cube in cubes for index in cube.indices()}
