"""Lenses: which publications of the past are read together with the judged one, and as whose change.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells; what the vault says of who revised.
A reader takes all that fits for one picture of the same persons. Where figures were revised, it fits no longer; then
whoever shows no change is taken to be the same as before, and the two vintages are linked through them (``vintages``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from amana.disclosure.apart import apart
from amana.disclosure.page import REST, Flags, Numbers, Page
from amana.disclosure.reading import UNKNOWN, Finding, Interval, Reading, Shown
from amana.disclosure.table import AREA, Insider, KnownFigure, Publication
from amana.disclosure.vintages import having, linked, linked_insider, regional, silent


@dataclass(frozen=True)
class Lens:
    """One way of reading.

    revised:  whose change it follows; who is among them does not need it.
    regional: the tables that have no areas as they were published.
    """

    judged: Publication
    reading: Reading = field(repr=False)
    revised: frozenset[str] = frozenset()
    regional: frozenset[str] = frozenset()

    def judge(self, party: Sequence[Insider]) -> tuple[list[Finding], Interval | None]:
        """Return what one party can derive, and the cell that it can tell most closely."""
        if not self.revised:
            return self.reading.judge(party)
        told = tuple(linked_insider(each, self.judged, self.revised) for each in party)
        findings, narrowest = self.reading.judge(told)
        plain = [replace(each, codes=self._codes(each.cube, each.codes)) for each in findings]
        return plain, narrowest and replace(narrowest, codes=self._codes(narrowest.cube, narrowest.codes))

    def _codes(self, cube_id: str, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the codes without that of an area, where the table as it was published has none."""
        area = int(bool(codes) and codes[0].startswith(REST))
        return (*codes[:area], *codes[area + 1 :]) if cube_id in self.regional else codes


def lenses(judged: Publication, past: Sequence[Publication], known: Sequence[KnownFigure]) -> Iterator[Lens]:
    """Yield how the judged publication is read. past: newest first.

    With all that fits; by itself, where it hides what was shown before; and linked with each vintage that fits no more.
    """
    kept: tuple[Publication, ...] = ()
    changed = []
    for each in past:
        if _fits(judged, (*kept, each)):
            kept = (*kept, each)
            continue
        changed.append(each)
        for part in apart(each):
            if _fits(judged, (*kept, part)):
                kept = (*kept, part)
    before = _before(judged, past)
    told = frozenset(code for each in past for code in _seen(judged, each) | (each.revised or frozenset()))
    yield Lens(judged, Reading(judged, kept, known, before, revised=told))
    if kept:
        page = Page([judged, *kept])
        if (Shown(page, [judged]).hidden & (Shown(page, kept).value != UNKNOWN)).any():
            yield Lens(judged, Reading(judged, (), known, before, revised=told))
    for each in changed:
        for revised in _revised(judged, each):
            now, then = linked(judged, each, revised)
            yield Lens(judged, Reading(now, (then,), known, before, then=then), revised, regional(judged, each))


def few_revised(judged: Publication, past: Sequence[Publication], coalition: int) -> Iterator[Finding]:
    """Yield regional figures shown then and now that tell some of those who revised about one other of them.

    Of each who revised one's own change is known to oneself, and to all where one's own figure is shown both times. One
    other alone is told by the sums, and is judged by them; of more, all but one may put together what they know.
    """
    for each in past:
        codes = sorted(each.revised or ())
        page = Page([judged, each])
        told, regional = _told(page, judged, each), np.zeros(page.size, dtype=np.bool_)
        unknown = np.ones((page.size, len(codes)), dtype=np.bool_)
        for _, cube, grid in page.grids:
            dim = next((at for at, axis in enumerate(cube.axes) if axis.dim == AREA), None)
            if dim is None:
                regional[grid] = True
                continue
            lines, nodes = np.moveaxis(grid, dim, 0), cube.axes[dim].nodes
            for whole in (at for at, node in enumerate(nodes) if node.key is None):
                regional[lines[whole]] = True
                for own in (at for at, node in enumerate(nodes) if node.code in codes):
                    unknown[lines[whole], codes.index(nodes[own].code)] &= ~told[lines[own]]
        behind = unknown.sum(axis=1)
        for quantity in np.flatnonzero(told & regional & (behind > 1) & (behind < coalition + 2)):
            yield Finding(*page.place(int(quantity)), "too_few_revised")


def _told(page: Page, judged: Publication, then: Publication) -> Flags:
    """Return (n,) the quantities that are shown both times."""
    both: Flags = (Shown(page, [judged]).value != UNKNOWN) & (Shown(page, [then]).value != UNKNOWN)
    return both


def _revised(judged: Publication, then: Publication) -> Iterator[frozenset[str]]:
    """Yield who may be taken to have revised: those who show it, else with them those of whom the vault says so."""
    seen = _seen(judged, then)
    for some in (seen, seen | (then.revised or frozenset())):
        if some:
            now, was = linked(judged, then, some)
            if Reading(now, (was,), (), np.zeros(0, dtype=np.int64), then=was).is_possible():
                yield some
                return


def _seen(judged: Publication, then: Publication) -> frozenset[str]:
    """Return the areas of which anybody sees that they have revised, come or gone."""
    page = Page([judged, then])
    moved = _told(page, judged, then) & (Shown(page, [judged]).value != Shown(page, [then]).value)
    return having(page, moved) | (silent(judged) ^ silent(then))


def _fits(judged: Publication, kept: Sequence[Publication]) -> bool:
    return Reading(judged, kept, (), np.zeros(0, dtype=np.int64)).is_possible()


def _before(judged: Publication, past: Sequence[Publication]) -> Numbers:
    """Return, for each cell of the judged publication in its page's order, the last figure shown before it, or -1."""
    page = Page([judged, *past])
    found = np.full(page.cells, UNKNOWN)
    for each in reversed(past):
        then = Shown(page, [each]).value[: page.cells]
        found = np.where(then != UNKNOWN, then, found)
    return found
