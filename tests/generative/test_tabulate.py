"""The kernel against an obvious count over rows, and the file against its reading; the same counts wherever made."""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.canonical import decode, encode
from amana.codebook.model import Lying
from amana.disclosure.table import Cube
from amana.errors import Malformed
from amana.tabulation.counts_file import TablesInvalid, parse_counts, render_counts
from amana.tabulation.tabulate import Counting, assemble, tabulate
from support.smallbook import SMALL, plan, records

MEMBERS = ("MAR", "TUN", "EGY")
FORMS = ("SEX_PRO", "SEX_PRV", "BEG", "UNK", "?SEX_PRV", "?BEG")
CUBES = (
    'id = "all"\nby = ["REF_AREA"]',
    'id = "sex-age"\nby = ["SEX", "REF_AREA", "AGE"]\nlevels = { AGE = "refinement" }',
    'id = "age-form"\nby = ["AGE", "FORM", "ICT"]\nlevels = { AGE = "band", FORM = "group" }',
    'id = "minors"\nby = ["REF_AREA", "ALSO"]\nlevels = { ALSO = "form" }\nfilter.AGE = "Y_LT18"',
    'id = "few"\nby = ["REF_AREA", "SEX", "AGE"]\ncodes = { SEX = ["F"], AGE = ["Y_LT18", "_U"] }',
    'id = "begging"\nby = ["SEX", "AGE"]\nlevels = { AGE = "majority" }\nfilter.FORM = "BEG"',
)

person = st.fixed_dictionaries(
    {
        "VICTIM_STATUS": st.sampled_from(["IDENT", "IDENT", "IDENT", "PRESUMED", "_U"]),
        "SEX": st.sampled_from(["F", "M", "_U"]),
        "AGE": st.sampled_from(["Y0T4", "Y5T11", "Y12T17", "Y_LT18_U", "Y_GE18", "_U"]),
        "FORM": st.sets(st.sampled_from(FORMS)),
        "ICT": st.sampled_from(["NONE", "REC", "_U"]),
        "ALSO": st.sets(st.sampled_from(["LEGAL", "SHELTER"])),
        "EVENT": st.sampled_from(["a", "a", "b", "_U"]),
        "ENTITY": st.sampled_from(["p", "p", "q", "_U"]),
    }
)
people = st.lists(person, max_size=30)
left_out = st.sets(st.sampled_from(["ICT", "ALSO"]))
recorded = st.sets(st.sampled_from(["EVENT", "ENTITY"])).map(sorted)
regions = st.dictionaries(st.sampled_from(MEMBERS), st.tuples(people, left_out), min_size=1)


@cache
def small_plan():
    with tempfile.TemporaryDirectory() as folder:
        return plan(Path(folder), *CUBES)


def has(one, without, attribute, code):
    """Whether a person has an attribute, the slow way: one dict, one question."""
    if "." in attribute:
        variable, group = attribute.split(".")
        answers = set() if variable in without else {answer for answer in one[variable] if answer[0] != "?"}
        yes = any(group in (answer, *SMALL.codelists[f"CL_{variable}"].ancestors(answer)) for answer in answers)
        return yes == (code == "1")
    if code.startswith("_O:"):
        return not any(has(one, without, attribute, chosen) for chosen in code.removeprefix("_O:").split(","))
    codelist = SMALL.list_of(SMALL.dataflow("VICTIMS").variable(attribute))
    said = "_U" if attribute in without else one[attribute]
    return code in (said, *codelist.ancestors(said))


def slow_count(region, cube: Cube, index) -> int:
    return sum(
        all(
            committee == code if name == "REF_AREA" else has(one, without, name, code)
            for name, code in cube.cell_key(index)
        )
        for committee, (rows, without) in region.items()
        for one in rows
    )


@settings(max_examples=40, deadline=None)
@given(regions)
def test_the_kernel_agrees_with_counting_on_ones_fingers(region):
    parts = [
        tabulate(records(rows, name, frozenset(gone)), small_plan(), SMALL) for name, (rows, gone) in region.items()
    ]
    raw = assemble(parts, small_plan(), MEMBERS, SMALL)
    for cube in raw.cubes:
        assert raw.counts[cube.id].shape == cube.shape
        for index in cube.indices():
            assert raw.counts[cube.id][index] == slow_count(region, cube, index), (cube.id, cube.cell_codes(index))


