"""A desk that receives contributions into a temporary folder and a real database, and what a body may come as."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import insert, select

from amana import signing
from amana.audit.events.event import Actor
from amana.audit.outbox.tables import event_detail, journal
from amana.db import Database
from amana.intake.body import Upload, begin
from amana.intake.receipt import Receipt
from amana.intake.receive import Desk, receive
from amana.intake.submission import Submission
from amana.intake.tables import batch, committee_key, segment
from amana.vault.envelope import EnvelopeHeader, Manifest, Segment, sign_manifest
from amana.vault.sealing import seal_stream
from support.contributions import BOOK
from support.databases import TestDatabase
from support.vault import Vault, make_vault

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIMIT = 10_000_000
CSV = b"PSEUDONYM,SEX\r\nCANARY-7731,F\r\n"
NOUR = Actor("per_nour", "submitter", "MAR")


@dataclass
class Office:
    """The desk, the vault behind it, and the owner's view of the database."""

    desk: Desk
    vault: Vault
    owner: Database
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def add_committee_key(self, committee: str = "MAR", retired_at: datetime | None = None) -> Ed25519PrivateKey:
        key = Ed25519PrivateKey.generate()
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        name = signing.key_id(key.public_key())
        row = {"key_id": name, "committee": committee, "public_pem": pem, "valid_from": NOON, "retired_at": retired_at}
        with self.owner.write() as tx:
            tx.execute(insert(committee_key).values(**row))
        return key

    def receive(self, upload: Upload | None = None, **changed: Any) -> Receipt:
        return receive(upload or csv(), submission(**changed), self.desk, NOON)

    def rows(self, table: Any = batch) -> list[Any]:
        with self.owner.read() as reading:
            return list(reading.execute(select(table)).mappings())

    def files(self) -> list[Path]:
        shelf = self.desk.shelf
        return [path for folder in (shelf.incoming, shelf.shelved) for path in folder.iterdir()]

    def nothing_kept(self) -> bool:
        tables = (batch, segment, journal, event_detail)
        return not self.files() and not any(self.rows(table) for table in tables)


@contextmanager
def office(database: TestDatabase, root: Path) -> Iterator[Office]:
    folder = root / "office"
    folder.mkdir()
    vault = make_vault(folder)
    desk = Desk(database.as_role("amana_web"), vault.shelf, (vault.recipient,), b"r" * 32, BOOK)
    yield Office(desk, vault, database.as_role("owner"))


def submission(**changed: Any) -> Submission:
    said: dict[str, Any] = {
        "committee": "MAR",
        "dataflow": "VICTIMS",
        "period": "2022",
        "contribution": "records",
        "submitter": NOUR,
        "idempotency_key": "2022-first",
    }
    return Submission(**{**said, **changed})


def csv(content: bytes = CSV) -> Upload:
    return begin(io.BytesIO(content), "text/csv; charset=utf-8", len(content), LIMIT, terminated=True)


def age(content: bytes) -> Upload:
    return begin(io.BytesIO(content), "application/age", len(content), LIMIT, terminated=True)


def packed(office: Office, key: Ed25519PrivateKey, data: bytes = b"{}", **changed: Any) -> tuple[bytes, str]:
    """What a committee sends when it seals itself: the ciphertext, and the Amana-Manifest header."""
    said: dict[str, Any] = {
        "batch_or_nonce": "nonce-1",
        "committee": "MAR",
        "dataflow": "VICTIMS",
        "period": "2022",
        "contribution": "tables",
        "codebook_digest": BOOK.digest,
        "created": "2026-11-21T09:30:00Z",
    }
    header = EnvelopeHeader(**{**said, **changed})
    sink = io.BytesIO()
    sealed = seal_stream(io.BytesIO(data), sink, header, [office.vault.recipient])
    manifest = Manifest(header, (Segment(sealed.sha256, sealed.bytes),))
    return sink.getvalue(), base64.b64encode(sign_manifest(manifest, key)).decode()
