"""Witnesses against whatever a log, its operator or a stranger may send them; parsers against whatever arrives."""

from __future__ import annotations

from itertools import pairwise

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.audit.tlog import checkpoint, proof
from amana.audit.tlog.checkpoint import Signature, open_note, parse_signature, render_signature, split_note
from amana.audit.tlog.named_key import render_vkey
from amana.audit.tlog.tree import root
from amana.audit.witness import add_checkpoint, cosignature, evidence, trust
from amana.audit.witness.add_checkpoint import Kept, Request, Status, answer, parse_request, render_request
from amana.audit.witness.cosignature import WitnessKey, check_cosignature, cosign
from amana.audit.witness.evidence import Charge, Evidence
from amana.audit.witness.quorum import Group, Trust, Witness, judge
from amana.errors import AmanaError, Malformed
from support.witnesses import AT, LOG, ORIGIN, STRANGER, THREE, SmallLog
from support.witnesses import trust as asking

HASHES = st.binary(min_size=32, max_size=32)
TIMES = st.integers(1, 2**63 - 1)
KEYS = st.builds(
    WitnessKey,
    st.text(
        st.characters(codec="utf-8", exclude_characters="+", exclude_categories=["Z", "C"]), min_size=1, max_size=9
    ),
    HASHES.map(Ed25519PrivateKey.from_private_bytes),
)
TEXTS = st.text(st.characters(codec="utf-8", min_codepoint=32), max_size=40).map(lambda text: f"{text}\n")
SIGNATURES = st.builds(
    Signature, KEYS.map(lambda one: one.name), st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)
)


# ---- what is written is read back -----------------------------------------------------------------------------------


@given(KEYS, TEXTS, TIMES)
def test_a_cosignature_survives_paper(key: WitnessKey, text: str, at: int):
    (read,) = split_note(f"{text}\n{cosign(text, key, at)}")[1]
    assert check_cosignature(text, read, cosignature.parse_vkey(render_vkey(key.cosigner))) == at


@given(SIGNATURES)
def test_a_signature_survives_paper(written: Signature):
    assert parse_signature(render_signature(written).removesuffix("\n")) == written


@given(st.integers(0, 2**62), st.lists(HASHES, max_size=63), TEXTS.filter(str.strip))
def test_a_request_survives_paper(old: int, path: list[bytes], note: str):
    written = Request(old, tuple(path), note)
    assert parse_request(render_request(written)) == written


@given(TEXTS, TEXTS, st.lists(HASHES, max_size=9), HASHES | st.none())
def test_evidence_survives_paper(kept: str, offered: str, path: list[bytes], prefix: bytes | None):
    written = Evidence(kept, offered, tuple(path), prefix)
    assert evidence.parse_evidence(evidence.render(written)) == written


ALIASES = st.lists(st.text("abcé-1", min_size=1, max_size=5), min_size=1, max_size=6, unique=True)


@st.composite
def trusts(draw: st.DrawFn) -> Trust:
    """Policies of up to six witnesses in groups of groups."""
    aliases = draw(ALIASES)
    keys = [WitnessKey(f"w{n}.test", Ed25519PrivateKey.from_private_bytes(bytes([n + 1]) * 32)) for n in range(6)]
    known = tuple(Witness(alias, key.cosigner) for alias, key in zip(aliases, keys, strict=False))
    free: list[str | Group] = list(aliases)
    while len(free) > 1:
        taken = draw(st.integers(1, len(free)))
        free = [*free[taken:], Group(draw(st.integers(1, taken)), tuple(free[:taken]))]
    return Trust(known, free[0] if isinstance(free[0], Group) else Group(1, (free[0],)))


@given(trusts())
def test_a_policy_survives_paper(written: Trust):
    assert trust.parse(trust.render(written)) == written


# ---- whatever arrives is read, or refused in words of ours ----------------------------------------------------------

