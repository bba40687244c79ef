"""The catalogue: which bundles are published, which of them is current, and what may be asked of it.

Runs in: web.
Sees: published bundles; the list of publications is handed in by its caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from amana.dissemination.bundle import Bundle, open_bundle
from amana.errors import AmanaError, NotFound


class Withdrawn(AmanaError):
    """The release was published and then withdrawn: its figures are not served any more."""

    code: ClassVar[str] = "release.withdrawn"
    status: ClassVar[int] = 410
    exit: ClassVar[int] = 66


@dataclass(frozen=True)
class Published:
    """One publication, as the database tells it. withdrawn_at: since when a tombstone stands in its place.

    vintage: of its plan and period, 1 for the first; the latest stands for the period.
    """

    release: str
    dataflow: str
    period: str
    digest: str
    published_at: datetime
    withdrawn_at: datetime | None = None
    plan: str = ""
    vintage: int = 1


@dataclass(frozen=True)
class Opened:
    """Bundles opened so far. A bundle is named by its content, so an opened one never goes stale."""

    root: Path
    trusted: tuple[Ed25519PublicKey, ...]
    _bundles: dict[str, Bundle] = field(default_factory=dict, repr=False, compare=False)

    def bundle(self, digest: str) -> Bundle:
        """Return a bundle, checked once. Raises BundleDamaged, SignatureInvalid."""
        if digest not in self._bundles:
            self._bundles[digest] = open_bundle(self.root, digest, self.trusted)
        return self._bundles[digest]


@dataclass(frozen=True)
class Catalogue:
    """What members may read now. publications: all that ever were, withdrawn ones included, in any order."""

    opened: Opened
    publications: Sequence[Published]

    def current(self, dataflow: str, vintage: int | None = None) -> tuple[Published, ...]:
        """Return the current publications of each period, one per plan, oldest period first.

        The latest vintage is current. Where that one was withdrawn there is none: an earlier one, superseded once, does
        not come back by itself. vintage: ask for those of this number instead.
        """
        return tuple(one for one in self._chosen(dataflow, vintage) if one.withdrawn_at is None)

    def withdrawn(self, dataflow: str, vintage: int | None = None) -> tuple[Published, ...]:
        """Return the tombstones: what ``current`` would hold, had it not been withdrawn, oldest period first."""
        return tuple(one for one in self._chosen(dataflow, vintage) if one.withdrawn_at is not None)

    def latest(self, bundle: Bundle) -> int:
        """Return the number of the latest vintage of a bundle's plan and period, withdrawn or not."""
        about = bundle.about
        same = (about.dataflow, about.period, about.plan)
        vintages = [one.vintage for one in self.publications if (one.dataflow, one.period, one.plan) == same]
        return max(vintages, default=about.vintage)

    def dataflows(self) -> tuple[str, ...]:
        """Return the dataflows of which something is current, in alphabetical order."""
        return tuple(sorted({one.dataflow for one in self.publications if self.current(one.dataflow)}))

    def bundles(self, dataflow: str, vintage: int | None = None) -> tuple[Bundle, ...]:
        """Return the current bundles of a dataflow, or those of one vintage, oldest period first."""
        return tuple(self.opened.bundle(one.digest) for one in self.current(dataflow, vintage))

    def release(self, release: str) -> Bundle:
        """Return a published release's bundle, current or superseded. Raises Withdrawn; NotFound when there is none."""
        for one in self.publications:
            if one.release == release:
                if one.withdrawn_at is not None:
                    raise Withdrawn(release=release)
                return self.opened.bundle(one.digest)
        raise NotFound(kind="release", id=release)

    def published_at(self, release: str) -> datetime | None:
        """Return when a release was published; None where it never was."""
        return next((one.published_at for one in self.publications if one.release == release), None)

    def _chosen(self, dataflow: str, vintage: int | None) -> Iterable[Published]:
        ordered = sorted(self.publications, key=lambda one: (one.vintage, one.published_at, one.release))
        wanted = [one for one in ordered if one.dataflow == dataflow and vintage in (None, one.vintage)]
        chosen = {(one.period, one.plan): one for one in wanted}
        return (chosen[place] for place in sorted(chosen))
