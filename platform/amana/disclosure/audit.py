"""Audit: judge publications as their sharpest readers would, from what is published and what they know besides.

Runs in: worker, before anyone may approve; and anywhere an auditor, or a committee, holds the bundles.
Sees: published cells; figures printed elsewhere; a party's own counts. Shares no code with the suppressor: what that
believes is no argument here.

The standard (DESIGN 6): every hidden quantity may be as little as the party knows it to be at least, and as much as k,
or provably is k or more and is never a single value. An implied rest is a quantity too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

import numpy as np

from amana.disclosure.exchanges import Exchanges
from amana.disclosure.intervals import FAR, Contradiction, Question, Reader
from amana.disclosure.page import Flags, Numbers, Page, follows
from amana.disclosure.table import AREA, Cube, Insider, KnownFigure, Publication, Status

Kind = Literal[
    "determined",
    "narrow",
    "shown_small",
    "inconsistent",
    "uncovered_again",
    "changed_little",
    "too_few_contributors",
    "whole_group",
]
OUTSIDER: Final = "outsider"
_UNKNOWN: Final = -1
_CONTRIBUTORS: Final = 3  # committees behind what a regional figure shows beyond the national ones


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
    """A hidden cell and persons that it may be, for all that can be derived: at least from lower to upper."""

    cube: str
    codes: tuple[str, ...]
    lower: int
    upper: int


@dataclass(frozen=True)
class AuditReport:
    """The verdict for one party.

    cells, hidden: of the publication judged, how many there are and how many carry the mark.
    narrowest:     of what is hidden, the cell that can be told most closely; None where nothing is, or nothing holds.
    """

    passed: bool
    findings: tuple[Finding, ...]
    cells: int
    hidden: int
    narrowest: Interval | None = None


@dataclass(frozen=True)
class Groups:
    """What the rules about groups need.

    area:      the axis of the committees.
    sensitive: axes on which a category says something that harms.
    """

    area: str = AREA
    sensitive: frozenset[str] = frozenset()


def audit(
    publications: Sequence[Publication],
    *,
    known: Sequence[KnownFigure] = (),
    party: Insider | None = None,
    groups: Groups | None = None,
) -> AuditReport:
    """Return what one party can derive from the last of these publications.

    publications: oldest first, all of the same persons; the last is judged, the others are what readers kept.
    known:        figures printed elsewhere; they cannot be protected any more, all else must be, given them.
    party:        one whose own counts the reader subtracts; None for somebody who knows nothing besides.
    groups:       given, the rules about groups are judged, too.
    """
    insiders = () if party is None else (party,)
    reports = audit_all(publications, insiders, 1, known, groups=groups)
    return reports[OUTSIDER if party is None else party.name]


def audit_all(
    publications: Sequence[Publication],
    insiders: Sequence[Insider] = (),
    coalition: int = 2,
    known: Sequence[KnownFigure] = (),
    *,
    groups: Groups | None = None,
    progress: Callable[[str], None] | None = None,
) -> Mapping[str, AuditReport]:
    """Return what each party can derive, by its name: ``outsider``, ``MAR``, ``MAR+TUN``.

    coalition: how many committees put together what they know, 0 to 2. Worlds found for two committees are worlds for
    each of them and for the outsider, so the best informed go first. progress: told each party's name as it begins.
    """
    judged, past = publications[-1], publications[-2::-1]
    parties = [
        some for size in range(coalition, 1, -1) for some in combinations([x for x in insiders if x.committee], size)
    ]
    parties += [*((each,) for each in insiders if coalition), ()]
    plain = tuple(each for cube in judged.cubes for each in _by_eye(cube, judged))
    if plain:
        return {_name(party): _report(judged, plain) for party in parties}
    beside = (*_beside(judged, past), *(_groups(judged, groups) if groups else ()))
    readings = [_Reading(judged, kept, known, _before(judged, past)) for kept in _readings(judged, past)]
    reports = {}
    for party in parties:
        if progress:
            progress(_name(party))
        judgements = [reading.judge(party) for reading in readings]
        found = (*beside, *(each for findings, _ in judgements for each in findings))
        narrow = [interval for _, interval in judgements if interval is not None]
        narrowest = min(narrow, key=lambda each: each.upper - each.lower, default=None)
        reports[_name(party)] = _report(judged, tuple(dict.fromkeys(found)), narrowest)
    return dict(reversed(reports.items()))


def _name(party: Sequence[Insider]) -> str:
    return "+".join(each.name for each in party) or OUTSIDER


def _report(judged: Publication, findings: tuple[Finding, ...], narrowest: Interval | None = None) -> AuditReport:
    cells = sum(cube.size for cube in judged.cubes)
    hidden = sum(int((judged.status[cube.id] == Status.HIDDEN).sum()) for cube in judged.cubes)
    return AuditReport(not findings, findings, cells, hidden, narrowest)


def _by_eye(cube: Cube, judged: Publication) -> Iterator[Finding]:
    """Yield what needs no arithmetic: small values shown, values under a mark, unheard-of statuses, wrong shapes."""
    shown, states = judged.values[cube.id], judged.status[cube.id]
    if shown.shape != cube.shape or states.shape != cube.shape:
        yield Finding(cube.id, (), "inconsistent")
        return
    small = (shown < judged.least_count) & ((shown > 0) | judged.zeros_hidden) & (states == Status.SHOWN)
    wrong = (states != Status.SHOWN) & (shown != 0) | ~np.isin(states, list(Status)) | (shown < 0)
    for index in np.argwhere(small | wrong):
        place = tuple(map(int, index))
        yield Finding(cube.id, cube.cell_codes(place), "inconsistent" if wrong[place] else "shown_small")


def _beside(judged: Publication, past: Sequence[Publication]) -> Iterator[Finding]:
    """Yield what the judged publication shows that one kept from before hid, or showed with nearly the same figure."""
    if not past:
        return
    page = Page([judged, *past])
    now = _Shown(page, [judged])
    for each in past:
        then = _Shown(page, [each])
        again = (now.value != _UNKNOWN) & then.hidden & (then.value == _UNKNOWN)
        change = np.abs(now.value - then.value)
        both = (now.value != _UNKNOWN) & (then.value != _UNKNOWN)
        little = both & (change > 0) & (change < judged.least_count)
        for quantity in np.flatnonzero(again | little):
            yield Finding(*page.place(int(quantity)), "uncovered_again" if again[quantity] else "changed_little")


def _groups(judged: Publication, groups: Groups) -> Iterator[Finding]:
    """Yield regional figures with too few committees behind them, and rows that stand in one accusing category."""
    for cube in judged.cubes:
        values, status = judged.values[cube.id], judged.status[cube.id]
        for dim, axis in enumerate(cube.axes):
            shown, states = np.moveaxis(values, dim, 0), np.moveaxis(status, dim, 0)
            for parent, children in axis.sums:
                some = list(children)
                hidden = (states[some] == Status.HIDDEN).sum(axis=0)
                behind = shown[parent] - shown[some].sum(axis=0)
                few = (behind > 0) & (hidden > 0) & (hidden < _CONTRIBUTORS) & (axis.dim == groups.area)
                for index in np.argwhere(few & (states[parent] == Status.SHOWN)).tolist():
                    yield Finding(cube.id, cube.cell_codes(_at(index, dim, parent)), "too_few_contributors")
                if axis.dim in groups.sensitive and not judged.zeros_hidden:
                    whole = (shown[some] == shown[parent]) & (shown[some] > 0)
                    for child, *place in np.argwhere(whole).tolist():
                        yield Finding(cube.id, cube.cell_codes(_at(place, dim, some[child])), "whole_group")


def _at(index: Sequence[int], dim: int, node: int) -> tuple[int, ...]:
    return (*index[:dim], node, *index[dim:])


class _Shown:
    """What some publications show, by quantity of a page: value (-1 where none does), hidden, and who disagrees."""

    def __init__(self, page: Page, publications: Sequence[Publication]) -> None:
        self.value = np.full(page.size, _UNKNOWN)
        self.hidden, self.wrong = np.zeros(page.size, dtype=np.bool_), np.zeros(page.size, dtype=np.bool_)
        self.least, self.ceiling = np.zeros(page.size, dtype=np.int64), np.zeros(page.size, dtype=np.int64)
        self.unasked = np.zeros(page.size, dtype=np.bool_)
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
            self.wrong[grid[told & (before != _UNKNOWN) & (before != values)]] = True
            self.value[grid[told]] = values[told]


def _readings(judged: Publication, past: Sequence[Publication]) -> Iterator[tuple[Publication, ...]]:
    """Yield which publications of the past to read together with the judged one: those that nothing contradicts.

    A reader takes all that fits for one picture of the same persons. Where figures were revised, it fits no longer,
    and the judged publication is read alone. Alone it is read also where it hides what was shown before.
    """
    kept: tuple[Publication, ...] = ()
    for each in past:
        reading = _Reading(judged, (*kept, each), (), np.zeros(0, dtype=np.int64))
        if reading.is_possible():
            kept = (*kept, each)
    yield kept
    if kept:
        page = Page([judged, *kept])
        if (_Shown(page, [judged]).hidden & (_Shown(page, kept).value != _UNKNOWN)).any():
            yield ()


def _before(judged: Publication, past: Sequence[Publication]) -> Numbers:
    """Return, for each cell of the judged publication in its page's order, the last figure shown before it, or -1."""
    page = Page([judged, *past])
    found = np.full(page.cells, _UNKNOWN)
    for each in reversed(past):
        then = _Shown(page, [each]).value[: page.cells]
        found = np.where(then != _UNKNOWN, then, found)
    return found


