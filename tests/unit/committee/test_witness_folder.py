"""A witness's memory: written before a cosignature leaves, never begun again, and evidence beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from amana.audit.tlog import checkpoint
from amana.audit.tlog.checkpoint import split_note
from amana.audit.tlog.named_key import render_vkey
from amana.audit.witness import evidence
from amana.audit.witness.add_checkpoint import Request, Status, render_request
from amana.audit.witness.cosignature import check_cosignature
from amana.audit.witness.evidence import Charge
from amana.committee.refusals import AlreadyThere
from amana.committee.witness_folder import Considered, WitnessFolder, make, open_folder, parse_logs
from amana.committee.witness_refusals import MemoryLost, Retired
from amana.errors import Malformed, Unusable
from support.witnesses import AT, LOG, MAR, ORIGIN, THIEF, TUN, SmallLog, settle

TRUE, FORKED = SmallLog(12), SmallLog(12, fork=2)
VKEY = render_vkey(LOG.verifier)


@pytest.fixture
def mar(tmp_path: Path) -> WitnessFolder:
    return settle(tmp_path / "mar", MAR, VKEY)


def offer(folder: WitnessFolder, log: SmallLog, old: int, new: int, *, seen: str | None = None) -> Considered:
    proof = log.proof(old, new) if 0 < old < new else ()
    return folder.consider(Request(old, proof, log.note(new)), AT, seen=seen)


def test_a_new_witness_has_a_key_of_its_own_and_remembers_nothing(tmp_path: Path):
    vkey = make(tmp_path / "w", "mar.test/w", VKEY)
    made = open_folder(tmp_path / "w")
    assert vkey.startswith("mar.test/w+")
    assert (made.path / "witness.vkey").read_text() == f"{vkey}\n"
    assert (made.kept().checkpoint.size, made.kept().note) == (0, None)
    assert oct((made.path / "witness.pem").stat().st_mode)[-3:] == "600"
    assert oct(made.path.stat().st_mode)[-3:] == "700"


def test_a_folder_that_is_there_is_never_made_again(mar: WitnessFolder):
    with pytest.raises(AlreadyThere):
        make(mar.path, "mar.test/w", VKEY)


def test_what_was_cosigned_is_remembered_before_the_line_is_given(mar: WitnessFolder):
    found = offer(mar, TRUE, 0, 5)
    assert found.line is not None
    assert open_folder(mar.path).kept() == found.kept
    assert found.kept.note == TRUE.note(5) + found.line
    (signature,) = [one for one in split_note(found.kept.note)[1] if one.name == MAR.name]
    assert check_cosignature(checkpoint.render(TRUE.checkpoint(5)), signature, MAR.cosigner) == AT


def test_strangers_lines_are_not_remembered(mar: WitnessFolder):
    found = mar.consider(Request(0, (), TRUE.note(5, TUN)), AT)
    assert [one.name for one in split_note(found.kept.note or "")[1]] == [ORIGIN, MAR.name]


def test_it_goes_on_from_there_and_from_nowhere_else(mar: WitnessFolder):
    offer(mar, TRUE, 0, 5)
    assert offer(mar, TRUE, 0, 9).answer.status is Status.CONFLICT
    assert offer(mar, TRUE, 5, 9).answer.status is Status.COSIGNED
    assert mar.kept().checkpoint == TRUE.checkpoint(9)


def test_a_fork_is_refused_and_kept_once(mar: WitnessFolder):
    offer(mar, TRUE, 0, 5)
    found = offer(mar, FORKED, 5, 9)
    assert (found.answer.status, found.line) == (Status.INCONSISTENT, None)
    assert mar.kept().checkpoint == TRUE.checkpoint(5)
    assert offer(mar, FORKED, 5, 9).evidence == found.evidence
    ((place, kept),) = mar.evidence()
    assert place == found.evidence
    assert evidence.judge(kept, mar.logs)[0] is Charge.FORKED


def test_evidence_does_not_fill_the_disk(mar: WitnessFolder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("amana.committee.witness_folder._MOST", 1)
    offer(mar, TRUE, 0, 5)
    assert offer(mar, FORKED, 5, 9).evidence is not None
    found = offer(mar, FORKED, 5, 7)
    assert (found.answer.status, found.evidence, len(mar.evidence())) == (Status.INCONSISTENT, None, 1)


# ---- a witness that loses its memory --------------------------------------------------------------------------------


SPOILT = {
    "another witness's": {"witness": "tun.test/w+…"},
    "another log's": {"origin": "other.test/log"},
    "another form": {"format": "amana-witness/0"},
    "another log's signature": {"note": FORKED.note(5, MAR, key=THIEF)},
    "without its own cosignature": {"note": FORKED.note(5, TUN)},
    "no note": {"note": 3},
}
BROKEN = {"empty": b"", "no json": b"{", "deep": b"[" * 100_000, "a list": b"[]", "no text": b"\xff" * 9}


@pytest.mark.parametrize("how", [*SPOILT, *BROKEN, "missing"])
def test_without_its_memory_it_cosigns_nothing(mar: WitnessFolder, how: str):
    offer(mar, TRUE, 0, 5)
    memory = mar.path / "memory.json"
    if how in SPOILT:
        memory.write_text(json.dumps(json.loads(memory.read_text()) | SPOILT[how]))
    elif how in BROKEN:
        memory.write_bytes(BROKEN[how])
    else:
        memory.unlink()
    for old in (0, 5):
        with pytest.raises(MemoryLost):
            offer(mar, TRUE, old, 9)


def test_a_memory_put_back_to_yesterday_is_found_out_by_its_own_cosignature(mar: WitnessFolder):
    offer(mar, TRUE, 0, 5)
    yesterday = (mar.path / "memory.json").read_bytes()
    later = offer(mar, TRUE, 5, 9).kept.note
    (mar.path / "memory.json").write_bytes(yesterday)
    with pytest.raises(MemoryLost):
        offer(mar, TRUE, 5, 7, seen=later)
    with pytest.raises(Retired):
        offer(mar, TRUE, 5, 7)


def test_it_is_found_out_by_what_is_offered_too(mar: WitnessFolder):
    offer(mar, TRUE, 0, 5)
    with pytest.raises(MemoryLost):
        mar.consider(Request(5, TRUE.proof(5, 9), TRUE.note(9, MAR)), AT)
    with pytest.raises(Retired):
        mar.kept()


def test_two_of_one_key_are_found_out_by_two_roots_of_one_size(mar: WitnessFolder):
    offer(mar, TRUE, 0, 5)
    with pytest.raises(MemoryLost):
        offer(mar, TRUE, 5, 9, seen=FORKED.note(5, MAR))


@pytest.mark.parametrize(
    "seen", ["nothing", TRUE.note(9, TUN), TRUE.note(9, MAR, key=THIEF), TRUE.note(5, MAR), TRUE.note(3, MAR)]
)
def test_nobody_else_can_retire_it(mar: WitnessFolder, seen: str):
    offer(mar, TRUE, 0, 5)
    assert offer(mar, TRUE, 5, 9, seen=seen).answer.status is Status.COSIGNED


def test_a_retired_witness_stays_so(mar: WitnessFolder):
    mar.retire()
    mar.retire()
    with pytest.raises(Retired):
        offer(open_folder(mar.path), TRUE, 0, 5)


def test_killed_while_it_remembers_it_has_given_nothing_away(mar: WitnessFolder):
    """The process dies between draft and name: the old memory stands, and no line has left."""
    offer(mar, TRUE, 0, 5)
    code = (
        "import sys; from pathlib import Path; from amana.committee.witness_folder import open_folder;"
        "from amana.audit.witness.add_checkpoint import parse_request;"
        "print(open_folder(Path(sys.argv[1])).consider(parse_request(sys.stdin.buffer.read()), 1).line)"
    )
    body = render_request(Request(5, TRUE.proof(5, 9), TRUE.note(9)))
    words = [sys.executable, "-c", code, str(mar.path)]
    died = subprocess.run(
        words, input=body, env={**os.environ, "AMANA_FAULT": "vault.file_drafted"}, capture_output=True, check=False
    )
    assert (died.returncode, died.stdout) == (-9, b"")
    assert mar.kept().checkpoint == TRUE.checkpoint(5)
    lived = subprocess.run(words, input=body, capture_output=True, check=True)
    assert lived.stdout.startswith("— mar.test/w ".encode())
    assert mar.kept().checkpoint == TRUE.checkpoint(9)


def test_of_many_at_once_one_history_is_cosigned(mar: WitnessFolder):
    offer(mar, TRUE, 0, 5)
    cosigned: list[int] = []

    def bring(log: SmallLog, size: int) -> None:
        found = offer(mar, log, 5, size)
        if found.line is not None:
            cosigned.append(size)

    threads = [threading.Thread(target=bring, args=(log, size)) for size in range(6, 12) for log in (TRUE, FORKED)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(cosigned) == 1
    assert mar.kept().checkpoint == TRUE.checkpoint(cosigned[0])


# ---- what is no folder ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["log.vkey", "witness.pem"])
def test_a_folder_without_its_files_is_no_witness(mar: WitnessFolder, file: str):
    (mar.path / file).unlink()
    with pytest.raises(Unusable):
        open_folder(mar.path)


@pytest.mark.parametrize("text", ["", "nothing", f"{VKEY}\n{VKEY.replace('amana', 'omana')}"])
def test_what_are_no_keys_of_one_log_are_refused(text: str):
    with pytest.raises(Malformed):
        parse_logs(text)


def test_a_log_may_change_its_key(tmp_path: Path):
    both = settle(tmp_path / "mar", MAR, f"{VKEY}\n{render_vkey(THIEF.verifier)}\n")
    offer(both, TRUE, 0, 5)
    found = both.consider(Request(5, TRUE.proof(5, 9), TRUE.note(9, key=THIEF)), AT)
    assert found.answer.status is Status.COSIGNED
