"""The closed vocabulary of what can happen: one frozen class per kind of event, with its facts as fields.

Facts are ids, codes, digests and names of rules, never a value of a record, a name of a person or a small count. A new
kind is a new class; no other can be journalled. The journal leaves out the underscore at the end of a field's name.
"""

from __future__ import annotations

from collections.abc import Mapping

from amana.audit import log_events as log_events  # noqa: PLC0414 - its words belong to the vocabulary
from amana.audit import witness_events as witness_events  # noqa: PLC0414 - same
from amana.audit.case_events import CaseClosed as CaseClosed  # noqa: PLC0414 - same
from amana.audit.case_events import CaseErased as CaseErased  # noqa: PLC0414 - same
from amana.audit.case_events import CaseErasureOrdered as CaseErasureOrdered  # noqa: PLC0414 - same
from amana.audit.case_events import CaseNoted as CaseNoted  # noqa: PLC0414 - same
from amana.audit.case_events import CaseOpened as CaseOpened  # noqa: PLC0414 - same
from amana.audit.case_events import CaseRead as CaseRead  # noqa: PLC0414 - same
from amana.audit.case_events import EventPinned as EventPinned  # noqa: PLC0414 - same
from amana.audit.case_events import ExportOrdered as ExportOrdered  # noqa: PLC0414 - same
from amana.audit.case_events import ExportServed as ExportServed  # noqa: PLC0414 - same
from amana.audit.case_events import NameAsked as NameAsked  # noqa: PLC0414 - same
from amana.audit.case_events import NameOpened as NameOpened  # noqa: PLC0414 - same
from amana.audit.contribution_events import AnswerTaken as AnswerTaken  # noqa: PLC0414 - same
from amana.audit.contribution_events import BatchAccepted as BatchAccepted  # noqa: PLC0414 - same
from amana.audit.contribution_events import BatchClosed as BatchClosed  # noqa: PLC0414 - same
from amana.audit.contribution_events import BatchHeld as BatchHeld  # noqa: PLC0414 - same
from amana.audit.contribution_events import BatchRead as BatchRead  # noqa: PLC0414 - same
from amana.audit.contribution_events import BatchReceived as BatchReceived  # noqa: PLC0414 - same
from amana.audit.contribution_events import BatchRefused as BatchRefused  # noqa: PLC0414 - same
from amana.audit.contribution_events import BatchTried as BatchTried  # noqa: PLC0414 - same
from amana.audit.contribution_events import DifferenceDropped as DifferenceDropped  # noqa: PLC0414 - same
from amana.audit.contribution_events import DifferenceMade as DifferenceMade  # noqa: PLC0414 - same
from amana.audit.contribution_events import DifferenceRead as DifferenceRead  # noqa: PLC0414 - same
from amana.audit.contribution_events import EnvelopeDestroyed as EnvelopeDestroyed  # noqa: PLC0414 - same
from amana.audit.contribution_events import FindingsRead as FindingsRead  # noqa: PLC0414 - same
from amana.audit.contribution_events import MappingApplied as MappingApplied  # noqa: PLC0414 - same
from amana.audit.contribution_events import MappingAsked as MappingAsked  # noqa: PLC0414 - same
from amana.audit.contribution_events import MappingConfirmed as MappingConfirmed  # noqa: PLC0414 - same
from amana.audit.contribution_events import MappingRead as MappingRead  # noqa: PLC0414 - same
from amana.audit.contribution_events import OwnerRequestChanged as OwnerRequestChanged  # noqa: PLC0414 - same
from amana.audit.contribution_events import OwnerRequestDone as OwnerRequestDone  # noqa: PLC0414 - same
from amana.audit.contribution_events import OwnerRequestRead as OwnerRequestRead  # noqa: PLC0414 - same
from amana.audit.contribution_events import OwnerRequestReceived as OwnerRequestReceived  # noqa: PLC0414 - same
from amana.audit.contribution_events import OwnerRequestRefused as OwnerRequestRefused  # noqa: PLC0414 - same
from amana.audit.event import INTENDED, REFUSED
from amana.audit.event import Actor as Actor  # noqa: PLC0414 - whoever journals imports all words from here
from amana.audit.event import Event as Event  # noqa: PLC0414 - same
from amana.audit.reader_events import AccountRead as AccountRead  # noqa: PLC0414 - same
from amana.audit.reader_events import PurposeChosen as PurposeChosen  # noqa: PLC0414 - same
from amana.audit.reader_events import ReadingsCounted as ReadingsCounted  # noqa: PLC0414 - same
from amana.audit.reader_events import ReadingsRead as ReadingsRead  # noqa: PLC0414 - same
from amana.audit.refusal_events import RefusalsCounted as RefusalsCounted  # noqa: PLC0414 - same
from amana.audit.refusal_events import SignInsFailed as SignInsFailed  # noqa: PLC0414 - same
from amana.audit.upload_events import PiecesDestroyed as PiecesDestroyed  # noqa: PLC0414 - same
from amana.audit.upload_events import UploadBegun as UploadBegun  # noqa: PLC0414 - same
from amana.audit.upload_events import UploadContinued as UploadContinued  # noqa: PLC0414 - same
from amana.audit.upload_events import UploadEnded as UploadEnded  # noqa: PLC0414 - same
from amana.audit.upload_events import UploadRead as UploadRead  # noqa: PLC0414 - same


