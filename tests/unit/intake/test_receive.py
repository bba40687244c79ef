"""Receiving: a sealed file, a row and an event, or nothing at all; and one receipt per Idempotency-Key."""

from __future__ import annotations

import base64
import errno
import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from amana import canonical
from amana.audit.outbox.tables import event_detail, journal
from amana.db import Database
from amana.errors import AmanaError, Malformed, SignatureInvalid
from amana.intake.body import begin
from amana.intake.receive import receive, sweep
from amana.intake.refusals import (
    BodyEmpty,
    BodyTruncated,
    BoundaryMissing,
    DataflowUnknown,
    IdempotencyKeyRequired,
    ManifestMismatch,
    ManifestRequired,
    NoRoom,
    PeriodMalformed,
    RecordsNotAgreed,
    ReplayDiffers,
    TypeUnsupported,
)
from amana.intake.tables import batch, segment
from amana.intake.trials import TrialsSpent
from amana.vault.envelope import subject_of
from amana.vault.opening import EnvelopeMismatch
from support.databases import TestDatabase
from support.desk import CSV, LIMIT, NOON, Office, age, csv, office, packed, submission


@pytest.fixture
def desk(database: TestDatabase, tmp_path: Path) -> Iterator[Office]:
    with office(database, tmp_path) as opened:
        yield opened


@pytest.fixture
def sqlite_desk(sqlite: TestDatabase, tmp_path: Path) -> Iterator[Office]:
    with office(sqlite, tmp_path) as opened:
        yield opened


def test_a_csv_becomes_a_sealed_file_a_row_and_an_event(desk: Office):
    receipt = desk.receive()
    (row,), (part,), (event,) = desk.rows(), desk.rows(segment), desk.rows(event_detail)
    assert (row["id"], row["state"], row["sealed_by"], row["manifest"]) == (receipt.batch, "RECEIVED", "hub", None)
    assert (row["received_event"], row["received_at"], row["submitted_by"]) == (receipt.event, NOON, "per_nour")
    assert (part["batch_id"], part["number"], part["sha256"], part["bytes"]) == (
        receipt.batch, 1, receipt.sha256, receipt.bytes)  # fmt: skip
    assert (event["event_id"], event["kind"], event["subject"]) == (receipt.event, "batch.received", receipt.batch)
    assert [one["event_id"] for one in desk.rows(journal)] == [receipt.event]
    assert desk.files() == [desk.desk.shelf.path(receipt.batch, receipt.sha256)]
    assert desk.files()[0].stat().st_size == receipt.bytes


def test_the_receipt_is_drawn_once_and_for_all(desk: Office):
    receipt = desk.receive()
    assert (
        canonical.encode(receipt.facts())
        == (
            f'{{"batch":"{receipt.batch}","bytes":{receipt.bytes},"committee":"MAR","contribution":"records",'
            f'"dataflow":"VICTIMS","event":"{receipt.event}","period":"2022","received_at":"2026-11-21T12:00:00Z",'
            f'"sha256":"{receipt.sha256}","state":"RECEIVED"}}'
        ).encode()
    )


def test_the_worker_opens_what_the_desk_sealed_and_nobody_elses_batch(sqlite_desk: Office):
    receipt = sqlite_desk.receive()
    vault, facts = sqlite_desk.vault, {"dataflow": "VICTIMS", "period": "2022", "contribution": "records"}
    subject = subject_of(receipt.batch, committee="MAR", manifest=None, **facts)
    with vault.opener.open(sqlite_desk.files(), vault.tmp, subject) as opened:
        assert opened.data_path.read_bytes() == CSV
    stranger = subject_of(receipt.batch, committee="TUN", manifest=None, **facts)
    with pytest.raises(EnvelopeMismatch), vault.opener.open(sqlite_desk.files(), vault.tmp, stranger):
        pytest.fail("opened")


def test_nothing_that_was_sent_stands_in_the_clear(sqlite_desk: Office):
    sqlite_desk.receive()
    for path in sqlite_desk.vault.root.parent.rglob("*"):
        if path.is_file():
            assert b"CANARY" not in path.read_bytes(), path


