"""Every error is a code and facts; the sentence and the status are chosen at the door.

Facts are identifiers, numbers and names of rules. They never hold a value of a record, a key or a password:
an error may be logged, journalled and shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar


class AmanaError(Exception):
    """Something was refused; nothing was half-done.

    code:   stable, dotted, published: clients and tests rely on it.
    status: the HTTP status a door answers with.
    exit:   the exit code of a command.
    facts:  what the sentence needs: rule ids, row numbers, limits. Never a record's value.
    """

    code: ClassVar[str] = "amana.error"
    status: ClassVar[int] = 500
    exit: ClassVar[int] = 70

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code}({told})"


class Misconfigured(AmanaError):
    """A process was given settings it must not have, or lacks one that it needs; it refuses to start."""

    code = "config.refused"
    exit = 78


class Unusable(Misconfigured):
    """A file that was named, such as a key's, does not hold what is needed."""

    code = "config.unusable"


class Malformed(AmanaError):
    """Bytes that claim a format do not follow it."""

    code = "format.malformed"
    status = 400
    exit = 65


class SignatureInvalid(AmanaError):
    """A signature does not match; the caller must treat the content as unread."""

    code = "signature.invalid"
    status = 422
    exit = 65


class NotFound(AmanaError):
    """There is no such thing, or the reader may not learn that there is."""

    code = "resource.not_found"
    status = 404
    exit = 66


class Conflict(AmanaError):
    """The thing is no longer in the state that the request assumed; nothing was changed."""

    code = "state.conflict"
    status = 409
    exit = 75


def every_error(root: type[AmanaError] = AmanaError) -> Iterator[type[AmanaError]]:
    """Yield each error class that has been imported, the root included."""
    yield root
    for child in root.__subclasses__():
        yield from every_error(child)
