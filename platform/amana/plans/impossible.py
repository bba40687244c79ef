"""Impossible: cells in which nobody can be, because intake accepts no such row. Structural zeros, known to anybody.

Runs in: worker and committee, before anything is protected and wherever a publication is read.
Sees: the rules of intake, which are public, and cubes; no count.

An unaccompanied child is in nobody's family: whoever reads the rules puts a 0 there. A mark over it would protect
nothing, and what was hidden beside it could be told. So these cells are openly empty, like what nobody was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amana.codebook.model import AREA, NOT_RECORDED, UNKNOWN, Codebook, Dataflow, Kind
from amana.disclosure.table import Axis, Cube, Node, Publication, Status
from amana.findings import Severity
from amana.validation.catalogue import catalogue
from amana.validation.rules_crossed import Condition, conditions

Flags = NDArray[np.bool_]

_ANYTHING: Final = ("", "")  # the one option of a dimension that no rule speaks of


@dataclass(frozen=True)
class _Dimension:
    """One dimension as the rules see it.

    options: the (column, cell) pairs of a row that may stand behind its nodes.
    nodes:   (nodes, options) True where such a row is counted in the node.
    clear:   (nodes,) False for the unknown and for rests, of which nothing is claimed.
    """

    options: tuple[tuple[str, str], ...]
    nodes: Flags
    clear: Flags

    def held(self, law: Condition) -> Flags:
        """Return (options,) where the law's part about this dimension holds."""
        among, unless = dict(law.among), dict(law.unless)
        flags = {column for column, cell in self.options if cell == "1"} & set(law.yes)
        return np.array(
            [
                (column in law.yes if flags else cell in among.get(column, (cell,)))
                and cell not in unless.get(column, ())
                for column, cell in self.options
            ]
        )


def impossible(cubes: Sequence[Cube], flow: Dataflow, book: Codebook) -> Mapping[str, Flags]:
    """Return by cube id, shape ``cube.shape``, where nobody can be counted whose row intake has accepted."""
    laws = [
        one for one in conditions(flow, book) if catalogue().entries[one.rule].severity is Severity.ERROR and not one.no
    ]
    return {cube.id: _of(cube, laws, flow, book) for cube in cubes}


def as_read(publication: Publication, flow: Dataflow, book: Codebook) -> Publication:
    """Return what somebody reads who knows the rules of intake: a mark over an impossible cell hides nothing."""
    nobody = impossible(publication.cubes, flow, book)
    status = {
        name: np.where(nobody[name] & (states == Status.HIDDEN), Status.NOT_COLLECTED, states).astype(np.uint8)
        for name, states in publication.status.items()
    }
    return replace(publication, status=status)


def _of(cube: Cube, laws: Sequence[Condition], flow: Dataflow, book: Codebook) -> Flags:
    filtered = [Axis(key[0].partition(".")[0], (Node(key[1], key),)) for key in cube.filter]
    said = {axis.dim for axis in (*cube.axes, *filtered)}
    speaking = [law for law in laws if _speaks(law, said, flow, book)]
    named = {column for law in speaking for column in (*dict(law.among), *dict(law.unless), *law.yes)}
    dims = [_dimension(axis, named, flow, book) for axis in (*cube.axes, *filtered)]
    allowed = np.ones([len(dim.options) for dim in dims], dtype=np.bool_)
    for law in speaking:
        allowed &= ~reduce(np.multiply.outer, [dim.held(law) for dim in dims])
    for number, dim in enumerate(dims):
        allowed = np.moveaxis(np.tensordot(dim.nodes, allowed, axes=(1, number)), 0, number) > 0
    claimed: Flags = ~allowed & reduce(np.multiply.outer, [dim.clear for dim in dims])
    return claimed.reshape(cube.shape)


def _speaks(law: Condition, said: set[str], flow: Dataflow, book: Codebook) -> bool:
    """Return whether these variables are enough to say that a row breaks the law."""
    columns = {column.name: column.variable for column in flow.columns(book)}
    flags = {columns[flag] for flag in law.yes}
    return {*dict(law.among), *dict(law.unless)} <= said and (not flags or bool(flags & said))


def _dimension(axis: Axis, named: set[str], flow: Dataflow, book: Codebook) -> _Dimension:
    clear = np.array([not node.code.endswith(NOT_RECORDED) and node.code != UNKNOWN for node in axis.nodes])
    whole = _Dimension((_ANYTHING,), np.ones((len(axis.nodes), 1), dtype=np.bool_), clear)
    if axis.dim == AREA:
        return whole
    variable = flow.variable(axis.dim)
    codelist = book.list_of(variable)
    lines = {code: (code, *codelist.ancestors(code)) for code in codelist.storable}
    several = variable.kind is Kind.MULTI
    if not named & (set(lines) if several else {axis.dim}):
        return whole
    nodes = [[_counted(node, line, several=several) for line in lines.values()] for node in axis.nodes]
    if several:  # whoever is counted in a rest, or in the total, need not have any of these
        options = (*((code, "1") for code in lines), _ANYTHING)
        return _Dimension(options, np.array([[*row, all(row)] for row in nodes]), clear)
    return _Dimension(tuple((axis.dim, code) for code in lines), np.array(nodes), clear)


def _counted(node: Node, line: Sequence[str], *, several: bool) -> bool:
    """Return whether whoever has the first of ``line``, a code and its ancestors, may be counted in the node."""
    if node.key is None:
        return True
    name, code = node.key
    if code.startswith(NOT_RECORDED):
        return True
    return (name.partition(".")[2] if several else code) in line
