"""What is signed, how it is written, and what a reader refuses."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana.audit.tlog.checkpoint import (
    Checkpoint,
    LogKey,
    make_log_key,
    open_note,
    parse,
    parse_vkey,
    read_checkpoint,
    read_log_key,
    render,
    sign,
)
from amana.audit.tlog.named_key import render_vkey
from amana.errors import Malformed, Misconfigured, SignatureInvalid

ROOT = bytes(range(32))
POINT = Checkpoint("amana.test/log", 3, ROOT)
KEY = LogKey("amana.test/log", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
OTHER = LogKey("witness.test/w", Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))


def test_a_checkpoint_is_three_lines():
    assert render(POINT) == "amana.test/log\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


def test_a_verifier_key_in_the_notation_of_its_specification():
    # C2SP signed-note, the example key of golang.org/x/mod/sumdb/note
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    peter = parse_vkey(text)
    assert (peter.name, peter.hint.hex()) == ("PeterNeumann", "c74f20a3")
    assert render_vkey(peter) == text
    note = (
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert open_note(note, [peter]).startswith("If you think")


def test_a_signed_checkpoint_is_read_back():
    assert read_checkpoint(sign(POINT, KEY), KEY.verifier) == POINT


def test_a_log_key_file_remembers_its_origin(tmp_path: Path):
    pem, vkey = make_log_key("amana.test/log")
    (tmp_path / "log.pem").write_bytes(pem)
    key = read_log_key(tmp_path / "log.pem")
    assert key.origin == "amana.test/log"
    assert render_vkey(key.verifier) == vkey


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "a\nb"])
def test_an_origin_that_cannot_be_a_key_name_is_refused(origin: str):
    with pytest.raises(Malformed):
        make_log_key(origin)


@pytest.mark.parametrize("first", [b"", b"Amana-Log: two words\n", b"Somebody: amana.test/log\n", b"Amana-Log: \xff\n"])
def test_a_key_file_without_its_origin_is_refused(tmp_path: Path, first: bytes):
    pem = make_log_key("amana.test/log")[0].partition(b"\n")[2]
    (tmp_path / "log.pem").write_bytes(first + pem)
    with pytest.raises(Misconfigured):
        read_log_key(tmp_path / "log.pem")


NOTE = sign(POINT, KEY)
TEXT, SIGNATURE = NOTE.split("\n\n")


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("\n3\n", "\n4\n"),
        NOTE.replace("AAEC", "BAEC"),
        NOTE.replace("amana.test/log\n3", "amana.text/log\n3"),
        sign(POINT, LogKey("amana.test/log", OTHER.key)),
        sign(POINT, OTHER),
        sign(Checkpoint("other.test/log", 3, ROOT), KEY),
    ],
    ids=["size", "root", "origin", "another key of that name", "only a stranger", "another log's origin"],
)
def test_a_checkpoint_that_the_log_did_not_sign_is_refused(note: str):
    with pytest.raises(SignatureInvalid):
        read_checkpoint(note, KEY.verifier)


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT + "\n",
        NOTE.removesuffix("\n"),
        TEXT + "\n\n",
        NOTE.replace("—", "-"),
        NOTE.replace("— amana.test/log ", "— amana.test/log"),
        NOTE.replace("— amana.test/log ", "—  "),
        f"{TEXT}\n\n— amana.test/log AAAAAA==\n",
        f"{TEXT}\n\n— amana.test/log !\n",
        f"{TEXT}\n\n— amana.test/log AB==\n",
        f"{TEXT}\n\n" + SIGNATURE * 101,
        NOTE.replace("\n3\n", "\n\x003\n"),
        NOTE.replace("amana", "\ud800"),
    ],
)
def test_what_is_no_signed_note_is_refused_as_such(note: str):
    with pytest.raises(Malformed):
        read_checkpoint(note, KEY.verifier)


@pytest.mark.parametrize(
    "text",
    ["", "a\n03\n" + "A" * 43 + "=\n", "a\n3\nAAAA\n", render(POINT) + "extension\n", "a\n3\n" + "A" * 42 + "B=\n"],
)
def test_what_is_no_checkpoint_is_refused(text: str):
    with pytest.raises(Malformed):
        parse(text)


def test_signatures_of_strangers_stand_beside_ours():
    stranger = sign(POINT, OTHER).split("\n\n")[1]
    assert open_note(NOTE + stranger, [KEY.verifier]) == render(POINT)
    assert open_note(NOTE + stranger, [KEY.verifier, OTHER.verifier]) == render(POINT)


def test_one_broken_signature_of_a_known_key_spoils_the_note():
    broken = SIGNATURE.replace("\n", "")
    raw = bytearray(base64.b64decode(broken.split(" ")[2]))
    raw[-1] ^= 1
    with pytest.raises(SignatureInvalid):
        open_note(f"{NOTE}— amana.test/log {base64.b64encode(bytes(raw)).decode()}\n", [KEY.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "amana.test/log",
        "amana.test/log+00000000+" + render_vkey(KEY.verifier).split("+", 2)[2],
        render_vkey(KEY.verifier).replace("amana", "omana"),
        "a+b+c",
        "a+00000000+AQ==",
        " +00000000+" + render_vkey(KEY.verifier).split("+", 2)[2],
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str):
    with pytest.raises(Malformed):
        parse_vkey(text)
