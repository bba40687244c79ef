"""Which roles one person may hold together: the law as a table, applied when a role is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final

from amana.errors import AmanaError
from amana.policy.decide import ROLES

# role → the roles that check it, or that it checks; symmetric. Auditor and operator go with nothing at all.
ROLE_CONFLICTS: Final[Mapping[str, frozenset[str]]] = {
    "submitter": frozenset({"protection_officer", "steward", "auditor", "operator"}),
    "protection_officer": frozenset({"submitter", "steward", "auditor", "operator"}),
    "member": frozenset({"auditor", "operator"}),
    "observer": frozenset({"auditor", "operator"}),
    "steward": frozenset({"submitter", "protection_officer", "auditor", "operator"}),
    "auditor": frozenset(ROLES) - {"auditor"},
    "operator": frozenset(ROLES) - {"operator"},
}
COMMITTEE_ROLES: Final = frozenset({"submitter", "protection_officer"})


class RoleConflict(AmanaError):
    """One person would hold two roles that check each other; nothing was changed. facts: ``role``, ``other``."""

    code: ClassVar[str] = "identity.role_conflict"
    status: ClassVar[int] = 409
    exit: ClassVar[int] = 65


class AccountRefused(AmanaError):
    """An account, an organisation or a role cannot be as described; nothing is stored. facts: ``field``, ``reason``."""

    code: ClassVar[str] = "identity.account_refused"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


def refuse_conflicts(roles: Iterable[str], committee: str | None) -> frozenset[str]:
    """Return the roles as a set that one person of this committee (None: of another organisation) may hold.

    Raises AccountRefused for no role, an unknown one, or one that only a national committee gives; RoleConflict
    for two that check each other.
    """
    wanted = sorted(set(roles))
    if not wanted:
        raise AccountRefused(field="role", reason="at least one role is needed")
    for role in wanted:
        if role not in ROLE_CONFLICTS:
            raise AccountRefused(field="role", reason=f"{role} is no role")
        if role in COMMITTEE_ROLES and committee is None:
            raise AccountRefused(field="role", reason=f"{role} belongs to a national committee")
        for other in wanted:
            if other in ROLE_CONFLICTS[role]:
                raise RoleConflict(role=role, other=other)
    return frozenset(wanted)
