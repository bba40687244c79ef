"""A clerk's columns become canonical ones: her words looked up once for each block, against once for each cell.

500,000 rows of 7 national columns, as a mapping of the committee's tool reads them (pseudonyms under a key included).
The peer is the obvious way: row by row in Python, with the same dictionaries and keyed digest, and no findings.
"""

from __future__ import annotations

import time
from random import Random
from statistics import median
from typing import Final

import polars as pl
from beside import machine

from amana.codebook.load import load
from amana.mapping import ages
from amana.mapping.answers import split
from amana.mapping.apply import Application
from amana.mapping.keying import Home, pseudonym
from amana.mapping.proposal import accepted
from amana.mapping.propose import propose
from amana.mapping.words import normal
from amana.reading.sheet import Block, Sheet

ROWS: Final = 500_000
BLOCK: Final = 50_000
RUNS: Final = 3
HEADERS: Final = (
    "N° dossier",
    "Sexe",
    "Âge",
    "Nationalité",
    "Formes d'exploitation",
    "Travail domestique",
    "Recruteur",
)
CELLS: Final = (
    ("Femme", "أنثى", "H", "ذكر"),
    (*(f"{n} ans" for n in range(60)), "١٧", "٣٠ سنة"),
    ("Côte d'Ivoire", "ساحل العاج", "Tunisienne", "MALI", "Guinée"),
    ("mendicité", "Mendicite", "تسوّل", "Travail forcé; mendicité", "prostitution"),
    ("oui", "non", "نعم", "لا"),
    ("famille", "ami", "autre", ""),
)


def main() -> None:
    book, rng, sheet = load(), Random(7), Sheet(None, HEADERS, 1, tuple("ABCDEFG"))  # noqa: S311 - a fixed seed, so that every run reads the same
    columns = [[f"TN-{n:07}" for n in range(ROWS)], *([rng.choice(cells) for _ in range(ROWS)] for cells in CELLS)]
    whole = pl.DataFrame(dict(zip("ABCDEFG", columns, strict=True)))
    blocks = [
        Block(whole.slice(start, BLOCK), pl.Series(range(start + 2, start + 2 + BLOCK)))
        for start in range(0, ROWS, BLOCK)
    ]
    home = Home(bytes(32), "TUN", "2024")
    proposed = propose(sheet, blocks[0], "VICTIMS", book, at_home=True)
    mapping = accepted(proposed, book, committee="TUN", blank_unknown=True)
    reader = Application(mapping, sheet, book, home=home)
    ours, theirs = [], []
    for _ in range(RUNS):
        begun = time.process_time()
        for block in blocks:
            assert not reader.read(block).findings
        ours.append(time.process_time() - begun)
        begun = time.process_time()
        _by_cell(whole, mapping, home, book)
        theirs.append(time.process_time() - begun)
    print(machine())
    print(f"{ROWS:,} rows, 7 national columns: {median(ours):.2f} s; cell by cell {median(theirs):.2f} s")
    print(f"{ROWS / median(ours):,.0f} rows/s; {median(theirs) / median(ours):.1f} times as fast")


def _by_cell(whole: pl.DataFrame, mapping: object, home: Home, book: object) -> list[list[object]]:
    entries = {one.target: one for one in mapping.columns if one.target}  # type: ignore[attr-defined]
    known = {target: {normal(text): codes for text, codes in entry.values.items()} for target, entry in entries.items()}
    codes = book.codelists["CL_EXPLOITATION"].storable  # type: ignore[attr-defined]
    years = book.codelists["CL_AGE"]  # type: ignore[attr-defined]
    read = []
    for number, sex, age, country, forms, home_work, recruiter in whole.iter_rows():
        named = {code for form in split(forms, ";") for code in known["EXPLOITATION"].get(normal(form), ())}
        flags = ["1" if code in named else "0" for code in codes]
        read.append(
            [
                pseudonym(home, [normal(number)]),
                known["SEX"][normal(sex)],
                ages.read(age, years),
                known["CITIZENSHIP"][normal(country)],
                *flags,
                normal(home_work) in {"oui", "نعم"},
                known["RECRUITER"].get(normal(recruiter), "_U"),
            ]
        )
    return read


if __name__ == "__main__":
    main()
