"""Audit: judge publications as their sharpest readers would, from what is published and what they know besides.

Runs in: worker, before anyone may approve; and anywhere an auditor, or a committee, holds the bundles.
Sees: published cells; figures printed elsewhere; a party's own counts. Shares no code with the suppressor: what that
believes is no argument here.

The standard (docs/disclosure.md): every hidden quantity may be as little as the party knows it to be at least, and as
much as k, or provably is k or more and is never a single value. An implied rest is a quantity too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from amana.disclosure.checker.knots import open_circles
from amana.disclosure.checker.lenses import few_revised, lenses
from amana.disclosure.checker.pair import Pair
from amana.disclosure.checker.reading import UNKNOWN, Finding, Interval
from amana.disclosure.table import AREA, OF_COUNTS, Cube, Insider, KnownFigure, Publication, Status

OUTSIDER: Final = "outsider"
_CONTRIBUTORS: Final = 3  # hidden parts behind what a sum over areas shows beyond the others


@dataclass(frozen=True)
class AuditReport:
    """The verdict for one party.

    cells, hidden: of the publication judged, how many there are and how many carry the mark.
    narrowest:     of what is hidden, the cell that can be told most closely; None where that was not asked, nothing is
                   hidden, nothing holds, or nothing has an upper end.
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
    closely: bool = False,
) -> AuditReport:
    """Return what one party can derive from the last of these publications.

    publications: oldest first, all of the same persons; the last is judged, the others are what readers kept.
    known:        figures printed elsewhere; they cannot be protected any more, all else must be, given them.
    party:        one whose own counts the reader subtracts; None for somebody who knows nothing besides.
    groups:       given, the rules about groups are judged, too.
    closely:      whether to look for the cell that can be told most closely, which takes a few programmes more.
    """
    insiders = () if party is None else (party,)
    reports = audit_all(publications, insiders, 1, known, groups=groups, closely=closely)
    return reports[OUTSIDER if party is None else party.name]


def audit_all(
    publications: Sequence[Publication],
    insiders: Sequence[Insider] = (),
    coalition: int = 2,
    known: Sequence[KnownFigure] = (),
    *,
    as_persons: int = 1,
    groups: Groups | None = None,
    progress: Callable[[str], None] | None = None,
    closely: bool = False,
) -> Mapping[str, AuditReport]:
    """Return what each party can derive, by its name: ``outsider``, ``MAR``, ``MAR+TUN``.

    coalition: how many committees put together what they know, 0 to 2. as_persons: how many of them at most are read as
    persons where tables go round in a circle. progress: told each party's name as it begins.
    """
    asked = (publications, insiders, coalition, known)
    reports = dict(audit_each(*asked, as_persons=as_persons, groups=groups, progress=progress, closely=closely))
    first = {OUTSIDER: reports.pop(OUTSIDER)}
    return {**first, **dict(reversed(reports.items()))}


def audit_each(
    publications: Sequence[Publication],
    insiders: Sequence[Insider] = (),
    coalition: int = 2,
    known: Sequence[KnownFigure] = (),
    *,
    as_persons: int = 1,
    groups: Groups | None = None,
    progress: Callable[[str], None] | None = None,
    closely: bool = False,
) -> Iterator[tuple[str, AuditReport]]:
    """Yield the same, party after party, for who needs no more than the first that can derive something.

    What the outsider can rule out nobody can think possible, so it goes first. Worlds found for two committees are
    worlds for each of them, so the best informed go next; but worlds of sums need not be of persons, and where tables
    go round in a circle, who is read by sums and who as persons tell each other nothing.
    """
    judged, past = publications[-1], publications[-2::-1]
    parties: list[tuple[Insider, ...]] = [()]
    committees = [each for each in insiders if each.committee]
    parties += [some for size in range(coalition, 1, -1) for some in combinations(committees, size)]
    parties += [(each,) for each in insiders if coalition]
    plain = tuple(each for cube in judged.cubes for each in _by_eye(cube, judged))
    if plain:
        yield from ((_name(party), _report(judged, plain)) for party in parties)
        return
    pairs = [Pair(judged, each) for each in past]
    beside = (*_beside(pairs), *few_revised(pairs, coalition))
    beside += tuple(_groups(judged, groups) if groups else ())
    looks = list(lenses(judged, pairs, known, as_persons))
    for party in parties:
        if progress:
            progress(_name(party))
        judgements = [lens.judge(party, closely=closely) for lens in looks if lens.suits(party)]
        found = (*beside, *(each for findings, _ in judgements for each in findings))
        narrow = [interval for _, interval in judgements if interval is not None]
        narrowest = min(narrow, key=lambda each: each.upper - each.lower, default=None)
        yield _name(party), _report(judged, tuple(dict.fromkeys(found)), narrowest)


def left_open(judged: Publication, kept: Sequence[Publication] = ()) -> tuple[tuple[str, ...], ...]:
    """Return what is not looked for in a publication: the attributes of each circle of tables that is left open.

    kept: others of the same persons, of whom none has been revised between them.
    """
    return open_circles(judged.cubes, [cube for page in kept for cube in page.cubes])


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
    wrong = (states != Status.SHOWN) & (shown != 0) | ~np.isin(states, OF_COUNTS) | (shown < 0)
    for index in np.argwhere(small | wrong):
        place = tuple(map(int, index))
        yield Finding(cube.id, cube.cell_codes(place), "inconsistent" if wrong[place] else "shown_small")


def _beside(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """Yield what the judged publication shows that one kept from before hid, or showed with nearly the same figure."""
    for each in pairs:
        now, then = each.now, each.then
        again = (now.value != UNKNOWN) & then.hidden & (then.value == UNKNOWN)
        change = np.abs(now.value - then.value)
        little = each.told & (change > 0) & (change < each.judged.least_count)
        for quantity in np.flatnonzero(again | little):
            yield Finding(*each.page.place(int(quantity)), "uncovered_again" if again[quantity] else "changed_little")


def _groups(judged: Publication, groups: Groups) -> Iterator[Finding]:
    """Yield sums over areas with too few hidden parts behind them, and rows that stand in one accusing category."""
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
