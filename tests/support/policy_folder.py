"""A copy of the policies that a test may edit, and the requests that tests put to it."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from amana.config import HOME
from amana.policy.decide import ACTIONS, Decision, Principal, Request, Resource, decide
from amana.policy.documents import Policies, load

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class PolicyFolder:
    """A copy of ``policies/``, edited by replacing text that must be there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(HOME / "policies", folder)

    def replace(self, file: str, old: str, new: str) -> PolicyFolder:
        """Replace ``old``, a regular expression, which must match."""
        text = (self.folder / file).read_text(encoding="utf-8")
        changed, times = re.subn(old, new, text, count=1, flags=re.MULTILINE)
        assert times == 1, f"{old!r} is not in {file}"
        (self.folder / file).write_text(changed, encoding="utf-8")
        return self

    def append(self, file: str, text: str) -> PolicyFolder:
        """Add text at the end of a file."""
        with (self.folder / file).open("a", encoding="utf-8") as opened:
            opened.write(text)
        return self

    def load(self) -> Policies:
        return load(self.folder)


def ask(
    policies: Policies,
    action: str,
    roles: str = "",
    of: str | None = None,
    /,
    *,
    purpose: str | None = None,
    purposes: str = "",
    at: datetime = NOON,
    person: str = "per_asker",
    **facts: object,
) -> Decision:
    """Put a request to the policies: ``ask(policies, "read_batch", "submitter", "MAR", committee="MAR")``."""
    held, approved = frozenset(roles.split()), frozenset(purposes.split())
    principal = Principal(person, held, of, "somebody", "other", approved)
    told = {"kind": ACTIONS.get(action, "batch"), "id": "x", **facts}
    return decide(policies, Request(principal, action, Resource(**told), purpose, at))  # type: ignore[arg-type]
