"""The cheap spaces that a pseudonym without a key may come from: numbers and dates, digested once per process.

What is looked for, in each of MD5, SHA-1 and SHA-256:
  numbers  0 to 999,999, as they stand and padded with zeros to any width up to 6; 0 to 99,999 padded to 7, 8, 9 and 10
  dates    every day of 1900 to 2030, written in eight ways
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.validation.digests import FIRST_BITS

DIGEST_BYTES: Final[Mapping[str, int]] = {"md5": 16, "sha1": 20, "sha256": 32}

_WHOLE: Final = 6  # digits: every text of so many digits and fewer is looked for
_PADDED: Final = ((7, 100_000), (8, 100_000), (9, 100_000), (10, 100_000))  # width, and how many numbers
_FIRST: Final = "1900-01-01"
_AFTER: Final = "2031-01-01"
_WRITTEN: Final = ("Y-M-D", "YMD", "Y/M/D", "D/M/Y", "D-M-Y", "D.M.Y", "DMY", "M/D/Y")


@cache
def table(space: str, digest: str) -> NDArray[np.uint64]:
    """Return the (n,) sorted first 64 bits of the digests of a space: ``numbers`` or ``dates``.

    Made when it is first asked for: some 1.5 million numbers, and 0.4 million dates.
    """
    messages = {"numbers": _numbers, "dates": _dates}[space]()
    found = np.concatenate([FIRST_BITS[digest](each) for each in messages])
    found.sort()
    return found


def found_in(space: str, digest: str, bits: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return (n,) whether each of the first 64 bits belongs to a digest of the space."""
    kept: NDArray[np.uint64] = table(space, digest)
    places = np.minimum(np.searchsorted(kept, bits), len(kept) - 1)
    return np.equal(kept[places], bits)


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
