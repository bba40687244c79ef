"""A policies folder holds together or is refused, with its file and place."""

from __future__ import annotations

from datetime import date

import pytest

from amana.errors import NotFound
from amana.policy.documents import load
from amana.policy.region import NEVER, Region
from amana.policy.toml import PolicyInvalid

EIGHT = ("CIV", "DZA", "EGY", "LBY", "MAR", "MRT", "NER", "TUN")
MAR = "agreements/MAR.toml"

# What is changed, and where the refusal must point.
FAULTS = [
    ("region.toml", r"^controller = .*", "", "controller"),
    ("region.toml", r"^controller = .*", 'controller = "  "', "controller"),
    ("region.toml", r"^host_state", 'mascot = "fox"\nhost_state', "mascot"),
    ("region.toml", r"^applicable_law = .*", "applicable_law = 9", "applicable_law"),
    ("region.toml", r"^public_least_count = 11", "public_least_count = 10", "public_least_count"),
    ("region.toml", r"^least_count = 5 # persons", "least_count = 4", "floors.VICTIMS.least_count"),
    ("region.toml", r"^least_count = 5 # persons", "least_count = 5.0", "floors.VICTIMS.least_count"),
    ("region.toml", r"^least_count = 5 # persons", "least_count = true", "floors.VICTIMS.least_count"),
    ("region.toml", r"^least_count = 5 # persons", "least_count = 0", "floors.VICTIMS.least_count"),
    ("region.toml", r"^least_count = 11", "least_count = 10", "floors.CHILDREN.least_count"),
    ("region.toml", r"^zeros = \"hidden\" # a", 'zeros = "published" # a', "floors.VICTIMS.zeros"),
    ("region.toml", r"^zeros = \"hidden\" # a", 'zeros = "maybe" # a', "floors.VICTIMS.zeros"),
    ("region.toml", r"^about_persons = true", "about_persons = false", "floors.VICTIMS.about_persons"),
    ("region.toml", r"^about_persons = true", 'about_persons = "yes"', "floors.VICTIMS.about_persons"),
    ("region.toml", r"\[floors.VICTIMS\]", "[floors.victims]", "floors.victims.key"),
    ("region.toml", r"\[floors.VICTIMS\]", "[floors.ROUTES]", "floors.ROUTES.least_count"),
    ("region.toml", r", \"victim_prosecution\"", "", "excluded_purposes"),
    ("region.toml", r"\[purposes.research\]", "[purposes.victim_prosecution]", "purposes.victim_prosecution"),
    ("region.toml", r"^fr = \"Recherche scientifique\"", "", "purposes.research.fr"),
    ("region.toml", r"^controller = ", "controller ", ""),
    ("region.toml", r"^coalition = 2", "coalition = 0", "coalition"),
    ("region.toml", r"^coalition = 2", "coalition = 3", "coalition"),
    ("region.toml", r"^coalition = 2", "coalition = true", "coalition"),
    ("region.toml", r"^coalition = 2", "coalition = 2.0", "coalition"),
    ("region.toml", r"^as_persons = 1", "as_persons = 0", "as_persons"),
    ("region.toml", r"^as_persons = 1", "as_persons = 3", "as_persons"),
    ("region.toml", r"^\[sensitive\]", '[sensitive]\nROUTES = ["ACT"]', "sensitive.ROUTES"),
    ("region.toml", r"^\[sensitive\]", '[sensitive]\nACTIVITIES = "ACTIVITY"', "sensitive.ACTIVITIES"),
    (MAR, r"^dataflows = .*", 'dataflows = ["VICTIMS"]\ncoalition = 0', "coalition"),
    (MAR, r"^dataflows = .*", 'dataflows = ["VICTIMS"]\nas_persons = 3', "as_persons"),
    (MAR, r"^committee = \"MAR\"", 'committee = "TUN"', "committee"),
    (MAR, r"^committee = \"MAR\"", 'committee = "Morocco"', "committee"),
    (MAR, r"contribution = \"records\"", 'contribution = "all"', "contribution"),
    (MAR, r"^dataflows = .*", 'dataflows = ["VICTIMS", "ROUTES"]', "dataflows"),
    (MAR, r"^dataflows = .*", 'dataflows = ["VICTIMS"]\nleast_count = {ROUTES = 9}', "least_count"),
    (MAR, r"^dataflows = \[\"VICTIMS\", \"CHILDREN\", \"JUSTICE\"\]", 'dataflows = ["ROUTES"]', "basis"),
    (MAR, r"^dataflows = .*", 'dataflows = ["VICTIMS"]\nleast_count = {VICTIMS = -1}', "least_count.VICTIMS"),
    (MAR, r"^dataflows = .*", 'dataflows = ["VICTIMS"]\npurposes = ["marketing"]', "purposes"),
    (MAR, r"^dataflows = .*", 'dataflows = ["VICTIMS"]\npurposes = ["immigration_enforcement"]', "purposes"),
    (MAR, r"^from = .*", 'from = "2024-03-05"', "membership.0.from"),
    (MAR, r"^from = .*", "from = 2024-03-05T00:00:00Z", "membership.0.from"),
    (MAR, r"^from = .*", "from = 2024-03-05\nuntil = 2024-03-04", "membership.0"),
    (MAR, r"^from = .*", "from = 2024-03-05\n[[membership]]\nfrom = 2025-01-01", "membership.1"),
    (MAR, r"^from = .*", "from = 2024-03-05\nuntil = 2025-01-01\n[[membership]]\nfrom = 2025-01-01", "membership.1"),
    (MAR, r"^type = \"transfer\"", 'type = "habit"', "basis.0.type"),
    (MAR, r"^number = .*", "", "basis.0.number"),
    (MAR, r"^expires = .*", "expires = 2035", "basis.0.expires"),
    (MAR, r"^authority = .*", "authority = 'a'\nnote = 'b'", "basis.0.note"),
]


