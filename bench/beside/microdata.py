"""Integer-coded rows to count by every combination of their attributes: made up, or read from a file.

The rows that are made up are like registrations of victims in sixteen attributes: fourteen hidden kinds of case, mixed
by reporting country, skewed code lists, a share of unknowns, and one combination that the rules forbid. Interactions of
three attributes are weak in them, which suits every method that looks at pairs; Adult, a census extract, is real.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

ATTRIBUTES: Final = {
    "country": 16, "period": 12, "sex": 4, "age": 8, "citizenship": 40, "exploitation": 9, "act": 6, "means": 9,
    "recruiter": 8, "sector": 14, "id_route": 8, "care": 7, "transit": 12, "destination": 24, "status": 5,
    "education": 6,
}  # fmt: skip
KINDS: Final = 14  # hidden kinds of case
BY_COUNTRY: Final = ("citizenship", "destination")  # also follow the reporting country, for 60 % of the rows
ALWAYS_KNOWN: Final = ("country", "period", "sex", "age", "citizenship")
RANKED: Final = ("age", "fnlwgt", "hours-per-week")  # of Adult: binned to 16 by rank, facts of the field
BINS: Final = 16


@dataclass(frozen=True)
class Rows:
    """Whole persons. codes: (n, attributes) each below ``sizes``, which come from code lists and not from the rows.

    expected: of made-up rows, what whoever made them expects.
    """

    name: str
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    codes: NDArray[np.int64]
    expected: Expected | None = None


@dataclass(frozen=True)
class Expected:
    """The distribution from which rows were drawn: attributes are independent within each state.

    persons: (states,) how many to expect; chances: by attribute, (states, codes).
    """

    persons: NDArray[np.float64]
    chances: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def table(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Return how many persons to expect in each cell of some attributes."""
        cells = self.persons[:, None]
        for name in names[:-1]:
            cells = (cells[:, :, None] * self.chances[name][:, None, :]).reshape(len(cells), -1)
        shape = [self.chances[name].shape[1] for name in names]
        return (cells.T @ self.chances[names[-1]]).reshape(shape)


def made_up(number: int, seed: int) -> Rows:
    """Return so many made-up rows."""
    rng = np.random.default_rng(seed)
    names, sizes = tuple(ATTRIBUTES), tuple(ATTRIBUTES.values())
    codes = np.zeros((number, len(names)), dtype=np.int64)
    countries = rng.permutation(skewed(sizes[0], 1.1))
    codes[:, 0] = rng.choice(sizes[0], number, p=countries)
    mixed = rng.dirichlet(np.full(KINDS, 0.35), sizes[0])
    kind = _drawn(rng, mixed[codes[:, 0]])
    growing = np.linspace(0.6, 1.4, sizes[1]) / np.linspace(0.6, 1.4, sizes[1]).sum()
    codes[:, 1] = rng.choice(sizes[1], number, p=growing)
    chances = {names[0]: np.repeat(np.eye(sizes[0]), KINDS, 0), names[1]: np.tile(growing, (sizes[0] * KINDS, 1))}
    for at, (name, size) in enumerate(ATTRIBUTES.items()):
        if at > 1:
            codes[:, at], chances[name] = _column(rng, name, size, kind, codes[:, 0])
        if name not in ALWAYS_KNOWN:
            lot, unknown = rng.random(number), rng.uniform(0.05, 0.30)
            codes[lot < unknown, at] = size - 1
            chances[name] = (1 - unknown) * chances[name] + unknown * np.eye(size)[-1]
    age, status = names.index("age"), names.index("status")
    codes[(codes[:, age] <= 2) & (codes[:, status] == 3), status] = 0  # a child cannot have this status
    expected = _without_forbidden(number * (countries[:, None] * mixed).ravel(), chances)
    return Rows(f"made up, {number:,} rows", names, sizes, codes, expected)


def _without_forbidden(persons: NDArray[np.float64], chances: dict[str, NDArray[np.float64]]) -> Expected:
    """Return every state twice, for children and for the others: no child has the status that the rules forbid."""
    children = np.where(np.arange(chances["age"].shape[1]) <= 2, 1.0, 0.0)
    young = (chances["age"] * children).sum(1)
    twice = {name: np.concatenate((each, each)) for name, each in chances.items()}
    ages = np.concatenate((chances["age"] * children, chances["age"] * (1 - children)))
    twice["age"] = ages / ages.sum(1, keepdims=True)
    of_children = chances["status"].copy()
    of_children[:, 0] += of_children[:, 3]
    of_children[:, 3] = 0
    twice["status"] = np.concatenate((of_children, chances["status"]))
    return Expected(np.concatenate((persons * young, persons * (1 - young))), twice)


def adult(folder: Path) -> Rows:
    """Return the census extract from ``adult.csv.gz`` and ``adult-domain.json`` in a folder."""
    sizes = json.loads((folder / "adult-domain.json").read_text(encoding="utf-8"))
    with gzip.open(folder / "adult.csv.gz", "rt", encoding="utf-8") as file:
        names, codes = _read(file.read().splitlines())
    for name in RANKED:
        at = names.index(name)
        order = np.argsort(np.argsort(codes[:, at], kind="stable"), kind="stable")
        codes[:, at], sizes[name] = order * BINS // len(order), BINS
    return Rows("Adult", names, tuple(sizes[name] for name in names), codes)


def from_file(path: Path) -> Rows:
    """Return the rows of a CSV of integer codes under a header; a code list goes up to the largest code in it."""
    names, codes = _read(path.read_text(encoding="utf-8").splitlines())
    return Rows(path.stem, names, tuple((codes.max(0) + 1).tolist()), codes)


def _read(lines: list[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    header, *rows = csv.reader(lines)
    return tuple(header), np.array(rows, dtype=np.int64)


def _column(
    rng: np.random.Generator, name: str, size: int, kind: NDArray[np.int64], country: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return codes, and the chances that they were drawn by: (countries and kinds, codes)."""
    if name not in BY_COUNTRY:
        own = [rng.permutation(skewed(size, 1.5 + rng.random())) for _ in range(KINDS)]
        chances = 0.75 * np.stack(own) + 0.25 * skewed(size, 1.2)
        return _drawn(rng, chances[kind]), np.tile(chances, (16, 1))
    by_kind = np.stack([rng.permutation(skewed(size, 1.6 + 0.8 * rng.random())) for _ in range(KINDS)])
    by_country = np.stack([rng.permutation(skewed(size, 1.3 + 0.7 * rng.random())) for _ in range(16)])
    local = rng.random(len(kind)) < 0.6
    codes = np.where(local, _drawn(rng, by_country[country]), _drawn(rng, by_kind[kind]))
    return codes, 0.6 * np.repeat(by_country, KINDS, 0) + 0.4 * np.tile(by_kind, (16, 1))


def skewed(size: int, steep: float) -> NDArray[np.float64]:
    """Return probabilities that fall off as a power of the rank."""
    weight = 1 / np.arange(1, size + 1) ** steep
    return weight / weight.sum()


def _drawn(rng: np.random.Generator, chances: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draw one code per row. chances: (n, codes), each row sums to 1."""
    above = rng.random(len(chances))[:, None] > np.cumsum(chances, 1)
    return np.minimum(above.sum(1), chances.shape[1] - 1)
