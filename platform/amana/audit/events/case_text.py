"""What an auditor wrote in a case, and the digest of it that its event carries: whoever has the text can check it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from amana import canonical

SALT: Final = 32  # bytes
_SIGNED: Final = ("note", "case", "kind", "answers", "title", "text")


class Kind(StrEnum):
    """What was written: the question that opens a case, a note or an answer, why a name is needed, the finding."""

    QUESTION = "question"
    NOTE = "note"
    REASON = "reason"
    FINDING = "finding"


@dataclass(frozen=True)
class Written:
    """A text of a case. answers: the note that it answers; title: of a question, else None."""

    note: str
    case: str
    kind: str
    answers: str | None
    title: str | None
    text: str
    salt: bytes


def digest(written: Written) -> str:
    """Return SHA-256(salt || canonical JSON of all else), as 64 hex characters."""
    told = asdict(written)
    return hashlib.sha256(written.salt + canonical.encode({name: told[name] for name in _SIGNED})).hexdigest()
