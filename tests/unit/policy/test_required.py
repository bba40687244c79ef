"""Nothing that decides may be left out: each key of a document is taken away in turn."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator

import pytest

from amana.config import HOME
from amana.policy import agreement, dry_run, log, noise, region, retention
from amana.policy.region import BEDROCK, BEDROCK_ELSEWHERE
from amana.policy.toml import PolicyInvalid

REGION = tomllib.loads((HOME / "policies/region.toml").read_text(encoding="utf-8"))
KEPT = tomllib.loads((HOME / "policies/retention.toml").read_text(encoding="utf-8"))
NOISE = tomllib.loads((HOME / "policies/noise.toml").read_text(encoding="utf-8"))
TOLD = tomllib.loads((HOME / "policies/dry_run.toml").read_text(encoding="utf-8"))
SHOWN = tomllib.loads((HOME / "policies/log.toml").read_text(encoding="utf-8"))
MOROCCO = tomllib.loads((HOME / "policies/agreements/MAR.toml").read_text(encoding="utf-8"))
TOGETHER = {("coalition",), ("as_persons",)}  # silent: every pair; each alone
OPTIONAL = {("contribution",), ("basis",)}  # silent: tables; no basis at all
NAMED = {("purposes",), ("floors",), ("sensitive",)}  # tables whose keys are names: one name fewer is a smaller region


def places(table: object, place: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    inner = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    for key, value in inner:
        if isinstance(table, dict) and place not in NAMED:
            yield (*place, key)
        yield from places(value, (*place, key))


def without(table: dict[str, object], place: tuple[object, ...]) -> dict[str, object]:
    changed = copy.deepcopy(table)
    here: object = changed
    for key in place[:-1]:
        here = here[key]  # type: ignore[index]
    del here[place[-1]]  # type: ignore[attr-defined]
    return changed


@pytest.mark.parametrize("place", [place for place in places(REGION) if place not in TOGETHER], ids=str)
def test_a_region_leaves_nothing_out(place):
    with pytest.raises(PolicyInvalid):
        region.parse(without(REGION, place))


def test_a_region_that_is_silent_about_coalitions_means_every_pair_and_each_alone_as_persons():
    assert region.parse(without(REGION, ("coalition",))).coalition == 2
    assert region.parse(without(REGION, ("as_persons",))).as_persons == 1


@pytest.mark.parametrize("place", [place for place in places(MOROCCO) if place not in OPTIONAL], ids=str)
def test_an_agreement_leaves_nothing_out(place):
    with pytest.raises(PolicyInvalid) as refused:
        agreement.parse(without(MOROCCO, place), "agreements/MAR.toml", region.parse(REGION))
    assert str(place[-1]) in str(refused.value.facts["place"])


@pytest.mark.parametrize("place", sorted(OPTIONAL))
def test_but_for_what_it_may_be_silent_about(place):
    assert agreement.parse(without(MOROCCO, place), "agreements/MAR.toml", region.parse(REGION))


def test_the_bedrock_is_as_drawn():
    drawn = """
        VICTIMS     5  hidden     persons
        CHILDREN   11  hidden     persons
        JUSTICE     5  hidden     persons
        ACTIVITIES  1  published  things
        elsewhere  11  hidden     persons """
    floors = {**BEDROCK, "elsewhere": BEDROCK_ELSEWHERE}
    assert [line.split() for line in drawn.strip().splitlines()] == [
        [name, str(floor.least_count), floor.zeros, "persons" if floor.about_persons else "things"]
        for name, floor in floors.items()
    ]


def test_an_agreement_needs_a_spell_of_membership_and_a_basis_a_dataflow():
    whole = region.parse(REGION)
    spoilt = copy.deepcopy(MOROCCO)
    spoilt["basis"][0]["dataflows"] = []
    for empty in ({**MOROCCO, "membership": []}, spoilt):
        with pytest.raises(PolicyInvalid):
            agreement.parse(empty, "agreements/MAR.toml", whole)


@pytest.mark.parametrize("place", [place for place in places(KEPT) if place], ids=str)
def test_what_is_kept_leaves_nothing_out(place):
    with pytest.raises(PolicyInvalid):
        retention.parse(without(KEPT, place))


@pytest.mark.parametrize("name", TOLD)
def test_what_a_dry_run_tells_leaves_nothing_out(name):
    with pytest.raises(PolicyInvalid):
        dry_run.parse(without(TOLD, (name,)))


@pytest.mark.parametrize(
    "changed",
    [{"per_day": 0}, {"combination": 5}, {"combination": True}, {"format": "amana-dry-run/2"}, {"more": 1}]
    + [{"quasi_identifiers": keys} for keys in ({"victims": ["SEX"]}, {"VICTIMS": "SEX"}, {"VICTIMS": [""]})],
    ids=str,
)
def test_what_a_dry_run_tells_is_read_strictly(changed):
    with pytest.raises(PolicyInvalid):
        dry_run.parse({**TOLD, **changed})


def test_what_noise_promises_is_what_the_document_says():
    assert noise.parse(NOISE) == noise.Noise(one_in=1_000_000, lifetime_epsilon=4, committees=2, periods=2)
    assert noise.parse(NOISE).delta == 1e-6


@pytest.mark.parametrize("name", NOISE)
def test_what_noise_promises_leaves_nothing_out(name):
    with pytest.raises(PolicyInvalid):
        noise.parse(without(NOISE, (name,)))


@pytest.mark.parametrize(
    "changed",
    [
        {"one_in": 999_999},
        {"lifetime_epsilon": 5},
        {"lifetime_epsilon": 0},
        {"lifetime_epsilon": True},
        {"committees": 1},
        {"periods": 1},
        {"format": "amana-noise/2"},
        {"more": 1},
    ],
    ids=str,
)
def test_the_promise_may_be_made_stricter_and_never_laxer(changed):
    with pytest.raises(PolicyInvalid):
        noise.parse({**NOISE, **changed})
    assert noise.parse({**NOISE, "lifetime_epsilon": 1, "committees": 3}).committees == 3


def test_events_are_told_for_a_year_at_least():
    with pytest.raises(PolicyInvalid):
        retention.parse({**KEPT, "event": {"days": 364, "pinned": 365}})


def test_the_log_is_shown_by_a_calendar_and_a_demo_has_one_of_its_own(tmp_path):
    shown = log.load(HOME / "policies")
    assert (shown.shown(demo=False), shown.shown(demo=True)) == (shown.public, shown.demo)
    assert shown.public == log.Shown(interval=3600, block=512, each=250, counted=600)
    with pytest.raises(PolicyInvalid):
        log.load(tmp_path)


@pytest.mark.parametrize("place", list(places(SHOWN)), ids=str)
def test_how_the_log_is_shown_leaves_nothing_out(place):
    with pytest.raises(PolicyInvalid):
        log.parse(without(SHOWN, place))


@pytest.mark.parametrize(
    "changed",
    [
        {"public": {**SHOWN["public"], "interval": 59}},
        {"public": {**SHOWN["public"], "interval": 30}},
        {"public": {**SHOWN["public"], "interval": 7000}},
        {"public": {**SHOWN["public"], "block": 15, "each": 1}},
        {"public": {**SHOWN["public"], "each": 257}},
        {"public": {**SHOWN["public"], "counted": 30}},
        {"public": {**SHOWN["public"], "counted": 700}},
        {"demo": {**SHOWN["demo"], "interval": 7}},
        {"demo": {**SHOWN["demo"], "counted": 7}},
        {"merge_delay": 3601, "closed_after": 7200},
        {"merge_delay": 60, "closed_after": 60},
        {"closed_after": 86_401},
        {"format": "amana-log/2"},
        {"more": 1},
    ],
    ids=str,
)
def test_how_the_log_is_shown_is_read_strictly(changed):
    with pytest.raises(PolicyInvalid):
        log.parse({**SHOWN, **changed})
