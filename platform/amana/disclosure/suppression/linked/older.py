"""Older: the other publications of the past that are read with a new vintage and one before it.

Runs in: worker.   Sees: published cells of then, and which committees have revised since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from amana.disclosure.table import AREA, Key, Publication, Status


@dataclass(frozen=True)
class Older:
    """One of them. revised: who has revised since. apart: whose persons it does not count as the one before does."""

    page: Publication
    revised: frozenset[str]
    apart: frozenset[str]


def ways(page: Publication, past: Sequence[Publication]) -> Iterator[tuple[Sequence[Older], frozenset[str] | None]]:
    """Yield what is read with an earlier publication since which somebody has revised, and by whom; None for anybody.

    Whoever has revised since another one only reads without that.
    """
    if not page.revised:
        return
    found = [Older(each, each.revised or frozenset(), apart(page, each)) for each in past if each is not page]
    everybody = page.revised.union(*(each.revised for each in found))
    yield found, None
    if fewer := everybody - page.revised:
        yield [each for each in found if each.revised <= page.revised], fewer


def apart(page: Publication, other: Publication) -> frozenset[str]:
    """Return whose persons two earlier publications do not both count alike, of those who have revised since."""
    one, two = page.revised or frozenset(), other.revised or frozenset()
    figures = _figures(page)
    moved = {key for key, value in _figures(other).items() if figures.get(key, value) != value}
    return (one ^ two) | (one & two & {code for key in moved for attribute, code in key if attribute == AREA})


def _figures(page: Publication) -> Mapping[Key, int]:
    """Return what a publication shows."""
    return {
        cube.cell_key(at): int(page.values[cube.id][at])
        for cube in page.cubes
        for at in cube.indices()
        if page.status[cube.id][at] == Status.SHOWN
    }
