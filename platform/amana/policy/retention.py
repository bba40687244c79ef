"""How long the hub keeps what waits for its owner, before it is destroyed unasked, and how much it takes of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from marshmallow import Schema, fields, validate

from amana.policy.toml import Whole, read_with

FILE: Final = "retention.toml"
LEAST_DAYS: Final = 365  # of what is told of an event: whoever verifies the log takes no shorter term for an excuse
_SPANS: Final = ("held", "answer", "upload", "tabulation", "mapping", "event", "case")


@dataclass(frozen=True)
class Retention:
    """held: a version that would replace another; answer: a sealed answer that nobody has taken.

    upload:       a file that is sent in pieces and not yet whole, since its last byte arrived.
    mapping:      a file that waits for its owner to say what its columns mean.
    tabulation:   a release that waits for committees to tabulate again.
    most_uploads: of such files, of one committee at a time.
    requests_per_day: about persons, of one committee in one UTC day.
    event:        what is told of an event; its entry in the log stays, and all proofs with it.
    pinned:       how much longer, at most, while the event is in an open case.
    case:         what auditors wrote in a case, since it was closed; who wrote when stays.
    """

    held: timedelta
    answer: timedelta
    upload: timedelta
    tabulation: timedelta
    mapping: timedelta
    most_uploads: int
    requests_per_day: int
    event: timedelta
    pinned: timedelta
    case: timedelta


class _Days(Schema):
    days = Whole(required=True)


class _Uploads(_Days):
    most = Whole(required=True)


class _Requests(Schema):
    per_day = Whole(required=True)


class _Events(Schema):
    days = Whole(required=True, validate=validate.Range(min=LEAST_DAYS))
    pinned = Whole(required=True)


class _File(Schema):
    held = fields.Nested(_Days, required=True)
    answer = fields.Nested(_Days, required=True)
    upload = fields.Nested(_Uploads, required=True)
    request = fields.Nested(_Requests, required=True)
    tabulation = fields.Nested(_Days, required=True)
    mapping = fields.Nested(_Days, required=True)
    event = fields.Nested(_Events, required=True)
    case = fields.Nested(_Days, required=True)


def parse(table: Mapping[str, Any]) -> Retention:
    """Return what ``retention.toml`` says. Raises PolicyInvalid for anything missing, unknown or mistyped."""
    said = read_with(_File(), table, FILE)
    spans = {name: timedelta(days=said[name]["days"]) for name in _SPANS}
    spans["pinned"] = timedelta(days=said["event"]["pinned"])
    return Retention(**spans, most_uploads=said["upload"]["most"], requests_per_day=said["request"]["per_day"])
