"""Exports on paper and back: whatever an event says survives each form, and no reader takes a cell for a formula."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from amana import canonical
from amana.audit.cases import exporting, review
from amana.audit.cases.exporting import ExportAsked, ExportChanged, ExportEarly, ExportTooLong, ExportTooWide
from amana.audit.desk import matching
from amana.audit.events.auditors import EventsRead
from amana.audit.events.case_text import Written
from amana.audit.events.contributions import BatchRead
from amana.audit.events.wanted import Filter, Hours
from amana.audit.export.check import Finding, Wrong, check, digest
from amana.audit.export.files import from_cell, parse_csv, parse_jsonl, render_csv, render_jsonl, to_cell
from amana.audit.export.open import open_export
from amana.audit.export.rows import COLUMNS, HEADER, Placed, Row, from_line, from_text_line, to_line, to_text_line
from amana.audit.export.workbook import parse_xlsx, render_xlsx
from amana.audit.tlog import leaf
from amana.audit.tlog.leaf import Detail, Leaf
from amana.errors import Malformed, NotFound
from support.databases import TestDatabase
from support.exports import NADIA, RENDER, a_case, checked, collected, edit_csv, ordered, saved, taken
from support.log import NOON, WrittenLog
from support.witnesses import SmallLog

NOTE = SmallLog(2).note(2)
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
dangerous = st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "'=1",
        "'",
        "",
        "evt_1;x",
        '"',
        "a,b",
        "_x0041_",
        " x ",
        "a;=1",
        "b\n@",
        ";'=1",
        ";;\t''-",
    ]
)
texts = words | dangerous
instants = st.integers(0, 4_000_000_000_000_000)
facts = st.dictionaries(
    words, st.none() | st.booleans() | st.integers(-9, 9) | texts | st.lists(texts, max_size=2), max_size=3
)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    id_, kind, at = draw(words), draw(words), draw(instants)
    told = {name: draw(st.none() | texts) for name in ("clause", "country", "dataflow", "purpose", "subject")}
    who = {name: draw(texts) for name in ("actor", "role", "organisation", "outcome")}
    raw = canonical.encode(draw(facts))
    detail = Detail(id=id_, kind=kind, at=at, salt=draw(st.binary(min_size=32, max_size=32)), facts=raw, **who, **told)
    return Row(
        draw(st.integers(0, 10**9)), Leaf(id_, kind, at, leaf.commit(detail)), draw(st.sampled_from([detail, None]))
    )


@given(rows())
@settings(max_examples=40)
def test_a_row_survives_its_line(row: Row) -> None:
    assert from_line(to_line(row)) == row


@given(rows())
@settings(max_examples=40)
def test_a_row_survives_its_cells_and_none_of_them_is_a_formula(row: Row) -> None:
    line = to_line(row)
    cells = {name: to_cell(line[name]) for name in COLUMNS}
    assert not [cell for cell in cells.values() if isinstance(cell, str) and cell[:1] in tuple("=+-@\t\r")]
    assert from_line({name: from_cell(name, cell) for name, cell in cells.items()}) == row


@given(st.lists(rows(), max_size=3))
@settings(max_examples=10)
def test_rows_survive_each_form(given_rows: list[Row]) -> None:
    export = exporting.Export(
        "ar", {}, NOTE, tuple(Placed(p, to_line(r)) for p, r in enumerate(given_rows, 2)), (), {(0, 2): b"h" * 32}
    )
    for back in (parse_jsonl(render_jsonl(export)), parse_xlsx(render_xlsx(export))):
        assert [from_line(one.line) for one in back.rows] == given_rows
        assert (back.language, back.note, back.nodes) == ("ar", NOTE, {(0, 2): b"h" * 32})
        assert (back.headings, back.framed) == (True, True)
    with zipfile.ZipFile(io.BytesIO(render_csv(export))) as archive:
        back = parse_csv(archive.read("events.csv"), None, archive.read("proofs.jsonl"))
    assert [from_line(one.line) for one in back.rows] == given_rows


@given(words, st.none() | texts, texts)
@settings(max_examples=40)
def test_a_text_survives_its_line(note: str, title: str | None, said: str) -> None:
    written = Written(note, "cas_1", "note", None, title, said, b"s" * 32)
    line = to_text_line(written)
    assert from_text_line(line) == written
    assert from_text_line({name: from_cell(name, to_cell(cell)) for name, cell in line.items()}) == written


@pytest.mark.parametrize("said", ["a;=1+1", "a\n=1+1", "a\r\n+1", "a\t@b", "a; \t-1", "a;'=1", "a\n''-1", 'a;"=1"'])
def test_a_spreadsheet_with_another_separator_finds_no_formula_either(said: str) -> None:
    cell = to_cell(said)
    assert isinstance(cell, str)
    parts = [part.lstrip(' "') for part in re.split(r"[;\t\n\r]", cell)]
    assert not [part for part in parts if part[:1] in tuple("=+-@")]
    assert from_cell("text", cell) == said


LINE = to_line(
    Row(
        3,
        Leaf("evt_1", "batch.read", 5, "c"),
        Detail("evt_1", "batch.read", 5, "a", "r", "o", "done", *[None] * 5, b"s", b"{}"),
    )
)


@pytest.mark.parametrize(
    "other",
    [
        {"index": "3"}, {"index": True}, {"index": None}, {"id": None}, {"kind": 4}, {"at": "noon"}, {"at": None},
        {"at": "2026-11-21T12:00:00"}, {"at": "9999-12-31T23:59:59-12:00"}, {"salt": "xyz"}, {"salt": None},
        {"facts": 1.5}, {"actor": "\ud800"}, {"actor": 4}, {"commitment": None},
    ],
)  # fmt: skip
def test_a_line_that_is_no_row_is_told(other: dict[str, object]) -> None:
    assert from_line(LINE).index == 3
    with pytest.raises(Malformed):
        from_line({**LINE, **other})


def test_a_line_without_a_column_is_no_row() -> None:
    with pytest.raises(Malformed):
        from_line({name: value for name, value in LINE.items() if name != "purpose"})


@pytest.mark.parametrize("other", [{"text": None}, {"answers": 4}, {"salt": "x"}, {"text": "\ud800"}])
def test_a_line_that_is_no_text_is_told(other: dict[str, object]) -> None:
    line = to_text_line(Written("nte_1", "cas_1", "note", None, None, "x", b"s"))
    with pytest.raises(Malformed):
        from_text_line({**line, **other})


def test_a_cell_that_is_no_whole_number_or_no_json_is_left_for_the_check() -> None:
    assert from_cell("index", "3") == 3
    assert from_cell("index", 3.0) == 3
    assert from_cell("index", 3.5) == 3.5
    assert from_cell("index", "٣") == "٣"
    assert from_cell("facts", "{") == "{"
    assert from_cell("facts", "[" * 100_000) == "[" * 100_000


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(sqlite, tmp_path)
    log.grow(5)
    return log


def test_long_facts_go_on_to_the_right_in_a_workbook(log: WrittenLog, tmp_path: Path) -> None:
    log.write(EventsRead({"kind": "x" * 70_000}))
    log.sequence()
    assert checked(log, saved(taken(log, Filter(kind="events.read")), tmp_path, "xlsx")).findings == ()


@pytest.mark.parametrize(("lang", "rtl"), [("ar", True), ("fr", False)])
def test_an_arabic_workbook_reads_from_right_to_left_and_none_has_a_formula(
    log: WrittenLog, lang: str, rtl: bool
) -> None:
    case = a_case(log, log.written[0])
    log.sequence()
    with zipfile.ZipFile(io.BytesIO(RENDER["xlsx"](taken(log, case=case, lang=lang)))) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
    assert [('rightToLeft="1"' in sheet) for sheet in sheets] == [rtl] * 4
    assert not [sheet for sheet in sheets if "<f>" in sheet or "<hyperlink" in sheet]
    assert "=HYPERLINK" in sheets[1], "what she typed is there, as a text"


def test_headings_that_say_something_else_are_told(log: WrittenLog) -> None:
    export = parse_xlsx(RENDER["xlsx"](taken(log)))
    assert check(replace(export, headings=False), log.key.verifier).findings == (Finding(Wrong.HEADINGS),)


def test_details_that_were_taken_out_of_a_file_are_missed(log: WrittenLog, tmp_path: Path) -> None:
    def bared(text_: str) -> str:
        lines = text_.splitlines(keepends=True)
        cells = lines[1].split(",")
        kept = {0, 1, 2, 12, 14}  # index, at, kind, id, commitment
        return "".join(
            [lines[0], ",".join(c if p in kept else "" for p, c in enumerate(cells[:15])) + ",\r\n", *lines[2:]]
        )

    found = checked(log, edit_csv(saved(taken(log), tmp_path, "zip"), bared)).findings
    assert found == (Finding(Wrong.STRIPPED, rows=1, expected=0),)


def test_a_row_that_was_added_is_counted(log: WrittenLog, tmp_path: Path) -> None:
    one = ordered(log, Filter(subject="bat_0"))
    everything = taken(log)
    export = collected(log, one)
    more = replace(export, rows=everything.rows[:2], nodes={**export.nodes, **everything.nodes})
    assert checked(log, saved(more, tmp_path, "jsonl")).findings == (Finding(Wrong.ADDED, rows=2, expected=1),)


def test_a_salt_of_another_length_and_a_node_that_is_missing_are_told(log: WrittenLog, tmp_path: Path) -> None:
    export = taken(log)
    short = replace(export.rows[0], line={**export.rows[0].line, "salt": "00"})
    assert check(replace(export, rows=(short,)), log.key.verifier).findings[0].fault is Wrong.EDITED
    assert check(replace(export, nodes={}), log.key.verifier).findings[0] == Finding(Wrong.ORDER)
    beyond = replace(export.rows[0], line={**export.rows[0].line, "index": 10**6})
    assert check(replace(export, rows=(beyond,)), log.key.verifier).findings[0].fault is Wrong.FOREIGN


def test_the_order_of_an_export_is_an_order_of_an_export(log: WrittenLog) -> None:
    export = taken(log)
    for line in (export.rows[0].line, {**export.rows[0].line, "salt": None}):
        judged = check(replace(export, order=line), log.key.verifier)
        assert (judged.order, judged.findings[0]) == (None, Finding(Wrong.ORDER))
    bare = {**export.order, **dict.fromkeys(("facts", "salt", *HEADER))}
    assert check(replace(export, order=bare), log.key.verifier).findings[0] == Finding(Wrong.ORDER)
    unknown = {**export.order, "facts": {"export": "exp_1"}}
    assert check(replace(export, order=unknown), log.key.verifier).findings[0] == Finding(Wrong.ORDER)


def test_texts_that_are_missing_or_unreadable_are_told(log: WrittenLog, tmp_path: Path) -> None:
    case = a_case(log, log.written[0])
    log.sequence()
    export = taken(log, case=case)
    fewer = replace(export, texts=export.texts[:1])
    assert check(fewer, log.key.verifier).findings == (Finding(Wrong.TEXTS, rows=1, expected=3),)
    odd = replace(export, texts=(*export.texts[:2], replace(export.texts[2], line={"note": 1})))
    assert check(odd, log.key.verifier).findings == (Finding(Wrong.TEXT, 4, event="…"),)


BROKEN = {
    "empty.jsonl": b"",
    "odd.jsonl": b"[]\n",
    "format.jsonl": b'{"format":"x"}\n',
    "order.jsonl": b'{"format":"amana-audit-export/1","language":"en","order":1,"note":""}\n',
    "nodes.jsonl": b'{"format":"amana-audit-export/1","language":"en","order":{},"note":""}\n{"nodes":[[0,1]]}\n',
    "binary.jsonl": b"\xff\xfe",
    "alone.csv": b"index\r\n",
    "not.zip": b"PK\x03\x04not",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_export_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(Malformed):
        open_export(tmp_path / name)


@pytest.mark.parametrize("names", [(), ("events.csv",), ("xl/workbook.xml",)])
def test_an_archive_that_is_no_export_is_told(tmp_path: Path, names: tuple[str, ...]) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    with pytest.raises(Malformed):
        open_export(tmp_path / "x.zip")


@pytest.mark.parametrize(
    ("table", "fault"),
    [("a,b\r\n", "other columns"), ("", "none"), (",".join(COLUMNS) + '\r\n"' + "x" * 140_000, "long")],
)
def test_a_table_that_is_none_of_ours_is_told(log: WrittenLog, tmp_path: Path, table: str, fault: str) -> None:
    with pytest.raises(Malformed):
        checked(log, edit_csv(saved(taken(log), tmp_path, "zip"), lambda _: table))


def test_a_table_taken_out_of_its_archive_is_checked_with_what_lies_beside_it(log: WrittenLog, tmp_path: Path) -> None:
    case = a_case(log, log.written[0])
    log.sequence()
    for export, names in ((taken(log, case=case), 3), (taken(log), 2)):
        folder = tmp_path / str(names)
        with zipfile.ZipFile(saved(export, tmp_path, "zip")) as archive:
            archive.extractall(folder)
        assert len(list(folder.iterdir())) == names
        (folder / "events.csv").rename(folder / "Mine.CSV")
        assert checked(log, folder / "Mine.CSV").findings == ()


AT_NIGHT = Hours(13, 19, frozenset({5}))
WANTED = Filter(actor="per_salma", since=NOON, until=NOON + timedelta(days=1), kinds=("batch.read",), outside=AT_NIGHT)


def test_every_filter_finds_the_same_rows_later(log: WrittenLog) -> None:
    asked = ExportAsked(WANTED, "csv", "en")
    found = exporting.survey(log.auditor, asked)
    assert len(found.rows) == 5
    with log.web.write() as tx:
        order = exporting.order(tx, found, asked, {}, by=NADIA, now=NOON)
    log.write(BatchRead("bat_9", "MAR"))
    assert len(collected(log, order.id).rows) == 5


def test_a_long_list_is_gone_through_page_by_page(log: WrittenLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_AT_A_TIME", 2)
    assert [one.line["index"] for one in taken(log).rows] == [0, 1, 2, 3, 4]


def test_a_search_that_does_not_end_is_refused_and_can_be_divided(
    log: WrittenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page looks at two events here, and finds none or one of the five that Salma made."""
    monkeypatch.setattr(matching, "LOOK", 2)
    everything = Filter(actor="per_salma", kind="batch.read")
    assert len(taken(log, everything).rows) == 5
    monkeypatch.setattr(exporting, "STEPS", 1)
    with pytest.raises(ExportTooWide) as refusal:
        ordered(log, everything)
    looked_to = datetime.fromisoformat(refusal.value.facts["looked_to"])
    since, until = replace(everything, since=looked_to), replace(everything, until=looked_to)
    assert len(exporting.survey(log.auditor, ExportAsked(since, "csv", "en")).rows) == refusal.value.facts["found"]
    monkeypatch.setattr(exporting, "STEPS", 9)
    parts = [exporting.survey(log.auditor, ExportAsked(one, "csv", "en")).rows for one in (since, until)]
    assert sum(map(len, parts)) == 5


