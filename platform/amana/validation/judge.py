"""Judge a contribution that has been opened: accepted with what is to be stored, or refused with the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amana.codebook.model import Codebook
from amana.codebook.records import Records
from amana.errors import AmanaError
from amana.findings import Finding, refuses
from amana.identifiers.recognisers import Recognisers
from amana.identifiers.scan import scan
from amana.reading.batch import LIMITS, Batch, BatchUnreadable, Limits, read_csv
from amana.validation.encode import Observations, encode, encode_table
from amana.validation.rules import check


class BatchRefused(AmanaError):
    """A contribution breaks rules, which ``findings`` name with their places; nothing of it is stored."""

    code = "intake.batch_refused"
    status = 422
    exit = 65

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(rules=sorted({finding.rule for finding in findings if finding.refuses}), count=len(findings))
        self.findings = findings


@dataclass(frozen=True)
class Judgement:
    """What was decided about one contribution, and what there is to store if it was accepted.

    Exactly one of ``records`` and ``observations`` is there when a CSV was accepted, neither when it was refused.
    """

    findings: tuple[Finding, ...]
    records: Records | None = None
    observations: Observations | None = None

    @property
    def accepted(self) -> bool:
        """Whether no finding refuses the contribution."""
        return not refuses(self.findings)


def judge(
    path: Path,
    *,
    dataflow: str,
    committee: str,
    period: str,
    book: Codebook,
    recognisers: Recognisers,
    limits: Limits = LIMITS,
) -> Judgement:
    """Judge a canonical CSV: structure, rules, and direct identifiers in every cell.

    The judgement holds no value of a refused file. Where identifiers are found, they come first.
    """
    try:
        batch = read_csv(path, dataflow, book, limits)
    except BatchUnreadable as fault:
        return Judgement(fault.findings)
    return judge_batch(batch, committee=committee, period=period, book=book, recognisers=recognisers)


def judge_batch(batch: Batch, *, committee: str, period: str, book: Codebook, recognisers: Recognisers) -> Judgement:
    """Judge a batch that could be read."""
    findings = (*scan(batch, book, recognisers, committee), *check(batch, book))
    if refuses(findings):
        return Judgement(findings)
    if book.dataflow(batch.dataflow).has_records:
        return Judgement(findings, records=encode(batch, book, committee, period))
    return Judgement(findings, observations=encode_table(batch, book, committee, period))
