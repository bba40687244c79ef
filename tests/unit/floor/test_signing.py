"""DSSE: what was signed is what is read, and by whom."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from amana.errors import Malformed, Misconfigured, SignatureInvalid
from amana.signing import key_id, read_private_key, read_public_key, sign, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
KIND = "application/vnd.amana.test"


@given(st.binary())
def test_a_signed_payload_is_read_back_with_its_signer(payload: bytes) -> None:
    read = verify(sign(payload, KIND, KEY), KIND, [OTHER.public_key(), KEY.public_key()])
    assert (read.payload, read.payload_type, read.key_id) == (payload, KIND, key_id(KEY.public_key()))


def test_the_signature_covers_type_and_length_as_dsse_says() -> None:
    """The pre-authentication encoding is drawn from the DSSE text: DSSEv1 SP LEN SP TYPE SP LEN SP BODY."""
    envelope = json.loads(sign(b"hello world", "http://example.com/HelloWorld", KEY))
    KEY.public_key().verify(
        base64.b64decode(envelope["signatures"][0]["sig"]), b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_another_key_another_payload_another_type_are_refused() -> None:
    envelope = sign(b"one", KIND, KEY)
    swapped = envelope.replace(base64.b64encode(b"one"), base64.b64encode(b"two"))
    for raw, kind, keys in [(envelope, KIND, [OTHER]), (swapped, KIND, [KEY]), (envelope, "other/type", [KEY])]:
        with pytest.raises(SignatureInvalid):
            verify(raw, kind, [key.public_key() for key in keys])


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"payload":"*"}', b'{"payload":"","payloadType":1}', b"\xff"])
def test_what_is_no_envelope_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        verify(raw, KIND, [KEY.public_key()])


def test_keys_are_read_from_pem_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert key_id(read_private_key(path).public_key()) == key_id(KEY.public_key())
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert key_id(read_public_key(public)) == key_id(KEY.public_key())

    other = X25519PrivateKey.generate()
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(Misconfigured):
        read_private_key(path)
    with pytest.raises(Misconfigured):
        read_private_key(tmp_path / "absent.pem")
    for pem in (b"no key", other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)):
        with pytest.raises(Malformed):
            read_public_key(pem)
