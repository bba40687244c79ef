"""A protection officer sees what would be shown of her own country, and nothing about another."""

from __future__ import annotations

import pytest

from amana.errors import NotFound
from amana.release.approve import read_candidate
from support.bundles import Shop
from support.releases import NOON, Releases, officer
from support.smallbook import plan, records

PEOPLE = [{"VICTIM_STATUS": "IDENT", "SEX": "F"}] * 4 + [{"VICTIM_STATUS": "IDENT", "SEX": "M"}]


@pytest.fixture
def declared(tmp_path):
    return plan(tmp_path, 'id = "area-sex"\nby = ["REF_AREA", "SEX"]', 'id = "age"\nby = ["AGE"]')


def read(releases, shop, release, committee):
    with releases.web.write() as tx:
        return read_candidate(tx, shop.opened, release, committee, by=officer(committee), now=NOON)


def test_the_candidate_is_seen_for_ones_own_country_only_and_the_look_is_journalled(database, tmp_path, declared):
    releases, shop = Releases(database, tmp_path, declared), Shop(tmp_path, declared)
    candidate = shop.publish([records(PEOPLE, "MAR"), records(PEOPLE[:2], "TUN")])
    release = releases.built("MAR", "TUN", candidate=candidate)
    view = read(releases, shop, release, "MAR")
    assert [(cube, [(row.codes, row.value, row.status) for row in one.rows]) for cube, one in view.tables] == [
        (
            "area-sex",
            [
                (("MAR", "_T"), 5, "A"),
                (("MAR", "F"), 4, "A"),
                (("MAR", "M"), None, "Q"),
                (("MAR", "_U"), None, "Q"),
            ],
        )
    ]
    assert (view.release.candidate, view.release.plan_digest) == (candidate, declared.digest)
    assert releases.events() == ["candidate.read", "release.planned"]


def test_who_did_not_contribute_sees_nothing(database, tmp_path, declared):
    releases, shop = Releases(database, tmp_path, declared), Shop(tmp_path, declared)
    candidate = shop.publish([records(PEOPLE, "MAR")])
    for release, committee in ((releases.built("MAR", candidate=candidate), "TUN"), (releases.planned(), "MAR")):
        with pytest.raises(NotFound):
            read(releases, shop, release, committee)
    assert "candidate.read" not in releases.events()
