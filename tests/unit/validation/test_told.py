"""What a reader is told of what was found: the columns by name, and no marks around what is not there."""

from __future__ import annotations

import pytest

from amana.committee.report import _place
from amana.findings import Finding
from amana.validation import told


def dates(*letters: str) -> told.Told:
    shape = {"shape": "####-##-##"}
    return told.by_rule([Finding("identifier.date", row=5, letter=one, facts=shape) for one in letters])[0]


@pytest.mark.parametrize(
    ("letters", "language", "named"),
    [
        ("D", "fr", "dans la colonne D."),
        ("DE", "fr", "dans la colonne D, E."),
        ("DE", "ar", "D، E"),
        ("DEFGH", "fr", "dans la colonne D, E, F, G… "),
    ],
)
def test_a_rule_names_its_columns_as_long_as_they_are_few(letters: str, language: str, named: str) -> None:
    title = told.title(dates(*letters), language)
    assert named in title
    assert "…." not in title


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_number_of_no_known_country_has_no_empty_brackets(language: str) -> None:
    facts = {"shape": "########", "kind": "national-number", "country": ""}
    found = Finding("identifier.national_number", row=28, letter="L", facts={**facts, "rows": [28]})
    known = Finding("identifier.national_number", row=28, letter="L", facts={**facts, "country": "TUN", "rows": [28]})
    assert "()" not in told.message(found, language) + told.title(told.by_rule([found])[0], language)
    assert "(TUN)" in told.message(known, language)


@pytest.mark.parametrize(
    ("finding", "place"),
    [
        (Finding("code.unknown", row=17, column="SEX", letter="B"), "B17"),
        (Finding("header.missing", row=4, column="AGE"), "AGE"),
        (Finding("structure.titles", row=1), "1"),
        (Finding("status.mixed", letter="B"), "B"),
        (Finding("mapping.needed"), ""),
    ],
)
def test_a_place_is_a_cell_or_what_is_known_of_it(finding: Finding, place: str) -> None:
    assert _place(finding) == place
