"""A clause's sentence: which code in the wording, with which facts."""

from __future__ import annotations

from collections.abc import Mapping


def sentence_code(clause: str) -> tuple[str, Mapping[str, str]]:
    """Return the wording's code for the clause of a decision, and the facts that its sentence holds.

    ``agreement.MAR.basis.child`` → ``clause.agreement.basis`` with committee MAR, what "child".
    """
    match clause.split("."):
        case ["access", rule]:
            return "clause.access", {"rule": rule}
        case ["agreement", committee, term, *what]:
            return f"clause.agreement.{term}", {"committee": committee, "what": ".".join(what)}
        case _:
            return f"clause.{clause}", {}
