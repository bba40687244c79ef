"""What a refused checkpoint convicts a log of, and to whom."""

from __future__ import annotations

import json

import pytest

from amana.audit.tlog.tree import ProofInvalid, prefix_root
from amana.audit.witness.evidence import Charge, Evidence, charge_of, judge, parse_evidence, render
from amana.errors import Malformed, SignatureInvalid
from support.witnesses import LOG, THIEF, SmallLog

TRUE, FORKED = SmallLog(12), SmallLog(12, fork=2)
KEYS = [LOG.verifier]


def of(kept: int, offered: str, proof: tuple[bytes, ...] = (), prefix: bytes | None = None) -> Charge:
    read = parse_evidence(render(Evidence(TRUE.note(kept), offered, proof, prefix)))
    assert judge(read, KEYS)[0] is charge_of(read)
    return charge_of(read)


def test_one_size_and_two_roots_convict():
    assert of(5, FORKED.note(5)) is Charge.FORKED
    assert of(5, TRUE.note(5)) is Charge.NONE


def test_a_proof_that_shows_another_past_convicts():
    assert of(5, FORKED.note(9), FORKED.proof(5, 9)) is Charge.FORKED
    assert of(5, TRUE.note(9), TRUE.proof(5, 9)) is Charge.NONE


def test_at_a_power_of_two_the_past_must_be_shown_beside():
    """There the proof leaves the old root out, so that it cannot say by itself what it was."""
    assert of(4, FORKED.note(9), FORKED.proof(4, 9)) is Charge.UNPROVEN
    assert of(4, FORKED.note(9), FORKED.proof(4, 9), FORKED.checkpoint(4).root) is Charge.FORKED
    assert of(4, FORKED.note(9), FORKED.proof(4, 9), b"\x00" * 32) is Charge.UNPROVEN


def test_a_proof_that_leads_nowhere_convicts_nobody():
    assert of(5, FORKED.note(9)) is Charge.UNPROVEN
    assert of(5, TRUE.note(9), FORKED.proof(5, 9)) is Charge.UNPROVEN


def test_a_true_log_cannot_be_framed_by_its_own_proof():
    """Whatever is said of the past beside it, a proof that holds for what was cosigned settles it."""
    assert of(5, TRUE.note(9), TRUE.proof(5, 9), FORKED.checkpoint(5).root) is Charge.NONE


def test_a_smaller_size_is_a_rewind():
    assert of(9, TRUE.note(5)) is Charge.REWOUND


def test_anything_grows_from_nothing():
    assert of(0, FORKED.note(5)) is Charge.NONE


def test_what_another_key_signed_convicts_nobody():
    for one in (
        Evidence(TRUE.note(5), FORKED.note(5, key=THIEF)),
        Evidence(FORKED.note(5, key=THIEF), TRUE.note(5)),
    ):
        with pytest.raises(SignatureInvalid):
            judge(one, KEYS)


def test_a_prefix_is_shown_only_where_the_proof_has_it():
    assert prefix_root(5, 9, TRUE.proof(5, 9), TRUE.checkpoint(9).root) == TRUE.checkpoint(5).root
    beside = (TRUE.checkpoint(4).root, *TRUE.proof(4, 9))
    for old, new, proof in (
        (4, 9, TRUE.proof(4, 9)),
        (4, 9, beside),
        (9, 9, ()),
        (0, 9, ()),
        (5, 9, ()),
        (5, 9, TRUE.proof(6, 9)),
    ):
        with pytest.raises(ProofInvalid):
            prefix_root(old, new, proof, TRUE.checkpoint(9).root)


GOOD = json.loads(render(Evidence(TRUE.note(5), FORKED.note(9), FORKED.proof(5, 9), b"\x00" * 32)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        json.dumps({**GOOD, "format": "other"}),
        json.dumps({**GOOD, "kept": 3}),
        json.dumps({**GOOD, "proof": ["!"]}),
        json.dumps({**GOOD, "proof": 3}),
        json.dumps({**GOOD, "prefix": "!"}),
        json.dumps({name: value for name, value in GOOD.items() if name != "offered"}),
    ],
)
def test_what_is_no_evidence_is_refused(text: str):
    with pytest.raises(Malformed):
        parse_evidence(text)
