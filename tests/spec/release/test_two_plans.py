"""A second plan about the same persons: what it shows, and what the first one showed, tell no more together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import Groups, audit_all
from amana.disclosure.table import Publication, Status
from amana.dissemination.bundle import Bundle, open_bundle
from amana.plans.plan import CubePlan
from amana.release.inputs import Holding, InputsRefused
from amana.release.standing import published_before
from amana.tabulation.tabulate import assemble, tabulate, with_standing
from amana.wording.load import codes
from support.bundles import KEY
from support.policy_folder import PolicyFolder
from support.releases import NOON
from support.smallbook import plan, records
from support.vaulted import BOOK, Hub

SIZES = {"MAR": 160, "TUN": 140, "EGY": 150, "LBY": 120}
CODES = {"SEX": 'SEX = ["F"]', "AGE": 'AGE = ["Y12T17", "Y18T20"]'}
SEX = f'id = "table"\nby = ["REF_AREA", "SEX"]\ncodes = {{ {CODES["SEX"]} }}'
AGE = f'id = "table"\nby = ["REF_AREA", "AGE"]\ncodes = {{ {CODES["AGE"]} }}'
BOTH = f'id = "sexes-by-age"\nby = ["SEX", "AGE"]\ncodes = {{ {", ".join(CODES.values())} }}'


def batch(committee: str, more: int = 0):
    rng = Random(SIZES[committee])
    rows = [
        {
            "VICTIM_STATUS": "IDENT",
            "SEX": rng.choices(["F", "M"], [8, 2])[0],
            "AGE": rng.choices(["Y12T17", "Y18T20", "Y21T23"], [3, 5, 1])[0],
            "CITIZENSHIP": "NGA",
            "EXPLOITATION": {"EXP_SEX"},
            "ICT_FACILITATION": "NONE",
        }
        for _ in range(SIZES[committee] + more)
    ]
    return records(rows, committee, book=BOOK)


class Region(Hub):
    """Four committees, and plans one after another."""

    def plan_by(self, name: str, *cubes: str) -> None:
        """Let there be one plan more, and have it built next."""
        self.plan = replace(plan(self.works.records.parent, *cubes, book=BOOK), id=name)
        self.works = replace(self.works, plans={**self.works.plans, name: self.plan})

    def release(self) -> Bundle:
        row = self.built()
        assert row["state"] == "BUILT", row["reason"]
        self.published(row)
        return self.opened(row)

    def opened(self, row: Mapping[str, object]) -> Bundle:
        return open_bundle(self.works.bundles, str(row["candidate"]), [KEY.public_key()])

    def counted(self, cubes: tuple[CubePlan, ...]):
        """Return what all committees count in these cubes, as raw tables."""
        wide = replace(self.plan, cubes=cubes)
        members = self.works.policies.members(NOON.date())
        return assemble([tabulate(batch(one), wide, BOOK) for one in SIZES], wide, members, BOOK)


@pytest.fixture
def hub(sqlite, tmp_path):
    first = plan(tmp_path, SEX, book=BOOK)
    hub = Region(sqlite, tmp_path, first, PolicyFolder(tmp_path / "policies").load())
    hub.plan_by("sexes", SEX)
    hub.morocco = hub.hold(batch("MAR"))
    for committee in ("TUN", "EGY", "LBY"):
        hub.hold(batch(committee))
    return hub


def together(hub: Region, *bundles: tuple[Bundle, tuple[CubePlan, ...]]):
    """Return what everybody can derive from all of them, with what each committee counts in every table."""
    pages: list[Publication] = []
    raw = None
    for bundle, cubes in bundles:
        page = bundle.renamed()
        names = {cube.id: name.id for cube, name in zip(bundle.cubes, page.cubes, strict=True)}
        stood = hub.counted(tuple(replace(cube, id=names[cube.id]) for cube in cubes))
        raw = stood if raw is None else with_standing(raw, stood)
        pages.append(page)
    assert raw is not None
    return audit_all(pages, raw.insiders, 2, groups=Groups())


def test_a_second_plan_is_published_beside_the_first_and_nobody_learns_more(hub):
    first, of_first = hub.release(), hub.plan.cubes
    hub.plan_by("ages", AGE, BOTH)
    second = hub.release()
    assert [cube.id for cube in second.cubes] == ["table", "sexes-by-age"]
    assert sum(int((each == Status.SHOWN).sum()) for each in second.status.values()) > 10
    reports = together(hub, (first, of_first), (second, hub.plan.cubes))
    assert len(reports) == 11
    assert not [(name, report.findings) for name, report in reports.items() if not report.passed]


def test_a_third_is_hidden_with_both_in_hand(hub):
    released = [(hub.release(), hub.plan.cubes)]
    for name, text in (("ages", AGE), ("both", BOTH)):
        hub.plan_by(name, text)
        released.append((hub.release(), hub.plan.cubes))
    reports = together(hub, *released)
    assert not [(name, report.findings) for name, report in reports.items() if not report.passed]


def test_what_was_shown_stays_and_what_was_hidden_is_not_shown_by_another_plan(hub):
    first = hub.release()
    hub.plan_by("ages", AGE, BOTH)
    second = hub.release()
    shown = {
        each.cell_key(at): (bundle.status[each.id][at], bundle.values[each.id][at])
        for bundle in (first, second)
        for each in bundle.cubes
        for at in each.indices()
    }
    for cube in first.cubes:
        for at in cube.indices():
            assert shown[cube.cell_key(at)] == (first.status[cube.id][at], first.values[cube.id][at])


def test_tables_of_a_plan_that_is_gone_cannot_be_counted_again(hub):
    hub.release()
    gone = hub.works.plans["sexes"]
    hub.plan_by("ages", AGE)
    hub.works = replace(hub.works, plans={"ages": hub.plan})
    refused = hub.built()
    assert (refused["state"], refused["reason"]) == ("REFUSED", "release.past_not_counted")
    assert refused["reason"] in codes()
    hub.works = replace(hub.works, plans={"ages": hub.plan, "sexes": gone})
    assert hub.built()["state"] == "BUILT"


def test_a_plan_that_has_all_of_the_first_ones_tables_needs_no_other(hub):
    first = hub.release()
    hub.plan_by("more", SEX, BOTH)
    hub.works = replace(hub.works, plans={"more": hub.plan})
    second = hub.release()
    was, now = first.status["table"] == Status.SHOWN, second.status["table"] == Status.SHOWN
    assert (was == now).all()
    assert np.array_equal(first.values["table"], second.values["table"])


def test_that_a_plan_is_gone_is_told_whether_or_not_somebody_has_revised(hub):
    hub.plan_by("more", SEX, BOTH)
    first = hub.release()
    hub.plan_by("sexes", SEX)
    hub.works = replace(hub.works, plans={"sexes": hub.plan})
    for revised in ((), ("MAR",)):
        with pytest.raises(InputsRefused) as refused:
            before(hub, first, *revised)
        assert refused.value.facts["reason"] == "release.past_not_counted"


def test_two_bundles_of_one_plan_stand_each_under_its_own_names_and_members(hub):
    """Whoever is a member has changed between them, who has sent something has not; both have as many."""
    hub.plan_by("ages", AGE)
    first = hub.release()
    moved = replace(first, digest="f" * 64, about=replace(first.about, members=(*first.about.members[:-1], "ZZZ")))
    hub.plan_by("sexes", SEX)
    holdings = [Holding("x", one, "VICTIMS", "2022", "records", "x", "x", BOOK.digest, None) for one in SIZES]
    members = hub.works.policies.members(NOON.date())
    opened = [(first, frozenset[str]()), (moved, frozenset[str]())]
    found = published_before(opened, hub.plan, holdings, members, plans=hub.works.plans, book=BOOK)
    assert [(each.members, each.cubes[0].id) for each in found.standing] == [
        (each.about.members, each.name_of("table")) for each in (first, moved)
    ]
    assert [page.cubes[0].id for page in found.pages] == [first.name_of("table"), moved.name_of("table")]


def test_where_somebody_revised_the_first_is_an_older_vintage_and_does_not_stand(hub):
    hub.release()
    hub.supersede(hub.morocco)
    hub.hold(batch("MAR", more=20))
    hub.plan_by("ages", AGE)
    refused = hub.built()
    assert (refused["state"], refused["reason"]) == ("REFUSED", "disclosure.refused")  # and not that somebody revised


def before(hub: Region, bundle: Bundle, *revised: str):
    """Return what is read of a bundle beside the hub's present plan."""
    holdings = [Holding("x", one, "VICTIMS", "2022", "records", "x", "x", BOOK.digest, None) for one in SIZES]
    members = hub.works.policies.members(NOON.date())
    return published_before(
        [(bundle, frozenset(revised))], hub.plan, holdings, members, plans=hub.works.plans, book=BOOK
    )