class _Reading:
    """The judged publication with some of the past, as one system; what one party finds out helps to judge the next."""

    def __init__(
        self, judged: Publication, kept: Sequence[Publication], known: Sequence[KnownFigure], before: Numbers
    ) -> None:
        self._judged = judged
        self._page = page = Page([judged, *kept])
        self._shown = _Shown(page, [judged, *kept])
        self._value = self._shown.value.copy()
        self._wanted = self._shown.hidden & (_Shown(page, kept).value == _UNKNOWN)
        self._wanted[page.cells : page.cells + len(page.rests)] = ~self._shown.unasked[page.rests[:, 0]]
        self._ceiling = np.where(self._shown.ceiling > 0, self._shown.ceiling, judged.least_count)
        self._old = np.full(page.size, _UNKNOWN)
        if not kept:  # the judged publication alone: its cells come first in every page that begins with it
            self._old[: page.cells] = np.where(self._shown.hidden[: page.cells], before[: page.cells], _UNKNOWN)
        for figure in known:
            quantity = page.number(figure.key)
            if quantity is not None:
                self._shown.wrong[quantity] |= self._value[quantity] not in (_UNKNOWN, figure.count)
                self._value[quantity], self._wanted[quantity] = figure.count, False
        self._exchanges: Exchanges | None = None
        self._worlds: list[Numbers] = []
        self._seen: dict[frozenset[str], tuple[Numbers, Numbers]] = {}

    def is_possible(self) -> bool:
        """Say whether one set of persons fits all of it."""
        if self._shown.wrong.any():
            return False
        try:
            self._reader(()).begin()
        except Contradiction:
            return False
        return True

    def judge(self, party: Sequence[Insider]) -> tuple[list[Finding], Interval | None]:
        """Return what one party can derive, and the cell that it can tell most closely."""
        names = frozenset(each.name for each in party)
        if self._shown.wrong.any():
            wrong = np.flatnonzero(self._shown.wrong)
            return [Finding(*self._page.place(int(each)), "inconsistent") for each in wrong], None
        reader = self._reader(party)
        for others, (least, most) in self._seen.items():
            if names < others:
                reader.seen_least, reader.seen_most = (
                    np.minimum(reader.seen_least, least),
                    np.maximum(reader.seen_most, most),
                )
        try:
            reader.subtract()
            for world in self._worlds:
                reader.accept(world)
            reader.read()
        except Contradiction:
            return [Finding(cube.id, (), "inconsistent") for cube in self._judged.cubes], None
        self._seen[names] = reader.seen_least, reader.seen_most
        self._worlds += [reader.world] if len(reader.world) else []
        return self._findings(reader), self._narrowest(reader)

    def _reader(self, party: Sequence[Insider]) -> Reader:
        page, known = self._page, self._value != _UNKNOWN
        own, alone = self._own(party), self._alone(party)
        least = np.maximum(own, self._shown.least)
        lower = np.where(known, self._value, np.where(alone, own, least))
        upper = np.where(known, self._value, np.where(alone, own, FAR))
        if (known & ((own > self._value) | (alone & (own != self._value)))).any():
            lower[0] = upper[0] + 1  # these are no records of these persons
        wanted = self._wanted & ~alone
        floor = np.where(
            np.arange(page.size) < page.cells, least, np.maximum(own, 0 if self._judged.zeros_hidden else 1)
        )
        question = Question(lower, upper, floor, self._ceiling, wanted, self._old)
        if self._exchanges is None:
            self._exchanges = Exchanges(page.equations, page.follow)
            for _, cube, grid in page.grids:
                self._exchanges.add_blocks(cube, grid, ~known, np.random.default_rng(0))
        return Reader(page.equations, page.coarse, question, self._exchanges)

    def _own(self, party: Sequence[Insider]) -> Numbers:
        """Return (n,) persons that the party knows of by itself, rests and slacks included."""
        own = np.zeros(self._page.size, dtype=np.int64)
        declared = {cube.id for cube in self._judged.cubes}
        for publication, cube, grid in self._page.grids:
            if publication is self._judged or cube.id not in declared:
                counts = [each.counts[cube.id] for each in party if cube.id in each.counts]
                own[grid] = np.maximum(own[grid], sum(counts, np.zeros(cube.shape, dtype=np.int64)))
        found: Numbers = np.maximum(self._page.complete(own), 0)
        return found

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

    def _findings(self, reader: Reader) -> list[Finding]:
        """Return a finding for every wanted quantity that was convicted, or not cleared."""
        lower, upper, asked = reader.lower, reader.upper, reader.question
        rest = np.arange(len(lower)) >= self._page.cells
        # A rest carries no mark: that it is large, or openly nobody's where zeros are published, gives nothing away.
        nobody = (upper == asked.lower) & (not self._judged.zeros_hidden)
        harmless = rest & ((lower >= asked.ceiling) | nobody)
        guilty = np.flatnonzero((reader.convicted() | reader.open()) & ~harmless)
        forgets = reader.forgets()
        return [self._finding(lower[each], upper[each], int(each), forgets=bool(forgets[each])) for each in guilty]

    def _finding(self, lower: int, upper: int, quantity: int, *, forgets: bool) -> Finding:
        kind: Kind = "determined" if lower == upper else "changed_little" if forgets else "narrow"
        return Finding(*self._page.place(quantity), kind, int(lower), int(upper) if upper < FAR else None)

    def _narrowest(self, reader: Reader) -> Interval | None:
        some = np.flatnonzero(reader.question.wanted & (reader.seen_most >= 0))
        if not len(some):
            return None
        least, most = reader.seen_least[some], reader.seen_most[some]
        at = int(np.argmin(most - least))
        return Interval(*self._page.place(int(some[at])), int(least[at]), int(most[at]))