# --- refused before anything is kept -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"idempotency_key": None}, IdempotencyKeyRequired),
        ({"idempotency_key": ""}, IdempotencyKeyRequired),
        ({"idempotency_key": " x"}, IdempotencyKeyRequired),
        ({"idempotency_key": "مفتاح"}, IdempotencyKeyRequired),
        ({"idempotency_key": "k" * 201}, IdempotencyKeyRequired),
        ({"idempotency_key": "a,b"}, IdempotencyKeyRequired),
        ({"dataflow": "NOTHING"}, DataflowUnknown),
        ({"period": "22"}, PeriodMalformed),
        ({"period": "2022-Q5"}, PeriodMalformed),
        ({"period": "٢٠٢٢"}, PeriodMalformed),
        ({"period": "2022\n"}, PeriodMalformed),
        ({"contribution": "tables"}, RecordsNotAgreed),
        ({"contribution": "tables_protected"}, RecordsNotAgreed),
    ],
)
def test_a_submission_that_is_wrong_whatever_its_content_is_refused(
    sqlite_desk: Office, changed: dict[str, Any], refusal: type[AmanaError]
):
    with pytest.raises(refusal):
        sqlite_desk.receive(**changed)
    assert sqlite_desk.nothing_kept()


@pytest.mark.parametrize(
    "changed",
    [
        {"idempotency_key": "k" * 200},
        {"idempotency_key": "a key"},
        {"period": "2022-Q4"},
        {"contribution": "tables", "dataflow": "ACTIVITIES"},
    ],
)
def test_what_is_just_allowed_is_taken(sqlite_desk: Office, changed: dict[str, Any]):
    assert sqlite_desk.receive(**changed).state == "RECEIVED"


def test_an_empty_file_is_refused(sqlite_desk: Office):
    with pytest.raises(BodyEmpty):
        sqlite_desk.receive(csv(b""))
    assert sqlite_desk.nothing_kept()


def test_a_sealed_file_called_csv_and_a_csv_called_sealed_are_refused(sqlite_desk: Office):
    with pytest.raises(TypeUnsupported):
        sqlite_desk.receive(csv(b"age-encryption.org/v1\n-> X25519 x"))
    with pytest.raises(TypeUnsupported):
        sqlite_desk.receive(age(CSV), manifest="e30=")
    assert sqlite_desk.nothing_kept()


FORM = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + CSV * 20_000 + b"\r\n--b--\r\n"
)  # fmt: skip


@pytest.mark.parametrize("kept", [1, 3, 5])
def test_a_body_cut_while_it_is_sealed_leaves_nothing(sqlite_desk: Office, kept: int):
    cut = len(FORM) * kept // 6
    announced = begin(io.BytesIO(FORM[:cut]), 'multipart/form-data; boundary="b"', len(FORM), LIMIT, terminated=True)
    with pytest.raises(BodyTruncated):
        sqlite_desk.receive(announced)
    closed = begin(io.BytesIO(FORM[:cut]), 'multipart/form-data; boundary="b"', cut, LIMIT, terminated=True)
    with pytest.raises(BoundaryMissing):
        sqlite_desk.receive(closed)
    assert sqlite_desk.nothing_kept()


def test_a_full_disk_leaves_nothing_and_is_told(sqlite_desk: Office, monkeypatch: pytest.MonkeyPatch):
    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(NoRoom):
            sqlite_desk.receive()
    assert sqlite_desk.nothing_kept()


def test_another_fault_of_the_disk_is_told_as_it_is(sqlite_desk: Office):
    sqlite_desk.desk.shelf.incoming.rmdir()
    with pytest.raises(FileNotFoundError):
        sqlite_desk.receive()


# --- the same again ----------------------------------------------------------------------------------------------


def test_the_same_again_gets_the_first_receipt_even_after_the_batch_was_judged(desk: Office):
    first = desk.receive()
    with desk.owner.write() as tx:
        tx.execute(update(batch).values(state="ACCEPTED"))
    assert desk.receive() == first
    assert len(desk.files()) == len(desk.rows()) == len(desk.rows(event_detail)) == 1


def test_the_same_file_in_a_form_is_the_same_submission(sqlite_desk: Office):
    first = sqlite_desk.receive()
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + CSV + b"\r\n--b--\r\n"
    upload = begin(io.BytesIO(body), "multipart/form-data; boundary=b", None, LIMIT, terminated=True)
    assert sqlite_desk.receive(upload) == first


