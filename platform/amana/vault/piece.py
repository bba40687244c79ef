"""A piece: what arrived of a file in one go, sealed on its own, so that a broken line loses nothing that had arrived.

Inside the age payload stands ``amana-piece/1``, one line of canonical JSON (the header), and then the bytes. The header
says of which upload this is, which piece, where in the file it begins, and how long the whole file is. So whoever opens
the pieces notices one that is missing, out of order, twice there, or of another upload, and needs nobody's word for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

from amana import canonical
from amana.canonical import Json
from amana.errors import Malformed
from amana.vault.envelope import HEADER_LIMIT, Subject

MAGIC: Final = b"amana-piece/1\n"
_NUMBERS: Final = {"number": 1, "offset": 0, "total": 1}  # field → the least that it may be


@dataclass(frozen=True)
class PieceHeader:
    """The first line inside the seal of a piece.

    upload, batch: ids that the hub gave when the upload began.
    created:       RFC 3339, UTC.
    number:        this piece's number, from 1.
    offset:        bytes of the file before this piece.
    total:         bytes of the whole file.
    """

    upload: str
    batch: str
    committee: str
    dataflow: str
    period: str
    contribution: str
    created: str
    number: int
    offset: int
    total: int

    @property
    def subject(self) -> Subject:
        """The facts that must agree with the batch."""
        return Subject(self.batch, self.committee, self.dataflow, self.period, self.contribution)

    def render(self) -> bytes:
        """Return the bytes that precede the data. Raises Malformed when they would pass ``HEADER_LIMIT``."""
        facts: dict[str, Json] = {field.name: getattr(self, field.name) for field in fields(self)}
        raw = MAGIC + canonical.encode(facts) + b"\n"
        if len(raw) > HEADER_LIMIT:
            raise Malformed(format="amana piece")
        return raw

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Return the header that ``render`` wrote. Raises Malformed for anything else."""
        if not raw.startswith(MAGIC) or not raw.endswith(b"\n"):
            raise Malformed(format="amana piece")
        facts = canonical.decode(raw[len(MAGIC) : -1])
        if not isinstance(facts, Mapping) or facts.keys() != {field.name for field in fields(cls)}:
            raise Malformed(format="amana piece")
        if not all(_fits(name, value) for name, value in facts.items()):
            raise Malformed(format="amana piece")
        return cls(**facts)  # type: ignore[arg-type] # each was just compared with its field


def _fits(name: str, value: Json) -> bool:
    if name in _NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool) and value >= _NUMBERS[name]
    return isinstance(value, str)
