"""``amana committee map``: look through a file, show what its columns seem to mean, and write what is confirmed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from amana import durable
from amana.codebook.model import Codebook, NotInCodebook, Variable
from amana.codebook.model import Kind as Answer
from amana.committee.interview import Interview
from amana.committee.report import show as show_findings
from amana.committee.source import OtherMapping, mapping_of
from amana.mapping import births, toml
from amana.mapping.apply import identity
from amana.mapping.check import check
from amana.mapping.differ import Difference, differs
from amana.mapping.document import Kind, MappingInvalid, NationalMapping
from amana.mapping.proposal import SURE, Guess, Proposal, accepted
from amana.mapping.propose import propose
from amana.mapping.survey import Survey
from amana.reading.open import FileUnreadable, open_file
from amana.validation.national import without_sums
from amana.wording.load import sentence

DONE: Final = 0
OPEN: Final = 65  # sysexits: EX_DATAERR
_SPELLINGS: Final = 4  # printed of one column
_CODES: Final = 30  # printed of one list


@dataclass(frozen=True)
class Wanted:
    """What the command was asked for. start: a shipped mapping's name or a file; constants: variable → code."""

    committee: str
    dataflow: str
    sheet: str | None
    start: str | None
    constants: Mapping[str, str]
    take_all: bool
    blank_unknown: bool
    out: Path


def make(file: Path, wanted: Wanted, book: Codebook, language: str, *, terminal: bool) -> int:
    """Write a mapping for ``file`` and return 0, or 65 when something is left that only a person can tell.

    terminal: whether somebody is there to be asked.
    """
    console = Console()
    _check_constants(wanted, book)
    try:
        with open_file(file, sheet=wanted.sheet) as opened:
            if identity(opened.sheet, wanted.dataflow, book) is not None:
                console.print(sentence("committee.map_canonical", language))
                return DONE
            survey = Survey(opened.sheet)
            for block in opened.blocks():
                survey.see(without_sums(block))
    except FileUnreadable as fault:
        show_findings(fault.findings, language, Console(file=sys.stderr))
        return OPEN
    before = _before(wanted)
    proposal = propose(survey.sheet, survey, wanted.dataflow, book, before, at_home=True)
    proposal = _without(proposal, wanted.constants)
    if before is not None:
        _show_difference(differs(before, survey.sheet, proposal), language, console)
    show(proposal, book, language, console)
    constants, blank_unknown = dict(wanted.constants), wanted.blank_unknown
    if terminal and not wanted.take_all:
        interview = Interview(survey, wanted.dataflow, book, language)
        proposal, constants, blank_unknown = interview.ask(proposal, constants)
    elif not wanted.take_all:
        click.echo(sentence("mapping.not_told", language), err=True)
        _left(wanted, proposal, book, language)
        return OPEN
    return _write(replace(wanted, constants=constants, blank_unknown=blank_unknown), proposal, book, language)


def show(proposal: Proposal, book: Codebook, language: str, console: Console) -> None:
    """Print what each column seems to mean, how sure that is, and why."""
    table = Table(show_lines=False)
    for heading in ("letter", "header", "meaning", "confidence", "reason", "spellings"):
        table.add_column(sentence(f"committee.map_{heading}", language), overflow="fold")
    for one in proposal.columns:
        reason = sentence(f"mapping.reason_{one.reason}", language)
        told = meaning(one, proposal.dataflow, book, language)
        table.add_row(one.letter, one.header, told, f"{one.confidence:.0%}", reason, _spellings(one))
    console.print(table)


def meaning(guess: Guess, dataflow: str, book: Codebook, language: str) -> str:
    """Return what a column seems to mean, in the reader's words."""
    if guess.kind is None or guess.target is None:
        return sentence(f"mapping.kind_{guess.kind.value if guess.kind else 'none'}", language)
    try:
        variable = book.dataflow(dataflow).variable(guess.target)
    except NotInCodebook:
        return guess.target
    label = variable.label.read(language)
    if guess.code:
        label = f"{label}: {book.list_of(variable).code(guess.code).label.read(language)}"
    return sentence(f"mapping.kind_{guess.kind.value}", language, {"label": label})


def _spellings(guess: Guess) -> str:
    if guess.unknown:
        shown = ", ".join(value.text for value in guess.unknown[:_SPELLINGS])
        more = len(guess.unknown) - _SPELLINGS
        return f"? {shown}{f' +{more}' if more > 0 else ''}"
    return ", ".join(f"{value.text} = {' '.join(value.codes)}" for value in guess.values[:_SPELLINGS])