@pytest.mark.parametrize(
    "changed",
    [{"period": "2021"}, {"dataflow": "CHILDREN"}, {"content": CSV + b"one more,F\r\n"}, {"content": CSV[:-1]}],
)
def test_the_same_key_for_something_else_is_refused_and_names_the_first_batch(desk: Office, changed: dict[str, Any]):
    first = desk.receive()
    said = {name: value for name, value in changed.items() if name != "content"}
    with pytest.raises(ReplayDiffers) as refused:
        desk.receive(csv(changed.get("content", CSV)), **said)
    assert refused.value.facts == {"batch": first.batch}
    assert len(desk.files()) == len(desk.rows()) == 1


def test_a_cut_replay_is_refused_as_cut(sqlite_desk: Office):
    sqlite_desk.receive()
    with pytest.raises(BodyTruncated):
        sqlite_desk.receive(begin(io.BytesIO(CSV), "text/csv", len(CSV) + 1, LIMIT, terminated=True))


def test_the_same_content_under_two_keys_is_two_batches(desk: Office):
    one, other = desk.receive(), desk.receive(idempotency_key="again")
    assert one.batch != other.batch
    assert len(desk.files()) == 2


def test_two_committees_may_use_the_same_key(desk: Office):
    assert desk.receive().batch != desk.receive(committee="TUN").batch


class Together:
    """A file that ends only when all who read such files have come to their end."""

    def __init__(self, barrier: threading.Barrier, content: bytes) -> None:
        self.barrier, self.file = barrier, io.BytesIO(content)

    def read(self, size: int) -> bytes:
        data = self.file.read(size)
        if not data:
            self.barrier.wait(timeout=30)
        return data


def test_of_many_with_one_key_at_once_exactly_one_is_entered_and_all_get_its_receipt(desk: Office):
    barrier = threading.Barrier(6)

    def send(_: int) -> Any:
        upload = begin(Together(barrier, CSV), "text/csv", None, LIMIT, terminated=True)
        return receive(upload, submission(), desk.desk, NOON)

    with ThreadPoolExecutor(6) as pool:
        receipts = set(pool.map(send, range(6)))
    assert len(receipts) == len(desk.files()) == len(desk.rows()) == len(desk.rows(journal)) == 1
    assert desk.files()[0] == desk.desk.shelf.path(desk.rows()[0]["id"], receipts.pop().sha256)


def test_of_two_different_ones_with_one_key_at_once_the_second_is_refused(desk: Office):
    barrier = threading.Barrier(2)

    def send(content: bytes) -> Any:
        upload = begin(Together(barrier, content), "text/csv", None, LIMIT, terminated=True)
        try:
            return receive(upload, submission(), desk.desk, NOON)
        except ReplayDiffers as refusal:
            return refusal.facts["batch"]

    with ThreadPoolExecutor(2) as pool:
        one, other = sorted(pool.map(send, (CSV, CSV + b"x,F\r\n")), key=lambda result: isinstance(result, str))
    assert one.batch == other
    assert len(desk.files()) == len(desk.rows()) == 1


# --- sealed by the committee -------------------------------------------------------------------------------------


def test_a_sealed_file_with_its_committees_manifest_is_taken_as_it_is(desk: Office):
    sealed, manifest = packed(desk, desk.add_committee_key())
    receipt = desk.receive(age(sealed), contribution="tables", manifest=manifest)
    (row,) = desk.rows()
    assert (row["sealed_by"], row["media_type"]) == ("committee", "application/age")
    assert desk.files()[0].read_bytes() == sealed
    subject = subject_of(
        receipt.batch,
        **{name: row[name] for name in ("committee", "dataflow", "period", "contribution", "manifest")},
    )
    with desk.vault.opener.open(desk.files(), desk.vault.tmp, subject) as opened:
        assert opened.data_path.read_bytes() == b"{}"
    assert desk.receive(age(sealed), contribution="tables", manifest=manifest) == receipt


