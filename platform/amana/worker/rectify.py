"""Put right: what a committee states instead, held against the same rules as a file, in each person's whole record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from amana.findings import Finding, letter, refuses
from amana.identifiers.scan import Scan, known_columns
from amana.reading.sheet import Block, Sheet
from amana.validation.batch import Batch
from amana.validation.decode import decode
from amana.validation.encode import encode
from amana.validation.rules import check
from amana.vault.request import PSEUDONYM
from amana.vault.rewrite import Change, put_right, records_of
from amana.worker import holdings
from amana.worker.effect import Request, RequestRefused
from amana.worker.holdings import Asked
from amana.worker.workbench import Workbench

_HEADER = 1  # rows of the list before the first person's
_COLUMN = "rectify.column"


def corrections(hub: Workbench, request: Request, asked: Asked) -> Callable[[Any], Change]:
    """Return what becomes of each holding's records. Raises RequestRefused with what the rules found.

    Everything is judged before the first file is written, so that no file is corrected when another cannot be.
    """
    found = [*_identifying(hub, request, asked), *_foreign(hub, request, asked)]
    if any(one.rule == _COLUMN for one in found):
        raise RequestRefused("request.breaks_rules", tuple(_each_once(found)))
    changes: dict[str, Change] = {}
    for row in asked.rows:
        if row.codebook_digest != hub.book.digest:
            raise RequestRefused("request.codebook_changed")
        stands = records_of(holdings.source(hub, row), asked.known_as)
        batch = _corrected(request, asked, decode(stands, hub.book), stands.pseudonyms or ())
        if len(batch) == 0:
            continue
        found += [*_columns(asked, batch), *(one for one in check(batch, hub.book) if one is not None)]
        if not refuses(found):
            right = encode(batch, hub.book, request.committee, row.period)
            macs = {name: mac for mac, name in asked.known_as.items()}
            changes[row.id] = put_right(replace(right, pseudonyms=tuple(macs[name] for name in batch.cells(PSEUDONYM))))
    if refuses(found):
        raise RequestRefused("request.breaks_rules", tuple(_each_once(found)))
    return lambda row: changes[row.id]


def _corrected(request: Request, asked: Asked, stands: pl.DataFrame, macs: tuple[str, ...]) -> Batch:
    """Return each person's whole record as it would stand, placed at her row of the list."""
    right = asked.listed.values.with_columns(row=pl.int_range(_HEADER + 1, _HEADER + 1 + pl.len()))
    names = pl.Series(PSEUDONYM, [asked.known_as[mac] for mac in macs], pl.String)
    whole = stands.with_columns(names).unique(PSEUDONYM, keep="first", maintain_order=True)
    joined = whole.join(right, on=PSEUDONYM, how="inner", suffix=":new").sort("row")
    changed = [name for name in asked.listed.values.columns if f"{name}:new" in joined.columns]
    joined = joined.with_columns(**{name: pl.col(f"{name}:new") for name in changed})
    sent = {name: letter(place) for place, name in enumerate(asked.listed.values.columns)}
    letters = {name: sent.get(name, "") for name in whole.columns}
    return Batch(request.dataflow, joined.select(whole.columns), joined["row"], letters)


def _foreign(hub: Workbench, request: Request, asked: Asked) -> Iterator[Finding]:
    """Yield a finding for each column of the list that is none of the codebook's: before it meets one that is."""
    known = {column.name for column in hub.book.dataflow(request.dataflow).columns(hub.book)}
    for place, name in enumerate(asked.listed.values.columns):
        if name not in known:
            yield Finding(_COLUMN, letter=letter(place))


def _columns(asked: Asked, batch: Batch) -> Iterator[Finding]:
    """Yield a finding for each column of the list that the committee's records do not have."""
    for place, name in enumerate(asked.listed.values.columns):
        if name not in batch:
            yield Finding(_COLUMN, letter=letter(place))


def _identifying(hub: Workbench, request: Request, asked: Asked) -> Iterator[Finding]:
    """Search the list for what points at one person, as a file is searched."""
    sent = asked.listed.values
    letters = tuple(letter(place) for place in range(sent.width))
    sheet = Sheet(None, tuple(sent.columns), _HEADER, letters)
    names = {column.name for column in hub.book.dataflow(request.dataflow).columns(hub.book)}
    known = {name: place for name, place in zip(sent.columns, letters, strict=True) if name in names}
    scan = Scan(sheet, known_columns(known, request.dataflow, hub.book), hub.recognisers, request.committee)
    rows = pl.int_range(_HEADER + 1, _HEADER + 1 + sent.height, eager=True)
    scan.see(Block(sent.rename(dict(zip(sent.columns, letters, strict=True))), rows))
    yield from scan.findings()


def _each_once(found: list[Finding]) -> Iterator[Finding]:
    for place, one in enumerate(found):
        if one not in found[:place]:
            yield one
