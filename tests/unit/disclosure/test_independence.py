"""The checker shares nothing with what it checks, but what a table is; nor do the attacks with either, but little."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import amana.disclosure
from amana.config import HOME

ROOM = Path(amana.disclosure.__file__).parent
CHECKER = [ROOM / "audit.py", ROOM / "apart.py", *sorted((ROOM / "checker").glob("*.py"))]
SUPPRESSION = sorted((ROOM / "suppression").rglob("*.py"))
ATTACKS = sorted((ROOM / "attacks").glob("*.py"))


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
    ours = imported(module)
    assert ours == within(ours, "table", "suppression")


@pytest.mark.parametrize("module", ATTACKS, ids=lambda path: path.stem)
def test_an_attack_asks_neither(module: Path):
    ours = imported(module) - {"amana.canonical.Json"}  # what its report is told as
    assert ours == within(ours, "table", "apart", "attacks")


def test_attacks_are_made_before_clearing_and_nobody_else_takes_anything_from_them():
    """But for the limits of their report, which a policy sets."""
    others = [path for path in ROOM.parent.rglob("*.py") if path not in ATTACKS and path != ROOM / "clear.py"]
    assert {name for path in others for name in within(imported(path), "attacks")} == {
        "amana.disclosure.attacks.report.Limits"
    }


def test_an_auditor_reads_of_every_module_of_the_checker_after_those_that_it_needs():
    """docs/auditor.md lists them."""
    told = (
        (HOME / "docs" / "auditor.md")
        .read_text(encoding="utf-8")
        .partition("each module after those that it needs:")[2]
    )
    listed = re.findall(r"`(\w+)\.py`", told.partition(";")[0])
    needs = {path.stem: imported(path) for path in CHECKER if path.parent.name == "checker" and path.stem != "__init__"}
    assert sorted(listed) == sorted(needs)
    for at, name in enumerate(listed):
        assert within(needs[name], "checker") == within(needs[name], *(f"checker.{one}" for one in listed[:at])), name


def test_both_are_looked_at_whole():
    assert {"knots", "intervals", "audit"} <= {path.stem for path in CHECKER}
    assert {"method", "mask", "system", "suppress"} <= {path.stem for path in SUPPRESSION}
