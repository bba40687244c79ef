"""A release with noise, as its readers see it: estimates with their range, and nothing that is withheld."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from itertools import combinations
from pathlib import Path

import pytest
import python_calamine
from flask import render_template_string

from amana.plans.plan import Plan
from support.hub import RealHub, copied_policies, real_hub
from support.published import publish, three_committees

PURPOSE = {"Amana-Purpose": "regional_reporting"}
CODES = {"REF_AREA": "", "SEX": 'SEX = ["F"]', "AGE": 'AGE = ["Y_LT18"]'}
QUESTION = "/api/v1/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022"


def with_noise(folder: Path) -> Path:
    policies = copied_policies(folder)
    plan = policies / "releases" / "victims.toml"
    text = plan.read_text(encoding="utf-8").replace(
        'method = "suppress"', 'method = "dp"\nepsilon = "2.5"\npersons = 100'
    )
    plan.write_text(text + "".join(map(margin, combinations(CODES, 2))), encoding="utf-8")
    return policies


def margin(by: Sequence[str]) -> str:
    """Declare a table of two of the three attributes of area-sex-age, without which that would be measured."""
    title = ", ".join(f'{language} = "{" × ".join(by)}"' for language in ("ar", "fr", "en"))
    codes = ", ".join(CODES[name] for name in by if CODES[name])
    return f"""
[[cube]]
id = "two-{"-".join(by).lower().replace("_", "-")}"
title = {{ {title} }}
by = {json.dumps(by)}
codes = {{ {codes} }}
filter = {{ VICTIM_STATUS = "IDENT" }}
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    folder = tmp_path_factory.mktemp("noise")
    with real_hub(folder, with_noise(folder)) as opened:
        three_committees(opened)
        publish(opened, "2022")
        yield opened


def test_a_program_reads_the_unbiased_figure_and_its_spread(hub: RealHub) -> None:
    answer = hub.api("member").get(QUESTION, headers=PURPOSE).json
    spread = [row for row in answer["rows"] if row["status"] == "E"]
    assert {row["status"] for row in answer["rows"]} == {"E", "L"}
    assert all(row["spread"]["low"] <= max(row["value"], 0) <= row["spread"]["high"] for row in spread)
    assert "note.estimated" in {note["code"] for note in answer["notes"]}


def test_a_spreadsheet_gets_the_range_in_columns_of_its_own(hub: RealHub) -> None:
    text = hub.api("member").get(f"{QUESTION}&format=csv", headers=PURPOSE).text
    lines = list(csv.DictReader(io.StringIO(text)))
    figures = [line for line in lines if line["OBS_STATUS"] == "E"]
    assert figures
    assert all(float(line["LOWER_95"]) <= float(line["UPPER_95"]) for line in figures)
    assert all(float(line["DISPLAY"]) >= 0 for line in figures)


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [("en", "noise was added", "withheld"), ("fr", "un bruit a été ajouté", "masqué"), ("ar", "أُضيف تشويش", "محجوب")],
)
def test_the_page_shows_estimates_and_no_mark(hub: RealHub, language: str, said: str, unsaid: str) -> None:
    browser = hub.browser("member", purpose="regional_reporting")
    page = browser.get(f"/{language}/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022").text
    assert said in page
    assert unsaid not in page
    assert re.search(r'<td class="estimate[^"]*"><bdi>[0-9]', page)


@pytest.mark.parametrize(
    ("language", "word", "why"),
    [
        ("en", "only an idea", "noise would drown figures"),
        ("fr", "ordre de grandeur", "le bruit noierait des chiffres"),
        ("ar", "للاطلاع فقط", "التشويش كان سيطغى"),
    ],
)
def test_what_was_not_measured_stands_in_brackets_without_a_range(hub: RealHub, language, word, why) -> None:
    browser = hub.browser("member", purpose="regional_reporting")
    page = browser.get(f"/{language}/data/VICTIMS?by=REF_AREA,SEX,AGE&TIME_PERIOD=2022&share=SEX").text
    cells = re.findall(r'<td class="estimate[^"]*">(<bdi dir="ltr">\([0-9].*?)</td>', page, re.DOTALL)
    assert cells
    assert all(f"<small>{word}</small>" in cell and "–</bdi></small>" not in cell for cell in cells)
    assert why in page
    assert why not in browser.get(f"/{language}/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022").text


