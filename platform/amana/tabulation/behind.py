"""Who stands behind a count: the organisations that know some of the persons, and whether one event is all there is.

Runs in: worker, and at a committee that keeps its records at home.
Sees: links of records, as pseudonyms; gives back counts and places, and no pseudonym.

A count that comes from one event, or from one organisation, tells whoever knows of that event about each person in it.
A person of whom no event is recorded counts as an event of one's own; likewise with organisations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from amana.codebook.model import UNKNOWN
from amana.plans.axes import Dimension
from amana.tabulation.placed import FARTHEST, Placed

ENTITY: Final = "ENTITY"
LINKS: Final = ("EVENT", ENTITY)
ENOUGH: Final = 2  # events, and organisations, behind a count that may be shown
_WIDTH: Final = 8  # bytes of a link's number: two links that share one count as one, which hides more, never less


@dataclass(frozen=True)
class Span:
    """The links of the persons in each leaf cell, as far as it takes to tell one from two.

    first: the least number of a link in it. last: FARTHEST less the greatest. Both FARTHEST where nobody has a link.
    without: persons of whom no link is recorded.
    """

    first: NDArray[np.uint64]
    last: NDArray[np.uint64]
    without: NDArray[np.int64]

    def joined(self, other: Span) -> Span:
        """Return the span of both parts together."""
        first, last = np.minimum(self.first, other.first), np.minimum(self.last, other.last)
        return Span(first, last, self.without + other.without)

    def margins(self, dims: Sequence[Dimension]) -> NDArray[np.int64]:
        """Return how many links stand behind each published node, counted as far as ``ENOUGH``."""
        first, last = _least_by_node(self.first, dims), _least_by_node(self.last, dims)
        without = margins(self.without, dims)
        nobody = (first == FARTHEST) & (last == FARTHEST)
        known = np.where(nobody, 0, np.where(first == FARTHEST - last, 1, ENOUGH))
        return np.minimum(known + without, ENOUGH)


def span(placed: Placed, links: Sequence[str]) -> Span:
    """Return the links of a block; links: (n,) one pseudonym per row, ``_U`` where none is recorded."""
    known = np.array([each != UNKNOWN for each in links], dtype=np.bool_)
    names = {each: int.from_bytes(blake2b(each.encode(), digest_size=_WIDTH).digest()) for each in set(links)}
    numbers = np.array([names[each] for each in links], dtype=np.uint64)
    first = placed.least(np.where(known, numbers, FARTHEST))
    last = placed.least(np.where(known, FARTHEST - numbers, FARTHEST))
    return Span(first, last, placed.count((~known).astype(np.int64)))


def caseloads(placed: Placed, links: Sequence[str]) -> Mapping[str, NDArray[np.int64]]:
    """Return the leaf counts of each organisation that has persons in the block; links as ``span`` takes them."""
    names = sorted({each for each in links if each != UNKNOWN})
    number = {name: place for place, name in enumerate(names)}
    groups = np.array([number.get(each, -1) for each in links], dtype=np.int64)
    return dict(zip(names, placed.count_by(groups, len(names)), strict=True))


Caseload = Mapping[str, NDArray[np.int64]]  # by cube id, leaf cells: the persons whom one organisation knows


def told_apart(found: Iterable[Caseload]) -> tuple[Caseload, ...]:
    """Return the caseloads in an order that says nothing of names: by what they count; equal ones once, empty never."""
    some = [each for each in found if any(counts.any() for counts in each.values())]
    by_content = {tuple(each[name].tobytes() for name in sorted(each)): each for each in some}
    return tuple(by_content[content] for content in sorted(by_content))


def margins(leaves: NDArray[np.int64], dims: Sequence[Dimension]) -> NDArray[np.int64]:
    """Return all nodes of every axis: each node is a sum of leaves."""
    for number, dim in enumerate(dims):
        leaves = np.moveaxis(np.tensordot(dim.nodes, leaves, axes=(1, number)), 0, number)
    return leaves


def _least_by_node(leaves: NDArray[Any], dims: Sequence[Dimension]) -> NDArray[Any]:
    for number, dim in enumerate(dims):
        under = [leaves.take(np.flatnonzero(node), axis=number).min(axis=number) for node in dim.nodes]
        leaves = np.stack(under, axis=number)
    return leaves
