"""Files that are whole or absent: written under another name, brought to the disk, and only then given theirs.

A reader never sees half a file, and a crash leaves at worst a file with a temporary name.
"""

from __future__ import annotations

import os
from io import BufferedRandom
from pathlib import Path
from typing import Final

from amana.faults import point

OWNER_ONLY: Final = 0o600
_HEAD: Final = 4096  # bytes


def write(path: Path, content: bytes) -> None:
    """Write ``content`` under ``path``, replacing what was there; on return it survives a power cut."""
    draft = _draft(path, content)
    point("vault.file_drafted")
    draft.replace(path)
    sync_folder(path.parent)


def write_new(path: Path, content: bytes) -> bool:
    """Write ``content`` under ``path`` unless something bears that name; return whether this call made it.

    Of several writers at once, exactly one makes the file and the others find it whole.
    """
    draft = _draft(path, content)
    point("vault.new_file_drafted")
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    else:
        return True
    finally:
        draft.unlink()
        sync_folder(path.parent)


def create(path: Path) -> BufferedRandom:
    """Return a new, empty file that only its owner can read, from its first byte on. Raises FileExistsError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    return os.fdopen(handle, "w+b")


def destroy(path: Path) -> None:
    """Overwrite the head of the file, then remove its name; on return neither survives a power cut.

    The head (4 KiB) is the whole of a key file, and of a sealed file the part that holds its file key, without which
    the rest is noise. An absent file is no fault. Overwriting is an effort, no promise: a file system that copies on
    write, or a drive that spreads wear, may keep the old blocks. What must become unreadable is therefore always
    encrypted, and its key kept apart.
    """
    try:
        with path.open("r+b") as file:
            file.write(os.urandom(min(_HEAD, path.stat().st_size)))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    point("vault.file_overwritten")
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Bring a file's content to the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk: a rename or removal survives a power cut only after this."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{os.urandom(8).hex()}.draft")
    with create(draft) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft
