"""The Merkle tree against the published vectors, and against the smallest trees drawn by hand."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from amana.audit.tlog.tree import (
    EMPTY_ROOT,
    Frontier,
    ProofInvalid,
    hash_leaf,
    hash_node,
    prove_consistency,
    prove_inclusion,
    root,
    verify_consistency,
    verify_inclusion,
)
from amana.config import HOME

VECTORS = Path(os.environ.get("AMANA_VECTORS", HOME.parent / "shared" / "vectors")) / "rfc6962"
A, B, C = (hash_leaf(entry) for entry in (b"a", b"b", b"c"))


def published(name: str) -> list[Mapping[str, Any]]:
    if not VECTORS.is_dir():
        pytest.skip(f"the published vectors are not at {VECTORS}; set AMANA_VECTORS")
    return [json.loads(line) for line in (VECTORS / name).read_text().splitlines()]


def unpacked(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


def test_published_inclusion_proofs_are_judged_as_their_authors_say():
    cases = published("inclusion.jsonl")
    for case in cases:
        facts = (case["leafIdx"], case["treeSize"], unpacked(case["proof"]))
        leaf, expected_root = unpacked([case["leafHash"], case["root"]])
        assert _refused(verify_inclusion, leaf, *facts, expected_root) == case["wantErr"], case["case"]
    assert len(cases) + len(published("consistency.jsonl")) == 196


def test_published_consistency_proofs_are_judged_as_their_authors_say():
    for case in published("consistency.jsonl"):
        roots = unpacked([case["root1"], case["root2"]])
        refused = _refused(verify_consistency, case["size1"], case["size2"], unpacked(case["proof"]), *roots)
        assert refused == case["wantErr"], case["case"]


def _refused(verify: Any, *arguments: Any) -> bool:
    try:
        verify(*arguments)
    except ProofInvalid:
        return True
    return False


def test_the_smallest_trees_are_as_the_rfc_draws_them():
    #    size 3:    root
    #              /    \
    #            ab      c
    #           /  \
    #          a    b
    assert root([]) == EMPTY_ROOT
    assert root([A]) == A
    assert root([A, B]) == hash_node(A, B)
    assert root([A, B, C]) == hash_node(hash_node(A, B), C)


def test_a_frontier_tells_its_size():
    edge = Frontier()
    edge.add([A])
    edge.add([B])
    assert (edge.size, edge.root()) == (2, hash_node(A, B))


def test_the_path_of_the_last_of_three_is_its_one_sibling():
    def subtree(first: int, end: int) -> bytes:
        return root([A, B, C][first:end])

    assert prove_inclusion(2, 3, subtree) == [hash_node(A, B)]
    assert prove_inclusion(0, 3, subtree) == [B, C]
    assert prove_consistency(2, 3, subtree) == [C]
    assert prove_consistency(3, 3, subtree) == []


@pytest.mark.parametrize(("old", "new"), [(0, 1), (2, 1), (-1, 1)])
def test_consistency_from_nothing_or_backwards_proves_nothing(old: int, new: int):
    with pytest.raises(ProofInvalid):
        verify_consistency(old, new, [], A, A)


def test_the_same_size_needs_the_same_root_and_no_proof():
    verify_consistency(1, 1, [], A, A)
    for proof, second in (([B], A), ([], B)):
        with pytest.raises(ProofInvalid):
            verify_consistency(1, 1, proof, A, second)


def test_a_hash_of_another_length_is_refused():
    with pytest.raises(ProofInvalid, match="hash"):
        verify_inclusion(A, 0, 2, [B[:31]], hash_node(A, B))


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0), (5, 3)])
def test_no_proof_holds_for_a_place_that_the_log_has_not(index: int, size: int):
    with pytest.raises(ProofInvalid):
        verify_inclusion(bytes(32), index, size, [], bytes(32))
