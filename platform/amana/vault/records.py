"""What the vault holds: records as encrypted Parquet, raw tables as one sealed file; neither opens without its key.

Parquet modular encryption (parquet-format, Encryption.md): AES_GCM_V1 with 256-bit keys, uniform over columns and
footer, the footer encrypted, so that neither a code nor the name of a column stands in the clear. Destroying the
dataset's key destroys the records.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyarrow.parquet import encryption

from amana import canonical, durable
from amana.canonical import Json
from amana.codebook.model import UNKNOWN
from amana.codebook.records import Records
from amana.errors import AmanaError
from amana.faults import point
from amana.vault.keys import KeyMissing, KeyStore, KeyUnusable
from amana.vault.secret import SECRET_BYTES

_FORMAT: Final = "amana-records/1"
META: Final = b"amana"
_USE: Final = "amana/vault/dataset-wraps-parquet/1"
PSEUDONYM: Final = "PSEUDONYM"
CODED, FLAG, _LINK = "c:", "f:", "l:"  # first letters of a column's name: coded, flag, link
_TABLES_MAGIC: Final = b"amana-tables/1\n"
_TABLES_USE: Final = "amana/vault/dataset-wraps-tables/1"
_NONCE_BYTES: Final = 12  # AES-GCM


class HoldingUnreadable(AmanaError):
    """A file of the vault is damaged, or it is not the one that was asked for."""

    code = "vault.holding_unreadable"
    status = 500
    exit = 74


@dataclass(frozen=True)
class HoldingFacts:
    """What a file of the vault says inside the encryption, to be compared with the holding's row."""

    holding: str
    committee: str
    dataflow: str
    period: str
    codebook_digest: str


@dataclass(frozen=True)
class StoredFile:
    """Where it stands (a name within the vault's ``records`` folder), under which key, and how many rows it has."""

    file: str
    key_id: str
    rows: int


def read_records(path: Path, facts: HoldingFacts, keys: KeyStore, key_id: str) -> Records:
    """Return the records of a holding; pseudonyms and links as 64 hex characters (an unknown link stays ``_U``).

    Raises KeyMissing when the key was destroyed, HoldingUnreadable when the file is damaged, is encrypted under another
    key, or belongs to another holding than ``facts``.
    """
    with opened(path, keys, key_id) as file:
        return as_records(file.read(), facts)


def read_blocks(path: Path, facts: HoldingFacts, keys: KeyStore, key_id: str) -> Iterator[Records]:
    """Yield the records of a holding one row group at a time, in the order in which they were written.

    Raises what ``read_records`` raises, perhaps after some blocks.
    """
    with opened(path, keys, key_id) as file:
        for number in range(file.num_row_groups):
            yield as_records(file.read_row_group(number), facts)


@contextmanager
def opened(path: Path, keys: KeyStore, key_id: str) -> Iterator[pq.ParquetFile]:
    """Yield a file of records; what it says of itself is still to be compared.

    Raises KeyMissing when the key was destroyed, HoldingUnreadable when the file is damaged or under another key,
    also while it is being read.
    """
    factory, connection = _factory(keys, key_id)
    try:
        with pq.ParquetFile(path, decryption_properties=factory.file_decryption_properties(connection)) as file:
            yield file
    except KeyMissing:
        raise
    except (KeyUnusable, OSError, pa.ArrowException) as fault:
        raise HoldingUnreadable from fault


def sealed_for(keys: KeyStore, key_id: str) -> encryption.FileEncryptionProperties:
    """Return how a file of records is encrypted under a dataset key. Raises KeyMissing, KeyUnusable."""
    factory, connection = _factory(keys, key_id)
    return factory.file_encryption_properties(connection, _configuration(key_id))


def pseudonymise(key: bytes, committee: str, dataflow: str, variable: str, values: Sequence[str]) -> list[bytes]:
    """Return (n,) HMAC-SHA256 values of 32 bytes: the committee's pseudonyms never rest in the hub as it sent them.

    The key scopes them: each part is preceded by its length (8 bytes, big endian), so that no two lists of parts
    read alike, and a person of one committee or dataflow cannot be joined with one of another.
    """
    scope = hmac.new(key, digestmod=hashlib.sha256)
    for part in ("amana/vault/pseudonym/1", committee, dataflow, variable):
        scope.update(_with_length(part))
    return [_hmac_of(scope, value) for value in values]


def _hmac_of(scope: hmac.HMAC, value: str) -> bytes:
    mac = scope.copy()
    mac.update(_with_length(value))
    return mac.digest()


def _with_length(part: str) -> bytes:
    raw = part.encode()
    return len(raw).to_bytes(8, "big") + raw


class _DatasetKey(encryption.KmsClient):  # type: ignore[misc] # pyarrow is not typed
    """What pyarrow asks for its file keys: one dataset key, and no other."""

    def __init__(self, keys: KeyStore, key_id: str) -> None:
        super().__init__()
        self._keys = keys
        self._key_id = key_id

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        """Return the wrapped file key, in hex."""
        return self._keys.wrap(self._only(master_key_identifier), key_bytes, _USE).hex().encode()

    def unwrap_key(self, wrapped_key: str, master_key_identifier: str) -> bytes:
        """Return the file key. Raises KeyUnusable for a file that names another dataset key."""
        return self._keys.unwrap(self._only(master_key_identifier), bytes.fromhex(wrapped_key), _USE)

    def _only(self, key_id: str) -> str:
        if key_id != self._key_id:
            raise KeyUnusable
        return key_id


