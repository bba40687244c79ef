"""Notes beside a table: which vintage its figures are of, and what its changes are reckoned from.

Runs in: web.
Sees: a question, and what is said in the open of the bundles that answer it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from amana.disclosure.table import Cube
from amana.dissemination.bundle import Bundle
from amana.dissemination.catalogue import Catalogue
from amana.dissemination.query import Query, year_before

NO_YEAR_BEFORE: Final = "note.no_year_before"


@dataclass(frozen=True)
class Note:
    """Something to know when reading the figures: a code that has a sentence, and what the sentence names."""

    code: str
    facts: Mapping[str, str]


def on_vintages(query: Query, tables: Iterable[tuple[Bundle, Cube]], catalogue: Catalogue) -> Iterator[Note]:
    """Say which periods have no change, and of each period that is not told by its first vintage, by which it is."""
    alone = [period for period in query.periods if year_before(period) not in query.looked_up]
    if query.change and alone:
        yield Note(NO_YEAR_BEFORE, {"periods": ", ".join(alone)})
    later = {year_before(period): period for period in query.periods}
    for bundle, _ in tables:
        number, latest = bundle.about.vintage, catalogue.latest(bundle)
        period, facts = bundle.about.period, {"vintage": str(number), "latest": str(latest)}
        if period not in query.before and number < latest:
            yield Note("note.superseded", {"period": period, **facts})
        elif period not in query.before and number > 1:
            yield Note("note.vintage", {"period": period, **facts})
        elif period in query.before and (query.vintage is not None or number > 1):
            code = "note.compared_superseded" if number < latest else "note.compared"
            yield Note(code, {"period": later[period], "before": period, **facts})
