"""The table of roles that check each other."""

from __future__ import annotations

import pytest

from amana.identity.roles import COMMITTEE_ROLES, ROLE_CONFLICTS, AccountRefused, RoleConflict, refuse_conflicts
from amana.policy.decide import ROLES


def test_every_role_is_in_the_table_and_conflicts_are_mutual():
    assert ROLE_CONFLICTS.keys() == set(ROLES)
    for role, others in ROLE_CONFLICTS.items():
        assert role not in others
        assert all(role in ROLE_CONFLICTS[other] for other in others)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("submitter", "protection_officer"),
        ("steward", "protection_officer"),
        ("steward", "submitter"),
        *((watcher, role) for watcher in ("auditor", "operator") for role in ROLES if role != watcher),
    ],
)
def test_roles_that_check_each_other_are_not_given_to_one_person(one, other):
    with pytest.raises(RoleConflict) as refused:
        refuse_conflicts([one, other], "MAR")
    assert set(refused.value.facts.values()) == {one, other}


@pytest.mark.parametrize(
    "roles", [["member", "steward"], ["member", "submitter"], ["observer", "member"], *([r] for r in ROLES)]
)
def test_other_roles_go_together(roles):
    assert refuse_conflicts(roles, "MAR") == frozenset(roles)


@pytest.mark.parametrize("role", sorted(COMMITTEE_ROLES))
def test_a_committees_role_is_given_in_a_committee_only(role):
    with pytest.raises(AccountRefused):
        refuse_conflicts([role], None)


@pytest.mark.parametrize("roles", [[], ["emperor"]])
def test_no_role_and_an_unknown_role_are_refused(roles):
    with pytest.raises(AccountRefused):
        refuse_conflicts(roles, "MAR")
