"""The manual's chapter on direct identifiers: what is found in a file, how it counts, and what is left in peace.

Each drawing is a file as it comes. Below it stands, cell by cell, what is said: nothing, a warning (w), or that the
batch is refused (R).
"""

from __future__ import annotations

import base64
from random import Random

import pytest

from support.scanned import scan


def drawn(drawing: str) -> list[list[str]]:
    lines = [line for line in drawing.splitlines() if line.strip()]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def answers(drawing: str, committee: str = "MAR") -> list[list[str]]:
    """Of each cell below the header: R, w or nothing."""
    header, *rows = drawn(drawing)
    said = {}
    for one in scan(header, rows, committee).findings():
        for row in one.rows:
            mark = "R" if one.refuses else "w"
            said[row, one.letter] = min(mark, said.get((row, one.letter), "w"))
    letters = "ABCDEFGH"[: len(header)]
    return [[said.get((row, at), "") for at in letters] for row in range(2, len(rows) + 2)]


def same(file: str, marks: str, committee: str = "MAR") -> None:
    assert answers(file, committee) == drawn(marks)


def test_numbers_with_a_check_or_a_structure_refuse_the_batch_whoever_sends_it() -> None:
    file = """
        Mauritania | Egypt          | Algeria            | Libya        | Ghana
        1234567889 | 28501010112345 | 110850123456789012 | 119850012345 | GHA-123456789-1
        3234567890 | 28513010112345 | 310850123456789012 | 119850012    | GHB-12345-1      """
    for committee in ("MAR", "EGY"):
        same(file, """
        R | R | R | R | R
          |   |   |   |     """, committee)  # fmt: skip


def test_bare_digits_warn_at_home_and_among_neighbours() -> None:
    file = """
        Tunisia  | Senegal
        01234567 | 1234567890123
                 |                """
    assert answers(file, "TUN") == [["w", ""], ["", ""]]
    assert answers(file, "LBY") == [["w", ""], ["", ""]]  # a neighbour of Tunisia
    assert answers(file, "MRT") == [["", "w"], ["", ""]]  # a neighbour of Senegal
    assert answers(file, "EGY") == [["", ""], ["", ""]]


def test_a_whole_column_of_bare_digits_is_no_accident() -> None:
    column = "code\n" + "\n".join(f"0{number}" for number in range(1234567, 1234597, 6))
    assert answers(column, "TUN") == [["R"]] * 5


def test_letters_and_digits_of_a_card_refuse_at_home_and_warn_elsewhere() -> None:
    assert answers("note\nBK123456\nsuivi", "MAR") == [["R"], [""]]
    assert answers("note\nBK123456\nsuivi", "TUN") == [["w"], [""]]


def test_the_word_beside_it_makes_a_number_a_card_or_a_passport() -> None:
    same("""
        note
        CIN 01234567
        رقم البطاقة ٠١٢٣٤٥٦٧
        passeport EB1234567
        EB12345""", """
        R
        R
        R
        R""")  # fmt: skip


def test_digits_of_every_script_and_every_way_to_set_them_apart() -> None:
    same("""
        plain      | Arabic     | Eastern    | full width         | spaces         | dots           | slashes
        0661234567 | ٠٦٦١٢٣٤٥٦٧ | ۰۶۶۱۲۳۴۵۶۷ | ０６６１２３４５６７ | 06 61 23 45 67 | 06.61.23.45.67 | 06/61/23/45/67
        BK123456   | BK١٢٣٤٥٦   | BK۱۲۳۴۵۶   | ＢＫ１２３４５６     | BK 12 34 56    | BK-123.456     | BK12/34/56
        """, """
        R | R | R | R | R | R | R
        R | R | R | R | R | R | R""")  # fmt: skip


@pytest.mark.parametrize("invisible", ["\u200b", "\u200f", "\u2060", "\ufeff", "\u0640", "\u00ad"])
def test_no_invisible_sign_hides_a_number_or_a_name(invisible: str) -> None:
    file = f"note\n{invisible.join('0661234567')}\n{invisible.join('fatima')} {invisible.join('idrissi')}\nx"
    header, *rows = drawn(file)
    assert [one.rule for one in scan(header, rows, "MAR").findings()] == ["identifier.phone", "identifier.name"]


