"""What a cell of a file may say where no code list answers alone: flags, keyed pseudonyms, ages in years."""

from __future__ import annotations

import re
from typing import Final

from amana.codebook.model import UNKNOWN

FLAGS: Final = ("0", "1", UNKNOWN)  # no, yes, not known

# A keyed pseudonym: 128 random bits or more, in hexadecimal or base64url; no capital beside a small letter in hex.
LEAST_PSEUDONYM: Final = 32  # characters
MOST_PSEUDONYM: Final = 128
_LENGTH: Final = f"{{{LEAST_PSEUDONYM},{MOST_PSEUDONYM}}}"
HEXADECIMAL: Final = f"^(?:[0-9a-f]{_LENGTH}|[0-9A-F]{_LENGTH})$"  # as Python and polars both read a pattern
BASE64URL: Final = f"^[A-Za-z0-9_-]{_LENGTH}$"

OLDEST: Final = 120  # years
ADULT: Final = 18  # years; Convention on the Rights of the Child, article 1
_AGE: Final = re.compile(r"Y(?P<first>\d+)(?:T(?P<last>\d+))?|Y_GE(?P<least>\d+)|Y_LT(?P<under>\d+)")


def years(code: str) -> tuple[int, int] | None:
    """Return the youngest and the oldest, in years, that a code of a list of ages means; None where it means no age.

    ``Y7`` is (7, 7), ``Y12T17`` (12, 17), ``Y_GE60`` (60, 120), and both ``Y_LT18`` and ``Y_LT18_U`` (0, 17).
    """
    match = _AGE.fullmatch(code.removesuffix("_U"))
    if match is None:
        return None
    if match["first"]:
        return int(match["first"]), int(match["last"] or match["first"])
    return (int(match["least"]), OLDEST) if match["least"] else (0, int(match["under"]) - 1)
