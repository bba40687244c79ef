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
    """One publication, as the database tells it. withdrawn_at: since when a tombstone stands in its place."""

    release: str
    dataflow: str
    period: str
    digest: str
    published_at: datetime
    withdrawn_at: datetime | None = None


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

    def current(self, dataflow: str) -> tuple[Published, ...]:
        """Return the current publication of each period, oldest period first.

        The latest publication of a period is current. Where that one was withdrawn the period has none: an earlier
        one, superseded once, does not come back.
        """
        return tuple(one for one in self._latest(dataflow) if one.withdrawn_at is None)

    def withdrawn(self, dataflow: str) -> tuple[Published, ...]:
        """Return the tombstones: periods whose latest publication was withdrawn, oldest period first."""
        return tuple(one for one in self._latest(dataflow) if one.withdrawn_at is not None)

    def dataflows(self) -> tuple[str, ...]:
        """Return the dataflows of which something is current, in alphabetical order."""
        return tuple(sorted({one.dataflow for one in self.publications if self.current(one.dataflow)}))

    def bundles(self, dataflow: str) -> tuple[Bundle, ...]:
        """Return the current bundles of a dataflow, oldest period first."""
        return tuple(self.opened.bundle(one.digest) for one in self.current(dataflow))

    def release(self, release: str) -> Bundle:
        """Return a published release's bundle, current or superseded. Raises Withdrawn; NotFound when there is none."""
        for one in self.publications:
            if one.release == release:
                if one.withdrawn_at is not None:
                    raise Withdrawn(release=release)
                return self.opened.bundle(one.digest)
        raise NotFound(kind="release", id=release)

    def _latest(self, dataflow: str) -> Iterable[Published]:
        ordered = sorted(self.publications, key=lambda one: (one.published_at, one.release))
        latest = {one.period: one for one in ordered if one.dataflow == dataflow}
        return (latest[period] for period in sorted(latest))
