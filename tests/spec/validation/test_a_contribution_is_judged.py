"""The manual's chapter on judging: what a committee sends, and what it is told. Rows are those of its own file."""

from __future__ import annotations

from pathlib import Path

import pytest

from amana.findings import Finding
from amana.validation.judge import Judgement, judge
from support.contributions import BOOK, RECOGNISERS, drawn, pseudonym, row, write


def judged(folder: Path, *rows: dict[str, str], dataflow: str = "VICTIMS", committee: str = "MAR") -> Judgement:
    path = write(folder, rows)
    return judge(path, dataflow=dataflow, committee=committee, period="2022", book=BOOK, recognisers=RECOGNISERS)


def told(judgement: Judgement) -> set[tuple[str, str | None, int | None, int]]:
    return {(one.rule, one.column, one.row, one.count) for one in judgement.findings}


def test_a_sound_file_is_accepted_without_a_word(tmp_path: Path) -> None:
    judgement = judged(tmp_path, row(1), row(2, SEX="_U", AGE="Y30T38"))
    assert judgement.accepted
    assert judgement.findings == ()
    assert judgement.rows == 2


@pytest.mark.parametrize(
    ("changed", "rule", "column"),
    [
        ({"SEX": ""}, "cell.blank", "SEX"),
        ({"EXP_SEX": " "}, "cell.blank", "EXP_SEX"),
        ({"SEX": "X"}, "code.unknown", "SEX"),
        ({"SEX": "f"}, "code.spelling", "SEX"),
        ({"SEX": "F "}, "code.spelling", "SEX"),
        ({"CITIZENSHIP": "M49_011"}, "code.coarse", "CITIZENSHIP"),
        ({"SEX": "_T"}, "totals.row", "SEX"),
        ({"EXP_LAB": "yes"}, "flag.form", "EXP_LAB"),
        ({"AGE": "121"}, "age.form", "AGE"),
        ({"AGE": "-1"}, "age.form", "AGE"),
        ({"AGE": "07"}, "age.form", "AGE"),
        ({"AGE": "17.5"}, "age.form", "AGE"),
        ({"AGE": "Y5T11"}, "age.form", "AGE"),
        ({"EXP_BEG": "0"}, "multi.none", "EXP_UNK"),
        ({"EXP_UNK": "1"}, "multi.contradiction", "EXP_UNK"),
        ({"CONSENT_REPORTING": "NO"}, "consent.refused", "CONSENT_REPORTING"),
        ({"CONSENT_REPORTING": "_U"}, "basis.missing", "CONSENT_REPORTING"),
        ({"CONSENT_REPORTING": "_Z", "LEGAL_BASIS": "_U"}, "basis.missing", "LEGAL_BASIS"),
        ({"CONSENT_REPORTING": "_U", "LEGAL_BASIS": "CONSENT"}, "basis.missing", "LEGAL_BASIS"),
        ({"PSEUDONYM": "12"}, "pseudonym.form", "PSEUDONYM"),
        ({"PSEUDONYM": "Fatima"}, "pseudonym.form", "PSEUDONYM"),
        ({"PSEUDONYM": "0" * 64}, "pseudonym.form", "PSEUDONYM"),
        ({"PSEUDONYM": "fatima_zahra_bent_mohammed_el_idrissi"}, "pseudonym.form", "PSEUDONYM"),
        ({"PSEUDONYM": pseudonym(1)}, "pseudonym.duplicate", "PSEUDONYM"),
        ({"PSEUDONYM": pseudonym(1)[:-1] + "0"}, "pseudonym.sequential", "PSEUDONYM"),
        ({"EVENT": "7"}, "pseudonym.form", "EVENT"),
    ],
)  # fmt: skip
def test_each_rule_names_its_row_and_column_and_no_value(
    tmp_path: Path, changed: dict[str, str], rule: str, column: str
) -> None:
    optional = {"LEGAL_BASIS": "PUBLIC", "EVENT": pseudonym(90)}
    extra = {name: cell for name, cell in optional.items() if name in changed}
    judgement = judged(tmp_path, row(1, **extra), row(2, **{**extra, **changed}))
    assert not judgement.accepted
    found = {one.rule: one for one in judgement.findings if one.rule != "identifier.name"}  # it is a name as well
    assert set(found) == {rule}
    both = rule in {"pseudonym.duplicate", "pseudonym.sequential"}
    assert (found[rule].column, found[rule].row, found[rule].count) == (column, 2 if both else 3, 2 if both else 1)


@pytest.mark.parametrize("changed", [{"CONSENT_REPORTING": "_Z"}, {"CONSENT_REPORTING": "_U"}])
def test_another_basis_than_consent_makes_a_row_lawful(tmp_path: Path, changed: dict[str, str]) -> None:
    assert judged(tmp_path, row(1, LEGAL_BASIS="JUDGE", **changed)).accepted


def test_an_unknown_event_is_written_as_unknown(tmp_path: Path) -> None:
    assert judged(tmp_path, row(1, EVENT="_U"), row(2, EVENT=pseudonym(7)), row(3, EVENT=pseudonym(7))).accepted


@pytest.mark.parametrize("age", ["0", "17", "120", "Y0T4", "Y_LT18", "Y_GE18", "Y_LT18_U", "Y_GE60", "_U"])
def test_an_age_is_a_year_or_a_code(tmp_path: Path, age: str) -> None:
    assert judged(tmp_path, row(1, AGE=age)).accepted


