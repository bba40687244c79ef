"""Sealing streams; a source that stops half-way stops the seal, and what was written opens for nobody."""

from __future__ import annotations

import hashlib
import io
import subprocess
from pathlib import Path

import pyrage
import pytest

from amana.errors import AmanaError, Misconfigured
from amana.vault.sealing import CHUNK, read_recipients, seal_stream
from support.vault import MOROCCO_2022, Vault, age_tool, header

ROWS = b"PSEUDONYM,SEX\nCANARY-7731,F\n" * 20_000


class CutShort(AmanaError):
    code = "test.cut_short"


FAULTS = [CutShort(), KeyError("x"), OSError(5, "x"), KeyboardInterrupt(), InterruptedError(4, "x")]


class Dripping:
    """A source of ``ROWS`` that raises after so many reads."""

    def __init__(self, reads: int, fault: BaseException) -> None:
        self.file, self.reads, self.fault, self.asked = io.BytesIO(ROWS), reads, fault, 0

    def read(self, size: int) -> bytes:
        self.asked += 1
        if self.asked > self.reads:
            raise self.fault
        return self.file.read(size)


class FullDisk(io.BytesIO):
    def write(self, _: object) -> int:
        raise OSError(28, "No space left on device")


def test_what_is_sealed_is_told_by_digest_and_size_and_shows_nothing_of_its_content(vault: Vault):
    sink = io.BytesIO()
    sealed = seal_stream(io.BytesIO(ROWS), sink, header(), [vault.recipient])
    assert sealed.sha256 == hashlib.sha256(sink.getvalue()).hexdigest()
    assert sealed.bytes == len(sink.getvalue())
    for canary in (b"CANARY", b"PSEUDONYM", b"committee", b"VICTIMS", b"amana"):
        assert canary not in sink.getvalue()


@pytest.mark.parametrize("reads", [0, 1, 5])
@pytest.mark.parametrize(
    "fault", [CutShort(), KeyError("x"), OSError(5, "x"), KeyboardInterrupt(), InterruptedError(4, "x")], ids=repr
)
def test_an_error_in_the_source_comes_out_as_it_is_and_what_was_written_opens_for_nobody(
    tmp_path: Path, reads: int, fault: BaseException
):
    identity, sink, source = pyrage.x25519.Identity.generate(), io.BytesIO(), Dripping(reads, fault)
    with pytest.raises(type(fault)) as raised:
        seal_stream(source, sink, header(), [str(identity.to_public())])
    assert raised.value is fault
    assert source.asked == reads + 1
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sink.getvalue(), [identity])


def test_a_full_disk_is_told_as_a_full_disk(vault: Vault):
    with pytest.raises(OSError, match="No space left") as raised:
        seal_stream(io.BytesIO(ROWS), FullDisk(), header(), [vault.recipient])
    assert raised.value.errno == 28


def test_no_more_than_one_buffer_is_asked_for_at_a_time(vault: Vault):
    class Measuring(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1) -> bytes:
            self.largest = max(self.largest, size or 0)
            assert size
            assert size > 0
            return super().read(size)

    source = Measuring(ROWS)
    seal_stream(source, io.BytesIO(), header(), [vault.recipient])
    assert source.largest == CHUNK


@pytest.mark.parametrize("recipients", [[], ["age1nonsense"]])
def test_without_a_usable_recipient_nothing_is_sealed(recipients: list[str]):
    sink = io.BytesIO()
    with pytest.raises(Misconfigured):
        seal_stream(io.BytesIO(ROWS), sink, header(), recipients)
    assert sink.getvalue() == b""


def test_a_recipients_file_names_the_vault_and_the_offline_key(tmp_path: Path, vault: Vault):
    offline = str(pyrage.x25519.Identity.generate().to_public())
    path = tmp_path / "recipients.txt"
    path.write_text(f"# the vault\n{vault.recipient}\n\n# the offline key\n{offline}\n")
    assert read_recipients(path) == (vault.recipient, offline)
    path.write_text("# nobody\n")
    with pytest.raises(Misconfigured):
        read_recipients(path)


def test_the_stock_age_tool_opens_what_is_sealed_here(tmp_path: Path, vault: Vault):
    with (tmp_path / "sealed.age").open("wb") as sink:
        seal_stream(io.BytesIO(ROWS), sink, header(), [vault.recipient])
    opened = subprocess.run(
        [age_tool(), "--decrypt", "-i", vault.root / "opening.key", tmp_path / "sealed.age"],
        check=True,
        capture_output=True,
    )
    assert opened.stdout == header().render() + ROWS


def test_what_the_stock_age_tool_seals_opens_here(tmp_path: Path, vault: Vault):
    sealed = tmp_path / "sealed.age"
    subprocess.run(
        [age_tool(), "--encrypt", "-r", vault.recipient, "-o", sealed], check=True, input=header().render() + ROWS
    )
    with vault.opener.open([sealed], vault.tmp, MOROCCO_2022) as opened:
        assert opened.data_path.read_bytes() == ROWS
