"""What an auditor is shown without asking is a document, read strictly."""

from __future__ import annotations

import tomllib

import pytest

from amana.config import HOME
from amana.policy import questions
from amana.policy.documents import load
from amana.policy.toml import PolicyInvalid

SAID = tomllib.loads((HOME / "policies/questions.toml").read_text(encoding="utf-8"))


def changed(part: str, name: str, value: object) -> dict[str, object]:
    return {**SAID, part: {**SAID[part], name: value}}


def test_the_policies_hold_it():
    assert load(HOME / "policies").questions == questions.parse(SAID)


def test_days_of_rest_are_counted_from_sunday():
    assert questions.parse(changed("hours", "rest", ["SUNDAY", "FRIDAY"])).rest == {0, 5}
    assert questions.parse(changed("hours", "rest", [])).rest == set()


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("hours", "opens", 25),
        ("hours", "opens", -1),
        ("hours", "opens", True),
        ("hours", "closes", "19"),
        ("hours", "closes", 6),  # when it opens
        ("hours", "rest", ["Saturday"]),
        ("look_back", "days", 0),
        ("look_back", "country_days", 367),
        ("patterns", "silent_days", 0),
        ("patterns", "reads_in_a_day", 2.5),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(part: str, name: str, value: object):
    with pytest.raises(PolicyInvalid) as refused:
        questions.parse(changed(part, name, value))
    assert refused.value.facts["place"].startswith(f"{part}.{name}")


@pytest.mark.parametrize("part", ["hours", "look_back", "patterns"])
def test_nothing_is_left_out_or_added(part: str):
    for name in SAID[part]:
        with pytest.raises(PolicyInvalid):
            questions.parse({**SAID, part: {key: value for key, value in SAID[part].items() if key != name}})
    with pytest.raises(PolicyInvalid):
        questions.parse(changed(part, "more", 1))
