"""The Merkle tree of RFC 6962, as pure mathematics: roots, proofs and their verification; no file, no database.

Sources: RFC 6962 §2.1 (hashes, paths, consistency), RFC 9162 §2.1.3.2 and §2.1.4.2 (verification).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from amana.errors import AmanaError

HASH: Final = 32  # bytes of a SHA-256
WIDTH: Final = 256  # hashes in a full tile (C2SP tlog-tiles)
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()  # RFC 6962 §2.1, the tree without leaves

Subtree = Callable[[int, int], bytes]  # (first, end) → hash of the tree over leaves first … end - 1, first < end


class ProofInvalid(AmanaError):
    """A proof does not lead from what is claimed to the signed root; nothing follows from it."""

    code = "audit.proof_invalid"
    status = 422
    exit = 1


def hash_leaf(entry: bytes) -> bytes:
    """Return the hash of one log entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first. O(log n) memory."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf_hashes: Sequence[bytes]) -> None:
        """Append leaves, in the largest parts that are subtrees of their own."""
        first = 0
        while left := len(leaf_hashes) - first:
            room = self.size & -self.size or left
            count = 1 << (min(room, left).bit_length() - 1)
            self._append(root(leaf_hashes[first : first + count]), count)
            first += count

    def _append(self, peak: bytes, count: int) -> None:
        """Append a complete subtree of ``count`` leaves, a power of two by which the size can be divided."""
        carried = self.size // count
        while carried & 1:
            peak = hash_node(self._peaks.pop(), peak)
            carried >>= 1
        self._peaks.append(peak)
        self.size += count

    def root(self) -> bytes:
        """Return the root over every leaf so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = hash_node(peak, root)
        return root


class Levels:
    """Every complete subtree over a list of leaves, each hashed once, so that the root of any size is at hand."""

    def __init__(self, leaf_hashes: Sequence[bytes]) -> None:
        self._levels: list[Sequence[bytes]] = [leaf_hashes]
        while len(self._levels[-1]) > 1:
            self._levels.append(_pairs(self._levels[-1]))

    def complete(self, height: int) -> Sequence[bytes]:
        """Return the roots of the complete subtrees of 2**height leaves, in order."""
        return self._levels[height] if height < len(self._levels) else ()

    def root(self, size: int) -> bytes:
        """Return the root over the first ``size`` leaves, not more than there are."""
        if not size:
            return EMPTY_ROOT
        rest, height = size, (size & -size).bit_length() - 1
        found = self._levels[height][(rest >> height) - 1]
        while rest := rest & (rest - 1):  # from the smallest complete subtree to the largest
            height = (rest & -rest).bit_length() - 1
            found = hash_node(self._levels[height][(rest >> height) - 1], found)
        return found


def root(hashes: Iterable[bytes]) -> bytes:
    """Return the root of the tree over these leaf hashes, in order: level by level, a last one alone as it is."""
    level = list(hashes)
    while len(level) > 1:
        above = _pairs(level)
        level = above + level[2 * len(above) :]
    return level[0] if level else EMPTY_ROOT


def _pairs(level: Sequence[bytes]) -> list[bytes]:
    """Return the node above each two of a level; a last one alone has none."""
    digest = hashlib.sha256
    pairs = zip(level[::2], level[1::2], strict=False)
    return [digest(b"\x01" + left + right).digest() for left, right in pairs]


def split(tile: bytes) -> list[bytes]:
    """Return the hashes of a tile, one by one; a broken last one as it is."""
    return [tile[start : start + HASH] for start in range(0, len(tile), HASH)]


def prove_inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the audit path of leaf ``index`` in the tree of ``size`` leaves, from the leaf's sibling upwards.

    0 <= index < size. Source: RFC 6962 §2.1.1.
    """
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(first, middle))
            first = middle
    return path[::-1]


