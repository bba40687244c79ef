"""The one refusal of this room: a file that is no table, with the places that say why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from amana.canonical import Json
from amana.errors import AmanaError
from amana.findings import Finding


class FileUnreadable(AmanaError):
    """The file is no table that could be judged row by row; ``findings`` say where and why. Nothing of it was kept."""

    code: ClassVar[str] = "reading.unreadable"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(rules=sorted({finding.rule for finding in findings}))
        self.findings = tuple(findings)


def unreadable(
    rule: str, row: int | None = None, *, sheet: str | None = None, letter: str | None = None, **facts: Json
) -> FileUnreadable:
    """Return the refusal for one rule at one place."""
    return FileUnreadable([Finding(rule, sheet=sheet, row=row, letter=letter, facts=facts)])
