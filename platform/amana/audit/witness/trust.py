"""Trust on paper: the policy file that other people's tools read too, with keys of logs and witnesses and the quorum.

Format: C2SP tlog-policy. The names of groups are not kept: nothing outside the file refers to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from amana.audit.tlog import checkpoint
from amana.audit.tlog.checkpoint import VerifierKey
from amana.audit.tlog.named_key import render_vkey
from amana.audit.witness import cosignature
from amana.audit.witness.quorum import Group, Trust, Witness
from amana.errors import Malformed

Value = TypeVar("Value")
_NONE: Final = "none"
_FORMAT: Final = "tlog-policy"
_ALLOWED: Final = re.compile(r"[\t\n\x20-\x7e\x80-\U0010ffff]*")
_COUNT: Final = re.compile(r"[1-9][0-9]{0,3}")
_LOG, _LOG_AT, _WITNESS, _WITNESS_AT, _QUORUM = 2, 3, 3, 4, 2  # words on a line
_GROUP: Final = 4  # words on a line, at least


def render(trust: Trust) -> str:
    """Return the policy file of a trust. A retired witness stands in it as a comment: the format has no dates."""
    lines = [f"log {render_vkey(one)}" for one in trust.logs]
    for one in trust.witnesses:
        retired = "# retired: " if one.retired is not None else ""
        address = f" {one.url}" if one.url else ""
        lines.append(f"{retired}witness {one.alias} {render_vkey(one.key)}{address}")
    left_out = {one.alias for one in trust.witnesses if one.retired is not None}
    taken = {one.alias for one in trust.witnesses}
    names = (name for number in range(1, 10**6) if (name := f"group-{number}") not in taken)
    lines.append(f"quorum {_render_group(trust.rule, left_out, names, lines)}")
    return "\n".join(lines) + "\n"


def _render_group(group: Group, left_out: set[str], names: Iterator[str], lines: list[str]) -> str:
    """Write the lines of a group after those of the groups in it, and return its name."""
    if not group.needed:
        return _NONE
    members = [
        _render_group(one, left_out, names, lines) if isinstance(one, Group) else one
        for one in group.members
        if not _is_left_out(one, left_out)
    ]
    name = next(names)
    lines.append(f"group {name} {group.needed} {' '.join(members)}")
    return name


def _is_left_out(member: str | Group, left_out: set[str]) -> bool:
    return (
        all(_is_left_out(one, left_out) for one in member.members) if isinstance(member, Group) else member in left_out
    )


class _Reader:
    """What has been read so far, line by line."""

    def __init__(self) -> None:
        self.logs: dict[bytes, VerifierKey] = {}
        self.witnesses: dict[bytes, Witness] = {}
        self.free: dict[str, str | Group] = {}  # defined, and not yet a member of any group
        self.names = {_NONE}
        self.rule: Group | None = None

    def read(self, words: Sequence[str]) -> None:
        match words[0], len(words):
            case "log", count if count in {_LOG, _LOG_AT}:
                log = checkpoint.parse_vkey(words[1])
                _add_once(self.logs, log.key.public_bytes_raw(), log)
            case "witness", count if count in {_WITNESS, _WITNESS_AT}:
                key = cosignature.parse_vkey(words[2])
                self._define(words[1], words[1])
                url = words[3] if count == _WITNESS_AT else None
                _add_once(self.witnesses, key.key.public_bytes_raw(), Witness(words[1], key, url))
            case "group", count if count >= _GROUP:
                members = tuple(map(self._member, words[3:]))
                self._define(words[1], Group(_needed(words[2], len(members)), members))
            case "quorum", count if count == _QUORUM and self.rule is None:
                self.rule = Group(0) if words[1] == _NONE else self._quorum(words[1])
            case _:
                raise Malformed(format=_FORMAT)

    def _define(self, name: str, meaning: str | Group) -> None:
        if name in self.names:
            raise Malformed(format=_FORMAT)
        self.names.add(name)
        self.free[name] = meaning

    def _member(self, name: str) -> str | Group:
        if name not in self.free:
            raise Malformed(format=_FORMAT)
        return self.free.pop(name)

    def _quorum(self, name: str) -> Group:
        found = self._member(name)
        return found if isinstance(found, Group) else Group(1, (found,))


def parse(text: str) -> Trust:
    """Return the trust that a policy file states. Raises Malformed, naming the line where there is one."""
    reader = _Reader()
    if not _ALLOWED.fullmatch(text) or not text.endswith("\n"):
        raise Malformed(format=_FORMAT)
    for number, line in enumerate(text.split("\n"), start=1):
        words = re.split(r"[ \t]+", line.strip(" \t"))
        if words == [""] or words[0].startswith("#"):
            continue
        try:
            reader.read(words)
        except Malformed as fault:
            raise Malformed(format=_FORMAT, line=number) from fault
    if reader.rule is None:
        raise Malformed(format=_FORMAT)
    return Trust(tuple(reader.witnesses.values()), reader.rule, tuple(reader.logs.values()))


def _needed(word: str, members: int) -> int:
    count = {"any": 1, "all": members}.get(word) or (int(word) if _COUNT.fullmatch(word) else 0)
    if not 1 <= count <= members:
        raise Malformed(format=_FORMAT)
    return count


def _add_once(known: dict[bytes, Value], key: bytes, value: Value) -> None:
    if key in known:
        raise Malformed(format=_FORMAT)
    known[key] = value
