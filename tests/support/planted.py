"""Files with identifiers pasted into them, as a hurried clerk would, and the truth about where they are, kept apart.

Numbers are made with check digits computed here, not by the code under test. Nobody's number is meant; the persons
named are statesmen, writers and artists out of history books, none of whom is in a list that the scan reads.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

COUNTRIES: Final = ("MAR", "TUN", "EGY", "DZA", "LBY", "MRT", "NER", "CIV")

_PHONES: Final = {  # country code, and what a mobile begins with; # is a digit
    "MAR": ("212", "6########"), "TUN": ("216", "2#######"), "EGY": ("20", "10########"), "DZA": ("213", "5########"),
    "LBY": ("218", "91#######"), "MRT": ("222", "2#######"), "NER": ("227", "9#######"), "CIV": ("225", "07########"),
}  # fmt: skip
_TRUNK: Final = {"MAR": "0", "EGY": "0", "DZA": "0", "LBY": "0"}
_IBANS: Final = {  # country code, and digits after the check digits
    "MAR": ("MA", 24), "TUN": ("TN", 20), "EGY": ("EG", 25), "DZA": ("DZ", 22), "LBY": ("LY", 21), "MRT": ("MR", 23),
    "NER": ("NE", 24), "CIV": ("CI", 24),
}  # fmt: skip
_SIGNS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # and their values; < counts as 0

_WORDS: Final = tomllib.loads((Path(__file__).parent.parent / "data" / "planted.toml").read_text(encoding="utf-8"))
PERSONS: Final[Mapping[str, list[str]]] = _WORDS["persons"]
CODED: Final[Mapping[str, list[str]]] = _WORDS["coded"]
_ARABIC: Final = "\u0600"  # where the script's letters begin
REMARKS: Final = tuple(_WORDS["remarks"]["cells"])
PASSPORT: Final = ("passeport", "passport n°", "جواز السفر")
AROUND: Final = ("{}", "{}", "{}", "tél {}", "voir {}", "({})", "n° {} vérifié", "ملاحظة {}", "{};")


@dataclass(frozen=True)
class Planted:
    """A file and the truth. ``truth``: (0-based row, column) → kind of identifier."""

    country: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]] = field(repr=False)
    truth: Mapping[tuple[int, str], str] = field(repr=False)

    def write(self, path: Path) -> Path:
        """Write the file as CSV, and return its path. The truth stays here."""
        with path.open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, self.columns, lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(self.rows)
        return path


def plant(country: str, sound: list[dict[str, str]], each: int, rng: Random) -> Planted:
    """Return sound rows with coded columns of the country's own, and ``each`` identifiers of every kind pasted in."""
    columns = (*sound[0], *CODED, "remarques")
    rows = [{**row, **{name: rng.choice(cells) for name, cells in CODED.items()}} for row in sound]
    for row in rows:
        row["remarques"] = rng.choice(REMARKS)
    truth: dict[tuple[int, str], str] = {}
    for kind, make in kinds(country).items():
        for _ in range(each):
            place = rng.randrange(len(rows)), rng.choice(columns)
            while place in truth:
                place = rng.randrange(len(rows)), rng.choice(columns)
            truth[place] = kind
            rows[place[0]][place[1]] = make(rng)
    return Planted(country, columns, rows, truth)


def kinds(country: str) -> dict[str, Callable[[Random], str]]:
    """Return what is planted in a file of the country: kind → how to make one."""
    national = NATIONAL.get(country)
    made: dict[str, Callable[[Random], str]] = {
        "e-mail": lambda rng: _around(rng, f"personne{rng.randrange(10**4)}@exemple{rng.randrange(99)}.org"),
        "web address": lambda rng: _around(rng, f"https://facebook.com/profil{rng.randrange(10**6)}"),
        "account name": lambda rng: f"@personne_{rng.randrange(10**6)}",
        "phone, international": lambda rng: _around(rng, "+" + "".join(_phone(country, rng))),
        "phone, 00": lambda rng: _around(rng, "00" + "".join(_phone(country, rng))),
        "phone, national": lambda rng: _around(rng, _national(country, rng)),
        "phone, spaced": lambda rng: _around(rng, spaced(_national(country, rng), rng)),
        "phone, Arabic-Indic": lambda rng: _around(rng, arabic(_national(country, rng))),
        "phone, Eastern digits": lambda rng: eastern(_national(country, rng)),
        "phone, full-width": lambda rng: wide(_national(country, rng)),
        "phone, invisible signs": lambda rng: "\u200b".join(_national(country, rng)),
        "bank account": lambda rng: _around(rng, iban(country, rng)),
        "bank account, spaced": lambda rng: " ".join(_fours(iban(country, rng))),
        "passport zone": lambda rng: mrz(country, rng),
        "identity card zone": lambda rng: mrz_card(country, rng),
        "passport beside the word": lambda rng: f"{rng.choice(PASSPORT)} {rng.choice('ABGHEM')}{_number(rng, 8)}",
        "UNHCR file": lambda rng: _around(rng, f"{_number(rng, 3)}-{rng.randrange(10, 25)}C{_number(rng, 5)}"),
        "UNHCR individual": lambda rng: _around(rng, f"{_number(rng, 3)}-{_number(rng, 8)}"),
        "case UUID": uuid4,
        "coordinates": lambda rng: f"{rng.uniform(4, 37):.5f}, {rng.uniform(-17, 32):.5f}",
    }
    if national:
        made |= {
            "national number": lambda rng: _around(rng, national(rng)),
            "national number, Arabic-Indic": lambda rng: arabic(national(rng)),
            "national number, spaced": lambda rng: spaced(national(rng), rng),
        }
    latin = [one for one in PERSONS[country] if one[0] < _ARABIC]
    arabic_ones = [one for one in PERSONS[country] if one[0] >= _ARABIC]
    made["name, Latin script"] = lambda rng: rng.choice(latin)
    if arabic_ones:
        made["name, Arabic script"] = lambda rng: rng.choice(arabic_ones)
    return made


