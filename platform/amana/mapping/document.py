"""The mapping document: what a committee's columns and words mean in the codebook, as data with a version and a digest.

One entry per source column and target: a column that tells two things has two entries. Nothing in a document is a
program; what it does not say is not assumed: a blank is unknown only where the document says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Final, TypeVar

from amana import canonical
from amana.canonical import Json
from amana.errors import AmanaError

FORMAT: Final = "amana-mapping/1"
AS_ROW: Final = "#row"  # the part of a key that is the row's own number


class MappingInvalid(AmanaError):
    """A mapping document does not follow its format, or names what the codebook does not hold; ``place`` says where."""

    code: ClassVar[str] = "mapping.invalid"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65


class MappingUnread(AmanaError):
    """There is no file of that name, or it is no text; ``place`` is its name."""

    code: ClassVar[str] = "mapping.unread"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 66


class KeyNeeded(AmanaError):
    """The mapping makes pseudonyms or ages out of what identifies: it works at the committee only, with its key."""

    code: ClassVar[str] = "mapping.key_needed"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 78


class Kind(StrEnum):
    """How a column becomes canonical."""

    CANONICAL = "canonical"  # it is a canonical column already, and stays as it is
    CODED = "coded"  # one value, one code
    SEVERAL = "several"  # one column that names several codes of a multi-response variable
    FLAG = "flag"  # yes or no to one code, of a multi-response variable or of a coded one
    AGE = "age"
    PERIOD = "period"  # the year or date that places the row in the period; only checked
    PSEUDONYM = "pseudonym"  # keyed already
    KEYED = "keyed"  # keyed at home, from the columns in ``parts``
    BIRTH = "birth"  # a date of birth: an age, at home, on the day in the column ``at``
    CONSTANT = "constant"  # the same code in every row; there is no column
    IGNORED = "ignored"  # stays behind; still searched for identifiers


AT_HOME: Final = frozenset({Kind.KEYED, Kind.BIRTH})


@dataclass(frozen=True)
class ColumnMap:
    """What one source column means.

    headers:    how the file may head it, any of them; empty for a constant and for a column known by its mark.
    mark:       instead of headers, at the hub: the keyed digest of a header that nobody may read there.
    target:     a variable; for ``canonical`` the canonical column.
    code:       of a flag or a constant.
    values:     spelling → codes; of a flag: spelling → ``1``, ``0`` or ``_U``. Of ``several`` a known spelling may
                name no code at all.
    separators: of ``several``: each of these signs ends a value.
    unnamed:    of ``several``: what a code is that the cell does not name, ``0`` or ``_U``.
    blank:      the code, or flag, that a blank cell means; None: a blank is a fault.
    parts:      of ``keyed``: headers that together name the person, or ``#row``.
    at:         of ``birth``: the header of the date at which the age is counted.
    """

    kind: Kind
    headers: tuple[str, ...] = ()
    mark: str | None = None
    target: str | None = None
    code: str | None = None
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    separators: str = ""
    unnamed: str = "0"
    blank: str | None = None
    parts: tuple[str, ...] = ()
    at: str | None = None


@dataclass(frozen=True)
class NationalMapping:
    """One version of a committee's mapping for a dataflow. ``committee`` is None for those that Amana ships.

    unasked: multi-response variable → what its codes are that no column asks about, ``0`` or (the default) ``_U``.
    several_say: coded variables told by several flags → the code where two flags say yes.
    """

    dataflow: str
    columns: tuple[ColumnMap, ...]
    committee: str | None = None
    version: int = 1
    unasked: Mapping[str, str] = field(default_factory=dict)
    several_say: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything the document says, 64 hex characters."""
        return canonical.digest(as_json(self))

    @property
    def at_home(self) -> bool:
        """Whether only the committee's own tool can apply it."""
        return any(column.kind in AT_HOME for column in self.columns)


def as_json(mapping: NationalMapping) -> dict[str, Json]:
    """Return the document as JSON, defaults left out; ``from_json`` is its inverse."""
    told: dict[str, Json] = {"format": FORMAT}
    told |= {"committee": mapping.committee} if mapping.committee else {}
    told |= {"dataflow": mapping.dataflow, "version": mapping.version}
    told |= {"source": mapping.source} if mapping.source else {}
    told |= {"unasked": dict(mapping.unasked)} if mapping.unasked else {}
    told |= {"several_say": dict(mapping.several_say)} if mapping.several_say else {}
    return {**told, "column": [_column(column) for column in mapping.columns]}


def from_json(document: object) -> NationalMapping:
    """Return the mapping that ``as_json`` wrote. Raises MappingInvalid, which names the place and repeats no text."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise MappingInvalid(place="format")
    if document.keys() - _WHOLE:
        raise MappingInvalid(place="key")
    columns, version = document.get("column"), document.get("version")
    if not isinstance(columns, list) or not columns:
        raise MappingInvalid(place="column")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise MappingInvalid(place="version")
    texts = {name: _read(document.get(name, ""), "", name) for name in ("committee", "dataflow", "source")}
    return NationalMapping(
        dataflow=texts["dataflow"],
        columns=tuple(_parse(entry, place) for place, entry in enumerate(columns, 1)),
        committee=texts["committee"] or None,
        version=version,
        unasked=_texts(document.get("unasked", {}), "unasked"),
        several_say=_texts(document.get("several_say", {}), "several_say"),
        source=texts["source"],
    )


Part = TypeVar("Part")
_WHOLE: Final = frozenset({"format", "committee", "dataflow", "version", "source", "unasked", "several_say", "column"})
_TEXTS: Final = ("mark", "target", "code", "separators", "unnamed", "blank", "at")
_LISTS: Final = ("headers", "parts")
_BARE: Final = ColumnMap(Kind.IGNORED)


def _column(column: ColumnMap) -> dict[str, Json]:
    told: dict[str, Json] = {"kind": column.kind.value}
    told |= {name: list(getattr(column, name)) for name in _LISTS if getattr(column, name)}
    told |= {name: getattr(column, name) for name in _TEXTS if getattr(column, name) != getattr(_BARE, name)}
    if column.values:
        told["values"] = {text: codes[0] if len(codes) == 1 else list(codes) for text, codes in column.values.items()}
    return told


def _parse(entry: object, place: int) -> ColumnMap:
    where = f"[[column]] {place}"
    if not isinstance(entry, Mapping) or entry.keys() - {"kind", "values", *_TEXTS, *_LISTS}:
        raise MappingInvalid(place=where)
    try:
        kind = Kind(str(entry.get("kind")))
    except ValueError as fault:
        raise MappingInvalid(place=f"{where}: kind") from fault
    given: dict[str, Any] = {name: _read(entry[name], "", f"{where}: {name}") for name in _TEXTS if name in entry}
    given |= {name: _list(entry[name], f"{where}: {name}") for name in _LISTS if name in entry}
    values = _table(entry.get("values", {}), f"{where}: values")
    told = {str(text): _list([codes] if isinstance(codes, str) else codes, where) for text, codes in values.items()}
    return ColumnMap(kind, values=told, **given)


def _read(found: object, like: Part, place: str) -> Part:
    if not isinstance(found, type(like)):
        raise MappingInvalid(place=place)
    return found


def _list(found: object, place: str) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise MappingInvalid(place=place)
    return tuple(found)


def _texts(found: object, place: str) -> Mapping[str, str]:
    table = _table(found, place)
    return {str(name): _read(text, "", place) for name, text in table.items()}


def _table(found: object, place: str) -> Mapping[object, object]:
    if not isinstance(found, Mapping):
        raise MappingInvalid(place=place)
    return found
