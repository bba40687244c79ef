"""The process proves itself before it works, works until nothing is left, and tells no value when it stumbles."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from amana.errors import Misconfigured
from amana.vault.keys import KeyUnusable
from amana.worker import main, selftest
from amana.worker.selftest import SelfTestFailed
from amana.worker.workbench import Workbench
from support.contributions import row, text
from support.databases import TestDatabase
from support.workbench import Bench, make_bench

SOUND = text([row(1)]).encode()


@pytest.fixture
def settled(sqlite: TestDatabase, tmp_path: Path) -> tuple[Bench, dict[str, str]]:
    """A bench, and the environment in which a worker process would find the same things."""
    bench = make_bench(sqlite, tmp_path)
    bundle = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "bundle.pem").write_bytes(bundle)
    (tmp_path / "pseudonym.key").write_text(secrets.token_hex(32))
    (tmp_path / "log.vkey").write_text("not read here")
    named = {
        "AMANA_OPENING_KEY_FILE": "opening.key",
        "AMANA_ROOT_KEY_FILE": "root.key",
        "AMANA_PSEUDONYM_KEY_FILE": "pseudonym.key",
        "AMANA_BUNDLE_KEY_FILE": "bundle.pem",
        "AMANA_LOG_VKEY_FILE": "log.vkey",
        "AMANA_DATA": "data",
        "AMANA_VAULT": "vault",
    }
    for name in named.values():
        (tmp_path / name).chmod(0o700 if (tmp_path / name).is_dir() else 0o600)
    return bench, {name: str(tmp_path / place) for name, place in named.items()} | {"AMANA_DATABASE_URL": sqlite.url}


def test_the_process_announces_then_judges_then_stops(settled: tuple[Bench, dict[str, str]]) -> None:
    bench, env = settled
    sent = bench.receive(SOUND)
    main.run(env, once=True)
    assert (bench.row(sent).state, bench.row(sent).opening_event is None) == ("RECEIVED", False)
    bench.seal()
    main.run(env, once=True)
    assert bench.row(sent).state == "ACCEPTED"
    assert bench.shelved() == bench.left_open() == []
    assert bench.kinds().count("process.started") == bench.kinds().count("policy.loaded") == 2


def test_another_vaults_root_key_is_noticed_before_any_work(settled: tuple[Bench, dict[str, str]]) -> None:
    bench, env = settled
    bench.receive(SOUND)
    bench.work()
    Path(env["AMANA_ROOT_KEY_FILE"]).write_text(secrets.token_hex(32))
    with pytest.raises(KeyUnusable):
        main.run(env, once=True)


def test_a_key_of_another_process_is_refused(settled: tuple[Bench, dict[str, str]]) -> None:
    _, env = settled
    with pytest.raises(Misconfigured):
        main.run({**env, "AMANA_LOG_KEY_FILE": env["AMANA_ROOT_KEY_FILE"]}, once=True)


def test_without_plans_it_does_not_start(small: Bench) -> None:
    with pytest.raises(SelfTestFailed) as caught:
        selftest.run(Workbench(**{**vars(small.hub), "plans": {}}))
    assert caught.value.facts == {"what": "release plans"}


def test_the_canary_comes_out_protected() -> None:
    selftest.canary(Random(7))


@pytest.mark.parametrize("hidden", [[], [2], [1, 3], [0, 1]])
def test_a_canary_that_shows_or_can_be_computed_stops_the_process(hidden: list[int]) -> None:
    status = np.zeros(5, dtype=np.uint8)
    status[hidden] = 1
    leaking: Callable[..., Any] = lambda *_: SimpleNamespace(status={"canary": status})  # noqa: E731
    with pytest.raises(SelfTestFailed):
        selftest.canary(Random(7), leaking)


def test_a_step_that_stumbles_tells_its_kind_and_place_and_no_value(
    small: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumble(_hub: Workbench) -> bool:
        raise ValueError("fatima@example.org")

    def refuse(_hub: Workbench) -> bool:
        raise SelfTestFailed(what="fatima@example.org")

    assert main._try(stumble, small.hub) is main._try(refuse, small.hub) is False
    told = capsys.readouterr().err
    assert "ValueError at test_main.py:" in told
    assert "worker: worker.self_test_failed" in told
    assert "fatima" not in told


def test_a_turn_without_work_does_nothing(small: Bench) -> None:
    assert main.turn(small.hub)  # the mark at which refusals of strangers are told, were there none
    assert sorted(small.kinds()) == ["refusals.counted", "sign_in.failed"]
    assert not main.turn(small.hub)
    assert len(small.kinds()) == 2
