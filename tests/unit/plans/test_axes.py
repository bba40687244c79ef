"""Axes carry every level that is published, in the order of print, with the sums that bind them."""

from __future__ import annotations

from amana.disclosure.table import Node
from amana.plans.axes import above, area, dimensions, shape_of
from support.smallbook import SMALL, plan


def axis_of(tmp_path, dim: str, level: str):
    read = plan(tmp_path, f'id = "one"\nby = ["{dim}"]\nlevels = {{ {dim} = "{level}" }}')
    return dimensions(read.cubes[0], read, SMALL)[0].axis


def drawn(axis) -> dict[str, list[str]]:
    codes = [node.code for node in axis.nodes]
    return {codes[parent]: [codes[child] for child in children] for parent, children in axis.sums}


def test_a_level_brings_the_levels_above_it_and_no_level_below(tmp_path):
    axis = axis_of(tmp_path, "AGE", "band")
    assert [node.code for node in axis.nodes] == ["_T", "Y_LT18", "Y0T11", "Y12T17", "Y_LT18_U", "Y_GE18", "_U"]
    assert drawn(axis) == {"_T": ["Y_LT18", "Y_GE18", "_U"], "Y_LT18": ["Y0T11", "Y12T17", "Y_LT18_U"]}
    assert axis.nodes[0].key is None
    assert axis.nodes[1].key == ("AGE", "Y_LT18")


def test_a_minor_of_unknown_age_is_counted_beside_the_bands_and_within_the_minors(tmp_path):
    codes = [node.code for node in axis_of(tmp_path, "AGE", "majority").nodes]
    assert codes == ["_T", "Y_LT18", "Y_GE18", "_U"]
    assert "Y_LT18_U" in [node.code for node in axis_of(tmp_path, "AGE", "band").nodes]


def test_the_finest_level_shows_all_levels(tmp_path):
    assert drawn(axis_of(tmp_path, "AGE", "refinement"))["Y0T11"] == ["Y0T4", "Y5T11"]


def test_which_codes_hold_a_code_is_read_off_its_axis_the_nearest_first(tmp_path):
    found = above(axis_of(tmp_path, "AGE", "refinement"))
    assert (found["Y0T4"], found["Y0T11"], found["_U"]) == (("Y0T11", "Y_LT18"), ("Y_LT18",), ())
    assert "_T" not in found
    assert set(above(axis_of(tmp_path, "FORM", "group")).values()) == {()}
    where = dict.fromkeys(("MAR", "TUN"), ("N",)) | dict.fromkeys(("CIV", "SEN"), ("W",))
    one_of_two = above(area(("CIV", "MAR", "SEN", "TUN"), where, {"MAR", "TUN", "SEN"}))
    assert one_of_two == {"W": (), "CIV": (), "SEN": ("W",), "N": (), "MAR": ("N",), "TUN": ("N",)}


def test_a_multi_response_axis_is_pairs_that_each_add_up_to_everybody(tmp_path):
    axis = axis_of(tmp_path, "FORM", "group")
    assert axis.nodes == (
        Node("_T", None),
        Node("G_SEX", ("FORM.G_SEX", "1")),
        Node("G_SEX:_O", ("FORM.G_SEX", "_O")),
        Node("BEG", ("FORM.BEG", "1")),
        Node("BEG:_O", ("FORM.BEG", "_O")),
        Node("UNK", ("FORM.UNK", "1")),
        Node("UNK:_O", ("FORM.UNK", "_O")),
    )
    assert axis.sums == ((0, (1, 2)), (0, (3, 4)), (0, (5, 6)))


def test_what_the_rules_of_intake_tell_anyone_is_told_to_the_checker(tmp_path):
    """Unknown excludes every other answer, and a required question has at least one."""
    unknown_apart = (((2,), 5), ((4,), 5))
    assert axis_of(tmp_path, "FORM", "group").covers == (*unknown_apart, ((1, 3, 5), 0))
    assert axis_of(tmp_path, "ALSO", "group").covers == ()


def test_chosen_codes_of_any_level_stand_beside_whoever_has_none_of_them(tmp_path):
    read = plan(tmp_path, 'id = "one"\nby = ["AGE"]\ncodes = { AGE = ["Y_GE18", "Y0T11"] }')
    axis = dimensions(read.cubes[0], read, SMALL)[0].axis
    assert drawn(axis) == {"_T": ["Y_GE18", "Y0T11", "_O"]}
    assert axis.nodes[1:] == (
        Node("Y_GE18", ("AGE", "Y_GE18")),
        Node("Y0T11", ("AGE", "Y0T11")),
        Node("_O", ("AGE", "_O:Y0T11,Y_GE18")),
    )


def test_chosen_codes_that_leave_nobody_out_need_no_rest(tmp_path):
    read = plan(tmp_path, 'id = "one"\nby = ["SEX"]\ncodes = { SEX = ["F", "M", "_U"] }')
    assert [node.code for node in dimensions(read.cubes[0], read, SMALL)[0].axis.nodes] == ["_T", "F", "M", "_U"]


def test_chosen_answers_of_a_multi_response_variable_keep_their_pairs_and_lose_what_no_longer_follows(tmp_path):
    read = plan(tmp_path, 'id = "one"\nby = ["FORM"]\nlevels.FORM = "group"\ncodes.FORM = ["BEG", "UNK"]')
    axis = dimensions(read.cubes[0], read, SMALL)[0].axis
    assert [node.code for node in axis.nodes] == ["_T", "BEG", "BEG:_O", "UNK", "UNK:_O"]
    assert axis.covers == (((2,), 3),)


def test_who_chooses_every_answer_chooses_none(tmp_path):
    chosen = 'id = "one"\nby = ["FORM"]\nlevels.FORM = "group"\ncodes.FORM = ["UNK", "BEG", "G_SEX"]'
    axis = dimensions(plan(tmp_path, chosen).cubes[0], plan(tmp_path, chosen), SMALL)[0].axis
    assert axis.covers[-1] == ((1, 3, 5), 0)


def test_a_filter_becomes_what_everybody_in_the_cube_has(tmp_path):
    read = plan(tmp_path, 'id = "one"\nby = ["SEX", "REF_AREA"]\nfilter.FORM = "BEG"')
    cube = shape_of(read.cubes[0], read, SMALL, ("MAR", "TUN"))
    assert cube.filter == (("FORM.BEG", "1"), ("VICTIM_STATUS", "IDENT"))
    assert [axis.dim for axis in cube.axes] == ["SEX", "REF_AREA"]
    assert cube.cell_key((1, 2)) == {("SEX", "F"), ("REF_AREA", "TUN"), *cube.filter}
