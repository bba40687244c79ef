"""The owner's pages in a real browser: what a version changes, her word about it, and a list sent without script.

That these pages are Arabic in Arabic, fit a telephone and name their fields is asked in ``test_pages``.
"""

from __future__ import annotations

from pathlib import Path

from support.contributions import pseudonym


def address(site, language: str, path: str) -> str:
    return f"{site.url}/{language}{path.format(**site.batches)}"


def test_an_owner_sees_the_difference_and_decides_in_two_steps(site) -> None:
    page = site.visit("submitter", "MAR")
    page.goto(address(site, "en", "/contributions/{held}"))
    told = page.locator("main").inner_text()
    assert "Persons added\n10" in told
    assert "Persons removed\n6" in told
    page.get_by_role("link", name="Let it replace the earlier version").click()
    page.get_by_role("button", name="Yes, replace").click()
    site.hub.work()
    page.wait_for_selector("text=can no longer be read", timeout=60_000)  # the page follows by itself
    page.goto(address(site, "en", "/contributions/{held}"))
    assert "Persons added" not in page.locator("main").inner_text()
    page.close()


def test_a_list_is_sent_from_the_page_without_script(site, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(f"PSEUDONYM\n{pseudonym(9)}\n")
    page = site.visit("protection_officer", "MAR", java_script_enabled=False)
    page.goto(f"{site.url}/fr/requests/")
    page.select_option("#act", "object")
    page.set_input_files("#file", listed)
    page.get_by_role("button", name="Envoyer la demande").click()
    page.wait_for_url("**/fr/requests/req_*")
    site.hub.work()
    page.reload()
    assert "Exécutée" in page.locator("main").inner_text()
    with page.expect_download() as got:
        page.get_by_role("link", name="Télécharger le reçu signé").click()
    assert got.value.suggested_filename.endswith(".receipt.json")
    page.close()
