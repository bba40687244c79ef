"""The documents that the tool works by: the codebook, the agreement, the release plan, the list of identifiers.

They are the same files that the hub follows; the committee has its own copy of the policies folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from amana.codebook.load import load
from amana.codebook.model import Codebook
from amana.committee.package import About
from amana.committee.refusals import NotAgreed
from amana.errors import NotFound
from amana.identifiers.recognisers import Recognisers
from amana.identifiers.recognisers import load as load_recognisers
from amana.plans.plan import Plan, load_plans
from amana.policy import agreement, region
from amana.policy.agreement import Agreement
from amana.policy.toml import read_table


@dataclass(frozen=True)
class Documents:
    """The committee's copy of the law.

    agreement_file: replaces the agreement in the folder. kept: a folder for what is the same at every start.
    """

    policies: Path
    agreement_file: Path | None = None
    kept: Path | None = None

    def book(self) -> Codebook:
        """Return the codebook that comes with the tool; it is read once."""
        return self._book

    @cached_property
    def _book(self) -> Codebook:
        return load()

    def recognisers(self) -> Recognisers:
        """Return the forms of direct identifiers. Raises Unusable."""
        return load_recognisers(self.policies / "identifiers.toml")

    def plans(self, book: Codebook) -> Mapping[str, Plan]:
        """Return the release plans by id. Raises PlanInvalid."""
        return load_plans(self.policies / "releases", book)

    def plan(self, name: str, book: Codebook) -> Plan:
        """Return a release plan by its id. Raises NotFound, PlanInvalid."""
        plans = self.plans(book)
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

    def contribution(self, about: About, book: Codebook, form: str | None) -> str:
        """Return how this contribution is marked, once the agreement allows it: one of policy.agreement.CONTRIBUTIONS.

        form: ``tables`` or ``tables_protected`` for a tables file; None for rows.
        Raises NotAgreed for records of a committee that keeps them at home, tables that were not protected where they
        should have been, counts of a committee that sends records, or a dataflow that is not in the agreement.
        """
        terms = self.agreement(about.committee)
        if about.dataflow not in terms.dataflows:
            raise NotAgreed(committee=about.committee, agreed=", ".join(sorted(terms.dataflows)), asked=about.dataflow)
        own = book.dataflow(about.dataflow).contribution
        sent = form or own
        if terms.form(own) != sent:
            raise NotAgreed(committee=about.committee, agreed=terms.form(own), asked=sent)
        return sent
