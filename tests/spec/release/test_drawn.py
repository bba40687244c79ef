"""A release by a plan with noise: its price is written down, it is drawn once, and it carries its own uncertainty."""

from __future__ import annotations

import json
from random import Random

import numpy as np
import pytest

from amana.dissemination.bundle import open_bundle
from amana.plans.plan import load_plan
from amana.release import budget, ledger
from support.bundles import KEY
from support.policy_folder import PolicyFolder
from support.releases import NOON, WORKER
from support.smallbook import plan_text, records
from support.vaulted import BOOK, Hub

SIZES = {"MAR": 260, "TUN": 240}
CUBES = (
    'id = "area-sex"\nby = ["REF_AREA", "SEX"]\ncodes = { SEX = ["F"] }',
    'id = "area-age"\nby = ["REF_AREA", "AGE"]\ncodes = { AGE = ["Y_LT18"] }',
)


def batch(committee: str):
    rng = Random(len(committee))
    people = [
        {"VICTIM_STATUS": "IDENT", "SEX": rng.choices(["F", "M"], [6, 4])[0], "AGE": rng.choice(["Y12T17", "Y30T38"])}
        for _ in range(SIZES[committee])
    ]
    return records(people, committee, book=BOOK)


def noisy_plan(folder, epsilon: str = "2"):
    path = folder / "small.toml"
    path.write_text(f'epsilon = "{epsilon}"\n' + plan_text(*CUBES).replace('"suppress"', '"dp"'), encoding="utf-8")
    return load_plan(path, BOOK)


@pytest.fixture
def policies(tmp_path):
    return PolicyFolder(tmp_path / "policies").load()


@pytest.fixture
def hub(database, tmp_path, policies):
    return Hub(database, tmp_path, noisy_plan(tmp_path), policies)


def opened(hub, row):
    return open_bundle(hub.works.bundles, row["candidate"], (KEY.public_key(),))


def debits(hub):
    with hub.worker.read() as reading:
        return budget.debits(reading)


def test_a_candidate_shows_every_cell_with_its_variance_and_its_price(hub, policies):
    hub.hold(batch("MAR"))
    hub.hold(batch("TUN"), plan=hub.plan)
    row = hub.built()
    bundle = opened(hub, row)
    assert (row["state"], bundle.method) == ("BUILT", "dp")
    (line,) = debits(hub)
    assert (line.release, line.micro_rho) == (row["id"], budget.cost(2, policies.noise))
    report = json.loads(row["report"])
    assert report["noise"] == {"micro_rho": line.micro_rho, "one_in": 1_000_000, "committees": 2}
    assert report["checker"]["attacks"]["passed"]
    everyone, truth = bundle.noisy.estimate["area-sex"][0, 0], SIZES["MAR"] + SIZES["TUN"]
    spread = np.sqrt(bundle.noisy.variance["area-sex"][0, 0])
    assert abs(everyone - truth) < 8 * spread
    assert spread > 1


def test_a_worker_that_died_between_price_and_bundle_does_not_draw_again(hub, policies):
    """The debit is there, the bundle is not: whoever comes next finds a draw that is lost."""
    hub.hold(batch("MAR"))
    release = hub.plan_one()
    hub.step()
    hub.seal()
    with hub.worker.read() as reading:
        found = ledger.find(reading, release)
    budget.debit(hub.worker, found, 1, policies.noise, by=WORKER, now=NOON)
    hub.step()
    assert (hub.row(release)["state"], hub.row(release)["reason"]) == ("REFUSED", "release.draw_lost")
    assert len(debits(hub)) == 1


def test_a_price_beyond_the_lifetime_refuses_the_release_and_nothing_is_spent(database, tmp_path, policies):
    hub = Hub(database, tmp_path, noisy_plan(tmp_path, "4.01"), policies)
    hub.hold(batch("MAR"))
    row = hub.built()
    assert (row["state"], row["reason"], debits(hub)) == ("REFUSED", "release.budget_exceeded", ())


def test_tables_protected_at_home_are_not_mixed_with_noise(hub):
    hub.hold(batch("MAR"))
    hub.hold(batch("TUN"), plan=hub.plan, protected=7)
    row = hub.built()
    assert (row["state"], row["reason"], debits(hub)) == ("REFUSED", "release.protected_beside_noise", ())
    assert row["reason_committees"] == "TUN"
