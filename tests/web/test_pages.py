"""The pages in a real browser: no stray Latin in Arabic, a keyboard path, no sideways scrolling, each role's acts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from amana.config import HOME
from amana.plans.plan import load_plans
from support.contributions import BOOK, row, text

TABLE = "/data/VICTIMS?by=REF_AREA,SEX,AGE&TIME_PERIOD=2022"
RECKONED = f"{TABLE}&share=SEX&change=yes"
PAGES = {
    (None, None): ["/open", "/sign-in", "/methods", "/dictionary/", "/dictionary/VICTIMS", "/nowhere"],
    ("member", None): [
        "/",
        "/data/",
        "/data/VICTIMS",
        TABLE,
        RECKONED,
        "/data/VICTIMS?by=SEX,ROUTE",
        "/releases/",
        "/purpose",
    ],
    ("steward", None): [
        "/",
        "/releases/",
        "/releases/{published}",
        "/releases/{published}/withdraw",
        "/releases/{published}/vintage",
        "/audit/",
    ],
    ("protection_officer", "MAR"): [
        "/",
        "/contributions/",
        "/readings/",
        "/releases/{built}",
        "/releases/{built}/approve",
        "/releases/{built}/refuse",
        "/contributions/{first}",
        "/contributions/{first}/withdraw",
        "/requests/",
        "/requests/{done}",
        "/requests/{unlawful}",
    ],
    ("submitter", "MAR"): [
        "/",
        "/contributions/",
        "/contributions/send",
        "/contributions/{accepted}",
        "/contributions/{refused}",
        "/contributions/{waiting}",
        "/contributions/{waiting}/mapping",
        "/contributions/{held}",
        "/contributions/{held}/replace",
        "/contributions/{gone}",
        "/requests/",
    ],
    ("auditor", None): [
        "/audit/",
        "/audit/?outcome=refused&country=MAR",
        "/audit/?actor=worker&since=2026-11-01&hours=outside",
        "/audit/verification",
        "/audit/witnesses/",
        "/audit/questions/",
        "/audit/questions/country",
        "/audit/questions/country?country=MAR",
        "/audit/questions/refusals",
        "/audit/questions/first_time?days=30",
        "/audit/patterns",
        "/audit/actors/worker",
        "/audit/subjects/{published}",
        "/audit/subjects/{refused}",
        "/audit/events/{event}/",
        "/audit/cases/",
        "/audit/cases/{case}",
        "/audit/cases/{case}/close",
        "/audit/cases/{case}/report",
        "/audit/cases/{case}/names/{person}",
        "/audit/cases/{closed}",
        "/audit/cases/{closed}/report",
        "/audit/exports/{export}",
    ],
    ("operator", None): ["/"],
    ("observer", None): ["/", "/open"],
}
EVERY_PAGE = [(role, committee, path) for (role, committee), paths in PAGES.items() for path in paths]

# What may be in Latin letters on an Arabic page: codes and names, and nothing that reads as a word.
CODE = re.compile(
    r"""
      [a-z]{3}_[a-z2-7]{3,26}…?               # identifiers, also shortened
    | [0-9a-f]{6,64}…?                        # digests
    | [A-Z][A-Z0-9]*(_[A-Z0-9]+)*             # codes of the codebook, countries, CSV, JSON
    | _[A-Z] | [A-Z]+-[A-Z]+                  # _T; IC-TIP
    | [a-z_]+(\.[a-z0-9_-]+)+                 # names of rules, events, clauses
    | [\w.-]+@[\w.-]+                         # addresses, and the shapes of addresses in findings
    | (agreement|access|region)\.[\w.-]+
    | base64url | SHA-256 | UTF-8
    | (committee-[a-z]{3}|hub|(un|au|eu)-agency|audit-office|press)  # organisations' own names
    | (web|worker|sequencer|operator|anonymous|nobody|log|catalogue)  # processes and things, as the log names them
    """,
    re.VERBOSE,
)
LATIN = re.compile(r"[0-9]*[A-Za-z_][A-Za-z0-9_@.…-]*")
# Text that says itself to be in another language (lang=…), and what a terminal is given (pre), is not the page's.
VISIBLE = """() => {
  const page = document.body.cloneNode(true);
  page.querySelectorAll('[lang]:not([lang=ar]), pre, script').forEach(one => one.remove());
  page.querySelectorAll('details').forEach(one => one.open = true);
  const labels = [...page.querySelectorAll('[aria-label], [placeholder], [alt]')]
    .flatMap(one => [one.getAttribute('aria-label'), one.getAttribute('placeholder'), one.getAttribute('alt')]);
  const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode.data);
  return [document.title, ...texts, ...labels].filter(Boolean).join('\\n');
}"""


def address(site, path: str) -> str:
    event = site.hub.events("batch.refused")[0]["event_id"]
    return path.format(**site.releases, **site.batches, event=event)


def foreign_codes() -> set[str]:
    """What other schemes call our codes, word by word; the names of our own tables and territories."""
    codes = [code for codelist in BOOK.codelists.values() for code in codelist.codes]
    told = [code.id for code in codes]
    told += [crosswalk.code for code in codes for crosswalk in code.crosswalks if crosswalk.code]
    told += [cube.id for plan in load_plans(HOME / "policies" / "releases", BOOK).values() for cube in plan.cubes]
    return {word.rstrip(".") for name in told for word in LATIN.findall(name)}


def latin_words(told: str) -> set[str]:
    words = {word.rstrip(".") for word in LATIN.findall(told)}
    return {word for word in words if not CODE.fullmatch(word)} - foreign_codes()


@pytest.mark.parametrize(("role", "committee", "path"), EVERY_PAGE)
def test_an_arabic_page_has_no_latin_words_but_codes_and_names(site, role, committee, path) -> None:
    page = site.look(role, committee, f"/ar{address(site, path)}")
    assert page.evaluate("document.dir") == "rtl"
    assert latin_words(page.evaluate(VISIBLE)) == set()


def test_the_guard_against_latin_words_catches_one() -> None:
    assert latin_words("السجل Audit trail REF_AREA evt_abc2 signed.in") == {"Audit", "trail"}


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize(("role", "committee", "path"), EVERY_PAGE)
def test_no_page_is_wider_than_a_telephone(site, role, committee, path, language) -> None:
    page = site.look(role, committee, f"/{language}{address(site, path)}", width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("h1").count() == 1
    assert not site.faults


@pytest.mark.parametrize(("role", "committee", "path"), EVERY_PAGE)
def test_every_field_has_a_name_and_every_table_a_heading(site, role, committee, path) -> None:
    page = site.look(role, committee, f"/en{address(site, path)}")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button')]
                 .filter(one => !one.labels?.length && !one.textContent.trim() && !one.getAttribute('aria-label'))
                 .map(one => one.outerHTML)"""
    )
    assert unnamed == []
    headless = page.evaluate("[...document.querySelectorAll('table')].filter(one => !one.querySelector('th')).length")
    assert headless == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_the_keyboard_alone_leads_from_the_first_key_to_a_table(site) -> None:
    page = site.visit("member")
    page.goto(f"{site.url}/en/data/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/data/VICTIMS")
    page.evaluate("document.querySelector('main').focus()")
    for _ in range(12):
        page.keyboard.press("Tab")
        if "by=" in (page.evaluate("document.activeElement.href") or ""):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**by=**")
    page.locator("table.figures caption").wait_for()


