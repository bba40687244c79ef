"""A row that no hub can have written is a finding, not an accident of the verifier."""

from __future__ import annotations

from dataclasses import replace

from amana.audit.events.accounts import SignedOut
from amana.audit.events.event import Actor
from amana.audit.offline.judge import Fault, Walk
from amana.audit.offline.snapshot import CopiedEntry
from amana.audit.outbox import journal
from amana.audit.tlog import leaf
from support.log import NOON


def test_details_that_no_text_can_hold_are_not_what_was_committed():
    told = journal.describe(SignedOut(), Actor("per_x", "auditor", "HUB"), NOON, "evt_x", bytes(leaf.SALT))
    entry = leaf.render(leaf.Leaf(told.id, told.kind, told.at, leaf.commit(told)))
    for actor, faults in (("per_x", []), ("per_y", [Fault.DETAIL]), ("\ud800", [Fault.DETAIL])):
        walk = Walk(leaf.microseconds(NOON))
        walk.through([CopiedEntry(0, told.id, entry, leaf.told(replace(told, actor=actor)))], None)
        assert [one.fault for one in walk.findings] == faults


def test_padding_under_an_events_id_is_an_entry_without_its_details():
    for id_, padding, faults in (("pad_x", 1, []), ("evt_x", 0, [Fault.MISSING])):
        walk = Walk(leaf.microseconds(NOON))
        walk.through([CopiedEntry(0, id_, leaf.render(leaf.pad(id_, 1)), None)], None)
        assert (walk.padding, [one.fault for one in walk.findings]) == (padding, faults)


def test_a_row_under_another_name_than_its_entry_and_its_details():
    told = journal.describe(SignedOut(), Actor("per_x", "auditor", "HUB"), NOON, "evt_x", bytes(leaf.SALT))
    walk = Walk(leaf.microseconds(NOON))
    walk.through([CopiedEntry(0, "evt_y", leaf.entry_of(told), leaf.told(told))], None)
    assert [(one.fault, one.first, one.event) for one in walk.findings] == [(Fault.RENAMED, 0, "evt_y")]


def test_a_part_without_entries_changes_nothing():
    told = journal.describe(SignedOut(), Actor("per_x", "auditor", "HUB"), NOON, "evt_x", bytes(leaf.SALT))
    whole, part, nothing = Walk(), Walk(), Walk()
    part.read([CopiedEntry(0, told.id, leaf.entry_of(told), leaf.told(told))], None, None)
    nothing.read([], None, None)
    for one in (nothing, part, nothing):
        whole.join(one)
    assert (whole.entries, whole.hashes, whole.last, whole.is_broken) == (1, part.hashes, part.last, False)