def test_events_are_taken_out_one_by_one(log: WrittenLog) -> None:
    asked = ExportAsked(Filter(), "csv", "en", events=tuple(log.written[1:3]))
    found = exporting.survey(log.auditor, asked)
    with log.web.write() as tx:
        order = exporting.order(tx, found, asked, {}, by=NADIA, now=NOON)
    assert [one.line["index"] for one in collected(log, order.id).rows] == [1, 2]


def test_an_order_that_there_is_not_is_told(log: WrittenLog) -> None:
    with pytest.raises(NotFound), log.web.read() as reading:
        exporting.find(reading, "exp_none")


def test_a_case_is_not_taken_out_before_all_of_it_is_in_the_log(log: WrittenLog) -> None:
    case = a_case(log, log.written[0])
    with pytest.raises(ExportEarly):
        exporting.survey(log.auditor, ExportAsked(Filter(), "csv", "en", case=case))


def test_what_was_pinned_after_the_order_is_not_in_it(log: WrittenLog) -> None:
    case = a_case(log, log.written[0])
    log.sequence()
    order = ordered(log, case=case)
    with log.web.write() as tx:
        review.pin(tx, case, [log.written[1]], NADIA, NOON)
    assert log.written[1] not in [one.line["id"] for one in collected(log, order).rows]


