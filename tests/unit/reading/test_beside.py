"""What stands outside the table becomes no record; what identifies somebody there refuses the file all the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from support import clerk
from support.contributions import BOOK, judged, row, text
from support.written import ods_cell, ods_of

PEOPLE = ["Fatima Benali", "Mamadou Diallo", "Aminata Traoré", "Youssef El Idrissi", "Khadija Alaoui"]


def found(path: Path, committee: str = "MAR") -> set[tuple[str, str | None, int | None, str | None]]:
    judgement, records = judged(path, committee=committee)
    assert records is None or judgement.accepted
    return {(one.rule, one.sheet, one.row, one.letter) for one in judgement.findings if one.refuses}


def workbook(
    path: Path, *, title: str = "", comment: str = "", other: Sequence[Sequence[object]] = (), hidden: bool = False
) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Victimes")
        sheet.write(0, 0, title)
        header, *lines = text([row(number) for number in range(4)]).splitlines()
        for at, line in enumerate([header, *lines], start=2):
            for column, cell in enumerate(line.split(",")):
                sheet.write_string(at, column, cell)
        if comment:
            sheet.write_comment("B4", comment)
        if other:
            second = book.add_worksheet("Benali")
            for at, cells in enumerate(other, start=3):
                second.write_row(at, 2, cells)
            if hidden:
                second.hide()
    return path


def test_a_sound_workbook_with_lists_and_signatures_passes(tmp_path: Path) -> None:
    labels = [one.label for codes in BOOK.codelists.values() for one in codes.codes]
    places = [[label.read(language) for language in ("ar", "fr", "en")] for label in labels]
    title = "Registre au 31/12/2024, établi par Mohamed Benali"
    signed = [*places, ["05/01/2024"], ["Vu: Fatima Benali"], ["2024"], ["Ce registre est tenu par le comité"]]
    path = workbook(tmp_path / "a.xlsx", title=title, comment="à vérifier avec Mohamed Benali", other=signed)
    assert found(path) == set()


@pytest.mark.slow
def test_a_long_sheet_of_figures_beside_the_table_is_no_reason_to_refuse(tmp_path: Path) -> None:
    figures = [[10_000 + number, 3.5] for number in range(2_500)]
    assert found(workbook(tmp_path / "a.xlsx", other=figures)) == set()
    figures[1_000][0] = "06 61 23 45 67"  # type: ignore[call-overload]
    assert found(workbook(tmp_path / "b.xlsx", other=figures)) == {("identifier.phone", "#2", 1_004, "C")}


@pytest.mark.parametrize("hidden", [False, True])
def test_a_sheet_beside_the_table_is_searched_also_where_nobody_sees_it(tmp_path: Path, hidden: bool) -> None:
    numbers = workbook(tmp_path / "a.xlsx", other=[["n°", "téléphone"], [1, "06 61 23 45 67"], [2, 85]], hidden=hidden)
    assert found(numbers) == {("identifier.phone", "#2", 5, "D")}
    names = workbook(tmp_path / "b.xlsx", other=[[name] for name in PEOPLE], hidden=hidden)
    assert found(names) == {("identifier.name", "#2", 4, "C")}


def test_titles_and_comments_are_searched(tmp_path: Path) -> None:
    assert found(workbook(tmp_path / "a.xlsx", title="Dossier CIN BK123456")) == {
        ("identifier.national_number", "Victimes", 1, "A")
    }
    assert found(workbook(tmp_path / "b.xlsx", comment="appeler le 0661234567")) == {("identifier.phone", None, 4, "B")}
    sound = text([row(number) for number in range(4)])
    (tmp_path / "c.csv").write_text("Contact: fatima@example.org\r\n\r\n" + sound, encoding="utf-8")
    assert found(tmp_path / "c.csv") == {("identifier.email", None, 1, "A")}


def test_sheets_of_an_ods_too(tmp_path: Path) -> None:
    header, *lines = text([row(number) for number in range(4)]).splitlines()
    table = [line.split(",") for line in (header, *lines)]
    sheets = {"Victimes": table, "Feuil2": [["note"], ["voir 0661234567"]]}
    body = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(map(ods_cell, cells))}</table:table-row>" for cells in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    path = tmp_path / "a.ods"
    path.write_bytes(ods_of(body))
    assert found(path) == {("identifier.phone", "Feuil2", 2, "A")}


def test_a_national_file_does_not_wait_at_the_hub_with_a_number_above_it(tmp_path: Path) -> None:
    data = clerk.keyed(clerk.rows())
    assert found(clerk.workbook(tmp_path / "a.xlsx", data, clerk.KEYED_HEADERS), "TUN") == set()
    lines = [["Registre 2024, dossier CIN 08765432"], list(clerk.KEYED_HEADERS), *data]
    (tmp_path / "b.csv").write_text("\r\n".join("|".join(map(str, cells)) for cells in lines), encoding="utf-8")
    assert found(tmp_path / "b.csv", "TUN") == {("identifier.national_number", None, 1, "A")}
