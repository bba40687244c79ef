"""The upload page over a slow line, in a real browser: seen, stopped, gone on with, given up."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect
from sqlalchemy import select

from amana.intake.tables import upload
from support.contributions import row, text
from support.running import until

SLOW = 400_000  # bytes in a second, upwards
YEARS = iter(range(2001, 2004))  # a second file of a year would wait for its owner
WORDS = {
    "ar": {"pause": "إيقاف مؤقت", "on": "متابعة", "lost": "انقطع الاتصال", "found": "من قبل", "cancelled": "أُلغي"},
    "fr": {"pause": "Pause", "on": "Reprendre", "lost": "coupée", "found": "déjà arrivés", "cancelled": "Annulé"},
    "en": {
        "pause": "Pause",
        "on": "Go on",
        "lost": "The line broke",
        "found": "arrived before",
        "cancelled": "Cancelled",
    },
}


@dataclass
class Clerk:
    """Somebody in front of the upload page."""

    site: Any
    page: Page
    line: CDPSession
    file: Path
    lang: str
    period: str

    def slow(self, upwards: int = SLOW, *, offline: bool = False) -> None:
        said = {"offline": offline, "latency": 40, "downloadThroughput": -1, "uploadThroughput": upwards}
        self.line.send("Network.emulateNetworkConditions", said)

    def come(self) -> None:
        self.page.goto(f"{self.site.url}/{self.lang}/contributions/send")
        self.page.select_option("#dataflow", "VICTIMS")
        self.page.fill("#period", self.period)
        self.page.set_input_files("#file", self.file)

    def start(self) -> None:
        self.page.click("main button[type=submit]")

    @property
    def status(self) -> Any:
        return self.page.locator("[data-upload-panel] [role=status]")

    def nothing_lies_of_it(self) -> bool:
        """Whether the piece that was under way was seen to be too late, and nothing is left."""
        self.site.hub.work()
        hub = self.site.hub.house
        with hub.database.read() as reading:
            mine = reading.execute(select(upload.c.batch_id).where(upload.c.period == self.period)).scalars().all()
        return not [path for path in hub.desk.shelf.shelved.iterdir() if path.name.partition(".")[2] in mine]

    def arrived(self) -> int:
        """Per cent, as the figures say."""
        said = re.search(r"(\d+)", self.page.locator("p[data-figures]").inner_text())
        return int(said[1]) if said else 0

    def wait_for(self, per_cent: int) -> None:
        self.page.wait_for_function(
            "least => Number((document.querySelector('p[data-figures]').textContent.match(/\\d+/) || [0])[0]) >= least",
            arg=per_cent,
        )

    def done(self) -> str:
        self.page.wait_for_url(re.compile(r"/contributions/bat_"))
        return self.page.url.rpartition("/")[2]


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("long") / "victims.csv"
    file.write_text(text([row(number) for number in range(18_000)]), encoding="utf-8")
    return file


@pytest.fixture(params=["ar", "fr", "en"])
def clerk(request: pytest.FixtureRequest, site: Any, long: Path) -> Iterator[Clerk]:
    page = site.visit("submitter", "MAR", viewport={"width": 900, "height": 900})
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    yield Clerk(site, page, line, long, request.param, "2004")
    page.context.close()


def test_it_can_be_stopped_and_gone_on_with_even_after_the_page_was_closed(clerk: Clerk) -> None:
    words, page, clerk.period = WORDS[clerk.lang], clerk.page, str(next(YEARS))
    clerk.come()
    clerk.slow()
    clerk.start()
    clerk.wait_for(30)
    expect(page.locator("[data-upload-panel] progress")).to_be_visible()
    page.locator("button[data-pause]").click()
    expect(page.locator("button[data-pause]")).to_have_text(words["on"])
    clerk.site.hub.work()
    page.reload()
    clerk.come()
    expect(clerk.status).to_contain_text(words["found"])
    assert not re.search(r"\b0\s?[%٪]", clerk.status.inner_text())
    clerk.slow(-1)
    clerk.start()
    batch = clerk.done()
    assert page.evaluate("localStorage.length") == 0
    clerk.site.hub.work()
    with clerk.site.hub.house.database.read() as reading:
        from amana.web import batches

        assert batches.find(reading, batch).state == "ACCEPTED"


def test_a_line_that_breaks_is_told_and_the_rest_follows_by_itself(clerk: Clerk) -> None:
    clerk.come()
    clerk.slow()
    clerk.start()
    clerk.wait_for(20)
    clerk.slow(offline=True)
    expect(clerk.status).to_contain_text(WORDS[clerk.lang]["lost"])
    before = clerk.arrived()
    clerk.slow(-1)
    clerk.done()
    assert before > 0


def test_what_is_cancelled_is_destroyed_and_the_form_is_free_again(clerk: Clerk) -> None:
    page = clerk.page
    clerk.come()
    clerk.slow()
    clerk.start()
    clerk.wait_for(20)
    page.locator("button[data-cancel]").click()
    expect(clerk.status).to_contain_text(WORDS[clerk.lang]["cancelled"])
    expect(page.locator("main button[type=submit]")).to_be_focused()
    assert page.evaluate("localStorage.length") == 0
    until(clerk.nothing_lies_of_it, 30, "what had arrived is destroyed")
    clerk.slow(-1)
    clerk.start()
    clerk.done()


def test_a_keyboard_is_enough(clerk: Clerk) -> None:
    page = clerk.page
    clerk.come()
    clerk.slow()
    page.focus("main button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("button[data-pause]")).to_be_focused()
    clerk.wait_for(10)
    page.keyboard.press("Enter")
    expect(page.locator("button[data-pause]")).to_have_text(WORDS[clerk.lang]["on"])
    page.keyboard.press("Tab")
    expect(page.locator("button[data-cancel]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(clerk.status).to_contain_text(WORDS[clerk.lang]["cancelled"])
    assert page.locator("[data-upload-panel] [role=status]").get_attribute("aria-live") == "polite"


def test_a_refusal_is_told_in_the_hubs_words_and_the_form_is_free_again(clerk: Clerk) -> None:
    broken = clerk.file.with_suffix(".xlsx")
    broken.write_bytes(b"not a workbook at all")
    clerk.come()
    clerk.page.set_input_files("#file", broken)
    clerk.start()
    expect(clerk.status).to_contain_text("XLSX")
    expect(clerk.page.locator("main button[type=submit]")).to_be_visible()
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= 900


def test_without_a_script_the_form_sends_the_file_whole(site: Any, tmp_path: Path) -> None:
    file = tmp_path / "small.csv"
    file.write_text(text([row(number) for number in range(20)]), encoding="utf-8")
    page = site.visit("submitter", "MAR", java_script_enabled=False)
    page.goto(f"{site.url}/en/contributions/send")
    assert not page.locator("[data-upload-panel]").is_visible()
    page.select_option("#dataflow", "VICTIMS")
    page.fill("#period", "2004")
    page.set_input_files("#file", file)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"/contributions/bat_"))
    page.context.close()


def test_a_sealed_file_asks_for_its_manifest_and_sends_what_was_chosen_for_it(site: Any, tmp_path: Path) -> None:
    page = site.visit("submitter", "MAR", viewport={"width": 390, "height": 900})
    said: dict[str, str] = {}

    def announced(route: Any) -> None:
        pairs = (one.split(" ", 1) for one in route.request.headers["upload-metadata"].split(","))
        said.update({key: base64.b64decode(value).decode() for key, value in pairs})
        route.continue_()

    page.route("**/api/v1/uploads", announced)
    (tmp_path / "data.age").write_bytes(b"age-encryption.org/v1\n...")
    (tmp_path / "manifest.dsse").write_text('{"payload": "é"}', encoding="utf-8")
    page.goto(f"{site.url}/fr/contributions/send")
    page.fill("#period", "2011")
    expect(page.locator("#manifest")).to_be_hidden()
    page.set_input_files("#file", tmp_path / "data.age")
    expect(page.locator("#manifest")).to_be_visible()
    page.set_input_files("[data-manifest]", tmp_path / "manifest.dsse")
    expect(page.locator("#manifest")).to_have_value('{"payload": "é"}')
    page.click("main button[type=submit]")
    expect(page.locator("[data-upload-panel] .bad")).to_be_visible()
    assert (said["type"], said["manifest"]) == ("application/age", '{"payload": "é"}')
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()
