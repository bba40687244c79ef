"""Words for codes and marks: hidden, zero, unknown and not collected are told apart wherever a cell is printed.

Runs in: web.
Sees: codes and labels; no count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from amana.codebook.model import AREA, COMMITTEES, NOT_RECORDED, Codebook
from amana.dissemination.query import PERIOD
from amana.dissemination.slice import ESTIMATED, HIDDEN, NOT_COLLECTED, SHOWN, Row
from amana.wording.load import sentence


@dataclass(frozen=True)
class Mark:
    """What stands in place of a figure. sign: a sign of no alphabet; code: names the word and the sentence for it."""

    sign: str
    code: str

    def read(self, language: str) -> str:
        """Return the words: ``hidden to protect people``, ``not collected``."""
        return sentence(self.code, language)


MARKS: Final = {HIDDEN: Mark("▒", "mark.hidden"), NOT_COLLECTED: Mark("∅", "mark.not_collected")}  # by OBS_STATUS
CONF_STATUS: Final = {
    SHOWN: "F",
    ESTIMATED: "F",
    HIDDEN: "C",
    NOT_COLLECTED: "",
}  # SDMX CL_CONF_STATUS: free, confidential


def cell_text(row: Row) -> str:
    """Return what a table prints: the figure (zero is ``0``), or the mark's sign. Never an empty text."""
    return MARKS[row.status].sign if row.value is None else str(row.value)


def dimension_label(dataflow: str, dim: str, book: Codebook, language: str) -> str:
    """Return the name of a dimension, REF_AREA and TIME_PERIOD included."""
    label = book.concepts[dim] if dim in {AREA, PERIOD} else book.dataflow(dataflow).variable(dim).label
    return label.read(language)


def code_label(dataflow: str, dim: str, code: str, book: Codebook, language: str) -> str:
    """Return the label of a code. Raises NotInCodebook.

    ``g:_O`` reads as the label of g, then "not recorded as yes"; ``_O`` alone is whoever has no code beside it.
    """
    codelist = book.codelists[COMMITTEES] if dim == AREA else book.list_of(book.dataflow(dataflow).variable(dim))
    if code.endswith(f":{NOT_RECORDED}"):
        said = codelist.code(code.removesuffix(f":{NOT_RECORDED}")).label.read(language)
        return f"{said}: {codelist.code(NOT_RECORDED).label.read(language)}"
    if code == NOT_RECORDED:
        return sentence("code.rest", language)
    return codelist.code(code).label.read(language)
