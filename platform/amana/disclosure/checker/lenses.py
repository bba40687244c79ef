"""Lenses: which publications of the past are read together with the judged one, by whom, and as whose change.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells; what the vault says of who revised.
A reader takes all that fits for one picture of the same persons. Where figures were revised, it fits no longer; then
whoever shows no change is taken to be the same as before, and the two vintages are linked through them (``vintages``).
Where the vault says who revised, readers are taken to know it as well, whatever can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from amana.disclosure.apart import apart, committees_of, paths
from amana.disclosure.checker.knots import unprinted_tables
from amana.disclosure.checker.page import REST, Page
from amana.disclosure.checker.pair import Pair
from amana.disclosure.checker.reading import UNKNOWN, Finding, Heard, Interval, Reading, Shown, committee_of
from amana.disclosure.checker.steps import followed
from amana.disclosure.checker.vintages import Other, areas, linked, linked_insider, regional, still
from amana.disclosure.table import AREA, Flags, Insider, Key, KnownFigure, Numbers, Publication


@dataclass(frozen=True)
class Lens:
    """One way of reading.

    of_persons: the same as persons (``knots``), for who is read so; None where that is no other.
    as_persons: how many readers together are read as persons at most.
    revised:  whose change it follows.
    regional: the tables that have no areas as they were published.
    not_for:  committees that know better than to read so. only_for: those for whom it is, where not for all.
    most:     how many readers together read so at most; None for any number.
    """

    judged: Publication
    reading: Reading = field(repr=False)
    of_persons: Reading | None = field(default=None, repr=False)
    revised: frozenset[str] = frozenset()
    regional: frozenset[str] = frozenset()
    not_for: frozenset[str] = frozenset()
    only_for: frozenset[str] | None = None
    most: int | None = None
    as_persons: int = 1

    def suits(self, party: Sequence[Insider]) -> bool:
        """Say whether a party reads so."""
        names = frozenset(map(committee_of, party))
        concerned = self.only_for is None or not names.isdisjoint(self.only_for)
        return concerned and names.isdisjoint(self.not_for) and (self.most is None or len(party) <= self.most)

    def judge(self, party: Sequence[Insider], *, closely: bool = False) -> tuple[list[Finding], Interval | None]:
        """Return what one party can derive, and where that is asked the cell that it can tell most closely."""
        if not self.revised:
            reading = self.of_persons if self.of_persons and len(party) <= self.as_persons else self.reading
            return reading.judge(party, closely=closely)
        told = tuple(linked_insider(each, self.judged, self.revised) for each in party)
        findings, narrowest = self.reading.judge(told, closely=closely)
        plain = [replace(each, codes=self._codes(each.cube, each.codes)) for each in findings]
        return plain, narrowest and replace(narrowest, codes=self._codes(narrowest.cube, narrowest.codes))

    def _codes(self, cube_id: str, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the codes without that of an area, where the table as it was published has none."""
        area = int(bool(codes) and codes[0].startswith(REST))
        return (*codes[:area], *codes[area + 1 :]) if cube_id in self.regional else codes


