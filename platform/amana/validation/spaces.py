"""The cheap spaces that a pseudonym without a key may come from: numbers and dates, digested once per process.

What is looked for, in each of MD5, SHA-1 and SHA-256:
  numbers  0 to 999,999, as they stand and padded with zeros to any width up to 6; 0 to 99,999 padded to 7, 8, 9 and 10
  dates    every day of 1900 to 2030, written in eight ways
Making one takes up to a second, so a process that ends soon may keep what it made in a folder, for the next one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana import durable
from amana.validation.digests import FIRST_BITS

DIGEST_BYTES: Final[Mapping[str, int]] = {"md5": 16, "sha1": 20, "sha256": 32}

_WHOLE: Final = 6  # digits: every text of so many digits and fewer is looked for
_PADDED: Final = ((7, 100_000), (8, 100_000), (9, 100_000), (10, 100_000))  # width, and how many numbers
_FIRST: Final = "1900-01-01"
_AFTER: Final = "2031-01-01"
_WRITTEN: Final = ("Y-M-D", "YMD", "Y/M/D", "D/M/Y", "D-M-Y", "D.M.Y", "DMY", "M/D/Y")


_ORDER: Final = np.dtype("<u8")  # of a kept table
# SHA-256 of each table: what was kept is taken for one only if it is the very table that would be made.
PINNED: Final[Mapping[tuple[str, str], str]] = {
    ("numbers", "md5"): "dc68e1531e856db5e1ba8eed74701b5a3f640ac7cf96255a85159b128a38cf8a",
    ("dates", "md5"): "1ca7012dc43a57d99a1416445fc4be537ec00492eb80c96b9c247f075dc8de3a",
    ("numbers", "sha1"): "dec177c4fbd6119ff6cdc36fc31345d322450f583927a0e6dc16a5ccec2ab13b",
    ("dates", "sha1"): "82bf893f4f788d3c6c747502d33fa30881195372af443ffeda45335f5d38bcec",
    ("numbers", "sha256"): "6fd59b7f97a7eafce944cbb0d19ae7b6c2ac046310620462cd7318925a01a42f",
    ("dates", "sha256"): "242f530b9a3ac867753828b00357763ce44f1db005a9a14f3fb058a2af7427f3",
}


@dataclass(frozen=True)
class Spaces:
    """The spaces, digested. folder: where tables are kept for the next process, 15 MB per digest; None keeps none."""

    folder: Path | None = None

    def found_in(self, space: str, digest: str, bits: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return (n,) whether each of the first 64 bits belongs to a digest of the space."""
        kept: NDArray[np.uint64] = table(space, digest) if self.folder is None else _kept(space, digest, self.folder)
        places = np.minimum(np.searchsorted(kept, bits), len(kept) - 1)
        return np.equal(kept[places], bits)


IN_MEMORY: Final = Spaces()


@cache
def table(space: str, digest: str) -> NDArray[np.uint64]:
    """Return the (n,) sorted first 64 bits of the digests of a space: ``numbers`` or ``dates``.

    Made when it is first asked for: some 1.5 million numbers, and 0.4 million dates.
    """
    messages = {"numbers": _numbers, "dates": _dates}[space]()
    found = np.concatenate([FIRST_BITS[digest](each) for each in messages])
    found.sort()
    return found


@cache
def _kept(space: str, digest: str, folder: Path) -> NDArray[np.uint64]:
    """Return a table as it was kept, or make and keep it; a folder that cannot be written to is done without."""
    pinned = PINNED[space, digest]
    path = folder / f"{space}-{digest}-{pinned[:16]}"
    with suppress(OSError):
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == pinned:
            return np.frombuffer(content, dtype=_ORDER)
    made: NDArray[np.uint64] = table(space, digest)
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.write(path, made.astype(_ORDER).tobytes())
    return made


def _numbers() -> Iterator[NDArray[np.uint8]]:
    yield from (_digits(np.arange(10**width), width) for width in range(1, _WHOLE + 1))
    yield from (_digits(np.arange(number), width) for width, number in _PADDED)


def _dates() -> Iterator[NDArray[np.uint8]]:
    days = np.arange(_FIRST, _AFTER, dtype="datetime64[D]")
    months = days.astype("datetime64[M]")
    parts = {
        "Y": _digits(days.astype("datetime64[Y]").astype(np.int64) + 1970, 4),
        "M": _digits(months.astype(np.int64) % 12 + 1, 2),
        "D": _digits((days - months).astype(np.int64) + 1, 2),
    }
    for written in _WRITTEN:
        signs = (parts.get(sign, np.full((len(days), 1), ord(sign), dtype=np.uint8)) for sign in written)
        yield np.concatenate(list(signs), axis=1)


def _digits(numbers: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """Return the (n, width) ASCII digits of the numbers, padded with zeros."""
    powers = 10 ** np.arange(width - 1, -1, -1)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)
