"""The auditor's manual: what an export carries, and what its check says when somebody has been at the file.

A log of seven readings by Salma and three by Hedi is exported by filter; each case edits the file as a person would,
and names what `amana audit check-export` must answer: the fault and the row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import text

from amana.audit.events import case_text
from amana.audit.events.accounts import SignedOut
from amana.audit.events.case_text import Kind, Written
from amana.audit.events.event import Actor
from amana.audit.events.wanted import Filter
from amana.audit.export import workbook
from amana.audit.export.check import Finding, Wrong, check
from amana.audit.export.open import open_export
from amana.errors import Malformed, SignatureInvalid
from support.databases import TestDatabase
from support.exports import RENDER, a_case, checked, collected, edit_csv, ordered, saved, taken
from support.log import WrittenLog, new_key

HEDI = Actor("per_hedi", "member", "police-tun")
SALMAS = Filter(actor="per_salma")


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(sqlite, tmp_path)
    log.grow(4)
    log.write(SignedOut(), SignedOut(), SignedOut(), by=HEDI)
    log.sequence()
    log.grow(3)
    return log


@pytest.mark.parametrize("form", RENDER)
@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_an_export_holds_what_was_asked_for_and_proves_it(log: WrittenLog, tmp_path: Path, form: str, lang: str):
    judged = checked(log, saved(taken(log, SALMAS, lang=lang), tmp_path, form))
    assert (judged.findings, judged.rows, judged.bare) == ((), 7, 0)
    assert (judged.actor, judged.order.rows, judged.order.size) == ("per_nadia", 7, 10)
    assert judged.checkpoint.size == 11, "the order itself is under the checkpoint"


@pytest.mark.parametrize("form", RENDER)
def test_an_export_of_nothing_says_so_and_proves_it(log: WrittenLog, tmp_path: Path, form: str):
    judged = checked(log, saved(taken(log, Filter(actor="per_nobody")), tmp_path, form))
    assert (judged.findings, judged.rows) == ((), 0)


def _rows(edit: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    return lambda text: "".join(edit(text.splitlines(keepends=True)))


def _replaced(old: str, new: str, row: int) -> Callable[[str], str]:
    return _rows(lambda rows: [line.replace(old, new) if at == row else line for at, line in enumerate(rows, start=1)])


EDITS = {
    "another actor": (_replaced("per_salma", "per_hedi1", 4), Wrong.EDITED, 4),
    "another outcome": (_replaced("done", "refused", 2), Wrong.EDITED, 2),
    "another time": (_replaced("T12:00:0", "T13:00:0", 3), Wrong.EDITED, 3),
    "another fact": (_replaced("bat_1", "bat_9", 3), Wrong.EDITED, 3),
    "another index": (_rows(lambda rows: [*rows[:3], rows[3].replace("2,", "5,", 1), *rows[4:]]), Wrong.FOREIGN, 4),
    "an index beyond the log": (_rows(lambda rows: [rows[0], rows[1].replace("0,", "99,", 1)]), Wrong.FOREIGN, 2),
    "half a row": (_rows(lambda rows: [*rows[:5], rows[5][:30] + "\r\n", *rows[6:]]), Wrong.UNREADABLE, 6),
    "a cell to the right": (_replaced("\r\n", ",approved\r\n", 3), Wrong.UNREADABLE, 3),
    "a row twice": (_rows(lambda rows: [*rows[:2], rows[1], *rows[2:]]), Wrong.REPEATED, 3),
    "a row taken away": (_rows(lambda rows: [*rows[:4], *rows[5:]]), Wrong.REMOVED, None),
    "all rows taken away": (_rows(lambda rows: rows[:1]), Wrong.REMOVED, None),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_file_is_caught_and_the_row_is_named(log: WrittenLog, tmp_path: Path, name: str):
    edit, fault, row = EDITS[name]
    first = checked(log, edit_csv(saved(taken(log, SALMAS), tmp_path, "zip"), edit)).findings[0]
    assert (first.fault, first.row) == (fault, row)


def test_removed_rows_are_counted_against_the_order_which_is_itself_in_the_log(log: WrittenLog, tmp_path: Path):
    path = edit_csv(saved(taken(log, SALMAS), tmp_path, "zip"), _rows(lambda rows: rows[:-2]))
    assert checked(log, path).findings == (Finding(Wrong.REMOVED, rows=5, expected=7),)
    path.write_bytes(saved(taken(log, SALMAS), tmp_path, "jsonl").read_bytes().replace(b'"rows":7', b'"rows":5'))
    assert checked(log, path).findings[0] == Finding(Wrong.ORDER), "nobody changes what was ordered"


def test_a_true_row_that_was_not_asked_for_does_not_stand_in_for_another(log: WrittenLog, tmp_path: Path):
    salmas = ordered(log, SALMAS)
    everything = collected(log, ordered(log))
    export = collected(log, salmas)
    hedis = next(row for row in everything.rows if row.line["actor"] == "per_hedi")
    mixed = replace(export, rows=(*export.rows[:-1], hedis), nodes={**export.nodes, **everything.nodes})
    assert checked(log, saved(mixed, tmp_path, "jsonl")).findings == (Finding(Wrong.OTHERS),)


def test_rows_may_be_sorted_as_a_reader_likes(log: WrittenLog, tmp_path: Path):
    path = edit_csv(saved(taken(log, SALMAS), tmp_path, "zip"), _rows(lambda rows: [rows[0], *rows[:0:-1]]))
    assert checked(log, path).findings == ()


def test_a_table_that_a_spreadsheet_saved_with_semicolons_is_still_read(log: WrittenLog, tmp_path: Path):
    def resaved(text: str) -> str:
        out = io.StringIO()
        csv.writer(out, delimiter=";").writerows(csv.reader(io.StringIO(text)))
        return out.getvalue()

    assert checked(log, edit_csv(saved(taken(log, SALMAS), tmp_path, "zip"), resaved)).findings == ()


def test_another_logs_key_is_told_from_ours(log: WrittenLog, tmp_path: Path):
    path = saved(taken(log, SALMAS), tmp_path, "jsonl")
    log.key = new_key(tmp_path, "another.test/log")
    with pytest.raises(SignatureInvalid):
        checked(log, path)


@pytest.mark.parametrize("form", RENDER)
def test_a_case_goes_out_with_its_events_and_its_words(log: WrittenLog, tmp_path: Path, form: str):
    case = a_case(log, *log.written[:2])
    log.sequence()
    export = taken(log, case=case)
    judged = checked(log, saved(export, tmp_path, form))
    kinds = [row.line["kind"] for row in export.rows]
    assert kinds == ["batch.read"] * 2 + ["case.opened"] + ["case.pinned"] * 2 + ["case.noted"] * 2
    assert (judged.findings, judged.order.texts, judged.order.case) == ((), 3, case)


def test_an_edited_note_is_caught(log: WrittenLog, tmp_path: Path):
    case = a_case(log)
    log.sequence()
    path = edit_csv(
        saved(taken(log, case=case), tmp_path, "zip"), lambda text: text.replace("جوابي", "رأيي"), "texts.csv"
    )
    found = checked(log, path).findings
    assert [(one.fault, one.row) for one in found] == [(Wrong.TEXT, 4)]


def test_a_note_that_stands_there_twice_does_not_stand_in_for_another(log: WrittenLog, tmp_path: Path):
    case = a_case(log)
    log.sequence()
    export = taken(log, case=case)
    twice = replace(export, texts=(*export.texts[:-1], replace(export.texts[0], place=4)))
    found = checked(log, saved(twice, tmp_path, "jsonl")).findings
    assert [one.fault for one in found] == [Wrong.REPEATED]


def test_what_is_erased_at_the_end_of_retention_leaves_its_leaf(log: WrittenLog, tmp_path: Path):
    case = a_case(log, log.written[0])
    log.sequence()
    with log.database.as_role("owner").write() as tx:
        tx.execute(text("DELETE FROM event_detail WHERE event_id = :one"), {"one": log.written[0]})
    export = taken(log, case=case)
    assert (checked(log, saved(export, tmp_path, "jsonl")).findings, export.rows[0].line["actor"]) == ((), None)


def test_the_words_of_a_workbook_are_those_of_its_codes(log: WrittenLog, tmp_path: Path):
    export = taken(log, SALMAS, lang="ar")
    book = workbook.parse_xlsx(RENDER["xlsx"](export))
    lied = [replace(one, line={**one.line, "outcome_words": "رُفض"}) if one.place == 4 else one for one in book.rows]
    assert [(one.fault, one.row) for one in check(replace(book, rows=tuple(lied)), log.key.verifier).findings] == [
        (Wrong.WORDS, 4)
    ]


def _with(path: Path, part: str, edit: Callable[[str], str]) -> Path:
    """Rewrite one part of a workbook, or add it."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = edit(parts.get(part, b"").decode()).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


