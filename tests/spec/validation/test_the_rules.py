"""The manual's chapter on rules: what two cells, or two rows, may not say together, and what they may.

Each line is a row of a contribution, in short: what differs from a sound row, and what is found in it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from amana.codebook.model import Kind
from amana.findings import Finding, Severity
from amana.validation.catalogue import CatalogueInvalid, catalogue, read
from amana.validation.judge import Judgement, judge
from amana.validation.rules_crossed import conditions
from amana.wording.load import LANGUAGES, codes, sentence
from support.contributions import BOOK, RECOGNISERS, drawn, row, write


def flags(variable: str, *yes: str, dataflow: str = "VICTIMS", no: str = "0") -> dict[str, str]:
    """All flags of a multi-response variable, ``yes`` ones 1."""
    codes_ = BOOK.list_of(BOOK.dataflow(dataflow).variable(variable)).storable
    return {code: "1" if code in yes else no for code in codes_}


def judged(folder: Path, *rows: dict[str, str], dataflow: str = "VICTIMS") -> Judgement:
    about = {"dataflow": dataflow, "committee": "MAR", "period": "2022"}
    return judge(write(folder, rows), **about, book=BOOK, recognisers=RECOGNISERS)


def found(judgement: Judgement) -> dict[str, str]:
    return {one.rule: one.severity.value for one in judgement.findings}


ADULT, CHILD, ALONE = {"AGE": "30"}, {"AGE": "16"}, {"CHILD_STATUS": "UNACCOMPANIED"}


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        # Means are asked of an adult alone (Palermo 3c, 448-1): a child has been trafficked without any.
        ({**ADULT, **flags("MEANS")}, "means.none"),
        ({**CHILD, **flags("MEANS")}, None),
        ({**ADULT, **flags("MEANS", no="_U")}, None),
        ({**ADULT, **flags("MEANS", "MNS_DEC")}, None),
        ({**ADULT, **flags("MEANS"), "VICTIM_STATUS": "PRESUMED"}, None),
        ({"AGE": "_U", **flags("MEANS")}, None),
        # An act, however, belongs to every identified case.
        ({**CHILD, **flags("ACT")}, "act.none"),
        ({**CHILD, **flags("ACT", "ACT_HRB")}, None),
        # Ages come in order: entry, exploitation, identification. Bands are above only where they must be.
        ({"AGE": "16", "AGE_ENTRY": "17"}, "age.order"),
        ({"AGE": "16", "AGE_ENTRY": "16"}, None),
        ({"AGE": "16", "AGE_ENTRY": "Y12T17"}, None),
        ({"AGE": "Y9T11", "AGE_ENTRY": "Y12T17"}, "age.order"),
        ({"AGE": "Y_LT18", "AGE_ENTRY": "Y_GE18"}, "age.order"),
        ({"AGE": "_U", "AGE_ENTRY": "40", "AGE_EXPLOITATION": "30"}, "age.order"),
        ({"AGE": "40", "AGE_ENTRY": "_U", "AGE_EXPLOITATION": "30"}, None),
        ({"AGE": "17", "AGE_BASIS": "DOCUMENT"}, None),
        ({"AGE": "Y_LT18", "AGE_BASIS": "DOCUMENT"}, "age.basis"),
        ({**ADULT, "EXP_LAB_CHD": "1"}, "age.childs_form"),
        ({**ADULT, "EXP_LAB_CHD": "1", "AGE_EXPLOITATION": "12"}, None),
        ({**CHILD, "EXP_LAB_CHD": "1"}, None),
        # Presumed and identified are told apart, and who decided it.
        ({"VICTIM_STATUS": "_U"}, "status.unknown"),
        ({"DECIDED_BY": "NGO"}, "status.decider"),
        ({"DECIDED_BY": "NGO", "VICTIM_STATUS": "PRESUMED"}, None),
        # Technology, sector, smuggling.
        ({"ICT_FACILITATION": "NONE", **flags("ICT_CHANNEL", "ICT_SOC")}, "ict.contradiction"),
        ({"ICT_FACILITATION": "NONE", **flags("ICT_CHANNEL")}, None),
        ({"ICT_FACILITATION": "NONE", "EXP_SEX_RMT": "1"}, "ict.contradiction"),
        ({"EXP_LAB": "1", "SECTOR": "_Z"}, "sector.missing"),
        ({"EXP_LAB": "1", "SECTOR": "_U"}, None),
        ({"SECTOR": "_Z"}, None),
        ({"EXP_LAB_DOM": "1", "SECTOR": "A"}, "sector.domestic"),
        ({"EXP_LAB_DOM": "1", "SECTOR": "T"}, None),
        ({"EXP_LAB_DOM": "1", "EXP_LAB": "1", "SECTOR": "A"}, None),
        ({"SMUGGLING_LINK": "YES", "ROUTE": "INTERNAL"}, "smuggling.route"),
        ({"SMUGGLING_LINK": "YES", "ROUTE": "ATL"}, None),
        ({"SMUGGLING_LINK": "YES", "EXP_BEG": "0", "EXP_UNK": "1"}, "smuggling.mixed"),
        # What was done, and in which order.
        ({"REFERRAL_STEP": "IDENTIFIED", **flags("REFERRAL", "REF_SHE")}, "referral.early"),
        ({"REFERRAL_STEP": "ASSISTED", **flags("REFERRAL", "REF_SHE")}, None),
        ({"REFERRAL_STEP": "ASSISTED", **flags("REFERRAL")}, "referral.none"),
        ({"REFERRAL_STEP": "ASSISTED", **flags("REFERRAL", no="_U")}, None),
        ({"VICTIM_STATUS": "PRESUMED", **flags("REFERRAL", "REF_REI")}, "return.early"),
        ({"ROUTE": "CMED", "CONTINUITY": "_Z"}, "continuity.needed"),
        ({"ROUTE": "INTERNAL", "CONTINUITY": "_Z"}, None),
        # Blank, zero and unknown are three things; other people's words for "unknown" are told what ours is.
        ({"SEX": "-99"}, "cell.unknown_mark"),
        ({"SEX": "غير معروفة"}, "cell.unknown_mark"),
        ({"EXP_LAB": "N/A"}, "cell.unknown_mark"),
        ({"AGE": "99"}, None),
        ({"SEX": "المَجموع"}, "totals.row"),
        ({"CITIZENSHIP": " Total : "}, "totals.row"),
    ],
)  # fmt: skip
def test_a_victims_row(tmp_path: Path, cells: dict[str, str], rule: str | None) -> None:
    judgement = judged(tmp_path, row(1, **cells))
    assert set(found(judgement)) == ({rule} if rule else set())
    settled = {one.rule: one.severity for one in judgement.findings}
    assert all(catalogue().entries[name].severity is severity for name, severity in settled.items())
    assert all(one.row == 2 and one.column in {*row(1, **cells)} for one in judgement.findings)


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"CHILD_STATUS": "ACCOMPANIED", "SEPARATION_CAUSE": "CONFLICT"}, "child.cause_given"),
        ({"CHILD_STATUS": "ACCOMPANIED", "SEPARATION_CAUSE": "_Z"}, None),
        ({"CHILD_STATUS": "SEPARATED", "SEPARATION_CAUSE": "_Z"}, "child.cause_missing"),
        ({"CHILD_STATUS": "SEPARATED", "SEPARATION_CAUSE": "_U"}, None),
        ({"CHILD_STATUS": "ACCOMPANIED", "TRACING": "OPEN"}, "child.tracing_given"),
        ({"CHILD_STATUS": "ACCOMPANIED", "TRACING": "REUNIFIED"}, None),
        ({"CHILD_STATUS": "UNACCOMPANIED", "TRACING": "_Z"}, "child.tracing_missing"),
        ({"CHILD_STATUS": "ACCOMPANIED", "CARE": "NO_CARE"}, "child.alone_yet_accompanied"),
        ({"CHILD_STATUS": "UNACCOMPANIED", "CARE": "KINSHIP"}, "child.relatives_yet_alone"),
        ({"CHILD_STATUS": "SEPARATED", "CARE": "KINSHIP"}, None),
        ({"CHILD_STATUS": "SEPARATED", "CARE": "PARENTS"}, "child.parents_yet_separated"),
        ({"CHILD_STATUS": "UNACCOMPANIED", "CARE": "KAFALA"}, "child.kafala"),
        ({"CHILD_STATUS": "SEPARATED", "CARE": "KAFALA", "GUARDIANSHIP": "NONE"}, "child.kafala"),
        ({"CHILD_STATUS": "SEPARATED", "CARE": "KAFALA", "GUARDIANSHIP": "APPOINTED"}, None),
        ({"CHILD_STATUS": "UNACCOMPANIED", "CARE": "NO_CARE", "GUARDIANSHIP": "NONE"}, None),
        ({"CHILD_STATUS": "UNACCOMPANIED", "GUARDIANSHIP": "_Z"}, "child.guardian_missing"),
        ({**ALONE, "BEST_INTERESTS": "NOT_STARTED", "SOLUTION": "RETURN"}, "child.solution_early"),
        ({**ALONE, "BEST_INTERESTS": "COMPLETED", "SOLUTION": "RETURN"}, None),
        ({"DISPLACEMENT": "STATELESS"}, "child.stateless"),
        ({"DISPLACEMENT": "STATELESS", "CITIZENSHIP": "XXA"}, None),
        ({"TRAFFICKING_LINK": "NO", **flags("CONCERN", "CON_TIP", dataflow="CHILDREN")}, "link.denied"),
        ({"SMUGGLING_LINK": "NO", **flags("CONCERN", "CON_SMG", dataflow="CHILDREN")}, "link.denied"),
        ({"TRAFFICKING_LINK": "YES", **flags("CONCERN", dataflow="CHILDREN")}, "link.unsaid"),
        ({"SMUGGLING_LINK": "YES", "TRAFFICKING_LINK": "NO", **flags("CONCERN", "CON_SMG", dataflow="CHILDREN")}, None),
    ],
)  # fmt: skip
def test_a_childs_row(tmp_path: Path, cells: dict[str, str], rule: str | None) -> None:
    judgement = judged(tmp_path, row(1, "CHILDREN", **cells), dataflow="CHILDREN")
    assert set(found(judgement)) == ({rule} if rule else set())


def counted(folder: Path, dataflow: str, drawing: str) -> set[tuple[str, int | None]]:
    path = folder / "counts.csv"
    path.write_text(drawn(drawing), encoding="utf-8")
    about = {"dataflow": dataflow, "committee": "MAR", "period": "2022"}
    return {(one.rule, one.row) for one in judge(path, **about, book=BOOK, recognisers=RECOGNISERS).findings}


def test_offences_have_no_sex_and_persons_have_one(tmp_path: Path) -> None:
    assert counted(tmp_path, "JUSTICE", """
        STAGE     | SEX | EXPLOITATION | NATIONALITY | ARTICLE | OBS_VALUE
        OFFENCES  | _Z  | EXP_SEX      | _Z          | TIP     | 5
        OFFENCES  | M   | EXP_LAB      | _Z          | TIP     | 5
        SUSPECTED | _Z  | EXP_SEX      | NATIONAL    | TIP     | 5
        SUSPECTED | _U  | EXP_SEX      | _Z          | TIP     | 5
    """) == {("unit.offence", 3), ("unit.person", 4), ("unit.person", 5)}  # fmt: skip


def test_more_convicted_than_prosecuted_asks_for_a_second_look(tmp_path: Path) -> None:
    drawing = """
        STAGE      | SEX | EXPLOITATION | NATIONALITY | ARTICLE | OBS_VALUE
        SUSPECTED  | M   | EXP_SEX      | NATIONAL    | TIP     | 20
        PROSECUTED | M   | EXP_SEX      | NATIONAL    | TIP     | {prosecuted}
        CONVICTED  | M   | EXP_SEX      | NATIONAL    | TIP     | 7
        CONVICTED  | F   | EXP_SEX      | FOREIGN     | TIP     | 5
    """
    assert counted(tmp_path, "JUSTICE", drawing.format(prosecuted=12)) == set()
    assert counted(tmp_path, "JUSTICE", drawing.format(prosecuted=11)) == {("justice.stages", 4)}


def test_smuggling_is_named_wherever_it_stands_among_trafficking(tmp_path: Path) -> None:
    assert counted(tmp_path, "JUSTICE", """
        STAGE     | SEX | EXPLOITATION | NATIONALITY | ARTICLE   | OBS_VALUE
        CONVICTED | M   | EXP_SEX      | NATIONAL    | TIP       | 92
        CONVICTED | M   | EXP_UNK      | NATIONAL    | SMUGGLING | 18
    """) == {("justice.smuggling", 3)}  # fmt: skip


@pytest.mark.parametrize(
    ("total", "more"),
    [("12", set()), ("11", {("totals.smaller", 4)}), ("13", {("totals.larger", 4)}), ("twelve", set())],
)
@pytest.mark.parametrize("word", ["_T", "Total", "المجموع", "TOTAUX"])
def test_a_total_is_refused_and_set_against_its_parts(
    tmp_path: Path, word: str, total: str, more: set[tuple[str, int]]
) -> None:
    """So that the sender learns whether her own table adds up, before she takes the total out."""
    assert counted(tmp_path, "JUSTICE", f"""
        STAGE     | SEX    | EXPLOITATION | NATIONALITY | ARTICLE | OBS_VALUE
        CONVICTED | M      | EXP_SEX      | NATIONAL    | TIP     | 7
        CONVICTED | F      | EXP_SEX      | NATIONAL    | TIP     | 5
        CONVICTED | {word} | EXP_SEX      | NATIONAL    | TIP     | {total}
        CONVICTED | M      | EXP_BEG      | NATIONAL    | TIP     | 9
    """) == {("totals.row", 4), *more}  # fmt: skip


def test_a_group_smaller_than_its_forms_cannot_be(tmp_path: Path) -> None:
    assert counted(tmp_path, "JUSTICE", """
        STAGE     | SEX | EXPLOITATION | NATIONALITY | ARTICLE | OBS_VALUE
        CONVICTED | M   | EXP_SEX_PRO  | NATIONAL    | TIP     | 7
        CONVICTED | M   | EXP_SEX_PORN | NATIONAL    | TIP     | 5
        CONVICTED | M   | EXG_SEX      | NATIONAL    | TIP     | 6
    """) == {("code.coarse", 4), ("totals.smaller", 4)}  # fmt: skip


def test_nobody_takes_part_in_no_activity(tmp_path: Path) -> None:
    assert counted(tmp_path, "ACTIVITIES", """
        MEASURE      | ACTIVITY  | AUDIENCE | SEX | OBS_VALUE
        ACTIVITIES   | TRAINING  | BORDER   | _Z  | 0
        PARTICIPANTS | TRAINING  | BORDER   | F   | 28
        PARTICIPANTS | AWARENESS | CHILDREN | _U  | 150
        ACTIVITIES   | CAMPAIGN  | PUBLIC   | F   | 2
        PARTICIPANTS | CAMPAIGN  | PUBLIC   | _Z  | 9
    """) == {("activities.participants", 3), ("unit.activity", 5)}  # fmt: skip


def test_a_total_row_of_a_spreadsheet_is_told_once_and_not_column_by_column(tmp_path: Path) -> None:
    total = {**dict.fromkeys(row(1), ""), "SEX": "المجموع", "EXP_BEG": "2"}
    judgement = judged(tmp_path, row(1), row(2), total)
    assert [(one.rule, one.column, one.row) for one in judgement.findings] == [("totals.row", "SEX", 4)]


def test_a_file_that_mixes_presumed_and_identified_victims_is_accepted_and_says_so(tmp_path: Path) -> None:
    mixed = judged(tmp_path, row(1), row(2, VICTIM_STATUS="PRESUMED"))
    assert mixed.accepted
    assert [(one.rule, one.severity, one.row) for one in mixed.findings] == [("status.mixed", Severity.WARNING, None)]
    assert judged(tmp_path, row(1), row(2)).findings == ()


def test_a_person_comes_once_in_a_period_and_again_in_a_later_one(tmp_path: Path) -> None:
    """Re-trafficking is legitimate: another period's file holds the same pseudonym, and nothing is found."""
    again = row(1)
    assert set(found(judged(tmp_path, again, row(2), again))) == {"pseudonym.duplicate"}
    about = {"dataflow": "VICTIMS", "committee": "MAR", "book": BOOK, "recognisers": RECOGNISERS}
    for period in ("2021", "2022"):
        assert judge(write(tmp_path, [again, row(2)]), period=period, **about).findings == ()


