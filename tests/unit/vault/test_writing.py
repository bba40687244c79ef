"""Records written as they come: row group by row group, nameless until whole, and gone when they are not wanted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE

import numpy as np
import pytest

from amana.codebook.records import Records, join
from amana.vault.keys import KeyMissing, KeyStore
from amana.vault.records import HoldingFacts, HoldingUnreadable, read_blocks, read_records
from amana.vault.writing import write_records, writing

FACTS = HoldingFacts("hld_" + "a" * 26, "MAR", "VICTIMS", "2022", "cd" * 32)
PSEUDONYM_KEY = b"p" * 32


def block(*sexes: int) -> Records:
    """One person for each number; her pseudonym tells her place in the block."""
    return Records(
        dataflow="VICTIMS",
        committee="MAR",
        period="2022",
        columns={"SEX": np.array(sexes, np.int16)},
        flags={"EXP_BEG": np.array([sex % 3 for sex in sexes], np.uint8)},
        pseudonyms=tuple(f"CANARY {sex} {place}" for place, sex in enumerate(sexes)),
        links={"EVENT": tuple("_U" if sex == 2 else f"event {sex}" for sex in sexes)},
        collected=frozenset({"SEX", "EXPLOITATION", "EVENT", "PSEUDONYM"}),
    )


def written(folder: Path, keys: KeyStore, blocks: Sequence[Records]) -> tuple[Path, str]:
    key_id = keys.make("MAR")
    with writing(FACTS, folder, "x", keys=keys, key_id=key_id, pseudonym_key=PSEUDONYM_KEY) as file:
        for each in blocks:
            file.add(each)
        stored = file.settle()
    assert (stored.file, stored.key_id, stored.rows) == ("x", key_id, sum(map(len, blocks)))
    return folder / stored.file, key_id


def lines(records: Records) -> list[tuple[object, ...]]:
    """A person a line."""
    cells = (*records.columns.values(), *records.flags.values(), records.pseudonyms or (), *records.links.values())
    return list(zip(*(list(column) for column in cells), strict=True))


@pytest.mark.parametrize("blocks", [[[2, 3]], [[2], [3, 4, 5], [2, 2]], [[], [3]], [[3], []]])
def test_blocks_come_back_as_they_came_and_together_as_one(
    tmp_path: Path, keys: KeyStore, blocks: list[list[int]]
) -> None:
    path, key_id = written(tmp_path, keys, [block(*each) for each in blocks])
    groups = list(read_blocks(path, FACTS, keys, key_id))
    assert [group.columns["SEX"].tolist() for group in groups] == blocks
    whole = read_records(path, FACTS, keys, key_id)
    assert lines(whole) == [line for group in groups for line in lines(group)] == lines(join(groups))
    assert {one.collected for one in (whole, *groups)} == {block().collected}


def test_in_blocks_or_at_once_the_same_is_stored(tmp_path: Path, keys: KeyStore) -> None:
    blocks = [block(2, 3), block(4), block(5, 6, 7)]
    path, key_id = written(tmp_path, keys, blocks)
    other = keys.make("MAR")
    write_records(join(blocks), FACTS, tmp_path, "y", keys=keys, key_id=other, pseudonym_key=PSEUDONYM_KEY)
    at_once = read_records(tmp_path / "y", FACTS, keys, other)
    assert lines(read_records(path, FACTS, keys, key_id)) == lines(at_once)


def test_a_file_has_no_name_until_it_is_whole_and_is_its_owners_alone(tmp_path: Path, keys: KeyStore) -> None:
    key_id = keys.make("MAR")
    folder = tmp_path / "records"
    folder.mkdir()
    with writing(FACTS, folder, "x", keys=keys, key_id=key_id, pseudonym_key=PSEUDONYM_KEY) as file:
        file.add(block(2))
        (draft,) = folder.iterdir()
        assert (draft.name, S_IMODE(draft.stat().st_mode)) == (".x.draft", 0o600)
        assert b"CANARY" not in draft.read_bytes()
        file.settle()
    (whole,) = folder.iterdir()
    assert (whole.name, S_IMODE(whole.stat().st_mode)) == ("x", 0o600)


def test_what_was_not_settled_is_gone(tmp_path: Path, keys: KeyStore) -> None:
    key_id = keys.make("MAR")
    folder = tmp_path / "records"
    folder.mkdir()
    with (
        suppress(KeyboardInterrupt),
        writing(FACTS, folder, "x", keys=keys, key_id=key_id, pseudonym_key=PSEUDONYM_KEY) as file,
    ):
        file.add(block(2))
        file.add(block(3))
        raise KeyboardInterrupt
    assert list(folder.iterdir()) == []


def test_without_its_key_nothing_is_begun(tmp_path: Path, keys: KeyStore) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    lost = "key_" + "a" * 26
    with (
        pytest.raises(KeyMissing),
        writing(FACTS, folder, "x", keys=keys, key_id=lost, pseudonym_key=PSEUDONYM_KEY) as file,
    ):
        file.add(block(2))
    assert list(folder.iterdir()) == []


def test_nothing_at_all_cannot_be_stored(tmp_path: Path, keys: KeyStore) -> None:
    with (
        pytest.raises(ValueError, match="no block"),
        writing(FACTS, tmp_path, "x", keys=keys, key_id=keys.make("MAR"), pseudonym_key=PSEUDONYM_KEY) as file,
    ):
        file.settle()


def test_a_block_of_other_columns_is_refused(tmp_path: Path, keys: KeyStore) -> None:
    other = Records("VICTIMS", "MAR", "2022", {"AGE": np.array([1], np.int16)}, {}, None, {}, frozenset({"AGE"}))
    with (
        pytest.raises(ValueError, match="schema"),
        writing(FACTS, tmp_path, "x", keys=keys, key_id=keys.make("MAR"), pseudonym_key=PSEUDONYM_KEY) as file,
    ):
        file.add(block(2))
        file.add(other)


def test_a_flipped_bit_of_a_later_row_group_is_found(tmp_path: Path, keys: KeyStore) -> None:
    path, key_id = written(tmp_path, keys, [block(*range(2, 400)), block(*range(2, 400))])
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(HoldingUnreadable):
        list(read_blocks(path, FACTS, keys, key_id))
