"""The shelf: whole files or none; what a dead process left goes, what is in flight stays."""

from __future__ import annotations

import fcntl
import hashlib
import multiprocessing
import os
import signal
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from amana.vault import shelf as shelf_room
from amana.vault.shelf import Part, Shelf
from support.vault import BATCH, Vault

OTHER = "bat_" + "b" * 26
AT_ONCE = timedelta(0)


def now() -> datetime:
    """The present: a file on the disk carries the real time of its making."""
    return datetime.now(UTC)


def put(shelf: Shelf, batch: str = BATCH, content: bytes = b"ciphertext") -> str:
    with shelf.part(batch) as part:
        part.write(content)
        return shelf.settle(part).sha256


def fail() -> NoReturn:
    raise ZeroDivisionError


def files(shelf: Shelf) -> list[str]:
    return sorted(path.name for folder in (shelf.incoming, shelf.shelved) for path in folder.iterdir())


def test_a_settled_file_is_named_by_its_digest_and_its_batch(vault: Vault):
    sha256 = put(vault.shelf)
    assert sha256 == hashlib.sha256(b"ciphertext").hexdigest()
    assert files(vault.shelf) == [f"{sha256}.{BATCH}"]
    assert vault.shelf.path(BATCH, sha256).read_bytes() == b"ciphertext"


def test_a_part_that_is_not_settled_is_gone(vault: Vault):
    with vault.shelf.part(BATCH) as part:
        part.write(b"half")
        assert files(vault.shelf) == [f"{BATCH}.part"]
    assert files(vault.shelf) == []


def test_a_part_whose_writer_fails_is_gone(vault: Vault):
    with suppress(ZeroDivisionError), vault.shelf.part(BATCH) as part:
        part.write(b"half")
        fail()
    assert files(vault.shelf) == []


def test_a_settled_parts_name_is_free_for_the_next_and_is_left_to_it(vault: Vault):
    with vault.shelf.part(BATCH) as first:
        first.write(b"first")
        vault.shelf.settle(first)
        second = vault.shelf.part(BATCH)
        other = second.__enter__()
        with pytest.raises(FileExistsError), vault.shelf.part(BATCH):
            pytest.fail("two at once")
        assert not vault.shelf.free(BATCH)  # its writer lives
    assert f"{BATCH}.part" in files(vault.shelf)
    other.write(b"second")
    vault.shelf.settle(other)
    second.__exit__(None, None, None)
    assert len(files(vault.shelf)) == 2


def test_what_is_begun_while_the_one_before_is_looked_at_is_left_alone(vault: Vault, monkeypatch: pytest.MonkeyPatch):
    """Between finding a part and holding its lock, its writer may settle it, and somebody else begin the next."""
    lock, writers = fcntl.flock, ExitStack()
    first = writers.enter_context(vault.shelf.part(BATCH))
    first.write(b"first")
    begun: list[Part] = []

    def overtaken(handle: int, how: int) -> None:
        if how & fcntl.LOCK_NB:
            vault.shelf.settle(first)
            writers.close()
            monkeypatch.setattr(fcntl, "flock", lock)
            begun.append(writers.enter_context(vault.shelf.part(BATCH)))
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", overtaken)
    assert not vault.shelf.free(BATCH)
    begun[0].write(b"second")
    vault.shelf.settle(begun[0])
    writers.close()
    assert len(files(vault.shelf)) == 2


def test_what_is_settled_while_it_is_looked_at_is_left_alone(vault: Vault, monkeypatch: pytest.MonkeyPatch):
    lock, writers = fcntl.flock, ExitStack()
    first = writers.enter_context(vault.shelf.part(BATCH))

    def overtaken(handle: int, how: int) -> None:
        vault.shelf.settle(first)
        writers.close()
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", overtaken)
    assert not vault.shelf.free(BATCH)
    assert len(files(vault.shelf)) == 1


def test_a_dead_writers_part_does_not_hold_up_the_next(vault: Vault):
    (vault.shelf.incoming / f"{BATCH}.part").write_bytes(b"half")
    assert vault.shelf.free(BATCH)
    assert not vault.shelf.free(BATCH)
    put(vault.shelf)


def test_two_batches_of_the_same_ciphertext_have_a_file_each(vault: Vault):
    sha256 = put(vault.shelf)
    assert put(vault.shelf, OTHER) == sha256
    vault.shelf.destroy(BATCH, sha256)
    assert files(vault.shelf) == [f"{sha256}.{OTHER}"]


