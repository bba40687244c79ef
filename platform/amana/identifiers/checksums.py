"""Check digits and inner structure of identity numbers: pure functions from a matched text to yes or no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

# Source: Verhoeff, Error Detecting Decimal Codes (1969): multiplication in the dihedral group D5, and permutation.
_D5: Final = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_PERMUTATION: Final = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
# Egypt: 01 Cairo … 35 South Sinai, 88 abroad.
_GOVERNORATES: Final = frozenset({*range(1, 5), *range(11, 20), *range(21, 30), *range(31, 36), 88})
_MRZ_WEIGHTS: Final = (7, 3, 1)  # ICAO Doc 9303 part 3, 4.9


def iban(text: str, lengths: Mapping[str, int]) -> bool:
    """Return whether the text begins with an IBAN of a country in ``lengths`` (ISO 13616, mod 97)."""
    plain = "".join(filter(str.isalnum, text)).upper()
    length = lengths.get(plain[:2])
    if length is None or len(plain) < length:
        return False
    turned = plain[4:length] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def luhn(text: str) -> bool:
    """Return whether the last digit is the Luhn check digit (ISO/IEC 7812-1 annex B)."""
    digits = [int(sign) for sign in reversed(text)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def verhoeff(text: str) -> bool:
    """Return whether the last digit is the Verhoeff check digit."""
    state = 0
    for place, sign in enumerate(reversed(text)):
        state = int(_D5[state][int(_PERMUTATION[place % 8][int(sign)])])
    return state == 0


def mauritania(text: str) -> bool:
    """Return whether ten digits are a Mauritanian NNI: the number modulo 97 is 1."""
    return int(text) % 97 == 1


def egypt(text: str) -> bool:
    """Return whether fourteen digits hold a date of birth and a governorate where the Egyptian number has them."""
    century = {"2": 1900, "3": 2000}[text[0]]
    try:
        date(century + int(text[1:3]), int(text[3:5]), int(text[5:7]))
    except ValueError:
        return False
    return int(text[7:9]) in _GOVERNORATES


def mrz_td1(text: str) -> bool:
    """Return whether line 1 of an identity card's machine readable zone carries its check digit."""
    return _mrz(text.upper()[5:14], text[14])


def mrz_td3(text: str) -> bool:
    """Return whether line 2 of a passport's machine readable zone carries its check digits."""
    line = text.upper()
    parts = ((line[0:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27]))
    return all(_mrz(field, digit) for field, digit in parts)


def _mrz(field: str, digit: str) -> bool:
    values = [0 if sign == "<" else int(sign, 36) for sign in field]
    total = sum(value * _MRZ_WEIGHTS[place % 3] for place, value in enumerate(values))
    return str(total % 10) == digit.replace("<", "0")


CHECKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "luhn": luhn,
    "verhoeff": verhoeff,
    "mauritania": mauritania,
    "egypt": egypt,
    "mrz_td1": mrz_td1,
    "mrz_td3": mrz_td3,
}
