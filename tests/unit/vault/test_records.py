"""Records at rest: what comes back is what was stored, and without the key nothing comes back."""

from __future__ import annotations

import hashlib
import hmac
import shutil
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.parquet import encryption

from amana import canonical
from amana.codebook.records import Records
from amana.vault import records as records_room
from amana.vault.keys import KeyMissing, KeyStore
from amana.vault.records import (
    HoldingFacts,
    HoldingUnreadable,
    StoredFile,
    pseudonymise,
    read_records,
    read_tables,
    write_tables,
)
from amana.vault.tables import holding
from amana.vault.writing import write_records

FACTS = HoldingFacts("hld_" + "a" * 26, "MAR", "VICTIMS", "2022", "cd" * 32)
PSEUDONYM_KEY = b"p" * 32
RAW = canonical.encode({"format": "amana-raw-tables/1", "cubes": {"CANARY-CUBE": [[["F"], 3]]}})


def batch() -> Records:
    return Records(
        dataflow="VICTIMS",
        committee="MAR",
        period="2022",
        columns={"SEX": np.array([2, 3, 2], np.int16), "AGE": np.array([5, 0, 14], np.int16)},
        flags={"EXP_BEG": np.array([1, 0, 2], np.uint8)},
        pseudonyms=("CANARY-1", "CANARY-2", "مريم-3"),
        links={"EVENT": ("CANARY-EVENT", "CANARY-EVENT", "_U")},
        collected=frozenset({"SEX", "AGE", "EXPLOITATION", "EVENT", "PSEUDONYM"}),
    )


@pytest.fixture
def stored(tmp_path: Path, keys: KeyStore) -> tuple[Path, str]:
    folder = tmp_path / "records"
    folder.mkdir()
    key_id = keys.make("MAR")
    file = write_records(batch(), FACTS, folder, "hld.1.parquet", keys=keys, key_id=key_id, pseudonym_key=PSEUDONYM_KEY)
    assert (file.file, file.key_id, file.rows) == ("hld.1.parquet", key_id, 3)
    return folder / file.file, key_id


@pytest.fixture
def tables(tmp_path: Path, keys: KeyStore) -> tuple[Path, str]:
    key_id = keys.make("MAR")
    file = write_tables(RAW, FACTS, tmp_path, "hld.1.tables", keys=keys, key_id=key_id)
    assert (file.file, file.key_id, file.rows) == ("hld.1.tables", key_id, 0)
    return tmp_path / file.file, key_id


def drawn_hmac(variable: str, value: str) -> str:
    parts = [b"amana/vault/pseudonym/1", b"MAR", b"VICTIMS", variable.encode(), value.encode()]
    message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.new(PSEUDONYM_KEY, message, hashlib.sha256).hexdigest()


def test_records_come_back_with_hmacs_in_the_place_of_pseudonyms(stored: tuple[Path, str], keys: KeyStore):
    path, key_id = stored
    read = read_records(path, FACTS, keys, key_id)
    assert (read.dataflow, read.committee, read.period) == ("VICTIMS", "MAR", "2022")
    assert read.columns["SEX"].tolist() == [2, 3, 2]
    assert read.columns["AGE"].tolist() == [5, 0, 14]
    assert read.columns["SEX"].dtype == np.int16
    assert read.flags["EXP_BEG"].tolist() == [1, 0, 2]
    assert read.flags["EXP_BEG"].dtype == np.uint8
    assert read.collected == batch().collected
    assert read.pseudonyms == tuple(drawn_hmac("PSEUDONYM", one) for one in ("CANARY-1", "CANARY-2", "مريم-3"))


def test_a_link_is_hidden_too_and_an_unknown_one_stays_unknown(stored: tuple[Path, str], keys: KeyStore):
    path, key_id = stored
    event = drawn_hmac("EVENT", "CANARY-EVENT")
    assert read_records(path, FACTS, keys, key_id).links == {"EVENT": (event, event, "_U")}


