"""Going on with an upload: what arrived is kept, the rest is sent once more, and it opens as the file that was sent."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from amana import ids
from amana.audit.outbox.tables import event_detail
from amana.config import HOME
from amana.errors import AmanaError, NotFound, SignatureInvalid
from amana.intake import resume, resume_piece
from amana.intake.receipt import first_of
from amana.intake.receive import receive, sweep
from amana.intake.refusals import (
    ManifestMismatch,
    NoRoom,
    RecordsNotAgreed,
    ReplayDiffers,
    TypeUnsupported,
)
from amana.intake.resume import Announced, Resumable, Terms, Visit
from amana.intake.resume_body import Checksum, Sent
from amana.intake.tables import batch, committee_key, segment, upload, upload_piece
from amana.intake.trials import TrialsSpent
from amana.intake.upload_refusals import (
    ChecksumDiffers,
    OffsetDiffers,
    PieceCut,
    PiecesTooMany,
    PieceTooLong,
    UploadBusy,
    UploadGone,
    UploadsTooMany,
    UploadWhole,
)
from amana.policy.documents import load
from amana.vault.envelope import subject_of
from amana.vault.opening import EnvelopeMismatch
from support.broken_line import Cut
from support.databases import TestDatabase
from support.desk import CSV, LIMIT, NOON, NOUR, Office, csv, office, packed, submission

FILE = CSV * 400  # 12 kB
RETENTION = load(HOME / "policies").retention


@dataclass
class Line:
    """A sender at the desk, whose line breaks when the test says so."""

    office: Office
    now: datetime = NOON
    terms: Terms = field(default=Terms(LIMIT, RETENTION, per_day=20))

    @property
    def visit(self) -> Visit:
        return Visit(self.office.desk, self.terms, NOUR, self.now)

    def begin(self, length: int = len(FILE), media_type: str = "text/csv", **changed: Any) -> Resumable:
        return resume.begin(Announced(submission(**changed), media_type, length), self.visit)

    def seen(self, one: Resumable) -> Resumable:
        with self.office.desk.database.read() as reading:
            return resume.find(reading, one.committee, one.id)

    def send(self, one: Resumable, data: bytes, offset: int | None = None, **changed: Any) -> Resumable:
        at = self.seen(one).received if offset is None else offset
        said = {"source": io.BytesIO(data), "size": len(data), "terminated": True, "offset": at, "checksum": None}
        return resume_piece.take(self.seen(one), Sent(**{**said, **changed}), self.visit)

    def cut(self, one: Resumable, data: bytes, announced: int) -> int:
        with pytest.raises(PieceCut) as broken:
            self.send(one, b"", source=Cut(data), size=announced)
        assert broken.value.facts == {"received": self.seen(one).received, "length": one.length}
        return self.seen(one).received

    def opened(self, one: Resumable) -> bytes:
        """What the worker finds inside."""
        (row,) = [row for row in self.office.rows() if row["id"] == one.batch_id]
        parts = sorted(
            (part for part in self.office.rows(segment) if part["batch_id"] == one.batch_id), key=lambda p: p["number"]
        )
        assert [part["number"] for part in parts] == list(range(1, len(parts) + 1))
        paths = [self.office.desk.shelf.path(one.batch_id, part["sha256"]) for part in parts]
        same = {name: row[name] for name in ("committee", "dataflow", "period", "contribution", "manifest")}
        subject, vault = subject_of(one.batch_id, **same), self.office.vault
        with vault.opener.open(paths, vault.tmp, subject, joined=row["manifest"] is not None) as whole:
            return whole.data_path.read_bytes()

    def kinds(self) -> list[str]:
        return sorted(row["kind"] for row in self.office.rows(event_detail))


@pytest.fixture
def line(database: TestDatabase, tmp_path: Path) -> Iterator[Line]:
    with office(database, tmp_path) as opened:
        yield Line(opened)


@pytest.fixture
def sqlite_line(sqlite: TestDatabase, tmp_path: Path) -> Iterator[Line]:
    with office(sqlite, tmp_path) as opened:
        yield Line(opened)


def test_three_pieces_are_three_sealed_files_one_batch_and_one_receipt(line: Line):
    one = line.begin()
    for start, stop in ((0, 10), (10, 5_000), (5_000, len(FILE))):
        assert not line.seen(one).is_whole
        assert line.send(one, FILE[start:stop]).received == stop
    (row,), parts = line.office.rows(), line.office.rows(segment)
    assert (row["id"], row["state"], row["sealed_by"], row["received_at"]) == (one.batch_id, "RECEIVED", "hub", NOON)
    assert [part["sha256"] for part in parts] == [part["sha256"] for part in line.office.rows(upload_piece)]
    assert row["bytes"] == sum(part["bytes"] for part in parts) == sum(p.stat().st_size for p in line.office.files())
    assert line.opened(one) == FILE
    assert line.kinds() == ["batch.received", "upload.begun", *["upload.continued"] * 3]
    with line.office.desk.database.read() as reading:
        first = first_of(reading, "MAR", "2022-first")
    assert first
    assert (first.receipt.batch, first.receipt.event) == (one.batch_id, row["received_event"])


def test_nothing_that_was_sent_stands_in_the_clear(sqlite_line: Line):
    one = sqlite_line.begin()
    sqlite_line.cut(one, FILE[:5_000], len(FILE))
    sqlite_line.send(one, FILE[5_000:9_000])
    for path in sqlite_line.office.vault.root.parent.rglob("*"):
        if path.is_file():
            assert b"CANARY" not in path.read_bytes(), path


@pytest.mark.parametrize("kept", [1, 7_999, 8_192, 8_193, len(FILE) - 1])
def test_a_line_that_breaks_loses_nothing_that_had_arrived(line: Line, kept: int):
    one = line.begin()
    assert line.cut(one, FILE[:kept], len(FILE)) == kept
    assert line.send(one, FILE[kept:]).is_whole
    assert line.opened(one) == FILE


def test_a_line_that_breaks_before_the_first_byte_leaves_no_piece(sqlite_line: Line):
    one = sqlite_line.begin()
    assert sqlite_line.cut(one, b"", 10) == 0
    assert sqlite_line.office.files() == []
    assert sqlite_line.office.rows(upload_piece) == []


def test_all_bytes_may_have_arrived_although_the_line_broke(sqlite_line: Line):
    one = sqlite_line.begin()
    with pytest.raises(PieceCut):  # in chunks, without the last, empty one: all is there, and nobody had said so
        sqlite_line.send(one, b"", source=Cut(FILE), size=None)
    assert sqlite_line.seen(one).is_whole
    assert sqlite_line.opened(one) == FILE


def test_what_is_sent_twice_is_kept_once(line: Line):
    one = line.begin()
    line.send(one, FILE[:100])
    for offset in (0, 99, 101, len(FILE)):
        with pytest.raises(OffsetDiffers) as refused:
            line.send(one, FILE[:100], offset)
        assert refused.value.facts == {"received": 100}
    line.send(one, FILE[100:])
    again = line.send(one, b"anything", len(FILE))  # it is whole: what is sent now is not even read
    assert again.is_whole
    with pytest.raises(OffsetDiffers):
        line.send(one, FILE[100:], 100)
    assert (len(line.office.rows()), len(line.office.files())) == (1, 2)
    assert line.opened(one) == FILE


class Waiting:
    """A body that does not end before it is told to."""

    def __init__(self, content: bytes) -> None:
        self.file, self.reading, self.go = io.BytesIO(content), threading.Event(), threading.Event()

    def read(self, size: int) -> bytes:
        self.reading.set()
        self.go.wait(timeout=30)
        return self.file.read(size)


def test_of_two_pieces_at_once_the_second_is_told_to_wait_and_leaves_the_first_alone(line: Line):
    one, first = line.begin(), Waiting(FILE[:100])
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(line.send, one, FILE[:100], 0, source=first)
        first.reading.wait(timeout=30)
        with pytest.raises(UploadBusy):
            line.send(one, FILE[:50], 0)
        first.go.set()
        assert sending.result().received == 100
    assert line.send(one, FILE[100:]).is_whole
    assert line.opened(one) == FILE


def test_of_many_that_race_for_each_place_one_wins_it_and_the_file_is_the_file(line: Line):
    one = line.begin()

    def race(_: int) -> int:
        won = 0
        while not (here := line.seen(one)).is_whole:
            try:
                resume_piece.take(
                    here,
                    Sent(io.BytesIO(FILE[here.received :][:1_500]), None, True, here.received, None),
                    line.visit,
                )
                won += 1
            except (OffsetDiffers, UploadBusy):
                continue
        return won

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(race, range(4))) == -(-len(FILE) // 1_500)
    assert line.opened(one) == FILE
    assert len(line.office.rows()) == 1


def test_an_upload_that_is_cancelled_while_a_piece_arrives_keeps_nothing_of_it(line: Line):
    one, body = line.begin(), Waiting(FILE)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(line.send, one, FILE, 0, source=body)
        body.reading.wait(timeout=30)
        resume.end(line.office.desk.database, one, NOUR, NOON)
        body.go.set()
        with pytest.raises(UploadGone):
            sending.result()
    assert (line.office.files(), line.office.rows(), line.office.rows(upload_piece)) == ([], [], [])


def test_what_is_whole_cannot_be_given_up(line: Line):
    one = line.begin()
    line.send(one, FILE)
    with pytest.raises(UploadWhole):
        resume.end(line.office.desk.database, one, NOUR, NOON)
    assert line.opened(one) == FILE


def test_an_upload_that_somebody_went_on_with_has_not_expired(line: Line):
    one = line.begin()
    line.now = NOON + RETENTION.upload - timedelta(seconds=1)
    line.send(one, FILE[:10])
    resume.end(line.office.desk.database, one, NOUR, NOON + RETENTION.upload, if_late=True)
    line.now = NOON + RETENTION.upload
    assert line.send(one, FILE[10:]).is_whole


def test_what_is_late_is_gone_and_its_key_begins_anew(line: Line):
    one = line.begin()
    line.send(one, FILE[:10])
    line.now = NOON + RETENTION.upload
    with pytest.raises(UploadGone):
        line.send(one, FILE[10:])
    other = line.begin()
    assert (other.id != one.id, other.received) == (True, 0)


def test_another_committees_upload_is_not_there(sqlite_line: Line):
    one = sqlite_line.begin()
    with sqlite_line.office.desk.database.read() as reading, pytest.raises(NotFound):
        resume.find(reading, "TUN", one.id)


def test_of_many_that_begin_at_once_under_one_key_all_get_the_same(line: Line):
    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(lambda _: line.begin(), range(6)))
    assert len({one.id for one in begun}) == len(line.office.rows(upload)) == 1


def test_of_many_that_begin_at_once_as_many_as_are_allowed_do(line: Line):
    most = RETENTION.most_uploads

    def begin(number: int) -> bool:
        try:
            line.begin(idempotency_key=f"key {number}")
        except UploadsTooMany:
            return False
        return True

    with ThreadPoolExecutor(most + 4) as pool:
        assert sum(pool.map(begin, range(most + 4))) == most
    assert sorted(row["slot"] for row in line.office.rows(upload)) == list(range(1, most + 1))


def test_a_key_that_stands_for_a_file_sent_at_once_stands_for_nothing_else(line: Line):
    first = line.office.receive()
    with pytest.raises(ReplayDiffers) as refused:
        line.begin()
    assert refused.value.facts == {"batch": first.batch}
    one = line.begin(idempotency_key="other")
    line.send(one, FILE)
    with pytest.raises(ReplayDiffers) as refused:
        line.office.receive(csv(FILE), idempotency_key="other")
    assert refused.value.facts == {"batch": one.batch_id}


def test_a_key_that_was_used_to_send_at_once_while_pieces_were_coming_is_told_at_the_last(line: Line):
    one = line.begin()
    line.send(one, FILE[:10])
    first = line.office.receive()
    with pytest.raises(ReplayDiffers) as refused:
        line.send(one, FILE[10:])
    assert refused.value.facts == {"batch": first.batch}
    assert (len(line.office.rows()), len(line.office.files())) == (1, 2)


def test_no_more_than_was_announced_is_taken_said_or_unsaid(sqlite_line: Line):
    one = sqlite_line.begin()
    sqlite_line.send(one, FILE[:10])
    for size in (None, len(FILE)):
        with pytest.raises(PieceTooLong):
            sqlite_line.send(one, FILE, 10, size=size)
    assert sqlite_line.seen(one).received == 10
    assert len(sqlite_line.office.files()) == 1


def test_a_length_that_lies_low_sends_a_shorter_piece_and_one_that_lies_high_a_cut_one(sqlite_line: Line):
    one = sqlite_line.begin()
    assert sqlite_line.send(one, FILE, size=7).received == 7
    with pytest.raises(PieceCut):
        sqlite_line.send(one, FILE[7:50], size=500)
    assert sqlite_line.seen(one).received == 50
    sqlite_line.send(one, FILE[50:])
    assert sqlite_line.opened(one) == FILE


def test_a_checksum_that_differs_or_cannot_be_compared_keeps_nothing(sqlite_line: Line):
    one = sqlite_line.begin()
    right = Checksum.parse("sha1 " + base64.b64encode(__import__("hashlib").sha1(FILE).digest()).decode())
    with pytest.raises(ChecksumDiffers):
        sqlite_line.send(one, FILE[:-1] + b"x", checksum=right)
    with pytest.raises(ChecksumDiffers):
        sqlite_line.send(one, b"", source=Cut(FILE[:100]), size=len(FILE), checksum=right)
    assert sqlite_line.office.files() == []
    assert sqlite_line.send(one, FILE, checksum=right).is_whole


def test_a_full_disk_keeps_what_was_there_and_is_told(sqlite_line: Line, monkeypatch: pytest.MonkeyPatch):
    one = sqlite_line.begin()
    sqlite_line.send(one, FILE[:10])

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(NoRoom):
            sqlite_line.send(one, FILE[10:])
    assert (sqlite_line.seen(one).received, len(sqlite_line.office.files())) == (10, 1)
    sqlite_line.send(one, FILE[10:])
    assert sqlite_line.opened(one) == FILE


def test_a_file_in_too_many_pieces_is_refused(sqlite_line: Line):
    one = sqlite_line.begin()
    with sqlite_line.office.owner.write() as tx:
        tx.execute(update(upload).values(pieces=resume_piece.MOST_PIECES))
    with pytest.raises(PiecesTooMany):
        sqlite_line.send(one, FILE)


def test_the_sweep_leaves_the_pieces_of_what_is_going_on_and_takes_what_no_row_names(line: Line):
    one = line.begin()
    line.send(one, FILE[:10])
    shelf, database = line.office.desk.shelf, line.office.desk.database
    (shelf.incoming / f"{one.batch_id}.part").write_bytes(b"half a piece")  # of a process that died
    (shelf.shelved / f"{'0' * 64}.{one.batch_id}").write_bytes(b"a piece that was never entered")
    later = datetime.now(NOON.tzinfo) + timedelta(days=1)
    assert sweep(shelf, database, later) == 2
    line.send(one, FILE[10:])
    assert sweep(shelf, database, later) == 0
    assert line.opened(one) == FILE


def test_a_dead_processs_part_does_not_hold_up_the_next_piece(sqlite_line: Line):
    one = sqlite_line.begin()
    (sqlite_line.office.desk.shelf.incoming / f"{one.batch_id}.part").write_bytes(b"half a piece")
    assert sqlite_line.send(one, FILE).is_whole


@pytest.mark.parametrize("spoil", ["leave out", "double", "swap", "from elsewhere"])
def test_whoever_rewrites_the_rows_is_found_out_when_the_file_is_opened(sqlite_line: Line, spoil: str):
    one, other = sqlite_line.begin(), sqlite_line.begin(idempotency_key="other")
    for upload_ in (one, other):
        for start in range(0, len(FILE), 3_000):
            sqlite_line.send(upload_, FILE[start : start + 3_000])
    shelf = sqlite_line.office.desk.shelf
    names = {
        row["number"]: row["sha256"] for row in sqlite_line.office.rows(segment) if row["batch_id"] == one.batch_id
    }
    with sqlite_line.office.owner.write() as tx:
        mine = segment.c.batch_id == one.batch_id
        if spoil == "leave out":
            tx.execute(segment.delete().where(mine, segment.c.number == max(names)))
        elif spoil == "double":
            tx.execute(update(segment).where(mine, segment.c.number == 2).values(sha256=names[1]))
        elif spoil == "swap":
            for number, name in ((1, names[2]), (2, names[1])):
                tx.execute(update(segment).where(mine, segment.c.number == number).values(sha256=name))
        else:
            theirs = segment.c.batch_id == other.batch_id
            stranger = tx.execute(select(segment.c.sha256).where(theirs, segment.c.number == 2)).scalar_one()
            shelf.path(one.batch_id, stranger).write_bytes(shelf.path(other.batch_id, stranger).read_bytes())
            tx.execute(update(segment).where(mine, segment.c.number == 2).values(sha256=stranger))
    with pytest.raises(EnvelopeMismatch):
        sqlite_line.opened(one)


# --- sealed by the committee -------------------------------------------------------------------------------------


def test_a_sealed_file_comes_in_pieces_and_is_the_one_that_was_signed(line: Line):
    sealed, manifest = packed(line.office, line.office.add_committee_key(), data=FILE * 20)
    said = {"contribution": "tables", "manifest": manifest}
    one = line.begin(len(sealed), "application/age", **said)
    for start, stop in ((0, 9), (9, 100_000)):
        line.send(one, sealed[start:stop])
    line.cut(one, sealed[100_000:150_000], len(sealed) - 100_000)
    line.send(one, sealed[150_000:])
    (row,) = line.office.rows()
    assert (row["sealed_by"], row["bytes"], row["media_type"]) == ("committee", len(sealed), "application/age")
    assert line.opened(one) == FILE * 20
    assert line.begin(len(sealed), "application/age", **said).is_whole
    with line.office.desk.database.read() as reading:
        first = first_of(reading, "MAR", "2022-first")
    payload = json.loads(base64.b64decode(json.loads(base64.b64decode(manifest))["payload"]))
    assert first
    assert [first.receipt.sha256] == [part["sha256"] for part in payload["segments"]]


def test_a_sealed_file_that_is_not_the_one_that_was_signed_is_given_up(line: Line):
    sealed, manifest = packed(line.office, line.office.add_committee_key(), data=FILE)
    one = line.begin(len(sealed), "application/age", contribution="tables", manifest=manifest)
    line.send(one, sealed[:500])
    with pytest.raises(ManifestMismatch):
        line.send(one, sealed[500:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(UploadGone):
        line.send(one, sealed[500:], 500)
    assert line.office.rows() == []
    assert len(line.office.files()) == 1  # the first piece, which the worker destroys
    assert line.begin(len(sealed), "application/age", contribution="tables", manifest=manifest).id != one.id


def test_what_the_manifest_says_is_compared_before_the_first_byte(sqlite_line: Line):
    sealed, manifest = packed(sqlite_line.office, sqlite_line.office.add_committee_key())
    with pytest.raises(ManifestMismatch):
        sqlite_line.begin(len(sealed) + 1, "application/age", contribution="tables", manifest=manifest)
    with pytest.raises(ManifestMismatch):
        sqlite_line.begin(len(sealed), "application/age", contribution="records", manifest=manifest)
    stranger = packed(sqlite_line.office, sqlite_line.office.key)[1]
    with pytest.raises(SignatureInvalid):
        sqlite_line.begin(len(sealed), "application/age", contribution="tables", manifest=stranger)
    with pytest.raises(RecordsNotAgreed):
        sqlite_line.begin(len(sealed), contribution="tables")
    assert sqlite_line.office.rows(upload) == []


def test_a_key_that_was_retired_on_the_way_signs_nothing_any_more(sqlite_line: Line):
    sealed, manifest = packed(sqlite_line.office, sqlite_line.office.add_committee_key())
    one = sqlite_line.begin(len(sealed), "application/age", contribution="tables", manifest=manifest)
    with sqlite_line.office.owner.write() as tx:
        tx.execute(update(committee_key).values(retired_at=NOON))
    with pytest.raises(SignatureInvalid):
        sqlite_line.send(one, sealed)
    assert sqlite_line.office.rows(batch) == []


def test_an_open_file_in_a_sealed_ones_place_is_noticed_at_its_first_bytes(sqlite_line: Line):
    sealed, manifest = packed(sqlite_line.office, sqlite_line.office.add_committee_key())
    one = sqlite_line.begin(len(sealed), "application/age", contribution="tables", manifest=manifest)
    with pytest.raises(TypeUnsupported):
        sqlite_line.send(one, FILE[:40])
    sqlite_line.send(one, sealed[:3])
    other = sqlite_line.begin(idempotency_key="open")
    with pytest.raises(TypeUnsupported):
        sqlite_line.send(other, sealed)


# --- any splitting, any breaks, any repetitions ------------------------------------------------------------------

steps = st.lists(
    st.tuples(st.integers(0, 4_000), st.sampled_from(["send", "cut", "again", "wrong offset", "too much", "crash"])),
    max_size=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(1, len(FILE)), walked=steps)
def test_however_it_is_split_cut_and_repeated_it_opens_as_the_file(
    sqlite_line: Line, length: int, walked: list[tuple[int, str]]
):
    data, line = FILE[:length], sqlite_line
    one = line.begin(length, idempotency_key=ids.new("key"))
    came = bytearray()  # what a receiver without pieces would hold
    for step in walked:
        here = line.seen(one).received
        assert here == len(came)
        _step(line, one, data, step)
        came += data[here : line.seen(one).received]
        if line.seen(one).is_whole:
            break
    if not line.seen(one).is_whole:
        line.send(one, data[len(came) :])
    assert line.opened(one) == data


def _step(line: Line, one: Resumable, data: bytes, walked: tuple[int, str]) -> None:
    (size, how), here = walked, line.seen(one).received
    piece = data[here : here + size]
    if how == "send" and piece:
        assert line.send(one, piece).received == here + len(piece)
    elif how == "cut":
        assert line.cut(one, piece, len(piece) + 1 if here + len(piece) < len(data) else None) == here + len(piece)  # type: ignore[arg-type]
    elif how == "again" and here:
        with pytest.raises(OffsetDiffers):
            line.send(one, data[:here], 0)
    elif how == "wrong offset":
        with pytest.raises(OffsetDiffers):
            line.send(one, piece, here + 1 + size)
    elif how == "too much":
        with pytest.raises(PieceTooLong):
            line.send(one, data[here:] + b"x")
    elif how == "crash":
        (line.office.desk.shelf.incoming / f"{one.batch_id}.part").write_bytes(piece)
        sweep(line.office.desk.shelf, line.office.desk.database, NOON)


# --- the database refuses ----------------------------------------------------------------------------------------


def test_a_piece_that_cannot_be_entered_leaves_no_file(sqlite_line: Line):
    one = sqlite_line.begin()
    with sqlite_line.office.owner.write() as tx:
        tx.exec_driver_sql("CREATE TRIGGER refuses BEFORE INSERT ON upload_piece BEGIN SELECT RAISE(FAIL, 'no'); END")
    with pytest.raises((DatabaseError, AmanaError)):
        sqlite_line.send(one, FILE)
    assert sqlite_line.office.files() == []
    assert sqlite_line.seen(one).received == 0


def test_a_receipt_in_pieces_is_the_same_whenever_it_is_asked_for(sqlite_line: Line):
    one = sqlite_line.begin()
    for start in range(0, len(FILE), 5_000):
        sqlite_line.send(one, FILE[start : start + 5_000])
    with sqlite_line.office.desk.database.read() as reading:
        first = first_of(reading, "MAR", "2022-first")
    sqlite_line.send(one, b"", len(FILE))
    with sqlite_line.office.desk.database.read() as reading:
        assert first_of(reading, "MAR", "2022-first") == first
    assert first
    assert replace(first.receipt, state="RECEIVED") == first.receipt
    assert receive(csv(), submission(idempotency_key="at once"), sqlite_line.office.desk, NOON).sha256


def test_the_last_piece_of_a_dry_run_that_is_one_too_many_makes_no_batch(sqlite_line: Line):
    sqlite_line.terms = Terms(LIMIT, RETENTION, per_day=1)
    first, second = (sqlite_line.begin(dry_run=True, idempotency_key=f"trial {number}") for number in range(2))
    sqlite_line.send(first, FILE)
    with pytest.raises(TrialsSpent):
        sqlite_line.send(second, FILE)
    assert sqlite_line.seen(second).received == 0
    sqlite_line.now += timedelta(days=1)
    assert sqlite_line.send(second, FILE).is_whole
