"""Words that no command understands are answered in the reader's language, with a code and how to write it."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest

from amana.command.main import main

RELEASE = ["audit", "release"]


def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[object, str]:
    """Return the exit code and what is printed on stderr."""
    monkeypatch.setattr(sys, "argv", ["amana", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capsys.readouterr().err


TOLD = {
    "fr": ("usage.missing: Il manque --key.", "n'existe pas.", "Elle s'écrit : amana audit release"),
    "ar": ("usage.missing: ينقص --key.", "غير موجود.", "صيغته: amana audit release"),
    "en": ("usage.missing: --key is missing.", "does not exist.", "It is written: amana audit release"),
}


@pytest.mark.parametrize("language", TOLD)
def test_a_missing_option_and_a_missing_file_are_named(monkeypatch, capsys, tmp_path: Path, language: str) -> None:
    missing, nowhere, how = TOLD[language]
    code, told = said(monkeypatch, capsys, *RELEASE, tmp_path, "--lang", language)
    assert code == 2
    assert told.startswith(f"{missing}\n{how}")
    monkeypatch.setenv("AMANA_LANG", language)
    (tmp_path / "k.pem").touch()
    code, told = said(monkeypatch, capsys, *RELEASE, tmp_path / "b.zip", "--key", tmp_path / "k.pem")
    assert code == 2
    assert told.startswith("usage.value: ")
    assert f"'{tmp_path / 'b.zip'}' {nowhere}" in told
    assert not any(word in told for word in ("Usage", "Error", "Try", "Path"))


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([*RELEASE, "--quick"], 2, "usage.no_such_option: L'option --quick n'existe pas."),
        (
            ["audit", "relaese"],
            2,
            "usage.words: Cette commande n'est pas comprise : la commande 'relaese' n'existe pas.",
        ),
        (["audit", "relaese"], 2, "Ce qui y ressemble : release"),
        (["nowhere"], 2, "la commande 'nowhere' n'existe pas."),
        (
            ["demo", "--port", "x"],
            2,
            "usage.value: Ce qui est donné pour --port ne convient pas : 'x' n'est pas un nombre",
        ),
        (["demo", "now"], 2, "il y a un mot de trop (now)."),
        (["committee", "check"], 64, "usage.missing: Il manque FILE."),
        (["audit", "release"], 2, "usage.missing: Il manque BUNDLES.\n"),
        (["audit", "verify", "--within", "5"], 2, "usage."),
    ],
)
def test_so_is_everything_else_and_the_exit_code_stays(
    monkeypatch, capsys, words: list[str], code: int, told: str
) -> None:
    monkeypatch.setenv("AMANA_LANG", "fr")
    ended, text = said(monkeypatch, capsys, *words)
    assert ended == code
    assert told in text
    assert "Elle s'écrit : amana" in text


def test_every_check_of_ours_has_its_sentence(monkeypatch, capsys, tmp_path: Path) -> None:
    monkeypatch.setenv("AMANA_LANG", "fr")
    file = tmp_path / "a.csv"
    file.touch()
    _, told = said(monkeypatch, capsys, "committee", "check", file, "--committee", "Maroc")
    assert "écrivez comme dans MAR" in told
    _, told = said(monkeypatch, capsys, "committee", "check", tmp_path)
    assert "est un dossier ; il faut un fichier." in told


def test_who_says_no_word_is_shown_the_help(monkeypatch, capsys) -> None:
    code, told = said(monkeypatch, capsys, "audit")
    assert code == 2
    assert "Commands:" in told
    assert issubclass(click.exceptions.NoArgsIsHelpError, click.UsageError)
