"""What nobody can be: cells that the rules of intake leave empty, as anybody knows who has read them.

An unaccompanied child is in nobody's family, and an accompanied one not without care: the hub refuses such rows, and
says so in public (docs/rules). k = 11, empty cells are hidden like small ones; ``x`` is the mark, ``-`` stands where
nobody is counted: not asked, or not possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

from amana.codebook.load import load
from amana.disclosure.audit import AuditReport, audit
from amana.disclosure.clear import clear
from amana.disclosure.table import Axis, Cube, KnownFigure, Node, Publication, Rule
from amana.plans.impossible import as_read, impossible
from support.drawn import Drawing, drawn, raw, seen

BOOK = load()
CHILDREN, VICTIMS, JUSTICE = (BOOK.dataflow(name) for name in ("CHILDREN", "VICTIMS", "JUSTICE"))
STATUS_CARE = ("CHILD_STATUS", "CARE")
TRUTH = """
                 | _T   | FAMILY | FOSTER | RESIDENTIAL | INFORMAL | _U
    _T           | 9300 | 8272   | 88     | 388         | 351      | 201
    UNACCOMPANIED| 889  | 0      | 52     | 388         | 309      | 140
    SEPARATED    | 873  | 837    | 36     | 0           | 0        | 0
    ACCOMPANIED  | 7340 | 7319   | 0      | 0           | 0        | 21
    _U           | 198  | 116    | 0      | 0           | 42       | 40 """


def published(drawing: Drawing) -> Publication:
    values, status = {"drawn": drawing.values}, {"drawn": drawing.status}
    return Publication((drawing.cube,), values, status, 11, zeros_hidden=True)


def named(*axes: Axis, where: Sequence[tuple[str, str]] = (), flow: object = CHILDREN) -> set[str]:
    """Return the cells in which nobody can be, as one would say them."""
    cube = Cube("drawn", axes, tuple(where))
    return {" ".join(cube.cell_codes(tuple(at))) for at in np.argwhere(impossible([cube], flow, BOOK)["drawn"])}


def axis(dim: str, *codes: str) -> Axis:
    """Return an axis of a total and these codes; a code with ``=`` is a flag's answer."""
    nodes = [Node(code, (f"{dim}.{code[:-2]}", code[-1]) if "=" in code else (dim, code)) for code in codes]
    return Axis(dim, (Node("_T", None), *nodes))


def test_whoever_has_read_the_rules_fills_in_two_cells_and_subtracts():
    """No unaccompanied child is in its family, so 40 are with nobody; no accompanied one is, so 20 separated are."""
    page = published(
        drawn(
            """
                     | _T  | FAMILY | RESIDENTIAL | INFORMAL
        _T           | 480 | 300    | 120         | 60
        UNACCOMPANIED| 90  | x      | 50          | x
        SEPARATED    | 240 | 190    | x           | x
        ACCOMPANIED  | 150 | x      | x           | x """,
            STATUS_CARE,
        )
    )
    assert told(audit([page])) == {}
    assert told(audit([as_read(page, CHILDREN, BOOK)])) == {
        "UNACCOMPANIED INFORMAL": 40,
        "SEPARATED RESIDENTIAL": 30,
        "SEPARATED INFORMAL": 20,
        "ACCOMPANIED FAMILY": 110,
        "ACCOMPANIED RESIDENTIAL": 40,
    }


def test_one_rule_that_somebody_knows_is_a_figure_printed_elsewhere():
    """Of the demo's own table: FAMILY has 8,272, less 837, 7,319 and none of the unaccompanied."""
    page = published(
        drawn(
            """
                     | _T   | FAMILY | FOSTER | RESIDENTIAL | INFORMAL | _U
        _T           | 9300 | 8272   | 88     | 388         | 351      | 201
        UNACCOMPANIED| 889  | x      | 52     | x           | 309      | x
        SEPARATED    | 873  | 837    | x      | x           | x        | x
        ACCOMPANIED  | 7340 | 7319   | x      | x           | x        | x
        _U           | 198  | x      | x      | x           | x        | x """,
            STATUS_CARE,
        )
    )
    rule = KnownFigure(frozenset({("CHILD_STATUS", "UNACCOMPANIED"), ("CARE", "FAMILY")}), 0, "the rules")
    assert told(audit([page])) == {}
    assert told(audit([page], known=[rule])) == told(audit([as_read(page, CHILDREN, BOOK)])) == {"_U FAMILY": 116}


