"""Shares of a total and changes from the year before: reckoned from what is published, withheld with what is hidden."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest

from amana.disclosure.noise.plan import plan as noise_plan
from amana.disclosure.noise.reconstruct import covariance
from amana.disclosure.ratio import Figure, difference, share
from amana.disclosure.table import Status
from amana.dissemination.as_json import as_json
from amana.dissemination.bundle import open_bundle, write
from amana.dissemination.csv import render_csv
from amana.dissemination.indicators import Shares, change, told
from amana.dissemination.query import QueryMalformed, parse
from amana.dissemination.slice import Slice, cut
from amana.tabulation.tabulate import assemble, tabulate
from amana.wording.load import sentence
from support.bundles import KEY, MEMBERS, Shop, about, noised
from support.smallbook import SMALL, plan, records


def ask(shop: Shop, question: str) -> Slice:
    return cut(parse("VICTIMS", parse_qsl(question), shop.catalogue, SMALL), shop.catalogue, SMALL)


def table(answer: Slice, name: str) -> str:
    """Draw one indicator: its value, or its ends, or the word for what there is not."""
    lines = [
        f"{row['TIME_PERIOD']} {row[answer.dims[0]]} {_word(row[name])}" for row in as_json(answer, SMALL, "en")["rows"]
    ]
    return "\n".join(lines)


def _word(said: dict[str, object] | None) -> str:
    if said is None:
        return "-"
    return "x" if said["status"] == "withheld" else f"{said['value']} {said['status']}"


def drawing(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def test_a_share_stands_where_part_and_whole_do(open_shop):
    """Morocco has 6: 4 women, 2 men; who is of unknown sex is hidden, and so is the share. A total has none."""
    assert table(ask(open_shop, "by=SEX&REF_AREA=MAR&share=SEX"), "share") == drawing("""
        2022  _T  -
        2022  F   0.666667  reliable
        2022  M   0.333333  reliable
        2022  _U  x
    """)


def test_of_a_hidden_whole_there_is_no_share_whatever_else_is_shown(open_shop, batches):
    """The region's 4 of unknown age and the hidden ones: no total over age is shown for them alone."""
    open_shop.least_count = 5
    open_shop.publish(batches, "2023")
    answer = ask(open_shop, "by=SEX,AGE&TIME_PERIOD=2023&share=AGE")
    whole, *parts = [row for row in answer.rows if row.codes[0] == "F"]
    assert (whole.codes[1], whole.status, whole.share) == ("_T", "Q", None)
    assert {told(row.share).status for row in parts} == {"withheld"}


def test_what_nobody_was_asked_has_no_share(open_shop):
    nobody = drawing("""
        2022  _T    -
        2022  NONE  -
        2022  REC   -
        2022  _U    -
    """)
    assert table(ask(open_shop, "by=ICT&REF_AREA=SEN&share=ICT"), "share") == nobody


def test_a_change_is_from_the_year_before_and_from_no_other(open_shop, batches):
    open_shop.publish(batches[:1], "2021")
    open_shop.publish(batches[:1], "2019")
    assert table(ask(open_shop, "by=SEX&REF_AREA=_T&change=yes"), "change") == drawing("""
        2019  _T  -
        2019  F   -
        2019  M   -
        2019  _U  -
        2021  _T  -
        2021  F   -
        2021  M   -
        2021  _U  -
        2022  _T  4  reliable
        2022  F   0  reliable
        2022  M   4  reliable
        2022  _U  x
    """)


def test_the_year_before_is_looked_up_and_adds_no_row(open_shop, batches):
    open_shop.publish(batches[:1], "2021")
    answer = ask(open_shop, "by=SEX&REF_AREA=_T&TIME_PERIOD=2022&change=yes")
    assert table(answer, "change") == drawing("""
        2022  _T  4  reliable
        2022  F   0  reliable
        2022  M   4  reliable
        2022  _U  x
    """)
    assert [(one.period, one.published[:10]) for one in answer.sources] == [
        ("2021", "2026-11-21"),
        ("2022", "2026-11-21"),
    ]
    assert "note.no_year_before" not in [note.code for note in answer.notes]


