"""Standing: what was published about the same persons, and which of its tables are counted again to be protected.

Runs in: worker.   Sees: published bundles; which holdings were in them.
What another plan published stands: nothing of it can be hidden any more, and what is published now must not give away
what it hides. Where nobody has revised since, its tables are counted from the same holdings, and both plans are one
system; where somebody has, the two are read as vintages (``disclosure.checker.vintages``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from amana.codebook.model import Codebook
from amana.codebook.period import last_day
from amana.disclosure.table import AREA, NOISE, ClearingRefused, Cube, Publication
from amana.dissemination.bundle import Bundle
from amana.plans.axes import When, shape_of
from amana.plans.beside import regrouped, unlinked_beside, unreadable_beside
from amana.plans.impossible import as_read
from amana.plans.plan import CubePlan, Plan
from amana.policy.agreement import TABLES_PROTECTED
from amana.release.inputs import Holding, InputsRefused


@dataclass(frozen=True)
class Standing:
    """The tables of another plan that stand. cubes: under names of their own; members: of the forum, as of then."""

    cubes: tuple[CubePlan, ...]
    members: tuple[str, ...]


@dataclass(frozen=True)
class Before:
    """What was published about the same persons. pages: oldest first, as the checker takes them."""

    pages: tuple[Publication, ...] = ()
    standing: tuple[Standing, ...] = ()

    @property
    def cubes(self) -> tuple[CubePlan, ...]:
        """What is counted besides the plan's own cubes."""
        return tuple(cube for each in self.standing for cube in each.cubes)


def published_before(
    opened: Sequence[tuple[Bundle, frozenset[str]]],
    plan: Plan,
    holdings: Sequence[Holding],
    members: Sequence[str],
    *,
    plans: Mapping[str, Plan],
    book: Codebook,
) -> Before:
    """Return what was published, and what of it stands.

    opened: each bundle, oldest first, with the committees whose persons are not the same any more.
    plans:  by id; a bundle was counted by one of them, or by one that is gone.
    Raises InputsRefused where it was by another method, in cubes that cut these persons otherwise, or by a plan that is
    gone; or where a committee protected its part at home, then or now: the hub does not know that part, and cannot say
    what two publications of it tell together. Raises ClearingRefused, as for what cannot be protected, where somebody
    has revised since a bundle beside which the plan cannot be read then.
    """
    bundles = [one for one, _ in opened]
    if any(one.method != plan.method for one in bundles):
        raise InputsRefused(reason="release.two_methods", committees=())
    then = {committee for one in bundles for committee, form in one.about.contributors if form == TABLES_PROTECTED}
    now = {one.committee for one in holdings if bundles and one.kind == TABLES_PROTECTED}
    if then | now:
        raise InputsRefused(reason="release.past_with_guests", committees=tuple(sorted(then | now)))
    if plan.method == NOISE:
        return Before()
    others = [(one, since) for one, since in opened if one.about.plan_digest != plan.digest]
    own = {_told(shape_of(cube, plan, book, members, _when(holdings)), members) for cube in plan.cubes}
    standing = [(_standing(one, own, plans), since) for one, since in others]
    if unlinked_beside(plan, [cube for one, _ in others for cube in one.cubes], book) is not None:
        raise InputsRefused(reason="release.past_not_linked", committees=())
    if any(regrouped(members, last_day(one.about.period), one.cubes, book) for one in bundles):
        raise InputsRefused(reason="release.past_not_linked", committees=())
    if any(unreadable_beside(plan, one.cubes, book) for one, since in others if since):
        raise ClearingRefused(reason="checker", cells=0, places=())  # a reason of its own would tell who has revised
    stands = {one.digest for one, since in others if not since}
    read = [(one.renamed() if one.digest in stands else one.publication, since) for one, since in opened]
    flow = book.dataflow(plan.dataflow)
    pages = tuple(replace(as_read(page, flow, book), revised=since) for page, since in read)
    return Before(pages, tuple(each for each, since in standing if each.cubes and not since))


def _when(holdings: Sequence[Holding]) -> When:
    return When(last_day(holdings[0].period), frozenset(one.committee for one in holdings))


def _standing(one: Bundle, own: Collection[object], plans: Mapping[str, Plan]) -> Standing:
    """Return the tables of a bundle that are not among a plan's own. Raises InputsRefused where its plan is gone.

    Whether or not somebody has revised: the reason must not tell.
    """
    more = {cube.id for cube in one.cubes if _told(cube, one.about.members) not in own}
    counted = next((each for each in plans.values() if each.digest == one.about.plan_digest), None)
    if more and counted is None:
        raise InputsRefused(reason="release.past_not_counted", committees=())
    cubes = [cube for cube in counted.cubes if cube.id in more] if counted else []
    return Standing(tuple(replace(cube, id=one.name_of(cube.id)) for cube in cubes), one.about.members)


def _told(cube: Cube, members: Sequence[str]) -> object:
    """Return whom a cube counts, and by what: neither its name nor who is a member."""
    codes = {code for axis in cube.axes if axis.dim == AREA for code in (node.code for node in axis.nodes)}
    return tuple(axis if axis.dim != AREA else AREA for axis in cube.axes), cube.filter, frozenset(codes - {*members})