WORKBOOK = {
    "its last sheet edited": ("xl/worksheets/sheet4.xml", lambda text: text.replace("Actors", "Clerks")),
    "a sheet renamed": ("xl/workbook.xml", lambda text: text.replace('name="Events"', 'name="All events"')),
    "a comment beside a cell": ("xl/comments1.xml", lambda _: "<comments/>"),
    "a picture": ("xl/media/image1.png", lambda _: "x"),
}


@pytest.mark.parametrize("name", WORKBOOK)
def test_a_workbook_with_more_than_was_handed_out_is_caught(log: WrittenLog, tmp_path: Path, name: str):
    part, edit = WORKBOOK[name]
    path = saved(taken(log, SALMAS), tmp_path, "xlsx")
    assert checked(log, path).findings == ()
    assert checked(log, _with(path, part, edit)).findings == (Finding(Wrong.FRAME),)


def test_a_workbook_that_lacks_a_sheet_is_no_export(tmp_path: Path):
    with xlsxwriter.Workbook(tmp_path / "one.xlsx") as book:
        book.add_worksheet("Events")
    with pytest.raises(Malformed):
        open_export(tmp_path / "one.xlsx")


def test_what_stands_beside_a_row_in_a_line_is_caught(log: WrittenLog, tmp_path: Path):
    path = saved(taken(log, SALMAS), tmp_path, "jsonl")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], lines[1].replace("{", '{"approved":true,', 1), *lines[2:]]))
    assert [(one.fault, one.row) for one in checked(log, path).findings] == [(Wrong.UNREADABLE, 2)]
    for place in (0, -1):
        told = [*lines]
        told[place] = told[place].replace("{", '{"approved":true,', 1)
        path.write_text("".join(told))
        with pytest.raises(Malformed):
            checked(log, path)


def test_a_text_is_bound_to_its_case_by_a_salted_digest():
    written = Written("nte_1", "cas_1", Kind.QUESTION, None, "Nights", "Who?", b"s" * 32)
    told = {"answers": None, "case": "cas_1", "kind": "question", "note": "nte_1", "text": "Who?", "title": "Nights"}
    drawn = json.dumps(told, separators=(",", ":")).encode()
    assert case_text.digest(written) == hashlib.sha256(b"s" * 32 + drawn).hexdigest()
