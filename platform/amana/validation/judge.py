"""Judge a contribution that has been opened, block by block: it is sound, or it is refused with the reasons.

Each block is searched for identifiers as it stands, brought under the names of the codebook, held against the rules
and, while nothing was found that refuses the file, encoded and handed on. No more than a block is held at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from amana.codebook.model import Codebook, Dataflow
from amana.codebook.records import Records
from amana.errors import AmanaError
from amana.findings import Finding, refuses
from amana.identifiers.beside import search
from amana.identifiers.recognisers import Recognisers
from amana.identifiers.scan import Known, Scan
from amana.mapping.outline import Outline, outline
from amana.mapping.proposal import Proposal
from amana.mapping.survey import Survey
from amana.mapping.synonyms import load as load_words
from amana.reading.limits import LIMITS, Limits
from amana.reading.open import FileUnreadable, Opened, open_file
from amana.reading.sheet import Block
from amana.validation.batch import Batch
from amana.validation.collect import Collected
from amana.validation.columns import Columns
from amana.validation.encode import Observations, encode, encode_table, join_tables
from amana.validation.national import OPEN, UNMAPPED, Mapped, National, proposed_known, searched, unkeyed
from amana.validation.probing import Probe
from amana.validation.rules import check, lawful, watches
from amana.validation.spaces import IN_MEMORY, Spaces


class BatchRefused(AmanaError):
    """A contribution breaks rules, which ``findings`` name with their places; nothing of it is stored."""

    code = "intake.batch_refused"
    status = 422
    exit = 65

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(rules=sorted({finding.rule for finding in findings if finding.refuses}), count=len(findings))
        self.findings = findings


class Keep(Protocol):
    """Whoever stores or counts the records, one encoded block at a time.

    A block may come before a later one is refused: what was taken is valid only once the judgement has accepted.
    """

    def add(self, records: Records) -> None:
        """Take the next block."""


Without = Callable[[Batch], Batch]


@dataclass(frozen=True)
class Judgement:
    """What was decided about one contribution. It holds no value of the file.

    rows:         rows that were judged.
    left_out:     rows that were not, because they state no lawful basis of their own and only lawful ones were asked.
    observations: what a table-only dataflow states; None for records, and where the file was refused.
    needs_mapping: at the hub, what the columns seem to mean, where no confirmed mapping reads them all.
    """

    findings: tuple[Finding, ...]
    rows: int = 0
    left_out: int = 0
    observations: Observations | None = None
    needs_mapping: Outline | None = None

    @property
    def accepted(self) -> bool:
        """Whether no finding refuses the contribution, and nothing is left for its owner to say."""
        return not refuses(self.findings) and self.needs_mapping is None


@dataclass(frozen=True)
class About:
    """What a contribution is said to be, and the books that it is judged by. spaces: what pseudonyms are tried with."""

    dataflow: str
    committee: str
    period: str
    book: Codebook
    recognisers: Recognisers
    spaces: Spaces = IN_MEMORY

    @property
    def flow(self) -> Dataflow:
        """The dataflow, by the codebook."""
        return self.book.dataflow(self.dataflow)


def judge(
    path: Path,
    *,
    dataflow: str,
    committee: str,
    period: str,
    book: Codebook,
    recognisers: Recognisers,
    sheet: str | None = None,
    keep: Keep | None = None,
    without: Without | None = None,
    only_lawful: bool = False,
    national: National = UNMAPPED,
    spaces: Spaces = IN_MEMORY,
    limits: Limits = LIMITS,
) -> Judgement:
    """Judge a file: structure, direct identifiers in every cell, rules. Where identifiers are found, they come first.

    sheet:       which one, of a workbook with several.
    keep:        takes the records; what it took of a file that is refused in the end must be destroyed.
    without:     leaves out of each block, before it is kept, who is not to be stored although the file is sound.
    only_lawful: leave out, unread, the rows that state no lawful basis of their own.
    national:    what is known of the committee's own columns, for a file that is not canonical.
    spaces:      what pseudonyms are tried with; a process that ends soon gives a folder where they are kept.
    """
    about = About(dataflow, committee, period, book, recognisers, spaces)
    try:
        with open_file(path, sheet=sheet, limits=limits) as opened:
            columns = national.columns(opened.sheet, dataflow, period, book)
            if columns is None:
                return _unmapped(opened, about, national)
            beside = _beside(opened, about, columns)
            kept = None if beside else keep
            return _judged(opened, Judging(about, columns, kept, without, only_lawful=only_lawful), national, beside)
    except FileUnreadable as fault:
        return Judgement(fault.findings)


def _beside(opened: Opened, about: About, columns: Columns | None) -> tuple[Finding, ...]:
    """Return what identifies somebody outside the table: nothing where only canonical columns leave the committee."""
    if isinstance(columns, Mapped) and columns.at_home:
        return ()
    return search(opened.beside(), about.recognisers, about.committee)


def _judged(opened: Opened, judging: Judging, national: National, beside: tuple[Finding, ...]) -> Judgement:
    """Return the judgement of every block that can be read; at the hub, also what its mapping leaves open."""
    try:
        for block in opened.blocks():
            judging.see(block)
    except FileUnreadable as fault:
        return judging.end((*beside, *opened.findings, *fault.findings))
    judged = judging.end((*beside, *opened.findings))
    if national.home or not any(one.rule in OPEN for one in judged.findings):
        return judged
    proposal, survey = _proposal(opened, judging.about, national)
    return replace(judged, needs_mapping=_told(proposal, survey, judging.about, national))


def _unmapped(opened: Opened, about: About, national: National) -> Judgement:
    """Return what the columns seem to mean, once nothing in them identifies a person; at home, that they must be told.

    Raises FileUnreadable.
    """
    sheet, book = opened.sheet, about.book
    proposal, survey = _proposal(opened, about, national)
    scan = Scan(sheet, proposed_known(proposal), about.recognisers, about.committee)
    rows = 0
    for block in opened.blocks():
        scan.see(block)
        rows += len(block)
    found = Collected()
    found.add([] if national.home else (*scan.findings(), *_beside(opened, about, None)))
    found.add(opened.findings)
    if not rows:
        return Judgement((*found.findings(), Finding("structure.no_rows")))
    found.add([Finding("mapping.needed", sheet=sheet.place)] if national.home else unkeyed(proposal, sheet, book))
    return Judgement(found.findings(), rows, needs_mapping=_told(proposal, survey, about, national))


def _proposal(opened: Opened, about: About, national: National) -> tuple[Proposal, Survey]:
    survey = Survey(opened.sheet)
    for block in opened.blocks():
        survey.see(block)
    return national.proposal(survey, about.dataflow, about.book), survey


def _told(proposal: Proposal, survey: Survey, about: About, national: National) -> Outline | None:
    """Return what may be told of a proposal at the hub; nothing at home, where the clerk sees all of it."""
    if national.mark is None:
        return None
    return outline(proposal, survey, load_words(about.dataflow, about.book), national.mark)


class Judging:
    """One contribution under judgement: ``see`` its blocks in order, then ``end``."""

    def __init__(
        self,
        about: About,
        columns: Columns,
        keep: Keep | None = None,
        without: Without | None = None,
        *,
        only_lawful: bool = False,
    ) -> None:
        """Begin with the header."""
        self.about, self._keep, self._without, self._only_lawful = about, keep, without, only_lawful
        self._columns = columns
        known: Mapping[str, Known] = columns.known(about.book)
        if isinstance(columns, Mapped) and not columns.at_home:
            known = searched(known, about.recognisers, about.committee)
        self._scan = Scan(columns.sheet, known, about.recognisers, about.committee)
        self._found = Collected()
        self._found.add(self._columns.findings)
        self._probe = Probe(about.flow, about.book, about.spaces)
        self._watches = (*watches(about.flow, about.book), self._probe)
        self._observed: list[Observations] = []
        self._rows = self._left_out = 0

    def see(self, block: Block) -> None:
        """Judge the next rows, and hand them on while nothing refuses the file."""
        if self._columns.stopped:
            return
        block = self._without_sums(block)
        block = self._lawful(block) if self._only_lawful else block
        self._rows += len(block)
        self._scan.see(block)
        batch = self._columns.batch(block)
        self._found.add(batch.findings)
        self._found.add(check(batch, self.about.book))
        for watch in self._watches:
            watch.see(batch)
        self._probe.see_beside(block)
        if not (self._found.refuses or self._identifies):
            self._hand_on(batch)

    def end(self, findings: Iterable[Finding] = ()) -> Judgement:
        """Return the judgement. ``findings``: what the reader found wrong with the file's structure."""
        first = Collected()
        first.add(self._columns.settled(self._scan.findings()))
        first.add(findings)
        for watch in self._watches:
            self._found.add(watch.findings())
        found = (*first.findings(), *self._found.findings())
        observed = join_tables(self._observed) if self._observed and not refuses(found) else None
        return Judgement(found, self._rows, self._left_out, observed)

    @property
    def _identifies(self) -> bool:
        """Whether something was found that must not be kept."""
        return self._scan.refuses and refuses(self._columns.settled(self._scan.findings()))

    def _without_sums(self, block: Block) -> Block:
        """Leave out the rows that sum others, which refuse the file: what they leave blank is no fault of its own."""
        sums = self._columns.sums(block)
        if not sums:
            return block
        self._found.add(sums)
        others = ~block.rows.is_in([row for one in sums for row in one.rows])
        return Block(block.frame.filter(others), block.rows.filter(others))

    def _lawful(self, block: Block) -> Block:
        may = lawful(self._columns.batch(block))
        kept = Block(block.frame.filter(may), block.rows.filter(may))
        self._left_out += len(block) - len(kept)
        return kept

    def _hand_on(self, batch: Batch) -> None:
        about = self.about
        if not about.flow.has_records:
            self._observed.append(encode_table(batch, about.book, about.committee, about.period))
        elif self._keep is not None:
            batch = self._without(batch) if self._without else batch
            self._keep.add(encode(batch, about.book, about.committee, about.period))
