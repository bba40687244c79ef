"""Watches every transaction that the hub's own code opens: what it writes, where, and whether it journals it.

SQLAlchemy tells of each statement as the driver gets it, so that nothing can write past the watch: not the ORM, not
text. A transaction that a test opened itself is the test's own affair, and so is a statement that changed no row.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

from amana.config import HOME

OURS: Final = HOME / "platform" / "amana"
_DOOR: Final = str(OURS / "db.py")  # every transaction comes through it: who opened one is who called it
_WRITE: Final = re.compile(r"(?<!DO )(?<!FOR )\b(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)\"?")
_READ: Final = re.compile(r"\s*SELECT\b")
_SET: Final = re.compile(r"\"?(\w+)\"?\s*=")
_VERBS: Final = {"insert": "INSERT", "update": "UPDATE", "delete": "DELETE", "upsert": "INSERT"}
_SPEAKS: Final = re.compile("insert|update|delete|upsert", re.IGNORECASE)
_NAMED: Final = "amana_watched"

Statement = tuple[str, str]  # place (``identity/sessions.py:touch``) and verb


@dataclass(frozen=True)
class Write:
    """One statement that changed something. columns: those that an UPDATE sets."""

    place: str
    verb: str
    table: str
    columns: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.place}: {self.verb} {self.table} {' '.join(sorted(self.columns))}".rstrip()


@dataclass(frozen=True)
class Excepted:
    """A write that needs no event, and why. table: None for any; columns: an UPDATE of these and no others."""

    verb: str
    table: str | None
    columns: frozenset[str]
    why: str

    def holds(self, write: Write) -> bool:
        return self.verb == write.verb and self.table in {None, write.table} and self.columns == write.columns


def _unless(verb: str, table: str | None, columns: str, why: str) -> Excepted:
    return Excepted(verb, table, frozenset(columns.split()), why)


_THE_LOG: Final = (
    "the log itself: the sequencer moves what is journalled, and an event about that would be one more to move"
)
_IN_PIECES: Final = "piece by piece, under an order that is in the log; the last piece is an event"
EXCEPTED: Final = (
    _unless("INSERT", "log_entry", "", _THE_LOG),
    _unless("INSERT", "log_tile", "", _THE_LOG),
    _unless("INSERT", "log_checkpoint", "", _THE_LOG),
    _unless("DELETE", "journal", "", _THE_LOG),
    _unless("UPDATE", None, "lease_until", "a heartbeat says that a worker lives, and nothing about what it works on"),
    _unless(
        "UPDATE", None, "attempt claimed_by lease_until", "a claim says which worker; opening is announced by itself"
    ),
    _unless("UPDATE", "session", "seen_at", "an idle time, of a request that has an event of its own"),
    _unless("UPDATE", "token", "last_used_at", "an idle time, of a request that has an event of its own"),
    _unless("DELETE", "event_detail", "", _IN_PIECES),
    _unless("DELETE", "event_mention", "", _IN_PIECES),
)


# What strangers are refused is counted; the count becomes an event at a fixed mark, so that they can make none.
_LEADS_TO_AN_EVENT: Final = frozenset({"journal", "turned_away"})


@dataclass
class Watched:
    """One transaction of ours. opener: the place that opened it."""

    opener: str
    writes: list[Write] = field(default_factory=list)

    @property
    def missing(self) -> list[Write]:
        """The writes that should have had an event in this transaction."""
        if any(one.verb == "INSERT" and one.table in _LEADS_TO_AN_EVENT for one in self.writes):
            return []
        return [one for one in self.writes if not any(known.holds(one) for known in EXCEPTED)]


@dataclass
class Watch:
    """What was committed while somebody watched. exercised: the statements that wrote, in transactions of ours."""

    exercised: set[Statement] = field(default_factory=set)
    _missed: list[str] = field(default_factory=list)

    @contextmanager
    def on(self) -> Iterator[Watch]:
        heard = (("begin", self._begin), ("after_cursor_execute", self._write), ("commit", self._commit))
        for name, act in (*heard, ("rollback", _forget)):
            event.listen(Engine, name, act)
        try:
            yield self
        finally:
            for name, act in (*heard, ("rollback", _forget)):
                event.remove(Engine, name, act)

    def missed(self) -> list[str]:
        """Return what was committed without an event since the last time that somebody asked."""
        missed, self._missed = self._missed, []
        return missed

    def _begin(self, connection: Connection) -> None:
        opener = _opener(sys._getframe(1))
        connection.info[_NAMED] = None if opener is None else Watched(opener)

    def _write(self, connection: Connection, cursor: Any, statement: str, *_more: Any) -> None:
        watched = connection.info.get(_NAMED)
        changed = cursor.rowcount != 0 or "RETURNING" in statement
        if watched is None or not changed or _READ.match(statement):
            return
        place = _place(sys._getframe(1)) or watched.opener
        for write in _WRITE.finditer(statement):
            verb = write[1].split()[0]
            told = statement[write.end() :].partition("WHERE")[0] if verb == "UPDATE" else ""
            watched.writes.append(Write(place, verb, write[2], frozenset(_SET.findall(told))))

    def _commit(self, connection: Connection) -> None:
        watched: Watched | None = connection.info.pop(_NAMED, None)
        if watched is not None:
            self.exercised |= {(one.place, one.verb) for one in watched.writes}
            self._missed += [f"{watched.opener} commits without an event: {one}" for one in watched.missing]


def write_statements() -> set[Statement]:
    """Return every statement of the source that writes: where insert(), update(), delete() or our upsert() is made.

    One that a module makes once and keeps under a name stands where the name is used.
    """
    return {(f"{one.path}:{function}", verb) for one in _modules() for function, verb in one.statements() if function}


def hidden_statements() -> set[str]:
    """Return the modules that could write by what ``write_statements`` does not find: text, or a table's methods."""
    return {one.path for one in _modules() if one.hides()}


