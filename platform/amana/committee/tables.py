"""Tables made at home: counted by a plan, protected there where the agreement says so, and checked before they leave.

Sees: true counts, at the committee only; gives back the bytes of a tables file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from amana import canonical
from amana.canonical import Json
from amana.codebook.model import Codebook
from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.refusals import PackageBroken
from amana.errors import Malformed
from amana.plans.plan import Plan
from amana.policy.agreement import TABLES, TABLES_PROTECTED
from amana.tabulation import counts_file
from amana.tabulation.counts_file import parse_counts, render_counts
from amana.tabulation.tabulate import Counts


@dataclass(frozen=True)
class Tables:
    """A tables file that may leave. form: ``tables``, or ``tables_protected``."""

    data: bytes
    form: str


def made(counts: Counts, plan: Plan, documents: Documents, book: Codebook, rng: Random) -> Tables:
    """Return the tables file of what was counted, protected first where the agreement says ``tables_protected``.

    Raises ClearingRefused when the tables cannot be protected; NotAgreed, PolicyInvalid.
    """
    if documents.agreement(counts.committee).contribution != TABLES_PROTECTED:
        return Tables(render_counts(counts, plan, book), TABLES)
    from amana.committee import protected  # noqa: PLC0415 - loads what protects, which counts alone do not need

    return Tables(protected.made(counts, plan, documents, book, rng), TABLES_PROTECTED)


def form_of(path: Path) -> str | None:
    """Return the form of a tables file, or None when the file is something else."""
    with path.open("rb") as file:
        if file.read(1) != b"{" or path.stat().st_size > counts_file.LARGEST:
            return None
    try:
        said = canonical.decode(path.read_bytes())
    except Malformed:
        return None
    named = said.get("format") if isinstance(said, Mapping) else None
    if named == counts_file.FORMAT:
        return TABLES
    from amana.committee import protected  # noqa: PLC0415 - as above

    return TABLES_PROTECTED if named == protected.FORMAT else None


def checked(path: Path, about: About, book: Codebook, documents: Documents) -> bytes:
    """Return the bytes of a tables file once they are sound, as the hub will check them.

    Raises Malformed, TablesInvalid, NotFound; PackageBroken when the file is of another committee, dataflow or period.
    """
    raw = path.read_bytes()
    plan = documents.plan(_plan(canonical.decode(raw)), book)
    if form_of(path) == TABLES_PROTECTED:
        from amana.committee import protected  # noqa: PLC0415 - as above

        said = protected.about(raw, plan, about.committee, documents, book)
    else:
        counts = parse_counts(raw, plan, book)
        said = (counts.committee, counts.dataflow, counts.period)
    if said != (about.committee, about.dataflow, about.period):
        raise PackageBroken(place=path.name)
    return raw


def _plan(said: Json) -> str:
    return str(said.get("plan")) if isinstance(said, Mapping) else ""
