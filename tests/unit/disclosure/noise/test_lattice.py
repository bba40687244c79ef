"""How cubes become one linked system: trees, levels, several answers, and filters."""

from __future__ import annotations

import numpy as np
import pytest

from amana.disclosure.noise.branches import branches, never_asked
from amana.disclosure.noise.lattice import Lattice, lattice
from amana.disclosure.noise.refused import NoiseRefused
from amana.disclosure.table import Axis, Cube, Node
from support.noisy import answers, chosen, flat, tree

AGE = tree("AGE", {"minor": ["young", "teen"], "adult": ["prime", "old"], "_U": []})
AREA = flat("AREA", ["MAR", "TUN", "SEN"])
SEX = flat("SEX", ["F", "M", "_U"])
FEMALE = chosen("SEX", ["F"])
FORM = answers("FORM", ["sexual", "labour"])
IDENT = (("STATUS", "IDENT"),)


def chains(found: Lattice) -> dict[str, list[list[int]]]:
    """By attribute, the partitions of its finest codes."""
    return {
        stem.attribute.name: [labels.tolist() for labels in stem.attribute.partitions]
        for piece in found.pieces
        for stem in piece.stems
        if stem.attribute.name
    }


def refuses(*cubes: Cube) -> str:
    with pytest.raises(NoiseRefused) as refused:
        lattice(cubes)
    assert refused.value.facts["reason"] == "not_linked"
    return str(refused.value.facts["name"])


def test_a_tree_is_a_chain_of_levels():
    assert chains(lattice([Cube("a", (AGE,))])) == {"AGE": [[0, 0, 0, 0, 0], [0, 0, 1, 1, 2], [0, 1, 2, 3, 4]]}


def test_a_coarser_cut_takes_its_place_between_the_levels():
    minors = chosen("AGE", ["minor"])
    found = lattice([Cube("a", (AGE,)), Cube("b", (minors, AREA))])
    assert chains(found)["AGE"] == [[0, 0, 0, 0, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 2], [0, 1, 2, 3, 4]]
    (coarse,) = found.pieces_of("b")
    assert [stem.level for stem in coarse.stems] == [1, 1]
    assert coarse.stems[0].leaves.tolist() == [1, 2]


def test_a_level_that_would_cross_a_cut_is_left_out():
    teens = chosen("AGE", ["teen"])
    assert chains(lattice([Cube("a", (AGE,)), Cube("b", (teens,))]))["AGE"] == [
        [0, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 1, 2, 3, 4],
    ]  # fmt: skip


def test_several_answers_are_attributes_of_their_own_and_the_first_speaks_for_everybody():
    found = lattice([Cube("a", (AREA, FORM))])
    assert chains(found).keys() == {"AREA", "FORM.sexual", "FORM.labour"}
    first, second = found.pieces_of("a")
    assert first.stems[1].nodes.tolist() == [[1, 1], [1, 0], [0, 1], [0, 0], [0, 0]]
    assert second.stems[1].nodes.tolist() == [[0, 0], [0, 0], [0, 0], [1, 0], [0, 1]]


def test_an_axis_without_its_total_has_leaves_all_the_same():
    (piece,) = lattice([Cube("a", (flat("SEX", ["F", "M"], total=False),))]).pieces
    assert piece.stems[0].nodes.tolist() == [[1, 0], [0, 1]]


def test_a_cube_is_split_along_the_attribute_that_another_filters_by():
    status = chosen("STATUS", ["IDENT"])
    found = lattice([Cube("a", (AREA, SEX), IDENT), Cube("b", (AREA, status))])
    identified, rest = frozenset(IDENT), frozenset({("STATUS", "_O:IDENT")})
    assert [set(family) for family in found.families] == [{identified, rest}]
    assert [(piece.cube, piece.population) for piece in found.pieces] == [
        ("a", identified), ("b", identified), ("b", rest),
    ]  # fmt: skip
    assert found.pieces[1].stems[1].nodes.tolist() == [[1], [1], [0]]
    assert found.pieces[2].stems[1].nodes.tolist() == [[1], [0], [1]]


