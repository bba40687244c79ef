"""The list of persons that ``request`` takes, made at home from the committee's own file numbers. No network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from amana.codebook.model import Codebook
from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.refusals import NumberMissing
from amana.committee.source import Source
from amana.findings import Finding
from amana.reading.open import FileUnreadable, open_file
from amana.validation.batch import Batch
from amana.validation.judge import BatchRefused
from amana.vault.request import PSEUDONYM


def listed(path: Path, about: About, documents: Documents, source: Source, *, values: bool) -> bytes:
    """Return the CSV that ``request`` takes: each person of the file once, under the header PSEUDONYM.

    path:   an extract of the committee's register, headed as its mapping knows it; the number alone is enough.
    values: whether the other canonical columns that the extract tells follow, as a rectification needs them.
    Raises BatchRefused where a row has no number or, with ``values``, where a word has no meaning; NumberMissing,
    MappingInvalid, KeyNeeded, OtherMapping.
    """
    try:
        frames = list(_frames(path, about, documents.book(), source, values=values))
    except FileUnreadable as fault:
        raise BatchRefused(fault.findings) from fault
    return pl.concat(frames).unique(maintain_order=True).write_csv(line_terminator="\r\n").encode()


def _frames(path: Path, about: About, book: Codebook, source: Source, *, values: bool) -> Iterator[pl.DataFrame]:
    with open_file(path, sheet=source.sheet) as opened:
        columns = source.national(about).columns(opened.sheet, about.dataflow, about.period, book)
        place = Finding("mapping.needed", sheet=opened.sheet.place)
        if columns is None:
            raise BatchRefused((place,))
        if PSEUDONYM not in columns.letters:
            raise NumberMissing(headings=" + ".join(_headings(source)))
        chosen = [PSEUDONYM, *(name for name in columns.letters if values and name != PSEUDONYM)]
        for block in opened.blocks():
            batch = columns.batch(block)
            _refuse(batch, chosen)
            yield batch.frame.select(chosen)


def _headings(source: Source) -> tuple[str, ...]:
    """Return how the mapping knows the columns that a pseudonym is made of, or is in."""
    told = [one for one in source.mapping.columns if one.target == PSEUDONYM] if source.mapping else []
    return next((one.parts or one.headers for one in told), (PSEUDONYM,))


def _refuse(batch: Batch, chosen: list[str]) -> None:
    """Raise BatchRefused where a cell of these columns could not be read."""
    letters = {batch.letters[name] for name in chosen}
    blank = batch.at("pseudonym.form", PSEUDONYM, batch.cells(PSEUDONYM).fill_null("?").str.strip_chars() == "")
    found = [one for one in batch.findings if one.refuses and one.letter in letters]
    if found or blank:
        raise BatchRefused((*found, *((blank,) if blank else ())))
