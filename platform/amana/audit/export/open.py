"""Open the file of an export, whichever of its forms it has."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

from amana.audit.export.files import EVENTS, PROOFS, TEXTS, parse_csv, parse_jsonl
from amana.audit.export.rows import Export
from amana.errors import Malformed

_WORKBOOK: Final = "xl/workbook.xml"


def open_export(path: Path) -> Export:
    """Return the export in a file: a workbook, JSON lines, an archive, or a CSV that has its proofs beside it.

    Raises Malformed when it is none of them, or a part is missing.
    """
    if zipfile.is_zipfile(path):
        return _from_archive(path)
    if path.suffix.lower() == ".csv":
        texts = path.with_name(TEXTS)
        return parse_csv(path.read_bytes(), texts.read_bytes() if texts.exists() else None, _beside(path))
    return parse_jsonl(path.read_bytes())


def _from_archive(path: Path) -> Export:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if _WORKBOOK in names:
                from amana.audit.export.workbook import parse_xlsx  # noqa: PLC0415 - its library, only where needed

                return parse_xlsx(path.read_bytes())
            texts = archive.read(TEXTS) if TEXTS in names else None
            return parse_csv(archive.read(EVENTS), texts, archive.read(PROOFS))
    except (KeyError, OSError, zipfile.BadZipFile, RuntimeError) as fault:
        raise Malformed(format=path.name) from fault


def _beside(path: Path) -> bytes:
    try:
        return path.with_name(PROOFS).read_bytes()
    except OSError as fault:
        raise Malformed(format=PROOFS) from fault
