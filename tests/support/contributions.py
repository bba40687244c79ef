"""Contributions for tests: a sound file drawn as a table, and the same file with one thing wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from amana.codebook.load import load
from amana.codebook.model import Codebook
from amana.codebook.records import Records, join
from amana.config import HOME
from amana.identifiers.recognisers import Recognisers
from amana.identifiers.recognisers import load as load_recognisers
from amana.reading.open import open_file
from amana.validation.batch import Batch
from amana.validation.columns import of_sheet
from amana.validation.judge import Judgement, judge

BOOK: Codebook = load()
RECOGNISERS: Recognisers = load_recognisers(HOME / "policies" / "identifiers.toml")

SOUND: Mapping[str, str] = {
    "VICTIM_STATUS": "IDENT",
    "SEX": "F",
    "AGE": "17",
    "CITIZENSHIP": "CIV",
    "AREA_EXPLOITATION": "MAR",
    "ICT_FACILITATION": "_U",
    "CONSENT_REPORTING": "YES",
    "CHILD_STATUS": "SEPARATED",
    "NATIONAL_PROTECTION": "_U",
    "EXP_BEG": "1",
}


def pseudonym(number: int) -> str:
    return Random(f"person {number}").randbytes(32).hex()


def required(dataflow: str) -> list[str]:
    flow = BOOK.dataflow(dataflow)
    return [column.name for column in flow.columns(BOOK) if column.required]


def row(number: int, dataflow: str = "VICTIMS", **changed: str) -> dict[str, str]:
    """A sound row, with some cells changed and perhaps some columns more."""
    flow = BOOK.dataflow(dataflow)
    codes = {column.name for column in flow.columns(BOOK) if column.code}
    sound = {name: SOUND.get(name, "0" if name in codes else "_U") for name in required(dataflow)}
    return {**sound, "PSEUDONYM": pseudonym(number), **changed}


def text(rows: Sequence[Mapping[str, str]]) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def write(folder: Path, rows: Sequence[Mapping[str, str]], name: str = "victims.csv") -> Path:
    path = folder / name
    path.write_bytes(text(rows).encode())
    return path


def drawn(drawing: str) -> str:
    """The CSV that a drawing with bars shows: one line per row, cells trimmed."""
    lines = [line for line in drawing.splitlines() if line.strip()]
    return "".join(",".join(cell.strip() for cell in line.split("|")) + "\n" for line in lines)


class Blocks:
    """Keeps the encoded blocks, as a worker would, but in memory."""

    def __init__(self) -> None:
        self.blocks: list[Records] = []

    def add(self, records: Records) -> None:
        self.blocks.append(records)


def judged(
    path: Path, dataflow: str = "VICTIMS", committee: str = "MAR", period: str = "2022"
) -> tuple[Judgement, Records | None]:
    """The judgement of a file, and its records where it was accepted."""
    kept = Blocks()
    about = {"dataflow": dataflow, "committee": committee, "period": period}
    found = judge(path, **about, book=BOOK, recognisers=RECOGNISERS, keep=kept)
    return found, join(kept.blocks) if found.accepted and kept.blocks else None


def as_batch(path: Path, dataflow: str = "VICTIMS") -> Batch:
    """The first block of a canonical file, not judged."""
    with open_file(path) as opened:
        columns = of_sheet(opened.sheet, dataflow, BOOK)
        return columns.batch(next(opened.blocks()))