def test_too_many_rows_are_too_many_wherever_they_come_from(log: WrittenLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST", 2)
    for asked in (ExportAsked(Filter(), "csv", "en"), ExportAsked(Filter(), "csv", "en", events=tuple(log.written))):
        with pytest.raises(ExportTooLong):
            exporting.survey(log.auditor, asked)


@pytest.mark.parametrize("gone", [0, -1])
def test_what_was_erased_since_the_order_is_not_handed_out_as_if_it_were_there(log: WrittenLog, gone: int) -> None:
    order = ordered(log)
    log.sequence()
    with log.web.read() as reading:
        asked_by = exporting.find(reading, order).ordered_event
    with log.database.as_role("owner").write() as tx:
        erased = [log.written[0], asked_by][gone]
        tx.execute(text("DELETE FROM event_detail WHERE event_id = :one"), {"one": erased})
    with pytest.raises(ExportChanged):
        collected(log, order)


def test_details_that_somebody_damaged_do_not_stop_an_export_and_are_named_by_its_check(
    log: WrittenLog, tmp_path: Path
) -> None:
    stolen = log.database.as_role("owner")
    with stolen.write() as tx:
        tx.execute(text("DROP TRIGGER event_detail_refuses_update"))
        damage = "UPDATE event_detail SET details = :raw WHERE event_id = :one"
        tx.execute(text(damage), {"raw": b"{ broken", "one": log.written[0]})
        tx.execute(text("UPDATE event_detail SET salt = 'text' WHERE event_id = :one"), {"one": log.written[1]})
    judged = checked(log, saved(taken(log), tmp_path, "zip"))
    assert [(one.fault, one.row) for one in judged.findings] == [(Wrong.EDITED, 2)]
    assert judged.bare == 1


def test_the_root_over_rows_does_not_hang_on_their_order() -> None:
    one, two = (Row(n, Leaf(f"evt_{n}", "k", n, "c"), None) for n in range(2))
    assert digest([one, two]) == digest([two, one]) != digest([one])
