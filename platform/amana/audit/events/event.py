"""What an event is, before it is any kind of event: who, with what outcome, and how its facts are written down."""

from __future__ import annotations

from dataclasses import Field, dataclass, fields
from typing import ClassVar, Final, dataclass_transform

from amana import canonical

DONE: Final = "done"
INTENDED: Final = "intended"  # ordered under a checkpoint; the effect is an event of its own
REFUSED: Final = "refused"
OUTCOMES: Final = (DONE, INTENDED, REFUSED)


@dataclass(frozen=True)
class Actor:
    """Who acts: a person by id, or a process as ``Actor("worker", "process", "hub")``.

    under: the clause of the policy that allowed it; None for a process, and before the policy was asked.
    """

    id: str
    role: str
    organisation: str
    under: str | None = None


@dataclass(frozen=True)
class Header:
    """What an auditor filters events by."""

    outcome: str
    clause: str | None
    country: str | None
    dataflow: str | None
    purpose: str | None
    subject: str | None


@dataclass_transform(frozen_default=True)
class Event:
    """Something that happened. Every class under this one is a frozen dataclass.

    A class with a ``kind`` is a word of the vocabulary; one without is only what several words share.
    ``about`` names the field that says what it happened to.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]

    kind: ClassVar[str] = ""
    outcome: ClassVar[str] = DONE
    about: ClassVar[str] = ""

    def __init_subclass__(cls, kind: str = "", outcome: str = "", about: str = "") -> None:
        cls.kind, cls.outcome, cls.about = kind, outcome or DONE, about or cls.about
        dataclass(frozen=True)(cls)

    @property
    def header(self) -> Header:
        """The facts that every event may have, by their common names."""
        return Header(
            outcome=self.outcome,
            clause=self._text("clause"),
            country=self._text("committee") or self._text("country"),
            dataflow=self._text("dataflow"),
            purpose=self._text("purpose"),
            subject=self._text(self.about) if self.about else None,
        )

    def _text(self, field: str) -> str | None:
        value = getattr(self, field, None)
        return value if isinstance(value, str) else None


def render(event: Event) -> bytes:
    """Return an event's facts as canonical JSON."""
    return canonical.encode({plain(field.name): getattr(event, field.name) for field in fields(event)})


def plain(field: str) -> str:
    """Return a field's name as it is journalled, without the underscore at its end."""
    return field.removesuffix("_")