def test_a_form_may_carry_the_manifest_as_a_field(sqlite_desk: Office):
    sealed, manifest = packed(sqlite_desk, sqlite_desk.add_committee_key())
    for idempotency_key, value in (("1", manifest.encode()), ("2", base64.b64decode(manifest))):
        body = (
            b'--b\r\nContent-Disposition: form-data; name="manifest"\r\n\r\n' + value + b"\r\n"
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.age"\r\n\r\n' + sealed + b"\r\n--b--\r\n"
        )
        upload = begin(io.BytesIO(body), "multipart/form-data; boundary=b", len(body), LIMIT, terminated=True)
        sqlite_desk.receive(upload, contribution="tables", idempotency_key=idempotency_key)
    assert [row["sealed_by"] for row in sqlite_desk.rows()] == ["committee"] * 2


def test_the_same_ciphertext_under_two_keys_is_two_batches_with_a_file_each(desk: Office):
    sealed, manifest = packed(desk, desk.add_committee_key())
    one, other = (
        desk.receive(age(sealed), contribution="tables", manifest=manifest, idempotency_key=key) for key in "ab"
    )
    assert one.sha256 == other.sha256
    assert len(desk.files()) == 2


def test_a_sealed_file_without_a_manifest_is_refused(sqlite_desk: Office):
    sealed, _ = packed(sqlite_desk, sqlite_desk.add_committee_key())
    for manifest in (None, " "):
        with pytest.raises(ManifestRequired):
            sqlite_desk.receive(age(sealed), contribution="tables", manifest=manifest)
    for manifest in ("not base64!", "{}", "e30="):
        with pytest.raises(Malformed):
            sqlite_desk.receive(age(sealed), contribution="tables", manifest=manifest)
    assert sqlite_desk.nothing_kept()


def test_only_a_key_of_this_committee_that_is_in_force_signs_a_manifest(sqlite_desk: Office):
    strangers = [
        sqlite_desk.key,  # nobody's
        sqlite_desk.add_committee_key("TUN"),
        sqlite_desk.add_committee_key("MAR", retired_at=NOON),
    ]
    for key in strangers:
        sealed, manifest = packed(sqlite_desk, key)
        with pytest.raises(SignatureInvalid):
            sqlite_desk.receive(age(sealed), contribution="tables", manifest=manifest)
    later = sqlite_desk.add_committee_key()
    sealed, manifest = packed(sqlite_desk, later)
    with pytest.raises(SignatureInvalid):  # a key is not in force before its day
        sent = submission(contribution="tables", manifest=manifest)
        receive(age(sealed), sent, sqlite_desk.desk, NOON - timedelta(1))
    assert sqlite_desk.nothing_kept()
    still = sqlite_desk.add_committee_key("MAR", retired_at=NOON + timedelta(1))
    sealed, manifest = packed(sqlite_desk, still)
    assert sqlite_desk.receive(age(sealed), contribution="tables", manifest=manifest).state == "RECEIVED"


@pytest.mark.parametrize(
    ("said", "differing"),
    [({"committee": "TUN"}, "committee"), ({"dataflow": "CHILDREN", "period": "2021"}, "dataflow, period"),
     ({"contribution": "records"}, "contribution")],
)  # fmt: skip
def test_a_manifest_that_speaks_of_something_else_is_refused(sqlite_desk: Office, said: dict[str, str], differing: str):
    sealed, manifest = packed(sqlite_desk, sqlite_desk.add_committee_key(), **said)
    with pytest.raises(ManifestMismatch) as refused:
        sqlite_desk.receive(age(sealed), contribution="tables", manifest=manifest)
    assert refused.value.facts == {"differing": differing}
    assert sqlite_desk.nothing_kept()


@pytest.mark.parametrize(
    ("spoil", "differing"),
    [(lambda raw: raw[:-1], "bytes, sha256"), (lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), "sha256")],
)
def test_a_sealed_file_that_is_not_the_one_that_was_signed_is_refused(sqlite_desk: Office, spoil: Any, differing: str):
    sealed, manifest = packed(sqlite_desk, sqlite_desk.add_committee_key())
    with pytest.raises(ManifestMismatch) as refused:
        sqlite_desk.receive(age(spoil(sealed)), contribution="tables", manifest=manifest)
    assert refused.value.facts == {"differing": differing}
    assert sqlite_desk.nothing_kept()


