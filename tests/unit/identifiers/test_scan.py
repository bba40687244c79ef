"""Each form is found where it stands, in the light of who uploads; what only looks like one is left in peace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from amana.errors import Misconfigured
from amana.findings import Severity
from amana.identifiers import checksums
from amana.identifiers.engine import Reader
from amana.identifiers.fold import plain, shape
from amana.identifiers.names import Names, Strength
from amana.identifiers.recognisers import load
from support.contributions import BOOK, RECOGNISERS

MAR = Reader(RECOGNISERS, "MAR")
TUN = Reader(RECOGNISERS, "TUN")


def first(reader: Reader, text: str) -> tuple[str, str] | None:
    hits = reader.hits(text)
    return (hits[0].form.id, hits[0].severity.value) if hits else None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("fatima.z@example.ma", "EMAIL_ADDRESS"),
        ("https://example.org/profil/7", "URL"),
        ("www.example.org", "URL"),
        ("@fatima_z", "handle"),
        ("192.168.14.2", "IP_ADDRESS"),
        ("00:1A:2B:3C:4D:5E", "MAC_ADDRESS"),
        ("+216 20 123 456", "phone-international"),
        ("00212661234567", "phone-international"),
        ("28501010112345", "nid-egy"),
        ("119850012345", "nin-lby"),
        ("119850123456789012", "nin-dza"),
        ("GHA-123456789-1", "card-gha"),
        ("123-45C67890", "unhcr-file"),
        ("d9428888-122b-41e1-b85c-61cd3cbb3210", "case-uuid"),
        ("P<MARELIDRISSI<<FATIMA<<<<<<<<<<<<<<<<<<<<<<", "mrz-td3-names"),
        ("L898902C36UTO7408122F1204159ZE184226B<<<<<10", "mrz-td3-numbers"),
        ("I<UTOD231458907<<<<<<<<<<<<<<<", "mrz-td1"),
        ("passeport AB1234567", "passport"),
        ("جواز السفر EB123456", "passport"),
        ("34.02088, -6.84165", "coordinates"),
        ("né le 12/03/2009", "date"),
        ("2009-03-12", "date"),
        ("4111 1111 1111 1111", "CREDIT_CARD"),
    ],
)
def test_a_validated_form_is_refused_whoever_sends_it(text: str, form: str) -> None:
    for reader in (MAR, TUN):
        found = {hit.form.id: hit.severity for hit in reader.hits(text)}
        assert found[form] is Severity.ERROR


@pytest.mark.parametrize(
    "iban",
    [
        "MA64 0115 1900 0001 2050 0053 4921",
        "TN5910006035183598478831",
        "EG380019000500000000263180002",
        "MR1300020001010000123456753",
        "FR1420041010050500013M02606",
    ],
)
def test_bank_accounts_of_the_region_and_beyond(iban: str) -> None:
    assert first(MAR, iban) == ("IBAN_CODE", "error")
    wrong = iban[:-1] + str((int(iban[-1]) + 1) % 10)
    assert "IBAN_CODE" not in {hit.form.id for hit in MAR.hits(wrong)}


@pytest.mark.parametrize("code", ["MA", "DZ", "CI", "SN", "ML", "BF", "NE", "CM"])
def test_an_account_number_of_a_country_that_registries_lack_is_found(code: str) -> None:
    inner = "1" * (RECOGNISERS.lengths[code] - 4)
    numbers = [f"{code}{check:02}{inner}" for check in range(2, 99)]
    valid = next(number for number in numbers if checksums.iban(number, RECOGNISERS.lengths))
    assert ("IBAN_CODE", Severity.ERROR) in {(hit.form.id, hit.severity) for hit in MAR.hits(f"compte {valid} merci")}


@pytest.mark.parametrize(
    ("text", "in_morocco", "in_tunisia"),
    [
        ("BK123456", "error", "warning"),  # a Moroccan card number
        ("0661234567", "error", "warning"),  # a Moroccan mobile
        ("٠٦٦١٢٣٤٥٦٧", "error", "warning"),  # the same, in Arabic-Indic digits
        ("20123456", "warning", "error"),  # a Tunisian mobile
    ],
)
def test_bare_digits_are_read_in_the_light_of_the_uploading_country(
    text: str, in_morocco: str, in_tunisia: str
) -> None:
    for reader, severity in ((MAR, in_morocco), (TUN, in_tunisia)):
        found = first(reader, text)
        assert found is not None
        assert found[1] == severity


@pytest.mark.parametrize("text", ["M", "EXP_SEX_PRO", "Y12T17", "1", "_U", "MAR", "voir dossier", "9" * 31, "محمد"])
def test_codes_and_plain_words_are_left_in_peace(text: str) -> None:
    assert MAR.hits(text) == ()


def test_mauritania_by_its_remainder() -> None:
    valid = next(number for number in range(1_234_567_800, 1_234_567_900) if number % 97 == 1)
    assert ("nni-mrt", Severity.ERROR) in {(hit.form.id, hit.severity) for hit in MAR.hits(str(valid))}
    assert "nni-mrt" not in {hit.form.id for hit in MAR.hits(str(valid + 1))}


@pytest.mark.parametrize(
    ("check", "valid", "invalid"),
    [
        (checksums.luhn, "490154203237518", "490154203237519"),
        (checksums.verhoeff, "2363", "2364"),
        (checksums.egypt, "28501010112345", "28513010112345"),
        (checksums.egypt, "30002290112345", "30102290112345"),
        (checksums.egypt, "28501018812345", "28501013612345"),
        (
            checksums.mrz_td3,
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
            "L898902C46UTO7408122F1204159ZE184226B<<<<<10",
        ),
        (checksums.mrz_td1, "I<UTOD231458907<<<<<<<<<<<<<<<", "I<UTOD231458906<<<<<<<<<<<<<<<"),
    ],
)
def test_check_digits_against_published_examples(check: object, valid: str, invalid: str) -> None:
    assert callable(check)
    assert check(valid) is True
    assert check(invalid) is False


def test_a_shape_tells_letters_from_digits_and_no_more() -> None:
    assert shape("BK123456") == "AA######"
    assert shape("٠٦٦ محمد!") == "### AAAA!"
    assert shape("a" * 60) == "A" * 39 + "…"
    assert shape("a\n\u202eb") == "A??A"


@pytest.mark.parametrize(
    "header",
    [
        "Nom",
        "prénom",
        "NOM_PRENOM",
        "birthDate",
        "Téléphone 2",
        "N° CIN",
        "الاسم الكامل",
        "تاريخ الازدياد",
        "رقم البطاقة",
        "phone",
    ],
)
def test_a_heading_that_announces_a_person_is_recognised(header: str) -> None:
    assert RECOGNISERS.headings.announces(header)


@pytest.mark.parametrize("header", ["", "remarques", "ANOMALY", "nombre", "Sexe", "المدينة"])
def test_other_headings_are_not(header: str) -> None:
    assert not RECOGNISERS.headings.announces(header)


def test_spellings_of_one_word_meet() -> None:
    assert plain("مُحَمَّد") == plain("محمد") == plain("محـــمد")
    assert plain("أحمد") == plain("احمد")
    assert plain("۱۲٣") == "123"
    assert plain("Prénom") == "prenom"


@pytest.mark.parametrize(
    "broken",
    ["", "format = 'amana-identifiers/1'", "format = 'amana-identifiers/2'\n[[pattern]]\nid = 'x'", "not toml"],
)
def test_a_file_that_breaks_its_form_stops_the_process(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "identifiers.toml"
    path.write_text(broken)
    with pytest.raises(Misconfigured):
        load(path)


@pytest.mark.parametrize(
    ("file", "ours", "theirs"),
    [
        ("identifiers.toml", 'confidence = "C"', 'confidence = ""'),
        ("identifiers.toml", 'answer = "home"', 'answer = "maybe"'),
        ("identifiers.toml", 'check = "luhn"', 'check = "x"'),
        ("identifiers.toml", "harmless =", "unsaid ="),
        ("names.toml", "amana-names/1", "amana-names/0"),
        ("names.toml", 'source = "Saints', 'sauce = "Saints'),
        ("names.toml", 'source = "Filiation, article and compound of Arabic names, in both scripts"', 'source = ""'),
    ],
)
def test_a_form_or_a_list_without_its_source_is_refused(tmp_path: Path, file: str, ours: str, theirs: str) -> None:
    from amana.config import HOME

    for name in ("identifiers.toml", "names.toml"):
        shutil.copy(HOME / "policies" / name, tmp_path)
    assert load(tmp_path / "identifiers.toml").forms
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert ours in text
    (tmp_path / file).write_text(text.replace(ours, theirs), encoding="utf-8")
    with pytest.raises(Misconfigured):
        load(tmp_path / "identifiers.toml")


def test_the_borders_are_the_same_from_both_sides() -> None:
    borders = RECOGNISERS.neighbours
    assert all(one in borders[other] for one, others in borders.items() for other in others if other in borders)
    assert set(borders) == set(RECOGNISERS.regions)


def test_a_sound_file_is_judged_without_presidio_and_without_lists_of_names(tmp_path: Path) -> None:
    code = """
