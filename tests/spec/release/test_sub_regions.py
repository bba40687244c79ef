"""Committees under their sub-regions: the region is the sum of these, and each of these of its committees.

From the smallest case up: who stands where, what is counted, what may be shown, and what is read of it afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl

import numpy as np
import pytest

from amana.codebook.model import Lying
from amana.config import HOME
from amana.disclosure.audit import Groups, audit, audit_all
from amana.disclosure.clear import clear, clear_with_noise
from amana.disclosure.noise.plan import plan as noise_plan
from amana.disclosure.table import ClearedTable, Cube, Publication, RawTable, Rule, Status
from amana.dissemination.as_json import as_json
from amana.dissemination.bundle import write
from amana.dissemination.catalogue import Published
from amana.dissemination.csv import render_csv
from amana.dissemination.query import QueryMalformed, committees_in, parse
from amana.dissemination.slice import Slice, cut
from amana.plans.axes import sub_regions
from amana.plans.beside import regrouped, unlinked_beside
from amana.plans.plan import Plan
from amana.plans.rule import limits_of
from amana.policy.documents import load as load_policies
from amana.tabulation.counts_file import parse_counts, render_counts
from amana.tabulation.preview import preview
from amana.tabulation.tabulate import Counts, assemble, tabulate
from support.bundles import KEY, MEMBERS, NOON, Shop, about, marked
from support.smallbook import SMALL, codelist, plan, records

NESTED = 'id = "area-sex"\nby = ["REF_AREA", "SEX"]\nlevels.REF_AREA = "sub_region"\ncodes.SEX = ["F"]'
FLAT = 'id = "area-sex"\nby = ["REF_AREA", "SEX"]\ncodes.SEX = ["F"]'
NORTH, WEST = "M49_015", "M49_011"
WHERE = {"CIV": WEST, "EGY": NORTH, "MAR": NORTH, "MRT": WEST, "NER": WEST, "SEN": WEST, "TUN": NORTH}
FIVE = ("CIV", "MAR", "MRT", "NER", "TUN")
SEVEN = tuple(sorted(WHERE))
FIVE_AND_ONE = (*FIVE, "SEN")
EVER = date(2000, 1, 1)
DAY = date(2022, 12, 31)
AREAS = [(code, "country", None, True) for code in WHERE] + [
    (code, "sub_region", None, False) for code in (NORTH, WEST)
]
BOOK = replace(
    SMALL,
    codelists={**SMALL.codelists, "CL_COMMITTEE": codelist("CL_COMMITTEE", ("country", "sub_region"), AREAS)},
    sub_regions={code: (Lying(within, EVER, None),) for code, within in WHERE.items()},
)
RULE = Rule(5, zeros_hidden=True, coalition=2)


@pytest.fixture
def nested(tmp_path: Path) -> Plan:
    return plan(tmp_path, NESTED, book=BOOK)


def parts_of(text: str, declared: Plan) -> list[Counts]:
    """Each line is a committee, its women and its men."""
    lines = [line.split() for line in text.strip().splitlines()]
    people = {name: [{"SEX": "F"}] * int(women) + [{"SEX": "M"}] * int(men) for name, women, men in lines}
    return [
        tabulate(records([{"VICTIM_STATUS": "IDENT", **one} for one in some], name, book=BOOK), declared, BOOK)
        for name, some in people.items()
    ]


def drawn(cube: Cube, values: np.ndarray, status: np.ndarray) -> str:
    signs = {Status.HIDDEN: "x", Status.NOT_COLLECTED: "-"}
    lines = [" ".join(["-", *(node.code for node in cube.axes[1].nodes)])]
    for number, node in enumerate(cube.axes[0].nodes):
        row = zip(values[number].tolist(), status[number].tolist(), strict=True)
        lines.append(" ".join([node.code, *(signs.get(state, str(value)) for value, state in row)]))
    return "\n".join(lines)


def counted(raw: RawTable) -> str:
    (cube,) = raw.cubes
    return drawn(cube, raw.counts[cube.id], np.where(raw.absent[cube.id], Status.NOT_COLLECTED, Status.SHOWN))


def shown(cleared: ClearedTable) -> str:
    (cube,) = cleared.cubes
    return drawn(cube, cleared.values[cube.id], cleared.status[cube.id])


def drawing(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def test_a_committee_stands_under_its_sub_region_and_that_under_the_region(nested):
    raw = assemble(parts_of("CIV 4 6 \n MAR 7 8 \n MRT 1 2 \n NER 0 3 \n TUN 9 9", nested), nested, FIVE, BOOK)
    assert counted(raw) == drawing("""
        -       _T   F  _O
        _T      49  21  28
        M49_011 16   5  11
        CIV     10   4   6
        MRT      3   1   2
        NER      3   0   3
        M49_015 33  16  17
        MAR     15   7   8
        TUN     18   9   9
    """)


def test_of_a_sub_region_where_nobody_was_asked_nothing_is_known(nested):
    raw = assemble(parts_of("MAR 7 8 \n TUN 9 9", nested), nested, FIVE, BOOK)
    assert counted(raw) == drawing("""
        -       _T   F  _O
        _T      33  16  17
        M49_011  -   -   -
        CIV      -   -   -
        MRT      -   -   -
        NER      -   -   -
        M49_015 33  16  17
        MAR     15   7   8
        TUN     18   9   9
    """)


@pytest.mark.parametrize(
    ("members", "found"),
    [
        (FIVE, {"CIV": (WEST,), "MAR": (NORTH,), "MRT": (WEST,), "NER": (WEST,), "TUN": (NORTH,)}),
        (("CIV", "MAR", "MRT"), {"CIV": (WEST,), "MRT": (WEST,)}),  # one alone in the north: her figure has a name
        (("EGY", "MAR", "TUN"), {}),  # all in the north: that is the region
        (("CIV", "MAR"), {}),
        (("MAR",), {}),
        ((), {}),
    ],
)
def test_what_would_be_a_second_name_of_one_figure_is_no_sub_region(members, found):
    assert sub_regions(members, DAY, BOOK) == found


def test_a_committee_alone_in_its_sub_region_stands_under_the_region(nested):
    members = ("CIV", "MAR", "MRT")
    raw = assemble(parts_of("CIV 4 6 \n MAR 7 8 \n MRT 1 2", nested), nested, members, BOOK)
    assert counted(raw) == drawing("""
        -       _T   F  _O
        _T      28  12  16
        M49_011 13   5   8
        CIV     10   4   6
        MRT      3   1   2
        MAR     15   7   8
    """)


def test_a_period_is_grouped_as_on_its_last_day(nested):
    """Tunisia moves on the first day of 2023: tables of 2022 do not know it, made whenever they are."""
    moved = {**BOOK.sub_regions, "TUN": (Lying(NORTH, EVER, DAY), Lying(WEST, date(2023, 1, 1), None))}
    book = replace(BOOK, sub_regions=moved)
    sent = parts_of(LARGE, nested)
    for period, west in (("2022", ["CIV", "MRT", "NER"]), ("2023", ["CIV", "MRT", "NER", "TUN"])):
        (cube,) = assemble([replace(part, period=period) for part in sent], nested, SEVEN, book).cubes
        assert set(under(cube, WEST)) == {*west, "SEN"}


def under(cube: Cube, code: str) -> list[str]:
    axis = cube.axes[0]
    return [axis.nodes[each].code for whole, some in axis.sums for each in some if axis.nodes[whole].code == code]


def test_a_plan_that_says_nothing_of_areas_has_no_sub_regions(tmp_path):
    flat, said = plan(tmp_path, FLAT, book=BOOK), plan(tmp_path, f'{FLAT}\nlevels.REF_AREA = "country"', book=BOOK)
    assert flat.digest == said.digest
    raw = assemble(parts_of("MAR 7 8 \n TUN 9 9", flat), flat, FIVE, BOOK)
    assert [node.code for node in raw.cubes[0].axes[0].nodes] == ["_T", *FIVE]


def test_at_home_a_committee_counts_and_tries_without_its_neighbours(nested):
    (part,) = parts_of("MAR 30 40", nested)
    assert parse_counts(render_counts(part, nested, BOOK), nested, BOOK) == part
    seen = preview(part, nested, BOOK, RULE, Random(1)).cubes["area-sex"]
    assert (seen.cells, seen.hidden) == (3, 0)


# What may be shown ---------------------------------------------------------------------------------------------------

LARGE = """
    CIV 31 40
    EGY 52 61
    MAR 70 80
    MRT 25 33
    NER  3 28
    SEN  4 36
    TUN 44 51
