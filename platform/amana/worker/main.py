"""The worker process: prove itself, then work step by step until it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from importlib.metadata import version
from random import SystemRandom
from typing import Final

from amana import clock, lease, signing
from amana.audit.events.processes import PolicyLoaded, ProcessStarted
from amana.audit.outbox import journal
from amana.codebook import load as codebook
from amana.config import WorkerConfig
from amana.db import open_database
from amana.errors import AmanaError
from amana.identifiers import recognisers
from amana.plans.plan import load_plans
from amana.policy import documents, vocabulary
from amana.policy.decide import publication_lack
from amana.release import again, changed
from amana.release.build import Works, build_next
from amana.release.in_force import is_in_force
from amana.release.ledger import Release
from amana.release.order import PlanChanged
from amana.release.publish import LAPSED, perform_next
from amana.vault.keys import KeyStore
from amana.vault.opening import Opener
from amana.vault.secret import read_secret
from amana.vault.shelf import Shelf
from amana.worker import claim, difference, mapping, readings, refusals, replace, requests, selftest
from amana.worker.clear_away import clear_next, sweep, sweep_bundles
from amana.worker.expire import expire_next
from amana.worker.forget import forget_next
from amana.worker.forget_cases import forget_next_case
from amana.worker.judge import judge
from amana.worker.keep import keep
from amana.worker.workbench import WORKER, Workbench

_IDLE: Final = 0.2  # seconds between two looks when there is nothing to do

Step = Callable[[Workbench], bool]


def run(env: Mapping[str, str], *, once: bool = False) -> None:
    """Work until SIGTERM or SIGINT; with ``once``, until there is nothing left to do.

    Raises Misconfigured, PolicyInvalid, SelfTestFailed… instead of starting in a state that does not protect.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    hub = open_workbench(WorkerConfig.read(env))
    try:
        start(hub)
        while not stop.is_set():
            if not turn(hub):
                if once:
                    return
                stop.wait(_IDLE)
    finally:
        hub.database.close()


def open_workbench(config: WorkerConfig) -> Workbench:
    """Return everything that the process works with, read once."""
    book, policies = codebook.load(), documents.load(config.policies)
    vocabulary.check(policies, book)
    hub = Workbench(
        database=open_database(config.database_url, "amana_worker", config.home / "migrations" / "roles.sql"),
        shelf=Shelf(config.data),
        opener=Opener(config.opening_key_file),
        keys=KeyStore(config.vault / "keys", config.root_key_file),
        pseudonym_key=read_secret(config.pseudonym_key_file),
        bundle_key=signing.read_private_key(config.bundle_key_file),
        policies=policies,
        recognisers=recognisers.load(config.policies / "identifiers.toml"),
        book=book,
        plans=load_plans(config.policies / "releases", book),
        data=config.data,
        vault=config.vault,
        name=f"{socket.gethostname()[:40]}:{os.getpid()}",
        lease=timedelta(seconds=config.lease),
        counts_every=policies.window.counts_every(demo=config.demo),
        tells_every=policies.log.shown(demo=config.demo).counted,
        clock=clock.now,
        rng=SystemRandom(),
    )
    hub.prepare()
    return hub


def start(hub: Workbench) -> None:
    """Prove that protection holds, sweep what a dead worker left, and journal that this one runs."""
    selftest.run(hub)
    sweep(hub)
    with hub.database.write() as tx:
        journal.append(tx, PolicyLoaded(hub.policies.digest), WORKER, hub.clock())
        journal.append(tx, ProcessStarted("worker", version("amana")), WORKER, hub.clock())


def judge_next(hub: Workbench) -> bool:
    """Judge the batch that has waited longest; return whether there was one."""
    mine = claim.take(hub)
    if mine is None:
        return False
    if mine.lease.attempt > 1:
        sweep(hub)
    with lease.kept(hub.database, mine.lease, hub.clock):
        keep(hub, mine, judge(hub, mine))
    return True


def build_one(hub: Workbench) -> bool:
    """Take one planned release a step further, then clear away what dead builds left; return whether there was one."""
    lent = Works(
        db=hub.database,
        book=hub.book,
        policies=hub.policies,
        plans=hub.plans,
        records=hub.records,
        keys=hub.keys,
        bundles=hub.bundles,
        bundle_key=hub.bundle_key,
        worker=WORKER,
        lease=hub.lease,
    )
    if build_next(lent, hub.clock, hub.rng) is None:
        return False
    sweep_bundles(hub)
    return True


def perform_one(hub: Workbench) -> bool:
    """Give effect to one order that is due; return whether there was one."""
    now = hub.clock()
    return perform_next(hub.database, WORKER, now, partial(_objection, hub, now.date())) is not None


def _objection(hub: Workbench, day: date, found: Release, contributors: Iterable[str]) -> str | None:
    """Return why a release is not published after all: somebody no longer agrees, or something protects otherwise."""
    if publication_lack(hub.policies, found.dataflow, contributors, day) is not None:
        return LAPSED
    return None if _is_in_force(hub, found, contributors) else PlanChanged.code


def end_overtaken(hub: Workbench) -> bool:
    """Refuse candidates that would be protected otherwise today; return whether there were any."""
    return changed.end_next(hub.database, WORKER, hub.clock(), partial(_is_in_force, hub))


def _is_in_force(hub: Workbench, found: Release, contributors: Iterable[str]) -> bool:
    return is_in_force(found, contributors, hub.plans, hub.policies, hub.book)


def settle_tabulations(hub: Workbench) -> bool:
    """End requests for new tables that were answered or have lapsed; return whether there were any."""
    return again.settle_next(hub.database, WORKER, hub.clock())


STEPS: Final[tuple[Step, ...]] = (
    claim.announce_next,
    judge_next,
    clear_next,
    expire_next,
    difference.next_difference,
    requests.next_request,
    replace.expire_next,
    mapping.resume_next,
    mapping.expire_next,
    settle_tabulations,
    readings.count_next,
    refusals.tell_next,
    build_one,
    perform_one,
    end_overtaken,
    forget_next,
    forget_next_case,
)


def turn(hub: Workbench) -> bool:
    """Take each step once; return whether any had something to do. A step that fails does not stop the others."""
    done = [_try(step, hub) for step in STEPS]
    return any(done)


def _try(step: Step, hub: Workbench) -> bool:
    try:
        return step(hub)
    except AmanaError as fault:
        sys.stderr.write(f"worker: {fault.code}\n")
    except Exception as fault:  # noqa: BLE001 - whatever it says may hold a value, so only its kind and place are told
        place = traceback.extract_tb(fault.__traceback__)[-1]
        sys.stderr.write(f"worker: {type(fault).__name__} at {os.path.basename(place.filename)}:{place.lineno}\n")  # noqa: PTH119 - a name, not a path
    return False
