"""What a witness refuses to do, each with an exit code of its own (sysexits)."""

from __future__ import annotations

from typing import ClassVar

from amana.errors import AmanaError


class MemoryLost(AmanaError):
    """The witness no longer knows what it has cosigned; it never cosigns again under this key. facts: ``folder``."""

    code: ClassVar[str] = "witness.memory_lost"
    status: ClassVar[int] = 503
    exit: ClassVar[int] = 78


class Retired(AmanaError):
    """This witness was retired; a new one needs a new folder, a new key and a new name. facts: ``folder``."""

    code: ClassVar[str] = "witness.retired"
    status: ClassVar[int] = 503
    exit: ClassVar[int] = 78


class NotTaken(AmanaError):
    """The hub answered without this witness's line: it does not know the key, or a clock is wrong. facts: ``name``."""

    code: ClassVar[str] = "witness.not_taken"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 76


class NotCosigned(AmanaError):
    """The witness refused the checkpoint that the hub shows.

    facts: ``answered``, the status as add-checkpoint has it; ``kept``, the size that it remembers; ``what`` the refusal
    shows, as a word; ``place``, where the evidence was put.
    """

    code: ClassVar[str] = "witness.not_cosigned"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 1
