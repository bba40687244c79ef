"""What a dry run told, in the reader's words: variables, plans and tables by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amana.web import naming
from amana.web.batches import Batch
from amana.web.hub import hub
from amana.web.locale import listed


@dataclass(frozen=True)
class Alone:
    """Attributes that together single records out. unique: records without their like; rare: with fewer than k."""

    attributes: str
    unique: int
    rare: int


@dataclass(frozen=True)
class Hidden:
    """Of one table: its title, its cells, those that would be hidden, and their share in percent."""

    title: str
    cells: int
    hidden: int

    @property
    def shown(self) -> int:
        """The cells with a figure."""
        return self.cells - self.hidden

    @property
    def share(self) -> int:
        """The hidden cells in percent."""
        return round(100 * self.hidden / self.cells) if self.cells else 0


@dataclass(frozen=True)
class Published:
    """What the latest publication did with the cells about the reader's country. tables: ``cells`` are hers alone."""

    period: str
    vintage: int
    tables: Sequence[Hidden]


@dataclass(frozen=True)
class Shown:
    """One plan: its title, and its tables; ``refused`` when it could not be protected as planned."""

    title: str
    least_count: int
    refused: bool
    tables: Sequence[Hidden]
    published: Published | None


@dataclass(frozen=True)
class View:
    """The page's part on a dry run. risk: its counts, as told; None for a file of counts."""

    risk: Mapping[str, Any] | None
    keys: str
    alone: Sequence[Alone]
    plans: Sequence[Shown]


def view(batch: Batch) -> View | None:
    """Return what the page shows; None when the file was not sound, or no dry run."""
    told = batch.told
    if told is None:
        return None
    risk = told.get("risk")
    worst = risk["worst"] if risk else []
    return View(
        risk=risk,
        keys=_names(batch, risk["keys"]) if risk else "",
        alone=[Alone(_names(batch, one["variables"]), one["unique"], one["rare"]) for one in worst],
        plans=[_plan(one) for one in told.get("plans", ())],
    )


def _names(batch: Batch, variables: Sequence[str]) -> str:
    flow = hub().book.dataflow(batch.dataflow)
    return listed(naming.read(flow.variable(name).label) for name in variables)


def _plan(told: Mapping[str, Any]) -> Shown:
    known = hub().plans.get(told["plan"])
    titles = {cube.id: naming.read(cube.title) for cube in known.cubes} if known else {}
    tables = [Hidden(titles.get(name, name), one["cells"], one["hidden"]) for name, one in told["cubes"].items()]
    published = _published(told.get("published"), titles)
    return Shown(naming.plan(told["plan"]), told["least_count"], told["refused"], tables, published)


def _published(told: Mapping[str, Any] | None, titles: Mapping[str, str]) -> Published | None:
    if told is None:
        return None
    cubes = told["cubes"].items()
    tables = [Hidden(titles.get(name, name), one["shown"] + one["hidden"], one["hidden"]) for name, one in cubes]
    return Published(told["period"], told["vintage"], tables)
