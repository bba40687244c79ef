"""What was found, in a real browser: grouped, narrowed with and without script, taken home as a workbook."""

from __future__ import annotations

from io import BytesIO

import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from support.contributions import row, text
from support.published import send

from .test_pages import VISIBLE, latin_words


def faulty() -> bytes:
    """Forty rows: codes of no list, a blank, a total among the rows, an NGO that decides, both statuses."""
    rows = [row(n, DECIDED_BY="POLICE", AGE_ENTRY="_U", VICTIM_STATUS="IDENT") for n in range(40)]
    for n in range(0, 40, 3):
        rows[n]["SEX"] = "X"
    rows[4]["CITIZENSHIP"] = ""
    rows[5]["AREA_EXPLOITATION"] = "mar"
    rows[7]["VICTIM_STATUS"] = "المجموع"
    rows[8]["DECIDED_BY"] = "NGO"
    rows[10]["VICTIM_STATUS"] = "PRESUMED"
    rows[11]["AGE_ENTRY"] = "40"
    return text(rows).encode()


@pytest.fixture(scope="module")
def batch(site) -> str:
    sent = send(site.hub, faulty(), "MAR", "2020")
    site.hub.work()
    return sent


def rules(page) -> list[str]:
    return page.locator(".finding > p:first-of-type > .code").all_inner_texts()


@pytest.mark.parametrize("script", [True, False])
def test_findings_are_narrowed_with_and_without_script(site, batch, script) -> None:
    page = site.visit("submitter", "MAR", java_script_enabled=script)
    page.goto(f"{site.url}/en/contributions/{batch}")
    shown = rules(page)
    assert shown[0] == "code.unknown"
    assert set(shown[-2:]) == {"status.mixed", "status.decider"}
    page.select_option("#severity", "warning")
    if not script:
        page.click("main form[method=get] button")
    page.wait_for_url("**severity=warning**")
    page.locator("footer").wait_for()
    assert set(rules(page)) == {"status.mixed", "status.decider"}
    page.get_by_role("link", name="Show everything").click()
    page.wait_for_url(lambda url: "severity" not in url)
    expect(page.locator(".finding")).to_have_count(len(shown))
    page.context.close()


@pytest.mark.parametrize(("language", "button", "sheet"), [
    ("ar", "تنزيل الملاحظات", "القواعد"), ("fr", "Télécharger les constats", "Règles"),
    ("en", "Download the findings", "Rules"),
])  # fmt: skip
def test_the_workbook_comes_in_the_language_of_the_page(site, batch, language, button, sheet) -> None:
    page = site.visit("submitter", "MAR")
    page.goto(f"{site.url}/{language}/contributions/{batch}")
    with page.expect_download() as started:
        page.get_by_role("link", name=button).click()
    assert started.value.suggested_filename == f"findings-{batch}.xlsx"
    content = BytesIO(started.value.path().read_bytes())
    assert CalamineWorkbook.from_filelike(content).sheet_names[0] == sheet
    page.close()


def test_the_arabic_page_of_findings_has_no_latin_words_but_codes(site, batch) -> None:
    page = site.visit("submitter", "MAR")
    page.goto(f"{site.url}/ar/contributions/{batch}")
    assert latin_words(page.evaluate(VISIBLE)) == set()
    page.close()


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_page_of_findings_is_not_wider_than_a_telephone(site, batch, language) -> None:
    page = site.visit("submitter", "MAR")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site.url}/{language}/contributions/{batch}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


@pytest.mark.parametrize(("role", "path"), [("submitter", "contributions"), ("steward", "releases")])
@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_state_is_on_the_screen_of_a_telephone(site, batch, role, path, language) -> None:
    page = site.visit(role, "MAR" if role == "submitter" else None)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site.url}/{language}/{path}/")
    box = page.locator("main table .badge").first.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.close()


def test_a_refused_upload_leads_back_to_its_form(site, tmp_path) -> None:
    page = site.visit("submitter", "MAR", java_script_enabled=False)  # with script the form is never left
    file = tmp_path / "empty.csv"
    file.write_text("")
    page.goto(f"{site.url}/fr/contributions/send")
    page.fill("#period", "2020")
    page.set_input_files("#file", file)
    page.click("main button[type=submit]")
    page.get_by_role("link", name="Retour au formulaire").click()
    page.wait_for_url("**/fr/contributions/send")
    assert page.locator("#file").is_visible()
    page.context.close()


def test_a_year_that_cannot_be_meant_is_refused_on_the_spot(site, tmp_path) -> None:
    page = site.visit("submitter", "MAR")
    file = tmp_path / "victims.csv"
    file.write_bytes(faulty())
    page.goto(f"{site.url}/en/contributions/send")
    page.fill("#period", "1850")
    page.set_input_files("#file", file)
    page.click("main button[type=submit]")
    page.wait_for_selector("text=years from 2000 to 2026 are taken")
    page.close()