def prove_consistency(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that the tree of ``new`` leaves begins with the tree of ``old`` leaves.

    0 < old <= new. Source: RFC 6962 §2.1.2.
    """
    path: list[bytes] = []
    first, end = 0, new
    while old < end:
        middle = first + _split(end - first)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(first, middle))
            first = middle
    if first > 0:  # the old tree is not itself a node on this path, so its last part must be given
        path.append(subtree(first, end))
    return path[::-1]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> None:
    """Raise ProofInvalid unless ``proof`` shows the leaf at ``index`` under the root of ``size`` leaves."""
    if not 0 <= index < size:
        raise ProofInvalid(reason="index")
    _check_lengths((leaf_hash, expected_root, *proof))
    found = leaf_hash
    for sibling, is_left in zip(proof, _sides(index, size - 1, len(proof)), strict=True):
        found = hash_node(sibling, found) if is_left else hash_node(found, sibling)
    if found != expected_root:
        raise ProofInvalid(reason="root")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raise ProofInvalid unless ``proof`` shows that the tree of ``new`` leaves begins with that of ``old``.

    A tree of no leaves is consistent with anything and proves nothing: ``old`` = 0 is refused.
    """
    if not 0 < old <= new:
        raise ProofInvalid(reason="size")
    if old == new:
        if proof or old_root != new_root:
            raise ProofInvalid(reason="root")
        return
    found = _climb(old, new, (old_root, *proof) if _is_power(old) else proof)
    _check_lengths((old_root, new_root))
    if found != (old_root, new_root):
        raise ProofInvalid(reason="root")


def prefix_root(old: int, new: int, proof: Sequence[bytes], new_root: bytes) -> bytes:
    """Return the root of the first ``old`` leaves, as a consistency proof shows it for the tree under ``new_root``.

    It is what that tree begins with, whatever root was signed for that size before: two that differ convict the log.
    Raises ProofInvalid when the proof does not lead to ``new_root``, or leaves the prefix out (``old`` a power of two).
    """
    if not 0 < old < new or _is_power(old):
        raise ProofInvalid(reason="size")
    old_found, new_found = _climb(old, new, proof)
    if new_found != new_root:
        raise ProofInvalid(reason="root")
    return old_found


def _climb(old: int, new: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of both trees, as the proof's hashes lead to them, the first from where both trees begin."""
    _check_lengths(hashes)
    if not hashes:
        raise ProofInvalid(reason="length")
    start, *path = hashes
    shared = (old & -old).bit_length() - 1  # levels that the old tree's last complete part lies above its leaves
    old_found = new_found = start
    for sibling, is_left in zip(path, _sides((old - 1) >> shared, (new - 1) >> shared, len(path)), strict=True):
        old_found = hash_node(sibling, old_found) if is_left else old_found
        new_found = hash_node(sibling, new_found) if is_left else hash_node(new_found, sibling)
    return old_found, new_found


def _is_power(count: int) -> bool:
    return count & (count - 1) == 0


def _sides(node: int, last: int, count: int) -> list[bool]:
    """Return, for each of ``count`` siblings on the way up from ``node``, whether it stands on the left.

    node, last: positions on one level, of this node and of the level's last. Raises ProofInvalid when the way to the
    root is longer or shorter than ``count``.
    """
    sides: list[bool] = []
    for _ in range(count):
        if last == 0:
            raise ProofInvalid(reason="length")
        is_left = bool(node & 1) or node == last
        while is_left and node and not node & 1:  # a last node without a sibling is carried up as it is
            node, last = node >> 1, last >> 1
        sides.append(is_left)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofInvalid(reason="length")
    return sides


def _check_lengths(hashes: Iterable[bytes]) -> None:
    if any(len(one) != HASH for one in hashes):
        raise ProofInvalid(reason="hash")


def _split(count: int) -> int:
    """Return the largest power of two below ``count`` (count > 1)."""
    return 1 << ((count - 1).bit_length() - 1)