"""


ONE = """
    CIV  3 40
    EGY 52 61
    MAR 70 80
    TUN 44 51
"""


def publication(cleared: ClearedTable) -> Publication:
    return Publication(cleared.cubes, cleared.values, cleared.status, cleared.least_count, cleared.zeros_hidden)


@pytest.mark.parametrize("seed", range(4))
def test_a_release_with_sub_regions_is_protected_from_everybody(nested, seed):
    """Niger's women and Senegal's are few: their sub-region loses what would tell them, the other nothing."""
    raw = assemble(parts_of(LARGE, nested), nested, SEVEN, BOOK)
    cleared = clear(raw, RULE, Random(seed))
    (cube,) = cleared.cubes
    rows = dict(zip([node.code for node in cube.axes[0].nodes], cleared.status[cube.id].tolist(), strict=True))
    assert rows["NER"][1] == rows["SEN"][1] == Status.HIDDEN
    assert rows[NORTH] == rows["MAR"] == rows["EGY"] == rows["TUN"] == [Status.SHOWN] * 3
    reports = audit_all([publication(cleared)], raw.insiders, 2)
    assert all(report.passed for report in reports.values())


def test_three_committees_stand_behind_what_a_sub_region_shows(nested):
    """The west's women are shown, and those of two of its four: behind what is left stand two."""
    raw = assemble(parts_of(LARGE, nested), nested, SEVEN, BOOK)
    (cube,) = raw.cubes
    states = np.zeros(cube.shape, dtype=np.uint8)
    for code in ("NER", "SEN"):
        states[[node.code for node in cube.axes[0].nodes].index(code), 1] = Status.HIDDEN
    values = np.where(states == Status.SHOWN, raw.counts[cube.id], 0)
    careless = Publication(raw.cubes, {cube.id: values}, {cube.id: states}, 5, zeros_hidden=True)
    found = {(each.codes, each.kind) for each in audit([careless], groups=Groups()).findings}
    assert ((WEST, "F"), "too_few_contributors") in found


