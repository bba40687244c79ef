"""A data clerk's own Excel file: a title, merged cells, headers in two languages on row 4, her spellings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from support.contributions import pseudonym

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADERS = (
    "N° dossier / رقم الملف",
    "Sexe / الجنس",
    "Âge / العمر",
    "Nationalité / الجنسية",
    "Formes d'exploitation / أشكال الاستغلال",
    "Date d'identification",
    "Travail domestique",
    "Recruteur",
    "Observations / ملاحظات",
)
SPELLINGS = ("mendicité", "Mendicite forcée", "mandicité", "تسوّل", "Travail forcé; mendicité")
NATIONAL_ID = "CIN 08765432"


def rows(count: int = 40) -> list[list[object]]:
    """Her records: nothing in them is a person's."""
    return [
        [
            f"TN-{n:04}-24",
            ("Femme", "أنثى", "H", "ذكر", "F")[n % 5],
            ("١٧", "12 ans", 23, "٣٠ سنة", "8 mois")[n % 5],
            ("Côte d'Ivoire", "ساحل العاج", "Tunisienne", "MALI", "Guinée")[n % 5],
            SPELLINGS[n % 5],
            f"2024-{n % 12 + 1:02}-03",
            ("oui", "non", "نعم", "لا", "x")[n % 5],
            ("famille", "ami", "", "autre", "Conjoint")[n % 5],
            NATIONAL_ID if n == 7 else "",
        ]
        for n in range(count)
    ]


def workbook(path: Path, data: Sequence[Sequence[object]] | None = None, headers: Sequence[str] = HEADERS) -> Path:
    """Write the file as XlsxWriter does: a title over merged cells, and the header on row 4."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Feuil1")
        sheet.merge_range(0, 0, 0, len(headers) - 1, "République tunisienne - Registre des victimes 2024")
        sheet.merge_range(1, 0, 1, 3, "السجل الوطني")
        for place, header in enumerate(headers):
            sheet.write_string(3, place, header)
        for place, row in enumerate(rows() if data is None else data, start=4):
            for column, cell in enumerate(row):
                sheet.write(place, column, cell)
    return path


def keyed(data: Sequence[Sequence[object]]) -> list[list[object]]:
    """The same rows as a committee may send them open: pseudonyms instead of file numbers, no remarks, no dates."""
    return [[pseudonym(n), *row[1:5], "2024", *row[6:8], ""] for n, row in enumerate(data)]


KEYED_HEADERS = ("Pseudonyme", *HEADERS[1:5], "Année", *HEADERS[6:])
