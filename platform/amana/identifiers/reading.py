"""Read single texts: which are worth it, and what they hold. Presidio and the names are loaded when the first asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import polars as pl

from amana.findings import Severity
from amana.identifiers.fold import INVISIBLE, LONGEST, having
from amana.identifiers.hits import Hit, weightiest
from amana.identifiers.name_lists import Lists
from amana.identifiers.names import Names, Strength
from amana.identifiers.recognisers import Recognisers

# A text without any of these holds nothing that a pattern of identifiers.toml, or of presidio, could match.
COULD: Final = (
    r"[@<:°º]|(?i)[0-9a-f]{8}-[0-9a-f]{4}-|\p{Nd}(?:[^\p{L}\p{Nd}]{0,3}\p{Nd}){3,}|[\p{L}\p{Nd}-]\.\p{L}{2,}"
    r"|[2-9c-x]{4}\+[2-9c-x]{2}"
)
_FORMS: Final = {Strength.FULL: "name-full", Strength.SINGLE: "name-single"}


@dataclass(frozen=True)
class Under:
    """What a column's heading says about its cells.

    forms: ids of the forms that count only under such a heading. names: whether it announces names of persons.
    """

    forms: frozenset[str] = frozenset()
    names: bool = False


class Reading:
    """The scan's reader of texts, for one committee."""

    def __init__(self, recognisers: Recognisers, committee: str) -> None:
        """Load nothing yet."""
        self._recognisers = recognisers
        self._committee = committee

    def under(self, header: str) -> Under:
        """Return what a heading lets count below it."""
        headings = self._recognisers.headings
        here = (form.id for form in self._recognisers.forms.values() if headings.has(header, form.headings))
        return Under(frozenset(here), headings.announces_name(header))

    def candidates(self, texts: pl.Series, under: Under) -> pl.DataFrame:
        """Return each ``text`` that could hold an identifier, and whether that could be a ``form`` or just a name."""
        seen = texts.str.normalize("NFKC").str.replace_all(INVISIBLE, "")
        could = self._could(seen, under)
        asked = could | self._named(seen, could)
        return pl.DataFrame({"text": texts, "form": could}).filter(asked)

    def hit(self, text: str, under: Under, *, form: bool = True) -> Hit | None:
        """Return the weightiest identifier in the text. ``form``: whether it could be one, and not just a name."""
        found = self._presidio().first(text, under.forms) if form else ()
        hits = weightiest((*found, *self._name(text, under)))
        return hits[0] if hits else None

    def _named(self, seen: pl.Series, could: pl.Series) -> pl.Series:
        """Return (n,) whether each text that ``could`` hold no form has a word that may be a name."""
        rest = seen.filter(~could & seen.str.contains(r"\p{L}[\p{L}\p{M}]")).unique()
        if rest.is_empty():
            return could
        names = self._names()
        return seen.is_in(rest.filter(having(rest, names.asked, names.beginnings)).implode())

    def _could(self, seen: pl.Series, under: Under) -> pl.Series:
        """Return (n,) whether presidio must be asked about each text."""
        could = seen.str.contains(COULD)
        return could | seen.str.contains(r"\p{Nd}") if under.forms else could

    def _name(self, text: str, under: Under) -> tuple[Hit, ...]:
        strength = self._names().strength(text[:LONGEST])
        if not strength:
            return ()
        form = self._recognisers.forms[_FORMS[strength]]
        sure = strength is Strength.FULL or under.names
        return (Hit(form, Severity.ERROR if sure else Severity.WARNING, text),)

    def _names(self) -> Names:
        return _names(self._recognisers.names)

    def _presidio(self) -> Any:  # noqa: ANN401 - the type comes with the import
        return _presidio(self._recognisers, self._committee)


@cache
def _names(lists: Lists) -> Names:
    return Names(lists)


@cache
def _presidio(recognisers: Recognisers, committee: str) -> Any:  # noqa: ANN401
    from amana.identifiers.engine import Reader  # noqa: PLC0415 - presidio takes seconds to import

    return Reader(recognisers, committee)