@pytest.mark.parametrize("seed", range(3))
def test_a_sub_region_of_which_one_committee_sent_something_is_that_committee_and_hidden_with_it(nested, seed):
    raw = assemble(parts_of(ONE, nested), nested, SEVEN, BOOK)
    (cube,) = raw.cubes
    codes = [node.code for node in cube.axes[0].nodes]
    one, other = codes.index("CIV"), codes.index(WEST)
    assert [cube.cell_key((one, at)) for at in range(3)] == [cube.cell_key((other, at)) for at in range(3)]
    states = clear(raw, RULE, Random(seed)).status[cube.id].tolist()
    assert states[one] == states[other]
    assert states[one][1] == Status.HIDDEN
    drawn_with_noise = replace(nested, method="dp")
    with_noise = assemble(parts_of(ONE, drawn_with_noise), drawn_with_noise, SEVEN, BOOK)
    limits = limits_of(load_policies(HOME / "policies"))
    noisy = clear_with_noise(with_noise, noise_plan(with_noise.cubes, 0.2, absent=with_noise.absent), 0.2, limits).noisy
    assert noisy is not None
    assert noisy.estimate[cube.id][one] == pytest.approx(noisy.estimate[cube.id][other])


def test_with_noise_the_figures_of_sub_regions_agree_with_all_others(tmp_path):
    declared = plan(tmp_path, NESTED, 'id = "sex"\nby = ["SEX"]\ncodes.SEX = ["F"]', book=BOOK)
    raw = assemble(parts_of(LARGE, declared), declared, SEVEN, BOOK)
    limits = limits_of(load_policies(HOME / "policies"))
    cleared = clear_with_noise(raw, noise_plan(raw.cubes, 0.2, absent=raw.absent), 0.2, limits)
    assert cleared.noisy is not None
    for part in (cleared.noisy.estimate, cleared.noisy.display):
        for cube in cleared.cubes:
            for dim, axis in enumerate(cube.axes):
                for whole, some in axis.sums:
                    below = part[cube.id].take(some, axis=dim).sum(axis=dim)
                    assert np.abs(part[cube.id].take(whole, axis=dim) - below).max() < 1e-9
    spread = dict(zip([node.code for node in cleared.cubes[0].axes[0].nodes], cleared.noisy.variance["area-sex"][:, 0],
                      strict=True))  # fmt: skip
    assert spread[WEST] < sum(spread[code] for code in ("CIV", "MRT", "NER", "SEN"))  # a figure of its own


# Beside an older vintage ---------------------------------------------------------------------------------------------

LATER = """
    CIV 31 40
    EGY 58 66
    MAR 77 88
    MRT 25 33
    NER  3 28
    SEN  4 36
    TUN 52 57
"""


def vintages(nested: Plan, text: str, revised: set[str]) -> tuple[RawTable, ClearedTable, list[Publication]]:
    """Return what is counted later, what is shown of it, and both publications."""
    then, now = (assemble(parts_of(each, nested), nested, SEVEN, BOOK) for each in (LARGE, text))
    past = replace(publication(clear(then, RULE, Random(1))), revised=frozenset(revised))
    later = clear(now, RULE, Random(1), past=[past], limits=limits_of(load_policies(HOME / "policies")))
    return now, later, [past, publication(later)]