@settings(max_examples=40, deadline=None)
@given(regions)
def test_every_margin_is_the_sum_of_what_it_covers(region):
    parts = [
        tabulate(records(rows, name, frozenset(gone)), small_plan(), SMALL) for name, (rows, gone) in region.items()
    ]
    raw = assemble(parts, small_plan(), MEMBERS, SMALL)
    for cube in raw.cubes:
        counts = raw.counts[cube.id]
        for number, axis in enumerate(cube.axes):
            for parent, children in axis.sums:
                assert (counts.take(parent, number) == counts.take(children, number).sum(number)).all()
        assert not counts[raw.absent[cube.id]].any()


def slow_behind(region, link, cube: Cube, index) -> int:
    """How many events, or organisations, stand behind a cell: a set of them, and each person who has none."""
    found = [
        (committee, one[link] if links and one[link] != "_U" else number)
        for committee, (rows, links) in region.items()
        for number, one in enumerate(rows)
        if all(
            committee == code if name == "REF_AREA" else has(one, (), name, code) for name, code in cube.cell_key(index)
        )
    ]
    return len(set(found))


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(MEMBERS), st.tuples(people, st.booleans()), min_size=1))
def test_who_stands_behind_a_count_agrees_with_counting_on_ones_fingers(region):
    parts = [
        tabulate(records(rows, name, links=("EVENT", "ENTITY") if links else ()), small_plan(), SMALL)
        for name, (rows, links) in region.items()
    ]
    raw = assemble(parts, small_plan(), MEMBERS, SMALL)
    for cube in raw.cubes:
        for index in cube.indices():
            least = min(slow_behind(region, link, cube, index) for link in ("EVENT", "ENTITY"))
            assert raw.lone[cube.id][index] == (least == 1), (cube.id, cube.cell_codes(index))


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(MEMBERS), people, min_size=1))
def test_what_an_insider_knows_is_a_count_of_its_own_persons(region):
    batches = {name: records(rows, name, links=("ENTITY",)) for name, rows in region.items()}
    raw = assemble([tabulate(batch, small_plan(), SMALL) for batch in batches.values()], small_plan(), MEMBERS, SMALL)
    alone = {name: {name: (rows, ())} for name, rows in region.items()}
    caseload = [
        {name: ([one for one in rows if one["ENTITY"] == entity], ())}
        for name, rows in region.items()
        for entity in "pq"
    ]
    for cube in raw.cubes:
        counted = [tuple(slow_count(one, cube, index) for index in cube.indices()) for one in caseload]
        for insider in raw.insiders:
            known = tuple(insider.counts[cube.id].ravel())
            if insider.committee:
                assert known == tuple(slow_count(alone[insider.name], cube, index) for index in cube.indices())
            else:
                assert known in counted


@settings(max_examples=40, deadline=None)
@given(people, left_out, recorded)
def test_counts_survive_paper_and_are_the_same_at_home_and_in_the_hub(rows, gone, links):
    batch = records(rows, "TUN", frozenset(gone), links=links)
    at_home, in_hub = (tabulate(batch, small_plan(), SMALL) for _ in range(2))
    paper = render_counts(at_home, small_plan(), SMALL)
    assert parse_counts(paper, small_plan(), SMALL) == in_hub
    assert render_counts(parse_counts(paper, small_plan(), SMALL), small_plan(), SMALL) == paper
    assert hash(at_home) == hash(in_hub)
    assert all(at_home.cubes[name].tobytes() == counts.tobytes() for name, counts in in_hub.cubes.items())


@settings(max_examples=40, deadline=None)
@given(people, left_out, recorded, st.lists(st.integers(0, 30), max_size=3))
def test_block_by_block_or_at_once_the_counts_are_the_same(rows, gone, links, cuts):
    made = small_plan()
    edges = [0, *sorted({min(cut, len(rows)) for cut in cuts}), len(rows)]
    blocks = [records(rows[a:b], "MAR", frozenset(gone), links=links) for a, b in pairwise(edges)]
    assert Counting(made, SMALL).of(blocks) == tabulate(records(rows, "MAR", frozenset(gone), links=links), made, SMALL)


