"""Whatever is asked for, the strictest holds; whatever role and fact, Cedar and a plain table agree."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from amana.config import HOME
from amana.policy.decide import ROLES
from amana.policy.documents import Policies, load
from amana.policy.meet import protection
from support.policy_folder import ask

DATAFLOWS = st.sampled_from(["VICTIMS", "CHILDREN", "JUSTICE", "ACTIVITIES"])
COUNTS = st.one_of(st.none(), st.integers(-5, 60))
ZEROS = st.sampled_from([None, "hidden", "published"])
RAISED = st.dictionaries(st.sampled_from(["MAR", "TUN", "EGY", "DZA"]), st.integers(1, 60))


@cache
def policies() -> Policies:
    return load(HOME / "policies")


def with_least_counts(dataflow: str, raised: dict[str, int]) -> Policies:
    """The policies, with these committees asking for these least counts and nobody else for any."""
    asked = {
        name: replace(agreed, least_count={dataflow: raised[name]} if name in raised else {})
        for name, agreed in policies().agreements.items()
    }
    return replace(policies(), agreements=asked)


@given(DATAFLOWS, RAISED, COUNTS, ZEROS, st.booleans())
def test_the_meet_is_the_plainest_maximum(dataflow, raised, plan_count, plan_zeros, public):
    met = protection(with_least_counts(dataflow, raised), dataflow, set(raised), plan_count, plan_zeros, public=public)
    floor = {"VICTIMS": 5, "CHILDREN": 11, "JUSTICE": 5, "ACTIVITIES": 1}[dataflow]
    wide_open = 11 if public and dataflow != "ACTIVITIES" else 0
    assert met.least_count == max([floor, wide_open, plan_count or 0, *raised.values()])
    assert met.zeros_hidden == (dataflow != "ACTIVITIES" or plan_zeros == "hidden")


@given(DATAFLOWS, RAISED, COUNTS, st.sampled_from(["MAR", "TUN"]), st.integers(1, 60))
def test_one_more_voice_never_weakens_protection(dataflow, raised, plan_count, newcomer, number):
    before = protection(with_least_counts(dataflow, raised), dataflow, set(raised), plan_count)
    after_raised = {**raised, newcomer: max(number, raised.get(newcomer, 1))}
    after = protection(with_least_counts(dataflow, after_raised), dataflow, set(after_raised), plan_count)
    assert after.least_count >= before.least_count
    assert after.zeros_hidden >= before.zeros_hidden


STATES = ["PLANNED", "BUILT", "APPROVED", "PUBLISHED", "REFUSED", "WITHDRAWN", None]


def obviously(action, roles, own, state, *, mine):
    """Who may do this to a release, said as plainly as Python allows."""
    if roles & {"auditor", "operator"}:
        return False
    if action == "order_publication":
        return "steward" in roles and not roles & {"submitter", "protection_officer"} and state == "APPROVED"
    if action == "order_withdrawal":
        return ("steward" in roles or ("protection_officer" in roles and own)) and state == "PUBLISHED"
    officer = "protection_officer" in roles and own and state in {"BUILT", "APPROVED"}
    return officer and (action == "read_candidate" or not (roles & {"submitter", "steward"} or mine))


@settings(max_examples=150)
@given(
    st.sampled_from(["read_candidate", "decide_candidate", "order_publication", "order_withdrawal"]),
    st.frozensets(st.sampled_from(ROLES)),
    st.sampled_from(["MAR", "TUN", "EGY", None]),
    st.sampled_from(STATES),
    st.booleans(),
)
def test_the_rules_of_a_release_are_as_plain_python_has_them(action, roles, committee, state, mine):
    decision = ask(
        policies(),
        action,
        " ".join(roles),
        committee,
        dataflow="VICTIMS",
        state=state,
        contributors=frozenset({"MAR", "TUN"}),
        made_by="per_asker" if mine else "per_other",
    )
    assert decision.allowed == obviously(action, roles, committee in {"MAR", "TUN"}, state, mine=mine)
    assert decision.clause
