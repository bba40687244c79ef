"""Each mapping that Amana ships reads a file of exactly the shape it is for, as the manual says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from amana.mapping import shipped, toml
from amana.mapping.apply import Application, Canonical
from amana.mapping.check import check
from amana.mapping.document import ColumnMap, KeyNeeded, Kind, NationalMapping
from amana.mapping.keying import Home
from amana.reading.open import open_file
from amana.validation.judge import judge
from amana.validation.national import National
from support import shapes
from support.contributions import BOOK, RECOGNISERS

HOME = Home(bytes(range(32)), "TUN", "2022")
SAID = {"CONSENT_REPORTING": "_Z", "LEGAL_BASIS": "PUBLIC", "AREA_EXPLOITATION": "TUN"}


def read(name: str, path: Path) -> Canonical:
    with open_file(path) as opened:
        application = Application(shipped.load(name), opened.sheet, BOOK, period="2022", home=HOME)
        assert application.fit.findings == ()
        (block,) = opened.blocks()
        assert opened.findings == ()
        return application.read(block)


def cells(told: Canonical, *columns: str) -> list[tuple[str | None, ...]]:
    return list(told.frame.select(columns).iter_rows())


def completed(name: str) -> NationalMapping:
    """The mapping with what only the committee can say."""
    mapping = shipped.load(name)
    told = {column.target for column in mapping.columns}
    more = [ColumnMap(Kind.CONSTANT, target=one, code=code) for one, code in SAID.items() if one not in told]
    if mapping.dataflow == "CHILDREN":
        more = [one for one in more if one.target == "LEGAL_BASIS"]
    return replace(mapping, columns=(*mapping.columns, *more))


def judged(name: str, path: Path, **options: bool):
    mapping = completed(name)
    return judge(
        path,
        dataflow=mapping.dataflow,
        committee="TUN",
        period="2022",
        book=BOOK,
        recognisers=RECOGNISERS,
        national=National((mapping,), home=HOME),
        **options,
    )


def refusing(findings: Sequence) -> set[tuple[str, str | None]]:
    return {(one.rule, one.letter) for one in findings if one.refuses}


@pytest.mark.parametrize("name", shipped.NAMES)
def test_a_shipped_mapping_holds_and_survives_paper(name: str) -> None:
    mapping = shipped.load(name)
    check(mapping, BOOK)
    assert toml.parse(toml.render(mapping)) == mapping
    assert mapping.source
    assert mapping.committee is None


CTDC = {"yearOfRegistration": "2022", "citizenship": "MLI", "CountryOfExploitation": "TUN"}


def test_the_ctdc_global_dataset_of_2020(tmp_path: Path) -> None:
    old = {**CTDC, "citizenship": "ML", "CountryOfExploitation": "TN"}
    rows: list[Mapping[str, str]] = [
        old | {"gender": "Female", "ageBroad": "9--17", "isForcedLabour": "1", "typeOfLabourDomesticWork": "1"},
        old | {"gender": "Male", "ageBroad": "-99", "citizenship": "ZZ", "typeOfLabourBegging": "1"},
        old | {"ageBroad": "18--20", "majorityEntry": "Minor", "isSexualExploit": "0", "isForcedLabour": "-99"},
        old | {"ageBroad": "48+", "recruiterRelationFamily": "1", "recruiterRelationFriend": "1"},
    ]
    assert len(shapes.CTDC_2020) == 63
    told = read("ctdc-2020", shapes.write(tmp_path / "ctdc.csv", shapes.CTDC_2020, rows))
    assert told.findings == ()
    assert cells(told, "SEX", "AGE", "AGE_ENTRY", "CITIZENSHIP", "AREA_EXPLOITATION", "SECTOR", "RECRUITER") == [
        ("F", "Y_LT18", "_U", "MLI", "TUN", "T", "_U"),
        ("M", "_U", "_U", "_U", "TUN", "_U", "_U"),
        ("_U", "Y18T20", "Y_LT18", "MLI", "TUN", "_U", "_U"),
        ("_U", "Y_GE18", "_U", "MLI", "TUN", "_U", "_U"),
    ]
    assert cells(told, "EXP_LAB", "EXP_LAB_DOM", "EXP_BEG", "EXP_SEX", "EXP_UNK") == [
        ("1", "1", "_U", "_U", "0"),
        ("_U", "_U", "1", "_U", "0"),
        ("_U", "_U", "_U", "0", "0"),  # a no is told: this is no "not known"
        ("_U", "_U", "_U", "_U", "1"),
    ]
    assert told.frame["PSEUDONYM"].n_unique() == 4


@pytest.mark.parametrize("header", [shapes.CTDC_2024, shapes.CTDC_2025], ids=["2024", "2025"])
def test_the_ctdc_global_synthetic_dataset(tmp_path: Path, header: tuple[str, ...]) -> None:
    sector = "typeOfLabourDomesticWork" if header is shapes.CTDC_2024 else "sectorOfLabourDomesticWork"
    rows = [
        CTDC | {"gender": "Woman", "ageBroad": "30--38", "isForcedLabour": "1", sector: "1", "meansThreats": "1"},
        CTDC | {"gender": "Trans/Transgender/NonConforming", "ageBroad": "0--8", "meansWithholdDocs": "1"},
    ]
    assert len(header) == 27
    path = shapes.write(tmp_path / "ctdc.csv", header, rows)
    told = read("ctdc-2024", path)
    assert told.findings == ()
    assert cells(told, "SEX", "AGE", "SECTOR", "EXP_LAB_DOM", "EXP_UNK", "CTL_DOC", "CTL_THR") == [
        ("F", "Y30T38", "T", "1", "0", "_U", "_U"),  # a merged yes says nothing of any one of its parts
        ("_U", "Y_LT18", "_U", "_U", "1", "1", "_U"),
    ]
    assert refusing(judged("ctdc-2024", path).findings) == set()


def test_another_year_is_told_by_its_rows(tmp_path: Path) -> None:
    rows = [CTDC, CTDC | {"yearOfRegistration": "2019"}]
    told = read("ctdc-2024", shapes.write(tmp_path / "ctdc.csv", shapes.CTDC_2024, rows))
    assert [(one.rule, one.letter, one.row) for one in told.findings] == [("mapping.other_period", "A", 3)]


HTCDS = {
    "prs_FirstName": "Aa",
    "prs_SecondName": "Bb",
    "prs_Birthdate": "2004-05-06",
    "cas_IncomingReferralDate": "2022-05-05",
    "con_Consent": "1",
    "prs_Gender": "Feminine",
    "prs_Citizenship": "CI",
    "vic_TraffickingStatus": "ActualVictimOfTrafficking",
    "vic_TypeOfExploitation": "ForcedLabour;ForcedBegging",
    "vic_ForcedLabourIndustry": "A_AgricultureForestryAndFishing",
    "vic_MethodsOfControl": "Debt bondage;False promises",
}


def test_the_htcds_spreadsheet(tmp_path: Path) -> None:
    again = HTCDS | {"vic_TraffickingStatus": "Possible victim of trafficking", "con_Consent": "0"}
    other = again | {"prs_FirstName": "Cc", "vic_TypeOfExploitation": "", "vic_TypeOfSexExploitation": "Pornography"}
    assert len(shapes.HTCDS_2) == 37
    path = shapes.write(tmp_path / "htcds.csv", shapes.HTCDS_2, [HTCDS, again, other])
    told = read("htcds-2", path)
    assert told.findings == ()
    assert cells(told, "AGE", "SEX", "CITIZENSHIP", "VICTIM_STATUS", "CONSENT_REPORTING", "SECTOR") == [
        ("17", "F", "CIV", "IDENT", "YES", "A"),  # the day before her birthday
        ("17", "F", "CIV", "PRESUMED", "NO", "A"),
        ("17", "F", "CIV", "PRESUMED", "NO", "A"),
    ]
    assert cells(told, "EXP_LAB", "EXP_BEG", "EXP_SEX_PORN", "EXP_SUR", "CTL_DBT", "CTL_OTH")[0] == tuple("110010")
    first, second, third = told.frame["PSEUDONYM"]
    assert first == second != third
    with pytest.raises(KeyNeeded), open_file(path) as opened:
        Application(shipped.load("htcds-2"), opened.sheet, BOOK)


CHILD = {
    " ": "1",
    "Individual Progress ID": "123-45C67890",
    "CPIMS Code": "TUN/IRC/00012",
    "Date of Identification": "2022-03-04",
    "Primary Protection Concerns": "Unaccompanied",
    "Secondary Protection Concerns": "SC-UC, CR-LW",
    "Governorate - Country": "Sfax - Tunisia",
    "Sex": "Male",
    "Date of Birth": "2008-01-02",
    "Age": "14",
    "Causes of Separation": "migration",
    "Country of Origin": "Guinea",
    "Current Care Arrangement": "residential_care",
    "Reunification Status": "false",
    "Case Status": "Open",
}


def test_the_unhcr_export_of_primero(tmp_path: Path) -> None:
    opted_out = {" ": "2", "CPIMS Code": "TUN/IRC/00013"}
    path = shapes.write(tmp_path / "unhcr.csv", shapes.PRIMERO, [CHILD, opted_out])
    told = read("primero-unhcr", path)
    assert told.findings == ()
    asked = ("CHILD_STATUS", "SEX", "AGE", "CITIZENSHIP", "SEPARATION_CAUSE", "CARE", "TRACING", "CONSENT_REPORTING")
    assert cells(told, *asked) == [
        ("UNACCOMPANIED", "M", "14", "GIN", "MIGRATION", "RESIDENTIAL", "_U", "_Z"),
        ("_U", "_U", "Y_LT18_U", "_U", "_U", "_U", "_U", "NO"),
    ]
    assert cells(told, "CON_LAB", "CON_GBV") == [("1", "0"), ("_U", "_U")]
    whole = judged("primero-unhcr", path, only_lawful=True)
    assert (refusing(whole.findings), whole.rows, whole.left_out) == (set(), 1, 1)


def test_a_date_of_birth_does_not_pass_the_hub(tmp_path: Path) -> None:
    path = shapes.write(tmp_path / "unhcr.csv", shapes.PRIMERO, [CHILD])
    found = judge(path, dataflow="CHILDREN", committee="TUN", period="2022", book=BOOK, recognisers=RECOGNISERS)
    assert not found.accepted
    assert "I" in {one.letter for one in found.findings if one.refuses}
