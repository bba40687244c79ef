"""The end of the story: a copy of the log is verified offline, and a copy with one edited row is caught."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from amana.demo.hub import Hub


class StoryBroken(Exception):
    """Something did not happen as the story tells it."""


@dataclass(frozen=True)
class Auditor:
    """The auditor in the story. run: runs a command and returns what it printed."""

    folder: Path
    hub: Hub
    run: Callable[..., str]
    note: Callable[[str], None]

    def takes_the_log_home(self, program: Path) -> None:
        """Verify a copy, then one that somebody edited. Raises StoryBroken when that is not caught."""
        events = self.hub.get("/api/v1/audit/events", outcome="refused")["events"]
        self.note(f"{len(events)} refusals on the first page, each with its clause or rule")
        copy = self.folder / "audit" / "log.jsonl"
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(self.hub.text("/api/v1/audit/snapshot"), encoding="utf-8")
        vkey = str(self.folder / "keys" / "web" / "log.vkey")
        told = self.run([str(program), "audit", "verify", str(copy), "--vkey", vkey])
        self.note(told.strip().splitlines()[0])
        forged, index = _forge(copy)
        verdict = self.run([str(program), "audit", "verify", str(forged), "--vkey", vkey], expect=1)
        if str(index) not in verdict:
            raise StoryBroken(f"the edited row {index} was not named: {verdict}")
        self.note(f"the copy with one edited row was caught: {verdict.strip().splitlines()[0]}")


def _forge(copy: Path) -> tuple[Path, int]:
    """Write a copy in which one entry was edited; return it with the entry's index."""
    lines = copy.read_text(encoding="utf-8").splitlines()
    entries = [number for number, line in enumerate(lines) if "leaf" in json.loads(line)]
    chosen = entries[len(entries) // 2]
    entry = json.loads(lines[chosen])
    leaf = bytearray(base64.b64decode(entry["leaf"]))
    position = leaf.index(b'"at":') + 6
    leaf[position] = ord("1") if leaf[position] != ord("1") else ord("2")
    lines[chosen] = json.dumps({**entry, "leaf": base64.b64encode(bytes(leaf)).decode()})
    forged = copy.with_name("forged.jsonl")
    forged.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return forged, entries.index(chosen)
