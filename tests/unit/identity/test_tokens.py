"""Tokens: told once, stored as a digest, over when they are over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from amana.errors import NotFound
from amana.identity import people, tokens
from amana.identity.roles import AccountRefused
from amana.identity.tables import token
from amana.identity.tokens import TokenInvalid
from support.identity_house import NOON, SHELL, found_house

DAY = timedelta(days=1)


@pytest.fixture
def house(database):
    """On both databases: what the web process may do, each of them enforces in its own way."""
    return found_house(database.as_role("owner"), database.as_role("amana_web"))


@pytest.fixture
def told(house):
    owner = house.add()
    with house.owner.write() as tx:
        return tokens.make(tx, owner, "nightly", 30 * DAY, by=SHELL, now=NOON)


def holder(house, told, now=NOON):
    with house.web.read() as reading:
        return tokens.holder(reading, told, now)


def test_a_token_tells_whose_it_is(house, told):
    assert holder(house, told).person.email == "amal@mar.example"
    assert house.kinds()[-1] == "token.made"


def test_a_token_has_256_bits_and_is_not_stored(house, told):
    assert told.startswith("amana_")
    assert len(told) == 6 + 43
    with house.owner.read() as reading:
        assert told not in map(str, reading.execute(select(token)).one())


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t.upper(), lambda _: "", lambda _: "x"]
)
def test_nothing_that_resembles_it_opens(house, told, change):
    with pytest.raises(TokenInvalid):
        holder(house, change(told))


def test_its_digest_is_no_token(house, told):
    with house.owner.read() as reading:
        stored = reading.execute(select(token.c.digest)).scalar_one()
    with pytest.raises(TokenInvalid):
        holder(house, stored)


def test_it_ends_on_its_day(house, told):
    assert holder(house, told, NOON + 30 * DAY - timedelta(seconds=1))
    with pytest.raises(TokenInvalid):
        holder(house, told, NOON + 30 * DAY)


def test_it_ends_when_revoked_once(house, told):
    name = holder(house, told).token_id
    with house.owner.write() as tx:
        tokens.revoke(tx, name, SHELL, NOON)
    with pytest.raises(TokenInvalid):
        holder(house, told)
    with house.owner.write() as tx, pytest.raises(NotFound):
        tokens.revoke(tx, name, SHELL, NOON)
    assert house.kinds()[-1] == "token.revoked"


def test_it_ends_with_the_account(house, told):
    with house.owner.write() as tx:
        people.disable(tx, "amal@mar.example", SHELL, NOON)
    with pytest.raises(TokenInvalid):
        holder(house, told)


def test_its_use_is_written_by_the_web_process_once_a_minute(house, told):
    assert holder(house, told).is_stale(NOON)
    with house.web.write() as tx:
        tokens.used(tx, tokens.holder(tx, told, NOON), NOON)
    assert not holder(house, told).is_stale(NOON + timedelta(seconds=59))
    assert holder(house, told).is_stale(NOON + timedelta(seconds=60))


@pytest.mark.parametrize(("label", "lasting"), [("", DAY), ("x" * 81, DAY), ("ok", 0 * DAY), ("ok", 367 * DAY)])
def test_a_token_has_a_label_and_an_end(house, label, lasting):
    owner = house.add()
    with house.owner.write() as tx, pytest.raises(AccountRefused):
        tokens.make(tx, owner, label, lasting, by=SHELL, now=NOON)
