"""What happens to a release, from its plan to its withdrawal, and to its candidates."""

from __future__ import annotations

from amana.audit.events.event import INTENDED, REFUSED, Event


class _OfRelease(Event, about="release"):
    release: str


class ReleasePlanned(_OfRelease, kind="release.planned"):
    """A steward planned a release."""

    dataflow: str
    period: str
    plan: str
    plan_digest: str
    policy_digest: str


class VintagePlanned(ReleasePlanned, kind="vintage.planned"):
    """A steward planned a new vintage of a period that is published. vintage: its number, if it is published."""

    vintage: int


class ReleaseRefused(_OfRelease, kind="release.refused", outcome=REFUSED):
    """A release ended before publication."""

    dataflow: str
    period: str
    reason_code: str


class TabulationAsked(_OfRelease, kind="tabulation.asked"):
    """A plan counts what a committee's tables do not: it was asked to tabulate again."""

    committee: str
    dataflow: str
    period: str


class TabulationEnded(_OfRelease, kind="tabulation.ended"):
    """A request to tabulate again is over. outcome_: answered, lapsed or dropped."""

    committee: str
    dataflow: str
    period: str
    outcome_: str


class BudgetDebited(_OfRelease, kind="budget.debited"):
    """What a release with noise costs each person, in millionths of rho, before anything is drawn."""

    dataflow: str
    period: str
    micro_rho: int


class ReleaseRead(_OfRelease, kind="release.read"):
    """Somebody looked at a release."""


class CandidateRead(_OfRelease, kind="candidate.read"):
    """A committee looked at what a release would show of its data."""

    committee: str


class CandidateApproved(_OfRelease, kind="candidate.approved"):
    """A committee approved this candidate, made by this plan."""

    committee: str
    plan_digest: str
    candidate: str


class CandidateRefused(CandidateApproved, kind="candidate.refused", outcome=REFUSED):
    """A committee refused this candidate."""


class ReleaseBuilt(_OfRelease, kind="release.built"):
    """The worker built a candidate."""

    dataflow: str
    period: str
    candidate: str


class PublicationOrdered(ReleaseBuilt, kind="publication.ordered", outcome=INTENDED):
    """Somebody ordered the publication of this candidate."""


class ReleasePublished(ReleaseBuilt, kind="release.published"):
    """This candidate is what readers see now."""


class ReleaseSuperseded(ReleaseBuilt, kind="release.superseded"):
    """A new vintage stands where this release was; it can still be read by its address."""


class WithdrawalOrdered(ReleaseBuilt, kind="withdrawal.ordered", outcome=INTENDED):
    """Somebody ordered that this release be withdrawn."""


class ReleaseWithdrawn(ReleaseBuilt, kind="release.withdrawn"):
    """A tombstone stands where this release was."""
