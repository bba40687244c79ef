"""A refusal of the ``amana`` command speaks the language that was asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from amana.wording.load import LANGUAGES, sentence


@pytest.mark.parametrize(
    "words", [["--lang", "fr"], ["--lang=ar"], ["--lang", "en"], []], ids=["fr", "ar", "en", "the terminal's"]
)
def test_a_refusal_speaks_the_language_that_was_asked_for(words: list[str], tmp_path: Path):
    file = tmp_path / "records.csv"
    file.write_text("SEX\nF\n")
    act = ["committee", "check", str(file), "--policies", str(tmp_path)]
    about = ["--committee", "MAR", "--dataflow", "VICTIMS", "--period", "2022"]
    ran = subprocess.run(
        [sys.executable, "-c", "from amana.command.main import main; main()", *act, *about, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AMANA_LANG": "fr"},
    )
    language = next((one for one in LANGUAGES if one in "".join(words)), "fr")
    facts = {"what": "identifiers", "place": str(tmp_path / "identifiers.toml")}
    assert ran.stderr.strip() == f"config.unusable: {sentence('config.unusable', language, facts)}"