def test_a_question_that_nobody_ever_answers_with_yes_was_perhaps_not_asked(tmp_path: Path) -> None:
    silent = [row(n, **flags("INDICATOR")) for n in range(25)]
    (finding,) = judged(tmp_path, *silent).findings
    assert (finding.rule, finding.column, finding.row) == ("multi.never", "IND_DOC", None)
    assert finding.facts == {"variable": "INDICATOR"}
    assert judged(tmp_path, *silent[:10]).findings == ()
    assert judged(tmp_path, *silent[1:], row(0, **flags("INDICATOR", no="_U"))).findings == ()


def test_no_rule_of_a_condition_repeats_a_cell(tmp_path: Path) -> None:
    rows = [row(1, **ADULT, **flags("MEANS"), SECTOR="_Z", EXP_LAB="1", AGE_ENTRY="55", SEX="fém")]
    judgement = judged(tmp_path, *rows)
    assert len(judgement.findings) == 4
    assert "55" not in repr(judgement)
    assert "fém" not in repr(judgement)


def test_every_condition_of_the_table_is_asked_of_some_dataflow() -> None:
    asked = {(one.rule, one.at) for flow in BOOK.dataflows.values() for one in conditions(flow, BOOK)}
    assert asked == {(entry.id, when.at) for entry in catalogue().entries.values() for when in entry.when}