@pytest.mark.parametrize(("file", "old", "new", "place"), FAULTS)
def test_a_fault_is_refused_with_its_file_and_place(folder, file, old, new, place):
    folder.replace(file, old, new)
    with pytest.raises(PolicyInvalid) as refused:
        folder.load()
    assert (refused.value.facts["file"], refused.value.facts["place"]) == (file, place)
    assert refused.value.facts["reason"]


@pytest.mark.parametrize("value", ["0.5", "nan", "12:30:00", str(2**53), str(-(2**53))])
def test_what_has_no_digest_is_refused_with_its_place(folder, value):
    folder.replace("region.toml", r"^public_least_count = .*", f"public_least_count = {value}")
    with pytest.raises(PolicyInvalid) as refused:
        folder.load()
    assert refused.value.facts["place"] == "public_least_count"
    assert "Neither a text nor a whole number" in refused.value.facts["reason"]


def test_what_is_nested_without_end_is_no_document(folder):
    (folder.folder / "region.toml").write_text("a = " + "[" * 5000)
    with pytest.raises(PolicyInvalid, match="not TOML"):
        folder.load()


@pytest.mark.parametrize("file", ["region.toml", "access.cedar", "access.cedarschema"])
def test_a_file_that_is_not_there_is_named(folder, file):
    (folder.folder / file).unlink()
    with pytest.raises(PolicyInvalid) as refused:
        folder.load()
    assert refused.value.facts == {"file": file, "place": "", "reason": "the file is missing"}


def test_a_folder_in_the_place_of_a_file_cannot_be_read(folder):
    (folder.folder / "region.toml").unlink()
    (folder.folder / "region.toml").mkdir()
    with pytest.raises(PolicyInvalid, match="the file cannot be read"):
        folder.load()


@pytest.mark.parametrize("file", ["region.toml", "agreements/MAR.toml", "access.cedar", "access.cedarschema"])
def test_a_byte_order_mark_is_no_part_of_a_document(folder, file):
    """Editors on Windows write one; what is agreed to, and its digest, stay the same."""
    before, path = folder.load().digest, folder.folder / file
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert folder.load().digest == before


