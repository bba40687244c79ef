"""Keys: each wrapped by the one above, for one use, under its own name; a destroyed one takes everything with it."""

from __future__ import annotations

import json
import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amana import ids
from amana.errors import Misconfigured
from amana.vault import keys as keys_room
from amana.vault.keys import KeyMissing, KeyStore, KeyUnusable
from amana.vault.secret import new_secret, read_secret

FILE_KEY = bytes(range(32))


def key_file(folder: Path, name: str) -> Path:
    return next(folder.rglob(f"{name}.json"))


def test_a_wrapped_key_comes_back_for_the_same_use(keys: KeyStore):
    key_id = keys.make("MAR")
    wrapped = keys.wrap(key_id, FILE_KEY, "parquet")
    assert FILE_KEY not in wrapped
    assert keys.unwrap(key_id, wrapped, "parquet") == FILE_KEY


def test_no_two_wrappings_are_alike(keys: KeyStore):
    key_id = keys.make("MAR")
    assert keys.wrap(key_id, FILE_KEY, "parquet") != keys.wrap(key_id, FILE_KEY, "parquet")


def test_another_use_another_key_or_other_bytes_unwrap_nothing(keys: KeyStore):
    key_id, other = keys.make("MAR"), keys.make("MAR")
    wrapped = keys.wrap(key_id, FILE_KEY, "parquet")
    for attempt in (
        lambda: keys.unwrap(key_id, wrapped, "tables"),
        lambda: keys.unwrap(other, wrapped, "parquet"),
        lambda: keys.unwrap(key_id, wrapped[:-1], "parquet"),
        lambda: keys.unwrap(key_id, b"", "parquet"),
        lambda: keys.unwrap(key_id, bytes([wrapped[0] ^ 1]) + wrapped[1:], "parquet"),
    ):
        with pytest.raises(KeyUnusable):
            attempt()


def test_the_id_of_a_key_tells_nothing(keys: KeyStore):
    assert ids.is_id(keys.make("MAR"), "key")


def test_the_store_opens_again_with_its_root_key_and_with_no_other(tmp_path: Path, keys: KeyStore, root_key: Path):
    key_id = keys.make("MAR")
    wrapped = keys.wrap(key_id, FILE_KEY, "parquet")
    assert KeyStore(tmp_path / "keys", root_key).unwrap(key_id, wrapped, "parquet") == FILE_KEY
    (tmp_path / "other.key").write_text(new_secret())
    with pytest.raises(KeyUnusable):
        KeyStore(tmp_path / "keys", tmp_path / "other.key").unwrap(key_id, wrapped, "parquet")


def test_a_destroyed_key_stays_destroyed_and_its_sisters_live(keys: KeyStore):
    gone, sister = keys.make("MAR"), keys.make("MAR")
    kept = keys.wrap(sister, FILE_KEY, "parquet")
    keys.destroy(gone)
    keys.destroy(gone)
    with pytest.raises(KeyMissing):
        keys.wrap(gone, FILE_KEY, "parquet")
    assert keys.unwrap(sister, kept, "parquet") == FILE_KEY


def test_destroying_overwrites_before_it_removes(tmp_path: Path, keys: KeyStore):
    key_id = keys.make("MAR")
    path = key_file(tmp_path / "keys", key_id)
    before = path.read_bytes()
    (tmp_path / "second name").hardlink_to(path)
    keys.destroy(key_id)
    after = (tmp_path / "second name").read_bytes()
    assert len(after) == len(before)
    assert after != before
    assert not path.exists()


def test_a_wrapped_key_cannot_be_moved_to_anothers_place(tmp_path: Path, keys: KeyStore):
    one, other = keys.make("MAR"), keys.make("MAR")
    folder = tmp_path / "keys"
    moved = json.loads(key_file(folder, one).read_bytes()) | {"name": other}
    key_file(folder, other).write_text(json.dumps(moved, sort_keys=True, separators=(",", ":")))
    with pytest.raises(KeyUnusable):
        keys.wrap(other, FILE_KEY, "parquet")
    shutil.copy(key_file(folder, one), key_file(folder, other))
    with pytest.raises(KeyUnusable):
        keys.wrap(other, FILE_KEY, "parquet")


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"committee":"MAR","format":"amana-key/1","name":"%s"}'])
def test_a_damaged_key_file_opens_nothing(tmp_path: Path, keys: KeyStore, content: str):
    key_id = keys.make("MAR")
    key_file(tmp_path / "keys", key_id).write_text(content.replace("%s", key_id))
    with pytest.raises(KeyUnusable):
        keys.wrap(key_id, FILE_KEY, "parquet")


@pytest.mark.parametrize("key_id", ["", "../root", "key_../../../../../../etc/passwd", "bat_" + "a" * 26])
def test_a_name_that_is_no_key_id_reaches_no_file(keys: KeyStore, key_id: str):
    with pytest.raises(KeyMissing):
        keys.unwrap(key_id, b"", "parquet")
    with pytest.raises(KeyMissing):
        keys.destroy(key_id)


def test_a_name_that_is_no_committee_reaches_no_file(keys: KeyStore):
    with pytest.raises(KeyMissing):
        keys.make("../..")


def test_key_files_and_folders_are_their_owners_only(tmp_path: Path, keys: KeyStore):
    keys.make("MAR")
    for path in [tmp_path / "keys", *(tmp_path / "keys").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_workers_who_make_a_committees_first_key_at_once_share_one(tmp_path: Path, root_key: Path):
    def make_and_wrap(_: int) -> tuple[str, bytes]:
        store = KeyStore(tmp_path / "keys", root_key)
        key_id = store.make("MAR")
        return key_id, store.wrap(key_id, FILE_KEY, "parquet")

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make_and_wrap, range(24)))
    store = KeyStore(tmp_path / "keys", root_key)
    assert {store.unwrap(key_id, wrapped, "parquet") for key_id, wrapped in made} == {FILE_KEY}
    assert not list((tmp_path / "keys").rglob("*.draft"))


@pytest.mark.parametrize("text", ["", "ab" * 31, "zz" * 32, "é" * 64])
def test_a_secret_file_that_holds_no_secret_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "secret"
    path.write_text(text)
    with pytest.raises(Misconfigured):
        read_secret(path)
    with pytest.raises(Misconfigured):
        read_secret(tmp_path / "absent")


def test_a_key_is_derived_by_hkdf_with_a_label_per_use():
    """RFC 5869, test case 3 (SHA-256, no salt, no info), cut to 32 bytes; and what a label adds."""
    ikm = bytes.fromhex("0b" * 22)
    assert keys_room.derive(ikm, "").hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    labelled = HKDF(SHA256(), 32, salt=None, info=b"amana/vault/root-wraps-committee/1").derive(ikm)
    assert keys_room.derive(ikm, "amana/vault/root-wraps-committee/1") == labelled


def test_keys_are_listed_by_when_they_were_made(tmp_path: Path, keys: KeyStore):
    old, new = keys.make("MAR"), keys.make("MAR")
    (path,) = tmp_path.rglob(f"{old}.json")
    os.utime(path, (1_000, 1_000))
    assert keys.made_before(1_000) == []
    assert keys.made_before(1_001) == [old]
    assert keys.made_before(4e9) == sorted([old, new])
