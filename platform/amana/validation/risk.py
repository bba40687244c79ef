"""The risk picture: how many records of one file stand alone, by what somebody could know of a person without it.

Runs in: worker (dry run), committee.   Sees: records; gives back counts of records, for their owner alone.
Source: Hundepool et al., Handbook on SDC (2nd ed. 2024), section 3: uniqueness on key variables, in the file itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.codebook.records import Records

_NAMED: Final = 10  # combinations that are told


@dataclass(frozen=True)
class Combination:
    """What some variables together do. unique: records that no other resembles; rare: those with fewer than k alike."""

    variables: tuple[str, ...]
    unique: int
    rare: int


@dataclass(frozen=True)
class Risk:
    """The picture of one file.

    records: in the file;   unique, rare: by all keys together, as in ``Combination``.
    keys:    the variables that were looked at: those of the region's list that the file holds.
    worst:   the combinations that single out the most records, at most ten, the worst first.
    """

    records: int
    least_count: int
    keys: tuple[str, ...]
    unique: int
    rare: int
    worst: tuple[Combination, ...]


class Picture:
    """Looks at a file block by block; keeps two bytes per record and key."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self._blocks: list[Mapping[str, NDArray[np.int16]]] = []
        self._records = 0

    def add(self, records: Records) -> None:
        """Take in one encoded block of the file."""
        self._blocks.append({name: records.columns[name] for name in self._keys if name in records.columns})
        self._records += len(records)

    def risk(self, least_count: int, together: int) -> Risk:
        """Return the picture.

        least_count: persons, k of this dataflow.   together: variables in one combination, at most.
        """
        keys = tuple(name for name in self._keys if self._blocks and name in self._blocks[0])
        columns = {name: np.concatenate([block[name] for block in self._blocks]) for name in keys}
        sets = [names for size in range(1, together + 1) for names in combinations(keys, size)]
        each = [_look([columns[name] for name in names], names, least_count) for names in sets]
        worst = sorted((one for one in each if one.rare), key=lambda one: (-one.unique, -one.rare, len(one.variables)))
        whole = _look([columns[name] for name in keys], keys, least_count)
        return Risk(self._records, least_count, keys, whole.unique, whole.rare, tuple(worst[:_NAMED]))


def _look(columns: Sequence[NDArray[np.int16]], names: tuple[str, ...], least_count: int) -> Combination:
    if not columns:
        return Combination(names, 0, 0)
    alike = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:  # renumbered at each step, so that the product stays below the number of records, squared
        alike = np.unique(alike * (int(column.max(initial=0)) + 1) + column, return_inverse=True)[1]
    sizes = np.bincount(alike)
    return Combination(names, int((sizes == 1).sum()), int(sizes[sizes < least_count].sum()))