def test_where_there_is_no_year_before_a_note_says_so(open_shop, batches):
    open_shop.publish(batches[:1], "2019")
    for question, lacking in (("TIME_PERIOD=2022&change=yes", "2022"), ("change=yes", "2019, 2022")):
        notes = ask(open_shop, f"by=SEX&REF_AREA=MAR&{question}").notes
        assert [note.facts for note in notes if note.code == "note.no_year_before"] == [{"periods": lacking}]
    assert "note.no_year_before" not in [note.code for note in ask(open_shop, "by=SEX").notes]


def compared(answer: Slice) -> list[tuple[str, dict[str, str]]]:
    """Return what is said of where changes are from, and that they are from nowhere."""
    said = ("note.compared", "note.no_year_before")
    return [(note.code, dict(note.facts)) for note in answer.notes if note.code.startswith(said)]


def test_where_the_year_before_has_no_such_vintage_its_newest_is_compared_and_a_note_says_which(open_shop, batches):
    """2021 was published once, 2022 twice: what changed since 2021 is a question that has an answer."""
    open_shop.publish(batches, "2021")
    open_shop.publish(batches[:1])
    for question in ("TIME_PERIOD=2022&vintage=2", "vintage=2"):
        answer = ask(open_shop, f"by=SEX&REF_AREA=_T&{question}&change=yes")
        assert table(answer, "change") == drawing("""
            2022  _T  -4  reliable
            2022  F    0  reliable
            2022  M   -4  reliable
            2022  _U  x
        """)
        assert [(one.period, one.vintage) for one in answer.sources] == [("2021", 1), ("2022", 2)]
        assert compared(answer) == [
            ("note.compared", {"period": "2022", "before": "2021", "vintage": "1", "latest": "1"})
        ]


def test_the_year_before_is_compared_in_the_vintage_asked_for_where_it_has_that_one(open_shop, batches):
    """A change is the same figure whether the year before is shown beside it or not."""
    open_shop.publish(batches[:1], "2021")
    open_shop.publish(batches, "2021")
    alone = ask(open_shop, "by=SEX&REF_AREA=_T&TIME_PERIOD=2022&vintage=1&change=yes")
    both = ask(open_shop, "by=SEX&REF_AREA=_T&TIME_PERIOD=2021,2022&vintage=1&change=yes")
    assert alone.rows == tuple(row for row in both.rows if row.period == "2022")
    assert (alone.rows[0].value, told(alone.rows[0].change).value) == (10, 4)
    older = {"period": "2022", "before": "2021", "vintage": "1", "latest": "2"}
    assert compared(alone) == [("note.compared_superseded", older)]
    assert compared(both) == [("note.no_year_before", {"periods": "2021"})]
    codes_of = [[note.code for note in answer.notes if note.facts.get("period") == "2021"] for answer in (alone, both)]
    assert codes_of == [["note.partial"], ["note.superseded", "note.partial"]]


def test_without_a_vintage_the_newest_of_the_year_before_is_compared(open_shop, batches):
    open_shop.publish(batches[:1], "2021")
    assert compared(ask(open_shop, "by=SEX&TIME_PERIOD=2022&change=yes")) == []
    open_shop.publish(batches, "2021")
    answer = ask(open_shop, "by=SEX&REF_AREA=_T&TIME_PERIOD=2022&change=yes")
    assert told(answer.rows[0].change).value == 0
    assert compared(answer) == [("note.compared", {"period": "2022", "before": "2021", "vintage": "2", "latest": "2"})]


def test_what_was_withdrawn_of_the_year_before_is_not_compared_and_no_older_vintage_comes_back(open_shop, batches):
    open_shop.publish(batches[:1], "2021")
    open_shop.publish(batches, "2021")
    open_shop.publish(batches)
    open_shop.withdraw(2)
    for vintage in ("", "&vintage=2"):
        answer = ask(open_shop, f"by=SEX&REF_AREA=_T&TIME_PERIOD=2022{vintage}&change=yes")
        assert compared(answer) == [("note.no_year_before", {"periods": "2022"})]
        assert {row.change for row in answer.rows} == {None}
    assert "withdrawn" in sentence("note.no_year_before", "en", {"periods": "2022"})


