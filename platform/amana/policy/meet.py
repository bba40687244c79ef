"""The strictest of several: what protects a table when a region, committees and a plan all have a say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from amana.policy.documents import Policies
from amana.policy.region import HIDDEN

_MET: Final = object()


@dataclass(frozen=True)
class Protection:
    """How a table must be protected; made by ``protection`` only, so it is never below the floor.

    least_count: a count from 1 to one below it is withheld; persons, or things where the dataflow is about none.
    coalition:   how many committees may put together what they know, and still learn nothing of anybody else; 0 where
                 the dataflow is about no person, so that there is nobody to learn of.
    as_persons:  how many of them at most read every table as one of persons, not of sums alone; never more than
                 ``coalition``.
    sensitive:   the variables whose category nobody may learn of everyone in a row.
    clauses:     the clauses that set these values, strictest only.
    """

    least_count: int
    zeros_hidden: bool
    coalition: int
    as_persons: int
    sensitive: frozenset[str]
    clauses: tuple[str, ...]
    _proof: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise TypeError for a Protection that nobody has met the documents for."""
        if self._proof is not _MET:
            raise TypeError("a Protection comes only from policy.meet.protection()")


def protection(
    policies: Policies,
    dataflow: str,
    committees: Iterable[str],
    plan_least_count: int | None = None,
    plan_zeros: str | None = None,
    *,
    public: bool = False,
    plan_coalition: int | None = None,
    plan_as_persons: int | None = None,
) -> Protection:
    """Return the strictest of what the region, the committees and the plan ask for.

    committees:       ISO 3166-1 alpha-3 codes of the contributors.
    plan_least_count: what a release plan asks for; below the floor it changes nothing.
    plan_zeros:       ``hidden`` or ``published``; publishing is granted only where the region publishes them too.
    public:           whether anyone may read the table.
    plan_coalition, plan_as_persons: what a release plan asks for; below the region's it changes nothing. Who asks that
                      so many be read as persons asks that so many look on together.
    Raises PolicyInvalid when the region sets no floor for the dataflow, NotFound for a committee without agreement.
    """
    floor = policies.region.floor(dataflow)
    agreed = {name: policies.agreement(name) for name in sorted(committees)}
    public_least = policies.region.public_least_count if public and floor.about_persons else None
    asked = {f"region.floor.{dataflow}": floor.least_count, "region.public-least-count": public_least}
    asked |= {f"agreement.{name}.least-count": one.least_count.get(dataflow) for name, one in agreed.items()}
    least = _strictest({**asked, "plan.least-count": plan_least_count})
    joined = {name: one.coalition for name, one in agreed.items()}
    wary = {name: one.as_persons for name, one in agreed.items()}
    looking = _asked("coalition", policies.region.coalition, joined, plan_coalition)
    reading = _asked("as-persons", policies.region.as_persons, wary, plan_as_persons)
    together, persons = _strictest(looking | reading), _strictest(reading)  # who looks on as persons looks on
    among = dict.fromkeys((*together.clauses, *persons.clauses)) if floor.about_persons else ()
    zeros = {f"region.floor.{dataflow}.zeros": floor.zeros, "plan.zeros": plan_zeros}
    hiding = [clause for clause, wish in zeros.items() if wish == HIDDEN]
    return Protection(
        least_count=least.number,
        zeros_hidden=bool(hiding),
        coalition=together.number if floor.about_persons else 0,
        as_persons=persons.number if floor.about_persons else 0,
        sensitive=policies.region.sensitive.get(dataflow, frozenset()),
        clauses=(*least.clauses, *hiding, *among),
        _proof=_MET,
    )


@dataclass(frozen=True)
class _Strictest:
    """The most that anybody asks for, and the clauses that ask for so much."""

    number: int
    clauses: tuple[str, ...]


def _asked(word: str, region: int, agreed: Mapping[str, int | None], plan: int | None) -> dict[str, int | None]:
    """Return by clause what the region, the agreements and the plan ask for in one word. agreed: by committee."""
    agreements = {f"agreement.{name}.{word}": number for name, number in agreed.items()}
    return {f"region.{word}": region, **agreements, f"plan.{word}": plan}


def _strictest(asked: Mapping[str, int | None]) -> _Strictest:
    """Return the strictest of what is asked. asked: clause → number; None asks for nothing."""
    most = max(number for number in asked.values() if number is not None)
    return _Strictest(most, tuple(clause for clause, number in asked.items() if number == most))