def test_where_all_of_a_sub_region_revised_the_others_keep_their_figures(nested):
    """Egypt, Morocco and Tunisia each have some more. Two of them know the third by what the north has more."""
    now, later, pages = vintages(nested, LATER, {"EGY", "MAR", "TUN"})
    rows = dict(zip([node.code for node in later.cubes[0].axes[0].nodes], later.status["area-sex"].tolist(),
                    strict=True))  # fmt: skip
    assert rows["CIV"] == [Status.SHOWN] * 3
    assert rows["NER"][1] == Status.HIDDEN
    reports = audit_all(pages, now.insiders, 2, groups=Groups())
    assert not [each for report in reports.values() for each in report.findings]


def test_a_sub_regions_change_tells_who_revised_in_it_about_the_other(nested):
    """Shown both times, the north says to Egypt what Morocco changed; the engine does not show that."""
    text = LATER.replace("TUN 52 57", "TUN 44 51")
    now, later, pages = vintages(nested, text, {"EGY", "MAR"})
    assert audit_all(pages, now.insiders, 2, groups=Groups())["EGY"].passed
    (cube,) = now.cubes
    codes, states = [node.code for node in cube.axes[0].nodes], later.status[cube.id].copy()
    for code, state in ((NORTH, Status.SHOWN), ("EGY", Status.HIDDEN), ("MAR", Status.HIDDEN)):
        states[codes.index(code)] = state
    values = np.where(states == Status.SHOWN, now.counts[cube.id], 0)
    careless = Publication(now.cubes, {cube.id: values}, {cube.id: states}, 5, zeros_hidden=True)
    found = {(each.codes[0], each.kind) for each in audit([pages[0], careless]).findings}
    assert (NORTH, "too_few_revised") in found


def test_a_sub_region_that_was_grouped_otherwise_is_one_name_of_two_figures(nested):
    published = assemble(parts_of(LARGE, nested), nested, SEVEN, BOOK).cubes
    assert not regrouped(SEVEN, DAY, published, BOOK)
    assert regrouped(FIVE, DAY, published, BOOK)
    moved = {**BOOK.sub_regions, "MRT": (Lying(NORTH, EVER, None),)}
    assert regrouped(SEVEN, DAY, published, replace(BOOK, sub_regions=moved))
    alone = assemble(parts_of(ONE, nested), nested, SEVEN, BOOK).cubes
    assert not regrouped(SEVEN, DAY, alone, BOOK)  # the west is Côte d'Ivoire there


def test_a_plan_may_stand_beside_one_that_has_sub_regions(tmp_path, nested):
    flat = plan(tmp_path, FLAT, book=BOOK)
    cubes = assemble(parts_of(LARGE, nested), nested, SEVEN, BOOK).cubes
    assert unlinked_beside(flat, cubes, BOOK) is None
    assert unlinked_beside(nested, cubes, BOOK) is None


@pytest.fixture
def shop(tmp_path: Path, nested: Plan) -> Shop:
    """Morocco and Tunisia in the north, Senegal in the west: one alone, so that only the north has a name."""
    found = Shop(tmp_path, nested, BOOK, least_count=1)
    some = {"MAR": (7, 8), "SEN": (5, 6), "TUN": (9, 9)}
    batches = [
        records([{"VICTIM_STATUS": "IDENT", "SEX": sex} for sex, times in (("F", women), ("M", men))
                 for _ in range(times)], name, book=BOOK)
        for name, (women, men) in some.items()
    ]  # fmt: skip
    found.publish(batches, contributors=tuple((name, "records") for name in some))
    return found


def ask(shop: Shop, question: str) -> Slice:
    return cut(parse("VICTIMS", parse_qsl(question), shop.catalogue, BOOK), shop.catalogue, BOOK)


def test_a_sub_region_is_asked_for_by_its_code_and_stands_between_the_region_and_its_committees(shop):
    assert MEMBERS == ("MAR", "TUN", "SEN")
    assert [(row.codes[0], row.value, row.margin) for row in ask(shop, "by=REF_AREA").rows] == [
        ("_T", 44, True), (NORTH, 33, True), ("MAR", 15, False), ("TUN", 18, False), ("SEN", 11, False),
    ]  # fmt: skip
    (row,) = ask(shop, f"REF_AREA={NORTH}&SEX=F").rows
    assert (row.value, row.margin) == (16, False), "asked for alone, it is the sum of nothing else that was asked for"
    (women,) = [row for row in ask(shop, f"by=SEX&REF_AREA={NORTH}&share=SEX").rows if row.codes[0] == "F"]
    assert women.share.value == pytest.approx(16 / 33)


