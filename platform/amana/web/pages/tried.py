"""What was tried against a release and what can be read of it: the report that stays with it, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amana.codebook.model import Label
from amana.dissemination.words import open_circle
from amana.release.ledger import Release, told_report
from amana.web.hub import hub
from amana.web.locale import language, number
from amana.wording.load import sentence


@dataclass(frozen=True)
class Attack:
    """One attack. outcome: ``held``, ``broke`` or ``absent``; told: the sentence of what came of it."""

    name: str
    outcome: str
    told: str


@dataclass(frozen=True)
class Use:
    """Of one table, in cells; zeros_off and shares_off in its unit, None where no mark stands under a shown sum."""

    title: str
    cells: int
    shown: int
    zeros_off: int | None
    shares_off: int | None


@dataclass(frozen=True)
class Tried:
    """The page's fragment; each part may be empty, for a release that was built before it was kept.

    open: a sentence for each circle of tables in which persons were not looked for.
    """

    attacks: tuple[Attack, ...] = ()
    uses: tuple[Use, ...] = ()
    open: tuple[str, ...] = ()


def tried(found: Release, titles: Mapping[str, Label]) -> Tried:
    """Return what the record of a release says of its attacks and its use; nothing before it is built."""
    report = told_report(found)
    if report is None:
        return Tried()
    attacks = tuple(_attack(line) for line in report["checker"].get("attacks", {}).get("lines", ()))
    titled = {cube: titles[cube].read(language()) if cube in titles else cube for cube in report["usefulness"]}
    uses = tuple(_use(titled[cube], said) for cube, said in report["usefulness"].items())
    circles = report["checker"].get("open", ())
    left = tuple(open_circle(found.dataflow, names, hub().book, language()) for names in circles)
    return Tried(attacks, uses, left)


def _attack(line: Mapping[str, Any]) -> Attack:
    facts = {name: number(value) for name, value in line["facts"].items()}
    said = sentence(f"{line['code']}.{line['outcome']}", language(), facts)
    return Attack(sentence(line["code"], language()), line["outcome"], said)


def _use(title: str, said: Mapping[str, int]) -> Use:
    any_ = said.get("under", 0) > 0
    off = (said["zeros_off"], said["shares_off"]) if any_ else (None, None)
    return Use(title, said["cells"], said["shown"], *off)