def test_telephones_by_their_country() -> None:
    file = """
        note
        +225 07 12 34 56 78
        00225 0712345678
        0661234567
        20123456
        0551234567"""
    assert answers(file, "MAR") == [["R"], ["R"], ["R"], ["w"], ["w"]]  # Mauritania and Algeria are neighbours
    assert answers(file, "TUN") == [["R"], ["R"], ["w"], ["R"], ["w"]]


def test_ways_to_reach_a_person() -> None:
    same("""
        mail              | link                     | account   | machine
        fatima@example.ma | https://example.org/p/7  | @fatima_z | 192.168.14.2
        f.z＠example．org  | www.example.org          | vu @mona  | 00:1A:2B:3C:4D:5E
        à voir @ 8 h      | dossier.complet          | a@b       | 12:30""", """
        R | R | R | R
        R | R | R | R
          |   |   |  """)  # fmt: skip


@pytest.mark.parametrize(
    ("country", "account"),
    [
        ("MA", "MA64011519000001205000534921"),
        ("DZ", "DZ580002100001113000000570"),
        ("CI", "CI93CI0080111301134291200589"),
        ("SN", "SN08SN0100152000048500003035"),
        ("ML", "ML13ML0160120102600100668497"),
        ("BF", "BF42BF0840101300463574000390"),
        ("NE", "NE58NE0380100100130305000268"),
        ("TN", "TN5910006035183598478831"),
    ],
)
def test_accounts_of_countries_that_registries_lack(country: str, account: str) -> None:
    wrong = account[:-1] + str((int(account[-1]) + 1) % 10)
    spaced = " ".join(account[place : place + 4] for place in range(0, len(account), 4))
    found = scan(["note"], [[account], [spaced], [wrong]]).findings()
    assert {(one.rule, tuple(one.rows)) for one in found if one.rule == "identifier.bank_account"} == {
        ("identifier.bank_account", (2, 3))
    }, country


def test_lines_of_a_passport_carry_their_own_check() -> None:
    file = """
        note
        P<MARELIDRISSI<<FATIMA<<<<<<<<<<<<<<<<<<<<<<
        L898902C36UTO7408122F1204159ZE184226B<<<<<10
        I<UTOD231458907<<<<<<<<<<<<<<<
        X<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"""
    assert answers(file) == [["R"], ["R"], ["R"], [""]]


def test_case_numbers_of_other_organisations() -> None:
    same("""
        note                                 | CPIMS case id | classe
        123-45C67890                         | a1b2c3d       | a1b2c3d
        123-20220101                         | 12345ab       | 12345ab
        83d7c9c1-dcfa-42de-9e66-a15a62a35a21 | dossier       | dossier """, """
        R | R |
        R | R |
        R |   | """)  # fmt: skip


def test_a_point_on_the_map() -> None:
    same("""
        note               | x        | zone
        34.02088, -6.84165 | 34.02088 | 12.5
        34°01'15"N 6°50'   | 33.97159 | 3,50
        nord               | -6.84165 | 1.2.3""", """
        R | w |
        R | w |
          | w | """)  # fmt: skip


def test_a_full_date_is_somebodys() -> None:
    same("""
        note         | année
        12/03/2009   | 2009
        ١٢/٠٣/٢٠٠٩   | 2021-2022
        le 2009-3-12 | 27-14     """, """
        R |
        R |
        R | """)  # fmt: skip


def test_two_names_refuse_and_one_is_a_warning() -> None:
    same("""
        Latin                   | Arabic
        Fatima Zahra Idrissi    | فاطمة الزهراء الإدريسي
        voir Aminata Coulibaly  | مُحَمَّدٌ ولد عبد العزيز
        MOHAMED OULD AHMED      | عبدالله بن سالم
        Khadija                 | خديجة
        Dr Abdelkader           | عبد الرحمن            """, """
        R | R
        R | R
        R | R
        w | w
        w | w""")  # fmt: skip


def test_places_and_words_that_are_names_too_are_left_in_peace() -> None:
    same("""
        place           | word        | مكان
        Sidi Omar       | Commerce    | سيدي بوزيد
        Rabat           | berger      | حسين داي
        Avenue Hassan II| marine      | شارع محمد الخامس
        Ben Arous       | boulangerie | عين صالح
        Port-Saïd       | grâce       | طالب""", """
          |  |
          |  |
          |  |
          |  |
          |  | """)  # fmt: skip


