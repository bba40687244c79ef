"""Tables to take away: the same rows in every format, for Excel in French and Arabic; nothing that it would run."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape

import pytest
import python_calamine

from amana.dissemination.csv import render_for_excel
from amana.dissemination.slice import Row, Slice, Source, Spread
from amana.dissemination.xlsx import Head, Printed, Taken, Unsure, render_xlsx
from amana.wording.load import LANGUAGES, sentence
from support.hub import RealHub, real_hub
from support.published import publish, three_committees
from support.running import small_policies
from support.smallbook import SMALL

PURPOSE = {"Amana-Purpose": "regional_reporting"}
TABLE = "/api/v1/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2024"
FORMULA = '=HYPERLINK("http://x")'
MARKS = {"Q": "▒ masqué", "L": "∅ non collecté", "A": ""}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    folder = tmp_path_factory.mktemp("downloads")
    with real_hub(folder, small_policies(folder)) as opened:
        three_committees(opened, "2024")
        publish(opened, "2024")
        yield opened


def sheets(raw: bytes) -> dict[str, list[list[object]]]:
    book = python_calamine.load_workbook(io.BytesIO(raw))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def taken(hub: RealHub, format_: str, lang: str) -> bytes:
    answer = hub.api("member").get(f"{TABLE}&format={format_}&lang={lang}", headers=PURPOSE)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Language"] == lang
    return answer.data


def asked(hub: RealHub) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = hub.api("member").get(TABLE, headers=PURPOSE).json["rows"]
    return rows


def test_excel_in_french_finds_columns_letters_and_marks(hub: RealHub) -> None:
    raw = taken(hub, "csv-excel", "fr")
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert [line["OBS_VALUE"] for line in lines] == [
        "" if row["value"] is None else str(row["value"]) for row in asked(hub)
    ]
    assert {line["MARK"] for line in lines} == {MARKS[str(row["status"])] for row in asked(hub)}
    assert {(line["VINTAGE"], line["LEAST_COUNT"], line["RELEASE"][:4]) for line in lines} == {("1", "5", "rel_")}
    plain = hub.api("member").get(f"{TABLE}&format=csv", headers=PURPOSE).text
    assert "VINTAGE" not in plain
    assert ";" not in plain


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_workbook_holds_numbers_and_marks_in_the_readers_language(hub: RealHub, lang: str) -> None:
    found = sheets(taken(hub, "xlsx", lang))
    assert list(found) == [sentence(f"sheet.{name}", lang) for name in ("table", "data", "about")]
    table, data, about = found.values()
    header, *rows = data
    value, mark = (header.index(sentence(f"column.{name}", lang)) for name in ("value", "mark"))
    assert [(row[value] or None, row[mark]) for row in rows] == [
        (one["value"] or None, sentence("mark.hidden", lang) if one["status"] == "Q" else
         sentence("mark.not_collected", lang) if one["status"] == "L" else "") for one in asked(hub)
    ]  # fmt: skip
    assert all(isinstance(row[value], float) for row, one in zip(rows, asked(hub), strict=True) if one["status"] == "A")
    printed = [cell for row in table for cell in row]
    assert sorted(cell for cell in printed if isinstance(cell, float)) == sorted(
        float(str(one["value"])) for one in asked(hub) if one["status"] == "A"
    )
    said = " ".join(str(cell) for row in about for cell in row)
    assert {"rel_", "5.0", "http"} <= {word for word in ("rel_", "5.0", "http") if word in said}, said
    assert (sentence("note.hidden", lang) in said) is any(one["status"] == "Q" for one in asked(hub))
    assert sentence("note.not_collected", lang) in said


def test_years_and_shares_are_numbers_and_their_reliability_is_in_words(hub: RealHub) -> None:
    asked_ = f"{TABLE}&share=SEX&change=yes&format=xlsx&lang=fr"
    header, *rows = sheets(hub.api("member").get(asked_, headers=PURPOSE).data)["Données"]
    assert header[-11:] == [
        *("Part", "Part : borne basse", "Part : borne haute", "Part : fiabilité"),
        *("Évolution", "Évolution : borne basse", "Évolution : borne haute", "Évolution : fiabilité"),
        *("Édition", "Seuil", "Publication"),
    ]
    assert {row[0] for row in rows} == {2024.0}
    assert {row[-8] for row in rows} <= {"fiable", "peu fiable", "masqué", ""}
    assert all(isinstance(row[-11], float) for row in rows if row[-8] == "fiable")


def test_a_workbook_in_arabic_runs_from_right_to_left(hub: RealHub) -> None:
    for lang, turned in (("ar", 3), ("fr", 0)):
        with zipfile.ZipFile(io.BytesIO(taken(hub, "xlsx", lang))) as parts:
            pages = [parts.read(name).decode() for name in parts.namelist() if "worksheets/sheet" in name]
        assert sum('rightToLeft="1"' in page for page in pages) == turned


def test_the_same_table_makes_the_same_bytes_and_each_download_is_journalled(hub: RealHub) -> None:
    assert taken(hub, "xlsx", "fr") == taken(hub, "xlsx", "fr")
    taken(hub, "csv-excel", "ar")
    read = [event["facts"]["format"] for event in hub.events("statistics.read")]
    assert read[-3:] == ["xlsx", "xlsx", "csv-excel"]
    assert hub.events("statistics.read")[-1]["purpose"] == "regional_reporting"


def test_a_workbook_is_dated_by_the_publication_and_says_for_what_it_was_read(hub: RealHub) -> None:
    (published,) = {one["published"] for one in hub.api("member").get(TABLE, headers=PURPOSE).json["sources"]}
    raw = taken(hub, "xlsx", "fr")
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        core = parts.read("docProps/core.xml").decode()
    assert f"{published.replace('+00:00', 'Z')}</dcterms:created>" in core
    about = sheets(raw)["À propos"]
    assert ["Finalité de la lecture", "Rapports régionaux"] in [row[:2] for row in about]
    assert published[:10] in {row[3] for row in about}


def test_the_name_of_a_file_tells_its_filters_vintage_and_release(hub: RealHub) -> None:
    def name(more: str) -> str:
        answer = hub.api("member").get(f"/api/v1/data/VICTIMS?{more}&format=csv", headers=PURPOSE)
        (source,) = hub.api("member").get(f"/api/v1/data/VICTIMS?{more}", headers=PURPOSE).json["sources"]
        return str(answer.headers["Content-Disposition"]).replace(source["release"][4:12], "RELEASE")

    assert name("by=REF_AREA,SEX&TIME_PERIOD=2024") == (
        'attachment; filename="VICTIMS-by-REF_AREA-SEX-2024_v1_RELEASE.csv"'
    )
    assert name("by=SEX&REF_AREA=MAR,NER&vintage=1") == (
        'attachment; filename="VICTIMS-by-SEX-REF_AREA_MAR_NER-2024_v1_RELEASE.csv"'
    )


def test_who_may_not_read_takes_nothing_away(hub: RealHub) -> None:
    for format_ in ("xlsx", "csv-excel"):
        assert hub.api("auditor").get(f"{TABLE}&format={format_}", headers=PURPOSE).status_code == 403
    accepted = {**PURPOSE, "Accept": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    assert hub.api("member").get(TABLE, headers=accepted).data.startswith(b"PK")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_links_to_each(hub: RealHub, lang: str) -> None:
    page = hub.browser("member", purpose="research").get(f"/{lang}/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2024").text
    links = re.findall(r'href="(/api/v1/data/VICTIMS[^"]+)"', page)
    assert [re.search(r"format=([a-z-]+)", link)[1] for link in links] == ["xlsx", "csv-excel", "csv", "json"]  # type: ignore[index]
    assert all(f"lang={lang}" in link for link in links[:3])


def test_estimates_have_a_decimal_comma_where_excel_expects_one() -> None:
    row = Row("2024", ("F",), -5.125, "E", margin=False, spread=Spread(0.0, 3.5, 1.25))
    cells = Slice("VICTIMS", ("SEX",), (row,), (Source("2024", "rel", "digest", "sex", 2),), ())
    text = {lang: render_for_excel(cells, SMALL, lang).decode("utf-8-sig") for lang in LANGUAGES}
    assert "-5,125;E;F;0,0;3,5;1,25;2;rel;;≈ estimation" in text["fr"]
    assert "-5,125;E;F;0,0;3,5;1,25;2;rel;;" in text["ar"]
    assert "-5.125;E;F;0.0;3.5;1.25;2;rel;;≈ estimate" in text["en"]


def test_what_is_unreliable_stays_a_number_and_says_so() -> None:
    row, source = Row("2024", ("F",), 7, "A", margin=False), Source("2024", "rel", "digest", "sex", 1, 5)
    cells = Slice("VICTIMS", ("SEX",), (row,), (source,), ())
    heads = (Head("count"), Head("share", kind="share"), Head("change", kind="change"))
    printed = Printed("", "", ("sex",), None, heads, (((Head("F"),), (7, Unsure(0.25), Unsure(-3))),))
    raw = render_xlsx(cells, printed, SMALL, "en", Taken(""))
    assert sheets(raw)["Table"][4] == ["F", 7.0, 0.25, -3.0]
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        styles = unescape(parts.read("xl/styles.xml").decode())
    assert '"0.0%" (unreliable)""' in styles
    assert '"+#,##0" (unreliable)";-#,##0" (unreliable)";0" (unreliable)""' in styles


def test_no_text_becomes_a_formula() -> None:
    """Whatever a title, a note or a name of ours begins with is text: no sheet holds a formula or a link."""
    row = Row("2024", ("F",), 7, "A", margin=False)
    cells = Slice("VICTIMS", ("SEX",), (row,), (Source("2024", FORMULA, FORMULA, "sex", 1, 5),), ())
    heads = (Head(FORMULA), Head(FORMULA, total=True, depth=1))
    printed = Printed(FORMULA, FORMULA, (FORMULA,), FORMULA, heads[:1], (((heads[1],), (FORMULA,)),))
    raw = render_xlsx(cells, printed, SMALL, "en", Taken(FORMULA, FORMULA))
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist() if "sheet" in name)
    assert not re.search(r"<f>|<hyperlink|HYPERLINK\(", text)
    assert FORMULA in str(sheets(raw))
    assert "'=HYPERLINK" in render_for_excel(cells, SMALL, "fr").decode()
