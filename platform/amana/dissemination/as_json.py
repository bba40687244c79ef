"""A slice as JSON: one object per cell, ``value`` null where there is no figure, and the status says why.

Runs in: web.
Sees: a slice.
"""

from __future__ import annotations

import json
from typing import Any, Final

from amana.canonical import Json
from amana.codebook.model import Codebook
from amana.dissemination.indicators import Told, told
from amana.dissemination.slice import Slice
from amana.dissemination.words import CONF_STATUS, dimension_label, label_in
from amana.wording.load import sentence

MEDIA_TYPE: Final = "application/json"


def render_json(slice_: Slice, book: Codebook, language: str) -> bytes:
    """Return the slice as JSON in UTF-8."""
    return json.dumps(as_json(slice_, book, language), ensure_ascii=False).encode("utf-8")


def as_json(slice_: Slice, book: Codebook, language: str) -> dict[str, Any]:
    """Return the slice as JSON values: what it counts, its dimensions and codes with labels, rows, notes, sources."""
    return {
        "dataflow": slice_.dataflow,
        "unit": book.dataflow(slice_.dataflow).unit.read(language),
        "language": language,
        "dimensions": [_dimension(slice_, number, book, language) for number in range(len(slice_.dims))],
        "count": len(slice_.rows),
        "rows": [
            {
                "TIME_PERIOD": row.period,
                **dict(zip(slice_.dims, row.codes, strict=True)),
                "value": row.value,
                "status": row.status,
                "confidentiality": CONF_STATUS[row.status],
                "margin": row.margin,
                **({} if row.spread is None else {"spread": vars(row.spread)}),
                **{name: _indicator(told(getattr(row, name))) for name in slice_.indicators},
            }
            for row in slice_.rows
        ],
        "notes": [{"code": note.code, "text": sentence(note.code, language, note.facts)} for note in slice_.notes],
        "sources": [vars(source) for source in slice_.sources],
    }


def _indicator(said: Told | None) -> Json:
    return None if said is None else vars(said)


def _dimension(slice_: Slice, number: int, book: Codebook, language: str) -> Json:
    dim = slice_.dims[number]
    codes = dict.fromkeys(row.codes[number] for row in slice_.rows)
    labels = {code: label_in(slice_, dim, code, book, language) for code in codes}
    lines = slice_.above.get(dim, {})
    parents = {code: held for code in codes if (held := next((one for one in lines.get(code, ()) if one in codes), ""))}
    label = dimension_label(slice_.dataflow, dim, book, language)
    return {"id": dim, "label": label, "codes": labels, "parents": dict(parents)}