def test_neither_is_said_unless_it_is_asked_for(open_shop):
    said = as_json(ask(open_shop, "by=SEX"), SMALL, "en")["rows"]
    assert not any({"share", "change"} & row.keys() for row in said)


def test_in_csv_they_have_four_columns_each(open_shop):
    lines = render_csv(ask(open_shop, "by=SEX&REF_AREA=MAR&share=SEX&change=yes"), SMALL).decode().splitlines()
    assert lines[0].endswith(
        "CONF_STATUS,SHARE,SHARE_LOWER,SHARE_UPPER,SHARE_STATUS,CHANGE,CHANGE_LOWER,CHANGE_UPPER,CHANGE_STATUS"
    )
    assert lines[2].endswith("4,A,F,0.666667,0.666667,0.666667,reliable,,,,")
    assert lines[4].endswith(",Q,C,,,,withheld,,,,")


@pytest.mark.parametrize(
    ("question", "place"), [("by=SEX&share=AGE", "share"), ("share=SEX", "share"), ("by=SEX&change=maybe", "change")]
)
def test_a_share_is_of_a_dimension_that_is_spread_out(open_shop, question, place):
    with pytest.raises(QueryMalformed) as refused:
        ask(open_shop, question)
    assert refused.value.facts["place"] == place


@pytest.fixture
def noisy(tmp_path):
    """30 women and 20 men of Morocco, with noise; and the design of that noise."""
    declared = plan(tmp_path, 'id = "area-sex"\nby = ["REF_AREA", "SEX"]', 'id = "sex"\nby = ["SEX"]')
    people = [{"VICTIM_STATUS": "IDENT", "SEX": "F"}] * 30 + [{"VICTIM_STATUS": "IDENT", "SEX": "M"}] * 20
    raw = assemble([tabulate(records(people), declared, SMALL)], declared, MEMBERS, SMALL)
    design = noise_plan(raw.cubes, 0.3, absent=raw.absent)
    made = noised(raw)
    spread = {}
    for cube in raw.cubes:
        own = [covariance(design, (cube.id, index), (cube.id, index)) for index in cube.indices()]
        spread[cube.id] = np.reshape(own, cube.shape)
    cleared = replace(made, noisy=replace(made.noisy, variance=spread))
    (tmp_path / "b").mkdir()
    return open_bundle(
        tmp_path / "b", write(cleared, about(declared), tmp_path / "b", KEY), (KEY.public_key(),)
    ), design


def test_with_noise_a_share_has_the_interval_of_the_plan_that_drew_it(noisy):
    """The bundle does not say what was spent; what two cells have in common follows from their published variances."""
    bundle, design = noisy
    cube = bundle.cube("area-sex")
    codes = [cube.cell_codes(index) for index in cube.indices()]
    part, whole = (next(i for i, code in zip(cube.indices(), codes, strict=True) if code == each)
                   for each in (("MAR", "F"), ("MAR", "_T")))  # fmt: skip
    figures = [Figure(float(bundle.noisy.estimate[cube.id][at]), float(bundle.noisy.variance[cube.id][at]))
               for at in (part, whole)]  # fmt: skip
    expected = share(*figures, covariance(design, (cube.id, part), (cube.id, whole)))
    found = Shares(bundle, cube, "SEX").at(part)
    assert (found.value, found.lower, found.upper) == pytest.approx((expected.value, expected.lower, expected.upper))
    assert found.reliable == expected.reliable
    assert bundle.status[cube.id][part] == Status.SHOWN


def test_two_years_with_noise_of_their_own_differ_by_both():
    assert change(Figure(30, 4.0), Figure(20, 5.0)) == difference(Figure(30, 4.0), Figure(20, 5.0), 0)
    assert told(change(Figure(30, 4.0), Figure(28, 5.0))).status == "unreliable"