def test_a_workbook_has_its_number_with_the_word_and_no_share_of_it(hub: RealHub) -> None:
    question = "/api/v1/data/VICTIMS?by=REF_AREA,SEX,AGE&TIME_PERIOD=2022&share=SEX"
    rows = hub.api("member").get(question, headers=PURPOSE).json["rows"]
    drowned = [row for row in rows if row["status"] == "O"]
    assert drowned
    for row in drowned:
        assert (row["value"], row["spread"]["low"], row["spread"]["high"]) == (None, None, None)
        assert row["share"] in (None, {"value": None, "lower": None, "upper": None, "status": "unreliable"})
    raw = hub.api("member").get(f"{question}&format=xlsx&lang=en", headers=PURPOSE).data
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        assert '#,##0" (≈) only an idea"' in unescape(parts.read("xl/styles.xml").decode())
    table = python_calamine.load_workbook(io.BytesIO(raw)).get_sheet_by_index(0).to_python()
    assert any("unreliable" in line for line in table)


def test_the_page_of_the_release_says_what_it_may_tell_of_one_person(hub: RealHub) -> None:
    releases = hub.api("steward").get("/api/v1/releases").json
    page = hub.browser("steward").get(f"/en/releases/{releases['releases'][0]['id']}").text
    assert "ε = 2.5" in page
    assert "1,000,000" in page
    assert "complementary suppression" not in page


def test_the_price_is_in_the_journal_before_the_release_is_built(hub: RealHub) -> None:
    kinds = [event["kind"] for event in hub.events()]
    assert kinds.index("budget.debited") < kinds.index("release.built")


@pytest.mark.parametrize(
    ("language", "bounded", "derived"),
    [
        ("en", "it is not nothing", "could be derived"),
        ("fr", "ce n'est pas rien", "pu être déduit"),
        ("ar", "وليس معدوماً", "لم يمكن استنتاج"),
    ],
)
def test_the_page_of_the_release_promises_what_noise_can_keep(hub: RealHub, language, bounded, derived) -> None:
    release = hub.api("steward").get("/api/v1/releases").json["releases"][0]["id"]
    page = hub.browser("steward").get(f"/{language}/releases/{release}").text
    protection = page.partition('id="protection"')[2].partition("</section>")[0]
    assert bounded in protection
    assert derived not in protection


@pytest.mark.parametrize(
    ("language", "range_", "share"),
    [
        ("en", "is that of the official figure", "Reckoned from the official figures"),
        ("fr", "est celui du chiffre officiel", "Calculé à partir des chiffres officiels"),
        ("ar", "هو مجال الرقم الرسمي", "محسوب من الأرقام الرسمية"),
    ],
)
def test_the_legend_says_whose_the_range_is_and_whose_the_share(hub: RealHub, language, range_, share) -> None:
    browser = hub.browser("member", purpose="regional_reporting")
    page = browser.get(f"/{language}/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022&share=SEX").text
    assert range_ in page
    assert share in page


@pytest.mark.parametrize(
    ("zeros_hidden", "zero", "said"), [("true", "true", True), ("true", "false", False), ("false", "true", True)]
)
def test_the_legend_explains_a_zero_where_there_may_be_one(hub: RealHub, zeros_hidden, zero, said) -> None:
    page = f'{{% import "parts.html" as parts with context %}}{{{{ parts.legend({zeros_hidden}, zero={zero}) }}}}'
    with hub.app.test_request_context("/en/methods"):
        assert ("<strong>zero</strong>" in render_template_string(page)) is said


def test_a_total_has_no_share_of_itself(hub: RealHub) -> None:
    browser = hub.browser("member", purpose="regional_reporting")
    page = browser.get("/en/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022&share=SEX").text
    cells = re.findall(r'<td class="(estimate[^"]*)">(.*?)</td>', page, re.DOTALL)
    parts = [text for name, text in cells if "total" not in name]
    assert parts
    assert all("share:" in text for text in parts)
    assert not any("share:" in text for name, text in cells if "total" in name)


def test_the_release_says_noise_when_its_plan_declares_it_no_more(hub: RealHub) -> None:
    (release,) = [one["id"] for one in hub.api("steward").get("/api/v1/releases").json["releases"]]
    said = hub.browser("steward").get(f"/en/releases/{release}").text
    assert "noise of a known size" in said
    assert "ε = 2.5" in said
    others = {name: replace(plan, epsilon=None, digest="0" * 64) for name, plan in hub.house.plans.items()}
    for plans in (others, {"none": next(iter(others.values()))}):
        with patched(hub, plans):
            said = hub.browser("steward").get(f"/en/releases/{release}").text
        assert "noise of a known size" in said
        assert "complementary suppression" not in said
        assert "ε = " not in said
        assert "<dt>Threshold</dt>" not in said


@contextmanager
def patched(hub: RealHub, plans: Mapping[str, Plan]) -> Iterator[None]:
    """Let the hub know other plans for a while."""
    before = hub.house.plans
    object.__setattr__(hub.house, "plans", plans)
    try:
        yield
    finally:
        object.__setattr__(hub.house, "plans", before)
