"""The vocabulary is closed, and what an event says can be read back."""

from __future__ import annotations

import pytest

from amana.audit.events import event as form
from amana.audit.events import vocabulary
from amana.audit.events.accounts import SignedOut
from amana.audit.events.auditors import EventsRead
from amana.audit.events.event import OUTCOMES, Header
from amana.audit.events.readers import StatisticsRead
from amana.audit.events.refusals import RequestRefused
from amana.audit.events.vault import KeyUsed, RecordsStored
from amana.errors import Malformed

KINDS = {
    "batch.received",
    "checkpoint.cosigned",
    "proof.taken",
    "witnesses.read",
    "batch.accepted",
    "batch.refused",
    "batch.read",
    "batch.held",
    "batch.tried",
    "mapping.asked",
    "mapping.confirmed",
    "mapping.read",
    "mapping.applied",
    "difference.dropped",
    "clock.stepped",
    "details.erased",
    "details.erasure_ordered",
    "log.delayed",
    "log.resumed",
    "details.held",
    "owner_request.changed",
    "account.read",
    "purpose.chosen",
    "readings.counted",
    "readings.read",
    "batch.closed",
    "difference.made",
    "difference.read",
    "owner_request.received",
    "owner_request.done",
    "owner_request.refused",
    "owner_request.read",
    "answer.taken",
    "findings.read",
    "envelope.destroyed",
    "upload.begun",
    "upload.continued",
    "upload.read",
    "upload.ended",
    "pieces.destroyed",
    "records.stored",
    "holding.superseded",
    "key.used",
    "key.made",
    "key.destroyed",
    "committee_key.added",
    "release.planned",
    "vintage.planned",
    "release.superseded",
    "release.built",
    "release.refused",
    "tabulation.asked",
    "tabulation.ended",
    "budget.debited",
    "candidate.read",
    "candidate.approved",
    "candidate.refused",
    "publication.ordered",
    "release.published",
    "withdrawal.ordered",
    "release.withdrawn",
    "release.read",
    "statistics.read",
    "events.read",
    "case.opened",
    "case.noted",
    "case.pinned",
    "case.closed",
    "case.read",
    "case.erasure_ordered",
    "case.erased",
    "name.asked",
    "name.opened",
    "export.ordered",
    "export.served",
    "request.refused",
    "refusals.counted",
    "signed.in",
    "sign_in.failed",
    "signed.out",
    "organisation.added",
    "person.added",
    "person.disabled",
    "token.made",
    "token.revoked",
    "policy.loaded",
    "process.started",
}


def test_the_vocabulary_is_closed():
    assert set(vocabulary.WORDS) == KINDS


def test_every_kind_has_one_of_the_outcomes():
    assert {word.outcome for word in vocabulary.WORDS.values()} == set(OUTCOMES)


def test_a_refused_request_carries_its_clause_to_the_header():
    refused = RequestRefused("read_batch", "policy.refused", "region.default-deny", "bat_1", "MAR", "VICTIMS", "p")
    assert refused.header == Header("refused", "region.default-deny", "MAR", "VICTIMS", "p", "bat_1")


def test_a_stored_holding_names_itself_and_its_country():
    stored = RecordsStored("hol_1", "bat_1", "TUN", "VICTIMS", "2022", "records")
    assert stored.header == Header("done", None, "TUN", "VICTIMS", None, "hol_1")
    assert form.render(stored) == (
        b'{"batch":"bat_1","committee":"TUN","dataflow":"VICTIMS","holding":"hol_1","kind":"records","period":"2022"}'
    )


def test_using_a_key_is_an_intent_about_what_it_opens():
    used = KeyUsed("key_1", "judge", "bat_1")
    assert (used.header.outcome, used.header.subject) == ("intended", "bat_1")


def test_signing_out_is_about_nothing():
    assert SignedOut().header == Header("done", None, None, None, None, None)


def test_facts_are_read_back_as_the_event_they_were():
    read = StatisticsRead("VICTIMS", "area-sex", ("MAR", "TUN"), ("2022",), None, "csv")
    assert vocabulary.parse(read.kind, form.render(read)) == read
    filtered = EventsRead({"kind": "request.refused"})
    assert vocabulary.parse(filtered.kind, form.render(filtered)) == filtered


@pytest.mark.parametrize(
    ("kind", "facts"), [("batch.burnt", b"{}"), ("signed.in", b"{}"), ("signed.out", b"[]"), ("signed.out", b"{ }")]
)
def test_facts_of_another_form_are_refused(kind: str, facts: bytes):
    with pytest.raises(Malformed):
        vocabulary.parse(kind, facts)
