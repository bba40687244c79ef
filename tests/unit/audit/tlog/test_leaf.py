"""The entry commits to everything and shows nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from amana.audit.tlog import leaf
from amana.audit.tlog.leaf import Detail, Leaf
from amana.errors import Malformed

DETAIL = Detail(
    id="evt_1",
    kind="signed.in",
    at=1,
    actor="per_1",
    role="auditor",
    organisation="apdp",
    outcome="done",
    clause=None,
    country=None,
    dataflow=None,
    purpose=None,
    subject=None,
    salt=b"s" * 32,
    facts=b'{"method":"password"}',
)


def test_the_commitment_is_the_salted_digest_of_the_whole_event():
    told = (
        b'{"actor":"per_1","at":1,"clause":null,"country":null,"dataflow":null,"facts":{"method":"password"},'
        b'"id":"evt_1","kind":"signed.in","organisation":"apdp","outcome":"done","purpose":null,"role":"auditor",'
        b'"subject":null}'
    )
    assert leaf.commit(DETAIL) == hashlib.sha256(b"s" * 32 + told).hexdigest()


@pytest.mark.parametrize("field", [name for name in vars(DETAIL) if name not in {"at", "salt", "facts"}])
def test_a_change_in_any_field_changes_the_commitment(field: str):
    assert leaf.commit(replace(DETAIL, **{field: "other"})) != leaf.commit(DETAIL)


def test_a_leaf_is_read_back():
    entry = Leaf("evt_1", "signed.in", 1, leaf.commit(DETAIL))
    assert leaf.parse(leaf.render(entry)) == entry


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"at":1,"commitment":"c","id":"e","kind":"k","v":2}',
        b'{"at":"1","commitment":"c","id":"e","kind":"k","v":1}',
        b'{"at":true,"commitment":"c","id":"e","kind":"k","v":1}',
        b'{"at":1,"commitment":"c","id":1,"kind":"k","v":1}',
        b'{"at":1,"commitment":"c","id":"e","kind":"k","v":1} ',
    ],
)
def test_what_is_no_leaf_is_refused(raw: bytes):
    with pytest.raises(Malformed):
        leaf.parse(raw)


def test_a_short_salt_or_broken_facts_are_refused():
    for broken in (replace(DETAIL, salt=b"s"), replace(DETAIL, facts=b"{ }")):
        with pytest.raises(Malformed):
            leaf.commit(broken)


def test_a_time_without_a_zone_is_refused():
    assert leaf.instant(leaf.microseconds(datetime(2026, 1, 1, tzinfo=UTC))) == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        leaf.microseconds(datetime(2026, 1, 1))  # noqa: DTZ001 - the very thing that is refused


def test_only_so_many_words_are_remembered_and_every_one_is_written():
    words = leaf._Quoted()
    assert all(words[str(number)] == f'"{number}"' for number in range(10_001))
    assert len(words) == 10_000
