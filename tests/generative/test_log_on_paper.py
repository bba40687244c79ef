"""Everything the log writes down is read back, and whatever is edited in a copy is found where it is."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from amana import canonical
from amana.audit.events import event, vocabulary
from amana.audit.events.event import Actor, Event
from amana.audit.offline.judge import Fault
from amana.audit.offline.snapshot import CopiedEntry, LogCopy, parse_lines, render_lines
from amana.audit.offline.verify import verify_copy
from amana.audit.outbox import journal
from amana.audit.tlog import checkpoint, leaf, proof
from amana.audit.tlog.checkpoint import Checkpoint, LogKey
from amana.audit.tlog.leaf import Detail, Leaf
from amana.audit.tlog.named_key import render_vkey
from amana.audit.tlog.proof import Proof
from amana.audit.tlog.tiled import TileName, parse_name, render_name
from amana.audit.tlog.tree import hash_leaf, root
from amana.errors import Malformed
from support.log import NOON

NAMES = st.text(string.ascii_lowercase + "./-", min_size=1, max_size=40)
HASHES = st.binary(min_size=32, max_size=32)
SIZES = st.integers(0, 2**62)
KEYS = st.builds(LogKey, NAMES, HASHES.map(Ed25519PrivateKey.from_private_bytes))
CHECKPOINTS = st.builds(Checkpoint, NAMES, SIZES, HASHES)
WORDS = st.sampled_from(sorted(vocabulary.WORDS)).map(vocabulary.WORDS.__getitem__)
SALMA = Actor("per_salma", "submitter", "cnlte-mar")


@given(CHECKPOINTS)
def test_a_checkpoint_survives_paper(written: Checkpoint):
    assert checkpoint.parse(checkpoint.render(written)) == written


@given(KEYS, SIZES, HASHES)
def test_a_signed_checkpoint_and_its_key_survive_paper(key: LogKey, size: int, top: bytes):
    written = Checkpoint(key.origin, size, top)
    verifier = checkpoint.parse_vkey(render_vkey(key.verifier))
    assert checkpoint.read_checkpoint(checkpoint.sign(written, key), verifier) == written


@given(st.binary(min_size=1, max_size=99), SIZES, st.lists(HASHES, max_size=9), CHECKPOINTS, KEYS)
def test_a_proof_survives_paper(entry: bytes, index: int, path: list[bytes], point: Checkpoint, key: LogKey):
    written = Proof(entry, index, tuple(path), checkpoint.sign(point, key))
    assert proof.parse(proof.render(written)) == written


@given(st.integers(0, 7), st.integers(0, 10**15), st.integers(1, 256))
def test_a_tile_name_survives_paper(level: int, n: int, width: int):
    assert parse_name(str(level), render_name(n, width)) == TileName(level, n, width)


NULLABLE = st.none() | st.text(max_size=9)
DETAILS = st.builds(
    Detail, *[st.text(max_size=9)] * 2, st.integers(-(2**53) + 1, 2**53 - 1), *[st.text(max_size=9)] * 4,
    *[NULLABLE] * 5, st.binary(min_size=32, max_size=32),
    st.dictionaries(st.text(max_size=3), st.text() | st.integers(0, 9)).map(canonical.encode),
)  # fmt: skip


@given(DETAILS)
def test_a_commitment_is_the_digest_of_salt_and_canonical_json(detail: Detail):
    told = {name: value for name, value in vars(detail).items() if name not in {"salt", "facts"}}
    slowly = canonical.encode({**told, "facts": canonical.decode(detail.facts)})
    assert leaf.commit(detail) == hashlib.sha256(detail.salt + slowly).hexdigest()


LEAVES = st.builds(
    Leaf,
    st.text(max_size=9) | st.from_regex(r"evt_[a-z2-7]{3}", fullmatch=True),
    st.sampled_from(["signed.in", "", "Événement", 'a"b']),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.sampled_from(["", "0" * 64, "x y", "é"]),
)


@given(LEAVES)
def test_a_leaf_survives_paper_in_the_form_that_is_read_fast_and_in_any_other(written: Leaf):
    assert leaf.parse(leaf.render(written)) == written


@given(
    st.binary(max_size=90)
    | st.from_regex(rb'\{"at":-?[0-9]{1,17},"commitment":"","id":"","kind":"","v":1\}', fullmatch=True)
)
def test_only_the_canonical_form_is_a_leaf(raw: bytes):
    try:
        read = leaf.parse(raw)
    except Malformed:
        return
    assert leaf.render(read) == raw


def is_canonical(said: Event) -> bool:
    """Return whether canonical JSON holds all its numbers."""
    try:
        event.render(said)
    except ValueError:
        return False
    return True


@given(st.data())
def test_every_word_of_the_vocabulary_survives_paper(data: st.DataObject):
    said = data.draw(WORDS.flatmap(st.from_type).filter(is_canonical))
    assert vocabulary.parse(said.kind, event.render(said)) == said
    told = journal.describe(said, SALMA, NOON, "evt_1", bytes(32))
    assert leaf.parse(leaf.render(Leaf(told.id, told.kind, told.at, leaf.commit(told)))).commitment == leaf.commit(told)


# ---- a copy, and somebody who edits it -----------------------------------------------------------------------------

PATIENT = settings(deadline=None, max_examples=25)  # hundreds of hashes each; a busy machine is no failure
KEY = LogKey("amana.test/log", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))


def detail(number: int) -> Detail:
    said = vocabulary.WORDS["batch.read"](f"bat_{number}", "MAR")
    return journal.describe(said, SALMA, NOON, f"evt_{number}", hashlib.sha256(b"%d" % number).digest())


def entry(index: int, told: Detail) -> CopiedEntry:
    return CopiedEntry(
        index, told.id, leaf.render(Leaf(told.id, told.kind, told.at, leaf.commit(told))), leaf.told(told)
    )


def tiled(hashes: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """The tiles of the specification, by its words: level 0 is the leaf hashes, level 1 a root per full tile."""
    tiles = {(0, n): b"".join(hashes[n * 256 :][:256]) for n in range((len(hashes) + 255) // 256)}
    full = [root(hashes[n * 256 :][:256]) for n in range(len(hashes) // 256)]
    return tiles | ({(1, 0): b"".join(full)} if full else {})


ENTRIES = tuple(entry(index, detail(index)) for index in range(300))


def copied(signed: Sequence[int], entries: Sequence[CopiedEntry]) -> LogCopy:
    hashes = [hash_leaf(one.leaf) for one in ENTRIES[: signed[-1]]]
    notes = [(size, checkpoint.sign(Checkpoint(KEY.origin, size, root(hashes[:size])), KEY)) for size in signed]
    return LogCopy(tuple(notes), tiled(hashes), (), None, iter(entries))


LOGS = st.lists(st.integers(1, 300), min_size=1, max_size=4, unique=True).map(sorted)


@PATIENT
@given(LOGS)
def test_an_untouched_log_is_intact_also_from_paper(signed: list[int]):
    lines = list(render_lines(copied(signed, ENTRIES[: signed[-1]]), details=True))
    found = verify_copy(parse_lines(lines), KEY.verifier)
    assert found.findings == ()
    assert found.entries == signed[-1]


@PATIENT
@given(LOGS, st.data())
def test_one_edited_removed_added_or_moved_entry_is_named(signed: list[int], data: st.DataObject):
    size = signed[-1]
    at = data.draw(st.integers(0, size - 1))
    entries = list(ENTRIES[:size])
    act = data.draw(st.sampled_from(["edit", "forge", "remove", "cut", "insert", "append", "swap"]))
    expected = {Fault.EDITED}
    match act:
        case "edit":
            entries[at] = CopiedEntry(at, entries[at].event_id, entries[at].leaf + b" ", entries[at].told)
        case "forge":
            entries[at] = entry(at, detail(9999))
        case "remove":
            del entries[at]
            expected = {Fault.REMOVED}
        case "cut":
            del entries[at:]
            expected = {Fault.REMOVED}
        case "insert":
            entries.insert(at, entry(at, detail(9999)))
            expected = {Fault.INSERTED}
        case "append":
            at = size
            entries.append(entry(at, detail(9999)))
            expected = {Fault.APPENDED}
        case "swap":
            other = data.draw(st.integers(0, size - 1))
            entries[at], entries[other] = entries[other], entries[at]
            at, expected = (min(at, other), {Fault.REORDERED}) if at != other else (None, set())
    renumbered = [CopiedEntry(index, one.event_id, one.leaf, one.told) for index, one in enumerate(entries)]
    found = verify_copy(copied(signed, renumbered), KEY.verifier)
    assert found.index == at
    assert {one.fault for one in found.findings[:1]} == expected


@PATIENT
@given(LOGS, st.data())
def test_a_forger_who_leaves_no_trace_is_bracketed_by_the_signed_sizes(signed: list[int], data: st.DataObject):
    size = signed[-1]
    at = data.draw(st.integers(0, size - 1))
    entries = list(ENTRIES[:size])
    entries[at] = entry(at, detail(9999))
    copy = copied(signed, entries)
    forged = LogCopy(copy.notes, tiled([hash_leaf(one.leaf) for one in entries]), (), None, copy.entries)
    (found,) = verify_copy(forged, KEY.verifier).findings
    bracket = [0, *signed]
    low = max(one for one in bracket if one <= at)
    high = min(one for one in bracket if one > at)
    assert (found.fault, found.first, found.last) == (Fault.EDITED, low, high - 1)
