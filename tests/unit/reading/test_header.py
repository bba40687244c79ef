"""Where a table begins: drawn as the top of a sheet, with the line that was found."""

from __future__ import annotations

import pytest

from amana.reading.header import Merged, find

BODY = """
    F | 12 | Fès
    M | 9  | Fès
    F | 14 | Oujda"""


def drawn(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def found(text: str, merged: tuple[Merged, ...] = ()) -> tuple[int, int, list[str]]:
    heading = find(drawn(text), merged)
    assert heading is not None
    return heading.first, heading.last, list(heading.names)


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("Sexe | Âge | Ville", 0),
        ("Royaume du Maroc | |\nSexe | Âge | Ville", 1),
        ("Royaume du Maroc | |\n| | 2024\n| |\nSexe | Âge | Ville", 3),
        ("المملكة المغربية | |\nComité | MAR |\nSexe | Âge | Ville", 2),
        ("Sexe | | Ville", 0),
    ],
)
def test_titles_stand_alone_and_the_header_names_most_columns(above: str, line: int) -> None:
    assert found(above + BODY)[:2] == (line, line)


def test_the_first_row_of_a_canonical_file_is_its_header_however_ragged_the_rest() -> None:
    assert found("SEX | AGE | VILLE\nF | 1 | a | b | c | d | e\nM | 2 | x | b | c | d | f")[:2] == (0, 0)


def test_a_row_of_data_is_never_taken_for_a_line_of_the_header() -> None:
    """Two columns have no name; the first row below could complete the header, were it not for what it holds."""
    header = "Sexe | Note | | \n"
    assert found(header + "F | a | oui | Fès\nM | b | non | Fès\nF | c | oui | Oujda")[:2] == (0, 0)
    assert found(header + "F | a | 12 ans | Fès\nM | b | 9 ans | Oujda\nX | c | 3 ans | Rabat")[:2] == (0, 0)


def test_a_line_that_nothing_tells_from_the_rows_below_it_is_one_of_them() -> None:
    rows = ["Amina | a | Fès | oui | x", "Salma | b | Oujda | non | y", "Rita | c | Rabat | peut-être | z"]
    assert found("\n".join(["Id | Note | Ville | |", *rows]))[:2] == (0, 0)


def test_a_line_of_groups_is_joined_to_the_names_below_it() -> None:
    body = "\nF | 12 | Fès | a\nM | 9 | Fès | b\nF | 14 | Oujda | c"
    assert found("Victime | | Lieu | \nSexe | Âge | Ville | Quartier" + body) == (
        0, 1, ["Victime / Sexe", "Victime / Âge", "Lieu / Ville", "Lieu / Quartier"],
    )  # fmt: skip
    assert found("Mineurs | | Total\nF | M | T\n1 | 2 | 3\n4 | 5 | 9") == (1, 1, ["F", "M", "T"])
    assert found("Mineurs | | Majeurs | \nF | M | F | M\n1 | 2 | 3 | 1\n4 | 5 | 9 | 2")[2] == [
        "Mineurs / F", "Mineurs / M", "Majeurs / F", "Majeurs / M",
    ]  # fmt: skip


def test_merged_labels_stand_for_their_columns_and_their_lines() -> None:
    merged = (Merged(1, 0, 2, 0), Merged(1, 1, 1, 2), Merged(0, 0, 0, 2))
    assert found("Titre | |\nSexe | Détail |\n | Âge | Ville" + BODY, merged) == (
        1, 2, ["Sexe", "Détail / Âge", "Détail / Ville"],
    )  # fmt: skip


def test_a_header_merged_over_two_columns_of_data_takes_no_row_of_data() -> None:
    assert found("Sexe | Détail |  " + BODY, (Merged(0, 1, 0, 2),)) == (0, 0, ["Sexe", "Détail", "Détail"])


def test_nothing_is_no_table() -> None:
    assert find([["", ""], [" "]]) is None
