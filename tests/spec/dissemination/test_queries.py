"""What may be asked of the published tables, and what comes back: drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from amana.codebook.model import NotInCodebook
from amana.dissemination.catalogue import Withdrawn
from amana.dissemination.query import CubeNotReleased, QueryMalformed, VintageNotReleased, parse
from amana.dissemination.slice import HIDDEN, NOT_COLLECTED, Row, Slice, cut
from amana.wording.load import codes
from support.bundles import NOON, Shop
from support.smallbook import SMALL, plan


def ask(shop: Shop, question: str) -> Slice:
    args = parse_qsl(question, keep_blank_values=True)
    return cut(parse("VICTIMS", args, shop.catalogue, SMALL), shop.catalogue, SMALL)


def printed(row: Row) -> str:
    return {HIDDEN: "▒", NOT_COLLECTED: "∅"}[row.status] if row.value is None else str(row.value)


def table(answer: Slice) -> str:
    lines = [" ".join([row.period, *row.codes, printed(row), row.status]) for row in answer.rows]
    return "\n".join([" ".join(["period", *answer.dims]), *lines])


def drawing(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def test_dimensions_spread_out_with_their_totals_and_filters_stay_in_the_row(open_shop):
    assert table(ask(open_shop, "by=SEX&REF_AREA=MAR&TIME_PERIOD=2022")) == drawing("""
        period  SEX  REF_AREA  VICTIM_STATUS
        2022    _T   MAR       IDENT  6  A
        2022    F    MAR       IDENT  4  A
        2022    M    MAR       IDENT  2  A
        2022    _U   MAR       IDENT  ▒  Q
    """)


def test_hidden_and_not_collected_are_told_apart_from_each_other_from_zero_and_from_unknown(tmp_path, shop, batches):
    shop.least_count = 0
    shop.publish(batches)
    assert table(ask(shop, "by=REF_AREA,ICT&REF_AREA=MAR,TUN,SEN".replace("REF_AREA,ICT", "ICT"))) == drawing("""
        period  ICT   REF_AREA  VICTIM_STATUS
        2022    _T    MAR       IDENT  6  A
        2022    _T    TUN       IDENT  4  A
        2022    _T    SEN       IDENT  ∅  L
        2022    NONE  MAR       IDENT  2  A
        2022    NONE  TUN       IDENT  ∅  L
        2022    NONE  SEN       IDENT  ∅  L
        2022    REC   MAR       IDENT  3  A
        2022    REC   TUN       IDENT  ∅  L
        2022    REC   SEN       IDENT  ∅  L
        2022    _U    MAR       IDENT  1  A
        2022    _U    TUN       IDENT  4  A
        2022    _U    SEN       IDENT  ∅  L
    """)
    assert "0 A" in table(ask(shop, "by=SEX&REF_AREA=TUN"))


def test_nothing_asked_is_the_total_of_every_period(open_shop):
    assert table(ask(open_shop, "")) == drawing("""
        period  VICTIM_STATUS
        2022    IDENT  10  A
    """)


def test_groups_come_with_a_finer_level_and_rows_that_add_up_can_be_had_alone(open_shop):
    whole = ask(open_shop, "by=AGE")
    assert [row.codes[0] for row in whole.rows] == ["_T", "Y_LT18", "Y0T11", "Y12T17", "Y_LT18_U", "Y_GE18", "_U"]
    assert [row.codes[0] for row in whole.rows if row.margin] == ["_T", "Y_LT18"]
    leaves = ask(open_shop, "by=AGE&totals=no")
    assert [row.codes[0] for row in leaves.rows] == ["Y0T11", "Y12T17", "Y_LT18_U", "Y_GE18", "_U"]


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("by=SEX&AGE=Y_LT18", [("F", "Y_LT18"), ("M", "Y_LT18"), ("_U", "Y_LT18")]),
        ("by=SEX&REF_AREA=_T", [("F", "_T"), ("M", "_T"), ("_U", "_T")]),
        ("SEX=F,_T", [("F",)]),
        ("SEX=_T", [("_T",)]),
        ("AGE=Y_LT18,Y0T11,Y_GE18", [("Y0T11",), ("Y_GE18",)]),
        ("AGE=Y_LT18,Y_GE18", [("Y_LT18",), ("Y_GE18",)]),
    ],
)
def test_a_code_that_was_named_is_left_out_only_beside_what_it_sums(open_shop, question, kept):
    answer = ask(open_shop, f"{question}&totals=no")
    assert [row.codes[:-1] for row in answer.rows] == kept
    assert not any(row.margin for row in answer.rows)


def test_of_several_tables_the_most_finely_divided_answers(open_shop):
    assert [source.cube for source in ask(open_shop, "by=SEX,AGE").sources] == ["sex-age"]
    assert [source.cube for source in ask(open_shop, "by=SEX,AGE&REF_AREA=MAR").sources] == ["area-sex-age"]
    assert [source.cube for source in ask(open_shop, "by=SEX").sources] == ["area-sex"]


def test_a_multi_response_dimension_shows_each_answer_and_says_that_they_may_add_up_to_more(open_shop):
    answer = ask(open_shop, "by=FORM&REF_AREA=MAR")
    assert table(answer) == drawing("""
        period  FORM   REF_AREA  VICTIM_STATUS
        2022    _T     MAR       IDENT  6  A
        2022    G_SEX  MAR       IDENT  3  A
        2022    BEG    MAR       IDENT  5  A
        2022    UNK    MAR       IDENT  ▒  Q
    """)
    assert "note.mentions" in [note.code for note in answer.notes]
    assert [row.value for row in ask(open_shop, "FORM=BEG:_O&REF_AREA=TUN").rows] == [None]


def test_a_table_about_some_persons_answers_only_when_they_are_named(open_shop):
    assert table(ask(open_shop, "by=ICT&AGE=Y_LT18&totals=no")) == drawing("""
        period  ICT   AGE     VICTIM_STATUS
        2022    NONE  Y_LT18  IDENT  ▒  Q
        2022    REC   Y_LT18  IDENT  3  A
        2022    _U    Y_LT18  IDENT  ▒  Q
    """)
    assert [source.cube for source in ask(open_shop, "by=ICT").sources] == ["area-ict"]


def test_a_table_about_one_of_several_answers_answers_when_that_is_named(tmp_path, batches):
    begging = 'id = "begging"\nby = ["ICT"]\nfilter.FORM = "BEG"'
    shop = Shop(tmp_path, plan(tmp_path, 'id = "area-ict"\nby = ["REF_AREA", "ICT"]', begging))
    shop.publish(batches)
    assert [source.cube for source in ask(shop, "by=ICT&FORM=BEG").sources] == ["begging"]
    assert [source.cube for source in ask(shop, "by=ICT").sources] == ["area-ict"]


def test_notes_say_what_regional_totals_are_and_whom_they_lack(open_shop):
    notes = {note.code: dict(note.facts) for note in ask(open_shop, "by=REF_AREA").notes}
    assert notes["note.registrations"] == {}
    assert notes["note.partial"] == {"period": "2022", "committees": "SEN"}
    assert {"note.not_collected"} <= notes.keys()
    assert {note.code for note in ask(open_shop, "by=SEX&REF_AREA=MAR").notes} == {"note.hidden"}
    assert notes.keys() <= codes()


def test_where_zeros_are_shown_a_mark_counts_one_at_least_and_its_note_says_so(open_shop, batches):
    """The mark says "nobody, or some" where zeros are hidden, and "some" where they are not; of both, the former."""
    open_shop.publish(batches, "2023")
    question = "by=SEX&REF_AREA=MAR&TIME_PERIOD="

    def said(periods: str) -> set[str]:
        return {note.code for note in ask(open_shop, question + periods).notes if note.code.startswith("note.hidden")}

    assert said("2023") == {"note.hidden"}
    digest = open_shop.publications[1].digest
    bundles = open_shop.opened._bundles
    bundles[digest] = replace(bundles[digest], zeros_hidden=False)
    assert said("2023") == {"note.hidden_counted"}
    assert said("2022,2023") == {"note.hidden"}


@pytest.mark.parametrize(
    "question",
    [
        "by=SEX,ICT",
        "by=REF_AREA,AGE&ICT=REC",
        "REF_AREA=EGY",
        "AGE=Y0T11&REF_AREA=MAR",
        "VICTIM_STATUS=PRESUMED",
        "by=VICTIM_STATUS",
        "by=ICT&AGE=Y_GE18",
        "by=ICT&AGE=Y_LT18,Y_GE18",
        "by=SEX&TIME_PERIOD=2019",
        "by=SEX&TIME_PERIOD=2022,2019",
        "by=ICT&AGE=Y_LT18&FORM=BEG",
        "FORM=SEX_PRO",
    ],
)
def test_what_was_not_declared_is_not_served_and_the_answer_lists_what_is(open_shop, question):
    with pytest.raises(CubeNotReleased) as refused:
        ask(open_shop, question)
    listed = refused.value.facts["released"]
    assert {"by": ["REF_AREA", "SEX"], "filter": {"VICTIM_STATUS": "IDENT"}, "periods": ["2022"]} in listed
    assert {"by": ["ICT"], "filter": {"AGE": "Y_LT18", "VICTIM_STATUS": "IDENT"}, "periods": ["2022"]} in listed
    assert len(listed) == 6


@pytest.mark.parametrize(
    ("question", "place", "reason"),
    [
        ("by=NAME", "by", "unknown_dimension"),
        ("by=SEX,", "by", "unknown_dimension"),
        ("by=PSEUDONYM", "by", "unknown_dimension"),
        ("NAME=x", "…", "unknown_dimension"),
        ("by=SEX,SEX", "by", "twice"),
        ("by=SEX&SEX=F", "by", "twice"),
        ("by=SEX&by=AGE", "by", "twice"),
        ("SEX=X", "SEX", "unknown_code"),
        ("SEX=", "SEX", "unknown_code"),
        ("SEX=F,", "SEX", "unknown_code"),
        ("REF_AREA=FRA", "REF_AREA", "unknown_code"),
        ("TIME_PERIOD=22", "TIME_PERIOD", "period"),
        ("TIME_PERIOD=٢٠٢٢", "TIME_PERIOD", "period"),
        ("NAME=x&NAME=y", "…", "twice"),
        ("TIME_PERIOD=2022-Q1", "TIME_PERIOD", "period"),
        ("totals=maybe", "totals", "yes_or_no"),
        ("vintage=0", "vintage", "vintage"),
        ("vintage=", "vintage", "vintage"),
        ("vintage=latest", "vintage", "vintage"),
        ("SEX=" + "x" * 300, "SEX", "unknown_code"),
    ],
)
def test_a_question_that_cannot_be_read_names_the_place_and_repeats_nothing(open_shop, question, place, reason):
    with pytest.raises(QueryMalformed) as refused:
        ask(open_shop, question)
    assert refused.value.facts == {"place": place, "reason": f"query.{reason}"}
    assert f"rule.query.{reason}" in codes()


def test_a_vintage_that_does_not_exist_is_told_which_do(open_shop, batches):
    open_shop.publish(batches)
    open_shop.publish(batches, "2023")
    for question, asked, others in (
        ("by=SEX&vintage=3", 3, [1, 2]),
        ("by=SEX&TIME_PERIOD=2023&vintage=2", 2, [1]),
        ("by=SEX&TIME_PERIOD=2022&vintage=4", 4, [1, 2]),
    ):
        with pytest.raises(VintageNotReleased) as refused:
            ask(open_shop, question)
        assert refused.value.facts == {"vintage": asked, "vintages": others}
    with pytest.raises(CubeNotReleased):
        ask(open_shop, "by=SEX,ICT&vintage=3")


def test_a_dataflow_that_the_codebook_does_not_know_is_not_found(open_shop):
    with pytest.raises(NotInCodebook):
        parse("PERSONS", [], open_shop.catalogue, SMALL)


def test_several_periods_come_one_after_the_other(open_shop, batches):
    open_shop.publish(batches[:1], "2021")
    assert table(ask(open_shop, "")) == drawing("""
        period  VICTIM_STATUS
        2021    IDENT   6  A
        2022    IDENT  10  A
    """)
    assert [row.period for row in ask(open_shop, "TIME_PERIOD=2022,2021,2022").rows] == ["2021", "2022"]


def test_a_newer_publication_takes_the_place_of_the_earlier(open_shop, batches):
    open_shop.publish(batches[:1], at=NOON + timedelta(days=1))
    assert [row.value for row in ask(open_shop, "").rows] == [6]
    assert len(open_shop.catalogue.current("VICTIMS")) == 1
    assert open_shop.catalogue.release("rel_0").about.release == "rel_0"


def test_a_withdrawn_release_is_gone_and_what_it_superseded_does_not_come_back(open_shop, batches):
    open_shop.publish(batches[:1], at=NOON + timedelta(days=1))
    open_shop.withdraw(1)
    with pytest.raises(Withdrawn) as gone:
        ask(open_shop, "TIME_PERIOD=2022")
    assert gone.value.facts == {"release": "rel_1"}
    with pytest.raises(CubeNotReleased):
        ask(open_shop, "")
    with pytest.raises(Withdrawn):
        open_shop.catalogue.release("rel_1")
    assert open_shop.catalogue.dataflows() == ()
    assert [one.release for one in open_shop.catalogue.withdrawn("VICTIMS")] == ["rel_1"]


def notes(answer: Slice) -> list[tuple[str, dict[str, str]]]:
    return [(note.code, dict(note.facts)) for note in answer.notes if "vintage" in note.facts]


def test_an_older_vintage_is_read_by_its_number_and_says_that_it_is_superseded(open_shop, batches):
    assert notes(ask(open_shop, "")) == []
    open_shop.publish(batches[:1], at=NOON + timedelta(days=1))
    latest, first = ask(open_shop, ""), ask(open_shop, "TIME_PERIOD=2022&vintage=1")
    assert ([row.value for row in latest.rows], [row.value for row in first.rows]) == ([6], [10])
    assert ([one.vintage for one in latest.sources], [one.vintage for one in first.sources]) == ([2], [1])
    assert notes(latest) == [("note.vintage", {"period": "2022", "vintage": "2", "latest": "2"})]
    assert notes(first) == [("note.superseded", {"period": "2022", "vintage": "1", "latest": "2"})]
    assert {code for code, _ in (*notes(latest), *notes(first))} <= codes()
    with pytest.raises(VintageNotReleased):
        ask(open_shop, "vintage=3")


def test_a_withdrawn_vintage_is_gone_and_the_others_stay(open_shop, batches):
    open_shop.publish(batches[:1], at=NOON + timedelta(days=1))
    open_shop.withdraw(0)
    assert [row.value for row in ask(open_shop, "").rows] == [6]
    with pytest.raises(Withdrawn):
        ask(open_shop, "TIME_PERIOD=2022&vintage=1")


def test_of_two_plans_about_the_same_persons_the_finer_table_answers(open_shop, batches, tmp_path):
    (tmp_path / "other").mkdir()
    declared = plan(tmp_path / "other", 'id = "area-all"\nby = ["REF_AREA", "SEX", "AGE", "ICT"]')
    other = Shop(tmp_path, replace(declared, id="other"))
    other.publications = open_shop.publications
    other.publish(batches)
    assert len(other.catalogue.current("VICTIMS")) == 2
    both = ask(other, "by=ICT,SEX&REF_AREA=MAR"), ask(other, "by=SEX")
    assert [answer.sources[0].release for answer in both] == ["rel_1", "rel_0"]
    other.publications[0] = replace(other.publications[0], withdrawn_at=NOON)
    assert ask(other, "by=SEX").sources[0].release == "rel_1"
    with pytest.raises(Withdrawn):
        ask(other, "by=FORM&TIME_PERIOD=2022")


def test_a_question_read_before_a_withdrawal_is_not_answered_after_it(open_shop):
    question = parse("VICTIMS", [("by", "SEX")], open_shop.catalogue, SMALL)
    open_shop.withdraw(0)
    with pytest.raises(CubeNotReleased):
        cut(question, open_shop.catalogue, SMALL)
