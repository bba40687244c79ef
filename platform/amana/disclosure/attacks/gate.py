"""The gate: every attack on one candidate, and one report. No release passes on the word of what made it.

Runs in: worker, before anyone may approve; anywhere an auditor holds a bundle.
Sees: published cells and printed figures; in the vault what each insider knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

import numpy as np

from amana.disclosure.apart import apart, committees_of
from amana.disclosure.attacks import insider
from amana.disclosure.attacks.differencing import changed, differencing
from amana.disclosure.attacks.dominance import dominance
from amana.disclosure.attacks.lattice import lattice
from amana.disclosure.attacks.linear import linear
from amana.disclosure.attacks.membership import Scatter, Stated, membership, weaker
from amana.disclosure.attacks.minimality import Engine, Guessing, minimality
from amana.disclosure.attacks.oracle import oracle
from amana.disclosure.attacks.picture import Picture, Place, draw, outsider
from amana.disclosure.attacks.presence import presence
from amana.disclosure.attacks.programme import Effort
from amana.disclosure.attacks.ranges import ranges
from amana.disclosure.attacks.report import AttackReport, Limits, Line, Outcome
from amana.disclosure.attacks.subtraction import subtraction, told_exactly
from amana.disclosure.table import Flags, Insider, KnownFigure, Publication

_OUTSIDERS: Final = 4  # questions that an outsider asks for each of one insider's: there is one outsider


def attack_all(
    publications: Sequence[Publication],
    *,
    known: Sequence[KnownFigure] = (),
    insiders: Sequence[Insider] = (),
    coalition: int = 2,
    as_persons: int = 1,
    engine: Engine | None = None,
    limits: Limits,
) -> AttackReport:
    """Return what the attacks find in the last of these publications, with all the others at hand.

    publications: of the same persons, oldest first.
    known:        figures that stand elsewhere.
    insiders:     those who know some of the persons; none outside the vault.
    coalition:    how many committees put together what they know, 0 to 2.
    as_persons:   how many of them at most are taken to read tables as persons; more read sums alone.
    engine:       what suppresses, with a seed of the attacker's own; without it knowing the program is of no use.
    """
    *older, newest = publications
    same = [part for page in older for part in _unchanged(page, newest)] + [newest]
    told, picture = _pictures(same, known, publications)
    alike = _alike(publications)
    lines = [
        *_from_outside(picture, publications, known, limits),
        _differencing(publications, alike),
        _oracle(same, alike),
        _known(same, picture, known, limits),
        *_inside((told, told if as_persons > 1 else draw(same, known)), insiders, coalition, limits),
        _minimality(publications[-1], engine, limits),
    ]
    return AttackReport(tuple(lines))


def _pictures(
    pages: Sequence[Publication], known: Sequence[KnownFigure], publications: Sequence[Publication]
) -> tuple[Picture, Picture]:
    """Return the picture of some pages with the figures that stand elsewhere, and without: these are nobody's aim."""
    told = draw(pages, known, as_persons=True)
    told = replace(told, wanted=told.wanted & ~_told_before(told, publications))
    return told, replace(draw(pages, as_persons=True), wanted=told.wanted)


def attack_price(rho: float, limits: Limits) -> AttackReport:
    """Return what the worst case comes to against noise that costs one person ``rho`` over all her releases."""
    best = membership(rho)
    facts = {
        "auc": _per_mille(best.auc),
        "caught": _per_mille(best.caught),
        "auc_limit": limits.auc,
        "limit": limits.caught,
    }
    broke = facts["auc"] > limits.auc or facts["caught"] > limits.caught
    return AttackReport((Line("attack.membership", Outcome.BROKE if broke else Outcome.HELD, facts),))


def attack_noise(rho: float, limits: Limits, release: Stated, drawn: Scatter) -> AttackReport:
    """Return the same of noise that was drawn, and whether there is less of it than the release says.

    release: what its published variances say that it costs; more than ``rho`` is judged as what it is.
    drawn:   how it scatters around what is true, which the vault alone knows.
    """
    worst = attack_price(max(rho, release.most), limits)
    less = Line("attack.drawn", Outcome.BROKE if weaker(release, drawn) else Outcome.HELD)
    return AttackReport((*worst.lines, less))


