"""A printed figure has the key of the cell that it gives away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from amana.config import HOME
from amana.disclosure.table import KnownFigure
from amana.plans.axes import shape_of
from amana.plans.known import known_figures
from amana.policy.documents import load
from amana.policy.known import Printed
from support.smallbook import SMALL, plan

WHERE, DAY = "a report", date(2023, 6, 30)


def test_a_figure_of_the_period_has_the_key_of_a_cell_of_the_plan(tmp_path):
    read = plan(tmp_path, 'id = "area-form"\nby = ["REF_AREA", "FORM"]\nlevels = { FORM = "group" }')
    cell = (("FORM", "BEG"), ("VICTIM_STATUS", "IDENT"))
    figures = (
        Printed("MAR", "VICTIMS", "2022", cell, 3, WHERE, DAY),
        Printed("MAR", "VICTIMS", "2023", cell, 4, WHERE, DAY),
        Printed("MAR", "EVENTS", "2022", (("SEX", "F"),), 5, WHERE, DAY),
    )
    told = known_figures(replace(load(HOME / "policies"), known=figures), read, "2022", SMALL)
    key = frozenset({("REF_AREA", "MAR"), ("VICTIM_STATUS", "IDENT"), ("FORM.BEG", "1")})
    assert told == (KnownFigure(key, 3, WHERE),)
    cube = shape_of(read.cubes[0], read, SMALL, ("MAR", "TUN"))
    assert [cube.cell_codes(index) for index in cube.indices() if cube.cell_key(index) == key] == [("MAR", "BEG")]


def test_a_figure_of_all_committees_has_the_key_of_the_regional_cell(tmp_path):
    read = plan(tmp_path, 'id = "area-form"\nby = ["REF_AREA", "FORM"]\nlevels = { FORM = "group" }')
    cell = (("FORM", "BEG"), ("REF_AREA", "_T"), ("VICTIM_STATUS", "IDENT"))
    figures = (Printed("MAR", "VICTIMS", "2022", cell, 9, WHERE, DAY),)
    (told,) = known_figures(replace(load(HOME / "policies"), known=figures), read, "2022", SMALL)
    cube = shape_of(read.cubes[0], read, SMALL, ("MAR", "TUN"))
    assert [cube.cell_codes(index) for index in cube.indices() if cube.cell_key(index) == told.key] == [("_T", "BEG")]
