"""Signing in as the web process does: under its grants, and telling a stranger nothing."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import event, select

from amana.audit.outbox.tables import event_detail, turned_away
from amana.identity import people, sessions, sign_in
from amana.identity.sign_in import Checked, Welcome
from amana.identity.tables import person
from support.identity_house import HASHER, NOON, PASSWORD, SHELL, found_house

SECRET = pyotp.random_base32()
KEY = b"k" * 32


@pytest.fixture
def house(database):
    """On both databases: what the web process may do, each of them enforces in its own way."""
    return found_house(database.as_role("owner"), database.as_role("amana_web"))


def enter(house, email="amal@mar.example", password=PASSWORD, code="", now=NOON, *, demo=True, replacing=None):
    with house.web.read() as reading:
        account = sign_in.look_up(reading, email)
    checked = sign_in.check(account, password, HASHER)
    with house.web.write() as tx:
        return sign_in.settle(tx, checked, code, factor_optional=demo, digest_key=KEY, replacing=replacing, now=now)


def counted(house):
    """What will be told of failed sign-ins at the next mark."""
    with house.owner.read() as reading:
        return [tuple(row) for row in reading.execute(select(turned_away.c["code", "who", "times"]))]


def code_at(now):
    return pyotp.TOTP(SECRET).at(now)


def test_the_right_password_opens_a_session(house):
    added = house.add()
    welcome = enter(house, " AMAL@mar.example ")
    assert isinstance(welcome, Welcome)
    assert welcome.person == added
    with house.web.read() as reading:
        found = sessions.find(reading, welcome.session.name, NOON)
    assert (found.person, found.form_key) == (added, welcome.session.form_key)
    assert house.kinds()[-1] == "signed.in"


@pytest.mark.parametrize(
    "attempt",
    [{"password": "wrong password"}, {"email": "nobody@mar.example"}, {"email": ""}, {"password": ""}, {"demo": False}],
)
def test_whatever_fails_fails_alike(house, attempt):
    house.add()
    assert enter(house, **attempt) is None
    assert house.kinds()[-1] == "person.added"
    assert len(counted(house)) == 1


def test_a_closed_account_opens_nothing(house):
    house.add()
    with house.owner.write() as tx:
        people.disable(tx, "amal@mar.example", SHELL, NOON)
    assert enter(house) is None


def test_known_and_unknown_run_the_same_statements(house):
    house.add()
    told = {}
    for email in ("amal@mar.example", "nobody@mar.example"):
        statements = []
        listener = lambda *args, into=statements: into.append(args[2])  # noqa: E731
        event.listen(house.web.engine, "before_cursor_execute", listener)
        assert enter(house, email, "wrong password") is None
        event.remove(house.web.engine, "before_cursor_execute", listener)
        told[email] = statements
    first, second = told.values()
    assert [text.split()[0] for text in first] == [text.split()[0] for text in second]


def test_a_failed_address_is_journalled_as_a_keyed_digest(house):
    enter(house, "my-secret-passphrase")
    enter(house, "my-secret-passphrase")
    ((code, who, times),) = counted(house)
    assert (code, len(who), times) == ("identity.sign_in_refused", 64, 2)
    assert "passphrase" not in who


def test_after_five_failures_the_account_rests_and_longer_each_time(house):
    house.add()
    now = NOON
    for _ in range(4):
        assert enter(house, password="wrong password", now=now) is None
    assert locked_until(house) is None
    for lock in (30, 60, 120, 240, 480, 960, 1920, 3600, 3600):
        assert enter(house, password="wrong password", now=now) is None
        assert locked_until(house) == now + timedelta(seconds=lock)
        assert enter(house, now=now + timedelta(seconds=lock - 1)) is None  # the right password, too early
        assert locked_until(house) == now + timedelta(seconds=lock)  # which neither counts nor prolongs
        now += timedelta(seconds=lock)
    assert enter(house, now=now) is not None
    assert locked_until(house) is None
    assert enter(house, password="wrong password", now=now) is None
    assert enter(house, now=now) is not None


def locked_until(house):
    with house.owner.read() as reading:
        return reading.execute(select(person.c.locked_until)).scalar_one()


def test_who_has_a_second_factor_must_give_it(house):
    house.add(secret=SECRET)
    assert enter(house, demo=True) is None
    assert enter(house, code="000000") is None
    assert enter(house, code=code_at(NOON), demo=False) is not None


def test_a_code_signs_in_once(house):
    house.add(secret=SECRET)
    assert enter(house, code=code_at(NOON)) is not None
    assert enter(house, code=code_at(NOON)) is None
    later = NOON + timedelta(seconds=30)
    assert enter(house, code=code_at(later), now=later) is not None


def test_a_code_with_a_wrong_password_is_not_used_up(house):
    house.add(secret=SECRET)
    assert enter(house, password="wrong password", code=code_at(NOON)) is None
    assert enter(house, code=code_at(NOON)) is not None


def test_the_method_is_on_record(house):
    house.add(secret=SECRET)
    enter(house, code=code_at(NOON))
    with house.owner.read() as reading:
        rows = reading.execute(select(event_detail.c.details).where(event_detail.c.kind == "signed.in"))
        assert b"password+totp" in rows.scalar_one()


def test_a_new_session_takes_the_place_of_the_one_brought_along(house):
    house.add()
    old = enter(house).session.name
    new = enter(house, replacing=old).session.name
    with house.web.read() as reading:
        assert sessions.find(reading, old, NOON) is None
        assert sessions.find(reading, new, NOON) is not None


def test_signing_out_ends_the_session_and_is_on_record(house):
    house.add()
    entered = enter(house)
    with house.web.write() as tx:
        sign_in.sign_out(tx, entered.session.name, entered.person.actor, NOON)
    with house.web.read() as reading:
        assert sessions.find(reading, entered.session.name, NOON) is None
    assert house.kinds()[-1] == "signed.out"


def test_nobody_else_says_that_a_password_was_compared(house):
    with house.web.read() as reading:
        account = sign_in.look_up(reading, "amal@mar.example")
    with pytest.raises(TypeError):
        Checked(account, password_holds=True, _proof=object())
