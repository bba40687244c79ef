"""The loader: what is well written is read; the first contradiction is refused, with its rule and its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from amana.codebook.load import load
from amana.codebook.model import Codebook, CodebookInvalid, Crosswalk, Kind
from amana.wording.load import codes

# the file, what stands there, what stands there instead, the rule that must refuse it, where
BREAKS = [
    ("lists.toml", "[CL_AREA]", "[CL_AREA", "unreadable", "lists.toml"),
    ("lists.toml", 'levels = ["country", "region"]', "", "part_missing", "CL_AREA.levels"),
    ("lists.toml", 'levels = ["country", "region"]', 'levels = ["region", "region"]', "levels", "CL_AREA"),
    ("lists.toml", 'levels = ["form"]', "levels = []", "levels", "CL_FORM"),
    ("lists.toml", 'fr = "Maroc", ', "", "label_missing", "CL_AREA.MAR"),
    ("lists.toml", 'ar = "المغرب"', 'ar = " "', "label_missing", "CL_AREA.MAR"),
    ("lists.toml", 'en = "Areas"', "", "label_missing", "CL_AREA"),
    ("lists.toml", 'id = "TUN"', 'id = "MAR"', "duplicate", "CL_AREA.MAR"),
    ("lists.toml", 'id = "MAR", ', "", "part_missing", "CL_AREA.codes.id"),
    ("lists.toml", 'id = "MAR", parent = "AFR"', 'id = "MAR", parent = "EUR"', "parent_unknown", "CL_AREA.MAR"),
    ("lists.toml", 'id = "MAR", parent = "AFR"', 'id = "MAR"', "parent_missing", "CL_AREA.MAR"),
    ("lists.toml", 'id = "MAR", parent = "AFR"', 'id = "MAR", parent = "TUN"', "parent_finer", "CL_AREA.MAR"),
    ("lists.toml", 'level = "region", storable = false', 'level = "region"', "parent_storable", "CL_AREA.MAR"),
    ("lists.toml", 'level = "region", storable = false', 'level = "region", parent = "MAR"', "cycle", "CL_AREA.AFR"),
    ("lists.toml", 'level = "region", storable = false', 'level = "village"', "level_unknown", "CL_AREA.AFR"),
    ("lists.toml", 'special = ["_U"]', 'special = ["_X"]', "special_unknown", "CL_AREA._X"),
    ("lists.toml", 'id = "BEG"', 'id = "_BEG"', "special_unknown", "CL_FORM._BEG"),
    ("sub_regions.toml", "TUN = ", "XYZ = ", "sub_region", "sub_regions.XYZ"),
    ("sub_regions.toml", 'TUN = [{ code = "NORTH"', 'TUN = [{ code = "MAR"', "sub_region", "sub_regions.TUN"),
    ("sub_regions.toml", "from = 2022-01-01", "from = 2021-12-31", "sub_region", "sub_regions.MAR"),
    ("sub_regions.toml", ", until = 2021-12-31", "", "sub_region", "sub_regions.MAR"),
    ("sub_regions.toml", "until = 2021-12-31", "until = 1999-12-31", "sub_region", "sub_regions.MAR"),
    ("sub_regions.toml", "until = 2021-12-31", 'until = "2021"', "sub_region", "sub_regions.MAR"),
    ("sub_regions.toml", 'TUN = [{ code = "NORTH", from = 2000-01-01 }]', "TUN = []", "sub_region", "sub_regions.TUN"),
    ("sub_regions.toml", "from = 2022-01-01", "since = 2022-01-01", "part_missing", "sub_regions.MAR.from"),
    ("concepts.toml", "[special]", "[other]", "part_missing", "concepts.special"),
    ("concepts.toml", 'fr = "Total", ', "", "label_missing", "special._T"),
    ("concepts.toml", "_T = {", "_X = {", "part_missing", "special._T"),
    ("variables.toml", "[WHAT]", "[WHY]", "part_missing", "variables.WHAT"),
    ("variables.toml", 'kind = "multi"', 'kind = "free text"', "kind", "PERSONS.WHAT"),
    ("variables.toml", 'kind = "multi"', 'kind = "link"', "list_unknown", "PERSONS.WHAT"),
    ("variables.toml", 'list = "CL_AREA"', "", "list_unknown", "PERSONS.WHERE"),
    ("variables.toml", 'list = "CL_AREA"', 'list = "CL_NOWHERE"', "list_unknown", "PERSONS.WHERE"),
    ("variables.toml", 'list = "CL_FORM"', 'list = "CL_AREA"', "not_multi", "PERSONS.WHAT"),
    ("variables.toml", "definition = { ar =", "meaning = { ar =", "label_missing", "PERSONS.WHO.definition"),
    ("dataflows.toml", 'required = ["WHO", "WHAT"]', "", "part_missing", "PERSONS.required"),
    ("dataflows.toml", 'required = ["WHO", "WHAT"]', 'required = ["WHO", "WHERE"]', "duplicate", "PERSONS.WHERE"),
    ("dataflows.toml", 'contribution = "records"', 'contribution = "rows"', "contribution", "PERSONS"),
    ("dataflows.toml", 'single = ["WHAT"]', "", "flags_in_tables", "TABLES.WHAT"),
    ("dataflows.toml", "personal = true", "", "part_missing", "PERSONS.personal"),
    ("crosswalks.toml", 'scheme = "HTCDS"', 'scheme = "HTDSC"', "crosswalk", "crosswalks.HTDSC.CL_FORM"),
    ("crosswalks.toml", 'codelist = "CL_FORM"', 'codelist = "CL_X"', "crosswalk", "crosswalks.HTCDS.CL_X"),
    ("crosswalks.toml", "BEG =", "BAG =", "crosswalk", "crosswalks.HTCDS.CL_FORM.BAG"),
    ("crosswalks.toml", 'confidence = "C"', 'confidence = "A"', "crosswalk_confidence", "crosswalks.HTCDS.CL_FORM"),
    ("crosswalks.toml", 'scheme = "HTCDS"', 'scheme = "IC-TIP"', "crosswalk_confidence", "crosswalks.IC-TIP.CL_FORM"),
    ("crosswalks.toml", 'codelist = "CL_FORM"', "", "part_missing", "crosswalks.codelist"),
]


@pytest.mark.parametrize("broken", BREAKS)
def test_one_broken_line_is_refused_with_its_rule_and_place(folder: Path, broken: tuple[str, ...]) -> None:
    name, stands, instead, rule, place = broken
    text = (folder / name).read_text(encoding="utf-8")
    assert stands in text
    (folder / name).write_text(text.replace(stands, instead, 1), encoding="utf-8")
    with pytest.raises(CodebookInvalid) as refused:
        load(folder)
    assert refused.value.facts == {"rule": f"codebook.{rule}", "place": place}


def test_every_rule_that_refuses_can_be_read_in_three_languages() -> None:
    assert {f"rule.codebook.{rule}" for _, _, _, rule, _ in BREAKS} <= codes()


@pytest.mark.parametrize("name", ["concepts.toml", "crosswalks.toml", "variables.toml", "dataflows.toml"])
def test_a_missing_file_is_refused_by_name(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CodebookInvalid) as refused:
        load(folder)
    assert refused.value.facts["place"] == name


def test_a_list_that_stands_in_two_files_is_refused(folder: Path) -> None:
    (folder / "more.toml").write_text((folder / "lists.toml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(CodebookInvalid) as refused:
        load(folder)
    assert refused.value.facts == {"rule": "codebook.duplicate", "place": "CL_AREA"}


def test_a_list_with_nothing_to_store_is_refused(folder: Path) -> None:
    lists = (folder / "lists.toml").read_text(encoding="utf-8")
    lists = lists.replace('id = "BEG"', 'storable = false, id = "BEG"').replace(
        'id = "LAB"', 'storable = false, id = "LAB"'
    )
    (folder / "lists.toml").write_text(lists, encoding="utf-8")
    with pytest.raises(CodebookInvalid, match=r"codebook\.storable"):
        load(folder)


def test_a_code_carries_an_empty_ic_tip_row_before_what_is_known(small: Codebook) -> None:
    assert small.codelists["CL_FORM"].code("BEG").crosswalks == (
        Crosswalk("IC-TIP", None, None),
        Crosswalk("HTCDS", "ForcedBegging", "C"),
    )
    assert small.codelists["CL_AREA"].code("MAR").crosswalks == ()  # ISO speaks for itself


def test_a_table_takes_one_answer_where_a_record_takes_several(small: Codebook) -> None:
    assert small.dataflows["PERSONS"].variable("WHAT").kind is Kind.MULTI
    assert small.dataflows["TABLES"].variable("WHAT").kind is Kind.CODED


def test_the_digest_follows_every_word(folder: Path, small: Codebook) -> None:
    assert load(folder).digest == small.digest
    text = (folder / "lists.toml").read_text(encoding="utf-8")
    (folder / "lists.toml").write_text(text.replace("تسول", "التسول"), encoding="utf-8")
    assert load(folder).digest != small.digest


def test_a_country_lies_in_one_sub_region_on_each_day(folder: Path) -> None:
    book = load(folder)
    assert [book.sub_region("MAR", date(2021, 12, 31)), book.sub_region("MAR", date(2022, 1, 1))] == ["SOUTH", "NORTH"]
    assert book.sub_region("MAR", date(1999, 12, 31)) is None
    assert book.sub_region("XYZ", date(2022, 1, 1)) is None


def test_every_committee_that_we_know_lies_in_a_sub_region_of_un_m49() -> None:
    book = load()
    for committee in book.codelists["CL_COMMITTEE"].storable:
        assert book.sub_region(committee, date(2026, 1, 1)) == book.codelists["CL_AREA"].code(committee).parent


def test_when_a_country_lay_where_is_part_of_the_digest(folder: Path) -> None:
    before, path = load(folder).digest, folder / "sub_regions.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("2022-01-01", "2022-01-02"), encoding="utf-8")
    assert load(folder).digest != before
