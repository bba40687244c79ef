"""The documents that the tool works by: the codebook, the agreement, the release plan, the list of identifiers.

They are the same files that the hub follows; the committee has its own copy of the policies folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amana.codebook.load import load
from amana.codebook.model import Codebook
from amana.committee.package import About
from amana.committee.refusals import NotAgreed
from amana.errors import NotFound
from amana.identifiers.recognisers import Recognisers
from amana.identifiers.recognisers import load as load_recognisers
from amana.policy import agreement, region
from amana.policy.agreement import RECORDS, TABLES, Agreement
from amana.policy.toml import read_table
from amana.release.plan import Plan, load_plans


@dataclass(frozen=True)
class Documents:
    """The committee's copy of the law. ``agreement_file`` replaces the agreement in the folder."""

    policies: Path
    agreement_file: Path | None = None

    def book(self) -> Codebook:
        """Return the codebook that comes with the tool."""
        return load()

    def recognisers(self) -> Recognisers:
        """Return the forms of direct identifiers. Raises Misconfigured."""
        return load_recognisers(self.policies / "identifiers.toml")

    def plan(self, name: str, book: Codebook) -> Plan:
        """Return a release plan by its id. Raises NotFound, PlanInvalid."""
        plans = load_plans(self.policies / "releases", book)
        if name not in plans:
            raise NotFound(kind="plan", id=name)
        return plans[name]

    def agreement(self, committee: str) -> Agreement:
        """Return what the committee agreed to. Raises PolicyInvalid; NotAgreed for another committee's document."""
        path = self.agreement_file or self.policies / "agreements" / f"{committee}.toml"
        name = f"agreements/{path.name}"
        under = region.parse(read_table(self.policies / region.FILE, region.FILE))
        agreed = agreement.parse(read_table(path, name), name, under)
        if agreed.committee != committee:
            raise NotAgreed(committee=committee, agreed=agreed.committee, asked=committee)
        return agreed

    def contribution(self, about: About, book: Codebook, *, tables: bool) -> str:
        """Return how this contribution is marked, once the agreement allows it: ``records`` or ``tables``.

        tables: what is to be sent are counts, not rows about persons.
        Raises NotAgreed for records of a committee that keeps them at home, counts of one that sends records, or a
        dataflow that is not in the agreement.
        """
        agreed = self.agreement(about.committee)
        if about.dataflow not in agreed.dataflows:
            raise NotAgreed(committee=about.committee, agreed=", ".join(sorted(agreed.dataflows)), asked=about.dataflow)
        if book.dataflow(about.dataflow).contribution == TABLES:
            return TABLES
        sent = TABLES if tables else RECORDS
        if agreed.contribution != sent:
            raise NotAgreed(committee=about.committee, agreed=agreed.contribution, asked=sent)
        return sent