def test_a_heading_that_announces_names_makes_each_of_them_count() -> None:
    assert answers("prénom\nKhadija\nx") == [["R"], [""]]
    assert answers("lieu\nKhadija\nx") == [["w"], [""]]


def test_a_column_of_first_names_is_no_accident() -> None:
    assert answers("x\nKhadija\nAminata\nYoussef\nخديجة\nMoussa\nvide") == [["R"]] * 5 + [[""]]


def test_what_is_a_code_is_never_read() -> None:
    same("""
        SEX | CITIZENSHIP | AGE | EXP_BEG
        F   | MAR         | 17  | 1
        M   | CIV         | Y_GE60 | 0
        _U  | 0661234567  | 7   | Fatima Zahra""", """
        |   |  |
        |   |  |
        | R |  | R""")  # fmt: skip


def test_sound_pseudonyms_are_left_in_peace_in_every_notation() -> None:
    made = [Random(number).randbytes(32) for number in range(5_000)]
    for written in ([one.hex() for one in made], [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in made]):
        assert scan(["PSEUDONYM"], [[one] for one in written]).findings() == ()
    assert answers("PSEUDONYM\nFatima-Zahra-Bent-Mohammed-El-Idrissi\n0661234567") == [["R"], ["R"]]


def test_sentences_are_refused_whatever_they_say() -> None:
    said = [
        "a été vue au centre avec sa petite soeur",
        "demande à rentrer dans son village dès que possible",
        "لم يتم الاتصال بالأسرة حتى الآن من طرف الجمعية",
        "parle bambara et un peu de français",
        "suivie par le service social depuis le printemps",
    ]
    (finding,) = scan(["remarques", "SEX"], [[one, "F"] for one in [*said, ""]]).findings()
    assert (finding.rule, finding.letter, finding.count, finding.column) == ("identifier.free_text", "A", 5, None)
    label = "exploitation de la mendicité d'autrui par contrainte"
    assert scan(["forme"], [[label]] * 40 + [["travail forcé dans une maison privée"]] * 9).findings() == ()
    labels = [f"{label}, {each} de la liste" for each in ("première", "deuxième", "troisième", "quatrième", "dernière")]
    assert scan(["forme"], [[one] for one in labels * 4]).findings() == ()


def test_the_header_is_searched_in_three_languages() -> None:
    header = [
        "Nom",
        "birthDate",
        "رقم الهاتف",
        "N° CIN",
        "Pays de naissance",
        "Nom de la commune",
        "SEX",
        "نوع الاستغلال",
    ]
    found = scan(header, [["x"] * 6 + ["F", "x"]]).findings()
    assert {(one.rule, one.letter, one.row) for one in found} == {("identifier.header", at, 1) for at in "ABCD"}


def test_a_file_without_its_header_begins_with_a_person() -> None:
    found = scan(["Fatima Idrissi", "0661234567", "F"], [["x", "y", "M"]]).findings()
    assert {(one.rule, one.letter) for one in found} == {("identifier.name", "A"), ("identifier.phone", "B")}


def test_only_the_shape_is_told() -> None:
    found = scan(["note"], [["appeler le 06 61 23 45 67"], ["dossier BK123456"], ["Fatima Idrissi"]]).findings()
    assert [one.facts["shape"] for one in found] == ["## ## ## ## ##", "AA######", "AAAAAA AAAAAAA"]
    assert "Fatima" not in repr(found)
    assert "0661" not in repr(found)


def test_a_column_full_of_identifiers_is_counted_and_not_read_to_its_end() -> None:
    rows = [[f"06{number:08}", f"{number % 3}"] for number in range(1_000)]
    rows[700][1] = "a.b@example.org"
    found = {(one.rule, one.letter): one for one in scan(["x", "y"], rows, block=300).findings()}
    assert found["identifier.phone", "A"].count == 200
    assert found["identifier.unread", "A"].count == 800
    assert found["identifier.unread", "A"].refuses
    assert tuple(found["identifier.email", "B"].rows) == (702,)


