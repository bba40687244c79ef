"""What an envelope says about itself, inside the seal and beside it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana import canonical, signing
from amana.errors import Malformed, SignatureInvalid
from amana.vault.envelope import (
    MAGIC,
    MANIFEST_TYPE,
    EnvelopeHeader,
    Manifest,
    Segment,
    Subject,
    read_manifest,
    sign_manifest,
    subject_of,
)

HEADER = EnvelopeHeader("n-1", "MAR", "VICTIMS", "2022", "tables", None, "2026-11-21T09:30:00Z")
DRAWN = (
    b"amana-envelope/1\n"
    b'{"batch_or_nonce":"n-1","codebook_digest":null,"committee":"MAR","contribution":"tables",'
    b'"created":"2026-11-21T09:30:00Z","dataflow":"VICTIMS","period":"2022","segment":1,"segments":1}\n'
)
MANIFEST = Manifest(HEADER, (Segment("ab" * 32, 300),))


def test_a_header_is_one_magic_line_and_one_line_of_canonical_json():
    assert HEADER.render() == DRAWN
    assert EnvelopeHeader.parse(DRAWN) == HEADER


@pytest.mark.parametrize(
    "raw",
    [
        DRAWN[1:],
        DRAWN[:-1],
        MAGIC + b"[]\n",
        MAGIC + b"{}\n",
        DRAWN.replace(b'"segment":1', b'"segment":0'),
        DRAWN.replace(b'"segment":1', b'"segment":true'),
        DRAWN.replace(b'"MAR"', b"7"),
        DRAWN.replace(b'"2022"', b"null"),
        DRAWN.replace(b'"period"', b'"PERIOD"'),
    ],
)
def test_bytes_that_are_no_header_are_malformed(raw: bytes):
    with pytest.raises(Malformed):
        EnvelopeHeader.parse(raw)


def test_a_header_too_long_to_be_read_back_is_not_written():
    with pytest.raises(Malformed):
        replace(HEADER, batch_or_nonce="n" * 5000).render()


def test_the_committee_signs_the_header_and_every_segment():
    key = Ed25519PrivateKey.generate()
    two = Manifest(replace(HEADER, segments=2), (Segment("ab" * 32, 300), Segment("cd" * 32, 45)))
    assert read_manifest(sign_manifest(two, key), [key.public_key()]) == two
    assert two.total == 345


def test_a_strangers_signature_under_a_manifest_is_refused():
    with pytest.raises(SignatureInvalid):
        read_manifest(
            sign_manifest(MANIFEST, Ed25519PrivateKey.generate()), [Ed25519PrivateKey.generate().public_key()]
        )


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("total",), 301),
        (("total",), "300"),
        (("format",), "amana-manifest/2"),
        (("segments",), []),
        (("segments",), [{"sha256": "ab", "bytes": 300}]),
        (("segments",), [{"sha256": "ab" * 32, "bytes": 0}]),
        (("segments",), [{"sha256": "ab" * 32, "bytes": 300, "more": 1}]),
        (("header", "segments"), 2),
        (("more",), 1),
    ],
)
def test_a_manifest_that_contradicts_itself_is_malformed_although_signed(place: tuple[str, ...], value: object):
    key = Ed25519PrivateKey.generate()
    facts = json.loads(MANIFEST.render())
    inner = facts
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(Malformed):
        read_manifest(signing.sign(canonical.encode(facts), MANIFEST_TYPE, key), [key.public_key()])


def test_the_hub_expects_the_batch_id_in_what_it_sealed_and_the_manifests_nonce_in_what_a_committee_sealed():
    facts = {"committee": "MAR", "dataflow": "VICTIMS", "period": "2022", "contribution": "tables"}
    manifest = sign_manifest(MANIFEST, Ed25519PrivateKey.generate()).decode()
    assert subject_of("bat_x", **facts, manifest=None) == Subject("bat_x", "MAR", "VICTIMS", "2022", "tables")
    assert subject_of("bat_x", **facts, manifest=manifest) == Subject("n-1", "MAR", "VICTIMS", "2022", "tables")
    assert HEADER.subject == Subject("n-1", "MAR", "VICTIMS", "2022", "tables")


@pytest.mark.parametrize(
    "stored", ["", "{}", "[]", '{"payload":"*"}', json.dumps({"payload": base64.b64encode(b"{}").decode()})]
)
def test_a_stored_manifest_that_is_none_is_malformed(stored: str):
    with pytest.raises(Malformed):
        subject_of("bat_x", committee="MAR", dataflow="VICTIMS", period="2022", contribution="tables", manifest=stored)
