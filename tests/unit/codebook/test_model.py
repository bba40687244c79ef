"""Codes roll up, columns come in order, and what is not there is said without repeating it."""

from __future__ import annotations

import pytest

from amana.codebook.model import Codebook, Column, Label, NotInCodebook


def test_a_label_reads_in_its_language_and_english_otherwise() -> None:
    label = Label("ع", "f", "e")
    assert [label.read(language) for language in ("ar", "fr", "en", "es")] == ["ع", "f", "e", "e"]


def test_a_code_rolls_up_to_the_level_asked_and_no_further(small: Codebook) -> None:
    areas = small.codelists["CL_AREA"]
    assert areas.roll("MAR", "country") == "MAR"
    assert areas.roll("MAR", "region") == "AFR"
    assert areas.roll("AFR", "country") == "AFR"  # coarser already
    assert areas.roll("_U", "region") == "_U"
    assert areas.roll("_T", "region") == "_T"


def test_ancestors_come_nearest_first_and_without_the_total(book: Codebook) -> None:
    assert book.codelists["CL_AREA"].ancestors("CIV") == ("M49_011", "M49_002")
    assert book.codelists["CL_AREA"].ancestors("_U") == ()


def test_unknown_comes_first_among_the_stored_so_that_new_codes_come_last(small: Codebook) -> None:
    assert small.codelists["CL_AREA"].storable == ("_U", "MAR", "TUN")


def test_a_list_holds_its_codes_and_the_total(small: Codebook) -> None:
    areas, forms = small.codelists["CL_AREA"], small.codelists["CL_FORM"]
    assert [code.id for code in areas.codes] == ["_T", "AFR", "MAR", "TUN", "_U"]
    assert [code.id for code in forms.codes] == ["_T", "BEG", "LAB", "_O"]  # _O: the rest of a flag
    assert "MAR" in areas
    assert "FRA" not in areas


def test_columns_are_one_per_answer_and_one_per_flag(small: Codebook) -> None:
    assert small.dataflows["PERSONS"].columns(small) == (
        Column("WHO", "WHO", None, required=True),
        Column("BEG", "WHAT", "BEG", required=True),
        Column("LAB", "WHAT", "LAB", required=True),
        Column("WHERE", "WHERE", None, required=False),
    )


def test_a_table_ends_with_its_count(small: Codebook) -> None:
    assert [column.name for column in small.dataflows["TABLES"].columns(small)] == ["WHERE", "WHAT", "OBS_VALUE"]


def test_what_is_not_there_is_refused_without_repeating_it(small: Codebook) -> None:
    someone = "Fatima Zahra"  # a cell of a record may hold anything
    persons = small.dataflows["PERSONS"]
    for ask in (
        lambda: small.codelists["CL_AREA"].code(someone),
        lambda: small.codelists["CL_AREA"].roll("MAR", someone),
        lambda: persons.variable(someone),
        lambda: small.dataflow(someone),
        lambda: small.list_of(persons.variable("WHO")),
    ):
        with pytest.raises(NotInCodebook) as refused:
            ask()
        assert someone not in str(refused.value)
