"""Quorum: which witnesses are known, how many of them must have cosigned a checkpoint, and whether they did.

Sources: C2SP tlog-policy (witnesses, groups, quorum), tlog-proof (verification), signed-note (unknown signatures are
passed over; one of a known key that does not hold spoils the note).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Protocol

from amana.audit.tlog.checkpoint import VerifierKey, parse, split_note
from amana.audit.witness.cosignature import CosignerKey, check_cosignature, parse_vkey


@dataclass(frozen=True)
class Witness:
    """A witness under the name that a policy gives it.

    url:     where it answers add-checkpoint; None when it comes by itself, or that is not told.
    retired: seconds since 1970 from which on its cosignatures do not count; None while it is in office.
    last:    of a retired one, entries of the largest checkpoint it had cosigned by then: whoever has its key can write
             any date, and yet no checkpoint that is larger counts.
    """

    alias: str
    key: CosignerKey
    url: str | None = None
    retired: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class Group:
    """At least ``needed`` of the members: witnesses by alias, or groups. 0 of none asks for nothing."""

    needed: int
    members: tuple[str | Group, ...] = ()

    def is_met(self, cosigned: Iterable[str]) -> bool:
        """Return whether these witnesses are enough."""
        present = set(cosigned)
        met = sum(one.is_met(present) if isinstance(one, Group) else one in present for one in self.members)
        return met >= self.needed


@dataclass(frozen=True)
class Trust:
    """Whom a reader of checkpoints trusts: witnesses, the rule that makes some of them enough, and logs, if told."""

    witnesses: tuple[Witness, ...]
    rule: Group
    logs: tuple[VerifierKey, ...] = ()


class Passed(StrEnum):
    """Why a signature counts for nothing."""

    UNKNOWN = "unknown"  # of no witness in the policy (the log's own signature is not listed)
    DUPLICATE = "duplicate"  # the witness has cosigned already; the later time is kept
    FUTURE = "future"  # from after the reader's own time
    RETIRED = "retired"  # made when the witness was no longer in office
    BEYOND = "beyond"  # of a checkpoint that is larger than any that the witness had cosigned in office


@dataclass(frozen=True)
class Standing:
    """What witnesses say of one checkpoint.

    cosigned: alias → seconds since 1970, of each cosignature that holds and counts.
    passed:   (key name, reason) of each other signature.
    """

    cosigned: Mapping[str, int]
    passed: tuple[tuple[str, Passed], ...]
    rule: Group

    @property
    def is_met(self) -> bool:
        """Whether the quorum is met."""
        return self.rule.is_met(self.cosigned)

    def complete_at(self) -> int:
        """Return when the last cosignature that the quorum needs was made (seconds since 1970); it must be met."""
        times = sorted(set(self.cosigned.values()))
        return next(at for at in times if self.rule.is_met(who for who, made in self.cosigned.items() if made <= at))

    def is_met_since(self, oldest: int) -> bool:
        """Return whether the cosignatures of ``oldest`` (seconds since 1970) and later are enough by themselves."""
        return self.rule.is_met(who for who, made in self.cosigned.items() if made >= oldest)


class Office(Protocol):
    """A witness as a policy document names it; ``retired`` is the first day on which it no longer counts."""

    @property
    def name(self) -> str: ...  # noqa: D102 - said above
    @property
    def committee(self) -> str: ...  # noqa: D102 - said above
    @property
    def vkey(self) -> str: ...  # noqa: D102 - said above
    @property
    def url(self) -> str | None: ...  # noqa: D102 - said above
    @property
    def retired(self) -> date | None: ...  # noqa: D102 - said above
    @property
    def last(self) -> int | None: ...  # noqa: D102 - said above


def elect(needed: int, offices: Iterable[Office]) -> Trust:
    """Return the trust in ``needed`` of the committees of these witnesses. Raises Malformed when a vkey is none.

    A committee has one voice, however many witnesses it has or had. One that is retired counts for what it cosigned
    before.
    """
    witnesses: list[Witness] = []
    voices: dict[str, list[str]] = {}
    for one in offices:
        witnesses.append(Witness(one.name, parse_vkey(one.vkey), one.url, _midnight(one.retired), one.last))
        voices.setdefault(one.committee, []).append(one.name)
    members = tuple(names[0] if len(names) == 1 else Group(1, tuple(names)) for names in voices.values())
    return Trust(tuple(witnesses), Group(needed, members))


def judge(note: str, trust: Trust, log: VerifierKey, now: int, skew: int) -> Standing:
    """Return what the known witnesses say of the checkpoint in a note.

    now, skew: the reader's time and the seconds by which a witness's clock may be ahead of it.
    Raises Malformed when it is no checkpoint's note; SignatureInvalid when a known witness's cosignature does not hold.
    The log's own signature is the caller's to check.
    """
    text, signatures = split_note(note)
    size = parse(text).size
    known = {(one.key.name, one.key.hint): one for one in trust.witnesses}
    cosigned: dict[str, int] = {}
    passed: list[tuple[str, Passed]] = []
    for one in signatures:
        if (one.name, one.hint) == (log.name, log.hint):
            continue
        witness = known.get((one.name, one.hint))
        if witness is None:
            passed.append((one.name, Passed.UNKNOWN))
            continue
        at = check_cosignature(text, one, witness.key)
        if reason := _objection(witness, at, size, now + skew):
            passed.append((one.name, reason))
            continue
        if witness.alias in cosigned:
            passed.append((one.name, Passed.DUPLICATE))
        cosigned[witness.alias] = max(at, cosigned.get(witness.alias, 0))
    return Standing(cosigned, tuple(passed), trust.rule)


def in_office(trust: Trust, now: int) -> Iterator[Witness]:
    """Yield the witnesses that are not retired."""
    return (one for one in trust.witnesses if one.retired is None or now < one.retired)


def _objection(witness: Witness, at: int, size: int, latest: int) -> Passed | None:
    if at > latest:
        return Passed.FUTURE
    if witness.retired is not None and at >= witness.retired:
        return Passed.RETIRED
    return Passed.BEYOND if witness.last is not None and size > witness.last else None


def _midnight(day: date | None) -> int | None:
    return None if day is None else int(datetime.combine(day, time(), UTC).timestamp())