def test_records_without_pseudonyms_and_without_rows_are_stored_as_such(tmp_path: Path, keys: KeyStore):
    none = Records("VICTIMS", "MAR", "2022", {"SEX": np.array([], np.int16)}, {}, None, {}, frozenset({"SEX"}))
    key_id = keys.make("MAR")
    file = write_records(none, FACTS, tmp_path, "x", keys=keys, key_id=key_id, pseudonym_key=PSEUDONYM_KEY)
    read = read_records(tmp_path / file.file, FACTS, keys, key_id)
    assert (len(read), read.pseudonyms, read.links, file.rows) == (0, None, {}, 0)


def test_the_schema_on_disk_is_int16_uint8_and_32_bytes(stored: tuple[Path, str], keys: KeyStore):
    path, key_id = stored
    factory, connection = records_room._factory(keys, key_id)
    with pq.ParquetFile(path, decryption_properties=factory.file_decryption_properties(connection)) as file:
        schema = file.schema_arrow
    assert {name: schema.field(name).type for name in schema.names} == {
        "c:SEX": pa.int16(),
        "c:AGE": pa.int16(),
        "f:EXP_BEG": pa.uint8(),
        "PSEUDONYM": pa.binary(32),
        "l:EVENT": pa.binary(32),
    }
    assert canonical.decode(schema.metadata[b"amana"])["facts"]["codebook_digest"] == "cd" * 32


def test_nothing_readable_stands_in_the_file_or_beside_it(stored: tuple[Path, str], tmp_path: Path):
    for path in tmp_path.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            for canary in (b"CANARY", "مريم".encode(), b"SEX", b"VICTIMS", b"EXP_BEG", b"2022", b"cdcd"):
                assert canary not in raw, (canary, path)
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["hld.1.parquet"]


def test_a_file_says_which_key_it_needs_and_not_whose_it_is(stored: tuple[Path, str]):
    path, key_id = stored
    assert key_id.encode() in path.read_bytes()
    assert b"MAR" not in path.read_bytes()


def test_without_any_key_parquet_readers_refuse(stored: tuple[Path, str]):
    with pytest.raises(OSError, match="decryption"):
        pq.read_table(stored[0])


def test_another_dataset_key_reads_nothing(stored: tuple[Path, str], keys: KeyStore):
    with pytest.raises(HoldingUnreadable):
        read_records(stored[0], FACTS, keys, keys.make("MAR"))


def test_a_restored_copy_is_unreadable_once_its_key_is_destroyed(
    stored: tuple[Path, str], tables: tuple[Path, str], tmp_path: Path, keys: KeyStore, root_key: Path
):
    for path, _ in (stored, tables):
        shutil.copy(path, tmp_path / f"backup-{path.name}")
    for path, key_id in (stored, tables):
        keys.destroy(key_id)
        path.unlink()
        shutil.copy(tmp_path / f"backup-{path.name}", path)
    for store in (keys, KeyStore(tmp_path / "keys", root_key)):
        with pytest.raises(KeyMissing):
            read_records(stored[0], FACTS, store, stored[1])
        with pytest.raises(KeyMissing):
            read_tables(tables[0], FACTS, store, tables[1])


@pytest.mark.parametrize("place", [10, 100, -20, -200])
def test_a_flipped_bit_is_found(stored: tuple[Path, str], keys: KeyStore, place: int):
    path, key_id = stored
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)
    with pytest.raises(HoldingUnreadable):
        read_records(path, FACTS, keys, key_id)


@pytest.mark.parametrize("length", [0, 3, 400])
def test_a_cut_file_is_found(stored: tuple[Path, str], keys: KeyStore, length: int):
    path, key_id = stored
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(HoldingUnreadable):
        read_records(path, FACTS, keys, key_id)


def test_an_absent_file_is_unreadable(stored: tuple[Path, str], tables: tuple[Path, str], keys: KeyStore):
    with pytest.raises(HoldingUnreadable):
        read_records(stored[0].with_name("absent"), FACTS, keys, stored[1])
    with pytest.raises(HoldingUnreadable):
        read_tables(tables[0].with_name("absent"), FACTS, keys, tables[1])


ELSEWHERE = [
    replace(FACTS, holding="hld_" + "b" * 26),
    replace(FACTS, committee="TUN"),
    replace(FACTS, dataflow="CHILDREN"),
    replace(FACTS, period="2021"),
    replace(FACTS, codebook_digest="ef" * 32),
]


