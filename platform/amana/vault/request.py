"""A list of persons inside the seal: what its header says where a contribution says how it comes, and its first line.

After the envelope's header stands, perhaps, one line of canonical JSON, and then a CSV under the header PSEUDONYM.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from amana import canonical
from amana.canonical import Json
from amana.errors import Malformed

ALL_PERIODS: Final = "*"  # as a header says it
PSEUDONYM: Final = "PSEUDONYM"
_FORMAT: Final = "amana-request/1"


def said_inside(act: str) -> str:
    """Return what the header of a list says: nothing that was sent as something else can be taken for it."""
    return f"request.{act}"


def first_line(recipient: str | None) -> bytes:
    """Return the line before the CSV. recipient: the age key that an answer is to be sealed for."""
    said: dict[str, Json] = {"format": _FORMAT}
    return canonical.encode(said | ({"recipient": recipient} if recipient else {})) + b"\n"


def recipient_in(line: bytes) -> str | None:
    """Return the recipient that ``first_line`` wrote. Raises Malformed when the line is another."""
    said = canonical.decode(line.rstrip(b"\n"))
    if not isinstance(said, Mapping) or said.get("format") != _FORMAT:
        raise Malformed(format="amana request")
    recipient = said.get("recipient")
    return recipient if isinstance(recipient, str) else None
