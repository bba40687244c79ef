"""From persons to counts, drawn."""

from __future__ import annotations

import pytest

from amana.canonical import decode, encode
from amana.errors import Malformed
from amana.tabulation.counts_file import TablesInvalid, parse_counts, render_counts
from amana.tabulation.tabulate import assemble, tabulate
from amana.wording.load import codes
from support.smallbook import SMALL, plan, records


def people(drawing: str) -> list[dict[str, str | set[str]]]:
    """Each line is a person: SEX AGE ICT and the forms, joined by a plus."""
    lines = [line.split() for line in drawing.strip().splitlines()]
    return [
        {"VICTIM_STATUS": "IDENT", "SEX": sex, "AGE": age, "ICT": ict, "FORM": set(forms.split("+")) - {"-"}}
        for sex, age, ict, forms in lines
    ]


MOROCCO = people("""
    F Y0T4     REC  SEX_PRO+SEX_PRV
    F Y_LT18_U NONE BEG
    M Y_GE18   NONE BEG+SEX_PRO
    _U _U      _U   UNK
""")
TUNISIA = people("""
    F Y_GE18   _U   BEG
    M Y_GE18   _U   BEG+?SEX_PRO
""")


def table(raw, cube_id: str) -> str:
    """The counts of a two-way cube as text; ``.`` where nothing was collected."""
    cube = next(cube for cube in raw.cubes if cube.id == cube_id)
    rows, columns = cube.axes
    lines = [" ".join(["-", *(node.code for node in columns.nodes)])]
    for number, row in enumerate(rows.nodes):
        cells = zip(raw.counts[cube_id][number], raw.absent[cube_id][number], strict=True)
        lines.append(" ".join([row.code, *("." if gone else str(count) for count, gone in cells)]))
    return "\n".join(lines)


