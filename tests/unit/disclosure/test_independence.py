"""The checker shares nothing with what it checks, but what a table is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import amana.disclosure

ROOM = Path(amana.disclosure.__file__).parent
CHECKER = [ROOM / "audit.py", ROOM / "apart.py", *sorted((ROOM / "checker").glob("*.py"))]
SUPPRESSION = sorted((ROOM / "suppression").rglob("*.py"))


def imported(module: Path) -> set[str]:
    """Return what a module takes from the house, and out of which module: a room may be taken whole."""
    tree = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    names = {each.name for node in tree if isinstance(node, ast.Import) for each in node.names}
    names |= {f"{node.module}.{each.name}" for node in tree if isinstance(node, ast.ImportFrom) for each in node.names}
    return {name for name in names if name.startswith("amana")}


def within(names: set[str], *rooms: str) -> set[str]:
    """Return the names that lie in one of these rooms of disclosure control."""
    homes = tuple(f"amana.disclosure.{room}" for room in rooms)
    return {name for name in names if name in homes or name.startswith(tuple(f"{home}." for home in homes))}


@pytest.mark.parametrize("module", CHECKER, ids=lambda path: path.stem)
def test_the_checker_knows_neither_the_suppressor_nor_the_truth(module: Path):
    ours = imported(module)
    assert ours == within(ours, "table", "apart", "checker")


@pytest.mark.parametrize("module", SUPPRESSION, ids=lambda path: f"{path.parent.stem}.{path.stem}")
def test_the_suppressor_does_not_ask_the_checker(module: Path):
    assert within(imported(module), "audit", "apart", "checker") == set()


def test_both_are_looked_at_whole():
    assert {"knots", "intervals", "audit"} <= {path.stem for path in CHECKER}
    assert {"method", "mask", "system", "suppress"} <= {path.stem for path in SUPPRESSION}
