"""Passwords: argon2id, and equal work for an account that is not there."""

from __future__ import annotations

import timeit
from time import process_time

import pytest

from amana.identity.passwords import DEMO, LOW_MEMORY, Hasher
from amana.identity.roles import AccountRefused

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def hasher():
    return Hasher.at(DEMO)


def test_the_right_password_holds_and_no_other(hasher):
    stored = hasher.hash(PASSWORD)
    assert hasher.holds(stored, PASSWORD)
    assert not hasher.holds(stored, PASSWORD + " ")
    assert not hasher.holds(stored, "")


def test_two_hashes_of_one_password_differ(hasher):
    assert hasher.hash(PASSWORD) != hasher.hash(PASSWORD)


def test_the_cost_is_written_in_the_hash():
    assert Hasher.at(LOW_MEMORY).nobody.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1025])
def test_a_short_or_endless_password_is_refused(hasher, password):
    with pytest.raises(AccountRefused):
        hasher.hash(password)


def test_the_longest_password_is_whole(hasher):
    stored = hasher.hash("x" * 1024)
    assert hasher.holds(stored, "x" * 1024)
    assert not hasher.holds(stored, "x" * 1025)


def test_nobody_has_no_password_and_a_spoilt_hash_opens_nothing(hasher):
    assert not hasher.holds(None, PASSWORD)
    assert not hasher.holds("", PASSWORD)
    assert not hasher.holds("plain text", "plain text")


def test_an_unknown_account_costs_what_a_known_one_costs():
    hasher = Hasher.at(LOW_MEMORY)
    stored = hasher.hash(PASSWORD)
    known = min(timeit.repeat(lambda: hasher.holds(stored, "wrong password"), number=1, repeat=5, timer=process_time))
    unknown = min(timeit.repeat(lambda: hasher.holds(None, "wrong password"), number=1, repeat=5, timer=process_time))
    assert 0.5 < known / unknown < 2
