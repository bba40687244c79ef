"""The end of the story: a case is reviewed and the log verified offline; edited copies of both are caught."""

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
    """The auditor in the story. amana: runs an ``amana`` command and returns what it printed."""

    folder: Path
    hub: Hub
    amana: Callable[..., str]
    note: Callable[[str], None]

    @property
    def _vkey(self) -> str:
        return str(self.folder / "keys" / "web" / "log.vkey")

    def opens_a_case(self) -> None:
        """Review why something was refused; check the export, then one row that somebody changed."""
        refusals = self.hub.get("/api/v1/audit/events", outcome="refused")["events"]
        question = {"title": "Refusals of the month", "question": "Why was this refused, and was it right?"}
        case = f"/api/v1/audit/cases/{(opened := self.hub.post('/api/v1/audit/cases', question)['id'])}"
        self.hub.post(f"{case}/events", {"events": [one["event_id"] for one in refusals[:3]]})
        self.hub.post(f"{case}/notes", {"text": "Each says its clause or its rule. Nothing was stored."})
        closed = self.hub.post(f"{case}/closure", {"finding": "The refusals were right."})
        last = f"/api/v1/audit/events/{closed['notes'][-1]['event_id']}"
        self.hub.wait(last, lambda told: told["index"] is not None)
        order = self.hub.post("/api/v1/audit/exports", {"format": "jsonl", "case": opened})
        place = f"/api/v1/audit/exports/{order['id']}"
        self.hub.wait(place, lambda told: bool(told["state"] == "ready"))
        export = self.folder / "audit" / "case.jsonl"
        export.parent.mkdir(exist_ok=True)
        export.write_text(self.hub.text(f"{place}/file"), encoding="utf-8")
        self.note(self.amana("audit", "check-export", str(export), "--vkey", self._vkey).splitlines()[0])
        changed = export.with_name("changed.jsonl")
        text = export.read_text(encoding="utf-8")
        changed.write_text(text.replace('"outcome":"refused"', '"outcome":"done"', 1), encoding="utf-8")
        told = self.amana("audit", "check-export", str(changed), "--vkey", self._vkey, expect=1)
        self.note(f"with one word changed: {told.splitlines()[0]}")

    def takes_the_log_home(self) -> None:
        """Verify a copy, ask it what the case left out, verify an edited one. Raises StoryBroken when that passes."""
        copy = self.folder / "audit" / "log.jsonl"
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(self.hub.text("/api/v1/audit/snapshot"), encoding="utf-8")
        law = str(self.folder / "policies" / "witnesses.toml")
        told = self.amana("audit", "verify", str(copy), "--vkey", self._vkey, "--witnesses", law)
        self.note(told.strip().splitlines()[0])
        case = ["check-export", str(copy.with_name("case.jsonl")), "--vkey", self._vkey, "--log", str(copy)]
        self.note(self.amana("audit", *case).splitlines()[0])
        forged, index = _forge(copy)
        verdict = self.amana("audit", "verify", str(forged), "--vkey", self._vkey, expect=1)
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
