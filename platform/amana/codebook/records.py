"""Records: the rows of one accepted batch as arrays of code positions. Only the worker and the committee hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.codebook.cells import FLAGS

NO, YES, NOT_KNOWN = 0, 1, 2  # the three values of a flag
STORED_FLAG: Final = dict(zip(FLAGS, (NO, YES, NOT_KNOWN), strict=True))  # what a cell says → the value


@dataclass(frozen=True)
class Records:
    """One batch of persons; every array and tuple has one entry per person, in the same order.

    columns:    variable id → position in its code list's ``storable``, int16 (n,).
    flags:      storable code of a multi-response variable → 0 no, 1 yes, 2 unknown, uint8 (n,).
    pseudonyms: 64 hex characters each, or None where they were left behind.
    links:      EVENT, ENTITY → pseudonyms.
    collected:  variables that the batch carries; a variable that is absent was not collected, which is not "unknown".

    Raises ValueError when lengths differ, a type is another, or a column's variable is not among ``collected``.
    """

    dataflow: str
    committee: str
    period: str
    columns: Mapping[str, NDArray[np.int16]]
    flags: Mapping[str, NDArray[np.uint8]]
    pseudonyms: tuple[str, ...] | None
    links: Mapping[str, tuple[str, ...]]
    collected: frozenset[str]

    def __post_init__(self) -> None:
        if len(set(self._lengths())) > 1:
            raise ValueError("the columns of a batch differ in length")
        if any(column.dtype != np.int16 for column in self.columns.values()):
            raise ValueError("a coded column is not int16")
        if any(flag.dtype != np.uint8 for flag in self.flags.values()):
            raise ValueError("a flag is not uint8")
        if not self.collected >= self.columns.keys() | self.links.keys():
            raise ValueError("a column is there whose variable is not collected")

    def __len__(self) -> int:
        return next(self._lengths(), 0)

    def _lengths(self) -> Iterator[int]:
        yield from map(len, self.columns.values())
        yield from map(len, self.flags.values())
        yield from map(len, self.links.values())
        if self.pseudonyms is not None:
            yield len(self.pseudonyms)


def join(blocks: Sequence[Records]) -> Records:
    """Return the persons of all blocks of one batch, of which there is at least one, in their order."""
    first = blocks[0]
    return replace(
        first,
        columns={name: np.concatenate([one.columns[name] for one in blocks]) for name in first.columns},
        flags={name: np.concatenate([one.flags[name] for one in blocks]) for name in first.flags},
        pseudonyms=None
        if first.pseudonyms is None
        else tuple(chain.from_iterable(one.pseudonyms or () for one in blocks)),
        links={name: tuple(chain.from_iterable(one.links[name] for one in blocks)) for name in first.links},
    )
