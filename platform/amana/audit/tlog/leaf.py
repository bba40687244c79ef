"""What the log commits to, of each event: its id, kind and time, and a salted digest of everything else.

The leaf is what witnesses and the tree see. Who did it, to what, and every fact stay beside it with the salt, and can
be destroyed at the end of retention: the tree and its proofs survive. Without the salt the digest cannot be guessed at.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from operator import attrgetter
from typing import Any, Final, NamedTuple, get_args, get_type_hints

from amana import canonical
from amana.errors import Malformed

VERSION: Final = 1
SALT: Final = 32  # bytes
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PADDING: Final = "padding"  # the kind of an entry that fills a public checkpoint up to its size, and is no event
_NOTHING: Final = "0" * 64  # what padding commits to
_MOST: Final = 2**53 - 1  # what canonical JSON holds
_MOST_WORDS: Final = 10_000  # texts that are remembered
_OURS: Final = re.compile(  # what ``render`` writes of any event of ours: its one canonical form, with nothing escaped
    rb'\{"at":(0|-?[1-9][0-9]{0,15}),"commitment":"([0-9a-f]*)","id":"([a-z0-9_]*)","kind":"([a-z_.]*)","v":1\}'
)
_KEYS: Final = frozenset({"v", "id", "kind", "at", "commitment"})


class Leaf(NamedTuple):
    """One log entry. ``at`` in microseconds since 1970 (UTC); ``commitment`` as 64 hex characters."""

    id: str
    kind: str
    at: int
    commitment: str


@dataclass(frozen=True)
class Detail:
    """Everything that an event says, with the salt that blinds it; ``facts`` is canonical JSON."""

    id: str
    kind: str
    at: int
    actor: str
    role: str
    organisation: str
    outcome: str
    clause: str | None
    country: str | None
    dataflow: str | None
    purpose: str | None
    subject: str | None
    salt: bytes
    facts: bytes


class _Quoted(dict[str | None, str]):
    """Texts that stand in many events, as canonical JSON writes them: each is looked at once."""

    def __missing__(self, text: str | None) -> str:
        """Raise TypeError for what is no text."""
        quoted = canonical.quote(text)  # type: ignore[arg-type]
        if len(self) < _MOST_WORDS:
            self[text] = quoted
        return quoted


Told = tuple[Any, ...]  # a ``Detail`` as it is read from a file that others could edit: its fields, in their order

_TYPES: Final = get_type_hints(Detail)
_ALL: Final = attrgetter(*_TYPES)
_WORDS: Final = _Quoted()
_OPTIONAL: Final = _Quoted({None: "null"})
_SIGNATURES: Final = frozenset(product(*(get_args(type_) or (type_,) for type_ in _TYPES.values())))


def told(detail: Detail) -> Told:
    """Return the fields of a detail, in their order."""
    fields: Told = _ALL(detail)
    return fields


def is_typed(detail: Detail) -> bool:
    """Return whether each field has its type; one read from a file that others could edit may hold anything."""
    return _are_typed(told(detail))


def _are_typed(told: Told) -> bool:
    return tuple(map(type, told)) in _SIGNATURES


def is_entry_of(told: Told, raw: bytes) -> bool:
    """Return whether ``raw`` is what enters the tree for these details, whatever they are."""
    at, salt = told[2], told[-2]
    if type(at) is not int or abs(at) > _MOST or type(salt) is not bytes or len(salt) != SALT:
        return False
    try:
        return _entry(told) == raw
    except (TypeError, ValueError):  # a field of another type, or a lone surrogate, which canonical JSON has not
        return False


def entry_of(detail: Detail) -> bytes:
    """Return the bytes that enter the tree for an event; its facts are known to be canonical JSON."""
    return _entry(told(detail))


def _entry(told: Told) -> bytes:
    text = (
        f'{{"at":{told[2]},"commitment":"{_digest(told)}","id":{canonical.quote(told[0])},"kind":{_WORDS[told[1]]},'
        f'"v":{VERSION}}}'
    )
    return text.encode()


def pad(id_: str, at: int) -> Leaf:
    """Return an entry that says nothing; its id's 128 random bits keep its hash from being told from an event's."""
    return Leaf(id_, PADDING, at, _NOTHING)


def is_padding(leaf: Leaf) -> bool:
    """Return whether an entry is padding, commits to nothing, and has no event's id."""
    return leaf.kind == PADDING and leaf.commitment == _NOTHING and leaf.id.startswith("pad_")


def render(leaf: Leaf) -> bytes:
    """Return the bytes that enter the tree."""
    return canonical.encode(
        {"v": VERSION, "id": leaf.id, "kind": leaf.kind, "at": leaf.at, "commitment": leaf.commitment}
    )


def parse(raw: bytes) -> Leaf:
    """Return the leaf that ``raw`` renders. Raises Malformed when it is not one of this version."""
    ours = _OURS.fullmatch(raw)
    if ours and abs(at := int(ours[1])) <= _MOST:
        return Leaf(ours[3].decode(), ours[4].decode(), at, ours[2].decode())
    return _parse_any(raw)


def _parse_any(raw: bytes) -> Leaf:
    value = canonical.decode(raw)
    if not isinstance(value, dict) or value.keys() != _KEYS or value["v"] != VERSION:
        raise Malformed(format="log entry")
    id_, kind, at, commitment = value["id"], value["kind"], value["at"], value["commitment"]
    texts = isinstance(id_, str) and isinstance(kind, str) and isinstance(commitment, str)
    if not texts or not isinstance(at, int) or isinstance(at, bool):
        raise Malformed(format="log entry")
    return Leaf(str(id_), str(kind), at, str(commitment))


def commit(detail: Detail) -> str:
    """Return SHA-256(salt || canonical JSON of header and facts), as 64 hex characters.

    Raises Malformed when the salt has not its length or the facts are not canonical JSON.
    """
    if len(detail.salt) != SALT:
        raise Malformed(format="salt")
    canonical.decode(detail.facts)
    return digest(detail)


def digest(detail: Detail) -> str:
    """Return what ``commit`` does, for facts that are known to be canonical JSON, or are about to be compared.

    Text that is none could only have the digest of an honest commitment if it were, byte for byte, what was committed.
    Raises ValueError for a lone surrogate.
    """
    return _digest(told(detail))


def _digest(told: Told) -> str:
    """Return the digest of fields that are taken as they are; raises TypeError where a text is none, or bytes are."""
    quote, words, optional = canonical.quote, _WORDS, _OPTIONAL
    id_, kind, at, actor, role, organisation, outcome, clause, country, dataflow, purpose, subject, salt, facts = told
    before = (
        f'{{"actor":{quote(actor)},"at":{at},"clause":{optional[clause]},"country":{optional[country]},'
        f'"dataflow":{optional[dataflow]},"facts":'
    )
    after = (
        f',"id":{quote(id_)},"kind":{words[kind]},"organisation":{words[organisation]},"outcome":{words[outcome]},'
        f'"purpose":{optional[purpose]},"role":{words[role]},'
        f'"subject":{"null" if subject is None else quote(subject)}}}'
    )
    return hashlib.sha256(b"".join((salt, before.encode(), facts, after.encode()))).hexdigest()


def microseconds(at: datetime) -> int:
    """Return an instant as the log writes it. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be journalled")
    return (at - EPOCH) // timedelta(microseconds=1)


def instant(at: int) -> datetime:
    """Return the instant that the log writes as ``at``."""
    return EPOCH + timedelta(microseconds=at)