import sys
from support.contributions import row
from support.scanned import CANONICAL, scan
rows = [row(number) for number in range(50)]
header = [name for name in CANONICAL if name in rows[0]]
assert scan(header, [[one[name] for name in header] for one in rows]).findings() == ()
sys.exit(any(name.split(".")[0] in {"presidio_analyzer", "faker", "phonenumbers", "spacy"} for name in sys.modules))
"""
    tests = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env={"PYTHONPATH": str(tests)})


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("Fatima", Strength.SINGLE),
        ("Traoré", Strength.SINGLE),  # a family name alone
        ("marché Traoré et fils, gros et détail", Strength.NONE),
        ("Fatima Benkirane", Strength.FULL),  # in no list, but it begins like a family's name
        ("Tawfiq ben Xyz", Strength.FULL),  # a filiation
        ("bent", Strength.NONE),
        ("عبد الرحمن اليوسفي", Strength.FULL),
        ("العمر", Strength.NONE),  # the age, not Omar
        ("على", Strength.NONE),  # on, not Ali
        ("محمد علي", Strength.FULL),
        ("طالب", Strength.NONE),
        ("Maurice", Strength.NONE),
        ("Saint-Martin", Strength.NONE),
        ("", Strength.NONE),
    ],
)
def test_how_surely_a_text_names_somebody(text: str, strength: Strength) -> None:
    assert Names(RECOGNISERS.names).strength(text) is strength


def test_no_label_of_the_codebook_names_anybody() -> None:
    names = Names(RECOGNISERS.names)
    labels = [code.label for codes in BOOK.codelists.values() for code in codes.codes]
    labels += [variable.label for flow in BOOK.dataflows.values() for variable in flow.variables]
    said = {label.read(language) for label in labels for language in ("ar", "fr", "en")}
    assert len(said) > 2_000
    assert {text for text in said if names.strength(text)} == set()