def test_a_sub_region_that_the_table_does_not_name_is_another_matter_than_one_that_nobody_knows(shop):
    with pytest.raises(QueryMalformed):
        ask(shop, "REF_AREA=M49_999")
    assert [node.code for node in shop.catalogue.bundles("VICTIMS")[0].cubes[0].axes[0].nodes if node.key] == [
        NORTH, "MAR", "TUN", "SEN",
    ]  # fmt: skip


def test_every_format_tells_which_code_stands_under_which(shop):
    said = as_json(ask(shop, "by=REF_AREA"), BOOK, "en")["dimensions"][0]
    assert said["parents"] == {"MAR": NORTH, "TUN": NORTH}
    assert said["codes"][NORTH] == NORTH  # its label
    lines = render_csv(ask(shop, "by=REF_AREA"), BOOK, "en").decode().splitlines()
    assert [line.split(",")[2:4] for line in lines[1:3]] == [["_T", "IDENT"], [NORTH, "IDENT"]]


def test_who_stands_under_which_is_read_off_each_published_table_and_nothing_is_said_of_who_moved(shop, nested):
    """In 2023 Tunisia lies in the west, and Morocco is alone in the north, which has no name then."""
    book = replace(BOOK, sub_regions={**BOOK.sub_regions, "TUN": (Lying(WEST, EVER, None),)})
    cleared = marked(assemble(parts_of("CIV 4 6 \n MAR 7 8 \n TUN 9 9", nested), nested, FIVE_AND_ONE, book), 1)
    digest = write(cleared, about(nested, members=FIVE_AND_ONE, period="2023"), shop.root, KEY)
    shop.publications.append(Published("rel_later", "VICTIMS", "2023", digest, NOON, plan=nested.id))

    def parents(years: str) -> object:
        return as_json(ask(shop, f"by=REF_AREA&TIME_PERIOD={years}"), BOOK, "en")["dimensions"][0]["parents"]

    assert parents("2022") == {"MAR": NORTH, "TUN": NORTH}
    assert parents("2023") == dict.fromkeys(("CIV", "MRT", "NER", "SEN", "TUN"), WEST)
    assert parents("2022,2023") == {"MAR": NORTH} | dict.fromkeys(("CIV", "MRT", "NER", "SEN"), WEST)


def test_a_second_name_is_a_sum_and_is_whose_it_is(tmp_path, nested):
    """Of the west only Senegal has sent something: both codes answer, and adding up takes one."""
    shop = Shop(tmp_path / "b", nested, BOOK, least_count=1)
    shop.root.mkdir()
    batch = [records([{"VICTIM_STATUS": "IDENT", "SEX": "F"}] * 9, name, book=BOOK) for name in ("MAR", "SEN", "TUN")]
    parts = [tabulate(one, nested, BOOK) for one in batch]
    cleared = marked(assemble(parts, nested, FIVE_AND_ONE, BOOK), 1)
    digest = write(cleared, about(nested, members=FIVE_AND_ONE), shop.root, KEY)
    shop.publications.append(Published("rel_0", "VICTIMS", "2022", digest, NOON, plan=nested.id))
    found = {row.codes[0]: (row.value, row.margin) for row in ask(shop, "by=REF_AREA").rows}
    assert (found[WEST], found["SEN"], found["_T"]) == ((9, True), (9, False), (27, True))
    assert sum(row.value or 0 for row in ask(shop, "by=REF_AREA&totals=no").rows) == 27
    assert committees_in(cleared.cubes[0], [WEST]) == {"SEN"}


def test_what_is_said_of_a_sum_of_countries_is_said_of_a_sub_region(shop):
    codes = [note.code for note in ask(shop, f"by=SEX&REF_AREA={NORTH}").notes]
    assert "note.registrations" in codes
    assert "note.registrations" not in [note.code for note in ask(shop, "by=SEX&REF_AREA=MAR").notes]


@pytest.mark.parametrize(
    ("codes", "found"),
    [(("_T",), None), ((NORTH,), {"MAR", "TUN"}), ((NORTH, "SEN"), {"MAR", "TUN", "SEN"}), (("SEN",), {"SEN"})],
)
def test_whose_figures_stand_in_an_answer(shop, codes, found):
    assert committees_in(shop.catalogue.bundles("VICTIMS")[0].cubes[0], codes) == found