def test_a_filter_narrows_the_table_and_can_be_lifted_again(site) -> None:
    page = site.visit("member")
    page.goto(f"{site.url}/en{TABLE}")
    rows = page.locator("table.figures tbody tr")
    whole = rows.count()
    page.select_option("#filter-SEX", "F")
    page.wait_for_url("**SEX=F**")
    page.locator("footer").wait_for()
    assert 0 < rows.count() < whole
    page.select_option("#filter-SEX", "")
    page.wait_for_url("**SEX=&**")
    expect(rows).to_have_count(whole)


@pytest.mark.parametrize("script", [True, False])
def test_shares_are_chosen_by_keyboard_and_stay_inside_the_table(site, script) -> None:
    page = site.visit("member", java_script_enabled=script, viewport={"width": 390, "height": 800})
    page.goto(f"{site.url}/ar{TABLE}")
    page.focus("#filter-share")
    page.keyboard.press("End")  # the last of the table's dimensions
    if not script:
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    page.wait_for_url("**share=AGE**")
    page.locator(".told").first.wait_for()
    if script:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        gauge = "getComputedStyle(document.querySelector('.gauge')).transform"
        assert page.evaluate(gauge).startswith("matrix(-1")  # grows from the right


def test_the_table_downloads_under_a_name_that_tells(site) -> None:
    page = site.visit("member")
    page.goto(f"{site.url}/fr{TABLE}")
    with page.expect_download() as started:
        page.click("text=Télécharger en CSV")
    name = started.value.suggested_filename
    assert re.fullmatch(r"VICTIMS-by-REF_AREA-SEX-AGE-2022_v1_[a-z2-7]{8}\.csv", name)


