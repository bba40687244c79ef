"""Words for dimensions and codes, in the reader's language, and the word that SDMX has for what may be read of a cell.

Runs in: web.
Sees: codes and labels; no count.
"""

from __future__ import annotations

from typing import Final

from amana.codebook.model import AREA, COMMITTEES, NOT_RECORDED, Codebook
from amana.dissemination.query import PERIOD
from amana.dissemination.slice import ESTIMATED, HIDDEN, NOT_COLLECTED, SHOWN
from amana.wording.load import sentence

CONF_STATUS: Final = {
    SHOWN: "F",
    ESTIMATED: "F",
    HIDDEN: "C",
    NOT_COLLECTED: "",
}  # SDMX CL_CONF_STATUS: free, confidential


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
