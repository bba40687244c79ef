"""The house rules that a tool or a short script can check."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import amana
from amana.config import HOME
from amana.errors import AmanaError, every_error
from amana.wording.load import LANGUAGES, codes, sentence

PLATFORM = HOME / "platform"


def sources() -> Iterator[Path]:
    return (path for path in sorted((PLATFORM / "amana").rglob("*.py")))


def test_platform_never_shadows_the_standard_library() -> None:
    assert not (PLATFORM / "__init__.py").exists()
    assert sorted(entry.name for entry in PLATFORM.iterdir() if not entry.name.endswith(".egg-info")) == ["amana"]
    told = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.system())"],
        cwd=HOME, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip()


def test_no_test_lives_in_platform() -> None:
    assert [path for path in sources() if path.name.startswith(("test_", "conftest"))] == []


def test_no_assert_guards_anything() -> None:
    """An assert vanishes under ``python -O``: guards raise."""
    asserts = [
        f"{path.relative_to(HOME)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert asserts == []


def test_no_module_outgrows_its_room() -> None:
    assert [str(path) for path in sources() if len(path.read_text(encoding="utf-8").splitlines()) > 300] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "helpers", "common", "core", "services", "manager", "base", "misc"}
    assert [str(path) for path in sources() if path.stem in empty] == []


def test_every_room_says_where_it_runs_and_what_it_sees() -> None:
    for init in sorted((PLATFORM / "amana").glob("*/__init__.py")):
        tree = ast.parse(init.read_text(encoding="utf-8"))
        told = ast.get_docstring(tree) or ""
        assert "Sees:" in told, init
        assert "Runs in:" in told, init
        assert len(tree.body) == 1, f"{init} re-exports something"


def _import_everything() -> None:
    for module in pkgutil.walk_packages(amana.__path__, "amana."):
        importlib.import_module(module.name)


def _our_errors() -> list[type[AmanaError]]:
    """Every error class of the house; a test that ran before may have made one of its own."""
    _import_everything()
    return [error for error in every_error() if error.__module__.startswith("amana.")]


def test_every_error_has_a_status_an_exit_and_three_sentences() -> None:
    for error in _our_errors():
        assert 400 <= error.status <= 599, error
        assert 1 <= error.exit <= 125, error
        assert error.code in codes(), f"{error.__name__}: no sentence for {error.code}"
        for language in LANGUAGES:
            assert sentence(error.code, language) != error.code
        assert error.__doc__, error


def test_error_codes_are_unique() -> None:
    found = [error.code for error in _our_errors()]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("path", sorted((PLATFORM / "amana" / "wording").glob("*.toml")), ids=lambda path: path.stem)
def test_every_sentence_is_told_in_three_languages_with_the_same_facts(path: Path) -> None:
    import string
    import tomllib

    for code, texts in tomllib.loads(path.read_text(encoding="utf-8")).items():
        assert set(texts) == set(LANGUAGES), code
        fields = [{name for _, name, _, _ in string.Formatter().parse(texts[lang]) if name} for lang in LANGUAGES]
        assert fields[0] == fields[1] == fields[2], code


def test_a_planted_breach_of_the_layers_is_refused(tmp_path: Path) -> None:
    """The import contracts can fail: a copy of the house with one forbidden import is refused."""
    import shutil

    copy = tmp_path / "house"
    shutil.copytree(PLATFORM, copy / "platform", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "*.mo"))
    shutil.copy(HOME / "pyproject.toml", copy)
    planted = copy / "platform" / "amana" / "dissemination" / "__init__.py"
    planted.write_text(planted.read_text() + "\nimport amana.vault.opening\n")
    answer = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=copy, env={"PYTHONPATH": str(copy / "platform"), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
    )  # fmt: skip
    assert answer.returncode != 0
    assert "Only the worker can open BROKEN" in answer.stdout
