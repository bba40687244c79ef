"""Shares and changes on the page of a table: chosen there, said in words, and kept by the download."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import python_calamine

from amana.disclosure.ratio import Derived
from amana.disclosure.table import WITHHELD
from amana.dissemination.slice import Row
from amana.web.derived import Bar, Told, told_of
from support.hub import RealHub, real_hub
from support.published import contribution, publish, send
from support.running import small_policies

TABLE = "/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD="
PURPOSE = {"Amana-Purpose": "regional_reporting"}
SENT = (("NER", 230), ("CIV", 290), ("MAR", 260), ("TUN", 180), ("MRT", 120))


def opened(folder: Path, policies: Path, years: dict[str, int]) -> Iterator[RealHub]:
    with real_hub(folder, policies) as hub:
        for year, more in years.items():
            for committee, people in SENT:
                send(hub, contribution(people + more), committee, year)
        hub.work()
        for year in years:
            publish(hub, year)
        yield hub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    folder = tmp_path_factory.mktemp("marks")
    yield from opened(folder, small_policies(folder), {"2022": 0, "2023": 30})


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    folder = tmp_path_factory.mktemp("noise")
    policies = small_policies(folder)
    plan = policies / "releases" / "victims.toml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace('method = "suppress"', 'method = "dp"\nepsilon = "2.5"'), encoding="utf-8")
    yield from opened(folder, policies, {"2022": 0})


def page(hub: RealHub, question: str, language: str = "en") -> str:
    answer = hub.browser("member", purpose="regional_reporting").get(f"/{language}{TABLE}{question}")
    assert answer.status_code == 200, answer.text
    return answer.text


def links(text: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'class="button[^"]*" href="([^"]+)"', text)]


def test_nothing_is_reckoned_that_nobody_asked_for(hub: RealHub) -> None:
    text = page(hub, "2023")
    assert 'class="told"' not in text
    assert [re.search(rf'name="{name}"', text) is not None for name in ("share", "change")] == [True, True]


def test_a_share_stands_under_its_figure_with_a_bar_that_readers_without_eyes_are_spared(hub: RealHub) -> None:
    text = page(hub, "2023&share=SEX")
    assert re.search(r'<svg class="gauge" [^>]*aria-hidden="true"', text)
    assert 'class="reach"' not in text  # nothing is unsure
    assert re.search(r'<span class="hush">share: </span><bdi dir="ltr">[0-9.]+ %</bdi>', text)
    assert '<option value="SEX" selected>' in text


def test_a_change_is_against_the_year_before_and_only_the_year_asked_for_is_shown(hub: RealHub) -> None:
    text = page(hub, "2023&change=yes")
    assert re.search(r'<span>change: </span><bdi dir="ltr">\+[0-9]+</bdi>', text)
    assert "against the year before" in text
    assert re.search(r"<caption>[^<]*, 2023<", text)
    assert "2022–2023" not in text
    assert '<option value="2023" selected>' in text


def test_the_downloads_keep_the_choice(hub: RealHub) -> None:
    addresses = [one for one in links(page(hub, "2023&share=SEX&change=yes")) if "format=" in one]
    assert len(addresses) == 4
    for address in addresses:
        assert "share=SEX" in address
        assert "change=yes" in address
        assert "TIME_PERIOD=2023&" in address
    (plain,) = [one for one in addresses if "format=csv&" in one]
    body = hub.browser("member", purpose="regional_reporting").get(plain).text
    lines = list(csv.DictReader(io.StringIO(body)))
    assert {line["TIME_PERIOD"] for line in lines} == {"2023"}
    assert "reliable" in {line["CHANGE_STATUS"] for line in lines}


def figures_of(text: str) -> list[tuple[str, ...]]:
    """Return the figures of a page's table with what is told of each, row after row, without marks."""
    return [
        tuple(re.findall(r'<bdi(?: dir="ltr")?>([0-9.,+−±]+(?: %)?)</bdi>', cell))
        for cell in re.findall(r"<td[^>]*>(.*?)</td>", text, re.DOTALL)
        if "<bdi" in cell
    ]


def as_printed(value: object, name: str) -> str:
    if not isinstance(value, float):
        return ""
    if name.endswith(": Share"):
        return f"{round(value * 100, 1):.1f}".removesuffix(".0") + " %"
    sign = ("+" if value > 0 else "−" if value < 0 else "±") if name.endswith(": Change") else ""
    return f"{sign}{abs(value):,.0f}"


