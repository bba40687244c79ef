"""Cosignatures in the database: what is taken in, what is served, and when a quorum is met. Receipts with them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amana.audit.desk.query import read_events
from amana.audit.events.contributions import BatchRead
from amana.audit.events.wanted import Filter
from amana.audit.log import cosigned
from amana.audit.log.cosigned import CheckpointForeign, Panel
from amana.audit.log.receipt import ReceiptPending, event_of, prove, receipt_of
from amana.audit.log.sequence import show
from amana.audit.tlog import proof
from amana.audit.tlog.calendar import Calendar
from amana.audit.tlog.checkpoint import parse, read_checkpoint
from amana.audit.tlog.proof import verify
from amana.audit.witness.cosignature import WitnessKey, cosign
from amana.errors import Malformed, NotFound, SignatureInvalid
from support.databases import TestDatabase
from support.log import NOON, WrittenLog
from support.witnesses import EGY, MAR, STRANGER, TUN, trust

NOW = int(NOON.timestamp())


class Witnessed:
    """A log that outsiders see every hour, and its panel of three."""

    def __init__(self, database: TestDatabase, folder: Path, needed: int = 2) -> None:
        self.log = WrittenLog(database, folder)
        self.at = NOON
        of = {one.name: one.name[:3].upper() for one in (MAR, TUN, EGY)}
        self.panel = Panel(self.log.key.verifier, trust(needed), of, 60)

    def show(self, events: int = 3) -> str:
        """Let so much happen in an hour, and show outsiders what is signed then."""
        self.grow(events)
        self.at += timedelta(hours=1)
        self.log.last = show(self.log.sequencer, self.log.key, self.at, self.log.last, Calendar(3600, 8))
        with self.log.web.read() as reading:
            return cosigned.newest_public(reading)

    def grow(self, events: int) -> list[str]:
        self.log.sequence()  # what cosigning has brought about
        return self.log.grow(events)

    def take(self, note: str) -> tuple[int, tuple[str, ...]]:
        with self.log.web.write() as tx:
            return cosigned.take(tx, note, self.panel, self.at)

    def cosign(self, note: str, *keys: WitnessKey, at: int | None = None) -> str:
        text = note.partition("\n\n")[0] + "\n"
        return note + "".join(cosign(text, key, at or int(self.at.timestamp())) for key in keys)

    def witnessed(self, beyond: int = 0) -> tuple[int, set[str]] | None:
        with self.log.web.read() as reading:
            found = cosigned.newest_witnessed(reading, self.panel, self.at, beyond)
        return found and (parse(found[0].partition("\n\n")[0] + "\n").size, set(found[1].cosigned))


@pytest.fixture
def hub(sqlite: TestDatabase, tmp_path: Path) -> Witnessed:
    return Witnessed(sqlite, tmp_path)


def test_a_cosignature_is_taken_in_once_with_its_event_and_served(database: TestDatabase, tmp_path: Path):
    hub = Witnessed(database, tmp_path)
    note = hub.show()
    assert hub.take(hub.cosign(note, MAR, STRANGER)) == (8, ("mar.test/w",))
    assert hub.take(hub.cosign(note, MAR, TUN, at=int(hub.at.timestamp()) + 9)) == (8, ("tun.test/w",))
    with hub.log.web.read() as reading:
        served = cosigned.newest_public(reading)
        assert cosigned.checkpoint_of(reading, "tun.test/w") == served
    assert [line.split(" ")[1] for line in served.splitlines()[4:]] == ["amana.test/log", "mar.test/w", "tun.test/w"]
    assert read_checkpoint(served, hub.log.key.verifier).size == 8
    with hub.log.auditor.read() as reading:
        told = read_events(reading, Filter(kind="checkpoint.cosigned")).events
    assert {(one.subject, one.country, one.role) for one in told} == {
        ("mar.test/w", "MAR", "witness"),
        ("tun.test/w", "TUN", "witness"),
    }
    assert {one.facts["size"] for one in told if one.facts} == {8}


def test_k_minus_one_is_no_quorum_and_k_is(hub: Witnessed):
    note = hub.show()
    assert hub.witnessed() is None
    hub.take(hub.cosign(note, MAR))
    assert hub.witnessed() is None
    hub.take(hub.cosign(note, TUN))
    assert hub.witnessed() == (8, {"mar.test/w", "tun.test/w"})


def test_the_newest_checkpoint_with_a_quorum_is_found_behind_newer_ones(hub: Witnessed):
    hub.take(hub.cosign(hub.show(), MAR, TUN))
    hub.take(hub.cosign(hub.show(), MAR))
    hub.show()
    assert hub.witnessed() == (8, {"mar.test/w", "tun.test/w"})
    assert hub.witnessed(beyond=8) is None


def test_lines_of_those_who_retired_meanwhile_do_not_make_a_quorum(hub: Witnessed):
    hub.take(hub.cosign(hub.show(), MAR, TUN))
    hub.take(hub.cosign(hub.show(), MAR, EGY))
    hub.panel = Panel(hub.panel.log, trust(2, MAR, TUN, EGY, retired=NOW), hub.panel.committees, 60)
    assert hub.witnessed() == (8, {"mar.test/w", "tun.test/w"})


def test_where_nobody_is_asked_for_nothing_is_witnessed(sqlite: TestDatabase, tmp_path: Path):
    hub = Witnessed(sqlite, tmp_path, needed=0)
    hub.show()
    assert hub.witnessed() is None


def test_how_far_a_witness_has_come(hub: Witnessed):
    hub.take(hub.cosign(hub.show(), MAR))
    hub.take(hub.cosign(hub.show(), MAR, at=int(hub.at.timestamp()) - 5))
    with hub.log.web.read() as reading:
        last = cosigned.last_of(reading, "mar.test/w")
        assert cosigned.last_of(reading, "egy.test/w") is None
        with pytest.raises(NotFound):
            cosigned.checkpoint_of(reading, "egy.test/w")
    assert last == cosigned.Last(16, int(hub.at.timestamp()) - 5, hub.at)


def test_before_the_first_mark_there_is_nothing_to_cosign(hub: Witnessed):
    hub.log.grow(3)
    with hub.log.web.read() as reading, pytest.raises(NotFound):
        cosigned.newest_public(reading)


@pytest.mark.parametrize("edit", ["\n8\n|\n9\n", "\n8\n|\n3\n", "amana.test/log\n|other.test/log\n"])
def test_a_checkpoint_that_outsiders_were_not_shown_is_refused(hub: Witnessed, edit: str):
    old, new = edit.split("|")
    note = hub.show().replace(old, new, 1)
    with pytest.raises(CheckpointForeign):
        hub.take(hub.cosign(note, MAR))


def test_a_size_that_no_log_has_is_refused(hub: Witnessed):
    note = hub.show().replace("\n8\n", f"\n{2**53}\n", 1)
    with pytest.raises(Malformed):
        hub.take(hub.cosign(note, MAR))


def test_a_checkpoint_in_between_is_refused_even_with_the_logs_signature(hub: Witnessed):
    hub.show()
    hub.log.grow(1)
    with hub.log.web.read() as reading:
        inner = cosigned.public_note(reading, 9)
    with pytest.raises(CheckpointForeign):
        hub.take(hub.cosign(inner, MAR))


def test_a_line_that_does_not_hold_is_refused_with_all_that_came_with_it(hub: Witnessed):
    note = hub.show()
    stolen = WitnessKey(MAR.name, STRANGER.key)
    (line,) = hub.cosign("x\n\n", stolen).splitlines()[2:]
    raw = base64.b64decode(line.split(" ")[2])
    forged = base64.b64encode(MAR.cosigner.hint + raw[4:]).decode()
    with pytest.raises(SignatureInvalid):
        hub.take(f"{hub.cosign(note, TUN)}— {MAR.name} {forged}\n")
    with pytest.raises(Malformed):
        hub.take("nothing")
    assert hub.witnessed() is None


def test_what_is_dated_beyond_our_clock_is_passed_over(hub: Witnessed):
    note = hub.show()
    assert hub.take(hub.cosign(note, MAR, at=int(hub.at.timestamp()) + 61)) == (8, ())
    assert hub.take(hub.cosign(note, MAR, at=int(hub.at.timestamp()) + 60)) == (8, ("mar.test/w",))


# ---- receipts -------------------------------------------------------------------------------------------------------


def receipt(hub: Witnessed, event: str) -> tuple[int, int]:
    """The size that the receipt stands under, and how many have cosigned it."""
    with hub.log.auditor.read() as reading:
        made = receipt_of(reading, event, hub.panel, hub.at)
    read = proof.parse(proof.render(made))
    size = verify(read, hub.log.key.verifier).size
    return size, len(hub.panel.standing(read.note, datetime.now(UTC) + timedelta(days=3650)).cosigned)


def test_a_receipt_stands_under_the_best_checkpoint_there_is(hub: Witnessed):
    (waiting,) = hub.log.write(BatchRead("bat_0", "MAR"))
    with hub.log.auditor.read() as reading, pytest.raises(ReceiptPending):
        receipt_of(reading, waiting, hub.panel, hub.at)
    hub.log.sequence()
    assert receipt(hub, waiting) == (1, 0)
    hub.grow(2)
    assert receipt(hub, waiting) == (1, 0), "whoever asks again does not see the log grow"
    note = hub.show()
    assert receipt(hub, waiting) == (8, 0)
    hub.take(hub.cosign(note, MAR))
    assert receipt(hub, waiting) == (8, 1)
    hub.show()
    assert receipt(hub, waiting) == (16, 0)
    hub.take(hub.cosign(note, TUN))
    assert receipt(hub, waiting) == (8, 2)
    newer = hub.grow(1)[-1]
    assert receipt(hub, newer)[1] == 0


def test_a_proof_under_a_note_needs_an_event_in_the_log(hub: Witnessed):
    note = hub.show()
    with hub.log.auditor.read() as reading, pytest.raises(NotFound):
        prove(reading, "evt_nobody", note)


def test_the_newest_event_about_a_subject_is_found_by_kind_and_committee(sqlite: TestDatabase, tmp_path: Path):
    hub = Witnessed(sqlite, tmp_path)
    first, second = hub.log.write(BatchRead("bat_0", "MAR"), BatchRead("bat_0", "MAR"))
    assert first != second
    with hub.log.auditor.read() as reading:
        assert event_of(reading, ("batch.read", "batch.held"), "bat_0", "MAR") == second
        for kinds, subject, country in ((("batch.held",), "bat_0", "MAR"), (("batch.read",), "bat_0", "TUN")):
            with pytest.raises(NotFound):
                event_of(reading, kinds, subject, country)
