"""From sealed records to a candidate: announced, opened, counted, cleared, signed; or refused with a reason."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import update

from amana.dissemination.bundle import open_bundle
from amana.release import tables
from amana.release.build import MOST_ATTEMPTS
from amana.release.order import PeriodFrozen, refuse
from amana.release.states import ReleaseState
from amana.wording.load import codes
from support.bundles import KEY
from support.policy_folder import PolicyFolder
from support.releases import NOON, STEWARD
from support.smallbook import plan, records
from support.vaulted import BOOK, Hub

SIZES = {"MAR": 260, "TUN": 240, "EGY": 90}


def people(size: int, seed: int):
    rng = Random(seed)
    return [
        {
            "VICTIM_STATUS": "IDENT",
            "SEX": rng.choices(["F", "M"], [6, 4])[0],
            "AGE": rng.choices(["Y12T17", "Y18T20", "Y30T38"], [3, 5, 2])[0],
            "CITIZENSHIP": rng.choice(["NGA", "CIV"]),
            "EXPLOITATION": {rng.choice(["EXP_SEX", "EXP_LAB", "EXP_BEG"])},
            "ICT_FACILITATION": rng.choices(["NONE", "REC"], [9, 1])[0],
        }
        for _ in range(size)
    ]


def batch(committee: str):
    return records(people(SIZES[committee], seed=len(committee)), committee, book=BOOK)


@pytest.fixture
def declared(tmp_path):
    return plan(
        tmp_path,
        'id = "area-sex"\nby = ["REF_AREA", "SEX"]\ncodes = { SEX = ["F"] }',
        'id = "area-age"\nby = ["REF_AREA", "AGE"]\ncodes = { AGE = ["Y_LT18"] }',
        book=BOOK,
    )


@pytest.fixture
def policies(tmp_path):
    return PolicyFolder(tmp_path / "policies").load()


@pytest.fixture
def hub(database, tmp_path, declared, policies):
    return Hub(database, tmp_path, declared, policies)


def opened(hub, row):
    return open_bundle(hub.works.bundles, row["candidate"], (KEY.public_key(),))


def test_keys_are_announced_under_a_checkpoint_before_anything_is_opened(hub):
    hub.hold(batch("MAR"))
    hub.hold(batch("TUN"), plan=hub.plan)
    release = hub.plan_one()
    assert hub.step() == release
    assert hub.step() is None  # no checkpoint yet: nothing may be opened
    assert (hub.row(release)["state"], list(hub.works.bundles.iterdir())) == ("PLANNED", [])
    hub.seal()
    assert hub.step() == release
    assert hub.row(release)["state"] == "BUILT"
    assert hub.step() is None


def test_a_candidate_holds_the_tables_of_all_who_contributed_and_may_be_published(hub):
    holdings = [hub.hold(batch("MAR")), hub.hold(batch("TUN"), plan=hub.plan)]
    row = hub.built()
    bundle = opened(hub, row)
    assert bundle.about.contributors == (("MAR", "records"), ("TUN", "tables"))
    assert bundle.about.members == hub.works.policies.members(NOON.date())
    assert bundle.values["area-sex"][0, 0] == SIZES["MAR"] + SIZES["TUN"]
    assert (bundle.about.release, bundle.about.plan_digest) == (row["id"], hub.plan.digest)
    assert hub.inputs(row["id"]) == sorted(holdings)
    assert (row["claimed_by"], row["lease_until"], row["built_at"]) == (None, None, NOON)


def test_tables_that_were_protected_at_home_stand_in_the_release_as_they_came(hub):
    hub.hold(batch("MAR"))
    hub.hold(batch("TUN"), plan=hub.plan, protected=7)
    bundle = opened(hub, hub.built())
    assert bundle.about.contributors == (("MAR", "records"), ("TUN", "tables_protected"))
    places = {node.code: number for number, node in enumerate(bundle.cubes[0].axes[0].nodes)}
    region, mar, tun = (bundle.values["area-sex"][places[code], 0] for code in ("_T", "MAR", "TUN"))
    assert (int(region), int(mar), int(tun)) == (SIZES["MAR"] + SIZES["TUN"], SIZES["MAR"], SIZES["TUN"])


def test_tables_that_were_protected_less_than_is_agreed_now_refuse_the_release(database, tmp_path, declared):
    folder = PolicyFolder(tmp_path / "policies")
    folder.replace("region.toml", r"\[floors.VICTIMS\]\nleast_count = 5", "[floors.VICTIMS]\nleast_count = 9")
    hub = Hub(database, tmp_path, declared, folder.load())
    hub.hold(batch("MAR"))
    hub.hold(batch("TUN"), plan=hub.plan, protected=7)
    row = hub.built()
    assert (row["state"], row["reason"]) == ("REFUSED", "release.tables_invalid")


def test_what_a_report_has_printed_since_the_tables_left_home_refuses_the_release(database, tmp_path):
    """Nobody's sex is unknown, which is hidden; who has read the report's women and men subtracts them."""
    tunisia, since = batch("TUN"), PolicyFolder(tmp_path / "policies")
    text = 'committee = "TUN"\n'
    for code in ("F", "M"):
        count = sum(one["SEX"] == code for one in people(SIZES["TUN"], seed=3))
        about = f'dataflow = "VICTIMS"\nperiod = "2022"\ncell = {{ VICTIM_STATUS = "IDENT", SEX = "{code}" }}'
        text += f'[[figure]]\n{about}\ncount = {count}\nsource = "a report"\ndate = 2023-06-30\n'
    since.append("known/TUN.toml", text)
    by_sex = plan(tmp_path, 'id = "area-sex"\nby = ["REF_AREA", "SEX"]', book=BOOK)
    hub = Hub(database, tmp_path, by_sex, since.load())
    hub.hold(batch("MAR"))
    hub.hold(tunisia, plan=hub.plan, protected=7)
    row = hub.built()
    assert (row["state"], row["reason"]) == ("REFUSED", "release.tables_invalid")


def test_records_at_home_or_in_the_hub_give_the_same_counts(hub):
    at_home = hub.hold(batch("MAR"), plan=hub.plan)
    first = opened(hub, hub.built())
    hub.supersede(at_home)
    hub.hold(batch("MAR"))
    second = opened(hub, hub.built())
    assert all((first.values[name] == second.values[name]).all() for name in first.values)


def test_the_report_says_how_much_is_shown_and_by_which_clauses(hub):
    hub.hold(batch("MAR"))
    hub.hold(batch("EGY"))
    report = json.loads(hub.built()["report"])
    assert report["least_count"] >= 5
    assert report["zeros_hidden"] is True
    assert report["clauses"]
    assert 0 < report["shown"] <= report["cells"]
    assert report["usefulness"].keys() == {"area-sex", "area-age"}


def test_whoever_has_no_lawful_basis_or_is_no_member_stays_out(database, tmp_path, declared):
    folder = PolicyFolder(tmp_path / "policies").replace("agreements/TUN.toml", r"^from = .*$", "from = 2031-01-01")
    hub = Hub(database, tmp_path, declared, folder.load())
    hub.hold(batch("MAR"))
    hub.hold(batch("TUN"))
    row = hub.built()
    assert [committee for committee, _ in opened(hub, row).about.contributors] == ["MAR"]


def refused(hub, release):
    row = hub.row(release)
    assert (row["state"], row["claimed_by"], list(hub.works.bundles.iterdir())) == ("REFUSED", None, [])
    assert row["reason"] in codes()
    return row["reason"]


def test_without_a_contribution_there_is_nothing_to_build(hub):
    release = hub.plan_one()
    hub.step()
    assert refused(hub, release) == "release.no_inputs"
    assert hub.row(release)["reason_committees"] is None


def test_who_counted_by_another_plan_is_asked_to_tabulate_again_and_the_release_waits(hub, tmp_path):
    hub.hold(batch("MAR"))
    old = hub.hold(batch("TUN"), plan=another(tmp_path))
    release = hub.plan_one()
    assert hub.step() == release
    assert [(one.committee, one.plan, one.deadline) for one in hub.asked(release)] == [
        ("TUN", hub.plan.id, NOON + timedelta(days=30))
    ]
    assert hub.inputs(release) == []
    assert hub.step() is None, "it waits, and keeps no worker busy"
    assert hub.settle(NOON + timedelta(days=29)) is False
    hub.supersede(old)
    hub.hold(batch("TUN"), plan=hub.plan)
    assert hub.settle() is True
    assert [one.outcome for one in hub.asked(release)] == ["answered"]
    assert hub.step() == release
    hub.seal()
    assert hub.step() == release
    assert opened(hub, hub.row(release)).about.contributors == (("MAR", "records"), ("TUN", "tables"))


def test_tables_of_another_plan_are_not_mixed_in_when_the_deadline_is_over(hub, tmp_path):
    hub.hold(batch("MAR"))
    hub.hold(batch("TUN"), plan=another(tmp_path))
    release = hub.plan_one()
    hub.step()
    assert hub.settle(NOON + timedelta(days=30)) is True
    assert [one.outcome for one in hub.asked(release)] == ["lapsed"]
    assert hub.step() == release
    row = hub.row(release)
    assert (row["state"], row["reason"]) == ("REFUSED", "release.tables_of_another_plan")
    assert row["reason_committees"] == "TUN"
    assert hub.settle() is False


def test_a_request_is_dropped_with_its_release(hub, tmp_path):
    hub.hold(batch("TUN"), plan=another(tmp_path))
    release = hub.plan_one()
    hub.step()
    with hub.web.write() as tx:
        refuse(tx, release, "release.no_inputs", by=STEWARD, now=NOON)
    assert hub.settle() is True
    assert [one.outcome for one in hub.asked(release)] == ["dropped"]


def another(folder):
    """A plan of the same dataflow that counts something else."""
    (folder / "another").mkdir()
    return plan(folder / "another", 'id = "area"\nby = ["REF_AREA"]', book=BOOK)


def test_a_release_is_built_by_the_plan_and_policy_that_it_was_planned_under(hub):
    hub.hold(batch("MAR"))
    release = hub.plan_one()
    hub.works = replace(hub.works, policies=replace(hub.works.policies, digest="e" * 64))
    hub.step()
    assert refused(hub, release) == "release.plan_changed"


def test_what_was_superseded_after_the_announcement_is_chosen_and_announced_anew(hub):
    first = hub.hold(batch("MAR"))
    release = hub.plan_one()
    hub.step()
    hub.supersede(first)
    second = hub.hold(batch("MAR"))
    hub.seal()
    hub.step()
    assert (hub.row(release)["state"], hub.inputs(release)) == ("PLANNED", [second])
    hub.seal()
    hub.step()
    assert hub.row(release)["state"] == "BUILT"


def test_a_release_whose_every_build_died_is_refused_at_last(hub):
    hub.hold(batch("MAR"))
    release = hub.plan_one()
    with hub.worker.write() as tx:
        tx.execute(update(tables.release).values(attempt=MOST_ATTEMPTS))
    hub.step()
    assert refused(hub, release) == "release.build_failed"


def test_an_announcement_that_a_newer_version_overtook_is_no_build_that_broke_off(hub):
    newest = hub.hold(batch("MAR"))
    release = hub.plan_one()
    for _ in range(MOST_ATTEMPTS + 1):
        hub.step()
        hub.supersede(newest)
        newest = hub.hold(batch("MAR"))
        hub.seal()
    hub.step()
    hub.seal()
    hub.step()
    assert (hub.row(release)["state"], hub.inputs(release)) == ("BUILT", [newest])


def test_builds_that_died_are_counted_from_the_last_announcement(hub):
    hub.hold(batch("MAR"))
    release = hub.plan_one()
    hub.step()
    hub.seal()
    with hub.worker.write() as tx:
        tx.execute(update(tables.release).values(attempt=MOST_ATTEMPTS))
    hub.step()
    assert hub.row(release)["state"] == "BUILT", "four builds have died, and one announcement came to its end"


def test_tables_too_small_to_protect_are_refused_or_wholly_hidden(hub):
    hub.hold(records(people(3, 1), "MAR", book=BOOK))
    row = hub.built()
    if row["state"] == "BUILT":
        assert not opened(hub, row).values["area-sex"].any()
    else:
        assert row["reason"] in codes()


def test_a_published_period_is_frozen_also_for_a_release_planned_before(hub):
    """One person more between two masks is told by subtraction: only a new vintage, planned as one, may follow."""
    hub.hold(batch("MAR"))
    row = hub.built()
    waiting = hub.plan_one()
    with hub.worker.write() as tx:
        change = update(tables.release).where(tables.release.c.id == row["id"])
        tx.execute(change.values(state=ReleaseState.PUBLISHED, published_at=NOON))
    hub.hold(batch("EGY"))
    hub.step()
    assert hub.row(waiting)["reason"] == "release.period_frozen"
    with pytest.raises(PeriodFrozen):
        hub.plan_one()
    assert hub.row(row["id"])["state"] == "PUBLISHED"


def test_the_same_inputs_at_the_same_time_with_the_same_chance_give_the_same_candidate(hub):
    hub.hold(batch("MAR"))
    hub.hold(batch("EGY"))
    release = hub.plan_one()
    hub.step()
    hub.seal()
    hub.step(seed=3)
    first = hub.row(release)["candidate"]
    with hub.worker.write() as tx:
        tx.execute(update(tables.release).values(state=ReleaseState.PLANNED, candidate=None))
    hub.step(seed=3)
    assert hub.row(release)["candidate"] == first
