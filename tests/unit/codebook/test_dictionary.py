"""The dictionary says everything once, in one language, with how sure we are of each name elsewhere."""

from __future__ import annotations

import pytest

from amana.codebook.dictionary import dictionary, known_as, list_table
from amana.codebook.model import Codebook, Crosswalk


def test_a_section_per_variable_in_the_order_of_the_file(small: Codebook) -> None:
    told = dictionary(small.dataflows["PERSONS"], small, "fr")
    assert (told.title, told.unit, told.period) == ("Personnes", "Personne", "Année")
    assert [(section.title, section.required, section.columns) for section in told.sections] == [
        ("Qui", True, ("WHO",)),
        ("Quoi", True, ("BEG", "LAB")),
        ("Où", False, ("WHERE",)),
    ]
    assert told.sections[0].codelist is None


def test_a_code_stands_in_its_place_and_says_what_it_is_called_elsewhere(small: Codebook) -> None:
    begging = list_table(small.codelists["CL_FORM"], small, "en").rows[0]
    assert begging.known_as == ("IC-TIP: official table not obtained", "HTCDS: ForcedBegging (confirmed in the source)")
    morocco = list_table(small.codelists["CL_AREA"], small, "en").rows[1]
    assert (morocco.label, morocco.parent, morocco.storable) == ("Morocco", "Africa", True)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("confidence", ["C", "V", "R", "P"])
def test_each_confidence_has_words_of_its_own(language: str, confidence: str) -> None:
    told = known_as(Crosswalk("ICCS", "02041", confidence), language)
    assert "02041" in told
    assert "codebook." not in told


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_nothing_in_our_dictionary_is_left_without_words(book: Codebook, language: str) -> None:
    for flow in book.dataflows.values():
        for section in dictionary(flow, book, language).sections:
            assert "codebook." not in section.kind
            for row in section.codelist.rows if section.codelist else ():
                assert row.level not in {"refinement", "band", "majority", "form", "group", "answer", "country"}


def test_a_long_list_says_so(book: Codebook) -> None:
    assert list_table(book.codelists["CL_AREA"], book, "en").long
    assert not list_table(book.codelists["CL_AGE"], book, "en").long
