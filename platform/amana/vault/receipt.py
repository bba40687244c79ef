"""The hub's receipt for what an owner asked: signed once nothing of it can be read any more, and checked offline.

It names the request, what kind it was, the batch, and the two entries in the log: the order, and that it was done. It
holds no count and no pseudonym.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from amana import canonical, signing
from amana.canonical import Json
from amana.errors import Malformed

RECEIPT_TYPE: Final = "application/vnd.amana.receipt+json"
_FORMAT: Final = "amana-receipt/1"


@dataclass(frozen=True)
class Receipt:
    """What was asked, and that it was done. batch: None where it was about persons; times are RFC 3339, UTC."""

    request: str
    committee: str
    dataflow: str
    act: str
    batch: str | None
    received_at: str
    received_event: str
    done_at: str
    done_event: str

    def render(self) -> bytes:
        """Return the canonical JSON that is signed."""
        return canonical.encode({"format": _FORMAT, **self.facts()})

    def facts(self) -> dict[str, Json]:
        """Return the receipt as a JSON object."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def parse(cls, raw: bytes) -> Receipt:
        """Return the receipt that ``render`` wrote. Raises Malformed for anything else."""
        said = canonical.decode(raw)
        if not isinstance(said, Mapping) or said.keys() != {"format", *cls.__dataclass_fields__}:
            raise Malformed(format="amana receipt")
        facts = {name: value for name, value in said.items() if name != "format"}
        texts = all(isinstance(value, str) for name, value in facts.items() if name != "batch" or value is not None)
        if said["format"] != _FORMAT or not texts:
            raise Malformed(format="amana receipt")
        return cls(**facts)  # type: ignore[arg-type] # each was just compared with its field


def read_receipt(dsse: bytes, trusted: Iterable[Ed25519PublicKey]) -> Receipt:
    """Return the receipt once a trusted key's signature over it holds.

    Raises SignatureInvalid when none of the keys signed it, Malformed when it is no receipt.
    """
    return Receipt.parse(signing.verify(dsse, RECEIPT_TYPE, trusted).payload)
