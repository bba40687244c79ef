"""The start: the web process proves itself first, and refuses what it must not hold."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from amana.config import HOME
from amana.dissemination.bundle import BundleDamaged
from amana.errors import Misconfigured
from amana.plans.plan import PlanInvalid
from amana.policy.toml import PolicyInvalid
from amana.web import app, selftest
from amana.web.app import create_app, make_app
from amana.web.selftest import SelfTestFailed
from amana.wording.load import LANGUAGES, sentence
from support.hub import Kept, RealHub, copied_policies, real_hub

FIRST = {"variable": "AMANA_DATA", "reason": "is not set"}  # what the web process asks for before anything else


@pytest.mark.parametrize(
    "variable", ["AMANA_OPENING_KEY_FILE", "AMANA_ROOT_KEY_FILE", "AMANA_LOG_KEY_FILE", "AMANA_VAULT"]
)
def test_given_a_key_that_is_not_its_own_it_does_not_start(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "/any/file")
    with pytest.raises(Misconfigured, match=variable):
        create_app()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_cannot_start_with_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    """Under gunicorn, whose worker ends so that no other is started; each other process ends with 78 by itself."""
    policies = copied_policies(tmp_path)
    plan = policies / "releases" / "victims.toml"
    plan.write_text(plan.read_text().replace('method = "suppress"', "method = 7", 1))
    monkeypatch.setenv("AMANA_LANG", language)
    with pytest.raises(PlanInvalid) as refused, real_hub(tmp_path, policies=policies):
        pass
    monkeypatch.setattr(app, "create_app", Mock(side_effect=refused.value))
    with pytest.raises(SystemExit) as ended:
        app.start()
    said = capsys.readouterr().err
    assert (ended.value.code, said.count("\n")) == (3, 1)
    assert said.startswith("release.plan_invalid: ")
    assert all(word in said for word in ("victims.toml", "method=7", sentence("rule.plan.bad_value", language)))


def test_gunicorn_ends_without_a_traceback(tmp_path: Path) -> None:
    serve = [sys.executable, "-m", "gunicorn", "-k", "gthread", "--no-control-socket", "-b", f"unix:{tmp_path}/socket"]
    env = {name: text for name, text in os.environ.items() if not name.startswith("AMANA")} | {"AMANA_LANG": "fr"}
    ran = subprocess.run(
        [*serve, "wsgi:app"], cwd=HOME, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert (ran.returncode, "Traceback" in ran.stderr) == (3, False)
    assert f"config.refused: {sentence('config.refused', 'fr', FIRST)}" in ran.stderr


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


def test_a_published_bundle_that_was_touched_stops_the_start(tmp_path: Path, figures_of_2022: Kept) -> None:
    with figures_of_2022.again(tmp_path) as hub:
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
