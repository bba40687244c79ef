"""A file of any number of people: the demo's rows drawn again and again, each under a new pseudonym."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

from amana.codebook.model import Codebook
from beside.contribution import rows_and_columns

COLUMNS: Final = 30
_PERSONS: Final = 2_000  # made one by one
_SEED: Final = 7


def columns_of(book: Codebook) -> list[str]:
    """Return 30 columns: all that are required, and the legal basis without which some rows would be unlawful."""
    _, columns = rows_and_columns(1, book)
    return [*columns[: COLUMNS - 1], "LEGAL_BASIS"]


def lines(number: int, book: Codebook) -> Iterator[list[str]]:
    """Yield the cells of so many sound rows; no two have the same pseudonym."""
    people, rng = _people(book), Random(_SEED)  # noqa: S311  synthetic data, not a secret
    for _ in range(number):
        yield [rng.randbytes(32).hex(), *rng.choice(people)]


def write_sound(path: Path, number: int, book: Codebook) -> Path:
    """Write a canonical CSV of so many sound rows, and return its path."""
    rng = Random(_SEED)  # noqa: S311  synthetic data, not a secret
    rest = ["," + ",".join(cells) + "\r\n" for cells in _people(book)]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(columns_of(book)) + "\r\n")
        file.writelines(rng.randbytes(32).hex() + rng.choice(rest) for _ in range(number))
    return path


def write(path: Path, people: Iterator[list[str]], columns: list[str]) -> Path:
    """Write a canonical CSV of the people and return its path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows(people)
    return path


def _people(book: Codebook) -> list[list[str]]:
    """Return sound rows without their pseudonyms."""
    rows, _ = rows_and_columns(_PERSONS, book)
    columns = columns_of(book)[1:]
    # Without its optional column on channels, exploitation over the net would contradict the answer on technology.
    return [[row[name] for name in columns] for row in rows if row["EXP_SEX_RMT"] != "1"]
