"""A plan that cannot be kept is refused with its file, its cube and the reason; one that can has one digest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from amana.codebook.load import load
from amana.config import HOME
from amana.plans.plan import PlanInvalid, load_plan, load_plans
from amana.wording.load import LANGUAGES, sentence
from support.smallbook import SMALL, TITLE, plan, plan_text

CUBE = 'id = "area-sex"\nby = ["REF_AREA", "SEX"]'
FORMS = 'id = "form"\nby = ["FORM"]\nlevels.FORM = "group"\ncodes.FORM = '
NOISY = plan_text(CUBE).replace('"suppress"', '"dp"')


def written(folder: Path, text: str) -> Path:
    path = folder / "victims.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_says_what_it_declares_and_fills_in_the_finest_level(tmp_path):
    read = plan(tmp_path, CUBE, 'id = "age"\nby = ["AGE", "SEX"]\nlevels = { AGE = "band" }')
    assert [(cube.id, cube.by, dict(cube.levels), cube.filter) for cube in read.cubes] == [
        ("area-sex", ("REF_AREA", "SEX"), {"SEX": "answer"}, (("VICTIM_STATUS", "IDENT"),)),
        ("age", ("AGE", "SEX"), {"AGE": "band", "SEX": "answer"}, (("VICTIM_STATUS", "IDENT"),)),
    ]
    assert (read.zeros, read.least_count, read.public, read.method) == (None, None, False, "suppress")
    assert read.cube("age").variables == ("AGE", "SEX")


def test_a_plan_with_noise_says_how_much_may_be_told_of_one_person(tmp_path):
    read = load_plan(written(tmp_path, 'epsilon = "0.5"\n' + NOISY), SMALL)
    assert (read.method, read.epsilon, read.least_count) == ("dp", 0.5, None)
    other = load_plan(written(tmp_path, 'epsilon = "1"\n' + NOISY), SMALL)
    assert other.digest != read.digest


def test_a_plan_with_noise_may_say_about_how_many_persons_there_are(tmp_path):
    silent = load_plan(written(tmp_path, 'epsilon = "0.5"\n' + NOISY), SMALL)
    read = load_plan(written(tmp_path, 'epsilon = "0.5"\npersons = 5000\n' + NOISY), SMALL)
    assert (silent.persons, read.persons) == (None, 5000)
    assert silent.digest != read.digest


@pytest.mark.parametrize(
    ("number", "text"), [("1", "1"), ("0.5", "0.5"), ("0.30", "0.30"), ("1_0", "10"), ("2.0", "2.0")]
)
def test_a_number_is_the_text_of_its_digits(tmp_path, number, text):
    as_number = load_plan(written(tmp_path, f"epsilon = {number}\n" + NOISY), SMALL)
    assert as_number == load_plan(written(tmp_path, f'epsilon = "{text}"\n' + NOISY), SMALL)
    assert as_number.epsilon == float(text)


def test_only_what_a_plan_means_changes_its_digest(tmp_path):
    first = plan(tmp_path, CUBE)
    said_in_full = plan_text(CUBE.replace('"]', '"]\nlevels = { SEX = "answer" }')) + "# a comment\n"
    assert load_plan(written(tmp_path, said_in_full), SMALL).digest == first.digest
    assert plan(tmp_path, CUBE.replace('"REF_AREA", "SEX"', '"SEX", "REF_AREA"')).digest != first.digest


def test_a_byte_order_mark_is_no_part_of_a_plan(tmp_path):
    plain = load_plan(written(tmp_path, plan_text(CUBE)), SMALL)
    assert load_plan(written(tmp_path, "\ufeff" + plan_text(CUBE)), SMALL).digest == plain.digest


@pytest.mark.parametrize(
    ("reason", "cube", "name", "text"),
    [
        ("not_toml", "", "1:6", "id = @"),
        ("not_toml", "", "–", "id = "),
        ("not_toml", "", "–", "id = " + "[" * 5000),
        ("bad_value", "", f"least_count={2**53}", f"least_count = {2**53}\n" + plan_text(CUBE)),
        ("missing", "", "dataflow", 'id = "x"'),
        ("missing", "area-sex", "by", plan_text('id = "area-sex"')),
        ("unknown_key", "", "epsilon", "epsilon = 4\n" + plan_text(CUBE)),
        ("unknown_key", "", "zeros", 'epsilon = "1"\nzeros = "hidden"\n' + NOISY),
        ("unknown_key", "", "least_count", 'epsilon = "1"\nleast_count = 5\n' + NOISY),
        ("unknown_key", "", "as_persons", 'epsilon = "1"\nas_persons = 2\n' + NOISY),
        ("missing", "", "epsilon", NOISY),
        ("unknown_key", "", "persons", "persons = 5000\n" + plan_text(CUBE)),
        ("bad_value", "", "persons=0", 'epsilon = "1"\npersons = 0\n' + NOISY),
        ("bad_value", "", "persons=-5", 'epsilon = "1"\npersons = -5\n' + NOISY),
        ("bad_value", "", "persons=5000.0", 'epsilon = "1"\npersons = 5000.0\n' + NOISY),
        ("bad_value", "", "persons=5000", 'epsilon = "1"\npersons = "5000"\n' + NOISY),
        ("bad_value", "", "persons=True", 'epsilon = "1"\npersons = true\n' + NOISY),
        ("bad_value", "", f"persons={2**53}", f'epsilon = "1"\npersons = {2**53}\n' + NOISY),
        ("bad_value", "", "epsilon=0.00", 'epsilon = "0.00"\n' + NOISY),
        ("bad_value", "", "epsilon=1.234", 'epsilon = "1.234"\n' + NOISY),
        ("bad_value", "", "epsilon=-1", 'epsilon = "-1"\n' + NOISY),
        ("bad_value", "", "epsilon=0.125", "epsilon = 0.125\n" + NOISY),
        ("bad_value", "", "epsilon=NaN", "epsilon = nan\n" + NOISY),
        ("bad_value", "", "epsilon=0", "epsilon = 0\n" + NOISY),
        ("bad_value", "", "epsilon=True", "epsilon = true\n" + NOISY),
        ("unknown_key", "area-sex", "level", plan_text(CUBE + "\nlevel = 3")),
        ("bad_name", "", "Victims!", plan_text(CUBE).replace('"small"', '"Victims!"')),
        ("bad_name", "A b", "A b", plan_text(CUBE.replace("area-sex", "A b"))),
        ("bad_value", "", "method=noise", plan_text(CUBE).replace('"suppress"', '"noise"')),
        ("bad_value", "", "zeros=open", 'zeros = "open"\n' + plan_text(CUBE)),
        ("bad_value", "", "least_count=1", "least_count = 1\n" + plan_text(CUBE)),
        ("bad_value", "", "coalition=0", "coalition = 0\n" + plan_text(CUBE)),
        ("bad_value", "", "coalition=1.5", "coalition = 1.5\n" + plan_text(CUBE)),
        ("bad_value", "", "coalition=3", "coalition = 3\n" + plan_text(CUBE)),
        ("bad_value", "", "as_persons=3", "as_persons = 3\n" + plan_text(CUBE)),
        ("bad_value", "", "least_count=True", "least_count = true\n" + plan_text(CUBE)),
        ("bad_value", "", "public=1", "public = 1\n" + plan_text(CUBE)),
        ("bad_value", "", "cube", plan_text() + "cube = []"),
        ("bad_value", "area-sex", "by", plan_text('id = "area-sex"\nby = "SEX"')),
        ("bad_value", "area-sex", "levels", plan_text(CUBE + "\nlevels = { SEX = 1 }")),
        ("bad_title", "", "ar, en, fr", plan_text(CUBE).replace('ar = "ع", fr', "fr", 1)),
        ("bad_title", "area-sex", "ar, en, fr", plan_text(CUBE).replace(f"[[cube]]\n{TITLE}", '[[cube]]\ntitle = "x"')),
        ("unknown_dataflow", "", "PERSONS", plan_text(CUBE).replace("VICTIMS", "PERSONS")),
        ("unknown_variable", "area-sex", "NAME", plan_text(CUBE.replace("SEX", "NAME"))),
        ("unknown_variable", "area-sex", "NAME", plan_text(CUBE + '\nfilter.NAME = "x"')),
        ("not_countable", "area-sex", "PSEUDONYM", plan_text(CUBE.replace("SEX", "PSEUDONYM"))),
        ("unknown_level", "area-sex", "SEX=band", plan_text(CUBE + '\nlevels = { SEX = "band" }')),
        ("level_without_dimension", "area-sex", "AGE", plan_text(CUBE + '\nlevels = { AGE = "band" }')),
        ("unknown_code", "area-sex", "AGE=Y99", plan_text(CUBE + '\nfilter.AGE = "Y99"')),
        ("unknown_code", "area-sex", "AGE=_T", plan_text(CUBE + '\nfilter.AGE = "_T"')),
        ("bad_value", "area-sex", "codes", plan_text(CUBE + '\ncodes = "F"')),
        ("bad_value", "area-sex", "codes.SEX", plan_text(CUBE + "\ncodes = { SEX = [] }")),
        ("unknown_code", "area-sex", "SEX=_T", plan_text(CUBE + '\ncodes = { SEX = ["F", "_T"] }')),
        (
            "unknown_code",
            "form",
            "FORM=SEX_PRO",
            plan_text('id = "form"\nby = ["FORM"]\nlevels.FORM = "group"\ncodes.FORM = ["SEX_PRO"]'),
        ),
        ("level_without_dimension", "area-sex", "AGE", plan_text(CUBE + '\ncodes = { AGE = ["_U"] }')),
        ("codes_overlap", "age", "AGE=Y0T4", plan_text('id = "age"\nby = ["AGE"]\ncodes.AGE = ["Y0T4", "Y_LT18"]')),
        ("filter_on_dimension", "area-sex", "SEX", plan_text(CUBE + '\nfilter.SEX = "F"')),
        ("dimension_twice", "area-sex", "SEX", plan_text(CUBE.replace("REF_AREA", "SEX"))),
        ("cube_twice", "", "area-sex", plan_text(CUBE, CUBE)),
        ("two_multi", "area-sex", "FORM, ALSO", plan_text(CUBE.replace('"REF_AREA", "SEX"', '"FORM", "ALSO"'))),
        ("unstated", "area-sex", "VICTIM_STATUS", plan_text(CUBE).replace('filter.VICTIM_STATUS = "IDENT"', "")),
        (
            "multi_levels",
            "",
            "FORM",
            plan_text('id = "a"\nby = ["FORM"]', 'id = "b"\nby = ["FORM"]\nlevels = { FORM = "group" }'),
        ),
        (
            "multi_levels",
            "",
            "FORM",
            plan_text('id = "a"\nby = ["FORM"]', 'id = "b"\nby = ["SEX"]\nfilter.FORM = "BEG"'),
        ),
        (
            "answers_apart",
            "",
            "FORM",
            plan_text('id = "a"\nby = ["FORM"]\ncodes.FORM = ["UNK"]', 'id = "b"\nby = ["FORM"]\ncodes.FORM = ["BEG"]'),
        ),
        (
            "answers_apart",
            "",
            "FORM",
            plan_text(f'{FORMS}["UNK", "BEG"]', f'{FORMS.replace("form", "b")}["UNK", "G_SEX"]'),
        ),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused_with_its_place(tmp_path, reason, cube, name, text):
    with pytest.raises(PlanInvalid) as refused:
        load_plan(written(tmp_path, text), SMALL)
    place = f"victims.toml ({cube})" if cube else "victims.toml"
    facts = {"file": "victims.toml", "cube": cube, "place": place, "reason": f"plan.{reason}", "name": name}
    assert refused.value.facts == facts
    for lang in LANGUAGES:
        told = sentence(refused.value.code, lang, facts)
        assert place in told
        assert sentence(f"rule.plan.{reason}", lang) in told
        assert told.endswith(name)


def test_an_optional_variable_without_a_code_for_unknown_cannot_be_a_dimension(tmp_path):
    """What a committee did not collect is counted as unknown, so there must be such a code."""
    certain = replace(SMALL.codelists["CL_ICT"], codes=SMALL.codelists["CL_ICT"].codes[:-1])
    book = replace(SMALL, codelists={**SMALL.codelists, "CL_ICT": certain})
    with pytest.raises(PlanInvalid) as refused:
        load_plan(written(tmp_path, plan_text('id = "ict"\nby = ["ICT"]')), book)
    assert (refused.value.facts["reason"], refused.value.facts["name"]) == ("plan.no_unknown", "ICT")


def test_a_cube_too_large_to_protect_is_refused(tmp_path):
    text = plan_text('id = "origin"\nby = ["CITIZENSHIP", "AREA_EXPLOITATION"]')
    with pytest.raises(PlanInvalid) as refused:
        load_plan(written(tmp_path, text), load())
    assert refused.value.facts["reason"] == "plan.cube_too_large"


def test_noise_is_refused_where_one_person_may_stand_in_many_rows(tmp_path):
    """Prosecuted and convicted, under two articles: noise for one record would be a ninth of what she is owed."""
    text = (
        plan_text(CUBE)
        .replace('"VICTIMS"', '"JUSTICE"')
        .replace("VICTIM_STATUS", "STAGE")
        .replace("IDENT", "CONVICTED")
    )
    assert load_plan(written(tmp_path, text), load()).dataflow == "JUSTICE"
    with pytest.raises(PlanInvalid) as refused:
        load_plan(written(tmp_path, 'epsilon = "1"\n' + text.replace('"suppress"', '"dp"')), load())
    assert (refused.value.facts["reason"], refused.value.facts["name"]) == ("plan.noise_without_records", "JUSTICE")
    assert sentence("rule.plan.noise_without_records", "en") != "rule.plan.noise_without_records"


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(PlanInvalid) as refused:
        load_plan(tmp_path / "nowhere.toml", SMALL)
    assert (refused.value.facts["place"], refused.value.facts["reason"]) == ("nowhere.toml", "plan.unread")


def test_two_files_cannot_declare_one_plan(tmp_path):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(plan_text(CUBE), encoding="utf-8")
    with pytest.raises(PlanInvalid) as refused:
        load_plans(tmp_path, SMALL)
    facts = {"file": "b.toml", "cube": "", "place": "b.toml", "reason": "plan.twice", "name": "small"}
    assert refused.value.facts == facts


def test_the_plans_that_we_ship_hold_one_per_dataflow():
    plans = load_plans(HOME / "policies" / "releases", load())
    assert sorted(plan.dataflow for plan in plans.values()) == ["ACTIVITIES", "CHILDREN", "JUSTICE", "VICTIMS"]
    assert len(plans["victims-annual"].cubes) == len(plans["children-annual"].cubes) == 8


def test_committees_may_stand_under_sub_regions_of_their_list_where_they_are_a_dimension(tmp_path):
    book = load()
    said = plan(tmp_path, f'{CUBE}\nlevels.REF_AREA = "sub_region"', book=book)
    assert said.cubes[0].levels["REF_AREA"] == "sub_region"
    assert said.cubes[0].variables == ("SEX",)
    for text, reason, name in (
        (f'{CUBE}\nlevels.REF_AREA = "region"', "unknown_level", "REF_AREA=region"),
        ('id = "sex"\nby = ["SEX"]\nlevels.REF_AREA = "sub_region"', "level_without_dimension", "REF_AREA"),
    ):
        with pytest.raises(PlanInvalid) as refused:
            plan(tmp_path, text, book=book)
        assert (refused.value.facts["reason"], refused.value.facts["name"]) == (f"plan.{reason}", name)