def test_blocks_of_two_batches_are_no_whole():
    with pytest.raises(ValueError, match="no block"):
        Counting(small_plan(), SMALL).of([])
    with pytest.raises(ValueError, match="not counted alike"):
        Counting(small_plan(), SMALL).of([records([], "MAR"), records([], "TUN")])


@settings(max_examples=40, deadline=None)
@given(people.filter(bool), st.data())
def test_a_row_of_a_table_counts_as_often_as_it_says(rows, data):
    weights = np.array(data.draw(st.lists(st.integers(0, 9), min_size=len(rows), max_size=len(rows))), dtype=np.int64)
    repeated = [one for one, times in zip(rows, weights, strict=True) for _ in range(times)]
    assert tabulate(records(rows), small_plan(), SMALL, weights) == tabulate(records(repeated), small_plan(), SMALL)


@settings(max_examples=60, deadline=None)
@given(people.filter(bool), st.data())
def test_a_raw_tables_file_with_one_count_changed_contradicts_itself_or_stays_whole(rows, data):
    """One cell more or less breaks a total that another cube, or the other half of a pair, states too."""
    paper = decode(render_counts(tabulate(records(rows), small_plan(), SMALL), small_plan(), SMALL))
    cells = paper["cubes"]["age-form"]
    if not cells:
        return
    cell = data.draw(st.sampled_from(cells))
    cell[1] += data.draw(st.sampled_from([1, 7]))
    with pytest.raises(TablesInvalid):
        parse_counts(encode(paper), small_plan(), SMALL)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_raw_tables_file_are_refused_as_malformed(raw):
    with pytest.raises(Malformed):
        parse_counts(raw, small_plan(), SMALL)


def test_the_kernel_is_exact_where_floats_would_begin_to_round():
    heavy = np.array([2**52, 2**52 - 1], dtype=np.int64)
    rows = [{"VICTIM_STATUS": "IDENT", "SEX": "F"}] * 2
    counts = tabulate(records(rows), small_plan(), SMALL, heavy).cubes["all"]
    assert int(counts) == math.fsum([2**52, 2**52 - 1]) == 2**53 - 1


WHERE = {"MAR": "N", "TUN": "N", "EGY": "N", "SEN": "W", "GHA": "W"}
NESTED_BOOK = replace(SMALL, sub_regions={code: (Lying(at, date(2000, 1, 1), None),) for code, at in WHERE.items()})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(WHERE)), unique=True, min_size=1),
    st.dictionaries(st.sampled_from(sorted(WHERE)), people, min_size=1),
)
def test_sub_regions_agree_with_counting_on_ones_fingers(named, region):
    """Whoever the members are, and whoever of them sent something: a sub-region counts those of its committees."""
    members = tuple(sorted({*named, *region}))
    nested = replace(small_plan(), cubes=tuple(
        replace(cube, levels={**cube.levels, "REF_AREA": "sub_region"}) for cube in small_plan().cubes
        if "REF_AREA" in cube.by
    ))  # fmt: skip
    parts = [tabulate(records(rows, name), nested, SMALL) for name, rows in region.items()]
    raw = assemble(parts, nested, members, NESTED_BOOK)
    for cube in raw.cubes:
        dim = [axis.dim for axis in cube.axes].index("REF_AREA")
        axis, counts = cube.axes[dim], np.moveaxis(raw.counts[cube.id], dim, 0)
        own = {node.code: counts[at] for at, node in enumerate(axis.nodes)}
        numbers = {node.code: at for at, node in enumerate(axis.nodes)}
        gone = np.moveaxis(raw.absent[cube.id], dim, 0)
        for code in own.keys() - {*WHERE}:
            below = [one for one in members if code == "_T" or WHERE[one] == code]
            assert (own[code] == sum(own[one] for one in below)).all(), code
            assert (gone[numbers[code]] == gone[[numbers[one] for one in below]].all(axis=0)).all()
            if code != "_T":
                assert 1 < len(below) < len(members)
                senders = [one for one in below if one in region]
                assert axis.nodes[numbers[code]].key == ("REF_AREA", senders[0] if len(senders) == 1 else code)
        for whole, some in axis.sums:
            assert (counts[whole] == counts[list(some)].sum(axis=0)).all()
