"""A life as a table: which state may follow which. The same table moves a row and draws the page that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from amana.errors import Conflict

State = TypeVar("State", bound=StrEnum)
Steps = Mapping[State, frozenset[State]]  # state → what it may become; the first is where a life begins


def move(steps: Steps[State], state: State, to: State) -> State:
    """Return ``to`` when the table lets one go there from ``state``. Raises Conflict when it does not."""
    if to not in steps[state]:
        raise Conflict(state=state.value, to=to.value)
    return to


def diagram(steps: Steps[State], noun: str, source: str) -> str:
    """Return the page of ``docs/states`` about a batch or a release: the table, drawn and in words.

    source: the module that holds the table, below ``platform/``.
    """
    lines = [f"    {state} --> {to}" for state, after in steps.items() for to in sorted(after)]
    ends = [f"    {state} --> [*]" for state, after in steps.items() if not after]
    table = [f"| {state} | {', '.join(sorted(after)) or 'nothing'} |" for state, after in steps.items()]
    return "\n".join(
        [
            f"# The states of a {noun}",
            "",
            f"Generated from `{source}`; a test compares the two.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {next(iter(steps))}",
            *lines,
            *ends,
            "```",
            "",
            "| from | may become |",
            "|---|---|",
            *table,
            "",
        ]
    )
