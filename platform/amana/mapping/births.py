"""Ages out of dates of birth, at home: which column tells when a person was born, and on what day the age counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from amana.codebook.model import Dataflow, Variable
from amana.mapping import dates
from amana.mapping.asking import kind_of
from amana.mapping.document import Kind
from amana.mapping.proposal import Guess
from amana.mapping.survey import Surveyed

BORN: Final = "date_of_birth"  # the reason of a guess
_FOUND: Final = 0.8  # how sure an age is that the only date of the case gives
_MOST: Final = 0.8  # share of the different texts that must be days


def with_age(columns: Sequence[Guess], seen: Sequence[Surveyed], flow: Dataflow) -> tuple[Guess, ...]:
    """Return the guesses, with the dates of birth as ages where no column tells them and one day alone can be meant.

    That day is in the only column that places the case in its period, and holds days. Elsewhere a person must say it.
    """
    variable = untold(columns, flow)
    births = [one for one in columns if one.reason == BORN and not one.is_used]
    periods = {one.letter for one in columns if one.kind is Kind.PERIOD}
    on = [one for one in seen if one.letter in periods and is_days(one.texts)]
    if variable is None or len(births) != 1 or len(on) != 1:
        return tuple(columns)
    header = next(one.header for one in columns if one.letter == on[0].letter)
    return tuple(counted(one, variable, header) if one is births[0] else one for one in columns)


def untold(columns: Sequence[Guess], flow: Dataflow) -> Variable | None:
    """Return the required age that no column tells; None where there is none, or it is told."""
    told = {one.target for one in columns if one.is_used} | {entry.target for one in columns for entry in one.kept}
    return next((one for one in flow.variables if one.required and is_age(one) and one.id not in told), None)


def is_age(variable: Variable) -> bool:
    """Return whether a variable asks for an age."""
    return kind_of(variable) is Kind.AGE


def is_days(texts: Mapping[str, int]) -> bool:
    """Return whether a column holds days. texts: its different cells → rows."""
    return bool(texts) and sum(dates.day(text) is not None for text in texts) >= _MOST * len(texts)


def counted(guess: Guess, variable: Variable, on: str, confidence: float = _FOUND) -> Guess:
    """Return the guess as an age on the day in the column headed ``on``."""
    facts = {"kind": Kind.BIRTH, "target": variable.id, "code": None, "reason": BORN, "values": ()}
    return replace(guess, **facts, at=on, confidence=confidence)  # type: ignore[arg-type]
