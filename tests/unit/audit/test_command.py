"""`amana audit` in a terminal: one line that says whether and where, the grounds, and an exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana.audit.tlog import proof
from amana.audit.tlog.checkpoint import LogKey, read_checkpoint, sign
from amana.audit.tlog.named_key import render_vkey
from amana.command.audit import command
from amana.wording.load import LANGUAGES, sentence
from support.databases import TestDatabase
from support.log import WrittenLog


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(sqlite, tmp_path)
    log.grow(4)
    (tmp_path / "log.vkey").write_text(render_vkey(log.key.verifier) + "\n")
    log.snapshot(tmp_path / "log.jsonl")
    log.stolen(tmp_path / "copy.sqlite").close()
    return log


def run(*words: object) -> Result:
    return CliRunner(env={"AMANA_LANG": "en"}).invoke(command, [str(word) for word in words])


def test_an_intact_log_ends_with_zero(log: WrittenLog, tmp_path: Path):
    for copy in ([tmp_path / "log.jsonl"], ["--sqlite", tmp_path / "copy.sqlite"]):
        told = run("verify", *copy, "--vkey", tmp_path / "log.vkey")
        assert told.exit_code == 0, told.output
        assert told.output.startswith("The log is intact: all 4 entries lead to the signed root.\nKey: amana.test/log")
        assert "--since" in told.output
        assert "Witnesses were not checked" in told.output


def test_a_key_may_be_given_as_text(log: WrittenLog, tmp_path: Path):
    assert run("verify", tmp_path / "log.jsonl", "--vkey", render_vkey(log.key.verifier)).exit_code == 0


def test_a_key_with_a_slash_in_it_is_no_path(log: WrittenLog, tmp_path: Path):
    seeds = (bytes([number]) * 32 for number in range(99))
    keys = (render_vkey(LogKey("other", Ed25519PrivateKey.from_private_bytes(seed)).verifier) for seed in seeds)
    told = run("verify", tmp_path / "log.jsonl", "--vkey", next(key for key in keys if "/" in key))
    assert "holds no checkpoint that this key signed" in told.output


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edited_log_ends_with_one_and_names_the_entry_first(log: WrittenLog, tmp_path: Path, language: str):
    thief = log.stolen(tmp_path / "edited.sqlite")
    thief.execute("UPDATE log_entry SET leaf = '{}' WHERE idx = 2")
    thief.close()
    told = run("verify", "--sqlite", tmp_path / "edited.sqlite", "--vkey", tmp_path / "log.vkey", "--lang", language)
    assert told.exit_code == 1
    first = told.output.splitlines()[0]
    assert first == f"{sentence('audit.verify.tampered', language)} " + sentence(
        "audit.verify.edited", language, {"first": 2}
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_details_that_are_gone_without_authority_end_with_one(log: WrittenLog, tmp_path: Path, language: str):
    thief = log.stolen(tmp_path / "edited.sqlite")
    thief.execute(f"DELETE FROM event_detail WHERE event_id = '{log.written[1]}'")
    thief.close()
    told = run("verify", "--sqlite", tmp_path / "edited.sqlite", "--vkey", tmp_path / "log.vkey", "--lang", language)
    assert told.exit_code == 1
    assert sentence("audit.verify.missing", language, {"first": 1}) in told.output.splitlines()[0]


def test_a_snapshot_made_without_details_ends_with_zero_and_says_what_was_not_verified(log: WrittenLog, tmp_path: Path):
    told = run("verify", log.snapshot(tmp_path / "bare.jsonl", details=False), "--vkey", tmp_path / "log.vkey")
    assert told.exit_code == 0
    assert sentence("audit.verify.no_details", "en") in told.output
    assert (
        sentence("audit.verify.no_details", "en")
        not in run("verify", tmp_path / "log.jsonl", "--vkey", tmp_path / "log.vkey").output
    )


def test_an_edit_that_can_only_be_bracketed_is_told_as_such(log: WrittenLog, tmp_path: Path):
    thief = log.stolen(tmp_path / "edited.sqlite")
    for act in ("DELETE FROM log_tile", "DELETE FROM event_detail", "UPDATE log_entry SET leaf = '{}' WHERE idx = 2"):
        thief.execute(act)
    thief.close()
    told = run("verify", "--sqlite", tmp_path / "edited.sqlite", "--vkey", tmp_path / "log.vkey")
    assert told.exit_code == 1
    assert "Between entries 0 and 3" in told.output


def test_a_kept_checkpoint_is_part_of_the_answer(log: WrittenLog, tmp_path: Path):
    kept = tmp_path / "kept"
    kept.write_text(sign(log.last, log.key))
    told = run("verify", tmp_path / "log.jsonl", "--vkey", tmp_path / "log.vkey", "--since", kept)
    assert told.exit_code == 0
    assert "The checkpoint that you kept (size 4) is part of this history." in told.output
    log.grow(2)
    kept.write_text(sign(log.last, log.key))
    told = run("verify", tmp_path / "log.jsonl", "--vkey", tmp_path / "log.vkey", "--since", kept)
    assert told.exit_code == 1
    assert "Entry 4: the first that was removed" in told.output
    assert "It may merely be an older copy" in told.output


def test_the_checkpoint_is_kept_for_the_next_visit_and_only_of_a_log_that_is_whole(log: WrittenLog, tmp_path: Path):
    kept = tmp_path / "checkpoint.txt"
    words = ("verify", tmp_path / "log.jsonl", "--vkey", tmp_path / "log.vkey")
    told = run(*words, "--keep", kept)
    assert (told.exit_code, read_checkpoint(kept.read_text(), log.key.verifier)) == (0, log.last)
    assert "is part of this history" in run(*words, "--since", kept).output
    thief = log.stolen(tmp_path / "edited.sqlite")
    thief.execute("DELETE FROM log_entry WHERE idx = 1")
    thief.close()
    run("verify", "--sqlite", tmp_path / "edited.sqlite", "--vkey", tmp_path / "log.vkey", "--keep", tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_an_event_is_found_or_the_answer_is_no(log: WrittenLog, tmp_path: Path):
    words = ("verify", tmp_path / "log.jsonl", "--vkey", tmp_path / "log.vkey", "--event")
    told = run(*words, log.written[3])
    assert (told.exit_code, "is in the log, at entry 3" in told.output) == (0, True)
    told = run(*words, "evt_unknown")
    assert (told.exit_code, "is not proven to be in the log" in told.output) == (1, True)


def test_a_copy_without_any_checkpoint_tells_no_root(log: WrittenLog, tmp_path: Path):
    (tmp_path / "empty.jsonl").write_text('{"format":"amana-log-snapshot/1"}\n')
    told = run("verify", tmp_path / "empty.jsonl", "--vkey", tmp_path / "log.vkey")
    assert told.exit_code == 1
    assert "holds no checkpoint that this key signed" in told.output
    assert "Key:" not in told.output


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["log.jsonl"],
        ["--vkey", "log.vkey"],
        ["log.jsonl", "--sqlite", "copy.sqlite", "--vkey", "log.vkey"],
        ["absent.jsonl", "--vkey", "log.vkey"],
        ["log.jsonl", "--vkey", "absent"],
        ["log.jsonl", "--vkey", "no+key+text"],
        ["log.vkey", "--vkey", "log.vkey"],
        ["--sqlite", "log.jsonl", "--vkey", "log.vkey"],
        ["log.jsonl", "--vkey", "log.vkey", "--since", "log.vkey"],
        ["log.jsonl", "--vkey", "log.vkey", "--since", "copy.sqlite"],
        ["log.jsonl", "--vkey", "log.vkey", "--lang", "de"],
    ],
)
def test_a_question_that_cannot_be_answered_ends_with_two(
    log: WrittenLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
):
    monkeypatch.chdir(tmp_path)
    told = run("verify", *words)
    assert told.exit_code == 2
    assert "Traceback" not in told.output


def test_a_proof_is_checked(log: WrittenLog, tmp_path: Path):
    written = log.proof(log.written[2])
    (tmp_path / "good").write_text(proof.render(written))
    (tmp_path / "bad").write_text(proof.render(proof.Proof(written.entry, 1, written.path, written.note)))
    good, bad, none = (
        run("proof", tmp_path / name, "--vkey", tmp_path / "log.vkey") for name in ("good", "bad", "log.vkey")
    )
    assert good.exit_code == 0
    assert f"event {log.written[2]} (batch.read) is in the log, at entry 2" in good.output
    assert (bad.exit_code, none.exit_code) == (1, 2)
