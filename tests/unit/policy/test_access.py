"""Rules are read with suspicion: what does not validate does not start, and an error is never a yes."""

from __future__ import annotations

import pytest

from amana.policy import access
from amana.policy.access import Answer
from amana.policy.toml import PolicyInvalid

SCHEMA = """
entity Person = { roles: Set<String>, age?: Long };
entity Page = { public: Bool };
action read, write appliesTo { principal: [Person], resource: [Page], context: {} };
"""
RULES = """
@id("anyone-reads") permit (principal, action == Action::"read", resource)
when { resource.public }
when { principal.roles.contains("reader") }
unless { principal.roles.contains("banned") };
@id("grown-ups") permit (principal, action == Action::"read", resource)
when { principal.roles.contains("reader") }
when { principal has age && principal.age > 17 };
@id("no-writing") forbid (principal, action == Action::"write", resource);
"""


def request(action: str = "read") -> dict[str, object]:
    return {
        "principal": {"type": "Person", "id": "p"},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Page", "id": "q"},
        "context": {},
    }


def entities(*roles: str, public: bool = True, **more: object) -> list[dict[str, object]]:
    person = {"roles": list(roles), **more}
    return [
        {"uid": {"type": "Person", "id": "p"}, "attrs": person, "parents": []},
        {"uid": {"type": "Page", "id": "q"}, "attrs": {"public": public}, "parents": []},
    ]


def test_a_permit_is_named_by_its_id():
    verdict = access.parse(RULES, SCHEMA).ask(request(), entities("reader"))
    assert (verdict.answer, verdict.rule) == (Answer.PERMITTED, "anyone-reads")


def test_the_first_of_two_permits_is_named():
    verdict = access.parse(RULES, SCHEMA).ask(request(), entities("reader", age=40))
    assert verdict.rule == "anyone-reads"


def test_a_forbid_is_named_by_its_id():
    verdict = access.parse(RULES, SCHEMA).ask(request("write"), entities("reader"))
    assert (verdict.answer, verdict.rule) == (Answer.FORBIDDEN, "no-writing")


def test_silence_tells_what_each_permit_lacked_first():
    verdict = access.parse(RULES, SCHEMA).ask(request(), entities("reader", public=False))
    assert verdict.answer is Answer.SILENT
    assert verdict.missing == (
        "anyone-reads: resource.public",
        "grown-ups: (principal has age) && ((principal.age) > 17)",
    )


def test_an_unless_that_held_is_told_as_a_not():
    verdict = access.parse(RULES, SCHEMA).ask(request(), entities("reader", "banned"))
    assert verdict.missing[0] == 'anyone-reads: not ((principal.roles).contains("banned"))'


@pytest.mark.parametrize(
    "asked",
    [
        (request("delete"), entities("reader")),
        ({**request(), "resource": {"type": "Book", "id": "q"}}, entities("reader")),
        (request(), [{"uid": {"type": "Person", "id": "p"}, "attrs": {}, "parents": []}]),
        (request(), entities("reader", age="forty")),
    ],
    ids=["unknown action", "unknown kind", "fact missing", "fact of another type"],
)
def test_what_does_not_fit_the_schema_is_a_failure(asked):
    assert access.parse(RULES, SCHEMA).ask(*asked).answer is Answer.FAILED


def test_a_forbid_that_errs_does_not_let_anybody_in():
    overflow = """
    @id("all") permit (principal, action, resource);
    @id("not-twice") forbid (principal, action, resource) when { principal has age && principal.age * 4 > 3 };
    """
    parsed = access.parse(overflow, SCHEMA)
    assert parsed.ask(request(), entities(age=0)).answer is Answer.PERMITTED
    assert parsed.ask(request(), entities(age=2**62)).answer is Answer.FAILED


@pytest.mark.parametrize(
    ("rules", "place", "word"),
    [
        ("permit (principal, action", "", "Cedar"),
        ("permit (principal, action, resource);", "policy0", "@id"),
        ('@id("") permit (principal, action, resource);', "policy0", "@id"),
        ('@id("Not This") permit (principal, action, resource);', "policy0", "@id"),
        ('@id("a") permit (principal, action, resource);' * 2, "a", "Two"),
        ('@id("a") permit (principal == ?principal, action, resource);', "", "?principal"),
        ('@id("a") permit (principal, action, resource) when { principal.rolez.contains("x") };', "a", "rolez"),
        ('@id("a") permit (principal, action, resource) when { principal.age > 1 };', "a", "age"),
        ('@id("a") permit (principal, action == Action::"raed", resource);', "a", "raed"),
        ('@id("a") permit (principal, action, resource) when { "x" in principal.roles };', "a", "type"),
    ],
)
def test_rules_that_could_err_are_refused_at_the_start(rules, place, word):
    with pytest.raises(PolicyInvalid) as refused:
        access.parse(rules, SCHEMA)
    facts = refused.value.facts
    assert (facts["file"], facts["place"]) == ("access.cedar", place)
    assert word in str(facts["reason"])


def test_a_schema_that_is_none_is_refused():
    with pytest.raises(PolicyInvalid) as refused:
        access.parse(RULES, "entity = Person")
    assert refused.value.facts["file"] == "access.cedarschema"