def test_the_keyboard_downloads_a_workbook_and_a_signed_bundle(site) -> None:
    page = site.visit("member")
    page.goto(f"{site.url}/ar{TABLE}")
    for link, name in (("format=xlsx", ".xlsx"), ("/data/bundles/", ".zip")):
        page.focus(f'main a[href*="{link}"]')
        with page.expect_download() as started:
            page.keyboard.press("Enter")
        assert started.value.suggested_filename.endswith(name)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_column_of_countries_stays_in_sight_on_a_telephone(site, language) -> None:
    page = site.visit("member", viewport={"width": 360, "height": 800})
    page.goto(f"{site.url}/{language}{TABLE}")
    place = "document.querySelector('table.figures tbody tr:last-child th').getBoundingClientRect()"
    before = page.evaluate(f"{place}.left")
    reach = -200 if language == "ar" else 200
    moved = page.evaluate(f"(() => {{ const at = document.querySelector('table.figures').parentElement; "
                          f"at.scrollLeft = {reach}; return at.scrollLeft }})()")  # fmt: skip
    assert abs(moved) > 60
    assert abs(page.evaluate(f"{place}.left") - before) < 2
    assert page.evaluate(f"{place}.width") < 360 / 2


@pytest.mark.parametrize("script", [True, False])
def test_a_file_is_sent_with_and_without_script(site, tmp_path, script) -> None:
    page = site.visit("submitter", "CIV", java_script_enabled=script)
    file = tmp_path / "victims.csv"
    file.write_text(text([row(n) for n in range(30)]))
    page.goto(f"{site.url}/fr/contributions/send")
    page.select_option("#dataflow", "VICTIMS")
    page.fill("#period", "2020")
    page.set_input_files("#file", file)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"/fr/contributions/bat_"))
    assert "Reçue" in page.locator(".badge").first.inner_text()
    page.context.close()


def test_a_page_about_something_under_way_follows_by_itself(site, tmp_path) -> None:
    page = site.visit("submitter", "NER")
    file = tmp_path / "victims.csv"
    file.write_text(text([row(n) for n in range(30)]))
    page.goto(f"{site.url}/en/contributions/send")
    page.fill("#period", "2019")
    page.set_input_files("#file", file)
    page.click("main button[type=submit]")
    page.wait_for_selector("text=sealed and safe")
    site.hub.work()
    page.wait_for_selector("text=stored encrypted", timeout=20_000)


def test_a_refused_file_says_so_on_the_page_it_was_sent_from(site, tmp_path) -> None:
    page = site.visit("submitter", "MAR")
    file = tmp_path / "empty.csv"
    file.write_text("")
    page.goto(f"{site.url}/en/contributions/send")
    page.fill("#period", "2020")
    page.set_input_files("#file", file)
    page.click("main button[type=submit]")
    page.wait_for_selector("text=intake.empty")


def test_an_officer_approves_in_two_steps_and_sees_her_country_only(site) -> None:
    page = site.visit("protection_officer", "NER", java_script_enabled=False)
    page.goto(f"{site.url}/en/releases/{site.releases['built']}")
    candidate = page.locator("section[aria-labelledby=candidate]")
    assert "Niger" in candidate.inner_text()
    assert "Morocco" not in candidate.inner_text()
    page.get_by_role("link", name="Approve", exact=True).click()
    expect(page.locator("main")).to_contain_text("exactly this plan")
    page.click("main button")
    expect(page.locator("main")).to_contain_text("Your committee has approved this release.")
    page.context.close()


def test_the_print_of_a_table_leaves_out_menus(site) -> None:
    page = site.visit("member")
    page.goto(f"{site.url}/en{TABLE}")
    page.emulate_media(media="print")
    assert not page.locator(".bar").is_visible()
    assert page.locator("table.figures").is_visible()
