"""``amana audit categories``: which categories a published release could hardly show, for whoever plans the next one.

Exit codes: 0 it was told, 2 the question was not put properly.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amana.command.audit_told import refusing
from amana.command.options import FILE, LANG
from amana.wording.load import sentence

if TYPE_CHECKING:
    from amana.dissemination.bundle import Bundle


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
@click.option("--key", required=True, type=FILE, help="The hub's public key for bundles (PEM).")
@LANG
def categories(bundle: Path, key: Path, lang: str) -> None:
    """Name the categories that BUNDLE, a folder or .zip, could hardly show, and the coarser code above each.

    Merge them in the plan of another year, or leave them out of its codes: what decides is published, so that the
    merger tells nothing of the persons of that year.
    """
    from amana.committee.bundle_file import open_anywhere, trusted_key

    with refusing(lang), tempfile.TemporaryDirectory() as scratch:
        opened = open_anywhere(bundle, trusted_key(key), Path(scratch))
        for line in _lines(opened, lang):
            click.echo(line)


def _lines(bundle: Bundle, lang: str) -> Iterator[str]:
    from amana.codebook.load import load
    from amana.dissemination.sparse import sparse
    from amana.dissemination.words import code_label

    book, flow = load(), bundle.about.dataflow
    title = bundle.about.plan_title.read(lang)
    found = sparse(bundle)
    said = "some" if found else "none"
    yield sentence(
        f"audit.categories.{said}", lang, {"title": title, "period": bundle.about.period, "count": len(found)}
    )
    for one in found:
        parent = book.list_of(book.dataflow(flow).variable(one.dim)).code(one.code).parent
        facts = {
            "code": f"{one.dim} {one.code}",
            "label": code_label(flow, one.dim, one.code, book, lang),
            "shown": one.shown,
            "cells": one.cells,
            "parent": sentence("code.rest", lang)
            if parent is None
            else f"{parent}, {code_label(flow, one.dim, parent, book, lang)}",
        }
        yield "  " + sentence(f"audit.categories.{'hidden' if one.whole_hidden else 'sparse'}", lang, facts)
