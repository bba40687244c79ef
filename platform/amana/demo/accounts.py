"""Who takes part in the demo: one account per role and committee, with passwords made for this run only."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Final

COMMITTEES: Final = ("MAR", "TUN", "EGY", "DZA", "LBY", "MRT", "NER", "CIV")

_FORUM: Final[tuple[Mapping[str, object], ...]] = (
    {"id": "hub", "name": "Amana hub", "class": "other", "purposes": ["regional_reporting"]},
    {
        "id": "un-agency",
        "name": "UN agency (demo)",
        "class": "un_au_eu",
        "purposes": ["regional_reporting", "research"],
    },
    {
        "id": "au-agency",
        "name": "African Union agency (demo)",
        "class": "un_au_eu",
        "purposes": ["regional_reporting", "research"],
    },
    {
        "id": "eu-agency",
        "name": "European Union agency (demo)",
        "class": "un_au_eu",
        "purposes": ["regional_reporting", "research"],
    },
    {"id": "audit-office", "name": "Audit office (demo)", "class": "other", "purposes": []},
    {"id": "press", "name": "Observer (demo)", "class": "other", "purposes": []},
)
_HUB_ROLES: Final = (("steward", "hub"), ("operator", "hub"), ("member", "un-agency"), ("auditor", "audit-office"),
                     ("observer", "press"), ("member", "au-agency"), ("member", "eu-agency"))  # fmt: skip


def roster() -> dict[str, object]:
    """Return the description that ``amana users import`` takes: organisations, people, who wants a token."""
    return {"organisations": list(_organisations()), "people": list(_people())}


def _organisations() -> Iterator[Mapping[str, object]]:
    yield from _FORUM
    for iso in COMMITTEES:
        yield {
            "id": f"committee-{iso.lower()}",
            "name": f"National committee {iso} (demo)",
            "class": "committee",
            "committee": iso,
            "purposes": ["regional_reporting", "policy_planning"],
        }


def _people() -> Iterator[Mapping[str, object]]:
    for role, organisation in _HUB_ROLES:
        yield _person(f"{role}@{organisation}.example", role, organisation)
    for iso in COMMITTEES:
        for role in ("submitter", "protection_officer", "member"):
            yield _person(f"{role.split('_')[-1]}@{iso.lower()}.example", role, f"committee-{iso.lower()}")


def _person(email: str, role: str, organisation: str) -> Mapping[str, object]:
    return {
        "email": email,
        "roles": [role],
        "organisation": organisation,
        "password": secrets.token_urlsafe(12),
        "token": {"label": "demo", "days": 30},
    }