def test_the_workbook_prints_the_table_of_the_page_with_its_shares_and_changes(hub: RealHub) -> None:
    text = page(hub, "2023&share=SEX&change=yes")
    (address,) = [one for one in links(text) if "format=xlsx" in one]
    raw = hub.browser("member", purpose="regional_reporting").get(address).data
    sheet = sheet_of(raw, 0)
    header, rows = sheet[3], [row for row in sheet[4:] if row[1] != ""]
    assert [name for name in header if str(name).startswith("Female")] == ["Female", "Female: Share", "Female: Change"]
    assert "Total: Share" not in header, "a total has none of itself"
    found = [
        tuple(said for at in (place, *more) if (said := as_printed(row[at], str(header[at]))))
        for row in rows
        for place, *more in columns_of(header)
        if isinstance(row[place], float)
    ]
    assert found == figures_of(text)
    said = " ".join(str(cell) for row in sheet for cell in row)
    assert "of the total over “Sex”" in said
    assert "from the year before" in said
    assert "2022" not in said


def columns_of(header: list[object]) -> list[list[int]]:
    """Return of each column of counts its place, and those of its share and its change."""
    found: list[list[int]] = []
    for place, name in enumerate(header[1:], start=1):
        if str(name).endswith((": Share", ": Change")):
            found[-1].append(place)
        else:
            found.append([place])
    return found


def test_shares_in_a_workbook_are_numbers_that_excel_shows_in_percent(hub: RealHub, noisy: RealHub) -> None:
    for one, year in ((hub, "2023"), (noisy, "2022")):
        (address,) = [link for link in links(page(one, f"{year}&share=SEX")) if "format=xlsx" in link]
        raw = one.browser("member", purpose="regional_reporting").get(address).data
        table, data = (formats_of(raw, number) for number in (1, 2))
        header = sheet_of(raw, 0)[3]
        shares = {place for place, name in enumerate(header) if str(name).endswith(": Share")}
        looks = [shown for place, shown in table if place in shares]
        assert looks
        assert {*looks} <= {"0.0%", '0.0%" (unreliable)"'}  # noise makes one unreliable now and then
        ends = {place for place, name in enumerate(sheet_of(raw, 1)[0]) if re.fullmatch("Share(: .* end)?", str(name))}
        assert {shown for place, shown in data if place in ends} == {"0.0%"}


def sheet_of(raw: bytes, number: int) -> list[list[object]]:
    rows = python_calamine.load_workbook(io.BytesIO(raw)).get_sheet_by_index(number).to_python(skip_empty_area=False)
    return [list(row) for row in rows]


def formats_of(raw: bytes, number: int) -> list[tuple[int, str]]:
    """Return of each number of a sheet its column, from 0, and how Excel is told to show it."""
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        styles, sheet = (parts.read(f"xl/{name}.xml").decode() for name in ("styles", f"worksheets/sheet{number}"))
    named = dict(re.findall(r'<numFmt numFmtId="([0-9]+)" formatCode="([^"]*)"', styles))
    looks = re.findall(r'<xf numFmtId="([0-9]+)"', styles[styles.index("<cellXfs") :])
    cells = re.findall(r'<c r="([A-Z])[0-9]+" s="([0-9]+)"><v>', sheet)
    return [(ord(column) - ord("A"), unescape(named.get(looks[int(look)], ""))) for column, look in cells]


def test_every_download_is_in_the_readers_language(hub: RealHub) -> None:
    assert {"lang=fr" in one for one in links(page(hub, "2023", "fr")) if "format=" in one} == {True}


@pytest.mark.parametrize(("periods", "offered"), [("2023", []), ("2022,2023", ["2022, 2023"])])
def test_no_period_is_offered_that_would_lead_back_to_the_last(hub: RealHub, periods: str, offered: list[str]) -> None:
    chooser = re.search(r'name="TIME_PERIOD">(.*?)</select>', page(hub, periods))
    assert chooser is not None
    assert re.findall(r'<option value="">([^<]*)</option>', chooser[1]) == offered


def test_where_there_is_no_year_before_the_page_says_so(hub: RealHub) -> None:
    text = page(hub, "2022&change=yes")
    assert "There is nothing of the year before to compare this table with: there is no change to show." in text
    assert 'class="told"' not in text


