"""Look for identifiers in what stands outside the table: titles, other sheets, comments.

A title may hold a date or the name of whoever signed; a list of names beside the table may not come along.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from amana.findings import Finding
from amana.identifiers.recognisers import Recognisers
from amana.identifiers.scan import Scan
from amana.reading.sheet import Block, Sheet

_NAME: Final = "identifier.name"
_NAMES: Final = 5  # in one column; fewer sign a page
# Columns of numbers, too, that are longer than what is read of one: what is not read here is not kept either.
_PASSED: Final = frozenset({"identifier.date", "identifier.free_text", "identifier.unread"})


def search(pieces: Iterable[tuple[Sheet, Block]], recognisers: Recognisers, committee: str) -> tuple[Finding, ...]:
    """Return what refuses the file although it stands in no column of its table.

    committee: the uploading country, ISO alpha-3, in whose light numbers are read.
    """
    found: list[Finding] = []
    for sheet, each in groupby(pieces, key=lambda piece: piece[0]):
        scan = Scan(sheet, {}, recognisers, committee)
        for _, block in each:
            scan.see(block)
        found += [one for one in scan.findings() if _counts(one)]
    return tuple(found)


def _counts(found: Finding) -> bool:
    return found.refuses and found.rule not in _PASSED and (found.rule != _NAME or found.count >= _NAMES)
