"""Which tables nobody printed the engine, the checker and the attacks need, each by its own code."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import sparse

from amana.disclosure.attacks.persons import sums_of_unprinted as sides_of
from amana.disclosure.audit import audit
from amana.disclosure.checker import knots
from amana.disclosure.checker.page import Page
from amana.disclosure.suppression import solving
from amana.disclosure.suppression.linked import circles
from amana.disclosure.suppression.linked.persons import with_unprinted
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import Axis, Cube, Insider, Node, Publication, RawTable

Closed = Callable[[Sequence[Cube]], tuple[Cube, ...]]
BOTH = pytest.mark.parametrize("closed", [circles.unprinted, knots.unprinted_tables])


def axis(dim: str, size: int = 2) -> Axis:
    nodes = (Node("_T", None), *(Node(f"{dim}{each}", (dim, f"{dim}{each}")) for each in range(size)))
    return Axis(dim, nodes, ((0, tuple(range(1, size + 1))),))


def cube(dims: str, *where: tuple[str, str], size: int = 2) -> Cube:
    return Cube(dims + "".join(code for _, code in where), tuple(axis(dim, size) for dim in dims), where)


def dims(tables: Sequence[Cube]) -> set[str]:
    return {"".join(sorted(each.dim for each in table.axes)) for table in tables}


@BOTH
@pytest.mark.parametrize(
    ("declared", "needed"),
    [
        ("AB BC CA", {"ABC"}),
        ("AB BC CA ABC", set()),
        ("AB BC", set()),
        ("AB CD", set()),
        ("ABC BCD ABD ACD", {"ABCD"}),
        ("AB BC CA AD DE AEF", {"ABC", "ADE"}),
        ("A", set()),
    ],
)
def test_a_circle_that_no_table_has_needs_one(closed: Closed, declared: str, needed: set[str]):
    found = closed([cube(each) for each in declared.split()])
    assert dims(found) == needed
    assert not any(table.printed for table in found)


@BOTH
def test_a_circle_of_four_needs_two_tables_and_the_one_in_which_they_meet(closed: Closed):
    found = closed([cube(each) for each in ("AB", "BC", "CD", "DA")])
    assert sorted(len(table.axes) for table in found) == [2, 3, 3]


@BOTH
def test_a_table_that_is_too_large_stays_open(closed: Closed):
    large = [cube(each, size=11) for each in ("AB", "BC", "CA")]
    assert closed(large) == ()


@BOTH
def test_a_condition_is_an_attribute_like_another(closed: Closed):
    where = ("S", "S0")
    found = closed([cube("AB", where), cube("BC", where), cube("CA", where), cube("AS")])
    assert [(dims([table]), table.filter) for table in found] == [({"ABC"}, (where,))]
    assert closed([cube("AB", where), cube("BC", where), cube("AS"), cube("SC")]) == ()


@BOTH
def test_who_does_not_meet_a_condition_is_counted_besides(closed: Closed):
    where = ("S", "S0")
    found = closed([cube("AB"), cube("BC", where), cube("CA", where)])
    assert [(dims([table]), table.filter) for table in found] == [({"ABC"}, (where,))]


@BOTH
def test_of_several_answers_each_is_a_circle_of_its_own(closed: Closed):
    nodes = (Node("_T", None), *(Node(f"{f}{a}", (f"F.{f}", a)) for f in "xy" for a in ("1", "_O")))
    several = Axis("F", nodes, ((0, (1, 2)), (0, (3, 4))))
    found = closed([cube("AB"), Cube("AF", (axis("A"), several)), Cube("BF", (axis("B"), several))])
    assert sorted(sorted(each.dim for each in table.axes) for table in found) == [["A", "B", "F.x"], ["A", "B", "F.y"]]


def test_two_of_several_answers_contradict_each_other_nowhere():
    nodes = (Node("_T", None), *(Node(f"{f}{a}", (f"F.{f}", a)) for f in "xy" for a in ("1", "_O")))
    several = Cube("", (Axis("F", nodes, ((0, (1, 2)), (0, (3, 4)))),))
    both = Cube("", tuple(Axis(f"F.{f}", nodes[at : at + 2]) for f, at in (("x", 1), ("y", 3))), printed=False)
    assert not circles.is_empty(both, [several]).any()
    assert len(knots.contradictions([(both, np.arange(4).reshape(2, 2))], [several])) == 0


@BOTH
def test_a_condition_that_only_one_of_the_tables_has_is_one_of_the_circle(closed: Closed):
    where = ("S", "S0")
    found = closed([cube("AB"), cube("BC"), cube("CA", where)])
    assert [(dims([table]), table.filter) for table in found] == [({"ABC"}, (where,))]


@BOTH
def test_bands_are_a_finer_way_to_say_who_is_a_minor(closed: Closed):
    nodes = (Node("_T", None), *(Node(code, ("G", code)) for code in ("MINOR", "0-9", "10-17", "18-29", "30")))
    bands = Axis("G", nodes, ((0, (1, 4, 5)), (1, (2, 3))))
    coarse = Axis(
        "G",
        (Node("_T", None), Node("MINOR", ("G", "MINOR")), Node("_O", ("G", "_O:MINOR"))),
        ((0, (1, 2)),),
    )
    found = closed([cube("AB"), Cube("AG", (axis("A"), bands)), Cube("BG", (axis("B"), coarse))])
    (table,) = found
    assert {node.key for each in table.axes if each.dim == "G" for node in each.nodes} == {
        ("G", "MINOR"),
        ("G", "_O:MINOR"),
    }
    lone = Axis("G", (Node("MINOR", ("G", "MINOR")),))
    assert closed([cube("AB"), Cube("AG", (axis("A"), lone)), Cube("BG", (axis("B"), lone))]) == ()


@BOTH
def test_an_axis_without_a_total_is_split_like_another(closed: Closed):
    bare = Axis("C", tuple(Node(f"C{each}", ("C", f"C{each}")) for each in range(2)))
    found = closed([cube("AB"), Cube("AC", (axis("A"), bare)), Cube("BC", (axis("B"), bare))])
    assert dims(found) == {"ABC"}


FEW = Axis("F", (Node("_T", None), Node("F0", ("F", "F0")), Node("_O", ("F", "_O:F0"))), ((0, (1, 2)),))


def page(cubes: Sequence[Cube]) -> Publication:
    nothing = {each.id: np.zeros(each.shape, dtype=np.int64) for each in cubes}
    return Publication(tuple(cubes), nothing, {name: each.astype(np.uint8) for name, each in nothing.items()}, 5, True)


@pytest.mark.parametrize(
    "cubes",
    [
        [cube("AB"), cube("BC"), cube("CA")],
        [cube("AB"), cube("BC"), cube("CD"), cube("DA")],
        [cube("AB"), cube("BC", ("S", "S0")), cube("CA", ("S", "S0"))],
        [cube("AB", ("S", "S0")), cube("BC", ("S", "S0")), cube("CA", ("S", "S0")), cube("AS")],
        [Cube("AF", (axis("A"), axis("F", 3))), cube("AB"), cube("BF", size=3), cube("CB")],
        [*(cube(each) for each in ("AB", "BC", "CA", "D")), cube("AB", ("S", "S0"))],
        [cube("AB"), Cube("AF", (axis("A"), axis("F", 3))), Cube("BF", (axis("B"), axis("F", 3))), Cube("F", (FEW,))],
    ],
)
def test_every_room_binds_the_same(cubes: list[Cube]):
    """What sums of made-up persons there are in one room there are in the other, cell by cell."""
    raw = with_unprinted(RawTable(tuple(cubes), *drawn(cubes)), Effort())
    assert raw is not None
    system, read = link(raw), Page([page(cubes)], as_persons=True)
    assert not (system.equations @ system.truth).any()
    printed = [(each, grid) for _, each, grid in read.grids]
    ours = {each.cell_key(at): system.numbers[each.id][at] for each in raw.cubes for at in each.indices()}
    theirs = {each.cell_key(at): grid[at] for each, grid in (*printed, *read.unprinted) for at in each.indices()}
    assert ours.keys() == theirs.keys()
    sums, late = len(system.equations.toarray()) - (len(system.truth) - system.cells), read.sums
    for one, other in ((system.equations[:sums], read.equations[:late]), (system.equations, read.equations)):
        lines = one.toarray()[:, [ours[key] for key in ours]], other.toarray()[:, [theirs[key] for key in ours]]
        ranks = {np.linalg.matrix_rank(each) for each in (*lines, np.concatenate(lines))}
        assert len(ranks) == 1


def drawn(cubes: Sequence[Cube]) -> tuple[dict, dict]:
    rng = np.random.default_rng(5)
    everybody = rng.integers(0, 3, (200, 6))
    counts = {each.id: np.zeros(each.shape, dtype=np.int64) for each in cubes}
    for one in everybody:
        said = {(dim, f"{dim}{min(place, 1 if dim != 'F' else 2)}") for dim, place in zip("ABCDFS", one, strict=True)}
        said |= set() if ("F", "F0") in said else {("F", "_O:F0")}
        for each in cubes:
            for at in each.indices():
                counts[each.id][at] += each.cell_key(at) <= said
    return counts, {each.id: np.zeros(each.shape, dtype=np.bool_) for each in cubes}


def test_the_attacker_writes_down_three_sides_and_leaves_longer_circles():
    number = {key: at for at, key in enumerate({each.cell_key(at) for each in TRIANGLE for at in each.indices()})}
    rows, size = sides_of(TRIANGLE, number, len(number))
    assert size == 8
    assert len(rows) == 12
    assert sides_of([cube(each) for each in ("AB", "BC", "CD", "DA")], {}, 0) == ([], 0)
    assert sides_of([cube(each, size=11) for each in ("AB", "BC", "CA")], {}, 0) == ([], 0)
    where = ("S", "S0")
    among = [cube("AB", where), cube("BC", where), cube("CA", where), cube("AS"), cube("B")]
    assert sides_of(among, {}, 0) == ([], 8)


def test_the_attacker_counts_how_large_a_table_is_before_writing_it_down():
    """Ten attributes of five leaves each, in pairs: 1,620 cells are published, and all of them together are 5**10."""
    pairs = [cube("".join(pair), size=5) for pair in combinations("ABCDEFGHIJ", 2)]
    tracemalloc.start()
    assert sides_of(pairs, {}, 0) == ([], 0)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2**20


TRIANGLE = [cube(each) for each in ("AB", "BC", "CA")]


def test_everybody_gets_a_share_that_is_never_more_than_there_is():
    counts, absent = drawn(TRIANGLE)
    ones = {each.id: np.array([[4, 2, 2], [2, 1, 1], [2, 1, 1]]) for each in TRIANGLE}
    some = {each.id: np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]]) for each in TRIANGLE}
    found = with_unprinted(
        RawTable(tuple(TRIANGLE), counts, absent, (Insider("MAR", True, ones), Insider("MAR/1", False, some))), Effort()
    )
    (table,) = [each for each in found.cubes if not each.printed]
    committee, organisation = (one.counts[table.id] for one in found.insiders)
    assert (organisation >= 0).all()
    assert (organisation <= committee).all()
    assert (committee <= found.counts[table.id]).all()


@pytest.mark.parametrize("who", ["nobody", "too many"])
def test_of_figures_of_nobody_no_persons_are_made_up(who: str):
    """Each two agree, and all three can be of nobody: who is A1 and B1 and C1 has to be A1 and B2."""
    one, other = np.array([[2, 1, 1], [1, 1, 0], [1, 0, 1]]), np.array([[2, 1, 1], [1, 0, 1], [1, 1, 0]])
    absent = {each.id: np.zeros(each.shape, dtype=np.bool_) for each in TRIANGLE}
    counts = {"AB": one, "BC": one, "CA": other}
    if who == "nobody":
        raw = RawTable(tuple(TRIANGLE), counts, absent)
    else:
        more = {name: 3 * each for name, each in counts.items()}
        fair = dict.fromkeys(counts, one)
        raw = RawTable(tuple(TRIANGLE), fair, absent, (Insider("MAR", True, fair), Insider("MAR/1", False, more)))
    assert with_unprinted(raw, Effort()) is None


def test_a_publication_of_nobody_is_no_publication():
    one, other = np.array([[20, 10, 10], [10, 10, 0], [10, 0, 10]]), np.array([[20, 10, 10], [10, 0, 10], [10, 10, 0]])
    shown = {each.id: np.zeros(each.shape, dtype=np.uint8) for each in TRIANGLE}
    report = audit([Publication(tuple(TRIANGLE), {"AB": one, "BC": one, "CA": other}, shown, 5, zeros_hidden=False)])
    assert {each.kind for each in report.findings} == {"inconsistent"}


def test_who_would_have_to_be_nobody_is_left_out():
    """Two sums of the same parts: where one is not known, or they differ, nobody is made up."""
    lines = sparse.csr_matrix(np.array([[-1, 0, 1, 1], [0, -1, 1, 1]]))
    free, known = np.array([2, 3]), np.array([True, True, False, False])
    alike, apart = np.array([3, 3, 0, 0]), np.array([3, 2, 0, 0])
    assert knots.some_persons(lines, free, alike, known).sum() == 3
    assert not knots.some_persons(lines, free, apart, known).any()
    assert not knots.some_persons(lines, free, alike, np.array([True, False, False, False])).any()


@BOTH
def test_a_large_release_is_left_as_it_is(closed: Closed):
    large = [*TRIANGLE, cube("XYZ", size=13)]
    assert closed(TRIANGLE)
    assert not closed(large)
    assert sides_of(large, {}, 0) == ([], 0)


@BOTH
def test_what_stands_goes_round_with_what_is_new_unless_both_are_too_large(closed: Callable[..., tuple[Cube, ...]]):
    two, one = TRIANGLE[:2], TRIANGLE[2:]
    assert not closed(two)
    assert dims(closed(two, one)) == dims(closed(one, two)) == dims(closed(TRIANGLE)) == {"ABC"}
    large = cube("XYZ", size=13)
    assert not closed(two, [*one, large])
    assert closed(TRIANGLE, [large]) == closed(TRIANGLE)
    assert sides_of(two, {}, 0, kept=one) == sides_of(TRIANGLE, {}, 0) == ([], 8)
    assert sides_of(two, {}, 0, kept=[*one, large]) == ([], 0)
    assert sides_of(TRIANGLE, {}, 0, kept=[large]) == ([], 8)


@BOTH
def test_no_older_table_takes_one_away_that_the_new_ones_need(closed: Callable[..., tuple[Cube, ...]]):
    """All four attributes are bound now, and a table of them is too large; of three it is not."""
    new, old = [cube(each, size=6) for each in ("AB", "BC", "CA")], [cube(each, size=6) for each in ("AD", "BD", "CD")]
    assert dims(closed(new)) == dims(closed(new, old)) == {"ABC"}
    assert sides_of(new, {}, 0) == sides_of(new, {}, 0, kept=old) == ([], 6**3)
    assert knots.open_circles(new, old) == (("A", "B", "C", "D"),)
    fewer = [replace(each, axes=(each.axes[0], axis(each.axes[1].dim, 7))) for each in new[:1]]
    assert dims(closed(new, fewer)) >= {"ABC"}


def test_what_is_too_large_to_be_closed_is_named():
    among = [cube("AB", ("S", "S0")), cube("BC", ("S", "S0")), cube("CA", ("S", "S0")), cube("AS")]
    assert knots.open_circles(TRIANGLE) == knots.open_circles(among) == ()
    assert knots.open_circles([*TRIANGLE, cube("XYZ", size=13)]) == (("A", "B", "C"),)
    assert knots.open_circles([cube(each, size=11) for each in ("AB", "BC", "CA")]) == (("A", "B", "C"),)
    assert knots.open_circles([*among, cube("XYZ", size=13)]) == (("A", "B", "C", "S"),)
    assert knots.open_circles(TRIANGLE[:2], TRIANGLE[2:]) == ()
    assert knots.open_circles(TRIANGLE[:2], [*TRIANGLE[2:], cube("XYZ", size=13)]) == (("A", "B", "C"),)


def test_a_table_by_another_name_is_no_second_one():
    """Nor is what is left of one, of which a reader keeps a single area."""
    again = [replace(each, id=f"again/{each.id}") for each in TRIANGLE]
    nearly = [cube("XYZ", size=11)]
    assert knots.unprinted_tables([*TRIANGLE, *nearly], [*again, *(replace(each, id="again") for each in nearly)])
    assert sides_of([*TRIANGLE, *nearly], {}, 0, kept=[replace(each, id="again") for each in nearly])[1] == 8
    part = replace(TRIANGLE[2], axes=(Axis("C", TRIANGLE[2].axes[0].nodes[1:2]), TRIANGLE[2].axes[1]))
    assert not knots.unprinted_tables(TRIANGLE[:2], [part])


def test_persons_are_whole_where_the_cheapest_fractions_of_them_are_not(monkeypatch: pytest.MonkeyPatch):
    """In tables of three by four by four what costs least may be halves of persons; so whole ones are looked for."""
    somebody = np.array(
        [["1111", "1110", "0001", "1001"], ["0100", "1000", "1010", "0111"], ["1111", "1101", "0010", "1100"]]
    )
    counts, cubes, sizes = {}, [], {"A": 3, "B": 4, "C": 4}
    inside = np.array([[[int(one) for one in row] for row in layer] for layer in somebody])
    for out, pair in enumerate(("BC", "AC", "AB")):
        cubes.append(Cube(pair, tuple(axis(dim, sizes[dim]) for dim in pair)))
        table = inside.sum(axis=out)
        table = np.concatenate([table.sum(axis=0, keepdims=True), table])
        counts[pair] = np.concatenate([table.sum(axis=1, keepdims=True), table], axis=1)
    absent = {each.id: np.zeros(each.shape, dtype=np.bool_) for each in cubes}
    raw, asked = RawTable(tuple(cubes), counts, absent), Effort()
    found = with_unprinted(raw, asked)
    assert found is not None
    assert not (link(found).equations @ link(found).truth).any()
    monkeypatch.setattr(solving, "_NODES", 0)
    assert with_unprinted(raw, Effort()) is None


def test_an_organisation_without_its_committee_has_a_share_of_its_own():
    counts, absent = drawn(TRIANGLE)
    some = {each.id: np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]]) for each in TRIANGLE}
    found = with_unprinted(RawTable(tuple(TRIANGLE), counts, absent, (Insider("X/1", False, some),)), Effort())
    (table,) = [each for each in found.cubes if not each.printed]
    assert found.insiders[0].counts[table.id].sum() == 1