def lenses(judged: Publication, pairs: Sequence[Pair], known: Sequence[KnownFigure], as_persons: int) -> Iterator[Lens]:
    """Yield how the judged publication is read. pairs: with those of the past, newest first.

    as_persons: how many readers together are read as persons at most, where tables go round in a circle.

    With all that fits; by itself, by who has nothing else; by itself with the last figures that were shown of what it
    hides; and linked with each vintage that fits no more or since which somebody revised. Whoever has revised knows
    that it is no one picture, and keeps what the others did not change; the other committees, who know of that, read
    what is linked, which tells them all that the rest does, but for one thing: that very many are there is no harm, and
    tells who has the new vintage alone that somebody is. By sums that is so whatever was shown before; as persons, not
    of a cell in which an older one showed somebody.
    """
    kept, before, heard = _kept(judged, pairs), _before(pairs), tuple(_heard(pairs))
    told = frozenset(code for each in pairs for code in each.seen | each.said)
    said = frozenset(code for each in pairs for code in each.said)
    informed = said and said | areas(judged)
    yield Lens(judged, *_read(judged, kept, known, before, revised=told), not_for=informed, as_persons=as_persons)
    if pairs:
        alone = partial(Reading, judged, (), known, np.zeros(0, dtype=np.int64), heard=heard)
        yield Lens(judged, alone())
        if unprinted_tables(judged.cubes):
            yield Lens(judged, alone(as_persons=True, stood=before, revised=told), most=as_persons)
    if said:
        unstirred = _kept(judged, pairs, unstirred=True)
        yield Lens(
            judged,
            *_read(judged, unstirred, known, before, revised=told, heard=heard),
            only_for=said,
            as_persons=as_persons,
        )
    if kept:
        page = Page([judged, *kept])
        if (Shown(page, [judged]).hidden & (Shown(page, kept).value != UNKNOWN)).any():
            yield Lens(judged, *_read(judged, (), known, before, revised=told), not_for=informed, as_persons=as_persons)
    for each in pairs:
        fits = any(each.past is one for one in kept)
        for revised, others in _revised(each, pairs, fits=fits):
            tables, own = regional(judged, *(one.past for one in pairs)), each.seen | each.said
            whose = revised.union(*(one.revised for one in others))
            fewer = tuple(one for one in others if one.revised <= revised)
            for some in (others, fewer) if len(fewer) < len(others) else (others,):
                now, then, *more = linked(judged, each.past, revised, some)
                reading = Reading(now, (then, *more), known, before, then=then)
                stirred = revised.union(*(one.revised for one in some))
                only = None if some is others else whose - own
                yield Lens(judged, reading, None, stirred, tables, not_for=own | stirred, only_for=only)


def _read(
    judged: Publication,
    kept: Sequence[Publication],
    known: Sequence[KnownFigure],
    before: Numbers,
    *,
    revised: frozenset[str] = frozenset(),
    heard: Sequence[Heard] = (),
) -> tuple[Reading, Reading | None]:
    """Return a reading by sums, and the same as persons where tables go round in a circle: neither hears the other."""
    read = partial(Reading, judged, kept, known, before, revised=revised, heard=heard)
    circles = unprinted_tables(judged.cubes, [cube for each in kept for cube in each.cubes])
    return read(), read(as_persons=True) if circles else None


def few_revised(pairs: Sequence[Pair], coalition: int) -> Iterator[Finding]:
    """Yield regional figures shown then and now that tell some of those who revised about one other of them.

    Of each who revised one's own change is known to oneself, and to all where one's own figure is shown both times. One
    other alone is told by the sums, and is judged by them; of more, all but one may put together what they know. A
    sub-region is a region to those who lie in it; where it is shown both times, its change is none of the region's.
    Where a table has no areas, whoever is known to have nobody there changed nothing.
    Where so much can be counted, nothing else is asked; else equations say whose change follows from some others'.
    """
    for each in (one for one in pairs if one.said):
        codes, page, told = sorted(each.said), each.page, _known_twice(each, pairs)
        regional = np.zeros(page.size, dtype=np.bool_)
        unknown = np.ones((page.size, len(codes)), dtype=np.bool_)
        nobody = [list(_nobody(each, code)) for code in codes]
        for _, cube, grid in page.grids:
            dim = next((at for at, axis in enumerate(cube.axes) if axis.dim == AREA), None)
            if dim is None:
                regional[grid] = True
                for index in cube.indices() if any(nobody) else ():
                    key = cube.cell_key(index)
                    unknown[grid[index]] &= [not any(few <= key for few in some) for some in nobody]
                continue
            lines, axis = np.moveaxis(grid, dim, 0), cube.axes[dim]
            for whole, node in enumerate(axis.nodes):
                ways, everywhere = paths(axis, whole), node.key is None
                regional[lines[whole]] |= everywhere or bool(ways)
                for who, code in enumerate(codes):
                    here = np.any([told[lines[part]] for part in ways.get(code, ())], axis=0)
                    unknown[lines[whole], who] &= (everywhere or code in ways) & ~here
        behind = unknown.sum(axis=1)
        few = np.flatnonzero(told & regional & (behind > 1) & (behind < coalition + 2)).tolist()
        by_code = dict(zip(codes, nobody, strict=True))
        for place in map(page.place, few) if few else followed(each.judged, told, by_code, coalition):
            yield Finding(*place, "too_few_revised")