def arabic(text: str) -> str:
    """Return the text with Arabic-Indic digits."""
    return text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))


def eastern(text: str) -> str:
    """Return the text with Eastern Arabic-Indic digits."""
    return text.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))


def wide(text: str) -> str:
    """Return the text with full-width digits."""
    return text.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


def spaced(text: str, rng: Random) -> str:
    """Return the text with one sign between every two characters, as people write long numbers."""
    sign = rng.choice(" .-")
    return sign.join(text[place : place + 2] for place in range(0, len(text), 2))


def iban(country: str, rng: Random) -> str:
    """Return an account number with its check digits (ISO 13616)."""
    code, length = _IBANS[country]
    account = "".join(str(rng.randrange(10)) for _ in range(length))
    remainder = int(account + "".join(str(ord(sign) - 55) for sign in code) + "00") % 97
    return f"{code}{98 - remainder:02}{account}"


def mrz(country: str, rng: Random) -> str:
    """Return line 2 of a passport's machine readable zone, with its check digits (ICAO Doc 9303 part 4)."""
    number = f"{rng.choice('ABCEX')}{rng.randrange(10**8):08}"
    born, until = f"{rng.randrange(70, 99)}0{rng.randrange(1, 10)}1{rng.randrange(10)}", f"2{rng.randrange(5, 10)}1105"
    fields = (number, born, until, "<" * 14)
    first, second, third, fourth = (one + _check(one) for one in fields)
    return f"{first}{country}{second}{rng.choice('MF')}{third}{fourth}{_check(first + second + third + fourth)}"


def mrz_card(country: str, rng: Random) -> str:
    """Return line 1 of an identity card's machine readable zone (ICAO Doc 9303 part 5)."""
    number = f"{rng.choice('ABCEX')}{rng.randrange(10**8):08}"
    return f"I<{country}{number}{_check(number)}{'<' * 15}"


def uuid4(rng: Random) -> str:
    """Return a random UUID (RFC 9562)."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{rng.choice('89ab')}{text[17:20]}-{text[20:]}"


def _check(text: str) -> str:
    values = (_SIGNS.index(sign) if sign != "<" else 0 for sign in text)
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def _nni(rng: Random) -> str:
    return str(rng.randrange(10**9 // 97 + 1, 10**10 // 97) * 97 + 1).zfill(10)


def _egyptian(rng: Random) -> str:
    day = f"{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
    return f"2{rng.randrange(60, 99)}{day}{rng.choice(['01', '02', '21', '27', '88'])}{rng.randrange(10**5):05}"


NATIONAL: Final[Mapping[str, Callable[[Random], str]]] = {
    "MAR": lambda rng: rng.choice(["A", "BE", "BK", "JC", "EE"]) + str(rng.randrange(10**5, 10**6)),
    "TUN": lambda rng: f"{rng.choice('01')}{rng.randrange(10**7):07}",
    "EGY": _egyptian,
    "DZA": lambda rng: f"1{rng.choice('01')}{rng.choice('09')}{rng.randrange(10**15):015}",
    "LBY": lambda rng: f"{rng.choice('12')}{rng.randrange(1940, 2015)}{rng.randrange(10**7):07}",
    "MRT": _nni,
    "CIV": lambda rng: f"C{rng.randrange(10**9, 10**10)}",
}


def _phone(country: str, rng: Random) -> tuple[str, str]:
    code, form = _PHONES[country]
    return code, "".join(str(rng.randrange(10)) if sign == "#" else sign for sign in form)


def _national(country: str, rng: Random) -> str:
    return _TRUNK.get(country, "") + _phone(country, rng)[1]


def _number(rng: Random, digits: int) -> str:
    return str(rng.randrange(10 ** (digits - 1), 10**digits))


def _around(rng: Random, text: str) -> str:
    return rng.choice(AROUND).format(text)


def _fours(text: str) -> list[str]:
    return [text[place : place + 4] for place in range(0, len(text), 4)]