def test_shares_of_a_dimension_that_is_narrowed_are_not_asked_for(hub: RealHub) -> None:
    text = page(hub, "2023&share=SEX&SEX=F")
    assert 'class="told"' not in text
    assert "share=SEX" not in links(text)[0]


def test_what_makes_no_sense_is_refused_as_by_the_api(hub: RealHub) -> None:
    browser = hub.browser("member", purpose="regional_reporting")
    for question in ("2023&share=AGE", "2023&change=maybe"):
        assert browser.get(f"/en{TABLE}{question}").status_code == 400
    for lang, why in (("ar", "لا تُحسب الحصص إلا"), ("fr", "Une part se calcule"), ("en", "A share is of one")):
        told = hub.api("member", language=lang).get(f"/api/v1{TABLE}2023&share=AGE", headers=PURPOSE).json
        assert (told["code"], told["facts"]) == ("query.malformed", {"place": "share", "reason": "query.share"})
        assert why in told["detail"]


@pytest.mark.parametrize(
    ("lang", "words"), [("ar", "الطبعات المتاحة: 1"), ("fr", "disponibles : 1"), ("en", "read: 1")]
)
def test_a_vintage_that_there_is_not_is_answered_with_those_there_are(hub: RealHub, lang: str, words: str) -> None:
    told = hub.api("member", language=lang).get(f"/api/v1{TABLE}2023&vintage=2", headers=PURPOSE)
    assert (told.status_code, told.json["code"]) == (404, "cube.no_such_vintage")
    assert words in told.json["detail"]
    browser = hub.browser("member", purpose="regional_reporting")
    assert words in browser.get(f"/{lang}{TABLE}2023&vintage=2").text


@pytest.mark.parametrize(
    ("language", "to", "word"),
    [("en", " to ", "unreliable"), ("fr", " à ", "peu fiable"), ("ar", " إلى ", "غير موثوق")],
)
def test_with_noise_a_share_has_its_range_and_a_whisker(noisy: RealHub, language: str, to: str, word: str) -> None:
    text = page(noisy, "2022&share=SEX", language)
    assert re.search(rf'<small>[^<]*<bdi dir="ltr">[0-9.,]+</bdi>{to}<bdi dir="ltr">[0-9.,]+ %</bdi></small>', text)
    whiskers = re.findall(r'class="reach" d="M([0-9.]+) 5H([0-9.]+)', text)
    assert whiskers
    assert all(0 <= float(low) <= float(high) <= 100 for low, high in whiskers)
    assert word in text


CELL = Row("2023", ("F",), 24, "A", margin=False)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"share": Derived(0.6, 0.6, 0.6, True)}, ("share", "60", None, None, "reliable", Bar(60, 60, 60))),
        ({"share": Derived(0.6, 0.451, 0.75, True)}, ("share", "60", "45.1", "75", "reliable", Bar(60, 45.1, 75))),
        ({"share": Derived(0.02, 0.0, 0.3, False)}, ("share", "2", "0", "30", "unreliable", Bar(2, 0, 30))),
        ({"share": Derived(1.0, 1.0, 1.0, True)}, ("share", "100", None, None, "reliable", None)),
        ({"share": WITHHELD}, ("share", "–", None, None, "withheld", None)),
        ({"share": Derived(None, 0.0, float("inf"), False)}, ("share", "–", "0", "100", "unreliable", None)),
        ({"change": Derived(9, 9, 9, True)}, ("change", "+9", None, None, "reliable", None)),
        ({"change": Derived(0, 0, 0, True)}, ("change", "±0", None, None, "reliable", None)),
        ({"change": Derived(-3.4, -20.2, 13.6, False)}, ("change", "−3", "−20", "+14", "unreliable", None)),
        ({"change": WITHHELD}, ("change", "–", None, None, "withheld", None)),
    ],
)
def test_what_is_printed_of_an_indicator(hub: RealHub, row: dict, told: tuple) -> None:
    with hub.app.test_request_context("/en/methods"):
        assert told_of(CELL.__class__(**{**vars(CELL), **row})) == (Told(*told),)


def test_under_the_mark_of_a_hidden_figure_nothing_is_said_twice(hub: RealHub) -> None:
    hidden = Row("2023", ("F",), None, "Q", margin=False, share=WITHHELD, change=WITHHELD)
    with hub.app.test_request_context("/en/methods"):
        assert told_of(hidden) == told_of(CELL) == ()