def test_every_rule_says_how_severe_it_is_on_what_it_rests_and_in_three_languages() -> None:
    told = {code.removeprefix("rule.") for code in codes() if code.startswith("rule.")}
    elsewhere = {"codebook", "plan", "query"}  # no findings in a contribution: refusals of documents and questions
    assert {one for one in told if one.split(".")[0] not in elsewhere} == set(catalogue().entries)
    for entry in catalogue().entries.values():
        for language in LANGUAGES:
            assert sentence(f"source.{entry.source}", language) != f"source.{entry.source}"
        assert entry.confidence in "CVRP"


def test_what_to_do_uses_only_facts_that_a_finding_has(tmp_path: Path) -> None:
    """A sentence with an open place would tell nobody what to do."""
    odd = {"SEX": "x", "CITIZENSHIP": "mar", "AGE": "", "EXP_LAB": "maybe", "EXP_BEG": "0", "AREA_EXPLOITATION": "NS"}
    rows = [row(1, **odd), row(2, AGE_ENTRY="9", AGE="8", EXP_UNK="1", CITIZENSHIP="M49_011")]
    judgement = judged(tmp_path, *[{**one, "AGE_ENTRY": one.get("AGE_ENTRY", "_U")} for one in rows])
    assert len(judgement.findings) > 3
    for one in judgement.findings:
        for language in LANGUAGES:
            assert "…" not in sentence(f"fix.{one.rule}", language, one.told), one