@pytest.mark.parametrize("age", ["18", "40", "Y18T20", "Y_GE18", "Y_GE60"])
def test_an_adult_has_no_place_among_children(tmp_path: Path, age: str) -> None:
    children = [row(1, "CHILDREN"), row(2, "CHILDREN", AGE=age)]
    assert told(judged(tmp_path, *children, dataflow="CHILDREN")) == {("age.adult", "AGE", 3, 1)}


def test_all_rows_at_fault_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    rows = [row(number, SEX="X" if number > 3 else "M") for number in range(1, 41)]
    (finding,) = judged(tmp_path, *rows).findings
    assert (finding.row, finding.count, finding.facts["rows"]) == (5, 37, list(range(5, 25)))


def test_rows_may_be_left_out_but_never_stand_without_a_lawful_basis(tmp_path: Path) -> None:
    rows = [row(1), row(2, CONSENT_REPORTING="NO"), row(3, CONSENT_REPORTING="_U"), row(4)]
    found = told(judged(tmp_path, *rows))
    assert found == {("consent.refused", "CONSENT_REPORTING", 3, 1), ("basis.missing", "CONSENT_REPORTING", 4, 1)}


def test_counts_of_offences_come_as_a_table(tmp_path: Path) -> None:
    path = tmp_path / "justice.csv"
    flow = BOOK.dataflow("JUSTICE")
    stage, nationality = (BOOK.list_of(flow.variable(name)).storable[-1] for name in ("STAGE", "NATIONALITY"))
    article = "TIP"
    drawing = """
        STAGE | SEX | EXPLOITATION | NATIONALITY | ARTICLE | OBS_VALUE
        {s}   | M   | EXP_SEX      | {n}         | {a}     | 12
        {s}   | F   | EXP_SEX      | {n}         | {a}     | {value}
        {s}   | M   | EXP_SEX      | {n}         | {a}     | 3
    """

    def answer(value: str) -> set[tuple[str, str | None, int | None, int]]:
        path.write_text(drawn(drawing.format(s=stage, n=nationality, a=article, value=value)))
        about = {"dataflow": "JUSTICE", "committee": "MAR", "period": "2022"}
        return told(judge(path, **about, book=BOOK, recognisers=RECOGNISERS))

    twice = ("value.duplicate", "OBS_VALUE", 2, 2)
    assert answer("20123456") == {twice}
    for value in ("-1", "3.5", "007", "x"):
        assert answer(value) == {twice, ("value.form", "OBS_VALUE", 3, 1)}


def test_an_identifier_refuses_the_batch_and_only_its_shape_is_told(tmp_path: Path) -> None:
    judgement = judged(tmp_path, row(1), row(2, SEX="fatima.z@example.ma"))
    finding = judgement.findings[0]
    assert (finding.rule, finding.column, finding.row) == ("identifier.email", "SEX", 3)
    assert finding.facts["shape"] == "AAAAAA.A@AAAAAAA.AA"
    assert "fatima" not in repr(judgement)
    assert not judgement.accepted


@pytest.mark.parametrize("column", ["PSEUDONYM", "EVENT", "ENTITY"])
def test_an_identifier_is_found_where_free_text_would_fit(tmp_path: Path, column: str) -> None:
    rows = [
        {**row(1), "EVENT": "_U", "ENTITY": "_U"},
        {**row(2), "EVENT": "_U", "ENTITY": "_U", column: "a.b@mail.org"},
    ]
    assert ("identifier.email", column, 3, 1) in told(judged(tmp_path, *rows))


def test_a_foreign_column_is_searched_all_the_same(tmp_path: Path) -> None:
    rows = [{**row(1), "remarques": "voir dossier"}, {**row(2), "remarques": "appeler le 06 61 23 45 67"}]
    found = {(one.rule, one.letter, one.row) for one in judged(tmp_path, *rows).findings}
    assert found == {("header.unknown", "AD", 1), ("identifier.phone", "AD", 3)}


def test_a_file_without_its_header_is_recognised_as_data(tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    path.write_text("fatima@example.ma,BK123456\nx,y\n")
    about = {"dataflow": "VICTIMS", "committee": "MAR", "period": "2022"}
    findings = judge(path, **about, book=BOOK, recognisers=RECOGNISERS).findings
    assert {"identifier.email", "identifier.national_number"} <= {one.rule for one in findings}


def test_every_rule_that_can_be_found_has_its_sentence() -> None:
    import ast

    from amana.config import HOME
    from amana.wording.load import LANGUAGES, codes, sentence

    calls = [
        node
        for room in ("reading", "identifiers", "validation", "intake", "worker")
        for path in (HOME / "platform" / "amana" / room).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    named = {
        call.args[0].value
        for call in calls
        if (getattr(call.func, "id", "") == "Finding" or getattr(call.func, "attr", "") in {"at", "finding"})
        and call.args
        and isinstance(call.args[0], ast.Constant)
    } | {form.rule for form in RECOGNISERS.forms.values()}
    assert len(named) > 40
    for rule in sorted(named):
        assert f"rule.{rule}" in codes(), rule
        told = Finding(rule, row=3, column="SEX", letter="B", count=2, facts={"rows": [3, 4]}).told
        assert "{" not in sentence(f"rule.{rule}", LANGUAGES[0], told)