# --- when the transaction fails, and after a crash ---------------------------------------------------------------


def test_a_transaction_that_fails_takes_the_file_with_it(desk: Office):
    with desk.owner.write() as tx:
        tx.execute(text("ALTER TABLE event_detail RENAME TO event_detail_away"))
    with pytest.raises(DatabaseError):
        desk.receive()
    with desk.owner.write() as tx:
        tx.execute(text("ALTER TABLE event_detail_away RENAME TO event_detail"))
    assert desk.nothing_kept()


@dataclass(frozen=True)
class Answerless:
    """A database that commits, and whose answer to COMMIT is lost on the way."""

    database: Database

    def read(self) -> Any:
        return self.database.read()

    @contextmanager
    def write(self) -> Iterator[Any]:
        with self.database.write() as tx:
            yield tx
        raise ConnectionError


def test_a_commit_that_ends_in_doubt_leaves_the_file_for_the_sweep(desk: Office):
    with pytest.raises(ConnectionError):
        receive(csv(), submission(), replace(desk.desk, database=Answerless(desk.desk.database)), NOON)
    assert len(desk.files()) == len(desk.rows()) == 1
    assert sweep(desk.desk.shelf, desk.desk.database, _now() + timedelta(minutes=2)) == 0
    assert desk.receive().batch == desk.rows()[0]["id"]  # sent again, it is acknowledged


def test_a_constraint_broken_by_something_else_is_not_taken_for_a_replay(desk: Office):
    desk.receive(idempotency_key="other")
    with desk.owner.write() as tx:
        tx.execute(text("CREATE UNIQUE INDEX one_for_each_period ON batch (period)"))
    with pytest.raises(IntegrityError):
        desk.receive()
    assert len(desk.rows()) == len(desk.files()) == 1


def test_the_sweep_removes_only_what_no_batch_stands_for(desk: Office):
    kept = desk.receive()
    done = desk.receive(idempotency_key="judged")
    with desk.owner.write() as tx:
        tx.execute(update(segment).where(segment.c.batch_id == done.batch).values(destroyed_at=NOON))
    stray = desk.desk.shelf.path("bat_" + "z" * 26, "ab" * 32)
    stray.write_bytes(b"x")
    (desk.desk.shelf.incoming / f"{'bat_' + 'y' * 26}.part").write_bytes(b"x")
    young = 1 if desk.desk.database.is_postgresql else 3  # a server may still be committing for a client that died
    assert sweep(desk.desk.shelf, desk.desk.database, _now()) == young
    assert sweep(desk.desk.shelf, desk.desk.database, _now() + timedelta(minutes=2)) == 3 - young
    assert desk.files() == [desk.desk.shelf.path(kept.batch, kept.sha256)]


def _now() -> datetime:
    return datetime.now(UTC)


def test_the_desk_may_not_change_what_it_has_entered(desk: Office):
    desk.receive()
    with pytest.raises(Exception, match=r"(?i)denied|prohibited|not authorized"), desk.desk.database.write() as tx:
        tx.execute(text("UPDATE batch SET state = 'ACCEPTED'"))


def test_of_many_dry_runs_that_arrive_at_once_no_more_get_in_than_the_day_allows(desk: Office):
    """Each was let through before its body was read, when none had been entered yet."""
    together = threading.Barrier(8)

    def send(number: int) -> bool:
        together.wait()
        try:
            desk.receive(csv(), dry_run=True, per_day=3, idempotency_key=f"trial-{number}")
        except TrialsSpent:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(8))) == 3
    assert len(desk.rows()) == len(desk.files()) == 3
    with pytest.raises(TrialsSpent):
        desk.receive(csv(), dry_run=True, per_day=3, idempotency_key="another")
    desk.receive(csv(), dry_run=True, per_day=3, idempotency_key="theirs", committee="TUN")
    assert desk.receive(csv()).batch


def test_a_dry_run_of_which_nobody_said_how_many_there_may_be_is_one_too_many(sqlite_desk: Office):
    with pytest.raises(TrialsSpent):
        sqlite_desk.receive(csv(), dry_run=True)
    assert sqlite_desk.nothing_kept()
