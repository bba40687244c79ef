"""add-checkpoint as the specification has it: what is answered to whom, and what is kept."""

from __future__ import annotations

import pytest

from amana.audit.tlog.checkpoint import Checkpoint, Signature, render_signature, sign
from amana.audit.tlog.tree import EMPTY_ROOT
from amana.audit.witness.add_checkpoint import (
    LONGEST,
    Answer,
    Kept,
    Request,
    Status,
    answer,
    first,
    parse_request,
    render_request,
)
from amana.audit.witness.evidence import Charge, judge
from amana.errors import Malformed
from support.witnesses import LOG, MAR, ORIGIN, THIEF, SmallLog

TRUE, FORKED = SmallLog(12), SmallLog(12, fork=2)
KEYS = [LOG.verifier]
FRESH = first(ORIGIN)


def at(size: int) -> Kept:
    return Kept(TRUE.checkpoint(size), TRUE.note(size))


def asked(log: SmallLog, old: int, new: int, kept: Kept, **more: object) -> Answer:
    return answer(Request(old, log.proof(old, new) if 0 < old < new else (), log.note(new)), kept, KEYS, **more)


@pytest.mark.parametrize(("old", "new"), [(0, 1), (0, 7), (5, 5), (5, 9), (4, 9), (8, 9)])
def test_what_grows_from_what_was_cosigned_is_cosigned(old: int, new: int):
    kept = at(old) if old else FRESH
    assert asked(TRUE, old, new, kept) == Answer(Status.COSIGNED, TRUE.checkpoint(new))


def test_an_empty_log_has_one_root():
    empty, odd = Checkpoint(ORIGIN, 0, EMPTY_ROOT), Checkpoint(ORIGIN, 0, b"\x01" * 32)
    assert answer(Request(0, (), sign(empty, LOG)), FRESH, KEYS).status is Status.COSIGNED
    assert answer(Request(0, (), sign(odd, LOG)), FRESH, KEYS).status is Status.INCONSISTENT


def test_a_proof_from_nothing_is_refused():
    assert answer(Request(0, TRUE.proof(3, 5), TRUE.note(5)), FRESH, KEYS).status is Status.INCONSISTENT
    assert answer(Request(5, TRUE.proof(3, 5), TRUE.note(5)), at(5), KEYS) == Answer(Status.INCONSISTENT)


def test_another_log_is_unknown():
    other = sign(Checkpoint("other.test/log", 3, b"\x00" * 32), LOG)
    assert answer(Request(0, (), other), FRESH, KEYS) == Answer(Status.UNKNOWN)


@pytest.mark.parametrize(
    "note",
    [
        TRUE.note(5, key=THIEF),
        TRUE.note(5).replace("\n5\n", "\n6\n"),
        TRUE.note(5, MAR).replace(f"— {ORIGIN} ", "— x "),
    ],
    ids=["another key", "edited", "a stranger only"],
)
def test_what_the_log_did_not_sign_is_forbidden(note: str):
    assert answer(Request(0, (), note), FRESH, KEYS) == Answer(Status.NOT_SIGNED)


@pytest.mark.parametrize("note", ["nothing", f"{ORIGIN}\n5\n\n— {ORIGIN} AAAAAAA=\n"])
def test_what_is_no_checkpoint_is_no_request(note: str):
    assert answer(Request(0, (), note), FRESH, KEYS).status in {Status.MALFORMED, Status.NOT_SIGNED}


def test_a_signed_text_that_is_no_checkpoint_is_no_request():
    text = f"{ORIGIN}\nfive\n{'A' * 43}=\n"
    signature = Signature(ORIGIN, LOG.verifier.hint, LOG.key.sign(text.encode()))
    note = f"{text}\n{render_signature(signature)}"
    assert answer(Request(0, (), note), FRESH, KEYS) == Answer(Status.MALFORMED)


@pytest.mark.parametrize("old", [0, 3, 6])
def test_another_size_than_remembered_is_a_conflict_and_convicts_nobody(old: int):
    assert asked(TRUE, old, 9, at(5)) == Answer(Status.CONFLICT)


def test_an_old_size_beyond_the_new_is_no_request():
    assert asked(TRUE, 7, 5, at(5)) == Answer(Status.MALFORMED)


# ---- what is kept ---------------------------------------------------------------------------------------------------


def convicts(found: Answer) -> Charge:
    assert found.checkpoint is None
    assert found.evidence is not None
    return judge(found.evidence, KEYS)[0]


def test_a_fork_of_the_same_size_is_refused_and_kept():
    found = asked(FORKED, 5, 5, at(5))
    assert (found.status, convicts(found)) == (Status.INCONSISTENT, Charge.FORKED)


def test_a_fork_of_the_same_size_is_kept_even_when_the_sender_is_mistaken_about_us():
    found = asked(FORKED, 0, 5, at(5))
    assert (found.status, convicts(found)) == (Status.CONFLICT, Charge.FORKED)


def test_a_fork_that_grew_is_refused_and_kept():
    found = asked(FORKED, 5, 9, at(5))
    assert (found.status, convicts(found)) == (Status.INCONSISTENT, Charge.FORKED)


def test_a_fork_over_a_power_of_two_convicts_by_what_the_tiles_show():
    found = asked(FORKED, 4, 9, at(4))
    assert (found.status, convicts(found)) == (Status.INCONSISTENT, Charge.UNPROVEN)
    found = asked(FORKED, 4, 9, at(4), prefix=FORKED.checkpoint(4).root)
    assert (found.status, convicts(found)) == (Status.INCONSISTENT, Charge.FORKED)


def test_a_rewind_is_refused_and_kept():
    found = answer(Request(9, (), TRUE.note(5)), at(9), KEYS)
    assert (found.status, convicts(found)) == (Status.MALFORMED, Charge.REWOUND)


def test_before_the_first_there_is_nothing_to_compare_with():
    assert answer(Request(0, TRUE.proof(3, 5), FORKED.note(5)), FRESH, KEYS).evidence is None


# ---- on the wire ----------------------------------------------------------------------------------------------------


def test_a_request_as_the_specification_prints_it():
    body = (
        "old 20852014\n"
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE"
        "+xeMcTOAYQ8=\n"
    ).encode()
    read = parse_request(body)
    assert (read.old, len(read.proof)) == (20852014, 4)
    assert render_request(read) == body


HASHES = b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 5\n\n",
        b"old 05\n\nnote",
        b"old -1\n\nnote",
        b"old\n\nnote",
        b"old 5\nnote",
        b"old 5\n" + HASHES * 64 + b"\nnote",
        b"old 5\nPlRN\n\nnote",
        b"old 5\n" + HASHES.replace(b"w=", b"x=") + b"\nnote",
        b"old 5\n\n\xff\xfe",
        b"old 5\n\n" + b"x" * LONGEST,
    ],
)
def test_what_is_no_request_is_refused(body: bytes):
    with pytest.raises(Malformed):
        parse_request(body)


def test_63_hashes_are_read():
    assert len(parse_request(b"old 5\n" + HASHES * 63 + b"\nnote").proof) == 63