def test_destroying_what_is_not_there_is_no_fault(vault: Vault):
    vault.shelf.destroy(BATCH, "ab" * 32)


def test_destroying_overwrites_the_head_where_the_file_key_is_wrapped(vault: Vault, tmp_path: Path):
    content = b"k" * 10_000
    sha256 = put(vault.shelf, content=content)
    os.link(vault.shelf.path(BATCH, sha256), tmp_path / "second name")
    vault.shelf.destroy(BATCH, sha256)
    after = (tmp_path / "second name").read_bytes()
    assert len(after) == 10_000
    assert after[:4096].count(b"k") < 100
    assert after[4096:] == content[4096:]


def test_a_sweep_removes_what_no_batch_knows_and_keeps_what_one_does(vault: Vault):
    known, unknown = put(vault.shelf), put(vault.shelf, OTHER)
    asked = []

    def is_known(batch: str, sha256: str) -> bool:
        asked.append((batch, sha256))
        return batch == BATCH

    assert vault.shelf.sweep(is_known, now(), AT_ONCE) == 1
    assert files(vault.shelf) == [f"{known}.{BATCH}"]
    assert sorted(asked) == [(BATCH, known), (OTHER, unknown)]


def test_a_sweep_leaves_alone_what_a_living_process_is_writing_or_about_to_commit(vault: Vault):
    with vault.shelf.part(BATCH) as part, vault.shelf.part(OTHER) as other:
        part.write(b"ciphertext")
        vault.shelf.settle(part)
        other.write(b"half")
        assert vault.shelf.sweep(lambda *_: False, now(), AT_ONCE) == 0
        vault.shelf.settle(other)
    assert len(files(vault.shelf)) == 2


def test_the_row_is_looked_up_only_once_the_file_is_nobodys(vault: Vault):
    """Asked before, the sweep could miss a row committed in between and remove an acknowledged file."""
    sha256 = put(vault.shelf)

    def is_known(batch: str, digest: str) -> bool:
        assert shelf_room._remove_abandoned(vault.shelf.path(batch, digest), lambda: True) is False  # it is locked
        return True

    vault.shelf.sweep(is_known, now(), AT_ONCE)
    assert files(vault.shelf) == [f"{sha256}.{BATCH}"]


def test_a_grace_leaves_a_young_file_without_a_row_where_a_server_may_still_be_committing_it(vault: Vault):
    put(vault.shelf)
    assert vault.shelf.sweep(lambda *_: False, now(), timedelta(minutes=1)) == 0
    assert vault.shelf.sweep(lambda *_: False, now() + timedelta(minutes=2), timedelta(minutes=1)) == 1
    assert files(vault.shelf) == []


def test_a_file_that_is_not_ours_is_left_alone(vault: Vault):
    (vault.shelf.shelved / "lost+found").mkdir()
    assert vault.shelf.sweep(lambda *_: False, now(), AT_ONCE) == 0


def test_a_file_that_goes_while_it_is_swept_is_no_fault(vault: Vault):
    assert shelf_room._written_at(vault.shelf.path(BATCH, "ab" * 32)) == float("-inf")
    assert shelf_room._remove_abandoned(vault.shelf.path(BATCH, "ab" * 32), lambda: True) is False


def _write_and_die(data: Path) -> None:
    shelf = Shelf(data)
    put(shelf, OTHER)
    with shelf.part(BATCH) as part:
        part.write(b"half")
        part.file.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_process_left_is_swept(vault: Vault):
    process = multiprocessing.get_context("spawn").Process(target=_write_and_die, args=(vault.shelf.data,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert len(files(vault.shelf)) == 2
    assert vault.shelf.sweep(lambda *_: False, now(), timedelta(minutes=1)) == 1
    assert vault.shelf.sweep(lambda *_: False, now() + timedelta(minutes=2), timedelta(minutes=1)) == 1
    assert files(vault.shelf) == []


def test_a_full_disk_at_closing_does_not_hide_why_the_writer_failed(vault: Vault):
    raised: list[BaseException] = []
    try:
        with vault.shelf.part(BATCH) as part:
            part.write(b"still buffered")
            os.close(part.file.fileno())  # the buffer can no longer be written out
            fail()
    except ZeroDivisionError as fault:
        raised.append(fault)
    assert len(raised) == 1
    assert files(vault.shelf) == []
