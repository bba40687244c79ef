"""A hit: an identifier in a text, how it counts, and its shape. The text itself stays with the caller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from amana.findings import Finding, Severity
from amana.identifiers.fold import shape
from amana.identifiers.recognisers import Form


@dataclass(frozen=True)
class Hit:
    """One identifier. ``text`` is what was matched: it may be shown as its shape only."""

    form: Form
    severity: Severity
    text: str = field(repr=False)

    @property
    def blocks(self) -> bool:
        """Whether the batch must not be kept."""
        return self.severity is Severity.ERROR

    def at(self, place: Finding, severity: Severity | None = None) -> Finding:
        """Return the finding of this hit at ``place``; it shows the shape of the text, and counts as ``severity``."""
        facts = {"shape": shape(self.text), "kind": self.form.id, "country": self.form.country or ""}
        return replace(place, rule=self.form.rule, severity=severity or self.severity, facts=facts)


def weightiest(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Return the hits, refusing ones first, then the longest match, then by name."""
    return tuple(sorted(hits, key=lambda hit: (not hit.blocks, -len(hit.text), hit.form.id)))
