"""People and organisations, stored with their event or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from amana.audit.outbox.tables import event_detail
from amana.errors import NotFound
from amana.identity import people
from amana.identity.people import Organisation
from amana.identity.roles import AccountRefused, RoleConflict
from amana.identity.tables import person
from support.identity_house import AGENCY, NOON, SHELL


def test_a_person_is_found_with_organisation_roles_and_purposes(house):
    added = house.add("  Amal@MAR.example ", roles=("member", "submitter"))
    with house.web.read() as reading:
        assert people.find(reading, added.id) == people.by_email(reading, "AMAL@mar.example") == added
    assert (added.email, added.committee, added.organisation_class) == ("amal@mar.example", "MAR", "committee")
    assert (added.roles, added.purposes) == ({"member", "submitter"}, {"policy_planning"})


def test_a_person_is_told_to_policy_and_journal(house):
    added = house.add(roles=("member", "submitter"))
    assert (added.principal.id, added.principal.roles, added.principal.committee) == (added.id, added.roles, "MAR")
    assert (added.actor.role, added.actor.organisation) == ("member+submitter", "committee-mar")


def test_each_role_given_is_an_event(house):
    house.add(roles=("member", "submitter"))
    assert house.kinds() == ["organisation.added", "organisation.added", "person.added", "person.added"]


def test_two_roles_that_check_each_other_leave_no_trace(house):
    with pytest.raises(RoleConflict):
        house.add(roles=("submitter", "protection_officer"))
    with house.owner.read() as reading:
        assert reading.execute(select(func.count()).select_from(person)).scalar_one() == 0
        assert reading.execute(select(func.count()).select_from(event_detail)).scalar_one() == 2


@pytest.mark.parametrize("email", ["", "amal", "amal@mar", "a b@mar.example", "@mar.example", f"a@{'m' * 250}.example"])
def test_an_address_must_be_one(house, email):
    with pytest.raises(AccountRefused):
        house.add(email)


def test_an_address_has_one_account_even_a_closed_one(house):
    house.add()
    with pytest.raises(AccountRefused):
        house.add("AMAL@mar.example")
    with house.owner.write() as tx:
        people.disable(tx, "amal@mar.example", SHELL, NOON)
    with pytest.raises(AccountRefused):
        house.add()


def test_an_unknown_organisation_sends_nobody(house):
    with pytest.raises(NotFound):
        house.add(organisation="nowhere")


def test_a_closed_account_is_not_found_anywhere(house):
    added = house.add()
    house.add("second@mar.example")
    with house.owner.write() as tx:
        people.disable(tx, added.email, SHELL, NOON)
    with house.web.read() as reading:
        assert people.find(reading, added.id) is None
        assert people.by_email(reading, added.email) is None
        assert [one.email for one in people.everybody(reading)] == ["second@mar.example"]
    with house.owner.write() as tx, pytest.raises(NotFound):
        people.disable(tx, added.email, SHELL, NOON)
    assert house.kinds().count("person.disabled") == 1


def test_an_organisation_is_added_once(house):
    with house.owner.write() as tx, pytest.raises(AccountRefused):
        people.add_organisation(tx, AGENCY, SHELL, NOON)


@pytest.mark.parametrize(
    ("name", "kind", "committee", "purposes"),
    [
        ("Not An Id", "other", None, ()),
        ("x" * 61, "other", None, ()),
        ("police", "police", None, ()),
        ("committee-mar", "committee", None, ()),
        ("agency", "un_au_eu", "MAR", ()),
        ("committee-mar", "committee", "Morocco", ()),
        ("ministry", "interior", None, ("immigration_enforcement",)),
        ("ministry", "justice", None, ("victim_prosecution",)),
    ],
)
def test_an_organisation_that_contradicts_itself_is_refused(name, kind, committee, purposes):
    with pytest.raises(AccountRefused):
        Organisation(name, "Title", kind, committee, frozenset(purposes))
