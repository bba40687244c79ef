"""Columns: how the blocks of a sheet become batches under the codebook's names. A canonical sheet needs no mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from amana.codebook.model import Codebook
from amana.findings import Finding
from amana.identifiers.scan import Known, known_columns
from amana.reading.sheet import Block, Sheet
from amana.validation import header
from amana.validation.batch import Batch


@dataclass(frozen=True)
class Columns:
    """What a sheet's columns are.

    letters:  canonical column → letter.
    findings: what is wrong with the header.
    stopped:  whether that leaves open what the columns are, so that no row can be judged.
    """

    dataflow: str
    sheet: Sheet
    letters: Mapping[str, str]
    findings: tuple[Finding, ...]
    stopped: bool

    def batch(self, block: Block) -> Batch:
        """Return the block under the codebook's names."""
        frame = block.frame.select(**self.letters)
        return Batch(self.dataflow, frame, block.rows, self.letters, self.sheet.place)

    def sums(self, block: Block) -> list[Finding]:  # noqa: ARG002 - the rules find them in a canonical file
        """Return the rows that sum others, and are to be read no further."""
        return []

    def settled(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return how what the scan found counts: everything in a canonical file would be sent as it stands."""
        return list(findings)

    def known(self, book: Codebook) -> dict[str, Known]:
        """Return letter → what the codebook says of the column; foreign columns are not in it."""
        return known_columns(self.letters, self.dataflow, book)


def of_sheet(sheet: Sheet, dataflow: str, book: Codebook) -> Columns:
    """Return the columns of a canonical sheet, with the faults of its header."""
    columns = book.dataflow(dataflow).columns(book)
    twice = header.duplicates(sheet, columns)
    faults = tuple(twice or header.faults(sheet, columns))
    return Columns(dataflow, sheet, header.letters(sheet, columns), faults, stopped=bool(twice))
