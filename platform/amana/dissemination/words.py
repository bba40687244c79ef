"""Words for dimensions and codes, in the reader's language, and the word that SDMX has for what may be read of a cell.

Runs in: web.
Sees: codes and labels; no count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from amana.codebook.model import AREA, COMMITTEES, NOT_RECORDED, UNKNOWN, Codebook, CodeList
from amana.dissemination.query import PERIOD
from amana.dissemination.slice import ESTIMATED, HIDDEN, NOT_COLLECTED, NOT_MEASURED, SHOWN, Slice
from amana.wording.load import sentence

_FEW: Final = 2  # codes whose names still read well in the name of their rest
CONF_STATUS: Final = {
    SHOWN: "F",
    ESTIMATED: "F",
    HIDDEN: "C",
    NOT_COLLECTED: "",
    NOT_MEASURED: "F",
}  # SDMX CL_CONF_STATUS: free, confidential


_MARKS: Final = {
    HIDDEN: "mark.hidden",
    NOT_COLLECTED: "mark.not_collected",
    ESTIMATED: "mark.estimated",
    NOT_MEASURED: "mark.not_measured",
}


def mark(status: str, language: str) -> str:
    """Return the sign and the word that tell why there is no count; nothing where there is one."""
    return sentence(_MARKS[status], language) if status in _MARKS else ""


def dimension_label(dataflow: str, dim: str, book: Codebook, language: str) -> str:
    """Return the name of a dimension, REF_AREA and TIME_PERIOD included."""
    label = book.concepts[dim] if dim in {AREA, PERIOD} else book.dataflow(dataflow).variable(dim).label
    return label.read(language)


def open_circle(dataflow: str, names: Sequence[str], book: Codebook, language: str) -> str:
    """Return the sentence about a circle of tables in which persons are not looked for. names: of its attributes."""
    dims = dict.fromkeys(name.partition(".")[0] for name in names)
    labels = [dimension_label(dataflow, dim, book, language) for dim in dims]
    return sentence("disclosure.open_circle", language, {"named": " × ".join(labels)})


def code_label(
    dataflow: str, dim: str, code: str, book: Codebook, language: str, *, named: Sequence[str] | None = None
) -> str:
    """Return the label of a code. Raises NotInCodebook.

    ``g:_O`` reads as the label of g, then "not recorded as yes"; ``_O`` alone is whoever has none of the codes
    ``named`` beside it, and reads as all but those: it may be all men, and must not read as unknown.
    """
    codelist = book.codelists[COMMITTEES] if dim == AREA else book.list_of(book.dataflow(dataflow).variable(dim))
    if code.endswith(f":{NOT_RECORDED}"):
        said = codelist.code(code.removesuffix(f":{NOT_RECORDED}")).label.read(language)
        return f"{said}: {codelist.code(NOT_RECORDED).label.read(language)}"
    if code == NOT_RECORDED:
        return _all_but(codelist, named, language)
    return codelist.code(code).label.read(language)


def label_in(slice_: Slice, dim: str, code: str, book: Codebook, language: str) -> str:
    """Return the label of a code as the tables of a slice mean it."""
    return code_label(slice_.dataflow, dim, code, book, language, named=slice_.named.get(dim))


def _all_but(codelist: CodeList, named: Sequence[str] | None, language: str) -> str:
    if not named:
        return sentence("code.rest", language)
    known = [codelist.code(code).label.read(language) for code in named if code != UNKNOWN]
    few = "code.rest_but" if len(known) <= _FEW else "code.rest"
    said = few if UNKNOWN in named or UNKNOWN not in codelist else f"{few}_unknown"
    return sentence(said, language, {"named": sentence("code.and", language).join(known)})