def _before(wanted: Wanted) -> NationalMapping | None:
    """Return the mapping that was confirmed before, or that the command starts from. Raises OtherMapping."""
    start = wanted.start or (str(wanted.out) if wanted.out.exists() else None)
    if start is None:
        return None
    found = mapping_of(start)
    if found.dataflow != wanted.dataflow or found.committee not in {None, wanted.committee}:
        said = f"{found.dataflow} {found.committee or ''}".strip()
        raise OtherMapping(said=said, asked=f"{wanted.dataflow} {wanted.committee}")
    return found


def _check_constants(wanted: Wanted, book: Codebook) -> None:
    """Raise MappingInvalid for a constant that the codebook does not hold."""
    flow = book.dataflow(wanted.dataflow)
    for name, code in wanted.constants.items():
        try:
            known = code in book.list_of(flow.variable(name)).storable
        except NotInCodebook:
            known = False
        if not known:
            raise MappingInvalid(place=f"--constant {name}={code}")


def _write(wanted: Wanted, proposal: Proposal, book: Codebook, language: str) -> int:
    made = accepted(
        proposal,
        book,
        committee=wanted.committee,
        constants=wanted.constants,
        blank_unknown=wanted.blank_unknown,
    )
    check(made, book)
    durable.write(wanted.out, toml.render(made).encode())
    click.echo(sentence("committee.map_written", language, {"place": wanted.out, "version": made.version}))
    _aside(proposal, language)
    return OPEN if _left(wanted, proposal, book, language) else DONE


def _without(proposal: Proposal, constants: Mapping[str, str]) -> Proposal:
    """Leave aside what would say again what she says of every row."""
    for one in proposal.columns:
        if one.target in constants and not one.kept:
            facts = {"kind": Kind.IGNORED, "target": None, "code": None, "values": (), "confidence": 1.0}
            proposal = proposal.changed(one.letter, **facts, reason="constant")
    return proposal


def _left(wanted: Wanted, proposal: Proposal, book: Codebook, language: str) -> int:
    """Say what is still open, and return how much that is."""
    flow = book.dataflow(wanted.dataflow)
    missing = [flow.variable(name) for name in proposal.missing if name not in wanted.constants]
    born = any(one.reason == births.BORN for one in proposal.columns)
    for one in missing:
        keyed = one.kind in {Answer.PSEUDONYM, Answer.LINK}
        what = "no_key" if keyed else "no_age" if born and births.is_age(one) else "missing"
        facts = {"variable": one.id, "label": one.label.read(language), "codes": _codes(one, book, language)}
        click.echo(sentence(f"committee.map_{what}", language, facts), err=True)
    left = [one for one in proposal.columns if one.unknown and one.confidence >= SURE]
    for guess in left:
        facts = {"letter": guess.letter, "count": str(len(guess.unknown))}
        click.echo(sentence("committee.map_left", language, facts), err=True)
    return len(missing) + len(left)


def _codes(variable: Variable, book: Codebook, language: str) -> str:
    """Return what a variable may be in every row, or where that is to be read."""
    if variable.kind in {Answer.PSEUDONYM, Answer.LINK}:
        return ""
    codes = book.list_of(variable).storable
    return ", ".join(codes) if len(codes) <= _CODES else f"docs/dictionary.{language}.md"


def _aside(proposal: Proposal, language: str) -> None:
    """Say which columns were left aside only because nobody was sure of them."""
    for one in proposal.columns:
        if one.kind is None or (one.is_used and one.confidence < SURE):
            click.echo(sentence("committee.map_aside", language, {"letter": one.letter}), err=True)


def _show_difference(found: Difference, language: str, console: Console) -> None:
    """Print what is different from the file that the mapping was made for."""
    if not found:
        console.print(sentence("committee.map_same", language))
        return
    console.print(sentence("committee.map_differs", language))
    for header, letter in found.renamed.items():
        console.print("  ~ " + sentence("committee.map_renamed", language, {"header": header, "letter": letter}))
    for header in found.gone:
        console.print("  - " + sentence("committee.map_gone", language, {"header": header}))
    for letter in found.new:
        console.print("  + " + sentence("committee.map_new", language, {"letter": letter}))
    for letter, values in found.values.items():
        said = {"letter": letter, "values": ", ".join(value.text for value in values)}
        console.print("  ? " + sentence("committee.map_new_values", language, said))
