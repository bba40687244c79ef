"""Check an export offline: each row against the root that the log signed, and all of them against the order.

What it finds is named by the row of the file, so that a reader can put a finger on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from amana import canonical
from amana.audit.events import case_text
from amana.audit.events.auditors import ExportOrdered
from amana.audit.events.vocabulary import parse
from amana.audit.export.rows import Export, Nodes, Placed, Row, from_line, from_text_line
from amana.audit.tlog import leaf
from amana.audit.tlog.checkpoint import Checkpoint, VerifierKey, read_checkpoint
from amana.audit.tlog.tree import ProofInvalid, hash_leaf, prove_inclusion, root, verify_inclusion
from amana.errors import AmanaError, Malformed
from amana.wording.load import sentence


class Wrong(StrEnum):
    """What is wrong with an export; the first here is told first."""

    ORDER = "order"  # the order, which tells the number of rows, is not in the log
    HEADINGS = "headings"
    FRAME = "frame"  # a workbook has other sheets or parts, or says other things of itself
    UNREADABLE = "unreadable"
    EDITED = "edited"  # what the row says is not what its commitment says
    FOREIGN = "foreign"  # no such leaf at this index under the signed root
    REPEATED = "repeated"
    WORDS = "words"  # the words beside a code are others
    STRIPPED = "stripped"  # rows without details, more than were handed out so
    REMOVED = "removed"
    ADDED = "added"
    OTHERS = "others"  # as many rows as ordered, all true, and not these
    TEXT = "text"
    TEXTS = "texts"
    LEFT_OUT = "left_out"  # an event that was asked for, and stands in the log: see ``complete``


@dataclass(frozen=True)
class Finding:
    """A fault: in ``row`` of the file, or in the whole, where so many were found and so many expected."""

    fault: Wrong
    row: int | None = None
    index: int | None = None
    event: str | None = None
    rows: int | None = None
    expected: int | None = None


@dataclass(frozen=True)
class Judged:
    """What an export turned out to be. ``findings`` is empty when it is as it was handed out.

    order: what was ordered, by whom and when (microseconds), once that is proven.   bare: rows without details.
    """

    checkpoint: Checkpoint
    order: ExportOrdered | None
    actor: str | None
    at: int | None
    rows: int
    bare: int
    findings: tuple[Finding, ...]


def check(export: Export, key: VerifierKey) -> Judged:
    """Return what is wrong with an export, if anything. Raises Malformed or SignatureInvalid: no note of this log."""
    checkpoint = read_checkpoint(export.note, key)
    ordered = _order(export, checkpoint)
    good: list[Row] = []
    findings = [] if export.headings else [Finding(Wrong.HEADINGS)]
    findings += [] if export.framed else [Finding(Wrong.FRAME)]
    seen: set[int] = set()
    for placed in export.rows:
        found = _judge(placed, checkpoint, export.nodes, export.language)
        if isinstance(found, Row) and found.index in seen:
            found = Finding(Wrong.REPEATED, placed.place, found.index, found.leaf.id)
        if isinstance(found, Row):
            good.append(found)
            seen.add(found.index)
        else:
            findings.append(found)
    findings += _judge_texts(export.texts, good)
    order = _told(ordered) if ordered else None
    if order is None:
        findings.insert(0, Finding(Wrong.ORDER))
    else:
        findings += _judge_whole(export, good, order, is_sound=not findings)
    detail = ordered.detail if ordered else None
    bare = sum(one.detail is None for one in good)
    who, when = (detail.actor, detail.at) if detail else (None, None)
    return Judged(checkpoint, order, who, when, len(export.rows), bare, tuple(findings))


def _order(export: Export, checkpoint: Checkpoint) -> Row | None:
    """Return the event by which the export was ordered, when it stands in the log as the file gives it."""
    found = _judge(Placed(0, export.order), checkpoint, export.nodes, export.language)
    return found if isinstance(found, Row) else None


def _told(ordered: Row) -> ExportOrdered | None:
    try:
        told = parse(ordered.leaf.kind, ordered.detail.facts if ordered.detail else b"")
    except Malformed:
        return None
    return told if isinstance(told, ExportOrdered) else None


def _judge(placed: Placed, checkpoint: Checkpoint, nodes: Nodes, language: str) -> Row | Finding:
    try:
        row = from_line(placed.line)
    except Malformed:
        return Finding(Wrong.UNREADABLE, placed.place)
    here = (placed.place, row.index, row.leaf.id)
    if row.detail is not None and not _is_committed(row):
        return Finding(Wrong.EDITED, *here)
    try:
        _prove(row, checkpoint, nodes)
    except (KeyError, ProofInvalid):
        return Finding(Wrong.FOREIGN, *here)
    return row if _has_its_words(placed, row, language) else Finding(Wrong.WORDS, *here)


def _is_committed(row: Row) -> bool:
    try:
        return row.detail is not None and leaf.commit(row.detail) == row.leaf.commitment
    except AmanaError:  # a salt of another length
        return False


def _prove(row: Row, checkpoint: Checkpoint, nodes: Nodes) -> None:
    """Return when the row's leaf leads to the signed root. Raises ProofInvalid; KeyError when a node is not there."""
    if not 0 <= row.index < checkpoint.size:
        raise ProofInvalid(reason="index")
    path = prove_inclusion(row.index, checkpoint.size, lambda first, end: nodes[first, end])
    verify_inclusion(hash_leaf(leaf.render(row.leaf)), row.index, checkpoint.size, path, checkpoint.root)


