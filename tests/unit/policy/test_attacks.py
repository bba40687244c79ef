"""How hard a candidate is attacked is a document, and the document cannot ask for less than the hub's bedrock."""

from __future__ import annotations

import tomllib

import pytest

from amana.config import HOME
from amana.policy import attacks
from amana.policy.documents import load
from amana.policy.toml import PolicyInvalid

SAID = tomllib.loads((HOME / "policies/attacks.toml").read_text(encoding="utf-8"))
PLACES = [(part, name) for part in ("effort", "limits", "membership") for name in SAID[part]]


def changed(part: str, name: str, value: object) -> dict[str, object]:
    return {**SAID, part: {**SAID[part], name: value}}


def test_the_policies_hold_it():
    assert load(HOME / "policies").attacks == attacks.parse(SAID)


def test_the_bedrock_is_as_drawn():
    drawn = """
        effort at least            asks 10  thorough 1  guesses 3  faces 4  tries 4
        per mille at most          pinned 500  dominated 500  narrowed 300
        against noise at most      auc 750  caught 80 """
    bounds = (attacks.LEAST_EFFORT, attacks.MOST_GIVEN, attacks.MOST_MEMBERSHIP)
    told = [" ".join(f"{name} {bound}" for name, bound in each.items()) for each in bounds]
    for line, each in zip(drawn.strip().splitlines(), told, strict=True):
        assert " ".join(line.split()).endswith(each)


@pytest.mark.parametrize(("part", "name"), PLACES)
def test_nothing_may_be_weaker_than_the_bedrock_and_all_may_be_harder(part: str, name: str):
    bound = {**attacks.LEAST_EFFORT, **attacks.MOST_GIVEN, **attacks.MOST_MEMBERSHIP}[name]
    weaker, harder = (bound - 1, bound + 1) if part == "effort" else (bound + 1, bound - 1)
    attacks.parse(changed(part, name, harder or bound))
    with pytest.raises(PolicyInvalid) as refused:
        attacks.parse(changed(part, name, weaker))
    assert refused.value.facts["place"] == f"{part}.{name}"


@pytest.mark.parametrize(("part", "name"), PLACES)
@pytest.mark.parametrize("value", [True, 2.5, "20", -1, None])
def test_only_whole_numbers_will_do(part: str, name: str, value: object):
    with pytest.raises(PolicyInvalid):
        attacks.parse(changed(part, name, value))


@pytest.mark.parametrize("name", SAID)
def test_it_leaves_nothing_out(name: str):
    with pytest.raises(PolicyInvalid):
        attacks.parse({key: value for key, value in SAID.items() if key != name})
    with pytest.raises(PolicyInvalid):
        attacks.parse({**SAID, "more": 1})


@pytest.mark.parametrize(("part", "name"), PLACES)
def test_no_number_may_be_left_out(part: str, name: str):
    with pytest.raises(PolicyInvalid):
        attacks.parse({**SAID, part: {key: value for key, value in SAID[part].items() if key != name}})
