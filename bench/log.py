"""The log: our RFC 6962 tree beside the RFC's own recursion, and a journalled write beside a plain audit row.

The naive tree is written here from the definitions alone (RFC 6962 §2.1 and §2.1.1): MTH and PATH call themselves on
halves of a list. Both must agree before anything is timed. For the writes, both sides keep the same row in the same
SQLite schema with the same durability (WAL, synchronous=FULL), one transaction each, a database each; ours adds the
salted leaf, and the last line adds what the sequencer does afterwards: order, extend the tiles, sign a checkpoint.
Several writers, PostgreSQL and waiting are in journal.py and journalled_read.py, logs of millions in long_log.py.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from alembic import command
from alembic.config import Config
from beside import by_turns, compare, machine
from sqlalchemy import insert

from amana import ids
from amana.audit.events import event as form
from amana.audit.events.contributions import BatchRead
from amana.audit.events.event import Actor
from amana.audit.log.sequence import sequence
from amana.audit.outbox import journal
from amana.audit.outbox.tables import event_detail
from amana.audit.tlog import tree
from amana.audit.tlog.checkpoint import Checkpoint, make_log_key, read_log_key
from amana.config import HOME
from amana.db import Database, open_database

LEAVES: Final = 100_000
PROOFS: Final = 5_000  # verified in one run
WRITES: Final = 300  # transactions in one run
NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
SALMA: Final = Actor("per_salma", "submitter", "cnlte-mar")
ORIGIN: Final = "amana.bench/log"
PLAIN: Final = insert(event_detail)  # built once, as ours is


def main() -> None:
    print(machine())
    time_the_tree()
    with tempfile.TemporaryDirectory() as folder:
        time_the_journal(Path(folder))


# The peer: RFC 6962 §2.1, word by word.


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def mth(entries: list[bytes]) -> bytes:
    """MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])), k the largest power of two smaller than n."""
    if len(entries) == 1:
        return leaf_hash(entries[0])
    k = largest_power_of_two_below(len(entries))
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) = PATH(m, D[0:k]) : MTH(D[k:n]) for m < k, else PATH(m - k, D[k:n]) : MTH(D[0:k])."""
    if len(entries) == 1:
        return []
    k = largest_power_of_two_below(len(entries))
    return [*path(m, entries[:k]), mth(entries[k:])] if m < k else [*path(m - k, entries[k:]), mth(entries[:k])]


def root_from(m: int, n: int, hashed: bytes, proof: list[bytes]) -> bytes:
    """Return the root that the path leads to, by the same recursion as PATH."""
    if n == 1:
        return hashed
    k = largest_power_of_two_below(n)
    if m < k:
        return hashlib.sha256(b"\x01" + root_from(m, k, hashed, proof[:-1]) + proof[-1]).digest()
    return hashlib.sha256(b"\x01" + proof[-1] + root_from(m - k, n - k, hashed, proof[:-1])).digest()


def largest_power_of_two_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def time_the_tree() -> None:
    rng = Random(7)  # noqa: S311  synthetic data, not a secret
    entries = [rng.randbytes(160) for _ in range(LEAVES)]  # about the size of a leaf of ours
    root = tree.root(map(tree.hash_leaf, entries))
    proofs = proofs_of([rng.randrange(LEAVES) for _ in range(PROOFS)], entries)
    index = proofs[0][0]
    if root != mth(entries) or proofs[0][2] != path(index, entries):
        raise RuntimeError("the two trees differ, so their times mean nothing")

    def verify_ours() -> None:
        for index, hashed, proof in proofs:
            tree.verify_inclusion(hashed, index, LEAVES, proof, root)

    def verify_naive() -> None:
        for index, hashed, proof in proofs:
            if root_from(index, LEAVES, hashed, proof) != root:
                raise RuntimeError("the peer refuses a sound proof")

    ours, naive = by_turns(lambda: tree.root(map(tree.hash_leaf, entries)), lambda: mth(entries))
    compare(f"root over {LEAVES:,} entries", ours, naive, "the naive tree")
    ours, naive = by_turns(verify_ours, verify_naive)
    compare(f"verify {PROOFS:,} inclusion proofs of {LEAVES:,} leaves", ours, naive, "the naive tree")
    print(f"one proof: ours {ours.cpu / PROOFS * 1e6:.0f} µs, {len(proofs[0][2])} hashes")


def proofs_of(indices: list[int], entries: list[bytes]) -> list[tuple[int, bytes, list[bytes]]]:
    """Return (index, leaf hash, proof) for each index. Roots of subtrees are kept, for PROOFS proofs share most."""
    hashes = [tree.hash_leaf(entry) for entry in entries]
    kept: dict[tuple[int, int], bytes] = {}

    def subtree(first: int, end: int) -> bytes:
        if (first, end) not in kept:
            kept[first, end] = tree.root(hashes[first:end])
        return kept[first, end]

    return [(index, hashes[index], tree.prove_inclusion(index, LEAVES, subtree)) for index in indices]


def time_the_journal(folder: Path) -> None:
    (plain_web,), (web,) = opened(folder / "plain", "amana_web"), opened(folder / "journalled", "amana_web")
    signed_web, sequencer = opened(folder / "signed", "amana_web", "amana_sequencer")
    (folder / "log.pem").write_bytes(make_log_key(ORIGIN)[0])
    (folder / "log.pem").chmod(0o600)
    key, last = read_log_key(folder / "log.pem"), Checkpoint(ORIGIN, 0, tree.EMPTY_ROOT)

    def journalled_and_signed() -> None:
        nonlocal last
        journalled(signed_web)
        last, moved = sequence(sequencer, key, NOON, last, WRITES)
        if moved != WRITES:
            raise RuntimeError("another number of entries was signed than was written")

    plain, ours, signed = by_turns(lambda: plainly(plain_web), lambda: journalled(web), journalled_and_signed)
    for what, cost in (("plain audit row", plain), ("journalled", ours), ("journalled and signed", signed)):
        print(
            f"{what}: {WRITES / cost.cpu:,.0f} writes per CPU second, {WRITES / cost.wall:,.0f} per second on the wall"
        )
    compare(f"{WRITES} writes", ours, plain, "a plain audit row")
    compare(f"{WRITES} writes and a checkpoint over them", signed, plain, "a plain audit row")
    for database in (plain_web, web, signed_web, sequencer):
        database.close()


def opened(folder: Path, *roles: str) -> list[Database]:
    """Return a fresh, migrated database as each of these roles sees it."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'amana.sqlite'}"
    config = Config()
    config.set_main_option("script_location", str(HOME / "migrations"))
    config.attributes["url"] = url
    command.upgrade(config, "head")
    return [open_database(url, role, HOME / "migrations" / "roles.sql") for role in roles]


def journalled(web: Database) -> None:
    for number in range(WRITES):
        with web.write() as tx:
            journal.append(tx, BatchRead(f"bat_{number}", "MAR"), SALMA, NOON + timedelta(seconds=number))


def plainly(web: Database) -> None:
    """Keep what an ordinary application's audit table would: the same columns and indexes, and no leaf."""
    for number in range(WRITES):
        event, at = BatchRead(f"bat_{number}", "MAR"), NOON + timedelta(seconds=number)
        who = {"actor": SALMA.id, "role": SALMA.role, "organisation": SALMA.organisation}
        what = {"event_id": ids.new("evt"), "kind": event.kind, "at": at, "details": form.render(event), "salt": b""}
        with web.write() as tx:
            tx.execute(PLAIN, asdict(event.header) | who | what)


if __name__ == "__main__":
    main()
