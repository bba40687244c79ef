"""Random trees: the fast tree against the RFC's own recursive definition, and every proof both ways."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.audit.tlog.tree import (
    Frontier,
    Levels,
    ProofInvalid,
    prove_consistency,
    prove_inclusion,
    root,
    verify_consistency,
    verify_inclusion,
)


def model(hashes: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word: MTH(D[n]) splits at the largest power of two smaller than n."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + model(hashes[:k]) + model(hashes[k:])).digest()


def leaves(least: int = 0, most: int = 70) -> st.SearchStrategy[list[bytes]]:
    return st.integers(least, most).map(lambda n: [hashlib.sha256(b"\x00%d" % i).digest() for i in range(n)])


@settings(deadline=None)
@given(leaves())
def test_the_root_is_that_of_the_definition(hashes: list[bytes]):
    assert root(hashes) == model(hashes)
    edge = Frontier()
    for position, leaf in enumerate(hashes):
        edge.add([leaf])
        assert edge.root() == model(hashes[: position + 1])


@settings(deadline=None)
@given(leaves())
def test_every_size_has_the_root_of_the_definition(hashes: list[bytes]):
    levels = Levels(hashes)
    assert [levels.root(size) for size in range(len(hashes) + 1)] == [
        model(hashes[:size]) for size in range(len(hashes) + 1)
    ]
    for height in range(8):
        width = 1 << height
        whole = [model(hashes[start : start + width]) for start in range(0, len(hashes) - width + 1, width)]
        assert list(levels.complete(height)) == whole


@settings(deadline=None)
@given(leaves(), st.lists(st.integers(0, 70)))
def test_leaves_may_come_many_at_a_time(hashes: list[bytes], marks: list[int]):
    edge = Frontier()
    for mark in sorted(marks):
        edge.add(hashes[edge.size : mark])
        assert edge.root() == model(hashes[: edge.size])
    edge.add(hashes[edge.size :])
    assert (edge.size, edge.root()) == (len(hashes), model(hashes))


@settings(deadline=None)
@given(leaves(1), st.data())
def test_a_true_inclusion_holds_and_any_changed_hash_breaks_it(hashes: list[bytes], data: st.DataObject):
    index = data.draw(st.integers(0, len(hashes) - 1))
    proof = prove_inclusion(index, len(hashes), lambda first, end: model(hashes[first:end]))
    verify_inclusion(hashes[index], index, len(hashes), proof, model(hashes))
    broken = data.draw(st.integers(-2, len(proof) - 1))
    flipped = [_flip(one) if i == broken else one for i, one in enumerate(proof)]
    leaf = _flip(hashes[index]) if broken == -1 else hashes[index]
    end = _flip(model(hashes)) if broken == -2 else model(hashes)
    with pytest.raises(ProofInvalid):
        verify_inclusion(leaf, index, len(hashes), flipped, end)


@settings(deadline=None)
@given(leaves(2), st.data())
def test_an_inclusion_holds_at_its_own_index_only(hashes: list[bytes], data: st.DataObject):
    index, other = data.draw(st.lists(st.integers(0, len(hashes) - 1), min_size=2, max_size=2, unique=True))
    proof = prove_inclusion(index, len(hashes), lambda first, end: model(hashes[first:end]))
    with pytest.raises(ProofInvalid):
        verify_inclusion(hashes[index], other, len(hashes), proof, model(hashes))


@settings(deadline=None)
@given(leaves(1), st.data())
def test_a_tree_is_consistent_with_its_own_beginnings_only(hashes: list[bytes], data: st.DataObject):
    old = data.draw(st.integers(1, len(hashes)))
    proof = prove_consistency(old, len(hashes), lambda first, end: model(hashes[first:end]))
    verify_consistency(old, len(hashes), proof, model(hashes[:old]), model(hashes))
    forked = [_flip(hashes[0]), *hashes[1:]]
    with pytest.raises(ProofInvalid):
        verify_consistency(old, len(hashes), proof, model(forked[:old]), model(hashes))


@settings(deadline=None)
@given(leaves(2), st.data())
def test_a_proof_with_one_step_more_or_less_is_refused(hashes: list[bytes], data: st.DataObject):
    index = data.draw(st.integers(0, len(hashes) - 1))
    old = data.draw(st.integers(1, len(hashes) - 1))
    inclusion = prove_inclusion(index, len(hashes), lambda first, end: model(hashes[first:end]))
    consistency = prove_consistency(old, len(hashes), lambda first, end: model(hashes[first:end]))
    for path in (inclusion[:-1], [*inclusion, hashes[0]]):
        with pytest.raises(ProofInvalid):
            verify_inclusion(hashes[index], index, len(hashes), path, model(hashes))
    for path in (consistency[:-1], [*consistency, hashes[0]]):
        with pytest.raises(ProofInvalid):
            verify_consistency(old, len(hashes), path, model(hashes[:old]), model(hashes))


def _flip(one: bytes) -> bytes:
    return bytes([one[0] ^ 1]) + one[1:]
