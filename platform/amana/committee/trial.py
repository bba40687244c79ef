"""A dry run at home: the risk picture and what a release would hide, printed for the file's owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

from amana.codebook.model import Codebook
from amana.committee.documents import Documents
from amana.committee.law import law
from amana.committee.package import About
from amana.plans.plan import Plan
from amana.tabulation.trial import Books, Trial
from amana.wording.load import sentence


def begin(about: About, documents: Documents, rng: Random) -> Trial:
    """Return a dry run of this contribution. rng: secret randomness for the ties of protection."""
    book = documents.book()
    books = Books(law(documents, about.committee), tuple(documents.plans(book).values()), book, rng)
    return Trial(about.dataflow, about.committee, books)


def show(told: Mapping[str, Any], about: About, documents: Documents, language: str, console: Console) -> None:
    """Print what a dry run told, in the reader's language."""
    book = documents.book()
    if told["risk"]:
        _risk(told["risk"], about, book, language, console)
    plans = documents.plans(book)
    for one in told["plans"]:
        _plan(one, plans[one["plan"]], language, console)


def _risk(risk: Mapping[str, Any], about: About, book: Codebook, language: str, console: Console) -> None:
    keys = _names(risk["keys"], about, book, language)
    console.print(sentence("committee.risk", language, {**risk, "keys": keys}))
    if risk["worst"]:
        table = _table(["attributes", "unique", "rare"], language)
        for one in risk["worst"]:
            table.add_row(_names(one["variables"], about, book, language), str(one["unique"]), str(one["rare"]))
        console.print(table)


def _plan(told: Mapping[str, Any], plan: Plan, language: str, console: Console) -> None:
    said = "committee.preview_refused" if told["refused"] else "committee.preview"
    console.print(sentence(said, language, {"plan": plan.title.read(language), "least": told["least_count"]}))
    table = _table(["table", "cells", "hidden"], language)
    for name, cells in told["cubes"].items():
        table.add_row(plan.cube(name).title.read(language), str(cells["cells"]), str(cells["hidden"]))
    if told["cubes"]:
        console.print(table)


def _table(headings: Sequence[str], language: str) -> Table:
    table = Table()
    for heading in headings:
        table.add_column(sentence(f"committee.heading_{heading}", language), overflow="fold")
    return table


def _names(variables: Sequence[str], about: About, book: Codebook, language: str) -> str:
    flow = book.dataflow(about.dataflow)
    comma = "، " if language == "ar" else ", "
    return comma.join(flow.variable(name).label.read(language) for name in variables)
