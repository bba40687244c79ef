"""Each process is told what it needs and refuses what it must not hold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from amana.config import SequencerConfig, WebConfig, WorkerConfig
from amana.errors import Misconfigured

WORKER_ONLY = ["AMANA_OPENING_KEY_FILE", "AMANA_ROOT_KEY_FILE", "AMANA_PSEUDONYM_KEY_FILE", "AMANA_BUNDLE_KEY_FILE"]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, dict[str, str]]:
    """Complete settings of the three processes."""
    for name in ("data", "vault", "policies"):
        (tmp_path / name).mkdir()
    for name in ("recipients", "bundle.pub", "vkey", "receipt", "opening", "root", "pseudonym", "bundle", "log"):
        (tmp_path / name).write_text(name)
        (tmp_path / name).chmod(0o600)
    base = {"AMANA_DATABASE_URL": "sqlite:///x", "AMANA_POLICIES": str(tmp_path / "policies")}

    def at(**names: str) -> dict[str, str]:
        return {f"AMANA_{name}": str(tmp_path / path) for name, path in names.items()}

    return {
        "web": base
        | {"AMANA_AUDITOR_DATABASE_URL": "sqlite:///x", "AMANA_ORIGIN": "http://127.0.0.1:8000"}
        | at(DATA="data", RECIPIENTS_FILE="recipients", RECEIPT_KEY_FILE="receipt", BUNDLE_PUBLIC_FILE="bundle.pub",
             LOG_VKEY_FILE="vkey"),
        "worker": base
        | at(DATA="data", VAULT="vault", OPENING_KEY_FILE="opening", ROOT_KEY_FILE="root", LOG_VKEY_FILE="vkey",
             PSEUDONYM_KEY_FILE="pseudonym", BUNDLE_KEY_FILE="bundle"),
        "sequencer": base | at(LOG_KEY_FILE="log"),
    }  # fmt: skip


READERS = {"web": WebConfig.read, "worker": WorkerConfig.read, "sequencer": SequencerConfig.read}
MUST_NOT_HOLD = {
    "web": [*WORKER_ONLY, "AMANA_LOG_KEY_FILE", "AMANA_VAULT"],
    "worker": ["AMANA_LOG_KEY_FILE", "AMANA_RECEIPT_KEY_FILE", "AMANA_AUDITOR_DATABASE_URL"],
    "sequencer": [*WORKER_ONLY, "AMANA_RECEIPT_KEY_FILE", "AMANA_VAULT", "AMANA_DATA"],
}


@pytest.mark.parametrize("process", READERS)
def test_complete_settings_are_accepted(process: str, env: dict[str, dict[str, str]]) -> None:
    config = READERS[process](env[process])
    assert config.database_url == "sqlite:///x"
    assert not config.demo


@pytest.mark.parametrize(("process", "variable"), [(p, v) for p, names in MUST_NOT_HOLD.items() for v in names])
def test_a_process_refuses_what_it_must_not_hold(process: str, variable: str, env: dict[str, dict[str, str]]) -> None:
    with pytest.raises(Misconfigured) as refusal:
        READERS[process](env[process] | {variable: "anything"})
    assert refusal.value.facts["variable"] == variable


@pytest.mark.parametrize("process", READERS)
def test_each_missing_setting_is_named(process: str, env: dict[str, dict[str, str]]) -> None:
    for variable in env[process].keys() - {"AMANA_POLICIES"}:
        lacking = {name: value for name, value in env[process].items() if name != variable}
        with pytest.raises(Misconfigured) as refusal:
            READERS[process](lacking)
        assert refusal.value.facts["variable"] == variable


def test_a_secret_that_others_can_read_is_refused(env: dict[str, dict[str, str]]) -> None:
    Path(env["worker"]["AMANA_OPENING_KEY_FILE"]).chmod(0o640)
    with pytest.raises(Misconfigured, match="chmod 600"):
        WorkerConfig.read(env["worker"])


def test_a_database_url_may_be_a_secret_file(env: dict[str, dict[str, str]], tmp_path: Path) -> None:
    secret = tmp_path / "dsn"
    secret.write_text("postgresql+psycopg://hub:secret@db/amana\n")
    secret.chmod(0o600)
    settings = env["sequencer"] | {"AMANA_DATABASE_URL_FILE": str(secret)}
    assert SequencerConfig.read(settings).database_url == "postgresql+psycopg://hub:secret@db/amana"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("AMANA_CHECKPOINT_INTERVAL", "soon"), ("AMANA_CHECKPOINT_INTERVAL", "0"), ("AMANA_LOG_KEY_FILE", "/no/such"),
     ("AMANA_FAULT", "anywhere")],
)  # fmt: skip
def test_a_value_that_cannot_be_meant_is_refused(variable: str, value: str, env: dict[str, dict[str, str]]) -> None:
    with pytest.raises(Misconfigured) as refusal:
        SequencerConfig.read(env["sequencer"] | {variable: value})
    assert refusal.value.facts["variable"] == variable


def test_fault_points_are_for_demo_and_tests_only(env: dict[str, dict[str, str]]) -> None:
    assert SequencerConfig.read(env["sequencer"] | {"AMANA_FAULT": "x", "AMANA_DEMO": "1"}).demo


@pytest.mark.parametrize("variable", ["AMANA_DATA", "AMANA_POLICIES"])
def test_a_folder_that_is_not_there_is_refused(variable: str, env: dict[str, dict[str, str]]) -> None:
    with pytest.raises(Misconfigured):
        WebConfig.read(env["web"] | {variable: os.devnull})
