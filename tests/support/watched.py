"""Watches every transaction that the hub's own code opens: what it writes, where, and whether it journals it.

SQLAlchemy tells of each statement as the driver gets it, so that nothing can write past the watch: not the ORM, not
text. A transaction that a test opened itself is the test's own affair, and so is a statement that changed no row.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

from amana.config import HOME

OURS: Final = HOME / "platform" / "amana"
_DOOR: Final = str(OURS / "db.py")  # every transaction comes through it: who opened one is who called it
_WRITE: Final = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)\"?\s*(.*)", re.IGNORECASE | re.DOTALL)
_SET: Final = re.compile(r"\"?(\w+)\"?\s*=")
_VERBS: Final = {"insert": "INSERT", "update": "UPDATE", "delete": "DELETE"}
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
EXCEPTED: Final = (
    _unless("INSERT", "log_entry", "", _THE_LOG),
    _unless("INSERT", "log_tile", "", _THE_LOG),
    _unless("UPDATE", "log_tile", "hashes", _THE_LOG),
    _unless("INSERT", "log_checkpoint", "", _THE_LOG),
    _unless("DELETE", "journal", "", _THE_LOG),
    _unless("UPDATE", None, "lease_until", "a heartbeat says that a worker lives, and nothing about what it works on"),
    _unless(
        "UPDATE", None, "attempt claimed_by lease_until", "a claim says which worker; opening is announced by itself"
    ),
    _unless("UPDATE", "session", "seen_at", "an idle time, of a request that has an event of its own"),
    _unless("UPDATE", "token", "last_used_at", "an idle time, of a request that has an event of its own"),
    _unless(
        "DELETE", "event_detail", "", "piece by piece, under an order that is in the log; the last piece is an event"
    ),
)


@dataclass
class Watched:
    """One transaction of ours. opener: the place that opened it."""

    opener: str
    writes: list[Write] = field(default_factory=list)

    @property
    def missing(self) -> list[Write]:
        """The writes that should have had an event in this transaction."""
        if any(one.verb == "INSERT" and one.table == "journal" for one in self.writes):
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
        watched, write = connection.info.get(_NAMED), _WRITE.match(statement)
        changed = write is not None and (cursor.rowcount != 0 or "RETURNING" in write[3])
        if watched is None or write is None or not changed:
            return
        verb = write[1].split()[0].upper()
        told = write[3].partition("WHERE")[0] if verb == "UPDATE" else ""
        place = _place(sys._getframe(1)) or watched.opener
        watched.writes.append(Write(place, verb, write[2], frozenset(_SET.findall(told))))

    def _commit(self, connection: Connection) -> None:
        watched: Watched | None = connection.info.pop(_NAMED, None)
        if watched is not None:
            self.exercised |= {(one.place, one.verb) for one in watched.writes}
            self._missed += [f"{watched.opener} commits without an event: {one}" for one in watched.missing]


def write_statements() -> set[Statement]:
    """Return every statement of the source that writes: the places where insert(), update() or delete() is made.

    One that a module makes once and keeps under a name stands where the name is used.
    """
    found: set[Statement] = set()
    for path in sorted(OURS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = {name: _VERBS[name] for name in _imported(tree, "sqlalchemy") if name in _VERBS}
        places = [(function, known[verb]) for function, call in _calls(tree, "") if (verb := _name(call.func)) in known]
        for line in (one for one in tree.body if isinstance(one, ast.Assign)):
            verbs = {known[verb] for _, call in _calls(line, "") if (verb := _name(call.func)) in known}
            names = {_name(one) for target in line.targets for one in ast.walk(target)} if verbs else set()
            places += [(function, verb) for function in _using(tree, names) for verb in verbs]
        module = path.relative_to(OURS).as_posix()
        found |= {(f"{module}:{function}", verb) for function, verb in places if function}
    return found


def _using(tree: ast.Module, names: set[str]) -> set[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {each.name for each in functions if any(_name(node) in names - {""} for node in ast.walk(each))}


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def hidden_statements() -> list[str]:
    """Return what could write and would not be found by ``write_statements``: text, and a table's own methods."""
    hidden = []
    for path in sorted(OURS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tables = _imported(tree, "tables")
        for _, call in _calls(tree, ""):
            by_text = any(isinstance(one, ast.Constant) and _WRITE.match(str(one.value)) for one in call.args)
            told = call.func.value if isinstance(call.func, ast.Attribute) and call.func.attr in _VERBS else None
            of_table = isinstance(told, ast.Name) and told.id in tables
            of_module = (
                isinstance(told, ast.Attribute) and isinstance(told.value, ast.Name) and told.value.id == "tables"
            )
            if by_text or of_table or of_module:
                hidden.append(f"{path.relative_to(OURS).as_posix()}:{call.lineno}")
    return hidden


def _imported(tree: ast.Module, source: str) -> set[str]:
    froms = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {
        alias.asname or alias.name for node in froms if source in (node.module or "").split(".") for alias in node.names
    }


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
