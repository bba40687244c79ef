"""Build a candidate: open, tabulate, clear, and seal what may be shown for those who must approve it.

Runs in: worker, which alone holds the keys.
Sees: records and true counts, which do not leave this call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana import canonical, lease
from amana.audit.events.event import Actor
from amana.audit.events.releases import ReleaseBuilt, ReleaseRefused
from amana.audit.outbox import journal
from amana.canonical import Json
from amana.codebook.model import Codebook
from amana.db import Database
from amana.disclosure.clear import clear
from amana.disclosure.noise.refused import NoiseRefused
from amana.disclosure.table import NOISE, ClearedTable, ClearingRefused, KnownFigure
from amana.dissemination import bundle
from amana.dissemination.bundle import About
from amana.dissemination.usefulness import usefulness
from amana.errors import AmanaError
from amana.faults import point
from amana.plans.known import known_figures
from amana.plans.plan import Plan
from amana.plans.rule import agreed, limits_of, rule_of
from amana.policy.documents import Policies
from amana.policy.meet import Protection
from amana.release import again, changed, inputs
from amana.release import claim as claims
from amana.release.budget import BudgetExceeded, DrawLost
from amana.release.claim import Claim
from amana.release.drawn import drawn_table
from amana.release.in_force import KEPT_AS, protected_by
from amana.release.inputs import Holding, InputsRefused
from amana.release.order import PlanChanged
from amana.release.standing import Before, published_before
from amana.release.states import ReleaseState
from amana.tabulation.counts_file import TablesInvalid
from amana.tabulation.protected_file import Protected
from amana.tabulation.tabulate import Counts, assemble, with_standing
from amana.vault.keys import KeyStore

MOST_ATTEMPTS: Final = 5  # a release whose every build died is refused, and does not keep the worker busy for ever


@dataclass(frozen=True)
class Works:
    """What the worker lends to a build. records: the vault's folder of encrypted files; lease: of a claim."""

    db: Database
    book: Codebook
    policies: Policies
    plans: Mapping[str, Plan]
    records: Path
    keys: KeyStore
    bundles: Path
    bundle_key: Ed25519PrivateKey
    worker: Actor
    lease: timedelta


def build_next(works: Works, clock: Callable[[], datetime], rng: Random) -> str | None:
    """Take the next planned release one step further, and return its id; None when there is nothing to do.

    Before all: committees whose tables are of another plan are asked to tabulate again, and the release waits.
    First step: freeze the inputs and announce the use of their keys. Second, once the announcement is under a
    checkpoint: build. A release that cannot be built is refused, with a code for the reason.
    """
    mine = claims.take(works.db, works.worker.id, works.lease, clock(), inputs.ready)
    if mine is None:
        return None
    try:
        with lease.kept(works.db, mine.lease, clock):
            _check_attempts(mine)
            plan = _plan(works, mine)
            with works.db.read() as reading:
                frozen = inputs.frozen(reading, mine.release)
            if frozen is None:
                _announce(works, mine, clock())
            else:
                _build(works, mine, plan, frozen, clock=clock, rng=rng)
    except (
        InputsRefused,
        PlanChanged,
        TablesInvalid,
        ClearingRefused,
        NoiseRefused,
        BudgetExceeded,
        DrawLost,
    ) as fault:
        _refuse(works, mine, fault, clock())
    return mine.release.id


def cleared_table(
    parts: Sequence[Counts | Protected],
    plan: Plan,
    members: Sequence[str],
    *,
    policies: Policies,
    book: Codebook,
    rng: Random,
    known: Sequence[KnownFigure] = (),
    before: Before | None = None,
) -> tuple[ClearedTable, Protection]:
    """Return what may be shown of the committees' parts, under the strictest of all that protect them.

    What a committee protected at home joins as it is. known: as ``clear`` takes it. before: what was published about
    the same persons. Raises ClearingRefused when the tables cannot be shown as planned.
    """
    counted = [part for part in parts if isinstance(part, Counts)]
    guests = [part.guest for part in parts if isinstance(part, Protected)]
    protection = agreed(policies, plan, [part.committee for part in parts])
    raw = assemble(counted, plan, members, book)
    before = before or Before()
    for each in before.standing:
        raw = with_standing(raw, assemble(counted, replace(plan, cubes=each.cubes), each.members, book))
    rule, limits = rule_of(protection), limits_of(policies)
    return clear(raw, rule, rng, guests=guests, known=known, past=before.pages, limits=limits), protection


def _announce(works: Works, mine: Claim, now: datetime) -> None:
    allowed = inputs.allowed(works.policies, mine.release.dataflow, now.date())
    deadline = now + works.policies.retention.tabulation
    with works.db.write() as tx:
        late = inputs.strangers(tx, mine.release, allowed)
        if again.ask(tx, mine.release, late, by=works.worker, now=now, deadline=deadline):
            claims.give_back(tx, mine)
            return
        event = inputs.freeze(tx, mine.release, allowed, works.worker, now)
        claims.give_back(tx, mine, opening_event=event)
        point("release.announced")


