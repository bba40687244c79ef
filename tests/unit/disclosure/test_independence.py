"""The checker shares nothing with what it checks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import amana.disclosure

ROOM = Path(amana.disclosure.__file__).parent
AUDITOR = [
    "audit.py",
    "lenses.py",
    "steps.py",
    "vintages.py",
    "apart.py",
    "intervals.py",
    "exchanges.py",
    "bounds.py",
    "closest.py",
    "programme.py",
    "reading.py",
    "determinacy.py",
    "page.py",
    "knots.py",
]


def imported(module: str) -> set[str]:
    tree = ast.parse((ROOM / module).read_text())
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("module", AUDITOR)
def test_the_checker_knows_neither_the_suppressor_nor_the_truth(module: str):
    ours = {name for name in imported(module) if name.startswith("amana.")}
    assert ours <= {"amana.disclosure.table", *(f"amana.disclosure.{name[:-3]}" for name in AUDITOR)}


@pytest.mark.parametrize("module", sorted(path.name for path in (ROOM / "suppression").glob("*.py")))
def test_the_suppressor_does_not_ask_the_checker(module: str):
    assert not imported(f"suppression/{module}") & {f"amana.disclosure.{name[:-3]}" for name in AUDITOR}
