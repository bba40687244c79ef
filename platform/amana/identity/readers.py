"""Organisations, and who of them has an open account, as the policies see them: without a name or an address."""

from __future__ import annotations

import json

from sqlalchemy import select

from amana.db import Reading
from amana.identity.tables import organisation, person, person_role
from amana.policy.decide import Principal


def homes(reading: Reading) -> dict[str, tuple[str, str | None]]:
    """Return every organisation's class, and the committee that it is, if it is one."""
    query = select(organisation.c.id, organisation.c["class"], organisation.c.committee)
    return {name: (class_, committee) for name, class_, committee in reading.execute(query)}


def principals(reading: Reading) -> tuple[Principal, ...]:
    """Return everybody with an open account and a role, by id."""
    joined = person.join(person_role, person_role.c.person_id == person.c.id).join(organisation)
    columns = (organisation.c.committee, organisation.c["class"].label("class_"), organisation.c.purposes)
    query = select(person.c.id, person_role.c.role, person.c.organisation_id.label("home"), *columns)
    held = (person.c.disabled_at.is_(None), person_role.c.revoked_at.is_(None))
    rows = reading.execute(query.select_from(joined).where(*held)).all()
    roles: dict[str, set[str]] = {}
    for row in rows:
        roles.setdefault(row.id, set()).add(row.role)
    each = {row.id: row for row in rows}
    return tuple(
        Principal(
            id=name,
            roles=frozenset(roles[name]),
            committee=row.committee,
            organisation=row.home,
            organisation_class=row.class_,
            purposes=frozenset(json.loads(row.purposes)),
        )
        for name, row in sorted(each.items())
    )
