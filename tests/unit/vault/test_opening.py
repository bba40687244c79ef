"""Opening: whole and meant for this batch, or nothing; and in either case no plaintext stays."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from amana.errors import Misconfigured
from amana.vault import opening
from amana.vault.envelope import HEADER_LIMIT, MAGIC, EnvelopeHeader, Subject
from amana.vault.opening import EnvelopeMismatch, EnvelopeUnreadable, Opener
from amana.vault.sealing import Stopped, seal_stream
from amana.vault.shelf import EnvelopeMissing
from support.vault import MOROCCO_2022, Vault, header

ROWS = b"PSEUDONYM,SEX\nCANARY-7731,F\n" * 20_000  # several of age's 64 KiB chunks


def sealed(vault: Vault, name: str = "sealed.age", data: bytes = ROWS, about: EnvelopeHeader | None = None) -> Path:
    path = vault.root / name
    with path.open("wb") as sink:
        seal_stream(io.BytesIO(data), sink, about or header(), [vault.recipient])
    return path


def sealed_raw(vault: Vault, payload: bytes) -> Path:
    path = vault.root / "raw.age"
    path.write_bytes(pyrage.encrypt(payload, [pyrage.x25519.Recipient.from_str(vault.recipient)]))
    return path


def test_the_data_stand_in_a_private_folder_and_are_gone_afterwards(vault: Vault):
    with vault.opener.open([sealed(vault)], vault.tmp, MOROCCO_2022) as opened:
        assert opened.header == header()
        assert opened.data_path.read_bytes() == ROWS
        assert stat.S_IMODE(opened.data_path.parent.stat().st_mode) == 0o700
    assert vault.left() == []


def test_the_data_are_gone_when_the_reader_fails(vault: Vault):
    with pytest.raises(ZeroDivisionError), vault.opener.open([sealed(vault)], vault.tmp, MOROCCO_2022):
        raise ZeroDivisionError
    assert vault.left() == []


def test_an_envelope_without_data_opens_to_an_empty_file(vault: Vault):
    with vault.opener.open([sealed(vault, data=b"")], vault.tmp, MOROCCO_2022) as opened:
        assert opened.data_path.read_bytes() == b""


CHUNK = 64 * 1024 + 16  # bytes of one age chunk with its tag


def _without(raw: bytes, start: int, end: int) -> bytes:
    return raw[:start] + raw[end:]


def _swapped(raw: bytes) -> bytes:
    first = len(raw) % CHUNK  # somewhere behind the header; two neighbours of one chunk's length
    return raw[: first + CHUNK] + raw[first + 2 * CHUNK : first + 3 * CHUNK] + raw[first + CHUNK : first + 2 * CHUNK]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda raw: raw[:30],
        lambda raw: raw[:-1],
        lambda raw: raw[: -3 * CHUNK],
        lambda raw: raw + b"x",
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: raw[: len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1 :],
        lambda raw: _without(raw, CHUNK, 2 * CHUNK),
        _swapped,
    ],
    ids=["empty", "head only", "one byte short", "chunks short", "one byte more", "last flipped", "middle flipped",
         "a chunk left out", "two chunks swapped"],
)  # fmt: skip
def test_a_spoiled_file_leaves_no_plaintext(vault: Vault, spoil):
    path = sealed(vault)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(EnvelopeUnreadable), vault.opener.open([path], vault.tmp, MOROCCO_2022):
        pytest.fail("opened")
    assert vault.left() == []


def test_another_key_opens_nothing(vault: Vault, tmp_path: Path):
    other = tmp_path / "other.key"
    other.write_text(str(pyrage.x25519.Identity.generate()))
    with pytest.raises(EnvelopeUnreadable), Opener(other).open([sealed(vault)], vault.tmp, MOROCCO_2022):
        pytest.fail("opened")
    assert vault.left() == []


def test_the_opener_tells_which_public_keys_are_its_own(vault: Vault):
    assert vault.opener.recipients == (vault.recipient,)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "AGE-SECRET-KEY-1NONSENSE\n"])
def test_a_file_without_identities_is_refused_at_the_start(tmp_path: Path, text: str):
    path = tmp_path / "none.key"
    path.write_text(text)
    with pytest.raises(Misconfigured):
        Opener(path)


@pytest.mark.parametrize(
    ("differing", "value"),
    [("committee", "TUN"), ("dataflow", "CHILDREN"), ("period", "2021"), ("contribution", "tables"),
     ("batch_or_nonce", "bat_another")],
)  # fmt: skip
def test_a_strangers_ciphertext_sent_as_ones_own_is_refused(vault: Vault, differing: str, value: str):
    subject = Subject(**{**vars(MOROCCO_2022), differing: value})
    with pytest.raises(EnvelopeMismatch) as refused, vault.opener.open([sealed(vault)], vault.tmp, subject):
        pytest.fail("opened")
    assert refused.value.facts == {"facts": differing, "segment": 1}
    assert vault.left() == []


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"amana-envelope/1\n",
        ROWS,
        MAGIC + b"{}\nPSEUDONYM\n",
        MAGIC + b"x" * (HEADER_LIMIT + 1),
        header().render()[:-1],
    ],
    ids=["nothing", "magic only", "no header", "empty header", "endless header", "unfinished header"],
)
def test_a_payload_without_a_proper_header_is_unreadable(vault: Vault, payload: bytes):
    with pytest.raises(EnvelopeUnreadable), vault.opener.open([sealed_raw(vault, payload)], vault.tmp, MOROCCO_2022):
        pytest.fail("opened")
    assert vault.left() == []


def test_a_header_that_arrives_in_pieces_is_put_together():
    sink = io.BytesIO()
    inside = opening._Inside(sink)
    for byte in header().render() + b"rows":
        inside.write(bytes([byte]))
    assert inside.header == header()
    assert sink.getvalue() == b"rows"


def three(vault: Vault) -> list[Path]:
    return [
        sealed(vault, f"{n}.age", data=f"part {n};".encode(), about=header(segment=n, segments=3)) for n in (1, 2, 3)
    ]


def test_segments_are_put_together_in_their_order(vault: Vault):
    with vault.opener.open(three(vault), vault.tmp, MOROCCO_2022) as opened:
        assert opened.data_path.read_bytes() == b"part 1;part 2;part 3;"


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 1), (0, 1, 2, 2), (0, 0, 2)], ids=["swapped", "cut", "more", "twice"])
def test_segments_out_of_order_left_out_or_added_are_refused(vault: Vault, order: tuple[int, ...]):
    paths = three(vault)
    with pytest.raises(EnvelopeMismatch), vault.opener.open([paths[n] for n in order], vault.tmp, MOROCCO_2022):
        pytest.fail("opened")
    assert vault.left() == []


def test_a_segment_of_another_envelope_is_refused(vault: Vault):
    later = replace(header(segment=2, segments=3), created="2026-11-21T10:00:00Z")
    paths = three(vault)
    paths[1] = sealed(vault, "2.age", data=b"other", about=later)
    with pytest.raises(EnvelopeMismatch) as refused, vault.opener.open(paths, vault.tmp, MOROCCO_2022):
        pytest.fail("opened")
    assert refused.value.facts == {"facts": "created", "segment": 2}


@pytest.mark.parametrize("paths", [[], ["absent.age"]])
def test_a_file_that_is_not_there_is_told_apart_from_one_that_does_not_open(vault: Vault, paths: list[str]):
    with (
        pytest.raises(EnvelopeMissing),
        vault.opener.open([vault.root / one for one in paths], vault.tmp, MOROCCO_2022),
    ):
        pytest.fail("opened")
    assert vault.left() == []


def test_a_disk_that_fails_is_not_mistaken_for_a_broken_envelope(vault: Vault):
    with pytest.raises(IsADirectoryError), vault.opener.open([vault.root], vault.tmp, MOROCCO_2022):
        pytest.fail("opened")


def test_a_file_that_cannot_be_read_is_not_mistaken_for_a_broken_envelope(vault: Vault):
    unreadable = Path("/proc/self/mem")  # its first page is mapped nowhere: reading it is an I/O error
    with pytest.raises(OSError, match="Input/output"), vault.opener.open([unreadable], vault.tmp, MOROCCO_2022):
        pytest.fail("opened")
    assert vault.left() == []


class FailingFile(io.BytesIO):
    def write(self, _: object) -> int:
        raise OSError(28, "No space left on device")


def test_a_read_error_and_a_full_disk_are_remembered_as_what_they_are():
    outside, inside = opening._Outside([Path("/proc/self/mem")]), opening._Inside(FailingFile())
    with closing(outside), pytest.raises(Stopped):
        outside.read(10)
    with pytest.raises(Stopped):
        inside.write(header().render() + b"rows")
    assert (outside.fault.errno, inside.fault.errno) == (5, 28)


def _open_and_die(root: Path, path: Path, kept: object) -> None:
    with Opener(root / "opening.key").open([path], root / "tmp", MOROCCO_2022):
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_worker_left_open_is_swept_and_a_living_workers_is_not(vault: Vault):
    path = sealed(vault)
    process = multiprocessing.get_context("spawn").Process(target=_open_and_die, args=(vault.root, path, None))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert any(one.name == "data" for one in vault.left())
    with vault.opener.open([path], vault.tmp, MOROCCO_2022) as opened:
        assert opening.sweep(vault.tmp) == 1
        assert opened.data_path.read_bytes() == ROWS
    assert vault.left() == []


def test_a_folder_that_goes_while_it_is_swept_is_no_fault(vault: Vault):
    assert opening._remove_abandoned(vault.tmp / "opening-gone") is False
