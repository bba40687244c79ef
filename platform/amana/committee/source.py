"""How a file is read at home: which sheet of a workbook, by which mapping, and with which key pseudonyms are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from amana.committee.package import About
from amana.errors import AmanaError
from amana.mapping import shipped, toml
from amana.mapping.document import NationalMapping
from amana.mapping.keying import Home
from amana.validation.national import National
from amana.vault.secret import read_secret


class OtherMapping(AmanaError):
    """The mapping is about another dataflow, or another committee's; facts: what it says and what was asked."""

    code: ClassVar[str] = "mapping.other_dataflow"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


@dataclass(frozen=True)
class Source:
    """sheet: of a workbook, by name; None takes the first with a table. mapping: None for a canonical file.

    key: the file with the committee's pseudonym key, where the mapping makes pseudonyms.
    """

    sheet: str | None = None
    mapping: NationalMapping | None = None
    key: Path | None = field(default=None, repr=False)

    def national(self, about: About) -> National:
        """Return what is known of the file's columns, at home. Raises OtherMapping, Unusable."""
        said = self.mapping
        if said and (said.dataflow != about.dataflow or said.committee not in {None, about.committee}):
            named = (f"{said.dataflow} {said.committee or ''}".strip(), f"{about.dataflow} {about.committee}")
            raise OtherMapping(said=named[0], asked=named[1])
        home = Home(read_secret(self.key) if self.key else None, about.committee, about.period)
        return National((said,) if said else (), home=home)


AS_IT_IS = Source()


def mapping_of(name: str) -> NationalMapping:
    """Return a mapping by its file, or one that Amana ships by its name. Raises MappingInvalid."""
    return shipped.load(name) if name in shipped.NAMES else toml.read(Path(name))
