"""Who witnesses the log: what the document may say, and what stops a process."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from amana.audit.tlog.named_key import render_vkey
from amana.audit.witness.cosignature import WitnessKey
from amana.policy import witnesses
from amana.policy.toml import PolicyInvalid
from amana.policy.witnesses import FILE, Witnessing
from support.policy_folder import PolicyFolder
from support.witnesses import EGY, MAR, TUN, witnesses_toml


def load(folder: Path, text: str) -> witnesses.Witnesses:
    (folder / FILE).write_text(text, encoding="utf-8")
    return witnesses.load(folder / FILE)


def test_the_specimen_names_nobody_and_asks_for_nobody(tmp_path: Path):
    found = PolicyFolder(tmp_path / "policies").load().witnesses
    assert (found.quorum, found.all, found.skew) == (0, (), 300)


def test_a_majority_of_those_in_office_is_asked_for(tmp_path: Path):
    text = witnesses_toml(2, MAR, TUN, EGY).replace(
        'committee = "EGY"', 'committee = "EGY"\nretired = 2026-11-01\nlast = 512'
    )
    found = load(tmp_path, text)
    assert found.quorum == 2
    assert found.all[0] == Witnessing("mar.test/w", "MAR", render_vkey(MAR.cosigner))
    assert (found.all[2].retired, found.all[2].last) == (date(2026, 11, 1), 512)


@pytest.mark.parametrize(("needed", "of"), [(1, 1), (2, 2), (2, 3), (3, 3)])
def test_quorums_that_hold(tmp_path: Path, needed: int, of: int):
    assert load(tmp_path, witnesses_toml(needed, *(MAR, TUN, EGY)[:of])).quorum == needed


@pytest.mark.parametrize(("needed", "of"), [(1, 2), (1, 3), (4, 3), (None, 1), (1, 0)])
def test_less_than_a_majority_or_more_than_all_stops_the_process(tmp_path: Path, needed: int | None, of: int):
    with pytest.raises(PolicyInvalid) as refusal:
        load(tmp_path, witnesses_toml(needed, *(MAR, TUN, EGY)[:of]))
    assert refusal.value.facts["place"] == "quorum"


GOOD = witnesses_toml(2, MAR, TUN)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("amana-witnesses/1", "amana-witnesses/2", "format"),
        ("skew = 60", "skew = 3601", "skew"),
        ("skew = 60", "", "skew"),
        ("mar.test/w", "tun.test/w", "witness.0.vkey"),
        ('committee = "MAR"', 'committee = "Morocco"', "witness.0.committee"),
        ('committee = "MAR"', 'committee = "MAR"\nurl = "ftp://x"', "witness.0.url"),
        ('committee = "MAR"', 'committee = "MAR"\nurl = "http://u:p@x"', "witness.0.url"),
        ('committee = "MAR"', 'committee = "MAR"\nretired = "yes"', "witness.0.retired"),
        ('committee = "MAR"', 'committee = "MAR"\nretired = 2026-11-01', "witness.0.last"),
        ('committee = "MAR"', 'committee = "MAR"\nlast = 512', "witness.0.last"),
        ("within = 36500", "", "within"),
        ('committee = "MAR"', 'committee = "TUN"', "quorum"),
        ('committee = "MAR"', 'committee = "MAR"\nweight = 2', "witness.0.weight"),
        (render_vkey(MAR.cosigner), "mar.test/w+00000000+AA", "witness.0.vkey"),
    ],
)
def test_what_is_no_such_document_stops_the_process(tmp_path: Path, old: str, new: str, place: str):
    assert old in GOOD
    with pytest.raises(PolicyInvalid) as refusal:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert refusal.value.facts["place"] == place


def test_one_key_under_two_names_does_not_count_twice(tmp_path: Path):
    with pytest.raises(PolicyInvalid) as refusal:
        load(tmp_path, witnesses_toml(2, MAR, WitnessKey("tun.test/w", MAR.key)))
    assert refusal.value.facts["place"] == "witness"


@pytest.mark.parametrize("again", [MAR, TUN])
def test_a_name_and_its_key_are_never_used_again(tmp_path: Path, again: object):
    with pytest.raises(PolicyInvalid) as refusal:
        load(tmp_path, witnesses_toml(2, MAR, TUN, again))
    assert refusal.value.facts["place"] == "witness"