def test_what_is_left_of_a_tree_under_a_filter_keeps_its_levels():
    found = lattice([Cube("a", (AREA,), (("AGE", "minor"),)), Cube("b", (AREA, AGE))])
    minors = next(piece for piece in found.pieces_of("b") if ("AGE", "minor") in piece.population)
    assert minors.shape == (3, 2)
    assert minors.stems[1].nodes.tolist() == [[1, 1], [1, 1], [1, 0], [0, 1], [0, 0], [0, 0], [0, 0], [0, 0]]


def test_populations_that_nothing_binds_are_families_of_their_own():
    found = lattice([Cube("a", (AREA,), (("STAGE", "PROSECUTED"),)), Cube("b", (AREA,), (("STAGE", "CONVICTED"),))])
    assert sorted(map(len, found.families)) == [1, 1]


def test_two_cuts_that_cross_cannot_agree():
    assert refuses(Cube("a", (chosen("SEX", ["F"]),)), Cube("b", (chosen("SEX", ["M"]),))) == "SEX"
    assert refuses(Cube("a", (flat("X", "pq"),)), Cube("b", (flat("X", "rs"),))) == "X"
    assert refuses(Cube("a", (chosen("X", "pq"),)), Cube("b", (chosen("X", "qr"),))) == "X"
    assert (
        refuses(Cube("a", (AGE,)), Cube("b", (chosen("AGE", ["minor"]),)), Cube("c", (chosen("AGE", ["teen"]),)))
        == "AGE"
    )
    assert refuses(Cube("a", (flat("X", "p"),)), Cube("b", (flat("X", "pqr"),))) == "X"


def test_an_unfiltered_cube_beside_a_split_one_cannot_agree_with_it():
    status = chosen("STATUS", ["IDENT"])
    assert refuses(Cube("a", (AREA,), IDENT), Cube("b", (AREA, status)), Cube("c", (AREA, SEX))) == "STATUS"


def test_a_population_is_not_split_twice():
    status, form = chosen("STATUS", ["IDENT"]), chosen("X", ["x"])
    assert refuses(
        Cube("a", (AREA, status)),
        Cube("b", (AREA, form), IDENT),
        Cube("c", (AREA,), (*IDENT, ("X", "x"))),
    ) in {"STATUS", "X"}  # fmt: skip


def test_a_population_is_not_part_of_two_splits():
    one, other = chosen("P", ["p"]), chosen("Q", ["q"])
    assert refuses(
        Cube("a", (AREA, one), (("Q", "q"),)),
        Cube("b", (AREA, other), (("P", "p"),)),
        Cube("c", (AREA,), (("P", "p"), ("Q", "q"))),
    ) in {"P", "Q"}  # fmt: skip


def test_a_node_other_than_the_total_splits_in_one_way_only():
    nodes = (Node("_T", None), *(Node(code, ("X", code)) for code in "abcde"))
    twice = Axis("X", nodes, ((0, (1,)), (1, (2, 3)), (1, (4, 5))))
    assert refuses(Cube("a", (twice,))) == "X"


def test_a_node_that_does_not_say_what_it_counts_is_refused():
    assert refuses(Cube("a", (Axis("X", (Node("a", ("X", "a")), Node("?", None), Node("!", None)), ()),))) == "X"


def test_what_nobody_was_asked_about_is_left_out():
    cubes = [Cube("a", (AREA, SEX)), Cube("b", (AREA,))]
    silent = np.zeros((4, 4), dtype=np.bool_)
    silent[3] = True  # Senegal sent nothing ...
    assert never_asked(cubes, {"a": silent}) == frozenset()  # ... or so says one cube only
    gone = never_asked(cubes, {"a": silent, "b": silent[:, 0]})
    assert gone == {("AREA", "SEN")}
    assert [piece.shape for piece in lattice(cubes, gone).pieces] == [(2, 3), (2,)]


def test_where_nothing_would_be_left_everything_stays():
    (branch,) = branches(SEX, [("SEX", "F"), ("SEX", "M"), ("SEX", "_U")])
    assert len(branch.all_leaves) == 3
