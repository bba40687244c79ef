"""Bundles for tests of what is served. Their marks are drawn, not computed: protection is not what these tests show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana.codebook.model import Codebook
from amana.codebook.records import Records
from amana.disclosure.table import _CLEARANCE, ClearedTable, Noisy, RawTable, Status
from amana.dissemination.bundle import About, write
from amana.dissemination.catalogue import Catalogue, Opened, Published
from amana.plans.plan import Plan
from amana.tabulation.tabulate import assemble, tabulate
from support.smallbook import SMALL

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
MEMBERS = ("MAR", "TUN", "SEN")


def marked(raw: RawTable, least_count: int) -> ClearedTable:
    """Hide every count below ``least_count`` and nothing else: enough to see how marks are carried."""
    status = {
        name: np.where(raw.absent[name], Status.NOT_COLLECTED, np.where(counts < least_count, Status.HIDDEN, 0))
        for name, counts in raw.counts.items()
    }
    return ClearedTable(
        raw.cubes,
        {name: np.where(status[name] == Status.SHOWN, counts, 0) for name, counts in raw.counts.items()},
        {name: cells.astype(np.uint8) for name, cells in status.items()},
        "suppress",
        least_count,
        zeros_hidden=least_count > 0,
        report={},
        _proof=_CLEARANCE,
    )


def noised(raw: RawTable, scale: float = 2.0) -> ClearedTable:
    """Put made-up noise on every count: enough to see how estimates are carried."""
    chance = np.random.default_rng(7)
    estimate = {name: counts + chance.normal(0, scale, counts.shape) for name, counts in raw.counts.items()}
    return ClearedTable(
        raw.cubes,
        {name: np.rint(figures).astype(np.int64) for name, figures in estimate.items()},
        {
            name: np.where(absent, Status.NOT_COLLECTED, Status.SHOWN).astype(np.uint8)
            for name, absent in raw.absent.items()
        },
        "dp",
        0,
        zeros_hidden=False,
        report={},
        _proof=_CLEARANCE,
        noisy=Noisy(
            estimate,
            {name: np.full(counts.shape, scale**2) for name, counts in raw.counts.items()},
            {name: np.maximum(figures, 0) for name, figures in estimate.items()},
        ),
    )


def about(plan: Plan, **changed: object) -> About:
    said = About(
        dataflow=plan.dataflow,
        period="2022",
        plan=plan.id,
        plan_digest=plan.digest,
        plan_title=plan.title,
        cube_titles={cube.id: cube.title for cube in plan.cubes},
        policy_digest="d" * 64,
        codebook_digest=SMALL.digest,
        release="rel_one",
        contributors=(("MAR", "records"), ("TUN", "tables")),
        members=MEMBERS,
        built_at=NOON,
        public=False,
    )
    return replace(said, **changed)  # type: ignore[arg-type]


class Shop:
    """A folder of bundles, and what of it is published."""

    def __init__(self, root: Path, plan: Plan, book: Codebook = SMALL, least_count: int = 2) -> None:
        self.root, self.plan, self.book, self.least_count = root, plan, book, least_count
        self.opened = Opened(root, (KEY.public_key(),))
        self.publications: list[Published] = []

    def publish(self, batches: Sequence[Records], period: str = "2022", at: datetime = NOON, **changed: object) -> str:
        """Write and publish the batches' tables, and return the bundle's digest."""
        release = f"rel_{len(self.publications)}"
        plan = self.plan.id
        vintage = 1 + sum((one.period, one.plan) == (period, plan) for one in self.publications)
        raw = assemble([tabulate(one, self.plan, self.book) for one in batches], self.plan, MEMBERS, self.book)
        facts: Mapping[str, object] = {"period": period, "release": release, "vintage": vintage, **changed}
        digest = write(marked(raw, self.least_count), about(self.plan, **facts), self.root, KEY)
        about_it = Published(release, self.plan.dataflow, period, digest, at, plan=plan, vintage=vintage)
        self.publications.append(about_it)
        return digest

    def withdraw(self, number: int) -> None:
        self.publications[number] = replace(self.publications[number], withdrawn_at=NOON)

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.opened, tuple(self.publications))