def told(report: AuditReport) -> dict[str, int | None]:
    return {" ".join(each.codes): each.lower for each in report.findings if each.kind == "determined"}


@pytest.mark.parametrize("seed", range(4))
def test_so_these_cells_are_openly_empty_and_hide_nobody(seed: int):
    table = drawn(TRUTH, STATUS_CARE)
    nobody = impossible([table.cube], CHILDREN, BOOK)
    whole = raw(table)
    whole.absent["drawn"][nobody["drawn"]] = True
    cleared = clear(whole, Rule(11, zeros_hidden=True, coalition=0), Random(seed))
    shown = seen(cleared, "drawn")
    assert (shown[1][1], shown[3][4]) == ("-", "-")
    assert sum(row.count("-") for row in shown) == 2
    page = Publication(cleared.cubes, cleared.values, cleared.status, 11, zeros_hidden=True)
    assert as_read(page, CHILDREN, BOOK).status["drawn"].tolist() == page.status["drawn"].tolist()


def test_the_shipped_rules_name_two_cells_of_status_by_care():
    cells = named(axis("CHILD_STATUS", "UNACCOMPANIED", "SEPARATED", "ACCOMPANIED"), axis("CARE", "FAMILY", "INFORMAL"))
    assert cells == {"UNACCOMPANIED FAMILY", "ACCOMPANIED INFORMAL"}  # SEPARATED FAMILY: not with parents, with others


def test_finer_codes_are_named_one_by_one():
    cells = named(axis("CHILD_STATUS", "SEPARATED", "ACCOMPANIED"), axis("CARE", "PARENTS", "KINSHIP", "NO_CARE"))
    assert cells == {"SEPARATED PARENTS", "ACCOMPANIED NO_CARE"}


def test_of_the_unknown_and_of_rests_nothing_is_claimed():
    """No sex of an offence is known: _U is as impossible as F. But a rest says only who is in none of the others."""
    cells = named(axis("SEX", "F", "M", "_U"), where=[("STAGE", "OFFENCES")], flow=JUSTICE)
    assert cells == {"F", "M"}
    rest = Axis("SEX", (Node("_T", None), Node("F", ("SEX", "F")), Node("_O", ("SEX", "_O:F"))))
    assert named(rest, where=[("STAGE", "OFFENCES")], flow=JUSTICE) == {"F"}


def test_a_filter_says_as_much_as_an_axis():
    areas = Axis("REF_AREA", (Node("_T", None), Node("MAR", ("REF_AREA", "MAR"))))
    assert named(areas, axis("CARE", "FAMILY", "FOSTER"), where=[("CHILD_STATUS", "UNACCOMPANIED")]) == {
        "_T FAMILY",
        "MAR FAMILY",
    }


def test_a_form_that_takes_technology_is_not_among_those_without():
    technology = axis("ICT_FACILITATION", "NONE", "EXP", "_U")
    forms = axis("EXPLOITATION", "EXP_SEX_RMT=1", "EXP_BEG=1", "EXP_BEG=_O")
    assert named(technology, forms, flow=VICTIMS) == {"NONE EXP_SEX_RMT=1"}
    assert named(technology, axis("EXPLOITATION", "EXG_SEX=1"), flow=VICTIMS) == set()  # others of the group may be


def test_a_rule_that_asks_for_more_than_a_table_tells_names_nothing():
    assert named(axis("CHILD_STATUS", "UNACCOMPANIED")) == set()
    assert named(axis("CARE", "FAMILY"), axis("SEX", "F")) == set()
