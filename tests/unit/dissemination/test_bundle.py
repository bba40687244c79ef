"""A bundle is what was signed, whole, or it is not opened."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana.dissemination.bundle import BundleDamaged, open_bundle, write
from amana.dissemination.folders import sweep
from amana.errors import Malformed, SignatureInvalid
from amana.tabulation.tabulate import assemble, tabulate
from support.bundles import KEY, MEMBERS, about, marked, noised
from support.smallbook import SMALL, plan, records

PEOPLE = [{"VICTIM_STATUS": "IDENT", "SEX": "F", "FORM": {"BEG"}}] * 3 + [{"VICTIM_STATUS": "IDENT", "SEX": "M"}]
TRUSTED = (KEY.public_key(),)


@pytest.fixture
def declared(tmp_path):
    return plan(
        tmp_path, 'id = "area-sex"\nby = ["REF_AREA", "SEX"]', 'id = "form"\nby = ["FORM"]\nlevels = { FORM = "group" }'
    )


@pytest.fixture
def cleared(declared):
    return marked(assemble([tabulate(records(PEOPLE), declared, SMALL)], declared, MEMBERS, SMALL), 2)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "bundles"
    folder.mkdir()
    return folder


def test_what_is_written_is_what_is_opened(cleared, declared, root):
    facts = about(declared)
    bundle = open_bundle(root, write(cleared, facts, root, KEY), TRUSTED)
    assert (bundle.about, bundle.cubes, bundle.method) == (facts, cleared.cubes, "suppress")
    assert (bundle.least_count, bundle.zeros_hidden) == (2, True)
    for cube in cleared.cubes:
        assert np.array_equal(bundle.values[cube.id], cleared.values[cube.id])
        assert np.array_equal(bundle.status[cube.id], cleared.status[cube.id])
        assert isinstance(bundle.values[cube.id], np.memmap)
        assert not bundle.values[cube.id].flags.writeable
    assert bundle.cube("form").id == "form"


def test_noise_keeps_its_size_and_its_smoothed_figures_beside_it(declared, root):
    raw = assemble([tabulate(records(PEOPLE), declared, SMALL)], declared, MEMBERS, SMALL)
    cleared = noised(raw)
    bundle = open_bundle(root, write(cleared, about(declared), root, KEY), TRUSTED)
    assert (bundle.method, bundle.least_count) == ("dp", 0)
    for cube in cleared.cubes:
        for part in ("estimate", "variance", "display"):
            stored = getattr(bundle.noisy, part)[cube.id]
            assert np.array_equal(stored, getattr(cleared.noisy, part)[cube.id])
            assert (stored.dtype, stored.flags.writeable) == (np.float64, False)


def test_where_there_is_no_noise_there_are_no_estimates(cleared, declared, root):
    digest = write(cleared, about(declared), root, KEY)
    assert open_bundle(root, digest, TRUSTED).noisy is None
    assert not list((root / digest).glob("*.estimate.npy"))


def test_an_altered_variance_is_caught(declared, root):
    raw = assemble([tabulate(records(PEOPLE), declared, SMALL)], declared, MEMBERS, SMALL)
    digest = write(noised(raw), about(declared), root, KEY)
    file = root / digest / "form.variance.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(BundleDamaged):
        open_bundle(root, digest, TRUSTED)


def test_the_same_tables_have_one_name_and_are_written_once(cleared, declared, root):
    first = write(cleared, about(declared), root, KEY)
    inode = (root / first).stat().st_ino
    assert write(cleared, about(declared), root, KEY) == first
    assert ((root / first).stat().st_ino, [each.name for each in root.iterdir()]) == (inode, [first])
    assert write(cleared, about(declared, release="rel_two"), root, KEY) != first


def test_a_hidden_value_is_not_in_the_files(cleared, declared, root):
    """Whatever a clearing method leaves in its array, a cell that is not shown is written as 0."""
    careless = dict(cleared.values)
    careless["form"] = np.full_like(careless["form"], 77)
    object.__setattr__(cleared, "values", careless)
    bundle = open_bundle(root, write(cleared, about(declared), root, KEY), TRUSTED)
    assert set(bundle.values["form"][bundle.status["form"] != 0].tolist()) == {0}


@pytest.mark.parametrize("name", ["area-sex.values.npy", "form.status.npy"])
def test_an_edited_array_is_noticed(cleared, declared, root, name):
    digest = write(cleared, about(declared), root, KEY)
    content = bytearray((root / digest / name).read_bytes())
    content[-1] ^= 1
    (root / digest / name).write_bytes(content)
    with pytest.raises(BundleDamaged) as damaged:
        open_bundle(root, digest, TRUSTED)
    assert damaged.value.facts["file"] == name


def test_a_missing_file_is_noticed(cleared, declared, root):
    digest = write(cleared, about(declared), root, KEY)
    (root / digest / "form.values.npy").unlink()
    with pytest.raises(BundleDamaged):
        open_bundle(root, digest, TRUSTED)
    with pytest.raises(BundleDamaged):
        open_bundle(root, "0" * 64, TRUSTED)


def test_one_bundle_cannot_stand_in_for_another(cleared, declared, root):
    digest, other = (write(cleared, about(declared, release=name), root, KEY) for name in ("rel_one", "rel_two"))
    for path in (root / other).iterdir():
        (root / digest / path.name).write_bytes(path.read_bytes())
    with pytest.raises(BundleDamaged):
        open_bundle(root, digest, TRUSTED)


def test_only_a_trusted_key_makes_a_bundle(cleared, declared, root):
    digest = write(cleared, about(declared), root, Ed25519PrivateKey.from_private_bytes(b"x" * 32))
    with pytest.raises(SignatureInvalid):
        open_bundle(root, digest, TRUSTED)


def test_a_manifest_that_is_no_envelope_is_malformed(cleared, declared, root):
    digest = write(cleared, about(declared), root, KEY)
    (root / digest / "manifest.json").write_text(json.dumps({"payload": "x"}))
    with pytest.raises(Malformed):
        open_bundle(root, digest, TRUSTED)


def test_what_is_not_cleared_cannot_be_written(declared, root):
    raw = assemble([tabulate(records(PEOPLE), declared, SMALL)], declared, MEMBERS, SMALL)
    with pytest.raises(AttributeError):
        write(raw, about(declared), root, KEY)
    assert list(root.iterdir()) == []


def test_a_crash_while_writing_leaves_no_bundle(cleared, declared, root, monkeypatch):
    def full(*_args):
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        write(cleared, about(declared), root, KEY)
    assert list(root.iterdir()) == []


def test_what_a_dead_worker_left_is_swept_and_what_a_living_one_writes_is_not(cleared, declared, root):
    known, orphan = (write(cleared, about(declared, release=name), root, KEY) for name in ("rel_one", "rel_two"))
    (root / ".draft-x").mkdir()
    for name in (known, orphan, ".draft-x"):
        os.utime(root / name, (1000, 1000))
    young = write(cleared, about(declared, release="rel_three"), root, KEY)
    assert sweep(root, {known}, before=1001) == (".draft-x", orphan)
    assert {each.name for each in root.iterdir()} == {known, young}
