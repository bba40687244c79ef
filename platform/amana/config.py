"""Configuration is read once, frozen, and refuses: each process is told what it needs and nothing more.

A secret is never a value of a variable: it is a file with mode 0600, named by ``AMANA_…_FILE``. A process that is
handed another's secret does not start, so that a mistake in deployment is found before it can be used.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from amana.errors import Misconfigured

HOME: Final = Path(__file__).resolve().parents[2]  # the checkout: parent of platform/

_WORKER_SECRETS: Final = (
    "AMANA_OPENING_KEY_FILE",
    "AMANA_ROOT_KEY_FILE",
    "AMANA_PSEUDONYM_KEY_FILE",
    "AMANA_BUNDLE_KEY_FILE",
)
_SEQUENCER_SECRETS: Final = ("AMANA_LOG_KEY_FILE",)
_WEB_SECRETS: Final = ("AMANA_RECEIPT_KEY_FILE", "AMANA_AUDITOR_DATABASE_URL", "AMANA_AUDITOR_DATABASE_URL_FILE")
_LEASE: Final = 30  # seconds a claim lasts without a heartbeat
MAX_UPLOAD: Final = 2 * 1024**3  # bytes, unless AMANA_MAX_UPLOAD says less


@dataclass(frozen=True)
class WebConfig:
    """What the web process may hold: the vault's public key, never its opening key; no record file, no log key."""

    home: Path
    data: Path
    database_url: str
    auditor_database_url: str
    recipients_file: Path
    receipt_key_file: Path
    bundle_public_file: Path
    log_vkey_file: Path
    policies: Path
    origin: str
    max_upload: int  # bytes
    demo: bool

    @classmethod
    def read(cls, env: Mapping[str, str]) -> WebConfig:
        """Return the web process's settings. Raises Misconfigured, naming what to do, when they will not serve."""
        _refuse(env, "web", (*_WORKER_SECRETS, *_SEQUENCER_SECRETS, "AMANA_VAULT"))
        return cls(
            home=_home(env),
            data=_folder(env, "AMANA_DATA"),
            database_url=_database(env, "AMANA_DATABASE_URL"),
            auditor_database_url=_database(env, "AMANA_AUDITOR_DATABASE_URL"),
            recipients_file=_file(env, "AMANA_RECIPIENTS_FILE"),
            receipt_key_file=_secret(env, "AMANA_RECEIPT_KEY_FILE"),
            bundle_public_file=_file(env, "AMANA_BUNDLE_PUBLIC_FILE"),
            log_vkey_file=_file(env, "AMANA_LOG_VKEY_FILE"),
            policies=_policies(env),
            origin=_text(env, "AMANA_ORIGIN"),
            max_upload=_number(env, "AMANA_MAX_UPLOAD", MAX_UPLOAD, 1),
            demo=_demo(env),
        )


@dataclass(frozen=True)
class WorkerConfig:
    """What the worker holds: the opening key, the vault's root key, the key that signs bundles; never the log key."""

    home: Path
    data: Path
    vault: Path
    database_url: str
    opening_key_file: Path
    root_key_file: Path
    pseudonym_key_file: Path
    bundle_key_file: Path
    log_vkey_file: Path
    policies: Path
    lease: int  # seconds
    demo: bool

    @classmethod
    def read(cls, env: Mapping[str, str]) -> WorkerConfig:
        """Return the worker's settings. Raises Misconfigured when they will not serve."""
        _refuse(env, "worker", (*_SEQUENCER_SECRETS, *_WEB_SECRETS))
        return cls(
            home=_home(env),
            data=_folder(env, "AMANA_DATA"),
            vault=_folder(env, "AMANA_VAULT"),
            database_url=_database(env, "AMANA_DATABASE_URL"),
            opening_key_file=_secret(env, "AMANA_OPENING_KEY_FILE"),
            root_key_file=_secret(env, "AMANA_ROOT_KEY_FILE"),
            pseudonym_key_file=_secret(env, "AMANA_PSEUDONYM_KEY_FILE"),
            bundle_key_file=_secret(env, "AMANA_BUNDLE_KEY_FILE"),
            log_vkey_file=_file(env, "AMANA_LOG_VKEY_FILE"),
            policies=_policies(env),
            lease=_number(env, "AMANA_LEASE", _LEASE, 1),
            demo=_demo(env),
        )


@dataclass(frozen=True)
class SequencerConfig:
    """What the sequencer holds: the key that signs the log, and nothing that opens a record."""

    home: Path
    database_url: str
    log_key_file: Path
    policies: Path
    interval: int  # milliseconds between checkpoints inside the hub; what outsiders see, policies/log.toml says
    demo: bool

    @classmethod
    def read(cls, env: Mapping[str, str]) -> SequencerConfig:
        """Return the sequencer's settings. Raises Misconfigured when they will not serve."""
        _refuse(env, "sequencer", (*_WORKER_SECRETS, *_WEB_SECRETS, "AMANA_VAULT", "AMANA_DATA"))
        return cls(
            home=_home(env),
            database_url=_database(env, "AMANA_DATABASE_URL"),
            log_key_file=_secret(env, "AMANA_LOG_KEY_FILE"),
            policies=_policies(env),
            interval=_number(env, "AMANA_CHECKPOINT_INTERVAL", 1000, 20),
            demo=_demo(env),
        )


def _refuse(env: Mapping[str, str], process: str, names: Iterable[str]) -> None:
    for name in names:
        if name in env:
            raise Misconfigured(process=process, variable=name, reason="must not be given to this process")


def _home(env: Mapping[str, str]) -> Path:
    return Path(env.get("AMANA_HOME", HOME))


def _policies(env: Mapping[str, str]) -> Path:
    folder = Path(env["AMANA_POLICIES"]) if "AMANA_POLICIES" in env else _home(env) / "policies"
    if not folder.is_dir():
        raise Misconfigured(variable="AMANA_POLICIES", reason="is not a folder")
    return folder


def _text(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise Misconfigured(variable=name, reason="is not set")
    return value


def _number(env: Mapping[str, str], name: str, default: int, least: int) -> int:
    value = env.get(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise Misconfigured(variable=name, reason=f"is not a whole number of at least {least}")
    return int(value)


def _folder(env: Mapping[str, str], name: str) -> Path:
    folder = Path(_text(env, name))
    if not folder.is_dir():
        raise Misconfigured(variable=name, reason="is not a folder")
    return folder


def _file(env: Mapping[str, str], name: str) -> Path:
    path = Path(_text(env, name))
    if not path.is_file():
        raise Misconfigured(variable=name, reason="is not a file")
    return path


def _secret(env: Mapping[str, str], name: str) -> Path:
    path = _file(env, name)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Misconfigured(variable=name, reason="can be read by others than its owner: chmod 600 it")
    return path


def _database(env: Mapping[str, str], name: str) -> str:
    return _secret(env, f"{name}_FILE").read_text().strip() if f"{name}_FILE" in env else _text(env, name)


def _demo(env: Mapping[str, str]) -> bool:
    demo = env.get("AMANA_DEMO") == "1"
    if "AMANA_FAULT" in env and not demo:
        raise Misconfigured(variable="AMANA_FAULT", reason="is for tests: it needs AMANA_DEMO=1")
    return demo
