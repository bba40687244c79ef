"""What was found in a contribution, as a part of its page: by rule, what refuses first, narrowed as asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, request

from amana.findings import Finding, Severity
from amana.validation import told
from amana.validation.told import Told
from amana.web.api import findings as api
from amana.web.api.batches import asked
from amana.web.batches import Batch
from amana.web.locale import PREFIX, language

_SHOWN: Final = 30  # places printed for one rule; the workbook and the API have them all
blueprint = Blueprint("findings", __name__, url_prefix=f"{PREFIX}/contributions")


@dataclass(frozen=True)
class Place:
    """One finding, as a row of the page. rows: the first ranges; more: whether there are others."""

    sheet: str | None
    column: str | None
    letter: str | None
    rows: str
    more: bool
    count: int


@dataclass(frozen=True)
class Group:
    """All findings of one rule. count: cases in all; left: places that the page leaves out."""

    rule: str
    title: str
    severity: str
    count: int
    fix: str
    source: str
    places: tuple[Place, ...]
    left: int


@dataclass(frozen=True)
class View:
    """The findings of one contribution as asked for.

    errors, warnings: rules in all, whatever was asked.
    columns:          letters or names to choose from.
    """

    groups: tuple[Group, ...]
    errors: int
    warnings: int
    columns: tuple[str, ...]
    severity: str
    column: str

    @property
    def narrowed(self) -> bool:
        """Whether some are left out because the reader asked so."""
        return bool(self.severity or self.column)


def view(batch: Batch) -> View:
    """Return what was found in a batch, once it is journalled; narrowed by ``severity`` and ``column`` of the query."""
    found = api.found_in(batch)
    severity, column = request.args.get("severity", ""), request.args.get("column", "")
    columns = tuple(sorted({_column(one) for one in found} - {""}))
    severity = severity if severity in set(Severity) else ""
    column = column if column in columns else ""
    asked_for = [one for one in found if severity in {"", one.severity.value} and column in {"", _column(one)}]
    rules = told.by_rule(found)
    refusing = sum(one.refuses for one in rules)
    groups = tuple(_group(one) for one in told.by_rule(asked_for))
    return View(groups, refusing, len(rules) - refusing, columns, severity, column)


@blueprint.get("/<batch>/findings.xlsx")
def workbook(lang: str, batch: str) -> Response:  # noqa: ARG001 - the address carries it
    """Give the findings as a workbook in the language of the page."""
    return api.workbook(asked(batch))


def _group(one: Told) -> Group:
    first = one.findings[0]
    places = tuple(_place(each) for each in one.findings[:_SHOWN])
    fix, source = told.fix(first, language()), told.source(one.rule, language())
    title = told.title(one, language())
    return Group(one.rule, title, one.severity, one.count, fix, source, places, _left(one.findings))


def _left(findings: Sequence[Finding]) -> int:
    return max(0, len(findings) - _SHOWN)


def _place(one: Finding) -> Place:
    rows, more = told.shortly(one)
    return Place(one.sheet, one.column, one.letter, rows, more, one.count)


def _column(one: Finding) -> str:
    return one.column or one.letter or ""
