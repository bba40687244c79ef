"""What was found, as a reader is told it: by rule, refusing ones first, with counts, places, and what can be done.

Pages, JSON, workbooks and the terminal all take their words from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from amana.findings import Finding
from amana.validation.catalogue import catalogue
from amana.wording.load import codes, sentence

_MANY: Final = 12  # ranges that are written out in a line
_FEW: Final = 4  # columns that are named beside each other
_COUNTS: Final = (
    "الأسطر|عدد الأسطر|خلايا مخالفة|أسطر مخالفة|عددها|"
    "Lignes|Lignes concernées|Cellules fautives|Lignes fautives|Nombre|"
    "Rows|Lines|Rows concerned|Cells at fault|Rows at fault|Number"
)
_COUNTED: Final = re.compile(rf"\s*(?:\([^()]*…\)|(?:{_COUNTS}) ?: …\.?)|(?: ?: …)")  # what a list of places says


@dataclass(frozen=True)
class Told:
    """All findings of one rule and severity, in the order in which they were made. count: cases in all."""

    rule: str
    severity: str
    count: int
    findings: tuple[Finding, ...]

    @property
    def refuses(self) -> bool:
        """Whether the contribution cannot be accepted with this in it."""
        return any(one.refuses for one in self.findings)


def by_rule(findings: Iterable[Finding]) -> tuple[Told, ...]:
    """Return the findings by rule: what refuses first, then what concerns most cases."""
    rules: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        rules.setdefault((one.rule, one.severity.value), []).append(one)
    told = [Told(*key, sum(one.count for one in ones), tuple(ones)) for key, ones in rules.items()]
    return tuple(sorted(told, key=lambda one: (not one.refuses, -one.count)))


def message(finding: Finding, language: str) -> str:
    """Return what the rule found there."""
    return _tidy(sentence(f"rule.{finding.rule}", language, finding.told))


def title(one: Told, language: str) -> str:
    """Return what the rule found, without counts and rows.

    The first few columns are named beside each other; what else differs from place to place is left as ``…``.
    """
    told = [each.told for each in one.findings]
    facts = {name: fact for name, fact in told[0].items() if all(each.get(name) == fact for each in told)}
    comma = "، " if language == "ar" else ", "
    for name in ("column", "letter"):
        named = list(dict.fromkeys(str(each[name]) for each in told if name in each))
        if len(named) > 1:
            facts[name] = comma.join(named[:_FEW]) + ("…" if len(named) > _FEW else "")
    return plainly(one.rule, language, {**facts, "count": "…", "rows": "…"})


def plainly(rule: str, language: str, facts: Mapping[str, object]) -> str:
    """Return the rule's sentence without the counts and rows that only a list of places needs."""
    return _tidy(_COUNTED.sub("", sentence(f"rule.{rule}", language, {**facts, "count": "…", "rows": "…"})))


def _tidy(said: str) -> str:
    """Return the sentence without brackets around a fact that is not there, and without a stop after ``…``."""
    return said.replace(" ()", "").replace("….", "…")


def fix(finding: Finding, language: str) -> str:
    """Return what can be done about it; nothing where no way can be offered."""
    code = f"fix.{finding.rule}"
    return sentence(code, language, finding.told) if code in codes() else ""


def source(rule: str, language: str) -> str:
    """Return on what the rule rests, and how sure that is; nothing for a rule that is in no catalogue."""
    entry = catalogue().entries.get(rule)
    if entry is None:
        return ""
    sure = sentence(f"codebook.confidence_{entry.confidence}", language)
    return f"{sentence(f'source.{entry.source}', language)} ({sure})"


def ranges(finding: Finding) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of every run of rows; of a finding whose rows were not kept, of those that it names."""
    from amana.rows import RowSet  # noqa: PLC0415 - numpy, without which the commands that only send start quickly

    if isinstance(finding.rows, RowSet) and finding.rows:
        yield from finding.rows.ranges()
        return
    named = finding.facts.get("rows")
    rows = [row for row in named if isinstance(row, int)] if isinstance(named, Sequence) else []
    if rows or finding.row is not None:
        yield from RowSet.of(rows or [finding.row or 1]).ranges()


def written(spans: Iterable[tuple[int, int]]) -> str:
    """Return ranges as text: ``2-5, 9``."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def shortly(finding: Finding) -> tuple[str, bool]:
    """Return the first ranges as text, and whether there are more."""
    spans: list[tuple[int, int]] = []
    for span in ranges(finding):
        if len(spans) == _MANY:
            return written(spans), True
        spans.append(span)
    return written(spans), finding.count > sum(last - first + 1 for first, last in spans) > 0
