"""Pseudonyms are undone wherever anybody could undo them, and a keyed one never is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.reading.sheet import Block
from amana.validation.batch import Batch
from amana.validation.digests import FIRST_BITS
from amana.validation.probing import OWN, SAMPLE, Probe
from amana.validation.spaces import IN_MEMORY, PINNED, Spaces, _kept, table
from support.contributions import BOOK

ROWS = 40


def probed(pseudonyms: list[str], block: int = 50_000, **beside: list[str]) -> dict[str, tuple[int, object]]:
    """Rule → how many rows and of how many, for a file with these pseudonyms and other columns."""
    probe = Probe(BOOK.dataflow("VICTIMS"), BOOK)
    frame = pl.DataFrame({"A": pseudonyms, "B": ["F", "M"] * (len(pseudonyms) // 2), **beside})
    rows = pl.int_range(2, frame.height + 2, dtype=pl.Int64, eager=True)
    for first in range(0, frame.height, block):
        part, at = frame[first : first + block], rows[first : first + block]
        probe.see(Batch("VICTIMS", part.select(PSEUDONYM="A", SEX="B"), at, {"PSEUDONYM": "A", "SEX": "B"}))
        probe.see_beside(Block(part, at))
    assert all(one.column == "PSEUDONYM" and one.letter == "A" and one.refuses for one in probe.findings())
    return {one.rule: (one.count, one.facts["read"]) for one in probe.findings()}


def digest(text: str, kind: str = "sha256") -> str:
    return hashlib.new(kind, text.encode()).hexdigest()


def base64url(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


NUMBERS = Random(7).sample(range(10**6), ROWS)


@pytest.mark.parametrize(
    "made",
    [
        lambda number: digest(str(number)),
        lambda number: digest(f"{number:06}"),
        lambda number: digest(f"{number % 10**5:08}"),
        lambda number: digest(f"{number % 10**5:010}", "md5"),
        lambda number: digest(str(number), "md5"),
        lambda number: digest(str(number), "sha1"),
        lambda number: digest(str(number)).upper(),
        lambda number: digest(str(number))[:32],
        lambda number: digest(str(number), "sha1")[:36],
        lambda number: base64url(str(number)),
    ],
)
def test_digests_of_numbers_are_undone(made: Callable[[int], str]) -> None:
    assert probed([made(number) for number in NUMBERS]) == {"pseudonym.of_numbers": (ROWS, ROWS)}


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d%m%Y", "%d.%m.%Y", "%m/%d/%Y"])
def test_digests_of_dates_are_undone(form: str) -> None:
    days = [date.fromordinal(number) for number in range(720_000, 720_000 + 11 * ROWS, 11)]
    assert probed([digest(day.strftime(form)) for day in days]) == {"pseudonym.of_dates": (ROWS, ROWS)}


@pytest.mark.parametrize(
    "made",
    [
        lambda file, _: digest(file),
        lambda file, _: digest(file.upper(), "sha512"),
        lambda file, sex: digest(f"{file}|{sex}"),
        lambda file, sex: digest(f"{sex}-{file}", "md5"),
    ],
)
def test_digests_of_the_files_own_columns_are_undone(made: Callable[[str, str], str]) -> None:
    files = [f"dossier {number}/21" for number in NUMBERS]
    pseudonyms = [made(file, sex) for file, sex in zip(files, ["F", "M"] * (ROWS // 2), strict=True)]
    assert probed(pseudonyms, C=files) == {"pseudonym.of_columns": (OWN, OWN)}


def test_a_text_in_another_notation_is_no_pseudonym() -> None:
    texts = [f"Fatima Zahra, née à Taza, {number}" for number in NUMBERS]
    assert probed([text.encode().hex() for text in texts])["pseudonym.encoded"] == (ROWS, ROWS)
    written = [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in texts]
    assert probed(written)["pseudonym.encoded"] == (ROWS, ROWS)


def test_a_case_systems_identifiers_are_no_pseudonyms() -> None:
    rng = Random(3)
    cases = [uuid.UUID(int=rng.getrandbits(128), version=4).hex for _ in range(ROWS)]
    assert probed(cases) == {"pseudonym.uuid": (ROWS, ROWS)}


@pytest.mark.parametrize("length", [32, 40, 64])
def test_keyed_pseudonyms_of_the_same_numbers_are_left_in_peace(length: int) -> None:
    keyed = [hmac.digest(b"a key that stays at home", str(number).encode(), "sha256").hex() for number in range(3_000)]
    assert probed([one[:length] for one in keyed], block=1_000, C=[str(number) for number in range(3_000)]) == {}


def test_few_rows_without_a_key_among_many_are_found_in_the_sample() -> None:
    rng = Random(5)
    made = [digest(str(number)) if rng.random() < 0.05 else rng.randbytes(32).hex() for number in range(10_000)]
    count, read = probed(made, block=5_000)["pseudonym.of_numbers"]
    assert read == 2 * SAMPLE
    assert 0.03 < count / 2 / SAMPLE < 0.07


def test_nothing_is_asked_of_a_file_without_pseudonyms() -> None:
    assert probed(["", ""] * 4) == {}
    assert probed(["12", "Fatima"] * 4) == {}


@pytest.mark.parametrize("kind", sorted(FIRST_BITS))
@given(st.integers(0, 55).flatmap(lambda length: st.lists(st.binary(min_size=length, max_size=length), min_size=1)))
@settings(max_examples=60, deadline=None)
def test_many_digests_at_once_are_those_of_hashlib(kind: str, messages: list[bytes]) -> None:
    drawn = np.array([[*message] for message in messages], dtype=np.uint8).reshape(len(messages), -1)
    obvious = [int.from_bytes(hashlib.new(kind, message).digest()[:8]) for message in messages]
    assert FIRST_BITS[kind](drawn).tolist() == obvious


def test_a_message_of_two_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="one block"):
        FIRST_BITS["md5"](np.zeros((1, 56), dtype=np.uint8))


@pytest.mark.parametrize("text", ["0", "7", "999999", "000000", "042", "0099999", "00099999", "0000099999"])
def test_the_edges_of_the_space_of_numbers(text: str) -> None:
    bits = np.array([int(digest(text)[:16], 16)], dtype=np.uint64)
    assert IN_MEMORY.found_in("numbers", "sha256", bits).all()


@pytest.mark.parametrize(("text", "there"), [("1900-01-01", True), ("29/02/2000", True), ("29/02/1900", False)])
def test_the_edges_of_the_space_of_dates(text: str, there: bool) -> None:
    bits = np.array([int(digest(text)[:16], 16)], dtype=np.uint64)
    assert IN_MEMORY.found_in("dates", "sha256", bits).all() == there


@pytest.mark.parametrize("space", ["numbers", "dates"])
@pytest.mark.parametrize("digest_", ["md5", "sha1", "sha256"])
def test_what_is_pinned_is_the_table_that_is_made(space: str, digest_: str) -> None:
    assert hashlib.sha256(table(space, digest_).astype("<u8").tobytes()).hexdigest() == PINNED[space, digest_]


def test_a_table_that_was_kept_is_taken_and_one_that_somebody_changed_is_made_anew(tmp_path: Path) -> None:
    bits = np.array([int(digest("1999-12-31")[:16], 16), 5], dtype=np.uint64)

    def asked(folder: Path) -> list[bool]:
        return Spaces(folder).found_in("dates", "sha256", bits).tolist()

    first = tmp_path / "first"
    assert asked(first) == [True, False]  # made, and kept
    (kept,) = first.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    shutil.copytree(first, tmp_path / "sound")
    assert _kept("dates", "sha256", tmp_path / "sound") is not table("dates", "sha256")  # read
    assert asked(tmp_path / "sound") == [True, False]
    changed = Path(shutil.copytree(first, tmp_path / "changed")) / kept.name
    changed.write_bytes(bytes(changed.stat().st_size))
    assert asked(tmp_path / "changed") == [True, False]
    assert changed.read_bytes() == kept.read_bytes()


def test_a_folder_that_nobody_can_write_to_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    bits = np.array([int(digest("1999-12-31")[:16], 16)], dtype=np.uint64)
    assert Spaces(tmp_path / "file" / "kept").found_in("dates", "sha256", bits).all()


RANDOM = Random(11)
EGYPTIAN = [f"2{RANDOM.randint(60, 99)}0{RANDOM.randint(1, 9)}1{RANDOM.randint(0, 9)}01{n:05}" for n in NUMBERS]
PERSONS = ["Fatima-Benali", "Mohamed-Diallo", "Aicha-Traore", "Youssef-Haddad", "Khadija-Mansour"]


@pytest.mark.parametrize(
    "made",
    [
        lambda number: number + RANDOM.randbytes(18).hex(),
        lambda number: RANDOM.randbytes(16).hex() + number,
        lambda number: number.encode().hex() + RANDOM.randbytes(10).hex(),
        lambda number: (RANDOM.randbytes(9).hex() + number + RANDOM.randbytes(9).hex()).upper(),
        lambda number: "Aa" + base64url(number)[:20] + "-" + number,
        lambda number: f"{RANDOM.choice(PERSONS)}_{base64url(number)}",
    ],
)
def test_a_number_or_a_name_among_random_signs_shows_by_its_places(made: Callable[[str], str]) -> None:
    assert probed([made(number) for number in EGYPTIAN])["pseudonym.patterned"] == (ROWS, ROWS)


def test_one_number_in_clear_is_enough_where_there_are_few_rows() -> None:
    assert probed(["29001010112345" + "01061234567" + "19900101"] * 2)["pseudonym.encoded"] == (2, 2)
    assert probed(["Fatima-AB-29001010112345-0661234567"] * 2)["pseudonym.encoded"] == (2, 2)


@given(
    seed=st.integers(),
    rows=st.integers(1, 400),
    size=st.integers(16, 64),
    written=st.sampled_from(["hex", "HEX", "64"]),
)
@settings(max_examples=25, deadline=None)
def test_random_bytes_show_no_pattern_however_they_are_written_and_whatever_stands_before_them_all(
    seed: int, rows: int, size: int, written: str
) -> None:
    random = Random(seed)
    bits = [random.randbytes(size) for _ in range(2 * rows)]
    if written == "64":
        cells = ["MAR_v1_" + base64.urlsafe_b64encode(b"0" * 8 + one).decode().rstrip("=")[:100] for one in bits]
    else:
        cells = ["2024" + (one.hex().upper() if written == "HEX" else one.hex())[:100] for one in bits]
    assert "pseudonym.patterned" not in probed(cells)