def _has_its_words(placed: Placed, row: Row, language: str) -> bool:
    """Return whether the words of a sheet are those of its codes; a file without words has nothing to compare."""
    outcome = row.detail.outcome if row.detail else None
    expected = {
        "kind_words": sentence(f"event.{row.leaf.kind}", language),
        "outcome_words": sentence(f"outcome.{outcome}", language) if outcome else None,
    }
    return all(placed.line[name] == words for name, words in expected.items() if name in placed.line)


def _judge_whole(export: Export, good: list[Row], order: ExportOrdered, *, is_sound: bool) -> Iterator[Finding]:
    """Yield in what the rows together are not those that were ordered."""
    count, bare = len(export.rows), sum(one.detail is None for one in good)
    if bare > order.bare:
        yield Finding(Wrong.STRIPPED, rows=bare, expected=order.bare)
    if count != order.rows:
        fault = Wrong.REMOVED if count < order.rows else Wrong.ADDED
        yield Finding(fault, rows=count, expected=order.rows)
    elif is_sound and digest(good) != order.digest:
        yield Finding(Wrong.OTHERS)
    if len(export.texts) != order.texts:
        yield Finding(Wrong.TEXTS, rows=len(export.texts), expected=order.texts)


def digest(rows: Iterable[Row]) -> str:
    """Return the RFC 6962 root over the rows' leaves, by index, as 64 hex characters."""
    ordered = sorted(rows, key=lambda one: one.index)
    return root(hash_leaf(leaf.render(one.leaf)) for one in ordered).hex()


def _judge_texts(texts: Iterable[Placed], rows: Iterable[Row]) -> Iterator[Finding]:
    """Yield the texts that are not those to which the events of the case have committed."""
    committed = {note: told for row in rows for note, told in _written(row)}
    seen: set[str] = set()
    for placed in texts:
        try:
            written = from_text_line(placed.line)
        except Malformed:
            yield Finding(Wrong.TEXT, placed.place, event="…")
            continue
        if committed.get(written.note) != case_text.digest(written):
            yield Finding(Wrong.TEXT, placed.place, event=written.note)
        elif written.note in seen:  # it would stand in for another that was taken out
            yield Finding(Wrong.REPEATED, placed.place, event=written.note)
        seen.add(written.note)


def _written(row: Row) -> Iterator[tuple[str, str]]:
    """Yield the note that an event is about, and the digest of its text."""
    facts = canonical.decode(row.detail.facts) if row.detail else None
    if isinstance(facts, Mapping) and {"note", "digest"} <= facts.keys():
        yield str(facts["note"]), str(facts["digest"])
