"""Whether enough witnesses have cosigned, and which signatures count for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from amana.audit.tlog.checkpoint import parse_signature, render_signature
from amana.audit.tlog.named_key import render_vkey
from amana.audit.witness.cosignature import WitnessKey, cosign
from amana.audit.witness.quorum import Group, Passed, Trust, elect, in_office, judge
from amana.errors import Malformed, SignatureInvalid
from support.witnesses import AT, EGY, LOG, MAR, STRANGER, THREE, TUN, SmallLog, trust

LONG = SmallLog(9)
SKEW = 60


@dataclass(frozen=True)
class Named:
    name: str
    committee: str
    vkey: str
    url: str | None = None
    retired: date | None = None
    last: int | None = None


def standing(note: str, of: Trust, now: int = AT):
    return judge(note, of, LOG.verifier, now, SKEW)


@pytest.mark.parametrize(("needed", "met"), [(1, True), (2, True), (3, False)])
def test_k_of_n_is_met_at_k_and_not_one_before(needed: int, met: bool):
    assert standing(LONG.note(5, MAR, TUN), trust(needed)).is_met is met


def test_every_subset_is_enough_exactly_from_k_on():
    for chosen in range(8):
        signers = [one for bit, one in enumerate(THREE) if chosen >> bit & 1]
        found = standing(LONG.note(5, *signers), trust(2))
        assert found.is_met == (len(signers) >= 2)
        assert found.cosigned == {one.name: AT for one in signers}


def test_no_quorum_asks_for_nothing():
    assert standing(LONG.note(5), Trust((), Group(0))).is_met


def test_the_unknown_count_for_nothing():
    found = standing(LONG.note(5, MAR, STRANGER), trust(2))
    assert not found.is_met
    assert found.passed == (("stranger.test/w", Passed.UNKNOWN),)


def test_a_stranger_under_a_witnesss_name_is_unknown():
    impostor = WitnessKey(MAR.name, STRANGER.key)
    found = standing(LONG.note(5, impostor, TUN), trust(2))
    assert found.passed == (("mar.test/w", Passed.UNKNOWN),)
    assert not found.is_met


def test_a_stranger_who_copies_name_and_hint_spoils_the_note():
    line = parse_signature(cosign(LONG.note(5).partition("\n\n")[0] + "\n", STRANGER, AT).rstrip("\n"))
    forged = render_signature(type(line)(MAR.name, MAR.cosigner.hint, line.raw))
    with pytest.raises(SignatureInvalid):
        standing(LONG.note(5, TUN) + forged, trust(1))


def test_one_witness_twice_is_one_witness():
    text = LONG.note(5).partition("\n\n")[0] + "\n"
    for times in ((AT - 9, AT), (AT, AT - 9)):
        note = LONG.note(5) + "".join(cosign(text, MAR, at) for at in times)
        found = standing(note, trust(2))
        assert not found.is_met
        assert found.cosigned == {"mar.test/w": AT}
        assert found.passed == (("mar.test/w", Passed.DUPLICATE),)


@pytest.mark.parametrize(("ahead", "counts"), [(SKEW, True), (SKEW + 1, False)])
def test_a_time_to_come_counts_only_as_far_as_clocks_differ(ahead: int, counts: bool):
    found = standing(LONG.note(5, MAR, at=AT + ahead), trust(1))
    assert found.is_met is counts
    assert found.passed == (() if counts else (("mar.test/w", Passed.FUTURE),))


@pytest.mark.parametrize(("at", "counts"), [(AT - 1, True), (AT, False)])
def test_a_retired_witness_counts_for_what_it_signed_before(at: int, counts: bool):
    found = standing(LONG.note(5, EGY, at=at), trust(1, *THREE, retired=AT))
    assert found.is_met is counts
    assert found.passed == (() if counts else (("egy.test/w", Passed.RETIRED),))


@pytest.mark.parametrize(("last", "counts"), [(5, True), (4, False)])
def test_whoever_has_a_retired_key_cannot_write_an_earlier_date(last: int, counts: bool):
    found = standing(LONG.note(5, EGY, at=AT - 1), trust(1, *THREE, retired=AT, last=last))
    assert found.is_met is counts
    assert found.passed == (() if counts else (("egy.test/w", Passed.BEYOND),))


def test_a_committee_has_one_voice_with_its_old_key_and_its_new_one():
    old = Named("mar.test/w", "MAR", render_vkey(MAR.cosigner), retired=date(2026, 11, 1), last=9)
    new = Named("egy.test/w", "MAR", render_vkey(EGY.cosigner))
    other = Named("tun.test/w", "TUN", render_vkey(TUN.cosigner))
    of = elect(2, [old, new, other])
    assert not standing(LONG.note(5, MAR, EGY), of).is_met
    assert standing(LONG.note(5, MAR, TUN), of).is_met
    assert standing(LONG.note(5, EGY, TUN), of).is_met


def test_a_quorum_is_complete_when_the_last_voice_that_it_needs_is_there():
    text = LONG.note(5).partition("\n\n")[0] + "\n"
    note = LONG.note(5) + "".join(cosign(text, key, AT - ago) for key, ago in ((MAR, 30), (TUN, 20), (EGY, 10)))
    assert standing(note, trust(2)).complete_at() == AT - 20
    one_voice = Trust(trust(2).witnesses, Group(2, (Group(1, (MAR.name, TUN.name)), EGY.name)))
    assert standing(note, one_voice).complete_at() == AT - 10
    assert standing(note, trust(2)).is_met_since(AT - 20)
    assert not standing(note, trust(2)).is_met_since(AT - 19)


def test_a_cosignature_of_another_checkpoint_spoils_the_note():
    other = LONG.note(4, MAR).split("\n")[-2]
    with pytest.raises(SignatureInvalid):
        standing(f"{LONG.note(5, TUN)}{other}\n", trust(1))


def test_a_group_of_groups_is_met_when_enough_of_them_are():
    rule = Group(2, (Group(1, (MAR.name, TUN.name)), EGY.name))
    assert rule.is_met([TUN.name, EGY.name])
    assert not rule.is_met([MAR.name, TUN.name])


def test_those_in_a_document_are_elected():
    old = Named(EGY.name, "EGY", render_vkey(EGY.cosigner), retired=date(2026, 9, 21), last=7)
    found = elect(1, [Named(MAR.name, "MAR", render_vkey(MAR.cosigner), "https://mar.test"), old])
    assert found.rule == Group(1, (MAR.name, EGY.name))
    assert [(one.url, one.retired, one.last) for one in found.witnesses] == [
        ("https://mar.test", None, None),
        (None, 1789948800, 7),
    ]
    assert [one.alias for one in in_office(found, AT)] == [MAR.name]
    assert [one.alias for one in in_office(found, 1789948799)] == [MAR.name, EGY.name]


def test_a_document_with_a_broken_key_elects_nobody():
    with pytest.raises(Malformed):
        elect(1, [Named("mar.test/w", "MAR", "mar.test/w+00000000+AAAA")])
