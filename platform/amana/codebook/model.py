"""The codebook's nouns: what a record may say, in which words, and how the words roll up into coarser ones.

Everything here is a frozen value; nothing reads a file. ``load.load`` is the way to a checked :class:`Codebook`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Final, Literal

from amana.errors import AmanaError

TOTAL: Final = "_T"
UNKNOWN: Final = "_U"
NOT_APPLICABLE: Final = "_Z"
NOT_RECORDED: Final = "_O"  # the rest of a flag: not recorded as yes
AREA: Final = "REF_AREA"  # SDMX concept: the reporting committee's country
COMMITTEES: Final = "CL_COMMITTEE"  # the list that REF_AREA is answered from
OBS_VALUE: Final = "OBS_VALUE"  # the count, in the file of a table-only dataflow


class CodebookInvalid(AmanaError):
    """The codebook's own files contradict themselves; no process may start with them."""

    code = "codebook.invalid"
    exit = 78


class NotInCodebook(AmanaError):
    """A code, a variable, a level or a dataflow was asked for that the codebook does not hold."""

    code = "codebook.unknown"
    status = 404
    exit = 66


@dataclass(frozen=True)
class Label:
    """One meaning in the three languages of the hub."""

    ar: str
    fr: str
    en: str

    def read(self, language: str) -> str:
        """Return the text in ``language``: ``ar``, ``fr``, and English for any other."""
        return {"ar": self.ar, "fr": self.fr}.get(language, self.en)


@dataclass(frozen=True)
class Crosswalk:
    """What a code is called in another scheme; ``code`` is None where the scheme's own table could not be obtained.

    confidence: C confirmed in a cited source, V verified by running something, R recollection, P proposal; or None.
    """

    scheme: str
    code: str | None
    confidence: str | None


@dataclass(frozen=True)
class Code:
    """One answer, at one level of a list; ``storable`` if a record may hold it."""

    id: str
    label: Label
    level: str
    parent: str | None
    storable: bool
    crosswalks: tuple[Crosswalk, ...]


@dataclass(frozen=True)
class CodeList:
    """The answers to one question. Levels run from fine to coarse; ``_T`` and ``_O`` stand outside them."""

    id: str
    label: Label
    levels: tuple[str, ...]
    codes: tuple[Code, ...]

    @cached_property
    def _by_id(self) -> Mapping[str, Code]:
        return {code.id: code for code in self.codes}

    @cached_property
    def storable(self) -> tuple[str, ...]:
        """The codes that a record may hold, ``_U`` and ``_Z`` first; the position is the stored int16.

        A new code goes to the end of its list, so that the positions in records already stored keep their meaning.
        """
        ids = [code.id for code in self.codes if code.storable]
        return tuple(sorted(ids, key=lambda id_: {UNKNOWN: 0, NOT_APPLICABLE: 1}.get(id_, 2)))

    def __contains__(self, code: object) -> bool:
        return code in self._by_id

    def code(self, code: str) -> Code:
        """Return the code; raises NotInCodebook, which does not repeat what was asked for: it may be a record's."""
        try:
            return self._by_id[code]
        except KeyError:
            raise NotInCodebook(kind="code", within=self.id) from None

    def roll(self, code: str, level: str) -> str:
        """Return the nearest of ``code`` and its ancestors that is at ``level`` or coarser; ``_U`` stays ``_U``."""
        if level not in self.levels:
            raise NotInCodebook(kind="level", within=self.id)
        wanted = self.levels.index(level)
        here = self.code(code)
        while here.parent is not None and self.levels.index(here.level) < wanted:
            here = self.code(here.parent)
        return here.id

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Return the coarser codes that hold ``code``, nearest first, without ``_T``."""
        parent = self.code(code).parent
        return () if parent is None else (parent, *self.ancestors(parent))


class Kind(StrEnum):
    """How a variable is answered: one code, flags, the person's pseudonym, or the pseudonym of an event or entity."""

    CODED = "coded"
    MULTI = "multi"
    PSEUDONYM = "pseudonym"
    LINK = "link"


@dataclass(frozen=True)
class Variable:
    """One question. ``residual`` is the code that says the answer is not known, where there is one."""

    id: str
    label: Label
    definition: Label
    kind: Kind
    codelist: str | None
    required: bool
    residual: str | None


@dataclass(frozen=True)
class Column:
    """One column of the canonical CSV: a variable, or one storable code of a multi-response variable."""

    name: str
    variable: str
    code: str | None
    required: bool


@dataclass(frozen=True)
class Dataflow:
    """What is collected about one kind of unit.

    personal:     it counts persons, so that its cells are protected.
    contribution: ``records`` (one row per person) or ``tables`` (one row per cell, with OBS_VALUE).
    first_period: the first year that a contribution can be about.
    """

    id: str
    label: Label
    unit: Label
    personal: bool
    contribution: Literal["records", "tables"]
    variables: tuple[Variable, ...]
    period_label: Label
    first_period: int = 2000

    @property
    def has_records(self) -> bool:
        """Whether a contribution may hold records, one row per person; otherwise it is tables only."""
        return self.contribution == "records"

    def variable(self, variable: str) -> Variable:
        """Return the variable; raises NotInCodebook."""
        for one in self.variables:
            if one.id == variable:
                return one
        raise NotInCodebook(kind="variable", within=self.id)

    def columns(self, book: Codebook) -> tuple[Column, ...]:
        """Return the canonical CSV's columns in order; a table-only dataflow ends with OBS_VALUE."""
        columns: list[Column] = []
        for one in self.variables:
            if one.kind is Kind.MULTI:
                codes = book.list_of(one).storable
                columns += [Column(code, one.id, code, one.required) for code in codes]
            else:
                columns.append(Column(one.id, one.id, None, one.required))
        if self.contribution == "tables":
            columns.append(Column(OBS_VALUE, OBS_VALUE, None, required=True))
        return tuple(columns)


@dataclass(frozen=True)
class Lying:
    """One spell for which a committee's country lies in a sub-region; both days included, ``until`` None: it lasts."""

    code: str
    start: date
    until: date | None


@dataclass(frozen=True)
class Codebook:
    """All dataflows and code lists, and the digest of everything they say.

    concepts:    labels of what is no variable: REF_AREA, TIME_PERIOD, OBS_VALUE…, and of the names of levels.
    sub_regions: by committee, the sub-regions that its country lies in, one after the other.
    """

    dataflows: Mapping[str, Dataflow]
    codelists: Mapping[str, CodeList]
    digest: str
    concepts: Mapping[str, Label] = field(default_factory=dict)
    sub_regions: Mapping[str, tuple[Lying, ...]] = field(default_factory=dict)

    def sub_region(self, committee: str, on: date) -> str | None:
        """Return the sub-region that the committee's country lies in on that day; None where nothing is said of it."""
        spells = self.sub_regions.get(committee, ())
        return next((one.code for one in spells if one.start <= on and (one.until is None or on <= one.until)), None)

    def dataflow(self, dataflow: str) -> Dataflow:
        """Return the dataflow; raises NotInCodebook, which names those that there are."""
        try:
            return self.dataflows[dataflow]
        except KeyError:
            raise NotInCodebook(kind="dataflow", within=", ".join(sorted(self.dataflows))) from None

    def list_of(self, variable: Variable) -> CodeList:
        """Return the variable's code list; raises NotInCodebook where it has none (pseudonyms and links)."""
        try:
            return self.codelists[variable.codelist or ""]
        except KeyError:
            raise NotInCodebook(kind="codelist", within=variable.id) from None
