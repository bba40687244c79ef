"""Judge a batch: open it in private, look at it once, and say what is to be kept.

Records are written into a draft while they are looked at; it is destroyed here when they are refused, and counts for
nothing until ``keep`` has settled it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select

from amana import canonical
from amana.canonical import Json
from amana.dissemination.catalogue import Catalogue, Opened
from amana.errors import Malformed
from amana.faults import point
from amana.findings import Finding, refuses
from amana.intake.tables import segment
from amana.mapping.outline import Outline
from amana.plans.known import known_figures
from amana.plans.plan import Plan
from amana.plans.rule import agreed, rule_of
from amana.policy.agreement import RECORDS, TABLES_PROTECTED
from amana.release import ledger
from amana.tabulation.counts_file import LARGEST, TablesInvalid, parse_counts, render_counts
from amana.tabulation.protected_file import Protected, parse_protected
from amana.tabulation.tabulate import Counts, tabulate
from amana.tabulation.trial import Books, Trial, told_of_counts
from amana.validation import judge as judging
from amana.validation.encode import Observations
from amana.vault.envelope import subject_of
from amana.vault.opening import EnvelopeMismatch, EnvelopeUnreadable
from amana.worker.claim import Claim
from amana.worker.draft import Draft
from amana.worker.mapping import may_wait, national
from amana.worker.objections import Objections
from amana.worker.workbench import Workbench

MOST_ATTEMPTS: Final = 20  # a batch whose every judgement died is refused, and does not keep the worker busy for ever


@dataclass(frozen=True)
class Verdict:
    """What was found, and what to keep: records, or raw tables with the digest of their plan; nothing when refused.

    told:    what a dry run says of a sound batch, of which nothing is kept.
    outline: what the columns seem to mean, where their owner is to say so before the batch can be judged.
    """

    findings: tuple[Finding, ...]
    records: Draft | None = None
    tables: bytes | None = None
    plan_digest: str | None = None
    told: Mapping[str, Json] | None = None
    outline: Outline | None = None

    @property
    def accepted(self) -> bool:
        """Whether there is something to keep."""
        return not refuses(self.findings)


def judge(hub: Workbench, claim: Claim) -> Verdict:
    """Open the batch and judge it; its plaintext is gone on return.

    Raises EnvelopeMissing when the sealed file is not on the shelf: that is the hub's fault, and the batch stays
    received.
    """
    if claim.lease.attempt > MOST_ATTEMPTS:
        return Verdict((Finding("envelope.cannot_be_judged"),))
    unagreed = _not_agreed(hub, claim)
    if unagreed:
        return Verdict((unagreed,))
    with hub.database.read() as reading:
        query = select(segment.c.sha256).where(segment.c.batch_id == claim.batch).order_by(segment.c.number)
        paths = [hub.shelf.path(claim.batch, one) for one in reading.execute(query).scalars()]
    subject = subject_of(
        claim.batch,
        committee=claim.committee,
        dataflow=claim.dataflow,
        period=claim.period,
        contribution=claim.contribution,
        manifest=claim.manifest,
    )
    try:
        with hub.opener.open(paths, hub.tmp, subject, joined=claim.manifest is not None) as opened:
            point("worker.opened")
            return _read(hub, claim, opened.data_path)
    except EnvelopeUnreadable:
        return Verdict((Finding("envelope.unreadable"),))
    except EnvelopeMismatch as fault:
        return Verdict((Finding("envelope.mismatch", facts={"facts": str(fault.facts["facts"])}),))


def _not_agreed(hub: Workbench, claim: Claim) -> Finding | None:
    """Return a finding when records come from a committee whose agreement keeps them at home."""
    if not hub.book.dataflow(claim.dataflow).has_records or claim.contribution != RECORDS:
        return None
    agreement = hub.policies.agreements.get(claim.committee)
    form = agreement.contribution if agreement else "-"
    if form == RECORDS:
        return None
    facts = {"committee": claim.committee, "agreed": form, "sent": claim.contribution}
    return Finding("contribution.not_agreed", facts=facts)


def _read(hub: Workbench, claim: Claim, path: Path) -> Verdict:
    protected = claim.contribution == TABLES_PROTECTED
    if protected or (hub.book.dataflow(claim.dataflow).has_records and claim.contribution != RECORDS):
        return _tables(hub, claim, path)
    draft = Trial(claim.dataflow, claim.committee, _books(hub)) if claim.dry_run else Draft(hub, claim)
    objections = Objections(hub, claim)
    with ExitStack() as undo:
        if isinstance(draft, Draft):
            undo.callback(draft.destroy)
        judged = judging.judge(
            path,
            dataflow=claim.dataflow,
            committee=claim.committee,
            period=claim.period,
            book=hub.book,
            recognisers=hub.recognisers,
            sheet=claim.sheet,
            keep=draft,
            national=national(hub, claim),
            without=objections.leave_out,
        )
        if judged.needs_mapping is not None and may_wait(judged.findings):
            return _asking(claim, judged.findings, judged.needs_mapping)
        if judged.observations is not None:
            return _observed(hub, claim, judged.findings, judged.observations)
        if not judged.accepted:
            return Verdict(judged.findings)
        found = (*objections.findings(), *judged.findings)
        if isinstance(draft, Trial):
            return Verdict(found, told=draft.told())
        undo.pop_all()
        return Verdict(found, records=draft)


def _asking(claim: Claim, findings: tuple[Finding, ...], told: Outline) -> Verdict:
    """Return that the owner is to say what the columns mean; a dry run has nobody to wait for."""
    if claim.dry_run:
        return Verdict((*findings, Finding("mapping.needed")))
    return Verdict(findings, outline=told)


def _tables(hub: Workbench, claim: Claim, path: Path) -> Verdict:
    raw = path.read_bytes() if path.stat().st_size <= LARGEST else b""
    try:
        plan = _plan_of(raw, hub)
        if plan is None:
            return Verdict((Finding("tables.no_plan"),))
        tables = _parsed(raw, plan, hub, claim)
    except Malformed:
        return Verdict((Finding("tables.unreadable"),))
    except TablesInvalid as fault:
        return Verdict((Finding(str(fault.facts["reason"]), facts={"cube": str(fault.facts["cube"])}),))
    if (tables.committee, tables.dataflow, tables.period) != (claim.committee, claim.dataflow, claim.period):
        return Verdict((Finding("tables.header"),))
    if claim.dry_run:
        return Verdict((), told=told_of_counts(plan, tables, _books(hub)) if isinstance(tables, Counts) else {})
    return Verdict((), tables=raw, plan_digest=plan.digest)


def _parsed(raw: bytes, plan: Plan, hub: Workbench, claim: Claim) -> Counts | Protected:
    """Return the tables once they are found sound: true counts, or what the committee protected at home."""
    if claim.contribution == TABLES_PROTECTED:
        known = known_figures(hub.policies, plan, claim.period, hub.book)
        return parse_protected(raw, plan, hub.book, rule_of(agreed(hub.policies, plan, [claim.committee])), known=known)
    return parse_counts(raw, plan, hub.book)


def _plan_of(raw: bytes, hub: Workbench) -> Plan | None:
    match canonical.decode(raw):
        case {"plan": str(name)}:
            return hub.plans.get(name)
    raise Malformed(format="raw tables")


def _observed(hub: Workbench, claim: Claim, findings: tuple[Finding, ...], rows: Observations) -> Verdict:
    """Count the rows of a table-only dataflow by its release plan: the vault keeps counts, as for raw tables."""
    plan = next((one for one in hub.plans.values() if one.dataflow == claim.dataflow), None)
    if plan is None:
        return Verdict((*findings, Finding("tables.no_plan")))
    counts = tabulate(rows.cells, plan, hub.book, rows.values)
    if claim.dry_run:
        return Verdict(findings, told=told_of_counts(plan, counts, _books(hub)))
    return Verdict(findings, tables=render_counts(counts, plan, hub.book), plan_digest=plan.digest)


def _books(hub: Workbench) -> Books:
    """Return what a dry run goes by, what is published at this moment included."""
    with hub.database.read() as reading:
        opened = Opened(hub.bundles, (hub.bundle_key.public_key(),))
        catalogue = Catalogue(opened, ledger.published(reading))
    return Books(hub.policies, tuple(hub.plans.values()), hub.book, hub.rng, catalogue)
