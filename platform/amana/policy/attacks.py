"""How hard a candidate is attacked before anyone may approve it, and what of a matter of degree is too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, fields, validate

from amana.policy.toml import Whole, read_with

FILE: Final = "attacks.toml"
_FORMAT: Final = "amana-attacks/1"

# What the region may make harder and never easier: the least effort, and the most (per mille) that may be given away.
LEAST_EFFORT: Final[Mapping[str, int]] = {"asks": 10, "thorough": 1, "guesses": 3, "faces": 4, "tries": 4}
MOST_GIVEN: Final[Mapping[str, int]] = {"pinned": 500, "dominated": 500, "narrowed": 300}
MOST_MEMBERSHIP: Final[Mapping[str, int]] = {"auc": 750, "caught": 80}


@dataclass(frozen=True)
class Attacks:
    """effort: by what it counts, whole numbers. limits, membership: per mille, by what is limited."""

    effort: Mapping[str, int]
    limits: Mapping[str, int]
    membership: Mapping[str, int]


def _schema(name: str, bounds: Mapping[str, int], *, least: bool) -> type[Schema]:
    kept = {
        key: Whole(required=True, validate=validate.Range(min=bound) if least else validate.Range(max=bound))
        for key, bound in bounds.items()
    }
    return Schema.from_dict(dict(kept), name=name)


class _File(Schema):
    format = fields.String(required=True, validate=validate.Equal(_FORMAT))
    effort = fields.Nested(_schema("Effort", LEAST_EFFORT, least=True), required=True)
    limits = fields.Nested(_schema("Given", MOST_GIVEN, least=False), required=True)
    membership = fields.Nested(_schema("Membership", MOST_MEMBERSHIP, least=False), required=True)


def parse(table: Mapping[str, Any]) -> Attacks:
    """Return what ``attacks.toml`` says. Raises PolicyInvalid for anything missing, unknown, or weaker than allowed."""
    said = read_with(_File(), table, FILE)
    return Attacks(said["effort"], said["limits"], said["membership"])
