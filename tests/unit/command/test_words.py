"""A refusal of the ``amana`` command speaks the language that was asked for."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from amana.config import HOME
from amana.mapping import toml
from amana.mapping.document import MappingInvalid, MappingUnread
from amana.policy import documents
from amana.wording.load import LANGUAGES, codes, sentence

WORDING = HOME / "platform" / "amana" / "wording"
FORMS = {"ar": 6, "fr": 2, "en": 2}


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
    facts = {"what": "word.identifiers", "place": str(tmp_path / "identifiers.toml")}
    assert ran.stderr.strip() == f"config.unusable: {sentence('config.unusable', language, facts)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fact_that_is_a_word_of_ours_is_said_in_the_same_language(language: str):
    told = sentence("config.unusable", language, {"place": "key", "what": "word.secret"})
    assert sentence("word.secret", language) in told
    assert "word." not in told


@pytest.mark.parametrize(
    ("count", "form"),
    [
        (0, "0 شخص"),
        (1, "شخص واحد"),
        (2, "شخصين"),
        (3, "3 أشخاص"),
        (10, "10 أشخاص"),
        (11, "11 شخصاً"),
        (100, "100 شخص"),
        (102, "102 شخص"),
        (103, "103 أشخاص"),
        ("1,012", "1,012 شخصاً"),
        ("…", "… شخص"),
    ],
)
def test_arabic_counts_in_six_ways(count: object, form: str):
    facts = {} if count == "…" else {"least_count": count}
    assert f"أقل من {form}." in sentence("attack.differencing.held", "ar", facts)


@pytest.mark.parametrize(
    ("language", "forms"),
    [("fr", ["0 endroit.", "1 endroit.", "2 endroits."]), ("en", ["0 places.", "1 place.", "2 places."])],
)
def test_one_is_no_plural(language: str, forms: list[str]):
    assert all(form in sentence("audit.release.something", language, {"count": n}) for n, form in enumerate(forms))


def test_what_is_counted_has_all_its_forms():
    named = {noun for path in WORDING.glob("*.toml") for noun in re.findall(r"\{\w+:(\w+)\}", path.read_text())}
    nouns = tomllib.loads((WORDING / "nouns.toml").read_text())
    assert {f"noun.{noun}" for noun in named} == nouns.keys()
    assert all({lang: said.count("|") + 1 for lang, said in one.items()} == FORMS for one in nouns.values())
    words = {form.removeprefix("# ") for one in nouns.values() for form in one["ar"].split("|") if "#" in form}
    for path in WORDING.glob("*.toml"):
        said = [texts["ar"] for name, texts in tomllib.loads(path.read_text()).items() if not name.startswith("noun.")]
        assert not [
            text for text in said for word in words if re.search(rf"\{{(?!column|letter)\w+\}} {word}\b", text)
        ], path


def test_what_is_hidden_has_one_word_in_arabic():
    """GLOSSARY.md says which."""
    texts = [*WORDING.glob("*.toml"), *HOME.glob("docs/*.md"), *HOME.glob("platform/amana/*/translations/ar/*/*.po")]
    lines = [line for path in texts for line in path.read_text().splitlines()]
    assert not [line for line in lines if re.search("مخفي|يُخفى|تُخفى|يخفيه", line)]
    assert "| محجوب |" in (HOME / "GLOSSARY.md").read_text()


def reasons() -> set[str]:
    """Return what the readers of policies say in English when they refuse, with 7 for what is filled in."""
    said: set[str] = set()
    for path in Path(documents.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"PolicyInvalid", "ValidationError"}:
                said |= _texts(node.args[-1])
            if isinstance(node, ast.keyword) and node.arg == "error":
                said |= _texts(node.value)
    return said


def _texts(node: ast.expr) -> set[str]:
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.JoinedStr(values=parts):
            return {"".join(getattr(part, "value", "") if isinstance(part, ast.Constant) else "7" for part in parts)}
        case ast.Dict(values=[ast.List(elts=[text])]):
            return _texts(text)
    return set()


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_why_a_document_cannot_be_used_is_said_in_the_operators_language(language: str):
    found = reasons()
    assert len(found) > 40
    facts = [{"file": "region.toml", "place": "", "reason": each} for each in found]
    assert not [one["reason"] for one in facts if one["reason"] in sentence("policy.invalid", language, one)]
    assert "64" in sentence("policy.invalid", language, {"reason": "not TOML: odd (at line 64, column 5)"})
    assert sentence("word.whole_file", language) in sentence("policy.invalid", language, facts[0])


def test_every_word_that_a_refusal_names_has_sentences():
    platform = Path(__file__).resolve().parents[3] / "platform"
    named = {word for path in platform.rglob("*.py") for word in re.findall(r'"(word\.[a-z_]+)"', path.read_text())}
    assert len(named) > 5
    assert named <= codes()


def test_a_mapping_that_is_not_there_is_told_from_one_that_does_not_hold(tmp_path: Path):
    with pytest.raises(MappingUnread, match=r"nowhere\.toml"):
        toml.read(tmp_path / "nowhere.toml")
    (tmp_path / "odd.toml").write_text('format = "amana-mapping/1"\ncolumn = @')
    with pytest.raises(MappingInvalid, match=r"TOML 2:10"):
        toml.read(tmp_path / "odd.toml")
