"""A rewritten holding: the same records but for some persons; what the old key protected is then noise."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amana.codebook.records import Records
from amana.vault.keys import KeyMissing, KeyStore
from amana.vault.records import HoldingFacts, HoldingUnreadable, pseudonymise, read_records
from amana.vault.rewrite import Source, column_of, columns_of, persons_in, put_right, records_of, rewrite, without
from amana.vault.writing import write_records

FACTS = HoldingFacts("hld_old", "MAR", "VICTIMS", "2022", "c" * 64)
NEW = replace(FACTS, holding="hld_new")
SECRET = secrets.token_bytes(32)


def records(*people: tuple[str, int, int], pseudonyms: bool = True) -> Records:
    """One (pseudonym, code of SEX, flag of EXP_BEG) per person."""
    return Records(
        "VICTIMS", "MAR", "2022",
        columns={"SEX": np.array([sex for _, sex, _ in people], dtype=np.int16)},
        flags={"EXP_BEG": np.array([begs for _, _, begs in people], dtype=np.uint8)},
        pseudonyms=tuple(name for name, _, _ in people) if pseudonyms else None,
        links={"EVENT": tuple("_U" for _ in people)},
        collected=frozenset({"SEX", "EXP_BEG", "PSEUDONYM", "EVENT"}),
    )  # fmt: skip


def known_as(*names: str) -> list[str]:
    return [mac.hex() for mac in pseudonymise(SECRET, "MAR", "VICTIMS", "PSEUDONYM", names)]


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    (tmp_path / "root.key").write_text(secrets.token_hex(32))
    return KeyStore(tmp_path / "keys", tmp_path / "root.key")


@pytest.fixture
def source(tmp_path: Path, keys: KeyStore) -> Source:
    key_id = keys.make("MAR")
    people = records(("amina", 0, 1), ("bilal", 1, 0), ("celia", 0, 2), ("bilal", 2, 1))
    write_records(people, FACTS, tmp_path, "old", keys=keys, key_id=key_id, pseudonym_key=SECRET)
    return Source(tmp_path / "old", FACTS, keys, key_id)


def test_some_persons_are_left_out_and_the_others_are_as_they_were(source: Source, keys: KeyStore) -> None:
    key_id = keys.make("MAR")
    stored = rewrite(source, without(known_as("bilal", "nobody")), NEW, "new", key_id)
    assert (stored.file, stored.key_id, stored.rows) == ("new", key_id, 2)
    left = read_records(source.path.with_name("new"), NEW, keys, key_id)
    assert left.pseudonyms == tuple(known_as("amina", "celia"))
    assert (left.columns["SEX"].tolist(), left.flags["EXP_BEG"].tolist()) == ([0, 0], [1, 2])
    assert left.collected == {"SEX", "EXP_BEG", "PSEUDONYM", "EVENT"}
    assert len(read_records(source.path, FACTS, keys, source.key_id)) == 4, "the old file stands until it is destroyed"


def test_bytes_kept_aside_cannot_be_read_once_the_old_key_is_gone(source: Source, keys: KeyStore) -> None:
    kept_aside = source.path.with_name("kept-aside")
    kept_aside.write_bytes(source.path.read_bytes())
    key_id = keys.make("MAR")
    rewrite(source, without(known_as("amina")), NEW, "new", key_id)
    keys.destroy(source.key_id)
    with pytest.raises(KeyMissing):
        read_records(kept_aside, FACTS, keys, source.key_id)
    with pytest.raises(HoldingUnreadable):
        read_records(kept_aside, FACTS, keys, key_id)
    assert len(read_records(source.path.with_name("new"), NEW, keys, key_id)) == 3


def test_nobody_may_be_left(source: Source, keys: KeyStore) -> None:
    key_id = keys.make("MAR")
    everybody = known_as("amina", "bilal", "celia")
    assert rewrite(source, without(everybody), NEW, "new", key_id).rows == 0
    assert len(read_records(source.path.with_name("new"), NEW, keys, key_id)) == 0


def test_what_is_put_right_changes_in_every_row_of_the_person_and_nowhere_else(source: Source, keys: KeyStore) -> None:
    right = replace(records(("x", 9, 0)), pseudonyms=tuple(known_as("bilal")))
    also_unknown = replace(right, columns={**right.columns, "AGE": np.array([3], dtype=np.int16)},
                           collected=right.collected | {"AGE"})  # fmt: skip
    key_id = keys.make("MAR")
    assert rewrite(source, put_right(also_unknown), NEW, "new", key_id).rows == 4
    told = read_records(source.path.with_name("new"), NEW, keys, key_id)
    assert told.columns.keys() == {"SEX"}, "a column that was not collected does not appear"
    assert (told.columns["SEX"].tolist(), told.flags["EXP_BEG"].tolist()) == ([0, 9, 0, 9], [1, 0, 2, 0])
    nobody = replace(right, pseudonyms=tuple(known_as("nobody")))
    assert rewrite(source, put_right(nobody), NEW, "same", key_id).rows == 4
    same = read_records(source.path.with_name("same"), NEW, keys, key_id)
    assert same.columns["SEX"].tolist() == [0, 1, 0, 2]


def test_a_person_is_found_and_told_by_her_hmac_alone(source: Source) -> None:
    assert persons_in(source, known_as("celia", "nobody")) == frozenset(known_as("celia"))
    hers = records_of(source, known_as("celia"))
    assert (hers.pseudonyms, hers.flags["EXP_BEG"].tolist()) == (tuple(known_as("celia")), [2])


def test_one_column_is_read_alone(source: Source) -> None:
    assert set(columns_of(source)) == {"c:SEX", "f:EXP_BEG", "PSEUDONYM", "l:EVENT"}
    assert column_of(source, "f:EXP_BEG").to_pylist() == [1, 0, 2, 1]


def test_where_pseudonyms_were_left_behind_nobody_is_found(tmp_path: Path, keys: KeyStore) -> None:
    key_id = keys.make("MAR")
    people = records(("amina", 0, 1), pseudonyms=False)
    write_records(people, FACTS, tmp_path, "bare", keys=keys, key_id=key_id, pseudonym_key=SECRET)
    bare = Source(tmp_path / "bare", FACTS, keys, key_id)
    assert persons_in(bare, known_as("amina")) == frozenset()
    assert rewrite(bare, without(known_as("amina")), NEW, "new", key_id).rows == 1
    right = replace(records(("x", 9, 0)), pseudonyms=None)
    assert rewrite(bare, put_right(right), NEW, "same", key_id).rows == 1


def test_another_holdings_file_is_not_rewritten(source: Source, keys: KeyStore) -> None:
    stranger = replace(source, facts=replace(FACTS, committee="TUN"))
    for act in (
        lambda: rewrite(stranger, without([]), NEW, "new", keys.make("MAR")),
        lambda: persons_in(stranger, known_as("amina")),
    ):
        with pytest.raises(HoldingUnreadable):
            act()
    assert not source.path.with_name("new").exists()
    assert not list(source.path.parent.glob(".new*")), "no draft stays behind"
