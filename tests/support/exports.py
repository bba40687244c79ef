"""Exports from a log that is being written: ordered as the hub orders them, in each of their forms, and edited."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from amana import ids
from amana.audit.cases import exporting, review
from amana.audit.cases.exporting import ExportAsked, Found
from amana.audit.cases.review import Sending
from amana.audit.events.event import Actor
from amana.audit.events.wanted import Filter
from amana.audit.export.check import Judged, check
from amana.audit.export.files import render_csv, render_jsonl
from amana.audit.export.open import open_export
from amana.audit.export.rows import Export
from amana.audit.export.workbook import render_xlsx
from amana.audit.log import tiles
from support.log import NOON, WrittenLog

NADIA = Actor("per_nadia", "auditor", "audit-office")
OMAR = Actor("per_omar", "auditor", "audit-office")
NOTHING = Filter()


def ordered(
    log: WrittenLog,
    wanted: Filter = NOTHING,
    case: str | None = None,
    format_: str = "csv",
    lang: str = "en",
    *,
    told: Mapping[str, str] | None = None,
) -> str:
    """Order an export, as web does. told: what the order says of the filters."""
    asked = ExportAsked(wanted, format_, lang, case)
    found: Found = exporting.survey(log.auditor, asked)
    with log.web.write() as tx:
        return exporting.order(tx, found, asked, told or {}, by=NADIA, now=NOON).id


def collected(log: WrittenLog, export: str) -> Export:
    """Put the order under a checkpoint, and return what it takes out."""
    log.sequence()
    with log.web.read() as reading:
        order = exporting.find(reading, export)
        note = tiles.newest_checkpoint(reading)
    return exporting.collect(log.auditor, order, note)


def sending(key: str | None = None, said: str = "") -> Sending:
    """What is sent under a name that no other sending has, if none is given."""
    return Sending(key or ids.new("key"), hashlib.sha256(said.encode()).hexdigest())


def taken(log: WrittenLog, wanted: Filter = NOTHING, case: str | None = None, lang: str = "en") -> Export:
    """Order and collect."""
    return collected(log, ordered(log, wanted, case, lang=lang))


RENDER: dict[str, Callable[[Export], bytes]] = {
    "jsonl": render_jsonl,
    "zip": render_csv,
    "xlsx": render_xlsx,
}


def saved(export: Export, folder: Path, form: str) -> Path:
    """Write an export as a file of this form."""
    path = folder / f"export.{form}"
    path.write_bytes(RENDER[form](export))
    return path


def checked(log: WrittenLog, path: Path) -> Judged:
    """What the offline check says."""
    return check(open_export(path), log.key.verifier)


def edit_csv(archive: Path, edit: Callable[[str], str], name: str = "events.csv") -> Path:
    """Rewrite a table of an archive, as somebody with a text editor does."""
    with zipfile.ZipFile(archive) as old:
        files = {one: old.read(one) for one in old.namelist()}
    files[name] = edit(files[name].decode("utf-8-sig")).encode("utf-8-sig")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for one, content in files.items():
            new.writestr(one, content)
    archive.write_bytes(out.getvalue())
    return archive


def a_case(log: WrittenLog, *events: str, now: datetime = NOON) -> str:
    """A case of two auditors, a minute from step to step: a question, events, a note and its answer."""
    first, second, third, fourth = (now + timedelta(minutes=one) for one in range(4))
    with log.web.write() as tx:
        case = review.open_case(tx, "Nights in May", "Who reads at night?", sending(), by=NADIA, now=first)
        review.pin(tx, case, events, NADIA, second)
        typed = '=HYPERLINK("x") is what she typed\nand left'
        note = review.write(tx, case, typed, sending(), answers=None, by=NADIA, now=third)
        review.write(tx, case, "وهذا جوابي", sending(), answers=note, by=OMAR, now=fourth)
    return case
