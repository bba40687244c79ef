"""What bears witness against an edited log: its own entries, the tiles, the signed sizes; pure comparisons.

Whoever edits a database may edit entries, details and tiles, but cannot sign. Where the tiles lead to a signed root,
they tell which entry was edited, removed, added or moved. Where they were rewritten too, the signed checkpoints still
say between which two sizes the first change lies, and a commitment that does not fit names its entry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from amana.audit.events.log import DetailsErasureOrdered
from amana.audit.offline.erasure import LEAST_DAYS, Bare, excused_until
from amana.audit.offline.snapshot import CopiedEntry, LogCopy
from amana.audit.offline.times import Times
from amana.audit.tlog import leaf
from amana.audit.tlog.checkpoint import Checkpoint
from amana.audit.tlog.tree import WIDTH, Levels, split
from amana.errors import Malformed

_LEVELS_IN_A_TILE: Final = WIDTH.bit_length() - 1


class Fault(StrEnum):
    """What is wrong; where one index has several, the first here is told first."""

    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    EDITED = "edited"
    APPENDED = "appended"  # entries that no signed checkpoint covers
    DETAIL = "detail"  # what the hub tells of the event is not what it committed to
    MISSING = "missing"  # details are gone, and no event in the log says that they were erased
    RENAMED = "renamed"  # the row names another event than its entry does
    UNREADABLE = "unreadable"  # a true entry that is none of ours
    TILE = "tile"
    CHECKPOINT = "checkpoint"  # a stored checkpoint that the log's key did not sign
    UNSIGNED = "unsigned"  # not one good checkpoint
    FORKED = "forked"  # two signed histories: the checkpoint kept from before does not lead here
    UNLOGGED = "unlogged"  # details of an event that is neither in the log nor on its way there
    COSIGNATURE = "cosignature"  # a line under a witness's name that does not hold
    LATE = "late"  # an event that the log kept waiting longer than it promises
    UNWITNESSED = "unwitnessed"  # no checkpoint has the cosignatures that the reader asks for
    STALE = "stale"  # the newest that has them was cosigned longer ago than the reader accepts


@dataclass(frozen=True)
class Finding:
    """A fault at index ``first``, or somewhere in first … last (inclusive) where only that much can be told.

    Both are None where the fault has no place in the log.
    """

    fault: Fault
    first: int | None
    last: int | None
    event: str | None = None
    size: int | None = None  # of the checkpoint, where the fault lies in one

    @property
    def is_exact(self) -> bool:
        """Whether one index is named."""
        return self.first is not None and self.first == self.last


class Walk:
    """One pass over the entries: their hashes up to the first gap, and what each row says against itself."""

    def __init__(self, now: int | None = None, term: int = LEAST_DAYS, *, details: bool = True) -> None:
        """Begin before any entry.

        now, term: what the reader brings to ``excused_until``: a time in microseconds since 1970, and days.
        details:   whether each entry must come with its details, unless an order in the log excuses that.
        """
        self.now = now
        self.term = term
        self.details = details
        self.times = Times()
        self.hashes: list[bytes] = []
        self.findings: list[Finding] = []
        self.entries = 0
        self.gap: Finding | None = None  # where the indexes first leave a number out, or repeat one
        self.padding = 0  # entries that say nothing
        self.erased_until = 0  # microseconds since 1970: details of what is older were erased by an order in the log
        self.found: int | None = None
        self.first: int | None = None
        self.last: CopiedEntry | None = None
        self.bare = 0  # entries without details, padding apart
        self._missing: list[Bare] = []  # those of them that are to be excused

    def through(self, entries: Iterable[CopiedEntry], event: str | None) -> None:
        """Read every entry of a copy as ``read`` and ``settle`` do."""
        self.read(entries, event)
        self.settle()

    def read(self, entries: Iterable[CopiedEntry], event: str | None, expected: int | None = 0) -> None:
        """Read entries that follow each other, in the copy's order; remember where ``event`` stands.

        expected: the index that comes first; None for a part that begins wherever it does.
        """
        digest, is_entry_of, orders = hashlib.sha256, leaf.is_entry_of, DetailsErasureOrdered.kind
        keep, dated, count, entry = self.hashes.append, self.times.add, 0, None
        for count, entry in enumerate(entries, start=1):  # noqa: B007 - both are used once the last one is read
            idx, event_id, raw, told, is_typed = entry
            if idx != expected:
                self._leap(expected, idx)
            if self.gap is None:
                keep(digest(b"\x00" + raw).digest())
            if told is None or not is_entry_of(told, raw):
                self.findings += self._judge_entry(entry)
            else:
                dated(idx, told[2])
                if told[0] != event_id or not is_typed or told[1] == orders:
                    self.findings += self._judge_row(entry, told)
            if event_id == event:
                self.found = idx
            expected = idx + 1
        self.entries, self.last = count, entry

    def join(self, part: Walk) -> None:
        """Take over what was read of the entries that come next in the copy; not yet settled, neither this nor that."""
        if part.first is None or part.last is None:
            return
        self._leap(self.last.idx + 1 if self.last else 0, part.first)
        if self.gap is None:
            self.hashes += part.hashes
            self.gap = part.gap
        self.findings += part.findings
        self.bare += part.bare
        self._missing += part._missing
        self.times.join(part.times)
        self.entries += part.entries
        self.padding += part.padding
        self.erased_until = max(self.erased_until, part.erased_until)
        self.found = self.found if part.found is None else part.found
        self.last = part.last

    def settle(self) -> None:
        """Judge what only the whole log can tell."""
        if self.gap is not None:
            self.findings.insert(0, self.gap)
        unexcused = (one for one in self._missing if one.at >= self.erased_until)
        self.findings += [Finding(Fault.MISSING, one.idx, one.idx, one.event_id) for one in unexcused]

    def _leap(self, expected: int | None, idx: int) -> None:
        """Note that ``idx`` comes where ``expected`` should, None for whatever begins a part."""
        if expected is None:
            self.first = idx
        elif self.gap is None and idx != expected:
            fault = Fault.REMOVED if idx > expected else Fault.INSERTED
            self.gap = Finding(fault, min(expected, idx), min(expected, idx))

    def _judge_entry(self, entry: CopiedEntry) -> Sequence[Finding]:
        """Return what is wrong with an entry for which nothing is told, or something else than it commits to."""
        idx, event_id, raw, described, _ = entry
        try:
            told = leaf.parse(raw)
        except Malformed:
            return (Finding(Fault.UNREADABLE, idx, idx, event_id),)
        self.times.add(idx, told.at)
        if told.id != event_id:
            return (Finding(Fault.RENAMED, idx, idx, event_id),)
        if described is not None:
            return (Finding(Fault.DETAIL, idx, idx, event_id),)
        if leaf.is_padding(told):
            self.padding += 1
            return ()
        self.bare += 1
        if self.details:
            self._missing.append(Bare(idx, event_id, told.at))
        return ()

    def _judge_row(self, entry: CopiedEntry, told: leaf.Told) -> Sequence[Finding]:
        """Return what a row says against itself, or note what it excuses; its entry and details belong together."""
        if told[0] != entry.event_id:
            return (Finding(Fault.RENAMED, entry.idx, entry.idx, entry.event_id),)
        if not entry.is_typed:
            return (Finding(Fault.UNREADABLE, entry.idx, entry.idx, entry.event_id),)
        self.erased_until = max(self.erased_until, excused_until(leaf.Detail(*told), self.now, self.term))
        return ()

    @property
    def is_broken(self) -> bool:
        """Whether the indexes have a gap or a repetition; hashes end before it."""
        return self.gap is not None


def judge_extent(walk: Walk, size: int) -> Iterator[Finding]:
    """Yield where the copy has more or fewer entries than the newest signed checkpoint."""
    if walk.is_broken:
        return
    count = len(walk.hashes)
    if count > size:
        yield Finding(Fault.APPENDED, size, size)
    if count < size:
        yield Finding(Fault.REMOVED, count, count)


def judge_leaves(hashes: Sequence[bytes], copy: LogCopy, anchors: Sequence[Checkpoint]) -> Iterator[Finding]:
    """Yield where the entries leave the signed history; by the tiles where these are still true to it.

    hashes:  of all entries, also those that no checkpoint covers.
    anchors: the signed checkpoints, smallest first; at least one.
    """
    size = anchors[-1].size
    tiles = _lowest_tiles(copy)[:size]
    levels = Levels(hashes[:size])
    true_leaves, wrong = _follow(levels, anchors)
    true_tiles = true_leaves if tiles == levels.complete(0) else _follow(Levels(tiles), anchors)[0]
    differ = next((i for i, (one, other) in enumerate(zip(hashes[:size], tiles, strict=False)) if one != other), None)
    if differ is not None and differ < true_tiles:
        yield Finding(_name_change(hashes, tiles, differ), differ, differ)
    elif wrong is not None:
        yield Finding(Fault.EDITED, *wrong)
    if differ is not None and differ < true_leaves:
        yield Finding(Fault.TILE, differ, differ)
    elif true_leaves == size:
        yield from _judge_tiles(levels, copy)


def _follow(levels: Levels, anchors: Sequence[Checkpoint]) -> tuple[int, tuple[int, int] | None]:
    """Return up to which size the leaves lead to every signed root, and the indexes among which they first do not."""
    count, true_until = len(levels.complete(0)), 0
    for anchor in anchors:
        if anchor.size > count:
            break
        if levels.root(anchor.size) != anchor.root:
            return true_until, (true_until, max(true_until, anchor.size - 1))
        true_until = anchor.size
    return true_until, None


def _name_change(hashes: Sequence[bytes], true: Sequence[bytes], at: int) -> Fault:
    """Return what happened at the first index where ``hashes`` leave the true ones."""
    follows = true[at + 1] if at + 1 < len(true) else None
    came_next = hashes[at + 1] if at + 1 < len(hashes) else None
    if hashes[at] == follows:
        return Fault.REORDERED if came_next == true[at] else Fault.REMOVED
    if came_next == true[at]:
        return Fault.INSERTED
    return Fault.REORDERED if hashes[at] in true else Fault.EDITED


def _judge_tiles(levels: Levels, copy: LogCopy) -> Iterator[Finding]:
    """Yield the first tile that is not what the true entries make it, on any level."""
    level = 0
    expected = dict[tuple[int, int], Sequence[bytes]]()
    while hashes := levels.complete(level * _LEVELS_IN_A_TILE):
        expected |= {(level, n): hashes[n * WIDTH : (n + 1) * WIDTH] for n in range(-(-len(hashes) // WIDTH))}
        level += 1
    for level, n in sorted(expected.keys() | copy.tiles.keys()):
        made, stored = expected.get((level, n), ()), split(copy.tiles.get((level, n), b""))
        if list(made) != stored:
            pairs = enumerate(zip(made, stored, strict=False))
            same = next((i for i, (one, other) in pairs if one != other), min(len(made), len(stored)))
            index = (n * WIDTH + same) * WIDTH**level
            yield Finding(Fault.TILE, index, index)
            return


def _lowest_tiles(copy: LogCopy) -> list[bytes]:
    """Return the leaf hashes that the tiles keep, up to the first that is missing or short."""
    hashes: list[bytes] = []
    while len(hashes) % WIDTH == 0 and (stored := split(copy.tiles.get((0, len(hashes) // WIDTH), b""))):
        hashes += stored[:WIDTH]
    return hashes
