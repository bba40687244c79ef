"""A decision names its clause, and what would have been needed."""

from __future__ import annotations

import timeit
from datetime import date, datetime, timedelta, timezone

import pytest

from amana.policy.clause import sentence_code
from amana.policy.decide import ACTIONS, ROLES, AccessRefused, publication_lack
from amana.policy.terms import TERMS
from amana.wording.load import codes, sentence
from support.policy_folder import NOON, ask

VICTIMS = {"committee": "MAR", "dataflow": "VICTIMS"}


def test_a_decision_carries_the_digest_of_what_decided_it(policies):
    decision = ask(policies, "read_events", "auditor")
    assert (decision.allowed, decision.policy_digest) == (True, policies.digest)


def test_silence_lists_each_permit_for_the_action_and_what_it_lacked_first(policies):
    decision = ask(policies, "read_statistics", "submitter", "MAR", **VICTIMS)
    assert decision.clause == "region.default-deny"
    assert decision.missing == (
        "anyone-reads-open-statistics: resource.public",
        'forum-reads-statistics: (principal.roles).containsAny(["member", "protection_officer", "steward"])',
    )


def test_what_ended_before_the_day_of_publication_stands_against_it(folder, policies):
    both, day = ["TUN", "MAR"], NOON.date()
    assert publication_lack(policies, "VICTIMS", both, day) is None
    assert publication_lack(policies, "VICTIMS", [*both, "XXX"], day) == "agreement.XXX.absent"
    assert publication_lack(policies, "VICTIMS", both, date(2040, 1, 1)) == "agreement.MAR.basis.statistics"


def test_every_permit_says_in_words_who_may(policies):
    for rule in policies.access.conditions:
        for language in ("ar", "fr", "en"):
            assert sentence(f"permit.{rule}", language) != f"permit.{rule}", rule


def test_the_second_condition_is_named_once_the_first_holds(policies):
    decision = ask(policies, "submit_batch", "submitter", "TUN", **VICTIMS)
    assert [text.partition(":")[0] for text in decision.missing] == ["submitter-own-committee"]
    assert "principal.committee" in decision.missing[0]


@pytest.mark.parametrize("lost", ["transfer", "repurposing"])
def test_records_need_a_basis_to_leave_and_one_to_be_counted(folder, lost):
    folder.replace("agreements/MAR.toml", f'type = "{lost}"', 'type = "interconnection"')
    decision = ask(folder.load(), "submit_batch", "submitter", "MAR", **VICTIMS)
    assert (decision.clause, decision.missing) == (f"agreement.MAR.basis.{lost}", (lost,))


def test_who_may_send_records_and_sends_tables_needs_the_basis_of_tables_only(folder):
    folder.replace("agreements/MAR.toml", 'type = "transfer"', 'type = "interconnection"')
    policies = folder.load()
    assert not ask(policies, "submit_batch", "submitter", "MAR", **VICTIMS).allowed
    assert ask(policies, "submit_batch", "submitter", "MAR", contribution="tables", **VICTIMS).allowed


def test_tables_of_children_need_the_basis_of_the_child(folder):
    folder.replace("agreements/EGY.toml", 'type = "child"', 'type = "interconnection"')
    policies = folder.load()
    sent = {"committee": "EGY", "contribution": "tables"}
    refused = ask(policies, "submit_batch", "submitter", "EGY", dataflow="CHILDREN", **sent)
    assert (refused.clause, refused.missing) == ("agreement.EGY.basis.child", ("child",))
    assert ask(policies, "submit_batch", "submitter", "EGY", dataflow="VICTIMS", **sent).allowed


def test_a_release_is_not_planned_with_a_contributor_who_may_not_publish(folder):
    folder.replace("agreements/TUN.toml", 'type = "statistics"', 'type = "interconnection"')
    facts = {"dataflow": "VICTIMS", "contributors": frozenset({"MAR", "TUN"})}
    assert ask(folder.load(), "plan_release", "steward", **facts).clause == "agreement.TUN.basis.statistics"


def test_the_day_is_read_in_utc(policies):
    paris = timezone(timedelta(hours=2))
    facts = {"committee": "CIV", "dataflow": "VICTIMS"}
    before = datetime(2025, 4, 7, 1, 30, tzinfo=paris)  # still the 6th in UTC
    assert ask(policies, "submit_batch", "submitter", "CIV", at=before, **facts).clause == "agreement.CIV.membership"
    assert ask(policies, "submit_batch", "submitter", "CIV", at=before + timedelta(hours=1), **facts).allowed


def test_a_time_without_a_zone_names_no_day(policies):
    with pytest.raises(ValueError):
        ask(policies, "read_events", "auditor", at=NOON.replace(tzinfo=None))


def test_an_act_on_the_wrong_kind_of_thing_is_refused(policies):
    assert ask(policies, "read_events", "auditor", kind="batch").clause == "region.unknown-action"


def test_an_error_of_the_engine_is_a_refusal(folder):
    folder.append(
        "access.cedar",
        """
        @id("overflows") forbid (principal, action == Action::"read_events", resource)
        when { 9223372036854775807 + (if principal.roles.contains("auditor") then 1 else 0) > 0 };
        """,
    )
    assert ask(folder.load(), "read_events", "auditor").clause == "region.evaluation-error"


