"""The inputs of a release: which holdings go into it, frozen and announced before any of them is opened.

Runs in: worker.
Sees: rows about holdings; the records themselves while it counts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Final

from sqlalchemy import delete, insert, select

from amana.audit.events.event import Actor
from amana.audit.events.vault import KeyUsed
from amana.audit.log.covered import is_under_checkpoint
from amana.audit.outbox import journal
from amana.codebook.model import Codebook
from amana.db import Reading, Transaction
from amana.errors import AmanaError
from amana.plans.known import known_figures
from amana.plans.plan import CubePlan, Plan
from amana.plans.rule import agreed, rule_of
from amana.policy.agreement import RECORDS, TABLES_PROTECTED
from amana.policy.documents import Policies
from amana.policy.terms import TERMS, Act
from amana.release import again, ledger, tables
from amana.release.ledger import Release
from amana.tabulation.counts_file import parse_counts
from amana.tabulation.protected_file import Protected, parse_protected
from amana.tabulation.tabulate import Counting, Counts
from amana.vault.keys import KeyStore
from amana.vault.records import HoldingFacts, read_blocks, read_tables
from amana.vault.tables import current, holding

BUILD: Final = "release.build"  # what a key is used for


class InputsRefused(AmanaError):
    """The release cannot be built from what the vault holds. Facts: ``reason`` (a code) and ``committees``.

    committees: whose contribution is not of the form or by the plan that it must be, which whoever plans knows anyway;
                never who has revised.
    """

    code: ClassVar[str] = "release.inputs_refused"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


@dataclass(frozen=True)
class Holding:
    """One holding of the vault that may go into a release."""

    id: str
    committee: str
    dataflow: str
    period: str
    kind: str
    file: str
    key_id: str
    codebook_digest: str
    plan_digest: str | None

    @property
    def facts(self) -> HoldingFacts:
        """What its file must say of itself."""
        return HoldingFacts(self.id, self.committee, self.dataflow, self.period, self.codebook_digest)


def allowed(policies: Policies, dataflow: str, on: date) -> frozenset[str]:
    """Return the committees whose figures may be published: members, with the dataflow agreed and a basis in force."""
    act = Act(dataflow, contribution=None, purpose=None, day=on)
    return frozenset(
        name
        for name, agreed in policies.agreements.items()
        if all(term(policies.region, agreed, act) is None for term in TERMS["plan_release"])
    )


def strangers(tx: Transaction, release: Release, allowed: frozenset[str]) -> tuple[str, ...]:
    """Return the allowed committees whose tables were counted by another plan than the release's."""
    found = [one for one in _current(tx, release) if one.committee in allowed]
    return tuple(one.committee for one in found if one.kind != RECORDS and one.plan_digest != release.plan_digest)


def freeze(tx: Transaction, release: Release, allowed: frozenset[str], by: Actor, now: datetime) -> str:
    """Choose the current holdings of the allowed committees, and announce in the journal that their keys will be used.

    Returns the id of the last announcement. Raises InputsRefused when there is nothing to build from, when raw tables
    were counted by another plan, or when this vintage was published meanwhile or is about to be.
    """
    chosen = [one for one in _current(tx, release) if one.committee in allowed]
    if not chosen:
        raise InputsRefused(reason="release.no_inputs", committees=())
    late = strangers(tx, release, allowed)
    if late:
        raise InputsRefused(reason="release.tables_of_another_plan", committees=late)
    past(tx, release)
    tx.execute(delete(tables.release_input).where(tables.release_input.c.release_id == release.id))
    event = ""
    for one in chosen:
        event = journal.append(tx, KeyUsed(one.key_id, BUILD, release.id), by, now)
        row = {"release_id": release.id, "holding_id": one.id, "committee": one.committee, "contribution": one.kind}
        tx.execute(insert(tables.release_input).values(**row, opening_event=event))
    return event