@pytest.mark.parametrize("facts", ELSEWHERE)
def test_a_file_put_in_another_holdings_place_is_refused(stored, tables, keys: KeyStore, facts: HoldingFacts):
    with pytest.raises(HoldingUnreadable):
        read_records(stored[0], facts, keys, stored[1])
    with pytest.raises(HoldingUnreadable):
        read_tables(tables[0], facts, keys, tables[1])


@pytest.mark.parametrize("metadata", [None, {"amana": b'{"format":"amana-records/2"}'}])
def test_a_parquet_file_of_another_form_is_refused_although_the_key_opens_it(tmp_path: Path, keys: KeyStore, metadata):
    key_id = keys.make("MAR")
    factory, connection = records_room._factory(keys, key_id)
    sealed = factory.file_encryption_properties(connection, records_room._configuration(key_id))
    table = pa.table({"c:SEX": pa.array([1], pa.int16())}).replace_schema_metadata(metadata)
    pq.write_table(table, tmp_path / "foreign", encryption_properties=sealed)
    with pytest.raises(HoldingUnreadable):
        read_records(tmp_path / "foreign", FACTS, keys, key_id)


def test_a_failed_write_leaves_nothing(tmp_path: Path, keys: KeyStore):
    folder = tmp_path / "records"
    folder.mkdir()
    with pytest.raises(KeyMissing):
        write_records(
            batch(), FACTS, folder, "x", keys=keys, key_id="key_" + "a" * 26, pseudonym_key=PSEUDONYM_KEY
        )  # fmt: skip
    assert list(folder.iterdir()) == []


def test_the_file_is_encrypted_under_256_bits_gcm_and_its_footer_is_hidden(stored: tuple[Path, str]):
    assert stored[0].read_bytes()[:4] == stored[0].read_bytes()[-4:] == b"PARE"  # parquet-format: encrypted footer
    configuration = records_room._configuration("key")
    assert isinstance(configuration, encryption.EncryptionConfiguration)
    assert (configuration.data_key_length_bits, configuration.encryption_algorithm) == (256, "AES_GCM_V1")


def test_pseudonyms_of_two_scopes_cannot_be_joined():
    one = pseudonymise(PSEUDONYM_KEY, "MAR", "VICTIMS", "PSEUDONYM", ["a", "b"])
    assert one[0] != one[1]
    others = [
        pseudonymise(b"q" * 32, "MAR", "VICTIMS", "PSEUDONYM", ["a"]),
        pseudonymise(PSEUDONYM_KEY, "TUN", "VICTIMS", "PSEUDONYM", ["a"]),
        pseudonymise(PSEUDONYM_KEY, "MAR", "CHILDREN", "PSEUDONYM", ["a"]),
        pseudonymise(PSEUDONYM_KEY, "MAR", "VICTIMS", "EVENT", ["a"]),
        pseudonymise(PSEUDONYM_KEY, "MARV", "ICTIMS", "PSEUDONYM", ["a"]),
    ]
    assert one[0] not in [values[0] for values in others]
    assert {len(value) for value in one} == {32}


def test_the_holdings_row_has_a_column_for_every_fact_inside_its_file():
    facts = {field.name for field in fields(HoldingFacts)} - {"holding"} | {"id"}
    assert set(holding.columns.keys()) >= facts | {field.name for field in fields(StoredFile)}


def test_raw_tables_come_back(tables: tuple[Path, str], keys: KeyStore):
    assert read_tables(tables[0], FACTS, keys, tables[1]) == RAW
    assert b"CANARY" not in tables[0].read_bytes()


SPOILED = [
    lambda _: b"",
    lambda raw: raw[:20],
    lambda raw: raw[:-1],
    lambda raw: b"b" + raw[1:],
    lambda raw: raw[:30] + bytes([raw[30] ^ 1]) + raw[31:],
    lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
]


@pytest.mark.parametrize("spoil", SPOILED)
def test_spoiled_raw_tables_are_refused(tables: tuple[Path, str], keys: KeyStore, spoil):
    path, key_id = tables
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(HoldingUnreadable):
        read_tables(path, FACTS, keys, key_id)
