"""What is proposed for a column, with how sure that is and why; and what a mapping does with its cells."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.mapping.apply import Application, identity
from amana.mapping.check import check
from amana.mapping.differ import differs
from amana.mapping.document import AS_ROW, ColumnMap, KeyNeeded, Kind, MappingInvalid, NationalMapping
from amana.mapping.fit import fit
from amana.mapping.keying import Home
from amana.mapping.outline import as_json, from_json, outline
from amana.mapping.proposal import Guess, accepted
from amana.mapping.propose import propose
from amana.mapping.survey import surveyed
from amana.mapping.synonyms import load
from amana.reading.sheet import Block, Sheet
from support.contributions import BOOK, pseudonym

HOME = Home(bytes(32), "TUN", "2024")


def sheet(*headers: str) -> Sheet:
    return Sheet("Feuil1", headers, 4, tuple("ABCDEFGHIJ"[: len(headers)]))


def block(*columns: list[str]) -> Block:
    frame = pl.DataFrame(dict(zip("ABCDEFGHIJ", columns, strict=False)))
    return Block(frame, pl.Series(range(5, 5 + frame.height), dtype=pl.Int64))


def guess(header: str, *cells: str, dataflow: str = "VICTIMS", at_home: bool = True) -> Guess:
    return propose(sheet(header), block(list(cells)), dataflow, BOOK, at_home=at_home).columns[0]


@pytest.mark.parametrize(
    ("header", "cells", "kind", "target", "reason"),
    [
        ("الجنس", ["ذكر", "أنثى"], "coded", "SEX", "both"),
        ("Sexe / الجنس", ["H", "F"], "coded", "SEX", "both"),
        ("SEXE", [""], "coded", "SEX", "header"),
        ("Sexe de la victme", ["H", "F"], "coded", "SEX", "header_like"),
        ("Sexe", ["rouge", "vert", "bleu"], "coded", "SEX", "contradicted"),
        ("Âge", ["١٢ سنة", "8 mois"], "age", "AGE", "both"),
        ("Formes d'exploitation", ["mendicité; travail forcé"], "several", "EXPLOITATION", "both"),
        ("Mendicité", ["oui", "non"], "flag", "EXPLOITATION", "both"),
        ("Forme / Travail domestique", ["نعم", "لا"], "flag", "EXPLOITATION", "both"),
        ("Suivi", ["mendicité", "prostitution"], "several", "EXPLOITATION", "values"),
        ("Pays", ["Mali", "Niger"], "coded", "CITIZENSHIP", "values_ambiguous"),
        ("Année", ["2024", "2023"], "period", None, "both"),
        ("N° dossier", ["TN-1", "TN-2"], "keyed", "PSEUDONYM", "identifies"),
        ("Code", [pseudonym(1), pseudonym(2)], "pseudonym", "PSEUDONYM", "keyed"),
        ("Affaire", [pseudonym(1), pseudonym(2)], "pseudonym", "EVENT", "keyed"),
        ("Nom et prénom", ["A", "B"], "ignored", None, "identifies"),
        ("Date de naissance", ["2001-02-03"], "ignored", None, "date_of_birth"),
        ("Observations", ["oui"], "ignored", None, "header"),
        ("Zkrt", ["a", "b"], None, None, "none"),
    ],
)
def test_a_column_seems_to_mean(
    header: str, cells: list[str], kind: str | None, target: str | None, reason: str
) -> None:
    found = guess(header, *cells)
    assert (found.kind and found.kind.value, found.target, found.reason) == (kind, target, reason)
    assert (found.confidence == 0) == (kind is None)


def test_a_near_spelling_is_less_sure_than_a_known_word_and_a_strange_one_is_nothing() -> None:
    values = guess("Forme d'exploitation", "mendicité", "mandicité", "Mendicite", "quelconque").values
    assert [(one.text, one.codes, one.reason) for one in values] == [
        ("mendicité", ("EXP_BEG",), "exact"),
        ("mandicité", ("EXP_BEG",), "like"),
        ("quelconque", (), "none"),
    ]
    assert values[0].rows == 2, "one spelling in two cases"
    assert values[0].confidence == 1 > values[1].confidence > values[2].confidence == 0


def test_niger_is_not_nigeria() -> None:
    told = {one.text: one.codes for one in guess("Nationalité", "Niger", "Nigeria", "Guinée", "Guinée-Bissau").values}
    assert told == {"Niger": ("NER",), "Nigeria": ("NGA",), "Guinée": ("GIN",), "Guinée-Bissau": ("GNB",)}


def test_a_band_that_is_wider_than_ours_is_told_before_it_is_taken() -> None:
    assert [(one.text, one.codes, one.reason) for one in guess("Âge", "5-11 ans", "12-17", "5-20").values] == [
        ("5-11 ans", ("Y_LT18",), "coarser"),
        ("5-20", (), "none"),
    ]


def test_one_answer_is_told_by_one_column_the_surest() -> None:
    told = propose(sheet("Sexe", "Genre du déclarant", "Sexe 2"), block(["F"], ["F"], ["x"]), "VICTIMS", BOOK)
    assert [one.target for one in told.columns].count("SEX") == 1
    assert told.columns[0].target == "SEX"


def test_what_no_column_says_is_missing() -> None:
    told = propose(sheet("Sexe"), block(["F"]), "CHILDREN", BOOK)
    assert told.missing == (
        "PSEUDONYM", "AGE", "CITIZENSHIP", "CHILD_STATUS", "NATIONAL_PROTECTION", "CONSENT_REPORTING",
    )  # fmt: skip


def test_at_the_hub_no_pseudonym_is_made() -> None:
    assert guess("N° dossier", "1", "2", at_home=False).kind is Kind.IGNORED
    mapping = NationalMapping("VICTIMS", (ColumnMap(Kind.KEYED, target="PSEUDONYM", parts=(AS_ROW,)),))
    with pytest.raises(KeyNeeded):
        Application(mapping, sheet("Sexe"), BOOK)
    with pytest.raises(KeyNeeded):
        Application(mapping, sheet("Sexe"), BOOK, home=Home(None, "TUN", "2024"))


def test_what_was_confirmed_reads_the_same_file_again_and_writes_the_same_document() -> None:
    first = block(["F", "H"], ["oui", ""], ["a", "b"])
    named = sheet("Sexe", "Mendicité", "Zkrt")
    mapping = accepted(propose(named, first, "VICTIMS", BOOK), BOOK, committee="TUN", blank_unknown=True)
    again = propose(named, first, "VICTIMS", BOOK, remembered=mapping)
    assert not differs(mapping, named, again)
    assert {one.confidence for one in again.columns} == {1.0}
    assert accepted(again, BOOK, committee="TUN") == mapping
    moved = Sheet("Feuil1", ("Zkrt", "Mendicité", "Sexe"), 1, ("B", "C", "D"))
    assert fit(mapping, moved).whole, "columns are known by their headers, not by their places"


def test_a_cell_that_is_not_known_is_found_at_its_row_and_letter_and_nowhere_else() -> None:
    mapping = NationalMapping(
        "VICTIMS",
        (
            ColumnMap(Kind.KEYED, target="PSEUDONYM", parts=("Dossier", "Ville")),
            ColumnMap(Kind.CODED, ("Sexe",), target="SEX", values={"F": ("F",)}),
        ),
    )
    columns = (["1", "", "3"], ["Sfax", "Sfax", ""], ["f", "rouge", " "])
    read = Application(mapping, sheet("Dossier", "Ville", "Sexe"), BOOK, home=HOME).read(block(*columns))
    assert {(one.rule, one.letter, one.column, *one.rows) for one in read.findings} == {
        ("mapping.key_blank", "A", "PSEUDONYM", 6, 7),
        ("mapping.blank", "C", "SEX", 7),
        ("mapping.value_unknown", "C", "SEX", 6),
    }
    assert read.frame["SEX"].to_list() == ["F", None, None]
    assert [cell is None for cell in read.frame["PSEUDONYM"]] == [False, True, True]
    assert not any("rouge" in repr(one) for one in read.findings)


def test_two_columns_that_both_say_yes_to_one_answer_are_found() -> None:
    yes = {"x": ("1",)}
    mapping = NationalMapping(
        "VICTIMS",
        tuple(
            ColumnMap(Kind.FLAG, (header,), target="RECRUITER", code=code, values=yes, blank="_U")
            for header, code in (("Ami", "FRIEND"), ("Famille", "FAMILY"))
        ),
    )
    cells = block(["x", "", "x"], ["x", "x", ""])
    read = Application(mapping, sheet("Ami", "Famille"), BOOK).read(cells)
    assert [(one.rule, list(one.rows)) for one in read.findings] == [("mapping.two_answers", [5])]
    assert read.frame["RECRUITER"].to_list() == [None, "FAMILY", "FRIEND"]


def test_a_canonical_file_needs_no_mapping_and_a_national_one_has_none_by_itself() -> None:
    assert identity(sheet("PSEUDONYM", "SEX", "Zkrt"), "VICTIMS", BOOK) is not None
    assert identity(sheet("Pseudonyme", "SEX", "Zkrt"), "VICTIMS", BOOK) is None


@pytest.mark.parametrize(
    "column",
    [
        ColumnMap(Kind.CODED, target="SEX"),  # reads nothing
        ColumnMap(Kind.CODED, ("a",), target="NOTHING"),
        ColumnMap(Kind.CODED, ("a",), target="SEX", values={"x": ("Q",)}),
        ColumnMap(Kind.CODED, ("a",), target="SEX", values={"x": ("F", "M")}),
        ColumnMap(Kind.CODED, ("a",), target="SEX", blank="Q"),
        ColumnMap(Kind.CODED, ("a",), target="EXPLOITATION"),
        ColumnMap(Kind.CODED, ("a",), target="PSEUDONYM"),
        ColumnMap(Kind.SEVERAL, ("a",), target="EXPLOITATION"),  # by which sign?
        ColumnMap(Kind.SEVERAL, ("a",), target="SEX", separators=";"),
        ColumnMap(Kind.FLAG, ("a",), target="EXPLOITATION", code="SEX"),
        ColumnMap(Kind.FLAG, ("a",), target="EXPLOITATION", code="EXP_BEG", values={"x": ("EXP_BEG",)}),
        ColumnMap(Kind.AGE, ("a",), target="SEX"),
        ColumnMap(Kind.BIRTH, ("a",), target="AGE"),  # an age on which day?
        ColumnMap(Kind.CONSTANT, ("a",), target="SEX", code="F"),
        ColumnMap(Kind.CONSTANT, target="SEX", code="Q"),
        ColumnMap(Kind.KEYED, target="PSEUDONYM"),
        ColumnMap(Kind.KEYED, target="SEX", parts=("a",)),
        ColumnMap(Kind.PSEUDONYM, ("a",), target="SEX"),
        ColumnMap(Kind.CANONICAL, ("a",), target="NOTHING"),
    ],
)
def test_a_document_that_says_what_the_codebook_does_not_hold_is_refused(column: ColumnMap) -> None:
    with pytest.raises(MappingInvalid) as refused:
        check(NationalMapping("VICTIMS", (column,)), BOOK)
    assert refused.value.facts == {"place": "[[column]] 1"}


def test_one_answer_is_not_told_by_two_columns() -> None:
    twice = tuple(ColumnMap(Kind.CODED, (header,), target="SEX", values={"F": ("F",)}) for header in "ab")
    with pytest.raises(MappingInvalid):
        check(NationalMapping("VICTIMS", twice), BOOK)
    with pytest.raises(MappingInvalid):
        check(NationalMapping("NOTHING", twice[:1]), BOOK)


WORDS = load("VICTIMS", BOOK)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)
SECRETS = ("Fatma", "CIN 08765432")
SAID = TEXT | st.sampled_from(["Sexe", "Femme", "mendicité", "mandicité", "oui", "Mali", "12 ans", *SECRETS])


@given(st.lists(st.tuples(SAID, st.lists(SAID, min_size=3, max_size=3)), min_size=1, max_size=6))
def test_at_the_hub_no_text_is_told_but_our_own_words(columns: list[tuple[str, list[str]]]) -> None:
    named, cells = sheet(*(header for header, _ in columns)), block(*(texts for _, texts in columns))
    survey = surveyed(named, cells)
    told = outline(propose(named, survey, "VICTIMS", BOOK, mark=lambda _: "mark"), survey, WORDS, lambda _: "mark")
    for one in told.columns:
        assert one.header is None or all(WORDS.is_ours(part) for part in one.header.split(" / "))
        assert all(WORDS.is_ours(word.text) for word in one.words)
    document = json.loads(json.dumps(as_json(told)))
    assert from_json(document) == told
    assert not any(secret in json.dumps(document, ensure_ascii=False) for secret in SECRETS)