def _from_outside(
    picture: Picture, publications: Sequence[Publication], known: Sequence[KnownFigure], limits: Limits
) -> list[Line]:
    """Return what somebody finds in this release alone, or the worse thing that she finds with the older ones.

    The numbers in the report are of the release alone: which parts of the older ones still hold follows from who has
    revised, and that is told to nobody.
    """
    beside = _outside(picture, limits)
    if len(publications) == 1:
        return beside
    alone = _outside(_pictures(publications[-1:], known, publications)[1], limits)
    return [worse if worse.outcome is Outcome.BROKE else line for line, worse in zip(alone, beside, strict=True)]


def _outside(picture: Picture, limits: Limits) -> list[Line]:
    """Return what somebody finds who has nothing but the tables: each attack starts where the one before ended."""
    reader = outsider(picture)
    bounds = subtraction(picture, reader)
    here, least, unsure = presence(picture, reader, Effort(limits.asks), bounds)
    tight, ends, unknown = ranges(picture, reader, Effort(limits.asks), (least, bounds[1]))
    pinned, _ = lattice(picture, reader, limits.guesses, ends)
    lines = [
        _line("attack.subtraction", picture, told_exactly(picture, reader, *bounds)),
        _line("attack.linear", picture, linear(picture, reader)[0]),
        _line("attack.presence", picture, here, {"open": unsure}),
        _line("attack.ranges", picture, tight, {"open": unknown}),
    ]
    return [*lines, _degree("attack.lattice", int(picture.wanted.sum()), _places(picture, pinned), limits.pinned)]


def _differencing(publications: Sequence[Publication], alike: int) -> Line:
    older, newer = publications[:-1], publications[-1]
    if not older:
        return Line("attack.differencing", Outcome.ABSENT)
    places = tuple(dict.fromkeys(place for page in older for place in differencing(page, newer)))
    facts = {"releases": len(older), "same": alike - 1, "least_count": newer.least_count}
    return _told("attack.differencing", places, facts)


def _unchanged(older: Publication, newer: Publication) -> Sequence[Publication]:
    """Return what of an older release still holds: all of it, or the parts of the areas that nobody revised.

    Who revised is what can be seen, and what the vault says: a change may be hidden in both.
    """
    if not older.revised and not changed(older, newer):
        return [older]
    return [part for part in apart(older) if _stands(part, older) and not changed(part, newer)]


def _stands(part: Publication, older: Publication) -> bool:
    """Return whether the part counts persons of none that has revised; where nobody has, any part stands."""
    whose = committees_of(part, older)
    return not older.revised or (whose is not None and whose.isdisjoint(older.revised))


def _alike(publications: Sequence[Publication]) -> int:
    """Return how many releases show nothing, or not everything, otherwise than the last does; as anybody sees it."""
    *older, newest = publications
    return sum(bool(_unchanged(replace(page, revised=None), newest)) for page in older) + 1


def _oracle(same: Sequence[Publication], releases: int) -> Line:
    if releases == 1:
        return Line("attack.oracle", Outcome.ABSENT)
    joint = draw(same)
    before = {joint.places[at] for at in np.flatnonzero(_told_before(joint, same))}
    exposed = tuple(place for place in oracle(same) if place not in before)
    return _told("attack.oracle", exposed, {"releases": releases})


def _told_before(joint: Picture, pages: Sequence[Publication]) -> Flags:
    """Return (n,) the cells that an earlier release shows by the same rule: hiding them now takes nothing back.

    What has changed since is a matter of differencing.
    """
    told = np.zeros(len(joint.lower), dtype=np.bool_)
    for page in pages[:-1]:
        if (page.least_count, page.zeros_hidden) != (pages[-1].least_count, pages[-1].zeros_hidden):
            continue  # two thresholds over one set of persons are an oracle
        then = draw([page])
        shown = [key for key, at in then.number.items() if then.lower[at] == then.upper[at] and key in joint.number]
        told[[joint.number[key] for key in shown]] = True
    return told


