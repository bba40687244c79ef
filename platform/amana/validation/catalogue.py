"""The catalogue of rules: how severe each is, of what kind, on what it rests; read from ``rules.toml`` and checked.

A rule that is nothing but a condition on the cells of one row is written there, too: the table is the rule.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from amana.errors import AmanaError
from amana.findings import Finding, Severity
from amana.wording.load import codes

FILE: Final = Path(__file__).with_name("rules.toml")
_CONFIDENCE: Final = frozenset("CVRP")
_PARTS: Final = frozenset({"at", "is", "known", "yes", "no", "unless"})
_KEYS: Final = frozenset({"severity", "kind", "source", "when"})


class CatalogueInvalid(AmanaError):
    """The catalogue of rules contradicts itself or lacks a part; no process may judge with it."""

    code = "validation.catalogue_invalid"
    exit = 78


class Kind(StrEnum):
    """What a rule looks at."""

    STRUCTURE = "structure"
    MAPPING = "mapping"
    CODE_LIST = "code_list"
    RANGE = "range"
    CROSS_FIELD = "cross_field"
    DATASET = "dataset"
    IDENTIFIER = "identifier"
    PSEUDONYM = "pseudonym"
    BASIS = "basis"


@dataclass(frozen=True)
class When:
    """One condition on the cells of a row; the finding is at ``at``. All parts must hold.

    among:  column → codes of which its cell is one; ``adult`` and ``child`` stand for ages.
    known:  columns whose cell is a code that says something: neither ``_U`` nor ``_Z``.
    yes:    flags, or multi-response variables, of which one is 1.
    no:     flags, or multi-response variables, which are all 0.
    unless: column → codes of which its cell is none, where the column is there.
    """

    at: str
    among: Mapping[str, tuple[str, ...]]
    known: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    unless: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Entry:
    """One rule. severity: None where each finding settles it; confidence: of the source, C, V, R or P."""

    id: str
    severity: Severity | None
    kind: Kind
    source: str
    confidence: str
    when: tuple[When, ...]


@dataclass(frozen=True)
class Catalogue:
    """All rules by id, and the words by which other people's files say "not known" and "total"."""

    entries: Mapping[str, Entry]
    unknown_words: frozenset[str]
    total_words: frozenset[str]

    def settled(self, finding: Finding) -> Finding:
        """Return the finding with the severity that the catalogue gives its rule."""
        severity = self.entries[finding.rule].severity
        return finding if severity in {None, finding.severity} else replace(finding, severity=severity)


@cache
def catalogue() -> Catalogue:
    """Return our catalogue. Raises CatalogueInvalid."""
    return read(FILE.read_text(encoding="utf-8"))


def read(text: str) -> Catalogue:
    """Return the catalogue in a TOML document.

    Raises CatalogueInvalid, naming the rule, for an unknown key, severity, kind, source or confidence, and for a rule
    or source without its sentence.
    """
    try:
        said = tomllib.loads(text)
        sources, words = said.pop("sources"), said.pop("words")
    except (tomllib.TOMLDecodeError, KeyError) as fault:
        raise CatalogueInvalid(rule="-", part="toml") from fault
    for source, confidence in sources.items():
        if confidence not in _CONFIDENCE or f"source.{source}" not in codes():
            raise CatalogueInvalid(rule=source, part="sources")
    entries = {id_: _entry(id_, found, sources) for id_, found in said.items()}
    return Catalogue(entries, frozenset(words["unknown"]), frozenset(words["total"]))


def _entry(id_: str, found: Mapping[str, Any], sources: Mapping[str, str]) -> Entry:
    if not found.keys() <= _KEYS or f"rule.{id_}" not in codes():
        raise CatalogueInvalid(rule=id_, part="keys" if not found.keys() <= _KEYS else "wording")
    try:
        severity = None if found["severity"] == "either" else Severity(found["severity"])
        kind, source = Kind(found["kind"]), found["source"]
        return Entry(
            id_, severity, kind, source, sources[source], tuple(_when(id_, one) for one in found.get("when", ()))
        )
    except (KeyError, ValueError) as fault:
        raise CatalogueInvalid(rule=id_, part="severity, kind or source") from fault


def _when(id_: str, found: Mapping[str, Any]) -> When:
    if not found.keys() <= _PARTS or "at" not in found or len(found) == 1:
        raise CatalogueInvalid(rule=id_, part="when")
    among, unless = ({name: tuple(c) for name, c in found.get(part, {}).items()} for part in ("is", "unless"))
    known, yes, no = (tuple(found.get(part, ())) for part in ("known", "yes", "no"))
    return When(str(found["at"]), among, known, yes, no, unless)
