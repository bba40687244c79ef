"""The start: the web process proves itself first, and refuses what it must not hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from amana.dissemination.bundle import BundleDamaged
from amana.errors import Misconfigured
from amana.policy.toml import PolicyInvalid
from amana.web import selftest
from amana.web.app import create_app, make_app
from amana.web.selftest import SelfTestFailed
from support.hub import RealHub, copied_policies, real_hub


@pytest.mark.parametrize(
    "variable", ["AMANA_OPENING_KEY_FILE", "AMANA_ROOT_KEY_FILE", "AMANA_LOG_KEY_FILE", "AMANA_VAULT"]
)
def test_given_a_key_that_is_not_its_own_it_does_not_start(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "/any/file")
    with pytest.raises(Misconfigured, match=variable):
        create_app()


def test_the_start_is_journalled_with_the_policies_in_force(hub: RealHub) -> None:
    kinds = [event["kind"] for event in hub.events() if event["actor"] == "web"]
    assert kinds == ["policy.loaded", "process.started"]
    assert hub.events("policy.loaded")[0]["subject"] == hub.house.policies.digest


def test_a_database_user_who_could_read_the_vault_is_refused(hub: RealHub) -> None:
    as_owner = replace(hub.house, database=hub.test_database.as_role("owner"))
    with pytest.raises(SelfTestFailed, match="database user"):
        make_app(as_owner)


def test_without_plans_nothing_is_served(hub: RealHub) -> None:
    with pytest.raises(SelfTestFailed, match="release plans"):
        selftest.check(replace(hub.house, plans={}))


def test_without_its_languages_nothing_is_served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hub: RealHub) -> None:
    monkeypatch.setattr(selftest, "_TRANSLATIONS", tmp_path)
    with pytest.raises(SelfTestFailed, match="translations"):
        selftest.check(hub.house)


def test_policies_below_the_floor_are_refused(tmp_path: Path) -> None:
    policies = copied_policies(tmp_path)
    region = policies / "region.toml"
    region.write_text(region.read_text().replace("least_count = 5", "least_count = 4", 1))
    with pytest.raises(PolicyInvalid), real_hub(tmp_path, policies=policies):
        pass


def test_a_withheld_cell_that_came_out_would_stop_the_start(hub: RealHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest.csv, "render_csv", lambda *_: str(selftest._CANARY).encode())
    with pytest.raises(SelfTestFailed, match="withheld cell"):
        selftest.check(hub.house)


def test_a_published_bundle_that_was_touched_stops_the_start(tmp_path: Path) -> None:
    from support.published import publish, send_demo_like_files

    with real_hub(tmp_path) as hub:
        send_demo_like_files(hub)
        publish(hub, "2022")
        (folder,) = (hub.folder / "data" / "bundles").iterdir()
        values = next(folder.glob("*.values.npy"))
        values.chmod(0o600)
        values.write_bytes(values.read_bytes()[:-8] + b"\0\0\0\0\0\0\0\7")
        fresh = replace(hub.house, opened=replace(hub.house.opened, _bundles={}))
        with pytest.raises(BundleDamaged):
            selftest.check(fresh)


def test_health_tells_little_and_readiness_tells_the_truth(hub: RealHub) -> None:
    client = hub.app.test_client()
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").status_code == 200
    assert "amana_log_entries 0" in client.get("/metrics").text


def test_checkpoint_and_tiles_are_for_everyone_and_entries_are_not(fresh: RealHub) -> None:
    client = fresh.app.test_client()
    assert client.get("/log/checkpoint").status_code == 404
    fresh.sign()
    assert client.get("/log/checkpoint").status_code == 404  # what is signed in between stays inside
    assert client.get("/log/tile/0/000.p/1").status_code == 404
    fresh.show()
    note = client.get("/log/checkpoint")
    size = int(note.text.splitlines()[1])
    assert size % 8 == 0
    assert f"amana_log_entries {size}" in client.get("/metrics").text
    assert "max-age" in note.headers["Cache-Control"]
    fresh.browser("auditor")
    fresh.sign()  # more is in the log now than outsiders see
    assert client.get("/log/checkpoint").text == note.text
    assert client.get(f"/log/tile/0/000.p/{size + 1}").status_code == 404
    tile = client.get(f"/log/tile/0/000.p/{size}")
    assert len(tile.data) == 32 * size
    assert "immutable" in tile.headers["Cache-Control"]
    assert client.get(f"/log/tile/entries/000.p/{size}").status_code == 404
    assert client.get("/log/tile/9/000").status_code == 400
