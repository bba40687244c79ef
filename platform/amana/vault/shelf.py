"""The shelf: where sealed envelopes wait for the worker. Ciphertext only; the web process writes, the worker takes.

``incoming/<batch>.part`` is being written; ``shelf/<sha256>.<batch>`` is whole. The batch (of a sealed list, the
request) is part of the name because the same ciphertext may be sent twice: each then has a file of its own, and
destroying one leaves the other.

A file is locked (flock) from its creation until its row is committed or given up. The lock dies with its process, so
the sweep can tell an abandoned file from one in flight, in whichever process, without guessing from its age.
"""

from __future__ import annotations

import fcntl
import hashlib
import math
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from amana import durable
from amana.errors import AmanaError
from amana.faults import point
from amana.vault.sealing import SealedDigest

_SHARED: Final = 0o660  # the web process and the worker are two users of one group
_SHELVED: Final = re.compile(r"(?P<sha256>[0-9a-f]{64})\.(?P<batch>(?:bat|req)_[a-z2-7]{26})")


class EnvelopeMissing(AmanaError):
    """The sealed file of a batch is not on the shelf; nothing can be opened."""

    code = "vault.envelope_missing"
    status = 500
    exit = 66


class Part:
    """A sealed file being written: it takes ciphertext, counts and digests it."""

    def __init__(self, batch: str, path: Path, file: BinaryIO) -> None:
        self.batch = batch
        self.path = path
        self.file = file
        self.digest = hashlib.sha256()
        self.bytes = 0
        self.named = False  # whether the name is this part's, and not another's before or after it

    def write(self, data: bytes) -> int:
        """Append ciphertext."""
        self.file.write(data)
        self.digest.update(data)
        self.bytes += len(data)
        return len(data)

    @property
    def sealed(self) -> SealedDigest:
        """Digest and size of what was written so far."""
        return SealedDigest(self.digest.hexdigest(), self.bytes)


@dataclass(frozen=True)
class Shelf:
    """The two folders under the hub's data folder."""

    data: Path

    @property
    def incoming(self) -> Path:
        """Where parts are written."""
        return self.data / "incoming"

    @property
    def shelved(self) -> Path:
        """Where whole envelopes stand."""
        return self.data / "shelf"

    def prepare(self) -> None:
        """Make the folders, if they are not there."""
        for folder in (self.incoming, self.shelved):
            folder.mkdir(mode=0o770, exist_ok=True)

    def path(self, batch: str, sha256: str) -> Path:
        """Return where the sealed file of a batch stands once it is settled."""
        return self.shelved / f"{sha256}.{batch}"

    @contextmanager
    def part(self, batch: str) -> Iterator[Part]:
        """Yield a new, locked file to write ciphertext into; unless ``settle`` took it, it is gone afterwards.

        Raises FileExistsError while another is written for the same batch: see ``free``.
        """
        path = self.incoming / f"{batch}.part"
        draft = path.with_name(f"{batch}.{os.urandom(8).hex()}.part")
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, _SHARED)
        with os.fdopen(handle, "wb", buffering=256 * 1024) as file:
            part = Part(batch, path, file)
            try:
                # Locked before it has the name by which ``free`` would look for it. Should a sweep hold the lock in
                # this very instant, it removes the file, and there is nothing to link: refused, never acknowledged.
                fcntl.flock(handle, fcntl.LOCK_EX)
                _give_name(draft, path)
                part.named = True
                point("vault.part_opened")
                yield part
            finally:
                if part.named:
                    path.unlink(missing_ok=True)
                with suppress(OSError):  # a full disk: the bytes still buffered belong to a file that is gone
                    file.close()

    def free(self, batch: str) -> bool:
        """Remove the part that a dead process left of a batch; return whether there was one, and no living writer."""
        return _remove_abandoned(self.incoming / f"{batch}.part", lambda: True)

    def settle(self, part: Part) -> SealedDigest:
        """Bring a written part to the disk and give it its name; on return it survives a power cut."""
        part.file.flush()
        os.fsync(part.file.fileno())
        point("vault.part_synced")
        sealed = part.sealed
        part.path.rename(self.path(part.batch, sealed.sha256))
        part.named = False
        point("vault.part_renamed")
        durable.sync_folder(self.shelved)
        durable.sync_folder(self.incoming)
        point("vault.part_settled")
        return sealed

    def destroy(self, batch: str, sha256: str) -> None:
        """Destroy a sealed file: its key stanzas are overwritten, its name removed. An absent file is no fault."""
        durable.destroy(self.path(batch, sha256))

    def sweep(self, is_known: Callable[[str, str], bool], now: datetime, grace: timedelta) -> int:
        """Remove what a dead process left behind, and return how many files that was.

        is_known: asked (batch, sha256) while the file's lock is held: does a batch still need it?
        grace:    how long a shelved file without a row is left alone. Zero where a dead process's transaction is
                  surely gone (SQLite); longer where a server may still be committing it (PostgreSQL).
        """
        swept = 0
        for path in self.incoming.glob("*.part"):
            swept += _remove_abandoned(path, lambda: True)
        for path in self.shelved.iterdir():
            name = _SHELVED.fullmatch(path.name)
            if name is not None and not (grace and now.timestamp() - _written_at(path) < grace.total_seconds()):
                swept += _remove_abandoned(path, partial(_is_unknown, is_known, name["batch"], name["sha256"]))
        return swept


def _give_name(draft: Path, path: Path) -> None:
    """Let the file bear one name instead of the other. Raises FileExistsError when a file bears it already."""
    try:
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _is_unknown(is_known: Callable[[str, str], bool], batch: str, sha256: str) -> bool:
    return not is_known(batch, sha256)


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # the worker destroyed it since it was listed
        return -math.inf


def _remove_abandoned(path: Path, is_abandoned: Callable[[], bool]) -> bool:
    """Remove the file unless a living process has it locked, or it is not abandoned once the lock is ours.

    Until then its writer may have settled it, and somebody else begun another under its name: that one is left alone.
    """
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:  # renamed or removed since it was listed
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _bears(handle, path) or not is_abandoned():
            return False
        durable.destroy(path)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def _bears(handle: int, path: Path) -> bool:
    """Return whether the open file is the one that bears this name now."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
