"""A workbook with several sheets: the clerk says which one she means, on every way in, and nothing repeats the name."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import xlsxwriter
from sqlalchemy import select

from amana.intake.tables import batch, upload
from support import clerk
from support.contributions import row
from support.hub import RealHub, real_hub

PATH = "/api/v1/batches?dataflow=VICTIMS&period="
YEARS = iter(range(2001, 2025))  # a second file of a year would wait for its owner
NAME = "Année de Zelbani"  # somebody's, perhaps


def workbook(names: tuple[str, str] = ("Feuil1", NAME)) -> bytes:
    """Twelve persons on the first sheet, 30 on the second; both are tables under canonical headings."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        for name, people in zip(names, (12, 30), strict=True):
            sheet, rows = book.add_worksheet(name), [row(number) for number in range(1, people + 1)]
            sheet.write_row(0, 0, list(rows[0]))
            for place, one in enumerate(rows, start=1):
                sheet.write_row(place, 0, list(one.values()))
    return written.getvalue()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    with real_hub(tmp_path_factory.mktemp("sheets")) as made:
        yield made


BOOK = workbook()


def stored(hub: RealHub, sent: str):
    with hub.test_database.as_role("owner").read() as reading:
        return reading.execute(select(batch.c.rows, batch.c.sheet, batch.c.state).where(batch.c.id == sent)).one()


def send(hub: RealHub, sheet: str = "", year: int = 0):
    year = year or next(YEARS)
    headers = {"Idempotency-Key": f"sheets-{year}", **({"Amana-Sheet": sheet} if sheet else {})}
    client = hub.api("submitter", "MAR")
    return client.post(f"{PATH}{year}", data=BOOK, content_type=clerk.XLSX, headers=headers)


def by_form(hub: RealHub, name: str, language: str = "en", raw: bytes | None = None):
    browser = hub.browser("submitter", "MAR")
    year = str(next(YEARS))
    form = {"form_key": hub.form_key(browser), "idempotency_key": year, "dataflow": "VICTIMS", "period": year}
    file = (io.BytesIO(raw or BOOK), "a.xlsx", clerk.XLSX)
    address, kind = f"/{language}/contributions/send", "multipart/form-data"
    return browser, browser.post(address, data={**form, "sheet": name, "file": file}, content_type=kind)


def in_pieces(hub: RealHub, name: str) -> str:
    raw, api = BOOK, hub.api("submitter", "MAR")
    said = {"dataflow": "VICTIMS", "period": str(next(YEARS)), "type": clerk.XLSX, "sheet": name}
    pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(raw)), "Upload-Metadata": pairs}
    begun = api.post("/api/v1/uploads", headers={**headers, "Idempotency-Key": "pieces"})
    assert begun.status_code == 201, begun.text
    place = begun.headers["Location"]
    for start in (0, 1000):
        piece = raw[start : start + 1000] if start == 0 else raw[start:]
        more = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(start)}
        kind = "application/offset+octet-stream"
        answer = api.open(place, "PATCH", data=piece, content_type=kind, headers=more)
        assert answer.status_code == 204, answer.text
    return str(answer.headers["Amana-Batch"])


def test_the_page_takes_the_name_or_the_number(hub: RealHub) -> None:
    browser, sent = by_form(hub, NAME)
    assert sent.status_code == 303, sent.text
    made = sent.headers["Location"].rpartition("/")[2]
    assert stored(hub, made).sheet == NAME, "it waits with the sealed file"
    hub.work()
    assert stored(hub, made) == (30, None, "ACCEPTED"), "it was read, and forgotten with the envelope"
    assert "Zelbani" not in browser.get(sent.headers["Location"]).text
    assert stored(hub, by_form(hub, "#2")[1].headers["Location"].rpartition("/")[2]).sheet == "#2"


def test_so_does_the_api_in_a_header_and_in_pieces(hub: RealHub) -> None:
    sent = send(hub, quote(NAME)).json["id"]
    hub.work()
    assert stored(hub, sent) == (30, None, "ACCEPTED")
    whole = in_pieces(hub, NAME)
    assert stored(hub, whole).sheet == NAME
    hub.work()
    assert stored(hub, whole) == (30, None, "ACCEPTED")
    with hub.test_database.as_role("owner").read() as reading:
        assert reading.execute(select(upload.c.sheet)).scalars().all() == [None]
    assert "Zelbani" not in str(hub.events())


def test_where_none_is_named_the_first_is_read_and_the_finding_says_how_to_choose(hub: RealHub) -> None:
    sent = send(hub).json["id"]
    hub.work()
    assert stored(hub, sent) == (12, None, "ACCEPTED")
    address = f"/api/v1/batches/{sent}/findings"
    (told,) = hub.api("submitter", "MAR").get(address).json["findings"]
    assert (told["rule"], told["severity"], told["sheet"]) == ("structure.other_sheets", "warning", "Feuil1")
    assert told["facts"] == {"others": 1, "number": 1}
    words = {"en": "in the field “Sheet”", "fr": "dans le champ « Feuille »", "ar": "في خانة «الورقة»"}
    for language, word in words.items():
        assert word in hub.api("submitter", "MAR", language).get(address).json["findings"][0]["message"]
        browser = hub.browser("submitter", "MAR")
        assert word in browser.get(f"/{language}/contributions/{sent}").text
        assert 'name="sheet"' in browser.get(f"/{language}/contributions/send").text


def test_a_sheet_that_is_not_there_refuses_the_file_and_is_not_repeated(hub: RealHub) -> None:
    browser, sent = by_form(hub, "Zelbani 2023")
    hub.work()
    page = browser.get(sent.headers["Location"]).text
    assert "no sheet of that name or number" in page
    assert "Zelbani" not in page
    assert stored(hub, sent.headers["Location"].rpartition("/")[2]) == (None, None, "REFUSED")


@pytest.mark.parametrize("said", ["%FF", "x" * 101, "two%0Alines"])
def test_what_can_be_no_name_is_refused_at_the_door(hub: RealHub, said: str) -> None:
    refused = send(hub, said)
    assert (refused.status_code, refused.json["code"]) == (400, "intake.sheet_malformed")


def test_another_sheet_is_another_sending(hub: RealHub) -> None:
    year = next(YEARS)
    first = send(hub, "2", year)
    assert send(hub, "2", year).json == first.json
    again = send(hub, "1", year)
    assert (again.status_code, again.json["code"]) == (422, "intake.replay_differs")


def test_a_file_that_waits_for_its_mapping_is_read_from_the_same_sheet_again(hub: RealHub, tmp_path: Path) -> None:
    people = clerk.keyed(clerk.rows(12))
    raw = clerk.workbook(tmp_path / "a.xlsx", people, clerk.KEYED_HEADERS).read_bytes()
    _, sent = by_form(hub, "Feuil1", raw=raw)
    hub.work()
    waiting = stored(hub, sent.headers["Location"].rpartition("/")[2])
    assert (waiting.state, waiting.sheet) == ("MAPPING", "Feuil1"), "as long as the sealed file, and no longer"
