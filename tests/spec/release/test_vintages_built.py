"""A new vintage built for real: what changed by few persons is hidden, what was hidden stays hidden."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure.table import Status
from amana.dissemination.bundle import open_bundle
from amana.release import inputs, ledger
from amana.wording.load import codes
from support.bundles import KEY
from support.policy_folder import PolicyFolder
from support.smallbook import plan, records
from support.vaulted import BOOK, Hub

SIZES = {"MAR": 160, "TUN": 140, "EGY": 150, "LBY": 120}


def people(size: int, seed: int):
    rng = Random(seed)
    return [
        {
            "VICTIM_STATUS": "IDENT",
            "SEX": rng.choices(["F", "M"], [6, 4])[0],
            "AGE": rng.choices(["Y12T17", "Y18T20"], [3, 5])[0],
            "CITIZENSHIP": "NGA",
            "EXPLOITATION": {"EXP_SEX"},
            "ICT_FACILITATION": "NONE",
        }
        for _ in range(size)
    ]


def batch(committee: str, more: int = 0):
    size = SIZES[committee]
    return records([*people(size, seed=size), *people(max(more, 0), seed=1)][: size + more], committee, book=BOOK)


@pytest.fixture
def hub(sqlite, tmp_path):
    declared = plan(tmp_path, 'id = "area-sex"\nby = ["REF_AREA", "SEX"]\ncodes = { SEX = ["F"] }', book=BOOK)
    return Hub(sqlite, tmp_path, declared, PolicyFolder(tmp_path / "policies").load())


@pytest.fixture
def first(hub):
    """A published release of four committees; MAR's holding is known by name, so that a test can replace it."""
    hub.morocco = hub.hold(batch("MAR"))
    for committee in ("TUN", "EGY", "LBY"):
        hub.hold(batch(committee))
    row = hub.built()
    assert row["state"] == "BUILT", row["reason"]
    hub.published(row)
    return row


def opened(hub, row):
    return open_bundle(hub.works.bundles, row["candidate"], [KEY.public_key()])


def test_a_vintage_is_built_from_the_present_holdings_and_cleared_beside_the_first(hub, first):
    hub.supersede(hub.morocco)
    hub.hold(batch("MAR", more=40))
    second = hub.vintage(first)
    assert (second["state"], second["vintage"]) == ("BUILT", 2), second["reason"]
    with hub.web.read() as reading:
        assert ledger.past_of(reading, second["id"]) == {first["candidate"]}
    old, new = opened(hub, first), opened(hub, second)
    assert (old.about.vintage, new.about.vintage) == (1, 2)
    with hub.worker.read() as reading:
        holdings = inputs.frozen(reading, ledger.find(reading, second["id"])) or ()
        assert inputs.revised(reading, first["candidate"], holdings) == {"MAR"}  # told to the clearing alone
        without = [one for one in holdings if one.committee != "TUN"]
        assert inputs.revised(reading, first["candidate"], without) == {"MAR", "TUN"}
    was, now = old.status["area-sex"], new.status["area-sex"]
    assert not ((was == Status.HIDDEN) & (now == Status.SHOWN)).any()
    both = (was == Status.SHOWN) & (now == Status.SHOWN)
    moved = np.abs(new.values["area-sex"] - old.values["area-sex"])[both]
    assert both.any()
    assert not ((moved > 0) & (moved < 5)).any()


def test_one_person_less_changes_no_figure_that_is_shown_or_there_is_no_vintage(hub, first):
    """Where every other figure is published already, the region's can be hidden from everybody but Morocco: refused."""
    hub.supersede(hub.morocco)
    hub.hold(batch("MAR", more=-1))
    second = hub.vintage(first)
    assert (second["state"], second["reason"]) in {("BUILT", None), ("REFUSED", "disclosure.refused")}
    if second["state"] == "BUILT":
        old, new = opened(hub, first), opened(hub, second)
        both = (old.status["area-sex"] == Status.SHOWN) & (new.status["area-sex"] == Status.SHOWN)
        assert (old.values["area-sex"][both] == new.values["area-sex"][both]).all()


def test_tables_protected_at_home_get_no_second_publication(hub, first):
    hub.supersede(hub.morocco)
    hub.hold(batch("MAR"), plan=hub.plan, protected=5)
    second = hub.vintage(first)
    assert (second["state"], second["reason"]) == ("REFUSED", "release.past_with_guests")
    assert second["reason_committees"] == "MAR"
    assert second["reason"] in codes()


def test_two_methods_are_never_used_on_the_same_persons(hub, first):
    other = replace(hub.plan, id="noisy", digest="e" * 64, method="dp")
    hub.plan, hub.works = other, replace(hub.works, plans={**hub.works.plans, other.id: other})
    second = hub.built()
    assert (second["state"], second["reason"]) == ("REFUSED", "release.two_methods")
    assert second["reason"] in codes()


def test_two_plans_never_cut_the_same_persons_in_ways_that_subtract(hub, first, tmp_path):
    """All less the women of one plan less the men of the other are those whose sex nobody knows: one or two."""
    text = 'id = "area-men"\nby = ["REF_AREA", "SEX"]\ncodes = { SEX = ["M"] }'
    other = replace(plan(tmp_path, text, book=BOOK), id="men")
    hub.plan, hub.works = other, replace(hub.works, plans={**hub.works.plans, other.id: other})
    second = hub.built()
    assert (second["state"], second["reason"]) == ("REFUSED", "release.past_not_linked")
    assert second["reason"] in codes()


@pytest.mark.parametrize("revise", [False, True])
def test_where_somebody_revised_nothing_new_is_counted(hub, first, tmp_path, revise):
    """Morocco takes its own from the figures of then, has those of all others, and would read the new with them."""
    if revise:
        hub.supersede(hub.morocco)
        hub.hold(batch("MAR", more=-1))
    same = 'id = "area-sex"\nby = ["REF_AREA", "SEX"]\ncodes = { SEX = ["F"] }'
    more = 'id = "sex-age"\nby = ["SEX", "AGE"]\ncodes = { SEX = ["F"] }'
    other = replace(plan(tmp_path, same, more, book=BOOK), id="more")
    hub.plan, hub.works = other, replace(hub.works, plans={**hub.works.plans, other.id: other})
    second = hub.built()
    assert (second["reason"] == "disclosure.refused") is revise  # as whatever cannot be protected: nobody is told that


@pytest.mark.parametrize("revise", [False, True])
def test_where_somebody_revised_committees_do_not_change_their_tables(hub, first, tmp_path, revise):
    """The region's women then, and each committee's now: whoever did not revise is the same, and no sum says so."""
    if revise:
        hub.supersede(hub.morocco)
        hub.hold(batch("MAR", more=-1))
    other = replace(plan(tmp_path, 'id = "sex"\nby = ["SEX"]\ncodes = { SEX = ["F"] }', book=BOOK), id="region")
    hub.plan, hub.works = other, replace(hub.works, plans={**hub.works.plans, other.id: other})
    second = hub.built()
    assert (second["reason"] == "disclosure.refused") is revise  # as whatever cannot be protected: nobody is told that
