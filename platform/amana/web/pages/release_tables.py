"""The tables of one release: those that it holds, or would hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amana.codebook.model import Label
from amana.plans.plan import CubePlan
from amana.release.in_force import plan_of
from amana.release.ledger import Release
from amana.release.states import ReleaseState
from amana.web.grid import dimension_name
from amana.web.hub import hub
from amana.web.locale import language
from amana.web.pages import statistics


def titles_of(found: Release) -> Mapping[str, Label]:
    """Return the titles of the tables of a release; of one of which no bundle is kept, those that its plan has."""
    if found.kept is not None:
        return hub().opened.bundle(found.kept).about.cube_titles
    return {cube.id: cube.title for cube in _planned(found)}


def tables_of(found: Release) -> list[statistics.Table]:
    """Return the tables that the release holds, or would hold."""
    if found.kept is not None:
        bundle = hub().opened.bundle(found.kept)
        old = found.state is ReleaseState.SUPERSEDED
        return [statistics.table(bundle, cube.id, (found.period,), superseded=old) for cube in bundle.cubes]
    return [
        statistics.Table(
            cube.title.read(language()),
            tuple(dimension_name(found.dataflow, dim) for dim in cube.by),
            (),
            (found.period,),
            "",
        )
        for cube in _planned(found)
    ]


def _planned(found: Release) -> Sequence[CubePlan]:
    """Return the tables of its plan; none where that has changed since, or is gone."""
    plan = plan_of(found, hub().plans)
    return plan.cubes if plan else ()
