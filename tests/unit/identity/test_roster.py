"""A roster is admitted whole or not at all, and its secrets are told once."""

from __future__ import annotations

import json

import pytest

from amana.errors import NotFound
from amana.identity import people, roster, tokens
from amana.identity.roles import AccountRefused
from support.identity_house import HASHER, NOON, SHELL

DESCRIPTION = {
    "organisations": [{"id": "press", "name": "Press", "class": "other"}],
    "people": [
        {"email": "a@press.example", "organisation": "press", "roles": ["observer"]},
        {
            "email": "b@mar.example",
            "organisation": "committee-mar",
            "roles": ["submitter", "member"],
            "password": "a password of my own",
            "token": {"label": "nightly", "days": 30},
        },
    ],
}


def admit(house, description, *, with_factor=False):
    wanted = roster.parse(json.dumps(description).encode())
    credentials = roster.prepare(wanted, HASHER, with_factor=with_factor)
    with house.owner.write() as tx:
        return roster.admit(tx, wanted, credentials, by=SHELL, now=NOON)


def test_everybody_is_admitted_with_what_they_must_be_told(house):
    first, second = admit(house, DESCRIPTION)
    assert (first["role"], first["committee"], first["token"]) == ("observer", None, None)
    assert len(str(first["password"])) >= 12
    assert (second["role"], second["committee"]) == ("member+submitter", "MAR")
    assert second["password"] == "a password of my own"
    with house.web.read() as reading:
        assert tokens.holder(reading, str(second["token"]), NOON).person.email == "b@mar.example"
    assert "second_factor" not in first


def test_outside_a_demo_each_gets_a_second_factor(house):
    assert all(
        str(told["second_factor"]).startswith("otpauth://") for told in admit(house, DESCRIPTION, with_factor=True)
    )


def test_one_fault_and_nobody_is_admitted(house):
    stranger = {"email": "c@x.example", "organisation": "nowhere", "roles": ["observer"]}
    with pytest.raises(NotFound):
        admit(house, {**DESCRIPTION, "people": [*DESCRIPTION["people"], stranger]})
    with house.web.read() as reading:
        assert people.everybody(reading) == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[",
        b"[]",
        b"{}",
        b"\xff",
        b'{"organisations": [], "people": [{"email": "x"}]}',
        b'{"organisations": [1], "people": []}',
    ],
)
def test_what_is_no_roster_is_refused(raw):
    with pytest.raises(AccountRefused):
        roster.parse(raw)


def test_passwords_are_not_in_what_is_printed():
    assert "a password of my own" not in repr(roster.parse(json.dumps(DESCRIPTION).encode()))