def _build(
    works: Works, mine: Claim, plan: Plan, holdings: Sequence[Holding], *, clock: Callable[[], datetime], rng: Random
) -> None:
    now = clock()
    with works.db.read() as reading:
        past = {one: inputs.revised(reading, one, holdings) for one in inputs.past(reading, mine.release)}
    before = _before(works, plan, holdings, past, now)
    count = partial(inputs.count, records=works.records, keys=works.keys, besides=before.cubes)
    parts = [count(one, plan, works.book, works.policies) for one in holdings]
    point("release.tabulated")
    cleared, told = _cleared(works, mine, plan, parts, before, now=now, rng=rng)
    point("release.cleared")
    digest = bundle.write(cleared, _about(works, mine, plan, holdings, now), works.bundles, works.bundle_key)
    point("release.bundle_written")
    committees = [one.committee for one in holdings]
    guarded = protected_by(plan, committees, mine.release.period, works.policies, works.book)
    report = canonical.encode({**told, KEPT_AS: guarded}).decode()
    with works.db.write() as tx:
        claims.settle(tx, mine, state=ReleaseState.BUILT, candidate=digest, built_at=clock(), report=report)
        if inputs.frozen(tx, mine.release) is None:
            raise InputsRefused(reason=changed.REASON, committees=())
        inputs.remember_past(tx, mine.release, tuple(past))
        event = ReleaseBuilt(mine.release.id, mine.release.dataflow, mine.release.period, digest)
        journal.append(tx, event, works.worker, clock())
        point("release.build_written")
    point("release.built")


def _cleared(
    works: Works,
    mine: Claim,
    plan: Plan,
    parts: Sequence[Counts | Protected],
    before: Before,
    *,
    now: datetime,
    rng: Random,
) -> tuple[ClearedTable, Mapping[str, Json]]:
    """Return the tables by the plan's method, and what may be told about the clearing."""
    members = works.policies.members(now.date())
    if plan.method == NOISE:
        return drawn_table(
            works.db,
            mine.release,
            parts,
            plan,
            members,
            policies=works.policies,
            book=works.book,
            by=works.worker,
            now=now,
        )
    known = known_figures(works.policies, plan, mine.release.period, works.book)
    cleared, protection = cleared_table(
        parts, plan, members, policies=works.policies, book=works.book, rng=rng, known=known, before=before
    )
    return cleared, _report(cleared, protection)


def _before(
    works: Works, plan: Plan, holdings: Sequence[Holding], past: Mapping[str, frozenset[str]], now: datetime
) -> Before:
    """Return what was published about the same persons. past: by digest, oldest first, who has revised since."""
    key = works.bundle_key.public_key()
    opened = [(bundle.open_bundle(works.bundles, digest, [key]), since) for digest, since in past.items()]
    members = works.policies.members(now.date())
    return published_before(opened, plan, holdings, members, plans=works.plans, book=works.book)


def _refuse(works: Works, mine: Claim, fault: AmanaError, now: datetime) -> None:
    reason = _reason(fault)
    with works.db.write() as tx:
        claims.settle(tx, mine, state=ReleaseState.REFUSED, reason=reason, reason_committees=_whose(fault))
        event = ReleaseRefused(mine.release.id, mine.release.dataflow, mine.release.period, reason)
        journal.append(tx, event, works.worker, now)
        point("release.refused")


def _reason(fault: AmanaError) -> str:
    """Return the code that is recorded: the finer one where there is one. Never a cell, never a count."""
    if isinstance(fault, InputsRefused):
        return str(fault.facts["reason"])
    return fault.code


def _whose(fault: AmanaError) -> str | None:
    """Return the committees whose contribution the reason is about, in one string; None where it is about nobody's."""
    named = fault.facts["committees"] if isinstance(fault, InputsRefused) else ()
    return " ".join(named) if isinstance(named, tuple) and named else None


def _check_attempts(mine: Claim) -> None:
    if mine.broken >= MOST_ATTEMPTS:
        raise InputsRefused(reason="release.build_failed", committees=())


def _plan(works: Works, mine: Claim) -> Plan:
    plan = works.plans.get(mine.release.plan)
    if plan is None or (plan.digest, works.policies.digest) != (mine.release.plan_digest, mine.release.policy_digest):
        raise PlanChanged(release=mine.release.id)
    return plan


def _about(works: Works, mine: Claim, plan: Plan, holdings: Sequence[Holding], now: datetime) -> About:
    return About(
        dataflow=plan.dataflow,
        period=mine.release.period,
        plan=plan.id,
        plan_digest=plan.digest,
        plan_title=plan.title,
        cube_titles={cube.id: cube.title for cube in plan.cubes},
        policy_digest=works.policies.digest,
        codebook_digest=works.book.digest,
        release=mine.release.id,
        contributors=inputs.contributions(holdings),
        members=works.policies.members(now.date()),
        built_at=now,
        public=plan.public,
        vintage=mine.release.vintage,
    )


def _report(cleared: ClearedTable, protection: Protection) -> Mapping[str, Json]:
    shares = usefulness(cleared.cubes, cleared.values, cleared.status, zeros_hidden=cleared.zeros_hidden)
    return {
        "cells": sum(share.cells for share in shares.values()),
        "shown": sum(share.shown for share in shares.values()),
        "least_count": protection.least_count,
        "zeros_hidden": protection.zeros_hidden,
        "clauses": list(protection.clauses),
        "usefulness": {cube: vars(share) for cube, share in shares.items()},
        "checker": dict(cleared.report),
    }
