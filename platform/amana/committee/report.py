"""What was found, printed for a person in her language, or as JSON for a machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from amana.findings import Finding, refuses, render
from amana.validation.told import fix, message
from amana.wording.load import sentence

_HEADINGS = ("severity", "place", "count", "message")


def as_json(findings: Sequence[Finding], **facts: object) -> str:
    """Return the findings with their places, and ``facts``, as one JSON object."""
    told = {"accepted": not refuses(findings), "findings": [render(one) for one in findings]}
    return json.dumps({**facts, **told}, ensure_ascii=False)


def show(findings: Sequence[Finding], language: str, console: Console, refused: str = "committee.refused") -> None:
    """Print one line per finding, refusing ones first, and the verdict. refused: the code of what a refusal says."""
    if findings:
        table = Table(show_lines=False)
        for heading in _HEADINGS:
            table.add_column(sentence(f"committee.heading_{heading}", language), overflow="fold")
        for one in sorted(findings, key=lambda finding: not finding.refuses):
            severity = sentence(f"committee.{one.severity.value}", language)
            told = "\n→ ".join(filter(None, (message(one, language), fix(one, language))))
            table.add_row(severity, _place(one), str(one.count), told)
        console.print(table)
    console.print(sentence(refused if refuses(findings) else "committee.sound", language))


def _place(finding: Finding) -> str:
    """Return the cell as a spreadsheet names it: B17; only its column or row where the other is not known."""
    if finding.letter is None and finding.column:
        return finding.column  # it has no place of its own in the file
    return f"{finding.letter or ''}{finding.row or ''}"


def show_difference(changes: Mapping[str, Any], dataflow: str, language: str, console: Console) -> None:
    """Print what a held version of this dataflow would change, and how to say yes or no."""
    table = Table(title=sentence("committee.difference", language), title_justify="left", show_header=False)
    for name in ("added", "removed", "changed", "same") if changes["kind"] == "records" else ():
        table.add_row(sentence(f"committee.difference_{name}", language), str(changes[name]))
    names = _names(dataflow, language) if changes["parts"] else {}
    for part, count in sorted(changes["parts"].items()):
        table.add_row(f"– {names.get(part, part)}", str(count))
    console.print(table)
    if changes["kind"] == "records" and nobody_in_both(changes):
        console.print(sentence("committee.difference_nobody", language))
    console.print(sentence("committee.difference_decide", language))


def _names(dataflow: str, language: str) -> dict[str, str]:
    """Return variable or multi-response code → its name in the reader's language."""
    from amana.codebook.load import load  # noqa: PLC0415 - read for this alone, by a command that starts quickly

    book = load()
    flow = book.dataflow(dataflow)
    names = {one.id: one.label.read(language) for one in flow.variables}
    coded = [(one, flow.variable(one.variable)) for one in flow.columns(book) if one.code]
    told = {one.name: book.list_of(of).code(str(one.code)).label.read(language) for one, of in coded}
    return names | {one.name: f"{of.label.read(language)}: {told[one.name]}" for one, of in coded}


def nobody_in_both(changes: Mapping[str, Any]) -> bool:
    """Return whether two files have no person in common, though both have persons."""
    return bool(changes["added"] and changes["removed"] and not changes["same"] and not changes["changed"])