def drawing(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


@pytest.fixture
def read(tmp_path):
    return plan(
        tmp_path,
        'id = "area-age"\nby = ["REF_AREA", "AGE"]\nlevels = { AGE = "band" }',
        'id = "area-form"\nby = ["REF_AREA", "FORM"]\nlevels = { FORM = "group" }',
        'id = "area-ict"\nby = ["REF_AREA", "ICT"]',
    )


@pytest.fixture
def raw(read):
    parts = [
        tabulate(records(MOROCCO, "MAR"), read, SMALL),
        tabulate(records(TUNISIA, "TUN", frozenset({"ICT"})), read, SMALL),
    ]
    return assemble(parts, read, ("MAR", "TUN", "SEN"), SMALL)


def test_every_level_and_total_is_there_and_a_silent_member_is_absent(raw):
    assert table(raw, "area-age") == drawing("""
        -   _T Y_LT18 Y0T11 Y12T17 Y_LT18_U Y_GE18 _U
        _T   6      2     1      0        1      3  1
        MAR  4      2     1      0        1      1  1
        TUN  2      0     0      0        0      2  0
        SEN  .      .     .      .        .      .  .
    """)


def test_a_person_with_two_forms_of_one_group_is_one_mention_of_the_group(raw):
    assert table(raw, "area-form") == drawing("""
        -   _T G_SEX G_SEX:_O BEG BEG:_O UNK UNK:_O
        _T   6     2        4   4      2   1      5
        MAR  4     2        2   2      2   1      3
        TUN  2     0        2   2      0   0      2
        SEN  .     .        .   .      .   .      .
    """)


def test_what_was_not_collected_is_no_zero(raw):
    assert table(raw, "area-ict") == drawing("""
        -   _T NONE REC _U
        _T   6    2   1  3
        MAR  4    2   1  1
        TUN  2    .   .  2
        SEN  .    .   .  .
    """)


def test_whoever_was_not_asked_is_counted_with_the_rest(tmp_path):
    read = plan(tmp_path, 'id = "online"\nby = ["REF_AREA", "ICT"]\ncodes = { ICT = ["REC"] }')
    parts = [
        tabulate(records(MOROCCO, "MAR"), read, SMALL),
        tabulate(records(TUNISIA, "TUN", frozenset({"ICT"})), read, SMALL),
    ]
    assert table(assemble(parts, read, ("MAR", "TUN"), SMALL), "online") == drawing("""
        -   _T REC _O
        _T   6   1  5
        MAR  4   1  3
        TUN  2   .  2
    """)


def test_a_filter_on_what_was_not_collected_leaves_nothing_to_say(tmp_path):
    read = plan(tmp_path, 'id = "online"\nby = ["REF_AREA", "SEX"]\nfilter.ICT = "REC"')
    part = tabulate(records(TUNISIA, "TUN", frozenset({"ICT"})), read, SMALL)
    assert table(assemble([part], read, ("TUN",), SMALL), "online") == drawing("""
        -   _T F M _U
        _T   . . .  .
        TUN  . . .  .
    """)


def test_a_filter_on_unknown_counts_those_who_were_never_asked(tmp_path):
    read = plan(tmp_path, 'id = "unasked"\nby = ["REF_AREA", "SEX"]\nfilter.ICT = "_U"')
    part = tabulate(records(TUNISIA, "TUN", frozenset({"ICT"})), read, SMALL)
    assert table(assemble([part], read, ("TUN",), SMALL), "unasked") == drawing("""
        -   _T F M _U
        _T   2 1 1  0
        TUN  2 1 1  0
    """)


def test_parts_of_another_plan_or_another_committee_are_not_added(read, tmp_path):
    part = tabulate(records(MOROCCO, "MAR"), read, SMALL)
    other = plan(tmp_path, 'id = "area-sex"\nby = ["REF_AREA", "SEX"]')
    for parts, members, by in (([part], ("TUN",), read), ([part, part], ("MAR",), read), ([part], ("MAR",), other)):
        with pytest.raises(ValueError):
            assemble(parts, by, members, SMALL)


def test_the_file_lists_cells_by_code_and_leaves_zeros_out(read):
    paper = decode(render_counts(tabulate(records(TUNISIA, "TUN"), read, SMALL), read, SMALL))
    assert paper["cubes"] == {
        "area-age": [[["Y_GE18"], 2]],
        "area-form": [[["G_SEX:_O"], 2], [["BEG"], 2], [["UNK:_O"], 2]],
        "area-ict": [[["_U"], 2]],
    }
    assert (paper["format"], paper["committee"], paper["plan"]) == ("amana-raw-tables/1", "TUN", "small")


@pytest.mark.parametrize(
    ("reason", "cube", "change"),
    [
        ("another_plan", "", {"plan_digest": "0" * 64}),
        ("another_codebook", "", {"codebook_digest": "0" * 64}),
        ("cubes", "", {"cubes": {}}),
        ("cell", "area-age", {"area-age": [["Y_GE18", 2]]}),
        ("cell", "area-age", {"area-age": [[["Y_GE18"], 0]]}),
        ("cell", "area-age", {"area-age": [[["Y_GE18"], True]]}),
        ("cell", "area-age", {"area-age": {"Y_GE18": 2}}),
        ("cell", "area-age", {"area-age": [[["Y_GE18"], 10**9]]}),
        ("unknown_cell", "area-age", {"area-age": [[["Y_LT18"], 2]]}),
        ("unknown_cell", "area-age", {"area-age": [[["Y_GE18", "F"], 2]]}),
        ("cell_twice", "area-age", {"area-age": [[["Y_GE18"], 1], [["Y_GE18"], 1]]}),
        ("totals_differ", "area-form", {"area-form": [[["G_SEX:_O"], 2], [["BEG"], 2], [["UNK:_O"], 3]]}),
        ("cubes_differ", "area-form", {"area-age": [[["Y_GE18"], 3]]}),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_cube_and_no_count(read, reason, cube, change):
    paper = dict(decode(render_counts(tabulate(records(TUNISIA, "TUN"), read, SMALL), read, SMALL)))
    for name, value in change.items():
        if name in paper:
            paper[name] = value
        else:
            paper["cubes"] = {**paper["cubes"], name: value}
    with pytest.raises(TablesInvalid) as refused:
        parse_counts(encode(paper), read, SMALL)
    assert refused.value.facts == {"cube": cube, "reason": f"tables.{reason}"}
    assert f"rule.tables.{reason}" in codes()


@pytest.mark.parametrize("collected", [["Fatima Benali, 06 61 23 45 67"], ["SEX", "sex"], "SEX", [1]])
def test_a_file_that_names_other_things_than_our_variables_is_refused(read, collected):
    """The vault keeps raw tables as they came: nobody may write a person's name where a variable is to be named."""
    paper = dict(decode(render_counts(tabulate(records(TUNISIA, "TUN"), read, SMALL), read, SMALL)))
    with pytest.raises(Malformed):
        parse_counts(encode({**paper, "collected": collected}), read, SMALL)
