"""A real Chromium against a real hub, served over HTTP on this machine.

Without Chromium these tests are skipped, and counted in one last line; where AMANA_REQUIRE_BROWSER=1 its absence fails.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from support.case_pages import auditor_has_reviewed
from support.hub import Kept, RealHub
from support.owner_pages import owner_has_asked
from support.published import publish, send_what_meets_most_fates

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HERE = Path(__file__).parent
SKIPPED: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker("browser")
        if CHROMIUM is None and os.environ.get("AMANA_REQUIRE_BROWSER") != "1":
            SKIPPED.append(item.name)
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SKIPPED:
        terminalreporter.write_line(f"{len(SKIPPED)} page tests skipped, no Chromium: {', '.join(sorted(SKIPPED))}")


class Quiet(WSGIRequestHandler):
    """Says nothing about the requests of a test."""

    def log(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is required (AMANA_REQUIRE_BROWSER=1) and not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def served(hub: RealHub) -> Iterator[str]:
    port = int(hub.house.config.origin.rpartition(":")[2])
    server = make_server("127.0.0.1", port, hub.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub.house.config.origin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Site:
    """The hub as people see it."""

    def __init__(self, hub: RealHub, url: str, chromium: Browser) -> None:
        self.hub = hub
        self.url = url
        self.chromium = chromium
        self.releases: dict[str, str] = {}
        self.batches: dict[str, str] = {}
        self.faults: list[str] = []
        self._contexts: dict[tuple[str, str | None], BrowserContext] = {}
        self._open: dict[tuple[str | None, str | None], Page] = {}

    def visit(self, role: str | None = None, committee: str | None = None, **more: object) -> Page:
        """A fresh page of somebody who is signed in, or of a stranger."""
        if more or role is None:
            context = self.chromium.new_context(**more)  # type: ignore[arg-type]
            page = context.new_page()
            if role:
                self.sign_in(page, role, committee)
            return page
        if (role, committee) not in self._contexts:
            self._contexts[role, committee] = self.chromium.new_context()
            self.sign_in(self._contexts[role, committee].new_page(), role, committee)
        return self._contexts[role, committee].new_page()

    def look(self, role: str | None, committee: str | None, path: str, width: int = 1280) -> Page:
        """A page for a test that does nothing but look at it: one stays open for each reader, since opening costs most.

        ``faults`` holds what this page asked for against its Content Security Policy.
        """
        if (role, committee) not in self._open:
            self._open[role, committee] = page = self.visit(role, committee)
            page.on("console", self._hear)
        page = self._open[role, committee]
        page.set_viewport_size({"width": width, "height": 800})
        self.faults.clear()
        page.goto(f"{self.url}{path}")
        return page

    def _hear(self, said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            self.faults.append(said.text)

    def sign_in(self, page: Page, role: str, committee: str | None = None, lang: str = "en") -> None:
        account = self.hub.account(role, committee)
        page.goto(f"{self.url}/{lang}/sign-in")
        page.fill("#email", account["email"])
        page.fill("#password", account["password"])
        page.click("main button")
        page.wait_for_url(lambda url: not url.endswith("/sign-in"))
        if page.locator("input[name=purpose]").count():
            page.locator("input[name=purpose]").first.check()
            page.click("main button")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser, figures_of_2022: Kept) -> Iterator[Site]:
    """A hub with one published release, one that awaits approval, and a contribution that was refused.

    Beside them stands what an owner decides and asks: a version that is held, requests that are done and refused.
    """
    origin = f"http://127.0.0.1:{free_port()}"
    with figures_of_2022.again(tmp_path_factory.mktemp("site"), origin) as hub:
        batches = {**send_what_meets_most_fates(hub), **owner_has_asked(hub)}
        releases = {"published": figures_of_2022.release, "built": publish(hub, "2023", until="BUILT")}
        batches |= auditor_has_reviewed(hub)
        with served(hub) as url:
            opened = Site(hub, url, chromium)
            opened.batches, opened.releases = batches, releases
            yield opened
