"""Say what is held of a person: her records, in the codebook's words, sealed for the committee that asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import polars as pl
import pyrage
from sqlalchemy import insert

from amana.db import Transaction
from amana.faults import point
from amana.intake.tables import answer as answers
from amana.validation.decode import decode
from amana.vault.request import PSEUDONYM
from amana.vault.rewrite import records_of
from amana.worker import holdings
from amana.worker.effect import Effect, Request, RequestRefused
from amana.worker.holdings import Asked
from amana.worker.workbench import Workbench

PERIOD: Final = "PERIOD"  # a column of the answer


def answer(hub: Workbench, request: Request, asked: Asked) -> Effect:
    """Return the effect of a request for access: an age file that only the recipient named in the request opens.

    Inside is a CSV: the pseudonym as the committee wrote it, the period, and every canonical column; one that was not
    collected is empty. Raises RequestRefused when the request names no recipient, or another codebook was in force.
    """
    try:
        recipient = pyrage.x25519.Recipient.from_str(asked.listed.recipient or "")
    except pyrage.RecipientError:
        raise RequestRefused("request.no_recipient") from None
    empty = pl.DataFrame(schema={PSEUDONYM: pl.String, PERIOD: pl.String})
    parts = list(_parts(hub, asked))
    frame = pl.concat([empty, *parts], how="diagonal")
    sealed = pyrage.encrypt(frame.fill_null("").write_csv(line_terminator="\r\n").encode(), [recipient])
    found = frozenset(name for part in parts for name in part[PSEUDONYM])

    def write(tx: Transaction, now: datetime) -> None:
        tx.execute(insert(answers).values(request_id=request.id, sealed=sealed, made_at=now))
        point("requests.answer_written")

    macs = frozenset(mac for mac, name in asked.known_as.items() if name in found)
    return Effect(write, holdings.reached(asked, macs))


def _parts(hub: Workbench, asked: Asked) -> Iterator[pl.DataFrame]:
    for row in asked.rows:
        hers = records_of(holdings.source(hub, row), asked.known_as)
        if len(hers) == 0:
            continue
        if row.codebook_digest != hub.book.digest:
            raise RequestRefused("request.codebook_changed")
        names = [asked.known_as[mac] for mac in hers.pseudonyms or ()]
        who = pl.DataFrame({PSEUDONYM: names, PERIOD: [row.period] * len(names)})
        yield pl.concat([who, decode(hers, hub.book)], how="horizontal")
