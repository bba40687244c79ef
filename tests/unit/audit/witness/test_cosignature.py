"""A witness's line: what it signs, how it is written, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana.audit.tlog import checkpoint
from amana.audit.tlog.checkpoint import Signature, parse_signature, render_signature, split_note
from amana.audit.tlog.named_key import render_vkey
from amana.audit.witness.cosignature import (
    WitnessKey,
    check_cosignature,
    cosign,
    make_witness_key,
    parse_vkey,
    read_witness_key,
)
from amana.errors import Malformed, SignatureInvalid, Unusable
from support.witnesses import AT, LOG, MAR, TUN, SmallLog

TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_what_is_signed_is_what_the_specification_prints():
    """C2SP tlog-cosignature, "Ed25519 signed message": the example's own bytes, signed by a key of ours."""
    line = cosign(TEXT, MAR, 1679315147)
    raw = base64.b64decode(line.rstrip("\n").split(" ")[2])
    assert line.startswith("— mar.test/w ")
    assert raw[4:12] == struct.pack(">Q", 1679315147)
    message = (
        b"cosignature/v1\ntime 1679315147\n"
        b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    MAR.key.public_key().verify(raw[12:], message)
    public = MAR.key.public_key().public_bytes_raw()
    assert raw[:4] == hashlib.sha256(b"mar.test/w\n\x04" + public).digest()[:4]


def test_the_line_that_the_specification_prints_has_our_form():
    """Its key is not printed there, so that only the form can be compared: 4 bytes, 8 of time, 64 of signature."""
    printed = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0x"
        "Ue+mbIUBkBIfZ+qnA=="
    )
    read = parse_signature(printed)
    assert (read.name, read.hint.hex(), len(read.raw)) == ("witness.example.com/w1", "8d66cf3f", 72)
    assert struct.unpack(">Q", read.raw[:8]) == (1679315147,)
    assert render_signature(read) == f"{printed}\n"


def test_a_cosignature_tells_its_time():
    (line,) = split_note(f"{TEXT}\n{cosign(TEXT, MAR, AT)}")[1]
    assert check_cosignature(TEXT, line, MAR.cosigner) == AT


def test_the_name_is_not_signed_but_the_hint_points_to_it():
    """Why one key serves one witness only: the same key under another name would sign the same bytes."""
    other = WitnessKey("other.test/w", MAR.key)
    assert cosign(TEXT, other, AT) != cosign(TEXT, MAR, AT)
    assert other.cosigner.hint != MAR.cosigner.hint


SIGNED = parse_signature(cosign(TEXT, MAR, AT).rstrip("\n"))


@pytest.mark.parametrize(
    "raw",
    [
        SIGNED.raw[:-1],
        SIGNED.raw + b"\x00",
        SIGNED.raw[8:],
        struct.pack(">Q", AT + 1) + SIGNED.raw[8:],
        struct.pack(">Q", 0) + MAR.key.sign(f"cosignature/v1\ntime 0\n{TEXT}".encode()),
        struct.pack(">Q", 2**63) + MAR.key.sign(f"cosignature/v1\ntime {2**63}\n{TEXT}".encode()),
        struct.pack(">Q", AT) + MAR.key.sign(TEXT.encode()),
        SIGNED.raw[:-1] + bytes([SIGNED.raw[-1] ^ 1]),
    ],
    ids=["short", "long", "a log's signature", "another time", "no time", "too late", "not as a witness", "a bit"],
)
def test_a_cosignature_that_does_not_hold_is_refused(raw: bytes):
    with pytest.raises(SignatureInvalid):
        check_cosignature(TEXT, Signature(SIGNED.name, SIGNED.hint, raw), MAR.cosigner)


def test_another_text_or_witness_is_refused():
    with pytest.raises(SignatureInvalid):
        check_cosignature(TEXT.replace("20852163", "20852164"), SIGNED, MAR.cosigner)
    with pytest.raises(SignatureInvalid):
        check_cosignature(TEXT, SIGNED, TUN.cosigner)


def test_a_witness_key_file_remembers_its_name(tmp_path: Path):
    pem, vkey = make_witness_key("mar.test/w")
    (tmp_path / "witness.pem").write_bytes(pem)
    key = read_witness_key(tmp_path / "witness.pem")
    assert render_vkey(key.cosigner) == vkey
    assert parse_vkey(vkey) == key.cosigner


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb"])
def test_a_name_that_cannot_be_a_key_name_is_refused(name: str):
    with pytest.raises(Malformed):
        make_witness_key(name)


@pytest.mark.parametrize(
    "first", [b"", b"Amana-Witness: two words\n", b"Amana-Log: mar.test/w\n", b"Amana-Witness: \xff\n"]
)
def test_a_key_file_without_its_name_is_refused(tmp_path: Path, first: bytes):
    (tmp_path / "witness.pem").write_bytes(first + make_witness_key("mar.test/w")[0].partition(b"\n")[2])
    with pytest.raises(Unusable):
        read_witness_key(tmp_path / "witness.pem")


def test_a_logs_key_is_no_witnesss_and_the_other_way_round():
    with pytest.raises(Malformed):
        parse_vkey(render_vkey(LOG.verifier))
    with pytest.raises(Malformed):
        checkpoint.parse_vkey(render_vkey(MAR.cosigner))


def test_a_vkey_under_another_name_is_refused():
    with pytest.raises(Malformed):
        parse_vkey(render_vkey(MAR.cosigner).replace("mar", "ram"))


def test_cosignatures_stand_beside_the_logs_signature():
    note = SmallLog(3).note(3, MAR, TUN)
    assert checkpoint.read_checkpoint(note, LOG.verifier) == SmallLog(3).checkpoint(3)
    assert [one.name for one in split_note(note)[1]] == [LOG.origin, "mar.test/w", "tun.test/w"]


def test_one_key_type_does_not_verify_as_the_other():
    """The same key pair as a log's and as a witness's: the types tell the two signatures apart."""
    both = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)
    log, witness = checkpoint.LogKey("one.test", both), WitnessKey("one.test", both)
    assert log.verifier.hint != witness.cosigner.hint