@pytest.mark.parametrize(
    ("changed", "to"),
    [
        ('severity = "warning"', 'severity = "mild"'),
        ('kind = "range"', 'kind = "guess"'),
        ('source = "child"', 'source = "rumour"'),
        ('child = "C"', 'child = "X"'),
        ('child = "C"', 'nobody_wrote_of_it = "C"\nchild = "C"'),
        ('["age.adult"]', '["age.unwritten"]'),
        ('when = [{ at = "SECTOR"', 'when = [{ near = "SECTOR"'),
        ('kind = "range"', 'kind = "range"\nmood = "strict"'),
        ("\n[words]\n", "\n[sayings]\n"),
        ("\n[sources]\n", "\n[sources\n"),
    ],
)
def test_a_catalogue_that_contradicts_itself_is_refused(changed: str, to: str) -> None:
    from amana.validation.catalogue import FILE

    text = FILE.read_text(encoding="utf-8")
    assert changed in text
    read(text)
    with pytest.raises(CatalogueInvalid):
        read(text.replace(changed, to, 1))


def test_a_settled_finding_keeps_its_place() -> None:
    finding = Finding("means.none", row=3, letter="B", count=2)
    assert catalogue().settled(finding) == Finding("means.none", Severity.WARNING, row=3, letter="B", count=2)
    assert catalogue().settled(Finding("identifier.phone", Severity.WARNING)).severity is Severity.WARNING


def test_flags_are_those_of_the_codebook() -> None:
    asked = {flag for flow in BOOK.dataflows.values() for one in conditions(flow, BOOK) for flag in (*one.yes, *one.no)}
    multi = {
        column.name
        for flow in BOOK.dataflows.values()
        for column in flow.columns(BOOK)
        if column.code and flow.variable(column.variable).kind is Kind.MULTI
    }
    assert asked <= multi
