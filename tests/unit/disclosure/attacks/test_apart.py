"""The attackers share nothing with the engine and the checker: three readings of the same tables have to agree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import amana.disclosure.attacks

MODULES = sorted(Path(amana.disclosure.attacks.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_an_attack_knows_the_tables_and_its_own_room_only(module: Path):
    tree = ast.parse(module.read_text(encoding="utf-8"))
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named |= {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    ours = {name for name in named if name.startswith("amana.") and not name.startswith("amana.disclosure.attacks")}
    assert ours <= {"amana.disclosure.table", "amana.disclosure.apart", "amana.canonical"}


def test_every_attack_is_looked_at():
    assert {"subtraction", "linear", "minimality", "gate"} <= {path.stem for path in MODULES}
