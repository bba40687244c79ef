"""What any synthetic person's row says whatever the dataflow: pseudonyms, age, lawful basis, place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, Final

from amana.codebook.model import Codebook, Dataflow
from amana.demo.synthetic.draw import choose, pseudonym

Row = dict[str, str]

ADULT: Final = 18  # years
_SPANS: Final = {  # code of the refinement → first and last year
    "Y0T4": (0, 4), "Y5": (5, 5), "Y6T8": (6, 8), "Y9T11": (9, 11), "Y12T17": (12, 17), "Y18T20": (18, 20),
    "Y21T23": (21, 23), "Y24T26": (24, 26), "Y27T29": (27, 29), "Y30T38": (30, 38), "Y39T47": (39, 47),
    "Y48T59": (48, 59), "Y_GE60": (60, 84),
}  # fmt: skip


@dataclass(frozen=True)
class Registry:
    """One committee's registry in one period: who files, with which key, in which habits, under which codebook."""

    committee: str
    flow: Dataflow
    period: str
    key: bytes
    habits: Mapping[str, Any]
    book: Codebook

    @cached_property
    def territories(self) -> Mapping[str, float]:
        """The committee's own first-level territories, the first in the list weighing far more."""
        codelist = self.book.codelists["CL_TERRITORY"]
        own = [code for code in codelist.storable if codelist.code(code).parent == self.committee]
        return {code: 1 / place for place, code in enumerate(own, start=1)}

    def codes(self, variable: str) -> tuple[str, ...]:
        """Return the storable codes of a variable of this dataflow."""
        return self.book.list_of(self.flow.variable(variable)).storable

    def name(self, *parts: str) -> str:
        """Return a pseudonym under this committee's key."""
        return pseudonym(self.key, self.committee, self.flow.id, self.period, *parts)


def same_for_all(registry: Registry, number: int, child: bool, age: str, rng: Random) -> Row:
    """Return the cells that every person has: pseudonym, age as this committee writes it, lawful basis, territory."""
    consent = "YES" if rng.random() < (0.45 if child else 0.8) else "_Z"
    return {
        "PSEUDONYM": registry.name("person", str(number)),
        "AGE": written(age, registry.habits["ages"], rng),
        "CONSENT_REPORTING": consent,
        "LEGAL_BASIS": "CONSENT" if consent == "YES" else _basis(child, rng),
        "TERRITORY": _territory(registry, rng),
        "ENTITY": registry.name("entity", str(min(rng.randrange(registry.habits["entities"]) for _ in range(2)))),
    }


def written(age: str, habit: str, rng: Random) -> str:
    """Return the age as a committee writes it: a year of the group where it writes years, else the code."""
    if age in {"Y_LT18_U", "Y_GE18_U"}:
        return age.removesuffix("_U")
    return str(rng.randint(*_SPANS[age])) if habit == "years" and age in _SPANS else age


def cases(registry: Registry, persons: int, rng: Random) -> Iterator[str]:
    """Yield an event's pseudonym for each person; a case holds one person more often than several."""
    number = left = 0
    for _ in range(persons):
        if left == 0:
            number, left = number + 1, min(rng.randint(1, registry.habits["case"]) for _ in range(2))
        left -= 1
        yield registry.name("event", str(number))


def route(registry: Registry, citizenship: str, shapes: Mapping[str, Any], rng: Random) -> str:
    """Return a route of this committee's for people from elsewhere; its own citizens mostly have none."""
    if citizenship == registry.committee:
        return choose({"_Z": 55, "INTERNAL": 33, "_U": 12}, rng)
    return choose(shapes["committees"][registry.committee]["routes"], rng)


def _basis(child: bool, rng: Random) -> str:
    if child:
        return choose({"JUDGE": 30, "PUBLIC": 45, "OBLIGATION": 25}, rng)
    return choose({"PUBLIC": 60, "OBLIGATION": 30, "VITAL": 10}, rng)


def _territory(registry: Registry, rng: Random) -> str:
    """Return one of the committee's own territories; sometimes none is known."""
    return "_U" if rng.random() < 0.06 else choose(registry.territories, rng)  # noqa: PLR2004  a share, assumed