def _modules() -> Iterator[_Module]:
    for path in sorted(OURS.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if _SPEAKS.search(source):
            yield _Module.of(path.relative_to(OURS).as_posix(), ast.parse(source))


@dataclass(frozen=True)
class _Module:
    """A module as its writing needs to be read. verbs: the names by which it calls SQLAlchemy's; tables: its tables."""

    path: str
    tree: ast.Module
    verbs: Mapping[str, str]
    dialects: frozenset[str]
    tables: frozenset[str]

    @classmethod
    def of(cls, path: str, tree: ast.Module) -> _Module:
        imported = [
            (node.module or "", alias.name, alias.asname or alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        ]
        verbs = {
            here: _VERBS[name]
            for room, name, here in imported
            if ("sqlalchemy" in room or room == "amana.db") and name in _VERBS
        }
        dialects = frozenset(here for room, _, here in imported if room == "sqlalchemy.dialects")
        return cls(
            path, tree, verbs, dialects, frozenset(here for room, _, here in imported if room.endswith("tables"))
        )

    def statements(self) -> Iterator[tuple[str, str]]:
        """Yield the function and the verb of each; the function is empty for what the module makes once."""
        for function, call in _calls(self.tree, ""):
            yield from ((function, verb) for verb in self._verb(call))
        kept = self._kept()
        for function in (node for node in ast.walk(self.tree) if kept and isinstance(node, ast.FunctionDef)):
            yield from ((function.name, verb) for node in ast.walk(function) for verb in kept.get(_name(node), ()))

    def hides(self) -> bool:
        texts = (node.value for node in ast.walk(self.tree) if isinstance(node, ast.Constant))
        by_text = any(isinstance(one, str) and _WRITE.search(one) for one in texts)
        methods = (call.func for _, call in _calls(self.tree, "") if isinstance(call.func, ast.Attribute))
        told = [one.value for one in methods if one.attr in _VERBS]
        of_room = any(isinstance(one, ast.Attribute) and _name(one.value) == "tables" for one in told)
        return by_text or of_room or any(_name(one) in self.tables for one in told)

    def _verb(self, call: ast.Call) -> set[str]:
        """Return the verb that a call makes a statement of: insert(table), or postgresql.insert(table)."""
        if isinstance(call.func, ast.Attribute) and _name(call.func.value) in self.dialects:
            return {_VERBS[call.func.attr]} & set(_VERBS.values())
        return {self.verbs[_name(call.func)]} if _name(call.func) in self.verbs else set()

    def _kept(self) -> dict[str, set[str]]:
        """Return the names of statements made once, and of what is made of such, with their verbs."""
        kept: dict[str, set[str]] = {}
        for line in (one for one in self.tree.body if isinstance(one, ast.Assign | ast.AnnAssign)):
            verbs = {verb for _, call in _calls(line, "") for verb in self._verb(call)}
            verbs |= {verb for node in ast.walk(line) for verb in kept.get(_name(node), ())}
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            if verbs:
                kept |= {name: verbs for each in targets for node in ast.walk(each) if (name := _name(node))}
        return kept


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.Call):
            yield inside, child
        yield from _calls(child, inside)


def _forget(connection: Connection) -> None:
    connection.info.pop(_NAMED, None)


def _opener(frame: FrameType | None) -> str | None:
    """Return the place that opened a transaction through our door, or None when a test did."""
    through_door = False
    while frame is not None:
        file = frame.f_code.co_filename
        through_door = through_door or file == _DOOR
        if through_door and file != _DOOR and not file.endswith("contextlib.py"):
            return _named(frame)
        frame = frame.f_back
    return None


def _place(frame: FrameType | None) -> str | None:
    while frame is not None:
        if frame.f_code.co_filename != _DOOR and (named := _named(frame)):
            return named
        frame = frame.f_back
    return None


def _named(frame: FrameType) -> str | None:
    path = Path(frame.f_code.co_filename)
    return f"{path.relative_to(OURS).as_posix()}:{frame.f_code.co_name}" if path.is_relative_to(OURS) else None
