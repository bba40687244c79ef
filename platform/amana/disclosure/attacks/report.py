"""What the attacks are allowed to find, and the report of what they found, fit to stand beside a release.

Runs in: worker, and anywhere an attacker may sit.
Sees: numbers of cells, thresholds; no count of persons, and of an insider's success only whether there was any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from amana.canonical import Json
from amana.disclosure.attacks.picture import Place

FORMAT: Final = "amana-attacks/1"


@dataclass(frozen=True)
class Limits:
    """How hard the attacks try, and what of a matter of degree is too much. All else must find nothing at all.

    asks:        cells that linear programming is asked about one by one, per attack.
    thorough:    insiders, and pairs of them, that try every arithmetic and not only a pencil.
    guesses:     first guesses of the lattice attack, >= 2.
    pinned:      per mille of hidden cells where all these guesses may end at one number.
    dominated:   per mille of shown regional figures whose rest some committee may know to be small.
    faces:       small tables that the minimality attack takes. tries: its guesses per cell and value.
    narrowed:    per mille of the cells tried there that knowing the program may narrow.
    auc, caught: per mille, of the best membership test against noise; caught at 1 % false alarms.
    """

    asks: int
    thorough: int
    guesses: int
    pinned: int
    dominated: int
    faces: int
    tries: int
    narrowed: int
    auc: int
    caught: int


# Where no policy of a region is at hand: of as few cells as one committee's tables have a share says nothing.
AT_HOME: Final = Limits(
    asks=10,
    thorough=1,
    guesses=3,
    pinned=1000,
    dominated=1000,
    faces=4,
    tries=4,
    narrowed=1000,
    auc=750,
    caught=80,
)


class Outcome(StrEnum):
    """What came of an attack. ABSENT: there was nothing for it to attack."""

    HELD = "held"
    BROKE = "broke"
    ABSENT = "absent"


@dataclass(frozen=True)
class Line:
    """One attack. code: its wording is at ``<code>.<outcome>``. facts: numbers that the wording names, each public.

    places: where it succeeded, for whoever has to mend the plan; not part of the report.
    """

    code: str
    outcome: Outcome
    facts: Mapping[str, int] = field(default_factory=dict)
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class AttackReport:
    """What all attacks together came to."""

    lines: tuple[Line, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was found that must not be."""
        return all(line.outcome is not Outcome.BROKE for line in self.lines)

    @property
    def places(self) -> tuple[Place, ...]:
        """The cells that some attack got at, each once."""
        return tuple(dict.fromkeys(place for line in self.lines for place in line.places))

    def as_json(self) -> Json:
        """Return the report as it is stored and shown: codes, outcomes, numbers of cells."""
        lines: list[Json] = [
            {"code": line.code, "outcome": line.outcome.value, "facts": dict(line.facts)} for line in self.lines
        ]
        return {"format": FORMAT, "passed": self.passed, "lines": lines}
