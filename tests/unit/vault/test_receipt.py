"""The receipt for what an owner asked: read back as it was written, and by nobody's key but the hub's."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from amana import canonical, signing
from amana.errors import Malformed, SignatureInvalid
from amana.vault.receipt import RECEIPT_TYPE, Receipt, read_receipt

HUB = Ed25519PrivateKey.generate()
TEXT = st.text(max_size=40)
RECEIPTS = st.builds(Receipt, *(TEXT,) * 4, st.none() | TEXT, *(TEXT,) * 4)


@given(RECEIPTS)
def test_a_receipt_survives_paper(receipt: Receipt) -> None:
    assert Receipt.parse(receipt.render()) == receipt
    signed = signing.sign(receipt.render(), RECEIPT_TYPE, HUB)
    assert read_receipt(signed, [HUB.public_key()]) == receipt


def test_only_the_hubs_signature_makes_one() -> None:
    receipt = Receipt("req_1", "MAR", "VICTIMS", "withdraw", None, "t", "evt_1", "t", "evt_2")
    stranger = signing.sign(receipt.render(), RECEIPT_TYPE, Ed25519PrivateKey.generate())
    something_else = signing.sign(receipt.render(), "application/json", HUB)
    for signed in (stranger, something_else):
        with pytest.raises(SignatureInvalid):
            read_receipt(signed, [HUB.public_key()])


@pytest.mark.parametrize(
    "changed",
    [{"format": "amana-receipt/2"}, {"persons": 3}, {"act": None}, {"batch": 1}, {"done_event": 7}],
)
def test_what_is_no_receipt_is_refused(changed: dict[str, object]) -> None:
    facts = {"format": "amana-receipt/1", **Receipt("r", "c", "d", "a", None, "t", "e", "t", "e").facts()}
    with pytest.raises(Malformed):
        Receipt.parse(canonical.encode({**facts, **changed}))
    with pytest.raises(Malformed):
        Receipt.parse(b"[]")
