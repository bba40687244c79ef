"""Reading: some publications as one system, and what one party after the other can derive from it.

Runs in: worker, and anywhere an auditor wants it.   Sees: published cells; printed figures; a party's own counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from amana.disclosure.checker.bounds import FAR, Contradiction, Question
from amana.disclosure.checker.closest import closest
from amana.disclosure.checker.exchanges import Exchanges
from amana.disclosure.checker.intervals import Reader
from amana.disclosure.checker.knots import some_persons
from amana.disclosure.checker.page import Page, codes, follows
from amana.disclosure.checker.vintages import as_one
from amana.disclosure.table import AREA, Flags, Insider, KnownFigure, Numbers, Publication, Status

Kind = Literal[
    "determined",
    "narrow",
    "shown_small",
    "inconsistent",
    "uncovered_again",
    "changed_little",
    "too_few_contributors",
    "too_few_revised",
    "whole_group",
]
Heard = tuple[frozenset[str], Flags]
UNKNOWN: Final = -1
_NOTHING: Final = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Finding:
    """One thing that a party can do and must not be able to. lower, upper: persons, what can be derived; None: n/a."""

    cube: str
    codes: tuple[str, ...]
    kind: Kind
    lower: int | None = None
    upper: int | None = None


@dataclass(frozen=True)
class Interval:
    """A hidden cell and persons that it may be, lower to upper. exact: no more, and no other is told more closely."""

    cube: str
    codes: tuple[str, ...]
    lower: int
    upper: int
    exact: bool


class Shown:
    """What some publications show, by quantity of a page: value (-1 where none does), hidden, and who disagrees."""

    def __init__(self, page: Page, publications: Sequence[Publication]) -> None:
        self.value = np.full(page.size, UNKNOWN)
        self.hidden, self.wrong, self.unasked = np.zeros((3, page.size), dtype=np.bool_)
        self.least, self.ceiling = np.zeros(page.size, dtype=np.int64), np.zeros(page.size, dtype=np.int64)
        for publication, cube, grid in page.grids:
            if not any(publication is each for each in publications):
                continue
            values, states = publication.values[cube.id], publication.status[cube.id]
            marked, unasked = grid[states == Status.HIDDEN], states == Status.NOT_COLLECTED
            self.hidden[marked] = True
            self.least[marked] = np.maximum(self.least[marked], 0 if publication.zeros_hidden else 1)
            first = marked[self.ceiling[marked] == 0]  # the newest that hides it says how much it hides
            self.ceiling[first] = publication.least_count
            self.unasked[grid[unasked]] = True
            told = (states == Status.SHOWN) | (unasked & ~follows(cube))
            before = self.value[grid]
            self.wrong[grid[told & (before != UNKNOWN) & (before != values)]] = True
            self.value[grid[told]] = values[told]


def committee_of(insider: Insider) -> str:
    """Return the committee that an insider is, or is within: an organisation is named after it, with a number."""
    return insider.name.partition("/")[0]


def _shown_ever(page: Page, publications: Sequence[Publication]) -> Flags:
    """Return (n,) which cells of the first any of the others showed, whoever has revised since."""
    plain = [as_one(each) for each in publications]
    one, found = Page(plain), np.zeros(page.size, dtype=np.bool_)
    shown = Shown(one, plain[1:])
    for publication, _, grid in one.grids:  # numbered alike: cells of the first come first
        if publication is plain[0]:
            found[grid] = ((shown.value != UNKNOWN) & ~shown.unasked)[grid]
    return found


class Reading:
    """The judged publication with some of the past, as one system; what one party finds out helps to judge the next."""

    def __init__(
        self,
        judged: Publication,
        kept: Sequence[Publication],
        known: Sequence[KnownFigure],
        before: Numbers,
        *,
        then: Publication | None = None,
        revised: frozenset[str] = frozenset(),
        heard: Sequence[Heard] = (),
        as_persons: bool = False,
        stood: Numbers = _NOTHING,
    ) -> None:
        """Begin with what is published.

        then:    the first of those kept, where ``vintages`` has linked it with the judged and those behind it.
        revised: the committees that have revised since; each of them knows what it changed.
        heard:   of what was published before: all who have revised since, and (cells of the judged) what it showed. Who
                 has all of the change in hand knows these figures, whatever is hidden now.
        as_persons: whether tables that nobody prints are read with it (``knots``).
        stood:   the last figures of the judged cells, -1 for none: that somebody is there was told by them, no more.
        """
        self._revised, self._then, self._heard = revised, then, heard
        self._judged, self._kept = judged, kept
        self._page = page = Page([judged, *kept], then, as_persons=as_persons)
        self._shown = Shown(page, [judged, *kept])
        self._value = np.where(page.nobody, 0, self._shown.value)
        self._wanted = self._shown.hidden & (Shown(page, kept).value == UNKNOWN)
        self._wanted[page.cells : page.cells + len(page.rests)] = ~self._shown.unasked[page.rests[:, 0]]
        self._ceiling = np.where(self._shown.ceiling > 0, self._shown.ceiling, judged.least_count)
        self._old = np.full(page.size, UNKNOWN)
        if not kept:
            self._old[: len(before)] = np.where(self._shown.hidden[: len(before)], before, UNKNOWN)
        self._step = np.arange(page.size) >= page.size - len(page.steps)
        self._old[self._step], self._ceiling[self._step] = 0, judged.least_count
        for figure in known:
            quantity = page.number(figure.key)
            if quantity is not None:
                self._shown.wrong[quantity] |= self._value[quantity] not in (UNKNOWN, figure.count)
                self._value[quantity], self._wanted[quantity] = figure.count, False
        self._wanted[self._step] = (self._value[page.steps] == UNKNOWN).any(axis=1)
        # A rest carries no mark, and what was shown before can be told from that: to be seen to be large is no harm.
        self._loose = ((np.arange(page.size) >= page.cells) | (self._old != UNKNOWN)) & ~self._step
        was, self._stood = page.steps[:, 1], np.zeros(page.size, dtype=np.bool_)
        self._stood[page.steps[(self._value[was] != UNKNOWN) & ~self._shown.unasked[was], 0]] = True
        if then is not None and len(kept) > 1:
            self._stood |= _shown_ever(page, [judged, *kept])
        self._loose |= self._stood
        if then is None:  # cells of the judged come first in every page that begins with it
            self._stood[: len(before)] = before != UNKNOWN
            self._stood[: len(stood)] |= stood > 0
            self._old[: len(stood)] = np.where(self._shown.hidden[: len(stood)], stood, UNKNOWN)
        self._exchanges: Exchanges | None = None
        self._worlds: list[Numbers] = []
        self._read: list[Reader] = []

    def is_possible(self) -> bool:
        """Say whether one set of persons fits all of it."""
        if self._shown.wrong.any():
            return False
        try:
            self._reader(()).begin()
        except Contradiction:
            return False
        return True

    def judge(self, party: Sequence[Insider], *, closely: bool = False) -> tuple[list[Finding], Interval | None]:
        """Return what one party can derive, and where that is asked the cell that it can tell most closely."""
        if self._shown.wrong.any():
            wrong = np.flatnonzero(self._shown.wrong)
            return [Finding(*self._page.place(int(each)), "inconsistent") for each in wrong], None
        reader = self._reader(party)
        for other in self._read:
            reader.hear(other)
        try:
            reader.subtract()
            for world in self._worlds:
                reader.accept(world)
            reader.read()
            guilty = self._guilty(reader)
            if self._then is not None and guilty.any():
                guilty &= ~self._told_then(self._then, reader, guilty, party)
        except Contradiction:
            return [Finding(cube.id, (), "inconsistent") for cube in self._judged.cubes], None
        self._read.append(reader)
        self._worlds += [reader.world] if len(reader.world) else []
        return self._findings(reader, guilty), self._narrowest(reader, guilty) if closely else None

    def _told_then(self, then: Publication, reader: Reader, guilty: Flags, party: Sequence[Insider]) -> Flags:
        """Return (n,) what is told as closely were all of the newest hidden: hiding more of it would not help."""
        judged = self._judged
        shown = {name: states == Status.SHOWN for name, states in judged.status.items()}
        status = {name: np.where(shown[name], Status.HIDDEN, states) for name, states in judged.status.items()}
        values = {name: np.where(shown[name], 0, each) for name, each in judged.values.items()}
        alone = Reading(replace(judged, values=values, status=status), self._kept, (), _NOTHING, then=then)
        alone._wanted &= guilty
        by_itself = alone._reader(party)
        by_itself.read()
        some = np.flatnonzero(alone._guilty(by_itself) & guilty)
        by_itself.stretch(some)
        reader.stretch(some)
        ceiling = by_itself.question.ceiling
        least = np.where(self._step, np.maximum(by_itself.lower, -ceiling), by_itself.lower)
        same = (reader.seen_least <= least) & (reader.seen_most >= np.minimum(by_itself.upper, ceiling))
        found, stands = np.zeros((2, self._page.size), dtype=np.bool_)
        found[some] = same[some]
        for publication, _, grid in self._page.grids:
            if publication is not judged:
                stands[grid] = True
        rests = self._page.rests
        stands[self._page.cells : self._page.cells + len(rests)] = stands[rests].all(axis=1)
        return found & stands

    def _reader(self, party: Sequence[Insider]) -> Reader:
        page, known = self._page, self._value != UNKNOWN
        own, alone = self._own(party), self._alone(party)
        least = np.maximum(own, self._shown.least)
        lower = np.where(known, self._value, np.where(alone, own, np.where(self._step, -FAR, least)))
        upper = np.where(known, self._value, np.where(alone, own, FAR))
        if (known & ((own > self._value) | (alone & (own != self._value)))).any():
            lower[0] = upper[0] + 1  # these are no records of these persons
        wanted = self._wanted & ~alone
        committees = {each.name for each in party if each.committee}
        for who, shown in self._heard:
            wanted[: len(shown)] &= ~(shown & (who <= committees))
        floor = np.where(
            np.arange(page.size) < page.cells, least, np.maximum(own, 0 if self._judged.zeros_hidden else 1)
        )
        floor[self._step] = 0
        old = self._old if self._revised.isdisjoint(map(committee_of, party)) else np.full(page.size, UNKNOWN)
        question = Question(lower, upper, floor, self._ceiling, wanted, old, self._loose, self._stood, self._step)
        if self._exchanges is None:
            self._exchanges = Exchanges(page.equations, page.follow)
            for _, cube, grid in page.grids:
                self._exchanges.add_blocks(cube, grid, ~known, np.random.default_rng(0))
        return Reader(page.equations, page.coarse, question, self._exchanges)

    def _own(self, party: Sequence[Insider]) -> Numbers:
        """Return (n,) persons that the party knows of by itself, rests and slacks included."""
        own = np.zeros(self._page.size, dtype=np.int64)
        for grid, counts in self._told(party):
            np.maximum.at(own, grid, counts)
        for each in party if self._page.unprinted else ():
            own += self._in_person(each)
        found: Numbers = np.maximum(self._page.complete(own), 0)
        found[self._page.besides] = own[self._page.besides]  # of whom nothing was made up may meet the condition
        return found

    def _told(self, party: Sequence[Insider]) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield the cells of each table, and what the party knows of them; of a part of a table nothing is told."""
        declared = {cube.id: codes(cube) for cube in self._judged.cubes}
        for _, cube, grid in self._page.grids:
            counts = [each.counts[cube.id] for each in party if cube.id in each.counts]
            counts = [each for each in counts if each.shape == cube.shape]
            if counts and declared.get(cube.id, codes(cube)) == codes(cube):
                yield grid, sum(counts, np.zeros(cube.shape, dtype=np.int64))

    def _in_person(self, one: Insider) -> Numbers:
        """Return (n,) who could be one's own in tables that nobody prints, and besides: all others are the same so."""
        page, own = self._page, np.where(self._page.nobody, 0, UNKNOWN)
        for grid, counts in self._told((one,)):
            own[grid] = counts
        free = np.concatenate([*(grid.ravel() for _, grid in page.unprinted), page.besides])
        return some_persons(page.equations.tocsr(), free[own[free] == UNKNOWN], np.maximum(own, 0), own != UNKNOWN)

    def _alone(self, party: Sequence[Insider]) -> Flags:
        """Return (n,) where nobody but the party can have persons: its own areas, and what nobody else was asked."""
        page = self._page
        alone = np.zeros(page.size, dtype=np.bool_)
        if not party or not all(each.committee for each in party):
            return alone
        alone |= self._shown.unasked & (self._value == 0)
        for each in party:
            alone |= page.having((AREA, each.name))
        return page.where_zero(alone)

    def _guilty(self, reader: Reader) -> Flags:
        """Return (n,) every wanted quantity that was convicted, or not cleared."""
        guilty: Flags = reader.convicted() | reader.open()
        # A rest carries no mark: that it is openly nobody's where zeros are published gives nothing away.
        rest = guilty & (np.arange(len(guilty)) >= self._page.cells) & ~self._step & (not self._judged.zeros_hidden)
        reader.stretch(np.flatnonzero(rest & (reader.seen_most <= reader.question.lower)))
        return np.where(rest & (reader.upper == reader.question.lower), np.False_, guilty)

    def _findings(self, reader: Reader, guilty: Flags) -> list[Finding]:
        lower, upper, forgets, found = reader.lower, reader.upper, reader.forgets(), np.flatnonzero(guilty).tolist()
        return [self._finding(lower[each], upper[each], each, forgets=bool(forgets[each])) for each in found]

    def _finding(self, lower: int, upper: int, quantity: int, *, forgets: bool) -> Finding:
        if self._step[quantity]:
            return Finding(*self._page.place(quantity), "changed_little")
        kind: Kind = "determined" if lower == upper else "changed_little" if forgets else "narrow"
        return Finding(*self._page.place(quantity), kind, int(lower), int(upper) if upper < FAR else None)

    def _narrowest(self, reader: Reader, guilty: Flags) -> Interval | None:
        wanted, rest = reader.question.wanted & ~self._step, np.arange(len(guilty)) >= self._page.cells
        found = closest(reader, wanted, rest & ~guilty)
        return found and Interval(*self._page.place(found.quantity), found.lower, found.upper, found.exact)
