"""Who witnesses the log, and how many of them are enough: law, not configuration.

The keys are read as text here; whoever verifies with them parses them (``audit.witness.quorum.elect``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from amana.policy.toml import COMMITTEE, Day, Whole, read_table, read_with

FILE: Final = "witnesses.toml"
_FORMAT: Final = "amana-witnesses/1"
MOST_SKEW: Final = 3600  # seconds a clock may be ahead: more, and a witness could sign for tomorrow
_VKEY: Final = r"\A[^\s+]{1,120}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\Z"  # 33 bytes in base64
_URL: Final = r"\Ahttps?://[^\s/?#@]+(/[^\s?#]*)?\Z"


@dataclass(frozen=True)
class Witnessing:
    """One witness. url: where it answers; None: it comes by itself. retired: the first day it no longer counts.

    last: with ``retired``, entries of the largest checkpoint it had cosigned by then; no larger one counts.
    """

    name: str
    committee: str
    vkey: str
    url: str | None = None
    retired: date | None = None
    last: int | None = None


@dataclass(frozen=True)
class Witnesses:
    """quorum: how many committees of those in office must have cosigned; 0 where nobody witnesses yet. skew: seconds.

    within: days in which a quorum must have cosigned the newest checkpoint of a copy that somebody verifies.
    """

    quorum: int
    skew: int
    within: int
    all: tuple[Witnessing, ...]


class _Witness(Schema):
    name = fields.String(required=True)
    committee = fields.String(required=True, validate=COMMITTEE)
    vkey = fields.String(required=True, validate=validate.Regexp(_VKEY, error="Not the verifier key of a witness."))
    url = fields.String(validate=validate.Regexp(_URL, error="Not an address such as https://witness.example."))
    retired = Day()
    last = Whole()

    @validates_schema
    def _an_end_is_a_day_and_a_size(self, said: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if ("retired" in said) != ("last" in said):
            raise ValidationError({"last": ["With retired, and only with it: what it had cosigned by then."]})

    @validates_schema
    def _name_is_the_keys(self, said: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if said["vkey"].partition("+")[0] != said["name"]:
            raise ValidationError({"vkey": ["The key has another name."]})


class _File(Schema):
    format = fields.String(required=True, validate=validate.Equal(_FORMAT))
    skew = Whole(required=True, validate=validate.Range(max=MOST_SKEW))
    within = Whole(required=True)
    quorum = Whole()
    witness = fields.List(fields.Nested(_Witness))

    @validates_schema
    def _holds_together(self, said: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        named = said.get("witness", [])
        for what in ("name", "vkey"):
            values = [one[what] for one in named]
            if len(set(values)) < len(values):
                raise ValidationError({"witness": [f"Two have one {what}: a name and its key are never used again."]})
        keys = {one["vkey"].rpartition("+")[2] for one in named}
        if len(keys) < len(named):  # what is signed holds no witness's name
            raise ValidationError({"witness": ["Two have one key under two names: it would count twice."]})
        serving = len({one["committee"] for one in named if "retired" not in one})  # a committee has one voice
        needed = said.get("quorum", 0)
        if not serving < 2 * needed <= 2 * serving and (needed, serving) != (0, 0):
            raise ValidationError({"quorum": [f"Not a majority of the {serving} in office."]})


def parse(table: Mapping[str, Any]) -> Witnesses:
    """Return what ``witnesses.toml`` says. Raises PolicyInvalid for anything missing, unknown or contradictory."""
    said = read_with(_File(), table, FILE)
    witnesses = (Witnessing(**one) for one in said.get("witness", []))
    return Witnesses(said.get("quorum", 0), said["skew"], said["within"], tuple(witnesses))


def load(path: Path) -> Witnesses:
    """Return what one such document says, wherever it lies. Raises PolicyInvalid."""
    return parse(read_table(path, path.name))
