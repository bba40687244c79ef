"""A release that shows nothing, or hardly anything, says so before anybody approves it, on its page and in the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from flask import render_template_string
from flask.testing import FlaskClient

from amana.disclosure.table import KnownFigure, Status
from amana.release import ledger
from amana.release.ledger import Release
from amana.web.api.compared import warnings
from amana.wording.load import LANGUAGES
from support.hub import RealHub, real_hub
from support.published import publish, three_committees
from support.running import small_policies


def release(*tables: tuple[int, int], **more: object) -> Release:
    """Return as much of a built release as its warnings need. tables: (cells, shown); more: of its report."""
    use = {str(number): {"cells": cells, "shown": shown} for number, (cells, shown) in enumerate(tables)}
    return cast(
        "Release", SimpleNamespace(report=json.dumps({"usefulness": use, **more}), published_at=None, candidate=None)
    )


@pytest.mark.parametrize(
    ("tables", "codes"),
    [
        (((30, 0),), ["nothing_shown"]),
        (((20, 0), (10, 0)), ["nothing_shown"]),
        (((30, 2),), ["hardly_anything_shown"]),
        (((30, 3),), ["hardly_anything_shown"]),
        (((30, 4),), []),
        (((30, 2), (10, 0)), ["hardly_anything_shown", "tables_without_figures"]),
        (((30, 20), (10, 0)), ["tables_without_figures"]),
        (((30, 20), (0, 0)), []),
    ],
)
def test_it_counts_cells_and_tables(hub: RealHub, tables: tuple[tuple[int, int], ...], codes: list[str]) -> None:
    with hub.app.test_request_context("/en/methods"):
        assert [one["code"] for one in warnings(release(*tables))] == [f"warning.{code}" for code in codes]


def test_with_noise_nothing_is_said_of_small_counts_that_are_hidden(hub: RealHub) -> None:
    with hub.app.test_request_context("/en/methods"):
        (told,) = warnings(release((30, 3), noise={"micro_rho": 1}))
        assert warnings(release((30, 4), noise={"micro_rho": 1})) == []
    assert told["code"] == "warning.hardly_anything_measured"
    assert "3 of 30" in told["text"]
    assert "hidden" not in told["text"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_so_first_in_the_readers_language(hub: RealHub, lang: str) -> None:
    page = '{% import "parts.html" as parts with context %}{{ parts.look_first(warnings) }}'
    with hub.app.test_request_context(f"/{lang}/methods"):
        told = warnings(release((30, 2), (10, 0)))
        text = unescape(render_template_string(page, warnings=told))
        assert render_template_string(page, warnings=[]).strip() == ""
    assert text.count("<li>") == 2
    assert all(one["text"] in text and "…" not in one["text"] for one in told)
    assert "40" in told[0]["text"]


def test_before_it_is_built_there_is_nothing_to_look_at(hub: RealHub) -> None:
    planned = hub.api("steward").post("/api/v1/releases", json={"plan": "victims-annual", "period": "2031"}).json
    assert planned["warnings"] == []
    assert planned["beside"] is None


@pytest.fixture
def small(tmp_path: Path) -> Iterator[RealHub]:
    """A hub of its own with a small plan."""
    with real_hub(tmp_path, small_policies(tmp_path)) as opened:
        yield opened


def test_what_is_printed_elsewhere_with_another_number_is_named(
    small: RealHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what the candidate shows is compared with what is printed: of a hidden cell nothing is said."""
    three_committees(small)
    built = publish(small, "2022", until="BUILT")
    address = f"/api/v1/releases/{built}"
    with small.house.database.read() as reading:
        bundle = small.house.opened.bundle(str(ledger.find(reading, built).candidate))
    cube = bundle.cubes[0]
    shown = next(at for at in cube.indices() if bundle.status[cube.id][at] == Status.SHOWN)
    count = int(bundle.values[cube.id][shown])
    for printed, told in ((count, False), (count + 1, True)):
        figure = KnownFigure(cube.cell_key(shown), printed, "A yearly report")
        monkeypatch.setattr("amana.web.api.compared.printed_figures", lambda *_, figure=figure: (figure,))
        codes = [one["code"] for one in small.api("steward").get(address).json["warnings"]]
        assert ("warning.printed_otherwise" in codes) is told
    page = small.browser("protection_officer", "MAR").get(f"/en/releases/{built}/approve").text
    assert "A yearly report" in page
    assert "Look at this first" in page


@pytest.mark.parametrize(
    ("lang", "advice", "instead"),
    [
        ("en", "coarser", "no figure to read"),
        ("fr", "plus larges", "aucun chiffre à y lire"),
        ("ar", "أعم", "لا رقم يُقرأ"),
    ],
)
def test_advice_on_plans_is_for_who_plans_or_approves(hub: RealHub, lang: str, advice: str, instead: str) -> None:
    """The code and the numbers are everybody's; a reader is told what it means for reading."""
    told = {}
    for role, committee in (("steward", None), ("protection_officer", "MAR"), ("member", None), ("submitter", "MAR")):
        client = hub.browser(role, committee)
        with hub.app.test_request_context(f"/{lang}/methods", headers=[("Cookie", cookie(client))]):
            hub.app.preprocess_request()
            told[role] = warnings(release((30, 0)))[0]
    assert all(advice in told[role]["text"] for role in ("steward", "protection_officer"))
    assert all(instead in told[role]["text"] and advice not in told[role]["text"] for role in ("member", "submitter"))
    assert {one["code"] for one in told.values()} == {"warning.nothing_shown"}


def cookie(client: FlaskClient) -> str:
    held = client.get_cookie("amana")
    assert held is not None
    return f"amana={held.value}"