def _known_twice(pair: Pair, pairs: Sequence[Pair]) -> Flags:
    """Return (n,) the quantities that are known now and then: shown, or shown by another one that counts the same."""
    now, then = pair.now.value != UNKNOWN, pair.then.value != UNKNOWN
    for each in pairs:
        if each is not pair:
            shown = Pair(pair.judged, still(each.past, each.seen | each.said)).then.value[: pair.own] != UNKNOWN
            now[: pair.own] |= shown
            if each.said == pair.said and not Pair(pair.past, each.past).seen:
                then[: pair.own] |= each.then.value[: pair.own] != UNKNOWN
    both: Flags = now & then
    return both


def _nobody(pair: Pair, code: str) -> Iterator[Key]:
    """Yield of which persons an area is known to have had none both times, by what else they have in common."""
    page, area = pair.page, (AREA, code)
    none = pair.told & (pair.now.value == 0) & (pair.then.value == 0) & page.having(area)
    for _, cube, grid in page.grids:
        yield from {cube.cell_key(index) - {area} for index in zip(*np.nonzero(none[grid]), strict=True)}


def _revised(pair: Pair, pairs: Sequence[Pair], *, fits: bool) -> Iterator[tuple[frozenset[str], tuple[Other, ...]]]:
    """Yield who may be taken to have revised, and what is read then with both, where such a world can be.

    Those who show it; and with them those of whom the vault says so.
    """
    everybody = pair.seen | pair.said
    for some in (everybody,) if fits else dict.fromkeys((pair.seen, everybody)):
        if some and _is_possible(pair, some, ()):
            others: tuple[Other, ...] = ()
            for each in pairs:
                ways = (Other(each.past, each.seen | each.said, alike) for alike in _alike(pair, each))
                more = ((*others, way) for way in ways if each is not pair)
                others = next((way for way in more if _is_possible(pair, some, way)), others)
            yield some, others


def _is_possible(pair: Pair, revised: frozenset[str], others: Sequence[Other]) -> bool:
    now, then, *more = linked(pair.judged, pair.past, revised, others)
    return Reading(now, (then, *more), (), np.zeros(0, dtype=np.int64), then=then).is_possible()


def _alike(pair: Pair, other: Pair) -> Iterator[frozenset[str]]:
    """Yield of whom both older publications count the same persons though they have revised since: all who seem to."""
    both = (pair.seen | pair.said) & (other.seen | other.said)
    yield both - Pair(pair.past, other.past).seen
    yield frozenset()


def _kept(judged: Publication, pairs: Sequence[Pair], *, unstirred: bool = False) -> tuple[Publication, ...]:
    """Return what fits of the past: a whole publication, or the parts of single areas.

    unstirred: only what nobody has revised, for who knows that.
    """
    kept: tuple[Publication, ...] = ()
    for each in pairs:
        said = each.said if unstirred else frozenset()
        if not said and _fits(judged, (*kept, each.past)):
            kept = (*kept, each.past)
            continue
        for part in apart(each.past):
            whose = committees_of(part, each.past)
            stands = not said or (whose is not None and whose.isdisjoint(said))
            if stands and _fits(judged, (*kept, part)):
                kept = (*kept, part)
    return kept


def _fits(judged: Publication, kept: Sequence[Publication]) -> bool:
    return Reading(judged, kept, (), np.zeros(0, dtype=np.int64), as_persons=True).is_possible()


def _before(pairs: Sequence[Pair]) -> Numbers:
    """Return, for each cell of the judged publication in its page's order, the last figure shown before it, or -1."""
    found = np.zeros(0, dtype=np.int64)
    for each in reversed(pairs):
        then = np.where(each.then.unasked, UNKNOWN, each.then.value)[: each.own]
        found = np.where(then != UNKNOWN, then, found if len(found) else UNKNOWN)
    return found


def _heard(pairs: Sequence[Pair]) -> Iterator[Heard]:
    """Yield of each publication since which some have revised: who, and what it showed of the judged cells."""
    for each in pairs:
        if each.said:
            yield each.said, ((each.then.value != UNKNOWN) & ~each.then.unasked)[: each.own]
