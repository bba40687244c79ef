"""A copy of the log, and whether enough witnesses have cosigned it: offline, and as `amana audit` tells it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from amana.audit.log import cosigned
from amana.audit.log.cosigned import Panel
from amana.audit.log.receipt import receipt_of
from amana.audit.log.sequence import show
from amana.audit.offline.judge import Fault
from amana.audit.offline.verify import Visit, verify_sqlite
from amana.audit.offline.witnessed import Demand, weigh
from amana.audit.tlog import proof
from amana.audit.tlog.calendar import Calendar
from amana.audit.tlog.checkpoint import parse_signature, render_signature
from amana.audit.tlog.named_key import render_vkey
from amana.audit.witness.cosignature import cosign
from amana.audit.witness.evidence import Evidence, render
from amana.command.audit import command
from support.databases import TestDatabase
from support.log import NOON, WrittenLog
from support.witnesses import AT, EGY, LOG, MAR, STRANGER, THIEF, TUN, SmallLog, trust, witnesses_toml

TRUE = SmallLog(12)
WEEK = 7 * 86_400
DEMAND = Demand(trust(2), AT, 60, WEEK)


def notes(*each: str) -> list[tuple[int, str]]:
    return [(int(note.split("\n")[1]), note) for note in each]


def faults(found: tuple[object, ...]) -> list[Fault]:
    return [one.fault for one in found]  # type: ignore[attr-defined]


def test_the_newest_checkpoint_with_a_quorum_is_told():
    found, wrong = weigh(notes(TRUE.note(3, MAR, TUN), TRUE.note(5, TUN, EGY), TRUE.note(9, MAR)), LOG.verifier, DEMAND)
    assert (found and found.size, wrong) == (5, ())


def test_a_quorum_of_long_ago_is_told_and_not_taken():
    for age, stale in ((WEEK, []), (WEEK + 1, [Fault.STALE])):
        found, wrong = weigh(notes(TRUE.note(5, MAR, TUN, at=AT - age)), LOG.verifier, DEMAND)
        assert (found and found.size, faults(wrong)) == (5, stale)


def test_as_many_as_are_needed_must_be_of_late():
    text = TRUE.note(5).partition("\n\n")[0] + "\n"
    old = TRUE.note(5, MAR, at=AT - WEEK - 1)
    assert faults(weigh(notes(old + cosign(text, TUN, AT)), LOG.verifier, DEMAND)[1]) == [Fault.STALE]
    both = old + cosign(text, TUN, AT) + cosign(text, EGY, AT)
    assert weigh(notes(both), LOG.verifier, DEMAND)[1] == ()


def test_without_a_quorum_the_copy_is_not_witnessed():
    found, wrong = weigh(notes(TRUE.note(5, MAR, STRANGER)), LOG.verifier, DEMAND)
    assert (found, faults(wrong)) == (None, [Fault.UNWITNESSED])


def test_a_line_that_does_not_hold_is_told_and_its_checkpoint_counts_for_nothing():
    line = parse_signature(cosign("other\n", MAR, AT).rstrip("\n"))
    forged = TRUE.note(9, TUN) + render_signature(line)
    found, wrong = weigh(notes(TRUE.note(5, MAR, TUN), forged), LOG.verifier, DEMAND)
    assert found is not None
    assert (found.size, [(one.fault, one.size) for one in wrong]) == (5, [(Fault.COSIGNATURE, 9)])


def test_what_another_key_signed_is_others_to_report():
    stolen = TRUE.note(9, MAR, TUN, key=THIEF)
    found, wrong = weigh(notes(TRUE.note(5, MAR, TUN), stolen), LOG.verifier, DEMAND)
    assert (found and found.size, wrong) == (5, ())


# ---- the whole way, through a database and a terminal ---------------------------------------------------------------


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    """A log of eight public entries that Morocco and Tunisia have cosigned, and one more since."""
    log = WrittenLog(sqlite, tmp_path)
    log.grow(4)
    log.last = show(log.sequencer, log.key, NOON, log.last, Calendar(3600, 8))
    panel = _panel(log)
    with log.web.write() as tx:
        note = cosigned.newest_public(tx)
        text = note.partition("\n\n")[0] + "\n"
        lines = "".join(cosign(text, one, int(NOON.timestamp())) for one in (MAR, TUN, STRANGER))
        cosigned.take(tx, note + lines, panel, NOON)
    (tmp_path / "log.vkey").write_text(render_vkey(log.key.verifier) + "\n")
    log.snapshot(tmp_path / "log.jsonl")
    log.stolen(tmp_path / "copy.sqlite").close()
    return log


def _panel(log: WrittenLog) -> Panel:
    return Panel(log.key.verifier, trust(2), {one.name: one.name[:3].upper() for one in (MAR, TUN, EGY)}, 60)


def run(*words: object) -> Result:
    return CliRunner(env={"AMANA_LANG": "en"}).invoke(command, [str(word) for word in words])


def asking(folder: Path, needed: int, *keys: object) -> list[object]:
    (folder / "witnesses.toml").write_text(witnesses_toml(needed, *keys))  # type: ignore[arg-type]
    return ["--vkey", folder / "log.vkey", "--witnesses", folder / "witnesses.toml"]


def test_snapshot_and_database_carry_the_cosignatures(log: WrittenLog, tmp_path: Path):
    assert log.last.size == 8
    for copy in ([tmp_path / "log.jsonl"], ["--sqlite", tmp_path / "copy.sqlite"]):
        told = run("verify", *copy, *asking(tmp_path, 2, MAR, TUN, EGY))
        assert told.exit_code == 0, told.output
        assert "Quorum met at size 8: cosignatures that count, 2." in told.output
        told = run("verify", *copy, *asking(tmp_path, 2, MAR, TUN, EGY), "--within", 1)
        assert (told.exit_code, "The newest checkpoint with a quorum (size 8) was cosigned" in told.output) == (1, True)
        assert "cosigned by mar.test/w, 2026-11-21T12:00:00Z" in told.output
        told = run("verify", *copy, *asking(tmp_path, 3, MAR, TUN, EGY))
        assert told.exit_code == 1
        assert told.output.startswith("The log is not intact. No checkpoint has been cosigned by enough witnesses.")


def test_days_are_asked_of_witnesses(log: WrittenLog, tmp_path: Path):
    words = ["verify", tmp_path / "log.jsonl", "--vkey", tmp_path / "log.vkey", "--within", 1]
    assert run(*words).exit_code == 2
    for language, said in (("ar", "صُودق عليها قبل"), ("fr", "il y a plus longtemps"), ("en", "longer ago")):
        told = run(*words, *asking(tmp_path, 2, MAR, TUN, EGY)[2:], "--lang", language)
        assert (told.exit_code, said in told.output) == (1, True)


def test_a_line_forged_in_the_database_is_named(log: WrittenLog, tmp_path: Path):
    thief = log.stolen(tmp_path / "forged.sqlite")
    for act in ("update", "delete"):
        thief.execute(f"DROP TRIGGER cosignature_refuses_{act}")
    (line,) = thief.execute("SELECT line FROM cosignature WHERE witness = 'mar.test/w'").fetchone()
    raw = parse_signature(line.rstrip("\n"))
    forged = render_signature(type(raw)(raw.name, raw.hint, raw.raw[:-1] + bytes([raw.raw[-1] ^ 1])))
    thief.execute("UPDATE cosignature SET line = ? WHERE witness = 'mar.test/w'", (forged,))
    thief.close()
    found = verify_sqlite(tmp_path / "forged.sqlite", log.key.verifier, Visit(demand=Demand(trust(2), 2**40, 0, 2**40)))
    assert [one.fault for one in found.findings] == [Fault.COSIGNATURE, Fault.UNWITNESSED]
    told = run("verify", "--sqlite", tmp_path / "forged.sqlite", *asking(tmp_path, 2, MAR, TUN, EGY))
    assert "At size 8: a cosignature under a known witness's name does not hold." in told.output


def test_a_proof_is_weighed_and_every_line_explained(log: WrittenLog, tmp_path: Path):
    with log.auditor.read() as reading:
        made = receipt_of(reading, log.written[0], _panel(log), NOON)
    text = made.note.partition("\n\n")[0] + "\n"
    later = cosign(text, EGY, 2**40) + cosign(text, MAR, 5) + cosign(text, STRANGER, 5)
    (tmp_path / "one.tlog-proof").write_text(proof.render(made) + later)
    told = run("proof", tmp_path / "one.tlog-proof", *asking(tmp_path, 2, MAR, TUN, EGY))
    assert told.exit_code == 0, told.output
    assert "cosigned by mar.test/w, 2026-11-21T12:00:00Z" in told.output
    for said in ("twice: mar.test/w", "egy.test/w is dated in the future", "stranger.test/w is no known witness"):
        assert said in told.output
    words = asking(tmp_path, 2, TUN, EGY, MAR)
    document = tmp_path / "witnesses.toml"
    document.write_text(
        document.read_text().replace('committee = "TUN"', 'committee = "TUN"\nretired = 2026-01-01\nlast = 8')
    )
    told = run("proof", tmp_path / "one.tlog-proof", *words)
    assert (told.exit_code, "tun.test/w cosigned after it was retired" in told.output) == (1, True)
    assert "Witnesses were not checked" in run("proof", tmp_path / "one.tlog-proof", *words[:2]).output


def test_other_peoples_policy_files_are_read_and_written(log: WrittenLog, tmp_path: Path):
    words = asking(tmp_path, 2, MAR, TUN, EGY)
    written = run("policy", tmp_path / "witnesses.toml", "--vkey", tmp_path / "log.vkey")
    assert written.exit_code == 0
    assert written.output.startswith(f"log {(tmp_path / 'log.vkey').read_text()}witness mar.test/w ")
    (tmp_path / "region.policy").write_text(written.output)
    assert (
        run("verify", tmp_path / "log.jsonl", *words[:3], tmp_path / "region.policy", "--within", 36500).exit_code == 0
    )
    (tmp_path / "region.policy").write_text(f"log {render_vkey(THIEF.verifier)}\nquorum none\n")
    told = run("verify", tmp_path / "log.jsonl", *words[:3], tmp_path / "region.policy")
    assert told.exit_code == 2
    bare = run("policy", tmp_path / "witnesses.toml")
    assert bare.output.startswith("witness mar.test/w ")


@pytest.mark.parametrize(
    ("kept", "offered", "code", "said"),
    [
        (TRUE.note(5), SmallLog(12, fork=2).note(5), 1, "Proven: the log's key signed two checkpoints (sizes 5 and 5)"),
        (TRUE.note(9), TRUE.note(5), 0, "After size 9 was cosigned, size 5 was shown"),
        (TRUE.note(5), TRUE.note(9), 0, "the proof that came along does not lead"),
        (TRUE.note(5), TRUE.note(5), 0, "one history"),
        (TRUE.note(5), TRUE.note(5, key=THIEF), 2, "signature.invalid"),
    ],
)
def test_anybody_judges_what_a_witness_kept(tmp_path: Path, kept: str, offered: str, code: int, said: str):
    (tmp_path / "kept.json").write_text(render(Evidence(kept, offered)))
    told = run("evidence", tmp_path / "kept.json", "--vkey", render_vkey(LOG.verifier))
    assert (told.exit_code, said in told.output + told.stderr) == (code, True), told.output
