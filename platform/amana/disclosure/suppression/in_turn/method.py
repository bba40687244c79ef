"""In turn: hide from the outsider, from every insider and from every coalition, until nobody's turn hides any more.

Runs in: worker.   Sees: true counts, and what everybody knows of them.
What one party's turn hides is hidden from all, and can only leave more room to those before it; but each newly hidden
quantity has to be protected from everybody, so the turns go round until one whole round hides nothing. Small releases
are hidden several times, from other prices, and the way that shows most is kept; where no way protects, everything is
hidden; at last, whatever nobody needs hidden any more is shown again, and circles are closed (``closing``). All of that
shares one effort (``solving``): what is not protected when it is spent is refused, and what is protected by then stays
as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

import numpy as np

from amana.disclosure.suppression.candidate import Candidate, shown
from amana.disclosure.suppression.in_turn.beside import Beside, TurnBeside, besides
from amana.disclosure.suppression.in_turn.changes import Changes, TurnOfWhoRevised, changes
from amana.disclosure.suppression.in_turn.closing import Closing, Mending, closing, regional
from amana.disclosure.suppression.in_turn.stage import Stage
from amana.disclosure.suppression.in_turn.turn import Turn
from amana.disclosure.suppression.linked.system import link, refusal
from amana.disclosure.suppression.primary import Given, by_group, given
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import Flags, Insider, KnownFigure, Numbers, Publication, RawTable, Rule

_WIDER: Final = 5  # times that what is left is hidden with its neighbours, before giving up
_ROUNDS: Final = 12  # realistic releases settle in about four
# By cells times parties; one start shows up to a quarter fewer cells than the next.
_STARTS: Final = ((5_000, 6), (60_000, 3))
_REGIONAL: Final = 0.1  # share of its price that a figure of no one area costs once circles are closed
_SWAY: Final = 0.1  # how much chance sways a price
_AGAIN: Final = (1.0, 0.5, 0.0)  # by caution, the share of what could be shown again that is, where nobody has revised


def suppress_in_turn(
    raw: RawTable,
    rule: Rule,
    rng: Random,
    *,
    known: Sequence[KnownFigure] = (),
    past: Sequence[Publication] = (),
    caution: int = 0,
) -> Candidate:
    """Return a candidate, hidden from one party after the other; arguments and errors are those of ``suppress``."""
    chance = np.random.default_rng(rng.getrandbits(128))
    stage = Stage(raw, rule, link(raw))
    what = given(raw, rule, stage.system, known, past, caution=caution)
    effort = Effort()
    circles = closing(raw, rule, chance, effort, known=known, past=past, caution=caution)
    older, since = besides(stage, past, effort), changes(raw, rule, stage.system.numbers, past)
    first, best = stage.begin(what), None
    attempt = _Attempt(stage, what, older, chance, effort, since=since)
    for left in reversed(range(_starts(stage.system.cells * len(attempt.turns)))):
        if attempt.protect(len(first) if best is None else int(best.hidden.sum()) - 1):
            best = attempt
        if effort.spent:
            break
        if left and (best is None or (best.hidden & ~first).any()):
            attempt = _Attempt(stage, what, older, chance, effort, since=since)
    if best is None and not effort.spent:
        attempt.hide(~what.told & stage.cells & stage.system.guarded)
        best = attempt if attempt.protect(len(first)) else None
    if best is None:
        raise refusal(effort.reason, raw.cubes, stage.system.numbers, attempt.unmet)
    best.prune(first, 1.0 if any(page.revised for page in past) else _AGAIN[caution])
    if circles:
        best.close(circles)
    return shown(raw, stage.system.numbers, best.hidden)


def _starts(size: int) -> int:
    """Return how often a release is hidden from other prices. size: cells times parties."""
    return next((times for most, times in _STARTS if size <= most), 1)


class _Attempt:
    """One way of hiding, at prices of its own.

    hidden: (n,) so far. unmet: (n,) what was not protected in the end.
    """

    def __init__(
        self,
        stage: Stage,
        what: Given,
        older: Sequence[Beside],
        chance: np.random.Generator,
        effort: Effort,
        *,
        since: Sequence[Changes],
    ) -> None:
        first = stage.begin(what)
        self._stage, self._since, self.hidden, self.unmet = stage, what.since, first.copy(), first
        self._chance, self._effort = chance, effort
        self._price = stage.price() * chance.uniform(1 - _SWAY, 1 + _SWAY, len(first))
        fixed = what.told | stage.system.fixed | ~stage.system.guarded
        self.turns: list[Turn | TurnOfWhoRevised] = [
            *(turn for members in stage.parties() for turn in self._turns(members, older, what)),
            *(TurnOfWhoRevised(each, first, self._price, fixed, chance, effort=effort) for each in since),
        ]

    def _turns(self, members: Sequence[Insider], older: Sequence[Beside], what: Given) -> Iterator[Turn]:
        """Yield the turns of one party: beside each older vintage since which it has not revised, and over the new one.

        What both vintages show to be surely large the new one by itself may show to be anybody at all.
        """
        stage, begun, effort = self._stage, (self.hidden, self._price, self._chance), self._effort
        yield from (TurnBeside(each, members, *begun, effort=effort) for each in older if each.suits(members))
        yield Mending(stage.system, stage.sight(members, what), *begun, effort=effort)

    def hide(self, some: Flags) -> None:
        """Hide some more from everybody: everything, where no prices led to anything."""
        self.hidden |= some

    def protect(self, most: int) -> bool:
        """Hide until everything is protected; False where it cannot be, or not with so few quantities hidden."""
        for _ in range(_WIDER):
            if not self._take_turns(most):
                return False
            if not self.unmet.any():
                return True
            if self._effort.spent:
                return False
            self.hidden |= self._stage.around(self.unmet)
        return False

    def _take_turns(self, most: int) -> bool:
        """Hide until a round hides nothing more, or the effort is spent; False once that is more than ``most``."""
        for _ in range(_ROUNDS):
            before = self.hidden.copy()
            for turn in self.turns:
                turn.follow(self.hidden)
                turn.protect()
                self.hidden |= turn.hides()
                if int(self.hidden.sum()) > most:
                    return False
            self.hidden[self._by_group(self.hidden)] = True
            if (self.hidden == before).all() or self._effort.spent:
                break
        self.unmet = np.any([turn.left() for turn in self.turns], axis=0) | (self.hidden != before)
        return True

    def _by_group(self, hidden: Flags) -> Numbers:
        return by_group(self._stage.raw, self._stage.rule, self._stage.system, hidden, self._since)

    def close(self, circles: Closing) -> None:
        """Hide what tables of persons ask for besides; that has to be protected by sums in its turn."""
        numbers = self._stage.system.numbers
        for _ in range(_WIDER):
            before = self.hidden.copy()
            now = {name: before[grid] for name, grid in numbers.items()}
            for name, marked in circles.close(now).items():
                self.hidden[numbers[name][marked]] = True
            closed = self.hidden.copy()
            if (closed == before).all():
                return
            self._mend()
            if not self.protect(len(closed)):
                break
            if (self.hidden == closed).all():
                return
        raise refusal(self._effort.reason, self._stage.raw.cubes, numbers, self.unmet | (self.hidden != before))

    def _mend(self) -> None:
        """Hide what little is missing by single moves: whole rounds at ordinary prices hide far more."""
        price = self._stage.price() * np.where(regional(self._stage), _REGIONAL, 1.0)
        for turn in self.turns:
            if isinstance(turn, Mending):
                turn.follow(self.hidden)
                turn.mend(price)
                self.hidden |= turn.hides()

    def prune(self, first: Flags, share: float) -> None:
        """Show again, the dearest first, what can be shown while all that stays hidden is protected from everybody.

        A regional figure goes together with its areas', before each by itself: where few contribute, neither can be
        shown without the others. Whoever objected last is asked first. first: (n,) what is hidden for its own sake.
        share: of what can be shown, by chance; who knows the program learns less from what stays hidden without need.
        """
        lines = [*self._stage.lines(), *np.arange(len(first))[:, None]]
        for number in np.argsort([-self._price[line].sum() for line in lines], kind="stable"):
            some = lines[number]
            some = some[self.hidden[some] & ~first[some]]
            if len(some) and self._chance.random() < share:
                self._spare(some)

    def _spare(self, some: Numbers) -> None:
        less = self.hidden.copy()
        less[some] = False
        if self._effort.spent or len(self._by_group(less)):
            return
        for number, turn in enumerate(self.turns):
            if not turn.spare(some):
                for agreed in self.turns[:number]:
                    agreed.restore()
                self.turns.insert(0, self.turns.pop(number))
                return
        self.hidden = less
