"""Opening: the worker takes a sealed envelope apart, in a private place, and leaves no plaintext behind.

An age file tells only at its end whether it is whole, and the library writes as it reads: on a truncated file two
hundred megabytes of plaintext can be on disk before the error. So it is written to a temporary name inside a folder of
mode 0700, renamed only when every segment has proved whole and its header agrees with the batch, and removed always.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

import pyrage

from amana import durable
from amana.errors import AmanaError, Malformed, Unusable
from amana.faults import point
from amana.vault import piece
from amana.vault.envelope import HEADER_LIMIT, EnvelopeHeader, Subject
from amana.vault.piece import PieceHeader
from amana.vault.sealing import Stopped
from amana.vault.shelf import EnvelopeMissing

_PREFIX: Final = "opening-"

Header = EnvelopeHeader | PieceHeader


class EnvelopeUnreadable(AmanaError):
    """A sealed file is cut, altered or sealed for another key; no plaintext of it remains."""

    code = "vault.envelope_unreadable"
    status = 422
    exit = 65


class EnvelopeMismatch(AmanaError):
    """What an envelope says inside is not what it was sent as; no plaintext of it remains."""

    code = "vault.envelope_mismatch"
    status = 422
    exit = 65


@dataclass(frozen=True)
class OpenedEnvelope:
    """The header of the first segment, and where the data stand until the block that opened them ends."""

    header: Header
    data_path: Path


class Opener:
    """Holds the vault's opening key; only the worker makes one."""

    def __init__(self, identity_file: Path) -> None:
        """Read the identities in an ``age-keygen`` file. Raises Unusable when there is none."""
        lines = (line.strip() for line in identity_file.read_text(encoding="ascii", errors="replace").splitlines())
        try:
            self._identities = [
                pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")
            ]
        except pyrage.IdentityError:
            self._identities = []
        if not self._identities:
            raise Unusable(what="word.identities", place=str(identity_file))

    @property
    def recipients(self) -> tuple[str, ...]:
        """The public keys that belong to the opening keys, to compare with what the web process seals to."""
        return tuple(str(identity.to_public()) for identity in self._identities)

    @contextmanager
    def open(
        self, paths: Sequence[Path], into: Path, subject: Subject, *, joined: bool = False
    ) -> Iterator[OpenedEnvelope]:
        """Yield the opened envelope; its plaintext is gone when the block ends, however it ends.

        paths:   the sealed files, in order.
        into:    the vault's ``tmp`` folder.
        subject: what the batch says; the header inside every segment must say the same.
        joined:  the files are one segment, which its committee sealed and the line cut; else each is one of its own.
        Raises EnvelopeMissing, EnvelopeUnreadable, or EnvelopeMismatch naming the facts that differ.
        """
        segments = [tuple(paths)] if joined else [(path,) for path in paths]
        with private_folder(into) as folder:
            draft = folder / "draft"
            with draft.open("xb") as sink:
                opened = [self._open_segment(files, sink) for files in segments]
                sink.flush()
                os.fsync(sink.fileno())
            header = _agreed(opened, subject)
            point("vault.opened")
            data = draft.rename(folder / "data")
            yield OpenedEnvelope(header, data)

    def _open_segment(self, files: Sequence[Path], sink: BinaryIO) -> _Segment:
        inside = _Inside(sink)
        whole = True
        with closing(_Outside(files)) as outside:
            try:
                pyrage.decrypt_io(outside, inside, self._identities)
            except (pyrage.DecryptError, OSError, Stopped):
                whole = False
        # A disk that fails is not an envelope that is broken: the first cause is told, without pyrage's rendering.
        cause = outside.fault or inside.fault
        if cause is not None:
            raise cause
        if not whole or inside.header is None:
            raise EnvelopeUnreadable
        return _Segment(inside.header, inside.bytes)


def sweep(into: Path) -> int:
    """Remove what a dead worker left opened, and return how many folders that was; a living worker's are left."""
    swept = sum(_remove_abandoned(folder) for folder in into.glob(f"{_PREFIX}*"))
    durable.sync_folder(into)
    return swept


def _remove_abandoned(folder: Path) -> bool:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:  # its worker has just finished
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)  # another worker may be sweeping too
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(handle)


@contextmanager
def private_folder(into: Path) -> Iterator[Path]:
    """Yield a folder that only we can look into; it is gone when the block ends, and after a crash is swept."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=into))  # mode 0700
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # held while we live: see sweep
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(handle)
        durable.sync_folder(into)


@dataclass(frozen=True)
class _Segment:
    """What one segment says of itself, and how many bytes of data it holds."""

    header: Header
    bytes: int


def _agreed(opened: Sequence[_Segment], subject: Subject) -> Header:
    """Return the first header once all agree with the batch and with their own place, and nothing is missing."""
    if not opened:
        raise EnvelopeMissing
    first, offset = opened[0].header, 0
    for number, segment in enumerate(opened, start=1):
        due = vars(_due(first, number, len(opened), offset, subject))
        said = vars(segment.header)
        differing = sorted(name for name in due.keys() | said.keys() if said.get(name) != due.get(name))
        if differing:
            raise EnvelopeMismatch(facts=", ".join(differing), segment=number)
        offset += segment.bytes
    if isinstance(first, PieceHeader) and offset != first.total:
        raise EnvelopeMismatch(facts="total", segment=len(opened))
    return first


def _due(first: Header, number: int, count: int, offset: int, subject: Subject) -> Header:
    """Return what a segment has to say of itself in this place."""
    said = dict(vars(subject))
    if isinstance(first, EnvelopeHeader):
        return replace(first, segment=number, segments=count, **said)
    return replace(first, number=number, offset=offset, batch=said.pop("batch_or_nonce"), **said)


class _Outside:
    """The ciphertext of one segment, which may lie in several files; remembers a disk that fails."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = iter(files)
        self._open: BinaryIO | None = None
        self.fault: Exception | None = None

    def read(self, size: int) -> bytes:
        try:
            return self._read(size)
        except FileNotFoundError:
            self.fault = EnvelopeMissing()
        except OSError as fault:
            self.fault = fault
        raise Stopped

    def _read(self, size: int) -> bytes:
        while True:
            if self._open is None:
                path = next(self._files, None)
                if path is None:
                    return b""
                self._open = path.open("rb")
            if data := self._open.read(size):
                return data
            self.close()

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


class _Inside:
    """Takes the plaintext of one segment: the header is kept, the data go to the sink, counted."""

    def __init__(self, sink: BinaryIO) -> None:
        self.sink = sink
        self.first = b""
        self.bytes = 0
        self.header: Header | None = None
        self.fault: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            self._take(data)
        except BaseException as fault:  # noqa: BLE001 - _open_segment raises it again, whatever it is
            self.fault = fault
            raise Stopped from None
        return len(data)

    def flush(self) -> None:
        """Hold nothing back: the caller brings the sink to the disk once, when all is written."""

    def _take(self, data: bytes) -> None:
        if self.header is not None:
            self._keep(data)
            return
        self.first += data
        end = self.first.find(b"\n", self.first.find(b"\n") + 1) + 1  # magic and header are a line each
        if end == 0 and len(self.first) <= HEADER_LIMIT:
            return
        kind = PieceHeader if self.first.startswith(piece.MAGIC) else EnvelopeHeader
        try:
            self.header = kind.parse(self.first[:end])
        except Malformed:
            raise EnvelopeUnreadable from None
        self._keep(self.first[end:])
        self.first = b""

    def _keep(self, data: bytes) -> None:
        self.sink.write(data)
        self.bytes += len(data)
