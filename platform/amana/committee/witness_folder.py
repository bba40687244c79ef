"""A witness's folder: its key, the log's key, what it has cosigned last, and the evidence of what it refused.

The memory is what makes it a witness. It is written before a cosignature leaves; if it is missing, unreadable, or
behind what the witness is known to have cosigned, the witness is retired and never begins again from nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amana import durable
from amana.audit.tlog import checkpoint
from amana.audit.tlog.checkpoint import VerifierKey, parse, split_note
from amana.audit.tlog.named_key import render_vkey
from amana.audit.witness import add_checkpoint, evidence
from amana.audit.witness.add_checkpoint import Answer, Kept, Request
from amana.audit.witness.cosignature import WitnessKey, check_cosignature, cosign, make_witness_key, read_witness_key
from amana.audit.witness.evidence import Evidence
from amana.committee.refusals import AlreadyThere
from amana.committee.witness_refusals import MemoryLost, Retired
from amana.errors import AmanaError, Malformed, Unusable

_FORMAT: Final = "amana-witness/1"
_KEY, _VKEY, _LOG, _MEMORY, _EVIDENCE, _LOCK, _RETIRED = (
    "witness.pem", "witness.vkey", "log.vkey", "memory.json", "evidence", "lock", "retired",
)  # fmt: skip
_MOST: Final = 1000  # pieces of evidence; one is enough, and a sender must not fill the disk


@dataclass(frozen=True)
class Considered:
    """What the witness answered; its line, when it cosigned; what it remembers; where evidence was put, if any."""

    answer: Answer
    line: str | None
    kept: Kept
    evidence: Path | None = None


@dataclass(frozen=True)
class WitnessFolder:
    """An opened folder. logs: the log's keys, of one name: several while the log changes its key."""

    path: Path
    key: WitnessKey
    logs: tuple[VerifierKey, ...]

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.logs[0].name

    def kept(self) -> Kept:
        """Return what the witness remembers. Raises MemoryLost, Retired."""
        if (self.path / _RETIRED).exists():
            raise Retired(folder=str(self.path))
        try:
            told = json.loads((self.path / _MEMORY).read_text(encoding="utf-8"))
            is_ours = (told["format"], told["witness"], told["origin"]) == self._names
            kept = add_checkpoint.first(self.origin) if told["note"] is None else self._remembered(str(told["note"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError, AmanaError) as fault:
            raise MemoryLost(folder=str(self.path)) from fault
        if not is_ours:
            raise MemoryLost(folder=str(self.path))
        return kept

    def consider(self, request: Request, now: int, prefix: bytes | None = None, seen: str | None = None) -> Considered:
        """Answer a request: remember first, then cosign; or refuse, and keep the evidence.

        now:    seconds since 1970.
        prefix: as ``add_checkpoint.answer`` takes it.
        seen:   a note, from anywhere, that may carry this witness's own cosignature.
        Raises MemoryLost, and retires the witness, when it has cosigned more than it remembers; Retired.
        """
        with self._locked():
            kept = self.kept()
            for note in (request.note, seen):
                if note is not None and self._is_ahead(note, kept):
                    self.retire()
                    raise MemoryLost(folder=str(self.path))
            answer = add_checkpoint.answer(request, kept, self.logs, prefix)
            place = self._keep(answer.evidence) if answer.evidence is not None else None
            if answer.checkpoint is None:
                return Considered(answer, None, kept, place)
            text = checkpoint.render(answer.checkpoint)
            line = cosign(text, self.key, now)
            now_kept = Kept(answer.checkpoint, logs_own(request.note, self.logs) + line)
            self._remember(now_kept)
            return Considered(answer, line, now_kept)

    def evidence(self) -> tuple[tuple[Path, Evidence], ...]:
        """Return what was kept, oldest first."""
        files = sorted((self.path / _EVIDENCE).glob("*.json"), key=lambda one: one.stat().st_mtime_ns)
        return tuple((one, evidence.parse_evidence(one.read_text(encoding="utf-8"))) for one in files)

    def retire(self) -> None:
        """Let this witness never cosign again."""
        durable.write(self.path / _RETIRED, b"This key must not cosign again.\n")

    @property
    def _names(self) -> tuple[str, str, str]:
        return _FORMAT, render_vkey(self.key.cosigner), self.origin

    def _remembered(self, note: str) -> Kept:
        """Return the memory in a note, which both the log and this witness signed. Raises as ``open_note``."""
        text = checkpoint.open_note(note, self.logs)
        if self._own_time(note) is None:
            raise Malformed(format="witness memory")
        return Kept(parse(text), note)

    def _remember(self, kept: Kept) -> None:
        form, name, origin = self._names
        told = {"format": form, "witness": name, "origin": origin, "note": kept.note}
        durable.write(self.path / _MEMORY, _json(told))

    def _keep(self, found: Evidence) -> Path | None:
        """Keep a piece of evidence once, under the digest of what it says of the two checkpoints; None when full."""
        folder = self.path / _EVIDENCE
        texts = "".join(split_note(note)[0] for note in (found.kept, found.offered))
        place = folder / f"{hashlib.sha256(texts.encode()).hexdigest()[:32]}.json"
        if place.exists():
            return place
        if sum(1 for _ in folder.iterdir()) >= _MOST:
            return None
        durable.write(place, evidence.render(found).encode())
        return place

    def _is_ahead(self, note: str, kept: Kept) -> bool:
        """Return whether this witness has cosigned a checkpoint that its memory does not lead to."""
        try:
            if self._own_time(note) is None:
                return False
            point = parse(checkpoint.open_note(note, self.logs))
        except AmanaError:
            return False
        own = kept.checkpoint
        return point.size > own.size or (point.size == own.size and point.root != own.root)

    def _own_time(self, note: str) -> int | None:
        """Return when this witness cosigned the note, or None. Raises Malformed, SignatureInvalid."""
        text, signatures = split_note(note)
        own = self.key.cosigner
        mine = [one for one in signatures if (one.name, one.hint) == (own.name, own.hint)]
        return max((check_cosignature(text, one, own) for one in mine), default=None)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time look at the memory and change it."""
        with (self.path / _LOCK).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def make(path: Path, name: str, log_vkeys: str) -> str:
    """Make a witness in a new folder, and return its vkey. Raises AlreadyThere, Malformed.

    log_vkeys: the log's verifier key, or several of one name, a line each.
    """
    logs = parse_logs(log_vkeys)
    pem, vkey = make_witness_key(name)
    try:
        path.mkdir(mode=0o700, parents=True)
    except FileExistsError as fault:
        raise AlreadyThere(place=str(path)) from fault
    (path / _EVIDENCE).mkdir(mode=0o700)
    memory = {"format": _FORMAT, "witness": vkey, "origin": logs[0].name, "note": None}
    contents = {
        _LOG: log_vkeys.strip().encode() + b"\n",
        _VKEY: f"{vkey}\n".encode(),
        _MEMORY: _json(memory),
        _KEY: pem,
    }
    for file, content in contents.items():
        durable.write(path / file, content)
    return vkey


def open_folder(path: Path) -> WitnessFolder:
    """Return the witness in a folder. Raises Unusable when it holds none."""
    try:
        logs = parse_logs((path / _LOG).read_text(encoding="utf-8"))
    except (OSError, ValueError, Malformed) as fault:
        raise Unusable(what="word.log_vkey", place=str(path / _LOG)) from fault
    return WitnessFolder(path, read_witness_key(path / _KEY), logs)


def parse_logs(text: str) -> tuple[VerifierKey, ...]:
    """Return the keys of one log, a vkey a line. Raises Malformed."""
    keys = tuple(checkpoint.parse_vkey(line) for line in text.split("\n") if line.strip())
    if len({one.name for one in keys}) != 1:
        raise Malformed(format="verifier key")
    return keys


def logs_own(note: str, logs: Sequence[VerifierKey]) -> str:
    """Return a note with the log's own signatures alone: whatever else came with it is nothing to remember."""
    text, signatures = split_note(note)
    known = {(one.name, one.hint) for one in logs}
    own = (one for one in signatures if (one.name, one.hint) in known)
    return f"{text}\n" + "".join(map(checkpoint.render_signature, own))


def _json(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"
