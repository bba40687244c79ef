"""Starting: what a command of the committee's tool costs before it does anything, beside frictionless's command.

The file that either checks is small, so that nearly all of it is loading. Ours keeps the tables that pseudonyms are
tried with from one start to the next: the first one makes them, and is told apart.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from beside import by_turns, compare, machine
from beside.contribution import COMMITTEE, DATAFLOW
from beside.people import columns_of, lines, write

from amana.codebook.load import load

ROWS: Final = 100
PERIOD: Final = "2024"
BIN: Final = Path(sys.executable).parent


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder, book = Path(name), load()
        columns = columns_of(book)
        write(folder / "people.csv", lines(ROWS, book), columns)
        fields = [{"name": column, "type": "string"} for column in columns]
        (folder / "schema.json").write_text(json.dumps({"fields": fields}), encoding="utf-8")
        (folder / "token").touch(mode=0o600)
        (folder / "token").write_text("token", encoding="utf-8")
        told(folder)


def told(folder: Path) -> None:
    hub = ("--hub", "http://127.0.0.1:9", "--token-file", "token")
    about = ("--committee", COMMITTEE, "--dataflow", DATAFLOW, "--period", PERIOD)
    check = started(folder, "amana", "committee", "check", "people.csv", *about)
    (first,) = by_turns(check, runs=1)
    print(f"the first check, which makes the tables: {first.cpu:.2f} s")
    ours = (
        started(folder, "amana", "committee", "--help"),
        started(folder, "amana", "committee", "status", f"bat_{'a' * 26}", *hub),
        check,
    )
    helped, asked, checked, peer_helped, peer_checked = by_turns(
        *ours,
        started(folder, "frictionless", "--help"),
        started(folder, "frictionless", "validate", "people.csv", "--schema", "schema.json"),
    )
    compare("help", helped, peer_helped, "frictionless")
    print(f"ask the hub after a contribution, to where nobody answers: {asked.cpu:.2f} s")
    compare(f"check {ROWS} rows", checked, peer_checked, "frictionless")


def started(folder: Path, program: str, *words: str) -> Callable[[], object]:
    """Return the start of a program in the folder."""
    command, kept = [str(BIN / program), *words], {**os.environ, "XDG_CACHE_HOME": str(folder / "kept")}
    return lambda: subprocess.run(command, cwd=folder, env=kept, capture_output=True, check=False)


if __name__ == "__main__":
    main()
