"""What docs/check-proof.sh, a page of shell that runs nothing of ours, says of proofs that hold and of others."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from amana.audit.tlog import proof as proofs
from amana.audit.tlog.named_key import render_vkey
from amana.config import HOME
from support.databases import TestDatabase
from support.log import WrittenLog, new_key

SCRIPT = HOME / "docs" / "check-proof.sh"


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    log = WrittenLog(sqlite, tmp_path)
    log.grow(1, 6)
    return log


def check(folder: Path, text: str, vkey: str) -> subprocess.CompletedProcess[str]:
    (folder / "one.tlog-proof").write_text(text, encoding="utf-8")
    (folder / "log.vkey").write_text(f"{vkey}\n", encoding="utf-8")
    command = ["sh", str(SCRIPT), "one.tlog-proof", "log.vkey"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def proof(log: WrittenLog, index: int) -> proofs.Proof:
    return log.proof(log.written[index])


def test_every_entry_of_a_tree_that_is_no_power_of_two_is_proven(log: WrittenLog, tmp_path: Path):
    for index, event in enumerate(log.written):
        told = check(tmp_path, proofs.render(proof(log, index)), render_vkey(log.key.verifier))
        assert (told.returncode, told.stderr) == (0, "")
        assert told.stdout.startswith(f"HOLDS: entry {index} of 7 in the log {log.key.origin}\n")
        assert event in told.stdout


def test_what_does_not_hold_is_refused_with_its_reason(log: WrittenLog, tmp_path: Path):
    whole, vkey = proof(log, 4), render_vkey(log.key.verifier)
    stranger = new_key(tmp_path, log.key.origin)
    for told, key, reason in (
        (replace(whole, entry=whole.entry + b" "), vkey, "does not lead to the signed root"),
        (replace(whole, index=5), vkey, "does not lead to the signed root"),
        (replace(whole, index=7), vkey, "behind the checkpoint"),
        (replace(whole, path=(*whole.path, bytes(32))), vkey, "the path is too long"),
        (replace(whole, path=whole.path[:-1]), vkey, "does not lead to the signed root"),
        (whole, render_vkey(stranger.verifier), "did not sign"),
        (whole, vkey.replace("amana", "amano"), "another log"),
        (replace(whole, note=_with_another_root(whole.note)), vkey, "did not sign"),
    ):
        answer = check(tmp_path, proofs.render(told), key)
        assert (answer.returncode, reason in answer.stderr) == (1, True), answer.stderr


def _with_another_root(note: str) -> str:
    lines = note.split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    return "\n".join(lines)