def test_text_from_outside_reaches_the_engine_as_text(policies):
    hostile = '" || true || "\n\\u0000'
    decision = ask(policies, "read_events", "member", hostile, person=hostile, id=hostile)
    assert decision.clause == "region.default-deny"


def test_a_door_can_raise_the_refusal_with_its_clause(policies):
    ask(policies, "read_events", "auditor").require("read_events")
    with pytest.raises(AccessRefused) as refused:
        ask(policies, "read_events", "member").require("read_events")
    assert (refused.value.status, refused.value.facts["clause"]) == (403, "region.default-deny")


def test_only_known_actions_have_terms():
    assert TERMS.keys() <= ACTIONS.keys()


CLAUSES = {
    "access.planner-does-not-decide": ("clause.access", {"rule": "planner-does-not-decide"}),
    "agreement.MAR.basis.child": ("clause.agreement.basis", {"committee": "MAR", "what": "child"}),
    "agreement.MAR.absent": ("clause.agreement.absent", {"committee": "MAR", "what": ""}),
    "region.excluded-purpose": ("clause.region.excluded-purpose", {}),
}


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_clause_knows_its_sentence(clause):
    assert sentence_code(clause) == CLAUSES[clause]


@pytest.mark.parametrize(
    "clause",
    [
        *(f"region.{name}" for name in ("excluded-purpose", "unknown-purpose", "unknown-action")),
        *(f"region.{name}" for name in ("evaluation-error", "default-deny")),
        *(f"agreement.MAR.{name}" for name in ("absent", "membership", "dataflows", "contribution", "purposes")),
        "agreement.MAR.basis.transfer",
        "access.withdrawn-is-gone",
    ],
)
def test_every_refusal_has_a_sentence_in_three_languages(clause):
    code, facts = sentence_code(clause)
    assert code in codes()
    told = {sentence(code, language, facts) for language in ("ar", "fr", "en")}
    assert len(told) == 3
    assert not any("…" in text for text in told)


def test_a_decision_takes_less_than_a_millisecond(policies):
    def once() -> None:
        ask(policies, "submit_batch", "submitter", "MAR", **VICTIMS)

    assert min(timeit.repeat(once, number=1, repeat=200)) < 0.001  # seconds; the least, on a machine that is busy


# role × action, each put in its most favourable light. The reference against which the Cedar text is read.
REFERENCE = """
                    submitter protection_officer member observer steward auditor operator
submit_batch        yes       .                  .      .        .       .       .
read_batch          yes       yes                .      .        .       .       .
read_difference     yes       yes                .      .        .       .       .
decide_version      yes       yes                .      .        .       .       .
withdraw_batch      .         yes                .      .        .       .       .
request_for_persons .         yes                .      .        .       .       .
read_request        yes       yes                .      .        .       .       .
take_answer         .         yes                .      .        .       .       .
confirm_mapping     yes       .                  .      .        .       .       .
plan_release        .         .                  .      .        yes     .       .
plan_vintage        .         .                  .      .        yes     .       .
read_release        yes       yes                yes    .        yes     .       .
read_candidate      .         yes                .      .        .       .       .
decide_candidate    .         yes                .      .        .       .       .
order_publication   .         .                  .      .        yes     .       .
order_withdrawal    .         yes                .      .        yes     .       .
read_statistics     .         yes                yes    .        yes     .       .
read_events         .         .                  .      .        .       yes     .
export_events       .         .                  .      .        .       yes     .
open_case           .         .                  .      .        .       yes     .
read_case           .         .                  .      .        .       yes     .
export_case         .         .                  .      .        .       yes     .
write_in_case       .         .                  .      .        .       yes     .
close_case          .         .                  .      .        .       yes     .
open_name           .         .                  .      .        .       yes     .
read_window         .         yes                .      .        .       .       .
read_own_account    yes       yes                yes    yes      yes     yes     yes
"""
STATE = {"read_candidate": "BUILT", "decide_candidate": "BUILT", "order_publication": "APPROVED"} | dict.fromkeys(
    ("write_in_case", "close_case", "open_name"), "OPEN"
)


def favourable(policies, role, action):
    facts = {
        "committee": "MAR",
        "dataflow": "VICTIMS",
        "state": STATE.get(action, "PUBLISHED"),
        "contributors": frozenset({"MAR"}),
        "id": "per_asker",
    }
    return ask(policies, action, role, "MAR", purpose="research", purposes="research", **facts)


def test_every_role_and_action_is_as_in_the_reference_table(policies):
    head, *lines = (line.split() for line in REFERENCE.strip().splitlines())
    drawn = {(role, line[0]): cell == "yes" for line in lines for role, cell in zip(head, line[1:], strict=True)}
    assert drawn.keys() == {(role, action) for role in ROLES for action in ACTIONS}
    assert {pair: favourable(policies, *pair).allowed for pair in drawn} == drawn


def test_no_second_role_gives_an_auditor_or_an_operator_more(policies):
    for watcher in ("auditor", "operator"):
        for role in ROLES:
            for action in ACTIONS:
                alone = favourable(policies, watcher, action).allowed
                assert favourable(policies, f"{watcher} {role}", action).allowed <= alone or role == watcher
