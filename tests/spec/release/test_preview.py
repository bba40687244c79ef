"""A dry run says how much of the committee's own file a release would hide: how many cells, never which."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest

from amana.disclosure.table import KnownFigure, Rule
from amana.policy.known import Printed
from amana.tabulation.latest import latest
from amana.tabulation.preview import Cells, preview
from amana.tabulation.tabulate import tabulate
from amana.tabulation.trial import Books, told_of_counts
from support.bundles import Shop
from support.policy_folder import PolicyFolder
from support.smallbook import SMALL, plan, records

ALL_OF_TUNISIA = (("REF_AREA", "TUN"), ("VICTIM_STATUS", "IDENT"))


def person(sex: str, age: str) -> dict[str, object]:
    return {"VICTIM_STATUS": "IDENT", "SEX": sex, "AGE": age, "FORM": {"BEG"}, "ICT": "NONE", "ALSO": set()}


@pytest.fixture
def declared(tmp_path):
    return plan(tmp_path, 'id = "sex"\nby = ["REF_AREA", "SEX"]', 'id = "sex-region"\nby = ["SEX"]')


#      _T   F   M  _U         the smallest cell takes another with it, or the total would give it away
#      42  30  12   0         zeros are hidden like small counts: _U; then F or M, or the total
def test_the_cells_that_would_be_hidden_are_counted_cube_by_cube(declared):
    counts = tabulate(records([*[person("F", "Y_GE18")] * 30, *[person("M", "Y_GE18")] * 12], "TUN"), declared, SMALL)
    told = preview(counts, declared, SMALL, Rule(5, zeros_hidden=True), Random(1))
    assert (told.plan, told.least_count, told.refused) == (declared.id, 5, False)
    assert told.cubes == {"sex": Cells(4, 2), "sex-region": Cells(4, 2)}


def test_what_is_printed_elsewhere_is_known_to_whoever_reads_the_release(declared):
    """All women, all men and all together are printed: nothing hides any more that nobody is left."""
    counts = tabulate(records([*[person("F", "Y_GE18")] * 30, *[person("M", "Y_GE18")] * 12], "TUN"), declared, SMALL)
    keys = [frozenset({*ALL_OF_TUNISIA, *sex}) for sex in ([], [("SEX", "F")], [("SEX", "M")])]
    printed = [KnownFigure(key, 1, "report") for key in keys]  # off by some: the reader knows better
    assert preview(counts, declared, SMALL, Rule(5, zeros_hidden=True), Random(1), known=printed).refused


def test_a_dry_run_looks_up_what_is_printed(declared, tmp_path):
    counts = tabulate(records([*[person("F", "Y_GE18")] * 30, *[person("M", "Y_GE18")] * 12], "TUN"), declared, SMALL)
    policies = PolicyFolder(tmp_path / "policies").load()
    cells = [(("VICTIM_STATUS", "IDENT"), *sex) for sex in ([], [("SEX", "F")], [("SEX", "M")])]
    report = [Printed("TUN", "VICTIMS", counts.period, cell, 1, "report", date(2023, 1, 1)) for cell in cells]
    for known, refused in (((), False), (tuple(report), True)):
        books = Books(replace(policies, known=known), [declared], SMALL, Random(1))
        assert told_of_counts(declared, counts, books)["plans"][0]["refused"] is refused


def test_what_is_common_enough_is_shown_whole(declared):
    people = [person(sex, "Y_GE18") for sex in ("F", "M", "_U") for _ in range(9)]
    told = preview(tabulate(records(people, "TUN"), declared, SMALL), declared, SMALL, Rule(5, True), Random(1))
    assert told.cubes == {"sex": Cells(4, 0), "sex-region": Cells(4, 0)}


def test_beside_it_stands_what_the_latest_release_shows_and_hides_of_the_askers_country(declared, tmp_path):
    """MAR has 2 women and 1 man, TUN 5 women; SEN sent nothing, JOR is no member. What is below 2 is hidden."""
    (tmp_path / "bundles").mkdir()
    shop, policies = Shop(tmp_path / "bundles", declared), PolicyFolder(tmp_path / "policies").load()
    mine = tabulate(records([person("F", "Y_GE18")] * 30, "MAR"), declared, SMALL)

    def told(committee: str = "MAR"):
        books = Books(policies, [declared], SMALL, Random(1), shop.catalogue)
        return told_of_counts(declared, replace(mine, committee=committee), books)["plans"][0]["published"]

    assert told() is None, "none was published"
    few = [person("F", "Y_GE18")] * 2 + [person("M", "Y_GE18")]
    shop.publish([records(few, "MAR"), records([person("F", "Y_GE18")] * 5, "TUN")], period="2021")
    shop.publish([records(few, "MAR")], period="2020")
    # _T 3, F 2, M 1, _U 0: of the cube of the region nothing is said
    assert told() == {"release": "rel_0", "period": "2021", "vintage": 1, "cubes": {"sex": {"shown": 2, "hidden": 2}}}
    assert [latest(shop.catalogue, declared, other) for other in ("SEN", "JOR")] == [None, None]
    everybody = [person(sex, "Y_GE18") for sex in ("F", "M") for _ in range(9)]
    shop.publish([records(everybody, "MAR")], period="2021")
    assert (told()["release"], told()["vintage"], told()["cubes"]) == ("rel_2", 2, {"sex": {"shown": 3, "hidden": 1}})
    shop.withdraw(2)
    assert told()["period"] == "2020", "a tombstone is not read, nor is what it superseded"


def test_a_published_bundle_that_was_changed_is_not_counted(declared, tmp_path):
    (tmp_path / "bundles").mkdir()
    shop, policies = Shop(tmp_path / "bundles", declared), PolicyFolder(tmp_path / "policies").load()
    digest = shop.publish([records([person("F", "Y_GE18")] * 9, "MAR")])
    mine = tabulate(records([person("F", "Y_GE18")] * 30, "MAR"), declared, SMALL)
    books = Books(policies, [declared], SMALL, Random(1), shop.catalogue)
    (tmp_path / "bundles" / digest / "sex.status.npy").unlink()
    assert told_of_counts(declared, mine, books)["plans"][0]["published"] is None
