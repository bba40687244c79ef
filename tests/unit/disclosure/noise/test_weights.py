"""Which cubes are measured where a plan says about how many persons there are: by hand, on four small axes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from amana.disclosure.noise.reconstruct import variances
from amana.disclosure.noise.weights import plan_by_size, weights_by_size
from amana.disclosure.table import Axis, Cube
from support.noisy import answers, flat, tree

AXES = {name: flat(name, [str(code) for code in range(size)]) for name, size in zip("ABCD", (5, 4, 6, 3), strict=True)}


def over(*names: str) -> list[Cube]:
    return [Cube(name.lower(), tuple(AXES[each] for each in name)) for name in names]


def test_cubes_of_many_cells_are_not_worth_their_noise_and_their_margins_are():
    """Codes: A has 5, B 4, C 6, D 3. Noise on the mean cell of ABC: 2.6, and less for what its margins know of it."""
    cubes = over("ABC", "AB", "AC", "BC", "ABD", "AD", "BD")
    every = dict.fromkeys(("abc", "ab", "ac", "bc", "abd", "ad", "bd"), 1)
    assert weights_by_size(cubes, 0.5, 100_000) == every
    abc = {"abc": 0, "ab": 1 + 1 / 36, "ac": 1 + 1 / 16, "bc": 1 + 1 / 25}
    assert weights_by_size(cubes, 0.5, 700) == every | abc
    both = {"abd": 0, "ab": 1 + 1 / 36 + 1 / 9, "ad": 1 + 1 / 16, "bd": 1 + 1 / 25}
    assert weights_by_size(cubes, 0.5, 100) == every | abc | both


def test_what_is_not_measured_makes_nothing_else_weigh_more_that_is_not():
    """Five hundred persons: in the 360 cells of ABCD they drown, and in those of three axes."""
    cubes = over("AB", "AC", "AD", "BC", "BD", "CD", "ABC", "ABD", "ACD", "BCD", "ABCD")
    weights = weights_by_size(cubes, 0.5, 500)
    assert {name for name, weight in weights.items() if not weight} == {"abc", "abd", "acd", "bcd", "abcd"}
    assert weights["ab"] == 1 + 1 / 36 + 1 / 9


def test_a_cube_that_its_margins_could_not_speak_for_is_measured_whatever_its_noise():
    """Without BC nobody would know what B has to do with C; another's BC, of women alone or coarser, does not."""
    women = Cube("women", (AXES["B"], AXES["C"]), (("SEX", "F"),))
    coarse = Cube("coarse", (AXES["B"], flat("C", "xy")))
    assert weights_by_size(over("ABC", "AB", "AC"), 0.5, 1) == {"abc": 1, "ab": 1, "ac": 1}
    for other in (women, coarse):
        assert weights_by_size([*over("ABC", "AB", "AC"), other], 0.5, 1)["abc"] == 1
    assert weights_by_size(over("ABC", "AB", "AC", "BC"), 0.5, 1)["abc"] == 0


def test_a_group_is_no_cell_beside_those_that_it_holds():
    """Two groups of three codes are as many cells as six codes: with the groups there would be 8."""
    grouped, six = tree("A", {"x": "123", "y": "456"}), flat("A", "123456")
    for persons in range(100, 2000, 100):
        weights = [weights_by_size(with_margins(a, AXES["B"], AXES["C"]), 0.5, persons) for a in (grouped, six)]
        assert weights[0] == weights[1]


def test_an_axis_of_nothing_but_its_total_is_one_cell():
    assert weights_by_size(with_margins(flat("A", ""), AXES["B"], AXES["C"]), 0.5, 1)["0"] == 1


@pytest.mark.parametrize(("axis", "sent"), [(flat("X", "abcdefghij"), 3), (tree("X", {"g": "ab", "h": "cd"}), 2)])
def test_a_committee_that_sent_nothing_is_no_cell(axis: Axis, sent: int):
    """Ten committees of which three sent: their persons fall on the cells of three. Of two groups one is empty."""
    cubes, few = with_margins(axis, AXES["B"], AXES["C"]), with_margins(flat("X", "abc"[:sent]), AXES["B"], AXES["C"])
    absent = {cube.id: np.zeros(cube.shape, dtype=np.bool_) for cube in cubes}
    for cube in cubes:
        if cube.axes[0] is axis:
            absent[cube.id][-(len(axis.nodes) - 1 - sent - (sent == 2)) :] = True
    expected = [weights_by_size(few, 0.5, persons) for persons in range(10, 2000, 10)]
    assert [weights_by_size(cubes, 0.5, persons, absent) for persons in range(10, 2000, 10)] == expected
    assert [weights_by_size(cubes, 0.5, persons) for persons in range(10, 2000, 10)] != expected


def test_of_several_answers_each_is_a_table_of_yes_and_rest():
    """Two answers are two tables of two codes, which share what may be spent; they are no table of four codes."""
    axes = answers("F", ["x", "y"]), flat("F", "xy"), flat("F", "wxyz")
    edges = [
        next(n for n in range(1, 5000) if weights_by_size(with_margins(axis, AXES["B"], AXES["C"]), 0.5, n)["0"])
        for axis in axes
    ]
    assert edges[1] < edges[0] < 2**0.5 * edges[1] < edges[2]


def with_margins(*axes: Axis) -> list[Cube]:
    return [Cube(str(at), each) for at, each in enumerate([axes, *combinations(axes, 2)])]


def test_a_plan_without_a_number_of_persons_measures_every_cube():
    cubes = over("ABC", "AB", "AC", "BC")
    everything, by_size = plan_by_size(cubes, 0.5), plan_by_size(cubes, 0.5, 1)
    assert everything.weights == {}
    assert all(np.isfinite(each).all() for each in variances(everything).values())
    assert by_size.weights == weights_by_size(cubes, 0.5, 1)
    assert (everything.rho, by_size.rho) == pytest.approx((0.5, 0.5))
    assert (variances(by_size)["ab"] < variances(everything)["ab"]).all()


def test_of_what_nobody_was_asked_nothing_is_measured_and_the_rest_is_as_it_was():
    cubes = over("ABC", "AB", "AC", "BC")
    absent = {cube.id: np.zeros(cube.shape, dtype=np.bool_) for cube in cubes}
    for cube in cubes[:3]:
        absent[cube.id][1] = True
    spread = variances(plan_by_size(cubes, 0.5, 1, absent))
    assert np.isinf(spread["abc"][2:, 1:, 1:]).all()
    assert (spread["abc"][1] == 0).all()
    assert np.isfinite(spread["abc"][:, :, 0]).all()
    assert np.array_equal(spread["abc"][:, :, 0], spread["ab"])
