"""A release goes out only as it would be protected that day: weeks may lie between approval and calendar."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amana.release import ledger
from amana.release.in_force import is_in_force
from spec.release.test_vintages_built import batch
from support.policy_folder import PolicyFolder
from support.smallbook import plan
from support.vaulted import BOOK, Hub

WHO = ("EGY", "LBY", "MAR", "TUN")
DECLARED = 'id = "area-sex"\nby = ["REF_AREA", "SEX"]\ncodes = { SEX = ["F"] }'
PRINTED = """
[[figure]]
dataflow = "VICTIMS"
period = "2022"
cell = { SEX = "F" }
count = 96
source = "x"
date = 2023-06-30
"""


@pytest.fixture
def built(sqlite, tmp_path):
    """A hub, its built release, and the folder of its policies."""
    folder = PolicyFolder(tmp_path / "policies")
    hub = Hub(sqlite, tmp_path, plan(tmp_path, DECLARED, book=BOOK), folder.load())
    for one in WHO:
        hub.hold(batch(one))
    row = hub.built()
    with hub.web.read() as reading:
        return hub, ledger.find(reading, str(row["id"])), folder


def test_nothing_has_changed(built):
    hub, found, folder = built
    assert is_in_force(found, WHO, hub.works.plans, folder.load(), BOOK)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("region.toml", r"^(\[floors\.VICTIMS\]\n)least_count = 5", r"\1least_count = 7"),
        ("agreements/TUN.toml", r"^(\[least_count\])$", r"\1\nVICTIMS = 9"),
        ("attacks.toml", r"^asks = .*$", "asks = 400"),
    ],
)
def test_what_protects_has_changed(built, file: str, old: str, new: str):
    hub, found, folder = built
    assert not is_in_force(found, WHO, hub.works.plans, folder.replace(file, old, new).load(), BOOK)


def test_a_figure_was_printed_meanwhile(built):
    hub, found, folder = built
    assert not is_in_force(found, WHO, hub.works.plans, folder.append("known/MAR.toml", PRINTED).load(), BOOK)


def test_how_long_something_is_kept_protects_no_figure(built):
    hub, found, folder = built
    assert is_in_force(found, WHO, hub.works.plans, folder.append("retention.toml", "\n# otherwise\n").load(), BOOK)


def test_a_plan_that_is_another_or_gone_a_committee_without_agreement_and_a_release_without_word_are_none(built):
    hub, found, folder = built
    policies, plans = folder.load(), hub.works.plans
    assert not is_in_force(found, WHO, {}, policies, BOOK)
    other = replace(plans[found.plan], digest="0" * 64)
    assert not is_in_force(found, WHO, {found.plan: other}, policies, BOOK)
    without = replace(policies, agreements={name: one for name, one in policies.agreements.items() if name != "TUN"})
    assert not is_in_force(found, WHO, plans, without, BOOK)
    assert not is_in_force(replace(found, report=None), WHO, plans, policies, BOOK)
    assert not is_in_force(replace(found, report="{}"), WHO, plans, policies, BOOK)
