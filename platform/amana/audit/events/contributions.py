"""What can happen to a contribution, and what its owner may ask."""

from __future__ import annotations

from amana.audit.events.event import INTENDED, REFUSED, Event


class _OfBatch(Event, about="batch"):
    batch: str
    committee: str


class BatchReceived(_OfBatch, kind="batch.received"):
    """A sealed contribution is on the shelf."""

    dataflow: str
    period: str
    contribution: str


class BatchAccepted(_OfBatch, kind="batch.accepted"):
    """The worker judged a contribution good."""

    dataflow: str
    period: str


class BatchRefused(_OfBatch, kind="batch.refused", outcome=REFUSED):
    """The worker refused a contribution; ``rules`` are the ids of the rules it breaks."""

    dataflow: str
    period: str
    rules: tuple[str, ...]


class BatchTried(_OfBatch, kind="batch.tried"):
    """A dry run is over: its owner was told what the contribution would mean, and nothing of it was kept."""

    dataflow: str
    period: str


class MappingAsked(_OfBatch, kind="mapping.asked"):
    """A contribution waits, sealed, until its owner says what its own columns and words mean."""

    dataflow: str
    period: str


class MappingConfirmed(_OfBatch, kind="mapping.confirmed"):
    """Somebody said what the columns and words of a committee's files mean; the digest is the document's."""

    dataflow: str
    version: int
    digest: str


class MappingApplied(_OfBatch, kind="mapping.applied"):
    """A contribution that waited for its mapping goes back to be judged by it."""

    dataflow: str
    period: str


class MappingRead(_OfBatch, kind="mapping.read"):
    """Somebody looked at what the columns of a contribution seem to mean."""


class BatchHeld(_OfBatch, kind="batch.held"):
    """A contribution is sound and stored; its owner is to say whether it takes an earlier one's place."""

    dataflow: str
    period: str


class BatchClosed(_OfBatch, kind="batch.closed"):
    """A contribution counts no more, or never will. One word for every end: the kind of an event is for all to see."""

    dataflow: str
    period: str
    state_: str


class DifferenceMade(_OfBatch, kind="difference.made"):
    """What a version would change was computed for its owner; the event does not say it."""


class DifferenceDropped(_OfBatch, kind="difference.dropped"):
    """What a version was to be compared with counts no more; it will be compared with what does."""


class DifferenceRead(_OfBatch, kind="difference.read"):
    """Somebody looked at what a version would change."""


class BatchRead(_OfBatch, kind="batch.read"):
    """Somebody looked at the state of a contribution."""


class FindingsRead(_OfBatch, kind="findings.read"):
    """Somebody read what was found in a contribution."""


class EnvelopeDestroyed(_OfBatch, kind="envelope.destroyed"):
    """The sealed files of a contribution are gone."""


class _OfOwner(Event, about="request"):
    request: str
    committee: str
    dataflow: str
    act: str
    batch: str | None


class OwnerRequestReceived(_OfOwner, kind="owner_request.received", outcome=INTENDED):
    """A committee asked that the hub change, hand out or give up what it holds of it."""


class OwnerRequestChanged(_OfOwner, kind="owner_request.changed"):
    """What a committee asked for has taken effect; what it asked away is about to be destroyed."""


class OwnerRequestDone(_OfOwner, kind="owner_request.done"):
    """What a committee asked for is done; what it asked away can be read no more."""


class OwnerRequestRefused(_OfOwner, kind="owner_request.refused", outcome=REFUSED):
    """What a committee asked for could not be done; nothing was changed."""

    reason_code: str


class _OnRequest(Event, about="request"):
    request: str
    committee: str


class OwnerRequestRead(_OnRequest, kind="owner_request.read"):
    """Somebody looked at what became of a committee's request."""


class AnswerTaken(_OnRequest, kind="answer.taken"):
    """A committee took the sealed answer to its request; there is no second copy."""