def test_what_stands_is_what_the_plan_does_not_have_itself_and_nobody_has_revised(hub):
    hub.plan_by("more", SEX, BOTH)
    first = hub.release()
    hub.plan_by("sexes", SEX)
    found = before(hub, first)
    assert [cube.id for cube in found.cubes] == [cube.id for each in found.standing for cube in each.cubes]
    assert [cube.id for cube in found.cubes] == [first.name_of("sexes-by-age")]
    assert [cube.id for cube in found.pages[0].cubes] == [first.name_of("table"), first.name_of("sexes-by-age")]
    older = before(hub, first, "MAR")
    assert (older.standing, older.pages[0].revised) == ((), {"MAR"})
    assert [cube.id for cube in older.pages[0].cubes] == ["table", "sexes-by-age"]


def test_a_table_with_sub_regions_is_another_one(hub):
    hub.plan_by("north", SEX.replace("by =", 'levels = { REF_AREA = "sub_region" }\nby ='))
    first = hub.release()
    hub.plan_by("sexes", SEX)
    assert [cube.id for cube in before(hub, first).cubes] == [first.name_of("table")]
    hub.plan_by("again", SEX.replace("by =", 'levels = { REF_AREA = "sub_region" }\nby ='))
    assert before(hub, first).cubes == ()