def past(reading: Reading | Transaction, release: Release) -> tuple[str, ...]:
    """Return the digests of all that was ever published about these persons, or is ordered to be, oldest first.

    Raises InputsRefused when this vintage, or a later one, is among it.
    """
    others = ledger.shown(reading, release.dataflow, release.period, besides=release.id)
    if any(one.plan == release.plan and one.vintage >= release.vintage for one in others):
        raise InputsRefused(reason="release.period_frozen", committees=())
    return tuple(str(one.candidate) for one in others)


def revised(reading: Reading, digest: str, holdings: Sequence[Holding]) -> frozenset[str]:
    """Return the committees whose holding is another now than in the release that a bundle is of; it is told to nobody.

    A holding that was rewritten is another; a committee that came, or has gone, has another, too.
    """
    row, of = tables.release_input, tables.release
    made = (
        select(row.c.committee, row.c.holding_id).join(of, of.c.id == row.c.release_id).where(of.c.candidate == digest)
    )
    then = {(one.committee, one.holding_id) for one in reading.execute(made)}
    return frozenset(committee for committee, _ in then ^ {(one.committee, one.id) for one in holdings})


def remember_past(tx: Transaction, release: Release, cleared_beside: Sequence[str]) -> None:
    """Note, once, what a candidate was cleared beside. Raises InputsRefused when more has been published since."""
    if not set(past(tx, release)) <= set(cleared_beside):
        raise InputsRefused(reason="release.past_changed", committees=())
    for digest in cleared_beside:
        tx.execute(insert(tables.release_past).values(release_id=release.id, digest=digest))


def frozen(reading: Reading | Transaction, release: Release) -> tuple[Holding, ...] | None:
    """Return the frozen holdings; None when one of them has since been superseded or destroyed: choose again."""
    current = {one.id: one for one in _current(reading, release)}
    row = tables.release_input
    named = reading.execute(select(row.c.holding_id).where(row.c.release_id == release.id)).scalars().all()
    if not named or not current.keys() >= set(named):
        return None
    return tuple(current[each] for each in sorted(named, key=lambda each: current[each].committee))


def ready(reading: Reading, release: str) -> bool:
    """Return whether nobody is waited for, and every announcement is under a checkpoint, if there is any yet."""
    if again.is_waiting(reading, release):
        return False
    row = tables.release_input
    events = reading.execute(select(row.c.opening_event).where(row.c.release_id == release)).scalars().all()
    return all(is_under_checkpoint(reading, event) for event in events)


def count(
    one: Holding,
    plan: Plan,
    book: Codebook,
    policies: Policies,
    *,
    records: Path,
    keys: KeyStore,
    besides: Sequence[CubePlan] = (),
) -> Counts | Protected:
    """Open one holding and return its counts by the plan, or what its committee protected at home.

    besides: what else is counted where the holding is of records.
    Raises what the vault, ``parse_counts`` and ``parse_protected`` raise.
    """
    if one.kind == RECORDS:
        wider = replace(plan, cubes=(*plan.cubes, *besides))
        return Counting(wider, book).of(read_blocks(records / one.file, one.facts, keys, one.key_id))
    raw = read_tables(records / one.file, one.facts, keys, one.key_id)
    if one.kind == TABLES_PROTECTED:
        known = known_figures(policies, plan, one.period, book)
        return parse_protected(raw, plan, book, rule_of(agreed(policies, plan, [one.committee])), known=known)
    return parse_counts(raw, plan, book)


def contributions(holdings: Sequence[Holding]) -> tuple[tuple[str, str], ...]:
    """Return (committee, contribution) as the bundle states it, in alphabetical order."""
    return tuple(sorted((one.committee, one.kind) for one in holdings))


def _current(reading: Reading | Transaction, release: Release) -> tuple[Holding, ...]:
    columns = [holding.c[name] for name in Holding.__dataclass_fields__]
    query = select(*columns).where(
        holding.c.dataflow == release.dataflow,
        holding.c.period == release.period,
        current(),
    )
    return tuple(Holding(**row) for row in reading.execute(query.order_by(holding.c.committee)).mappings())
