"""Whether a plan's cubes can be protected beside those that were published of the same persons.

Runs in: worker; and wherever somebody audits bundles.
Sees: published axes, a plan's cubes and code lists; no count.

Within one plan ``linkable`` sees to it. Two plans, or a plan that was rewritten between two releases, may cut the same
persons each by itself in good ways, and together in ways that no equation binds: everybody less this plan's group less
that one's is a third group that nobody declared, and subtraction gives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from amana.codebook.model import AREA, NOT_RECORDED, TOTAL, Codebook, CodeList, Kind
from amana.disclosure.table import Cube
from amana.plans.axes import parts, shape_of, sub_regions
from amana.plans.linkable import Shape, answers_apart, unlinked
from amana.plans.plan import Plan

_Name = tuple[frozenset[str], frozenset[tuple[str, str]]]  # by what a table counts, and whom


def unlinked_beside(plan: Plan, published: Iterable[Cube], book: Codebook) -> str | None:
    """Return the variable by which a plan cuts the persons of published cubes anew; None where it does not."""
    variables = {each.id: each for each in book.dataflow(plan.dataflow).variables}

    def codelist_of(name: str) -> CodeList | None:
        known = variables.get(name)
        return book.list_of(known) if known is not None and known.kind is Kind.CODED else None

    shapes = [_shape(cube) for cube in (*(shape_of(cube, plan, book, ()) for cube in plan.cubes), *published)]
    for name, each in variables.items():
        if each.kind is Kind.MULTI and _holds(shapes, name, book.list_of(each)):
            return name  # a group of forms says more about each of them than chance
        if each.kind is Kind.MULTI and answers_apart(shapes, each, book.list_of(each)):
            return name
    return unlinked(shapes, codelist_of)


def unreadable_beside(plan: Plan, published: Sequence[Cube], book: Codebook) -> bool:
    """Return whether a plan cannot follow a published bundle since which somebody has revised.

    Where committees stand in other tables, or persons are counted in cells that the bundle does not have.
    """
    now = [shape_of(cube, plan, book, ()) for cube in plan.cubes]
    return bool(areas_apart(now, published)) or counts_anew(now, published)


def counts_anew(now: Iterable[Cube], then: Iterable[Cube]) -> bool:
    """Return whether cubes count persons in cells that published ones do not have.

    Whoever alone has revised since knows the figures then of all others, which are those of now; what new cells tell
    beside those is not read.
    """
    stood = [(_name(cube), _codes(cube)) for cube in then]

    def new(cube: Cube) -> bool:
        codes = _codes(cube)
        return not any(name == _name(cube) and all(codes[dim] <= old[dim] for dim in codes) for name, old in stood)

    return any(map(new, now))


def areas_apart(now: Iterable[Cube], then: Iterable[Cube]) -> tuple[Cube, ...]:
    """Return the cubes with committees in them that stand in one of two publications only.

    Where somebody has revised since, a figure of the region then and those of committees now are bound by who did not;
    that is read table by table (``disclosure.checker.vintages``), and where only one of the two has the committees, not
    at all.
    """
    one, other = _with_areas(now), _with_areas(then)
    return tuple(cube for name, cube in (one | other).items() if name not in one or name not in other)


def _with_areas(cubes: Iterable[Cube]) -> dict[_Name, Cube]:
    named = {_name(cube): cube for cube in cubes}
    return {name: cube for name, cube in named.items() if AREA in name[0]}


def _name(cube: Cube) -> _Name:
    return frozenset(axis.dim for axis in cube.axes), frozenset(cube.filter)


def _codes(cube: Cube) -> dict[str, frozenset[str]]:
    return {axis.dim: frozenset(node.code for node in axis.nodes) for axis in cube.axes if axis.dim != AREA}


def regrouped(members: Sequence[str], on: date, published: Iterable[Cube], book: Codebook) -> bool:
    """Return whether a sub-region of a published cube has other committees than it has on that day among the members.

    It would be one name of two figures.
    """
    lines = sub_regions(members, on, book)
    now = {code: {one for one, line in lines.items() if code in line} for line in lines.values() for code in line}
    then = [parts(axis) for cube in published for axis in cube.axes if axis.dim == AREA]
    named = [(code, some) for each in then for code, some in each.items() if code != TOTAL and len(some) > 1]
    return any(now.get(code) != set(some) for code, some in named)


def _shape(cube: Cube) -> Shape:
    nodes = {
        axis.dim: frozenset(node.code.removesuffix(f":{NOT_RECORDED}") for node in axis.nodes if node.code != TOTAL)
        for axis in cube.axes
        if axis.dim != AREA
    }
    several = [key.split(".", 1) for key, _ in cube.filter if "." in key]
    plain = [(key, code) for key, code in cube.filter if "." not in key]
    return Shape(
        tuple(axis.dim for axis in cube.axes), tuple(nodes), nodes, (*plain, *((name, code) for name, code in several))
    )


def _holds(shapes: Iterable[Shape], name: str, codelist: CodeList) -> bool:
    """Return whether a code of a multi-response variable stands somewhere, and a group that holds it somewhere else."""
    said = [(*shape.nodes.get(name, ()), *(code for each, code in shape.filter if each == name)) for shape in shapes]
    codes = {code for each in said for code in each if code in codelist}
    return any(codes & set(codelist.ancestors(code)) for code in codes)
