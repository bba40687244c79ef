"""What the latest publication of a plan shows of one committee's country: counts of cells, never which.

Runs in: worker (dry run).
Sees: the published bundle, as any member can read it; nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amana.disclosure.table import AREA, Cube, Status
from amana.dissemination.bundle import Bundle, BundleDamaged
from amana.dissemination.catalogue import Catalogue
from amana.errors import SignatureInvalid
from amana.plans.plan import Plan


@dataclass(frozen=True)
class Seen:
    """Of one cube, the cells about one country: how many show a figure, how many carry the mark."""

    shown: int
    hidden: int


@dataclass(frozen=True)
class Latest:
    """The current vintage of the latest period. cubes: by id; those without a cell about the country are left out."""

    release: str
    period: str
    vintage: int
    cubes: Mapping[str, Seen]


def latest(catalogue: Catalogue, plan: Plan, committee: str) -> Latest | None:
    """Return what the latest publication of this plan shows; None where none stands, or it says nothing of the country.

    A bundle that is not what was signed says nothing, either: whoever asks for its figures is told so.
    """
    current = [one for one in catalogue.current(plan.dataflow) if one.plan == plan.id]
    if not current:
        return None
    try:
        cubes = dict(_seen(catalogue.opened.bundle(current[-1].digest), committee))
    except (BundleDamaged, SignatureInvalid):
        return None
    return Latest(current[-1].release, current[-1].period, current[-1].vintage, cubes) if cubes else None


def _seen(bundle: Bundle, committee: str) -> Iterator[tuple[str, Seen]]:
    for cube in bundle.cubes:
        index = _about(cube, committee)
        if index is None:
            continue
        status = bundle.status[cube.id][index]
        seen = Seen(int((status == Status.SHOWN).sum()), int((status == Status.HIDDEN).sum()))
        if seen.shown or seen.hidden:
            yield cube.id, seen


def _about(cube: Cube, committee: str) -> tuple[int | slice, ...] | None:
    """Return the index of the cells about this country; None in a cube of the region, or of other countries."""
    place = {axis.dim: [node.key for node in axis.nodes] for axis in cube.axes}.get(AREA, [])
    if (AREA, committee) not in place:
        return None
    at = place.index((AREA, committee))
    return tuple(at if axis.dim == AREA else slice(None) for axis in cube.axes)
