"""What was found in a contribution, by every way it comes out: by rule, complete, in the reader's words, valueless."""

from __future__ import annotations

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from amana.media import XLSX
from support.contributions import row, text
from support.hub import RealHub
from support.published import send

FAULTS = 1500  # every third row of a file
SECRET = "Ouarzazate"  # a cell that must not leave


@pytest.fixture(scope="module")
def refused(hub: RealHub) -> str:
    """A batch with 500 unknown codes, one row that says "Total", a means too few and nothing else wrong."""
    rows = [row(n, SEX=SECRET if n % 3 == 0 else "F", AGE="30") for n in range(FAULTS)]
    rows[1]["VICTIM_STATUS"] = "Total"
    rows[2]["DECIDED_BY"] = "NGO"
    batch = send(
        hub, text([{**one, "DECIDED_BY": one.get("DECIDED_BY", "POLICE")} for one in rows]).encode(), "MAR", "2021"
    )
    hub.work()
    return batch


def sheets(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_findings_come_by_rule_with_what_refuses_first_and_every_row(hub: RealHub, refused: str) -> None:
    answer = hub.api("submitter", "MAR").get(f"/api/v1/batches/{refused}/findings")
    rules = [(one["rule"], one["severity"], one["count"]) for one in answer.json["rules"]]
    assert rules == [("code.unknown", "error", 500), ("totals.row", "error", 1), ("status.decider", "warning", 1)]
    found = {one["rule"]: one for one in answer.json["findings"]}
    assert found["code.unknown"]["ranges"] == ", ".join(str(n + 2) for n in range(0, FAULTS, 3))
    assert found["totals.row"]["ranges"] == "3"
    assert (found["code.unknown"]["column"], found["code.unknown"]["letter"]) == ("SEX", "C")
    assert answer.json["rules"][0]["fix"] == "Choose a code of list CL_SEX in the dictionary, or _U."
    assert SECRET not in answer.text


@pytest.mark.parametrize(("language", "word"), [("ar", "خطأ"), ("fr", "erreur"), ("en", "error")])
def test_the_workbook_is_in_the_readers_language_and_complete(
    hub: RealHub, refused: str, language: str, word: str
) -> None:
    reader = hub.api("submitter", "MAR", language)
    by_name = reader.get(f"/api/v1/batches/{refused}/findings.xlsx")
    by_type = reader.get(f"/api/v1/batches/{refused}/findings", headers={"Accept": XLSX})
    assert by_name.content_type == by_type.content_type == XLSX
    assert by_name.headers["Content-Disposition"] == f'attachment; filename="findings-{refused}.xlsx"'
    rules, places = sheets(by_name.data).values()
    assert [line[1] for line in rules[-3:]] == ["code.unknown", "totals.row", "status.decider"]
    assert word in str(rules[-3][0]).lower()
    unknown = [line for line in places if line[1] == "code.unknown"]
    assert [line[5] for line in unknown] == [n + 2 for n in range(0, FAULTS, 3)]
    assert SECRET.encode() not in by_name.data
    assert sheets(by_type.data) == sheets(by_name.data)


def test_an_arabic_workbook_reads_from_the_right(hub: RealHub, refused: str) -> None:
    import zipfile

    content = hub.api("submitter", "MAR", "ar").get(f"/api/v1/batches/{refused}/findings.xlsx").data
    with zipfile.ZipFile(BytesIO(content)) as book:
        views = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
        whole = b"".join(book.read(name) for name in book.namelist())
    assert all(b'rightToLeft="1"' in view for view in views)
    assert SECRET.encode() not in whole
    assert b"<f>" not in whole


def test_another_committee_sees_nothing_of_it(hub: RealHub, refused: str) -> None:
    for path in ("findings", "findings.xlsx"):
        assert hub.api("submitter", "TUN").get(f"/api/v1/batches/{refused}/{path}").status_code in {403, 404}
    assert hub.browser("submitter", "TUN").get(f"/en/contributions/{refused}/findings.xlsx").status_code in {403, 404}


def test_each_reading_is_journalled(hub: RealHub, refused: str) -> None:
    before = len(hub.events("findings.read"))
    hub.api("submitter", "MAR").get(f"/api/v1/batches/{refused}/findings")
    hub.api("submitter", "MAR").get(f"/api/v1/batches/{refused}/findings.xlsx")
    browser = hub.browser("submitter", "MAR")
    browser.get(f"/fr/contributions/{refused}")
    browser.get(f"/fr/contributions/{refused}/findings.xlsx")
    assert len(hub.events("findings.read")) == before + 4


def test_a_type_that_is_not_offered_is_refused(hub: RealHub, refused: str) -> None:
    answer = hub.api("submitter", "MAR").get(f"/api/v1/batches/{refused}/findings", headers={"Accept": "image/png"})
    assert answer.status_code == 406


def test_the_page_shows_refusing_rules_first_and_narrows_as_asked(hub: RealHub, refused: str) -> None:
    browser = hub.browser("submitter", "MAR")
    page = browser.get(f"/en/contributions/{refused}").text
    assert page.index("code.unknown") < page.index("totals.row") < page.index("status.decider")
    assert page.index("status.decider") < page.index("Receipt number"), "what must be mended comes first"
    assert "2, 5, 8, 11" in page
    assert SECRET not in page
    warnings = browser.get(f"/en/contributions/{refused}?severity=warning").text
    assert "status.decider" in warnings
    assert "totals.row" not in warnings
    column = browser.get(f"/en/contributions/{refused}?column=VICTIM_STATUS").text
    assert "totals.row" in column
    assert "code.unknown" not in column
    strange = browser.get(f"/en/contributions/{refused}?severity=mild&column=<script>").text
    assert "code.unknown" in strange
    assert "<script>" not in strange.replace('<script src="', "")


@pytest.mark.parametrize("period", ["1850", "1999", "2027"])
def test_a_year_that_cannot_be_meant_is_refused_before_the_file_is_read(hub: RealHub, period: str) -> None:
    answer = hub.api("submitter", "MAR").post(
        f"/api/v1/batches?dataflow=VICTIMS&period={period}",
        data=text([row(1)]).encode(),
        content_type="text/csv",
        headers={"Idempotency-Key": f"year-{period}"},
    )
    assert (answer.status_code, answer.json["code"]) == (400, "codebook.period_implausible")
    assert answer.json["facts"] == {"first": 2000, "last": 2026}
    assert period not in answer.json["detail"]