def _known(same: Sequence[Publication], without: Picture, known: Sequence[KnownFigure], limits: Limits) -> Line:
    if not known:
        return Line("attack.known", Outcome.ABSENT)
    picture = draw(same, known, as_persons=True)
    reader = outsider(picture)
    bounds = subtraction(picture, reader)
    here, least, _ = presence(picture, reader, Effort(limits.asks), bounds)
    tight, _, _ = ranges(picture, reader, Effort(limits.asks), (least, bounds[1]))
    found = told_exactly(picture, reader, *bounds) | linear(picture, reader)[0] | here | tight
    return _told("attack.known", _places(without, found), {"figures": len(known)})


def _inside(
    by_size: tuple[Picture, Picture], insiders: Sequence[Insider], coalition: int, limits: Limits
) -> list[Line]:
    """Return what insiders find. What follows from their counts is told as yes or no: a number would say too much.

    Committees are counted, for anybody knows who contributed; organisations are not: one more may be one more girl.
    by_size: the picture that one alone has, and two together; without persons for those who are not read as such.
    """
    one_sees, two_see = by_size
    two_see = replace(two_see, wanted=one_sees.wanted[: len(two_see.wanted)])
    effort = (max(1, limits.asks // _OUTSIDERS), limits.thorough)
    committees = [one for one in insiders if one.committee]
    # Whoever sent everything has nothing to learn.
    alone = [(one,) for one in insiders if not one.committee or len(committees) > 1] if coalition > 0 else []
    pairs = list(combinations(committees, 2)) if coalition > 1 else []
    together = [both for both in pairs if len(both) < len(committees)]
    single = len(committees) if coalition > 0 else 0
    return [
        _by_party("attack.insider", one_sees, single, insider.learned(one_sees, alone, *effort)),
        _by_party("attack.pair", two_see, len(together), insider.learned(two_see, together, *effort)),
        _dominance(one_sees, [*alone, *together], single + len(together), limits),
    ]


def _by_party(code: str, picture: Picture, parties: int, found: Flags) -> Line:
    places = _places(picture, found)
    if not parties and not places:
        return Line(code, Outcome.ABSENT)
    return Line(code, Outcome.BROKE if places else Outcome.HELD, {"parties": parties}, places)


def _dominance(picture: Picture, parties: Sequence[Sequence[Insider]], told: int, limits: Limits) -> Line:
    found, share = dominance(picture, parties)
    broke = share > limits.dominated
    if not told and not broke:
        return Line("attack.dominance", Outcome.ABSENT)
    facts = {"parties": told, "limit": limits.dominated}
    places = _places(picture, found) if broke else ()
    return Line("attack.dominance", Outcome.BROKE if broke else Outcome.HELD, facts, places)


def _minimality(publication: Publication, engine: Engine | None, limits: Limits) -> Line:
    if engine is None:
        return Line("attack.minimality", Outcome.ABSENT)
    looked, narrowed = minimality(publication, engine, Guessing(limits.faces, limits.tries))
    return _degree("attack.minimality", looked, narrowed, limits.narrowed)


def _line(code: str, picture: Picture, found: Flags, more: Mapping[str, int] | None = None) -> Line:
    """Return the line of an attack that must find nothing. cells: hidden cells and implied rests."""
    return _told(code, _places(picture, found), {"cells": int(picture.wanted.sum()), **(more or {})})


def _told(code: str, places: tuple[Place, ...], facts: Mapping[str, int]) -> Line:
    if facts.get("cells") == 0:
        return Line(code, Outcome.ABSENT)
    return Line(code, Outcome.BROKE if places else Outcome.HELD, {**facts, "found": len(places)}, places)


def _degree(code: str, cells: int, found: tuple[Place, ...], limit: int) -> Line:
    """Return the line of an attack that may succeed up to a limit, per mille of the cells; both are told in cells."""
    if cells == 0:
        return Line(code, Outcome.ABSENT)
    facts = {"cells": cells, "found": len(found), "most": limit * cells // 1000}
    broke = facts["found"] > facts["most"]
    return Line(code, Outcome.BROKE if broke else Outcome.HELD, facts, found if broke else ())


def _places(picture: Picture, found: Flags) -> tuple[Place, ...]:
    return tuple(picture.places[at] for at in np.flatnonzero(found))


def _per_mille(share: float) -> int:
    return round(1000 * share)