def _factory(keys: KeyStore, key_id: str) -> tuple[encryption.CryptoFactory, encryption.KmsConnectionConfig]:
    """Return a factory for this one file: it caches keys, and a destroyed key must not live on in a cache."""
    return encryption.CryptoFactory(lambda _: _DatasetKey(keys, key_id)), encryption.KmsConnectionConfig()


def _configuration(key_id: str) -> encryption.EncryptionConfiguration:
    return encryption.EncryptionConfiguration(
        footer_key=key_id,
        uniform_encryption=True,
        encryption_algorithm="AES_GCM_V1",
        plaintext_footer=False,
        double_wrapping=False,
        data_key_length_bits=8 * SECRET_BYTES,
    )


def as_table(records: Records, facts: HoldingFacts, pseudonym_key: bytes) -> pa.Table:
    """Return records as they are stored, with what their file says of itself; ``as_records`` reads them back.

    pseudonym_key: 32 bytes; of pseudonyms and links only the HMAC under it is stored.
    """
    columns = {CODED + variable: pa.array(codes, pa.int16()) for variable, codes in records.columns.items()}
    columns |= {FLAG + code: pa.array(flags, pa.uint8()) for code, flags in records.flags.items()}
    hidden = {_LINK + variable: (variable, values) for variable, values in records.links.items()}
    if records.pseudonyms is not None:
        hidden[PSEUDONYM] = (PSEUDONYM, records.pseudonyms)
    for column, (variable, values) in hidden.items():
        macs = pseudonymise(pseudonym_key, records.committee, records.dataflow, variable, values)
        known = [mac if value != UNKNOWN else None for mac, value in zip(macs, values, strict=True)]
        columns[column] = pa.array(known, pa.binary(SECRET_BYTES))
    collected: list[Json] = [*sorted(records.collected)]
    meta: Json = {"format": _FORMAT, "facts": vars(facts), "collected": collected}
    return pa.table(columns).replace_schema_metadata({META: canonical.encode(meta)})


def as_records(table: pa.Table, facts: HoldingFacts) -> Records:
    """Return rows of a file as records. Raises HoldingUnreadable when they are of another holding than ``facts``."""
    meta = said(table.schema, facts)
    coded, flags, links = (_of(table, first) for first in (CODED, FLAG, _LINK))
    return Records(
        dataflow=facts.dataflow,
        committee=facts.committee,
        period=facts.period,
        columns={variable: table[name].to_numpy().astype(np.int16) for variable, name in coded},
        flags={code: table[name].to_numpy().astype(np.uint8) for code, name in flags},
        pseudonyms=_texts(table, PSEUDONYM) if PSEUDONYM in table.column_names else None,
        links={variable: _texts(table, name) for variable, name in links},
        collected=frozenset(map(str, meta["collected"])),
    )


def said(schema: pa.Schema, facts: HoldingFacts) -> Mapping[str, Any]:
    """Return what a file says of itself. Raises HoldingUnreadable when it is of another holding than ``facts``."""
    meta = canonical.decode((schema.metadata or {}).get(META, b"null"))
    if not isinstance(meta, Mapping) or (meta.get("format"), meta.get("facts")) != (_FORMAT, vars(facts)):
        raise HoldingUnreadable
    return meta


def _of(table: pa.Table, first: str) -> list[tuple[str, str]]:
    """Return (name without its first letters, name) of the columns of one sort."""
    return [(name.removeprefix(first), name) for name in table.column_names if name.startswith(first)]


def _texts(table: pa.Table, name: str) -> tuple[str, ...]:
    return tuple(UNKNOWN if value is None else value.hex() for value in table[name].to_pylist())


def write_tables(
    raw: bytes, facts: HoldingFacts, folder: Path, name: str, *, keys: KeyStore, key_id: str
) -> StoredFile:
    """Write a committee's raw tables as ``folder/name``, sealed with AES-256-GCM; the count of rows is 0.

    The file key is random, and wrapped by the dataset key; the associated data are the holding's facts. On return the
    file survives a power cut. Raises KeyMissing, KeyUnusable.
    """
    file_key, nonce = secrets.token_bytes(SECRET_BYTES), secrets.token_bytes(_NONCE_BYTES)
    wrapped = keys.wrap(key_id, file_key, _TABLES_USE)
    sealed = AESGCM(file_key).encrypt(nonce, raw, _bound_to(facts, key_id))
    durable.write(folder / name, _TABLES_MAGIC + len(wrapped).to_bytes(2, "big") + wrapped + nonce + sealed)
    point("vault.tables_stored")
    return StoredFile(name, key_id, 0)


def read_tables(path: Path, facts: HoldingFacts, keys: KeyStore, key_id: str) -> bytes:
    """Return the raw tables of a holding.

    Raises KeyMissing when the key was destroyed, HoldingUnreadable when the file is damaged, under another key, or
    belongs to another holding than ``facts``.
    """
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise HoldingUnreadable from fault
    magic, rest = content[: len(_TABLES_MAGIC)], content[len(_TABLES_MAGIC) :]
    cut = 2 + int.from_bytes(rest[:2], "big")
    wrapped, nonce, sealed = rest[2:cut], rest[cut : cut + _NONCE_BYTES], rest[cut + _NONCE_BYTES :]
    if magic != _TABLES_MAGIC:
        raise HoldingUnreadable
    try:
        file_key = keys.unwrap(key_id, wrapped, _TABLES_USE)
        return AESGCM(file_key).decrypt(nonce, sealed, _bound_to(facts, key_id))
    except (KeyUnusable, InvalidTag, ValueError) as fault:
        raise HoldingUnreadable from fault


def _bound_to(facts: HoldingFacts, key_id: str) -> bytes:
    return canonical.encode({"format": "amana-tables/1", "facts": vars(facts), "key": key_id})
