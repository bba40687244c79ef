"""Generated documents: written once, named when they are out of date, and left alone when they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from amana.command.docs import documents, main, outdated


def test_a_check_names_what_is_missing_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"], tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [str(path) for path in documents()]
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_is_up_to_date_until_a_hand_edits_it(tmp_path: Path) -> None:
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    edited = tmp_path / "docs" / "dictionary.fr.md"
    edited.write_text(edited.read_text(encoding="utf-8").replace("Sexe", "Genre"), encoding="utf-8")
    assert outdated(tmp_path) == (Path("docs/dictionary.fr.md"),)


def test_the_dictionary_shows_a_name_elsewhere_with_its_confidence_and_arabic_from_the_right() -> None:
    made = {path.name: text for path, text in documents().items()}
    assert "ICCS: 02041 (from memory, to be checked)" in made["dictionary.en.md"]
    assert made["dictionary.ar.md"].startswith('<div dir="rtl">')
    assert made["VICTIMS.csv"].count("\n") == 4
