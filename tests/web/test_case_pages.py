"""An auditor's morning in a real browser: a case, an event pinned beside it, a note, a file, a report on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from amana.audit.export.check import check
from amana.audit.export.open import open_export
from amana.audit.tlog.checkpoint import parse_vkey


def test_a_case_is_opened_filled_from_the_events_page_and_closed(site) -> None:
    page = site.visit("auditor")
    page.goto(f"{site.url}/en/audit/cases/")
    page.fill("#title", "A morning")
    page.fill("#question", "What happened before nine?")
    page.click("text=Open the case")
    page.wait_for_url(re.compile(r"/audit/cases/\w+"))
    place = page.url
    event = site.hub.events("batch.refused")[0]["event_id"]
    page.goto(f"{site.url}/en/audit/events/{event}/")
    page.select_option("#into-case", label="A morning")
    page.click("button:text('Pin')")
    page.wait_for_url(place)
    page.fill("#text", "A file was refused.")
    page.click("text=Write the note")
    page.click("summary")
    page.fill("textarea[id^=answer]", "It came again at ten.")
    page.click("details button")
    expect(page.locator(".thread .answer .said")).to_have_text("It came again at ten.")
    page.click("text=Close with a finding")
    page.fill("#finding", "Nothing out of order.")
    page.click("text=Yes, close it")
    expect(page.locator("textarea")).to_have_count(0)
    expect(page.locator("text=Nothing out of order.")).to_be_visible()
    page.close()


def test_a_list_is_taken_out_as_a_workbook_and_checks(site, tmp_path: Path) -> None:
    page = site.visit("auditor")
    site.hub.sign()  # a list is taken out as far as it is signed
    page.goto(f"{site.url}/ar/audit/?outcome=refused")
    page.click("button[value=xlsx]")
    expect(page.locator("[role=status]"), "nothing is handed out before the checkpoint").to_be_visible()
    site.hub.sign()
    page.reload()
    with page.expect_download() as started:
        page.click("main a.button")
    file = tmp_path / started.value.suggested_filename
    started.value.save_as(file)
    judged = check(open_export(file), parse_vkey(site.hub.house.log_vkey))
    assert judged.findings == ()
    assert judged.rows == len([one for one in site.hub.events() if one["outcome"] == "refused"])
    page.close()


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_the_report_on_paper_is_the_report_alone_and_fits(site, lang: str) -> None:
    page = site.visit("auditor")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 690, "height": 980})  # A4 within its margins, at 96 dpi
    page.goto(f"{site.url}/{lang}/audit/cases/{site.batches['closed']}/report")
    hidden = [".top", ".bar", ".foot", ".crumbs", ".no-print", "button", "form"]
    assert not [one for one in hidden if any(found.is_visible() for found in page.locator(one).all())]
    page.goto(f"{site.url}/{lang}/audit/cases/{site.batches['case']}/report")
    wide = page.evaluate("[...document.querySelectorAll('.report *')].filter(e => e.scrollWidth > 700).length")
    assert wide == 0
    assert page.locator("section").count() == 6
    page.close()