GOOD = SmallLog(9).note(5, *THREE)
PIECES = st.sampled_from(
    [*GOOD.splitlines(keepends=True), "\n", "\n\n", "— ", "—", " ", "\x00", "\u2028", "é", "=", "+", "A"]
)
NOTES = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=80)


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A good note in which a piece is cut out and another put in."""
    start = draw(st.integers(0, len(GOOD)))
    end = draw(st.integers(start, min(len(GOOD), start + 9)))
    return GOOD[:start] + draw(st.text(max_size=3)) + GOOD[end:]


@settings(max_examples=500)
@given(NOTES | spoilt())
def test_any_note_is_read_whole_or_refused(note: str):
    """The parser against the slow way: cut at the last empty line, by hand, and put together again."""
    try:
        text, signatures = split_note(note)
    except Malformed:
        return
    assert text + "\n" + "".join(map(render_signature, signatures)) == note
    assert "\n\n" not in "".join(map(render_signature, signatures))


@settings(max_examples=300)
@given(spoilt())
def test_a_spoilt_note_is_refused_or_says_what_was_signed(note: str):
    for read in (
        lambda: open_note(note, [LOG.verifier]),
        lambda: judge(note, asking(2), LOG.verifier, AT, 0).cosigned and split_note(note)[0],
    ):
        try:
            said = read()
        except AmanaError:
            continue
        assert not said or said == GOOD.partition("\n\n")[0] + "\n"


@given(st.binary(max_size=60) | st.lists(PIECES, max_size=9).map(lambda parts: "".join(["old 5\n", *parts]).encode()))
def test_any_body_is_a_request_or_refused(body: bytes):
    try:
        read = parse_request(body)
    except Malformed:
        return
    assert render_request(read) == body


@given(st.text(max_size=60))
def test_any_text_is_refused_by_every_parser_of_ours(text: str):
    for parse in (
        checkpoint.parse,
        checkpoint.parse_vkey,
        cosignature.parse_vkey,
        trust.parse,
        evidence.parse_evidence,
        proof.parse,
        parse_signature,
    ):
        try:
            parse(text)
        except Malformed:
            continue


# ---- what a witness cosigns, whatever is offered --------------------------------------------------------------------

LOGS = [SmallLog(12), SmallLog(12, fork=3), SmallLog(12, fork=6)]
OFFERS = st.lists(
    st.tuples(st.sampled_from(LOGS), st.integers(0, 12), st.sampled_from([None, *range(13)]), st.sampled_from(LOGS)),
    max_size=12,
)


@settings(max_examples=300)
@given(OFFERS)
def test_what_a_witness_cosigns_is_one_growing_log(offers: list[tuple[SmallLog, int, int | None, SmallLog]]):
    """Three logs share a key and a beginning; a sender offers their checkpoints in any order, with any proof."""
    kept, cosigned = add_checkpoint.first(ORIGIN), list[tuple[SmallLog, int]]()
    for log, size, claimed, proving in offers:
        old = kept.checkpoint.size if claimed is None else claimed
        path = proving.proof(old, size) if 0 < old < size else ()
        found = answer(Request(old, path, log.note(size)), kept, [LOG.verifier])
        if found.status is Status.COSIGNED:
            assert found.checkpoint == log.checkpoint(size)
            kept = Kept(log.checkpoint(size), log.note(size))
            cosigned.append((log, size))
        if found.evidence is not None and evidence.judge(found.evidence, [LOG.verifier])[0] is Charge.FORKED:
            before = kept.checkpoint
            assert root(log.hashes[: before.size]) != before.root or size == before.size
    for (one, old), (other, new) in pairwise(cosigned):
        assert old <= new
        assert one.hashes[:old] == other.hashes[:old]


@given(
    st.lists(st.tuples(st.sampled_from([*THREE, STRANGER]), st.integers(AT - 9, AT + 9)), max_size=8), st.integers(1, 3)
)
def test_a_quorum_is_k_different_witnesses_of_the_present(lines: list[tuple[WitnessKey, int]], needed: int):
    text = GOOD.partition("\n\n")[0] + "\n"
    note = SmallLog(9).note(5) + "".join(cosign(text, key, at) for key, at in lines)
    found = judge(note, asking(needed), LOG.verifier, AT, 3)
    assert found.is_met == (len({key.name for key, at in lines if key in THREE and at <= AT + 3}) >= needed)