class RecordsStored(Event, kind="records.stored", about="holding"):
    """Records or raw tables rest in the vault, encrypted."""

    holding: str
    batch: str
    committee: str
    dataflow: str
    period: str
    kind_: str


class HoldingSuperseded(Event, kind="holding.superseded", about="holding"):
    """Another took the place of this one, or nothing did."""

    holding: str
    committee: str
    dataflow: str
    period: str


class KeyUsed(Event, kind="key.used", outcome=INTENDED, about="subject_"):
    """A process is about to use a key that opens something: on what, and what for."""

    key: str
    purpose_: str
    subject_: str


class _OfKey(Event, about="key"):
    key: str
    committee: str | None


class KeyMade(_OfKey, kind="key.made"):
    """A key of the vault was made."""


class KeyDestroyed(_OfKey, kind="key.destroyed"):
    """A key of the vault was destroyed, and with it what it encrypts."""


class CommitteeKeyAdded(_OfKey, kind="committee_key.added"):
    """A committee's signing key is known from now on."""


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


class StatisticsRead(Event, kind="statistics.read", about="cube"):
    """Somebody read published statistics."""

    dataflow: str
    cube: str
    countries: tuple[str, ...]
    periods: tuple[str, ...]
    purpose: str | None
    format: str


class EventsRead(Event, kind="events.read"):
    """An auditor read the log, through these filters."""

    filters: Mapping[str, str]


class RequestRefused(Event, kind="request.refused", outcome=REFUSED, about="subject"):
    """Somebody asked for what they may not have; the clause says why."""

    action: str
    code: str
    clause: str | None
    subject: str | None = None
    country: str | None = None
    dataflow: str | None = None
    purpose: str | None = None


class SignedIn(Event, kind="signed.in"):
    """Somebody signed in."""

    method: str


class SignedOut(Event, kind="signed.out"):
    """Somebody signed out."""


class OrganisationAdded(Event, kind="organisation.added", about="organisation"):
    """An organisation may send people from now on, for these purposes."""

    organisation: str
    class_: str
    committee: str | None
    purposes: tuple[str, ...]


class PersonAdded(Event, kind="person.added", about="person"):
    """An account was opened."""

    person: str
    role: str
    organisation: str


class PersonDisabled(Event, kind="person.disabled", about="person"):
    """An account was closed; its sessions and tokens ended with it."""

    person: str
    organisation: str


class TokenMade(Event, kind="token.made", about="person"):
    """A token was made for a person."""

    token: str
    person: str


class TokenRevoked(TokenMade, kind="token.revoked"):
    """A token opens nothing from now on."""


class PolicyLoaded(Event, kind="policy.loaded", about="digest"):
    """A process decides by these policies from now on."""

    digest: str


class ProcessStarted(Event, kind="process.started", about="process"):
    """A process passed its own tests and serves."""

    process: str
    version: str