def test_what_a_reader_sees_as_the_number_is_the_number() -> None:
    """Letters that look alike, signs that nobody sees, and what is written between or beside digits."""
    unseen = [sign.join("28501010112345") for sign in "\u034f\u3164\ufe0f\u0301"]
    file = "lookalike | unseen | between | beside\n" + "\n".join(
        f"{first} | {second} | {third} | {fourth}"
        for first, second, third, fourth in zip(
            ("\u0410\u0412123456", "\u0391\u0392123456", "F\u0430tim\u0430 Ben\u0430li", "\u0424"),
            unseen,
            ("2850101*011*2345", "(285010)(101)12345", "285---010---10112345", "285O1O1O112345"),
            ("NNI28501010112345", "رقم28501010112345", "n_28501010112345_x", "TEL0612345678"),
            strict=True,
        )
    )
    same(file, """
        R | R | R | R
        R | R | R | R
        R | R | R | R
          | R | R | R """)  # fmt: skip


def test_items_of_a_list_are_not_one_number() -> None:
    lists = [
        "1;2;8;5;0;1;0;1;0;1;1;2;3;4;5",
        "12|13|14|15|16",
        "2;8;5;0;1;0;1;0;1;1;2;3;4;5",
        "2:8:5:0:1:0:1:0:1:1:2:3:4:5",
    ]
    assert scan(["réponses"], [[cell] for cell in lists]).findings() == ()


def test_a_day_with_its_month_in_words_is_a_full_date() -> None:
    days = ["née le 4 mars 1985", "1er août 2009", "12 Sept. 2011", "March 4th, 1985", "٤ مارس ١٩٨٥", "3 غشت 2001"]
    assert answers("\n".join(["suivi", *days])) == [["R"]] * len(days)
    assert answers("suivi\nen mars 1985\n4 mars\nmai 2009\n12 mars 20") == [[""]] * 4


def test_dates_in_figures_that_may_be_something_else_warn() -> None:
    assert answers("suivi\n04/03/85\n19850304") == [["w"]] * 2
    assert answers("suivi\n12.5.2\n4/3/200\n19851345\n3-4/85") == [[""]] * 4


def test_a_telephone_that_a_spreadsheet_took_for_a_number_warns_and_a_column_of_them_refuses() -> None:
    assert answers("contact\n612345678\n3,5", "MAR") == [["w"], [""]]
    column = "\n".join(f"61234567{at}" for at in range(8))
    assert answers(f"contact\n{column}", "MAR") == [["R"]] * 8
    assert answers("contact\n612345678\n-612345678", "EGY") == [[""], [""]]


def test_degrees_minutes_and_seconds_are_known_however_their_signs_are_drawn() -> None:
    assert answers("point\n33°34′23″N\n33º34'23''N\n33° 34’ 23” N", "MAR") == [["R"]] * 3


def test_a_date_is_one_however_it_is_written_and_in_either_calendar() -> None:
    same("""
        export              | spaced         | spaces     | Hijri      | Hijri, year first
        1998-03-12T00:00:00 | 12 / 03 / 1998 | 12 03 1998 | 12/03/1418 | 1418-3-12
        ١٩٩٨-٠٣-١٢T00:00    | 1998 - 03 - 12 | 1 1 2001   | ١٢-٣-١٤٤٠  | 1440.12.01
        12 mars             | 12 / 2024      | 12 03 199  | 12/13/1418 | 1440-12""", """
        R | R | R | R | R
        R | R | R | R | R
          |   |   |   |  """)  # fmt: skip


def test_places_and_telephones_behind_other_signs() -> None:
    same("""
        Arabic signs       | plus code    | in pairs       | exported
        ٣٤٫٠٢٠٩، -٦٫٨٤١٦   | 8C78XMW4+2V  | 06:61:23:45:67 | +212661234567.0
        ٣٤٫٠٢٠٩؛ ٦٫٨٤١٦    | rabat XMW4+2V | 06 : 61 : 23 : 45 : 67 | 0661234567,00
        ٣٤٫٠               | 2345+67      | 01;02;03;04;05 | 12345.0""", """
        R | R | R | R
        R | R | R | R
          |   |   |  """)  # fmt: skip
