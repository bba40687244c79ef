"""Clear: the one way from a raw table to a cleared one. There is no switch.

Runs in: worker.   Sees: true counts; gives back only what the checker has passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.canonical import Json
from amana.disclosure.attacks.gate import attack_all, attack_noise, attack_price
from amana.disclosure.attacks.membership import Scatter, stated
from amana.disclosure.attacks.report import AT_HOME, AttackReport, Limits
from amana.disclosure.audit import Groups, audit_each, left_open
from amana.disclosure.join import Guest, join
from amana.disclosure.noise.noisy import Drawn, release_noisy
from amana.disclosure.noise.plan import NoisePlan, plan
from amana.disclosure.noise.reconstruct import variances
from amana.disclosure.noise.scatter import scatter
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.suppress import suppress
from amana.disclosure.table import (
    _CLEARANCE,
    AREA,
    NOISE,
    SUPPRESSION,
    Axis,
    ClearedTable,
    ClearingRefused,
    Key,
    KnownFigure,
    Noisy,
    Publication,
    RawTable,
    Rule,
    Status,
)

_AS_PLANNED: Final = 1 + 1e-6  # times the price of the plan, which roundings may be off by
_MOST_PLACES: Final = 20  # cells named in a refusal
_BY_CHANCE: Final = frozenset({"checker", "attacked", "beyond_protection"})  # another draw may do better
_DRAWS: Final = (0, 0, 1, 1, 2)  # the caution of each draw of what to hide; an attack succeeds by chance, too
_WARIER: Final = (0, 1, 2, 3)  # where committees have revised: the caution of each draw


def clear(
    raw: RawTable,
    rule: Rule,
    rng: Random,
    guests: Sequence[Guest] = (),
    *,
    known: Sequence[KnownFigure] = (),
    past: Sequence[Publication] = (),
    limits: Limits = AT_HOME,
) -> ClearedTable:
    """Return the table as it may be published.

    rng:      secret randomness for ties; production hands in ``secrets.SystemRandom``.
    guests:   tables that committees protected at home; in ``raw`` nothing of these committees was collected.
    known:    figures printed elsewhere; those that are no cell of these tables say nothing of them.
    past:     all that was ever published about these persons, oldest first.
    limits:   how hard the result is attacked, and what of a matter of degree is too much; a release is attacked by what
              policies/attacks.toml asks for.
    Raises ClearingRefused when the counts contradict each other; and when some cell cannot be protected, the checker
    finds that somebody can derive something, or an attack succeeds, draw after draw: then nothing is published.
    Of a draw that was refused nothing is told; chance alone leads to the next. Later draws show less of what could be
    shown, so that knowing the program tells less; where committees have revised since something was published, the
    second draw hides all that has changed, the third all of the region besides, and the fourth all that may have.
    """
    gate = _Gate(raw, rule, _as_held(raw, known), past, limits)
    stirred = any(page.revised for page in past)
    for caution in _WARIER if stirred else _DRAWS:
        try:
            found = suppress(raw, rule, rng, known=gate.known, past=past, caution=caution)
            return gate.passed(_released(found, raw), guests)
        except ClearingRefused as found:
            refused = found
            if found.facts["reason"] not in _BY_CHANCE:
                break
    raise refused


def clear_with_noise(raw: RawTable, design: NoisePlan, lifetime_rho: float, limits: Limits) -> ClearedTable:
    """Return the table with noise drawn once. Whoever calls has written the cost down, and does not call again.

    design:       the noise, planned from public sizes alone.
    lifetime_rho: what one person may spend over all her releases, all her records together.
    Raises ClearingRefused when the counts contradict each other, or when the worst case says too much of one person;
    and, after the draw, when the figures state a higher price than the plan's, or the noise is smaller than they state.
    """
    link(raw)  # refuses counts that contradict each other: noise would hide that
    if not attack_price(lifetime_rho, limits).passed:
        raise ClearingRefused(reason="attacked", cells=0, places=())
    drawn = release_noisy(raw, design)
    off = {name: each - raw.counts[name] for name, each in drawn.estimate.items()}
    unit = plan(raw.cubes, 1.0, design.weights, raw.absent)
    price = stated(variances(unit), drawn.variance)
    worst = attack_noise(lifetime_rho, limits, price, Scatter(*scatter(unit, off)))
    if not worst.passed or price.most > design.rho * _AS_PLANNED:
        raise ClearingRefused(reason="attacked", cells=0, places=())
    noisy, status = _as_published(raw, drawn, design)
    return ClearedTable(
        cubes=raw.cubes,
        values={name: np.rint(each).astype(np.int64) for name, each in noisy.estimate.items()},
        status=status,
        method=NOISE,
        least_count=0,
        zeros_hidden=False,
        report={"checks": ["additive", "exact_noise", "membership"], "attacks": worst.as_json()},
        _proof=_CLEARANCE,
        noisy=noisy,
    )


def _as_published(raw: RawTable, drawn: Drawn, design: NoisePlan) -> tuple[Noisy, Mapping[str, NDArray[np.uint8]]]:
    """Return what is told of a draw: where nobody was asked nothing, where nothing was measured no official figure."""
    status = {}
    for name, gone in raw.absent.items():
        measured = np.where(np.isfinite(drawn.variance[name]), Status.SHOWN, Status.NOT_MEASURED)
        status[name] = np.where(gone, Status.NOT_COLLECTED, measured).astype(np.uint8)
    asked = {name: states != Status.NOT_COLLECTED for name, states in status.items()}
    noisy = Noisy(
        {name: np.where(states == Status.SHOWN, drawn.estimate[name], 0.0) for name, states in status.items()},
        {name: np.where(some, drawn.variance[name], 0.0) for name, some in asked.items()},
        {name: np.where(some, drawn.display[name], 0.0) for name, some in asked.items()},
        weights=design.weights,
    )
    return noisy, status


@dataclass(frozen=True)
class _Gate:
    """What a candidate has to pass, with everything that anybody may know. Nothing of it is told to anybody."""

    raw: RawTable
    rule: Rule
    known: Sequence[KnownFigure]
    past: Sequence[Publication]
    limits: Limits

    def passed(self, candidate: Candidate, guests: Sequence[Guest]) -> ClearedTable:
        """Return the table with its guests, once nobody can derive anything and no attack succeeds.

        Raises ClearingRefused.
        """
        least = self.rule.least_count
        self.count_sources(candidate)
        self.audit(candidate, least)
        if guests:
            candidate, least = _joined(self.raw, candidate, guests), min(least, *(one.least_count for one in guests))
            self.audit(candidate, least)
        attacks = self.attack(candidate, least)
        return ClearedTable(
            cubes=self.raw.released,
            values=candidate.values,
            status=candidate.status,
            method=SUPPRESSION,
            least_count=least,
            zeros_hidden=self.rule.zeros_hidden,
            report={
                **_told(self.raw, candidate),
                "checks": self._checks(),
                "open": self._open(candidate, least),
                "attacks": attacks.as_json(),
            },
            _proof=_CLEARANCE,
        )

    def _checks(self) -> Json:
        """Return what the table has passed, in the order in which it did; of what there was nothing to ask, no word."""
        asked = {
            "events_and_entities": self.raw.lone,
            "additive": True,
            "none_small": True,
            "no_value_under_a_mark": True,
            "intervals": True,
            "insiders": self.raw.insiders,
            "groups": self.rule.coalition,
            "past": self.past,
            "attacks": True,
        }
        return [name for name, some in asked.items() if some]

    def count_sources(self, candidate: Candidate) -> None:
        """Return when no figure is shown behind which there is one event or one entity. Raises ClearingRefused.

        No bundle says how many there are: here alone can it be judged.
        """
        found = tuple(
            (cube.id, cube.cell_codes(tuple(at)))
            for cube in self.raw.released
            if cube.id in self.raw.lone
            for at in np.argwhere((candidate.status[cube.id] == Status.SHOWN) & self.raw.lone[cube.id]).tolist()
        )
        if found:
            raise _stopped("checker", found)

    def audit(self, candidate: Candidate, least_count: int) -> None:
        """Return when nobody can derive anything: no outsider, no insider, no coalition. Raises ClearingRefused."""
        for _, report in audit_each(
            self._pages(candidate, least_count),
            self.raw.insiders,
            self.rule.coalition,
            self.known,
            as_persons=self.rule.as_persons,
            groups=Groups(AREA, self.rule.sensitive) if self.rule.coalition else None,
        ):
            if not report.passed:
                found = tuple(dict.fromkeys((each.cube, each.codes) for each in report.findings))
                raise _stopped("checker", found)

    def attack(self, candidate: Candidate, least_count: int) -> AttackReport:
        """Return what the attacks came to when all of them failed. Raises ClearingRefused."""
        report = attack_all(
            self._pages(candidate, least_count),
            known=self.known,
            insiders=self.raw.insiders,
            coalition=self.rule.coalition,
            as_persons=self.rule.as_persons,
            engine=self._guess,
            limits=self.limits,
        )
        if not report.passed:
            raise _stopped("attacked", report.places)
        return report

    def _open(self, candidate: Candidate, least_count: int) -> Json:
        """Return what is not looked for in these tables. Of older ones nothing: that would say whether some revised."""
        return [list(names) for names in left_open(self._pages(candidate, least_count)[-1])]

    def _pages(self, candidate: Candidate, least_count: int) -> tuple[Publication, ...]:
        page = Publication(self.raw.released, candidate.values, candidate.status, least_count, self.rule.zeros_hidden)
        return (*self.past, page)

    def _guess(self, table: RawTable, rng: Random) -> Mapping[str, NDArray[np.uint8]]:
        """Do what an attacker does who has the program: run it on a guess, as the outsider that she is.

        A face has some of the committees only: the rule of three behind a regional figure cannot be judged in it.
        """
        axes = {cube.id: tuple(_nameless(axis) for axis in cube.axes) for cube in table.cubes}
        faces = tuple(replace(cube, axes=axes[cube.id]) for cube in table.cubes)
        rule = replace(self.rule, coalition=0)
        return suppress(replace(table, cubes=faces), rule, rng).status


def _stopped(reason: str, places: tuple[tuple[str, tuple[str, ...]], ...]) -> ClearingRefused:
    """Return the refusal of a candidate that told too much in these cells, of which the first are named."""
    return ClearingRefused(reason=reason, cells=len(places), places=places[:_MOST_PLACES])


def _joined(raw: RawTable, candidate: Candidate, guests: Iterable[Guest]) -> Candidate:
    for guest in guests:
        candidate = Candidate(*join(raw.released, candidate.values, candidate.status, guest, AREA))
    return candidate


def _released(found: Candidate, raw: RawTable) -> Candidate:
    """Return what is new of a candidate: tables that stand were published before."""
    names = [cube.id for cube in raw.released]
    return Candidate({name: found.values[name] for name in names}, {name: found.status[name] for name in names})


def _nameless(axis: Axis) -> Axis:
    return replace(axis, dim="") if axis.dim == AREA else axis


def _as_held(raw: RawTable, known: Sequence[KnownFigure]) -> tuple[KnownFigure, ...]:
    """Return the printed figures that are cells of these tables, with the counts that the vault holds.

    A report may be off by one, or count another day: its reader is taken for one who knows better.
    """
    wanted = {one.key: one for one in known}
    held: dict[Key, KnownFigure] = {}
    for cube in raw.cubes if wanted else ():
        for index in cube.indices():
            key = cube.cell_key(index)
            if key in wanted and not raw.absent[cube.id][index]:
                held[key] = KnownFigure(key, int(raw.counts[cube.id][index]), wanted[key].source)
    return tuple(held.values())


def _told(raw: RawTable, candidate: Candidate) -> Mapping[str, Json]:
    """Return what may be told about the clearing: counts of cells, never of persons."""
    shown = {cube.id: int((candidate.status[cube.id] == Status.SHOWN).sum()) for cube in raw.released}
    hidden = sum(int((each == Status.HIDDEN).sum()) for each in candidate.status.values())
    return {
        "cells": sum(cube.size for cube in raw.released),
        "shown": sum(shown.values()),
        "hidden": hidden,
        "cubes": {cube.id: {"cells": cube.size, "shown": shown[cube.id]} for cube in raw.released},
    }