def test_bytes_that_are_no_text_are_refused(folder):
    (folder.folder / "access.cedar").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyInvalid):
        folder.load()


def test_eight_committees_of_which_three_keep_their_records(policies):
    assert policies.members(date(2026, 3, 1)) == EIGHT
    kept = {name for name, agreed in policies.agreements.items() if agreed.contribution == "tables"}
    assert kept == {"DZA", "EGY", "LBY"}


def test_an_agreement_that_is_silent_keeps_its_records(folder):
    assert "contribution =" not in (folder.folder / "agreements/DZA.toml").read_text(encoding="utf-8")
    folder.replace(MAR, r"^contribution = .*", "")
    assert folder.load().agreement("MAR").contribution == "tables"


def test_membership_is_read_on_the_day(folder):
    folder.replace(MAR, r"^from = .*", "from = 2024-03-05\nuntil = 2024-12-31\n[[membership]]\nfrom = 2026-01-01")
    policies = folder.load()
    drawn = {
        date(2024, 3, 4): False,
        date(2024, 3, 5): True,
        date(2024, 12, 31): True,
        date(2025, 1, 1): False,
        date(2025, 12, 31): False,
        date(2026, 1, 1): True,
    }
    assert {day: "MAR" in policies.members(day) for day in drawn} == drawn


def test_a_dataflow_without_records_comes_as_tables_from_everyone(policies):
    assert policies.agreement("MAR").form("records") == "records"
    assert policies.agreement("MAR").form("tables") == "tables"
    assert policies.agreement("EGY").form("records") == "tables"


def test_a_committee_without_agreement_is_not_found(policies):
    with pytest.raises(NotFound):
        policies.agreement("SEN")


def test_the_children_of_tunisia_are_under_the_family_judge(policies):
    child = [basis for basis in policies.agreement("TUN").bases if basis.type == "child"]
    assert [(basis.dataflow, basis.authority) for basis in child] == [("CHILDREN", "SPECIMEN: family judge")]


def test_nothing_delivered_here_passes_for_law(policies):
    region: Region = policies.region
    assert all(text.startswith("SPECIMEN") for text in (region.controller, region.host_state, region.applicable_law))
    for agreed in policies.agreements.values():
        assert all(basis.authority.startswith("SPECIMEN") for basis in agreed.bases)
        assert all(basis.number.startswith("SPECIMEN") for basis in agreed.bases)


def test_enforcement_and_prosecution_are_excluded_by_the_code_itself(policies):
    assert {"immigration_enforcement", "victim_prosecution"} == NEVER <= policies.region.excluded_purposes


def test_a_dataflow_without_a_floor_is_not_served(policies):
    with pytest.raises(PolicyInvalid):
        policies.region.floor("ROUTES")


def test_a_new_dataflow_needs_the_strictest_floor(folder):
    folder.append("region.toml", '\n[floors.ROUTES]\nleast_count = 11\nzeros = "hidden"\nabout_persons = true\n')
    assert folder.load().region.floor("ROUTES").least_count == 11


def test_the_digest_is_of_what_is_said_and_not_of_how(folder, policies):
    folder.append("region.toml", "\n# a remark\n")
    assert folder.load().digest == policies.digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("region.toml", r"^public_least_count = 11", "public_least_count = 12"),
        (MAR, r"^expires = 2035-12-31", "expires = 2035-12-30"),
        ("access.cedar", r'"steward"', '"observer"'),
        ("access.cedarschema", r"// What the rules", "// What any rules"),
    ],
)
def test_the_digest_changes_with_every_document(folder, policies, file, old, new):
    folder.replace(file, old, new)
    assert folder.load().digest != policies.digest


def test_the_folder_may_be_anywhere_and_the_digest_stays(folder, policies):
    assert load(folder.folder).digest == policies.digest
