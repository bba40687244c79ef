"""A draft: where the records of one attempt are written while they are judged, before anybody knows whether they may.

Its key and its file are made with the first block, and named by batch, attempt and key, so that what a crash leaves
behind can be told from what a living worker is writing. Whoever judged settles it, or destroys it.
"""

from __future__ import annotations

from amana import ids
from amana.codebook.records import Records
from amana.faults import point
from amana.vault.records import HoldingFacts, StoredFile
from amana.vault.writing import Writing
from amana.worker.claim import Claim
from amana.worker.workbench import Workbench


def facts_of(hub: Workbench, claim: Claim) -> HoldingFacts:
    """Return what a new file of the vault is to say of itself."""
    return HoldingFacts(ids.new("hld"), claim.committee, claim.dataflow, claim.period, hub.book.digest)


def name_of(claim: Claim, key_id: str) -> str:
    """Return the name of the file that this attempt writes under a key."""
    return f"{claim.batch}.{claim.lease.attempt}.{key_id}"


class Draft:
    """The records of one attempt, taken block by block as they are found sound so far."""

    def __init__(self, hub: Workbench, claim: Claim) -> None:
        """Begin with nothing: neither key nor file."""
        self.facts = facts_of(hub, claim)
        self._hub, self._claim = hub, claim
        self._key_id = ""
        self._writing: Writing | None = None

    def add(self, records: Records) -> None:
        """Write the next block under the attempt's own key."""
        writing = self._writing or self._begin()
        writing.add(records)

    def settle(self) -> StoredFile:
        """Give the file its name; on return it survives a power cut. Raises ValueError where no block was taken."""
        if self._writing is None:
            raise ValueError("a draft of no block at all was to be stored")
        return self._writing.settle()

    def destroy(self) -> None:
        """Leave nothing of the file, nor of the key without which nobody could read what is left of it."""
        if self._writing is not None:
            self._hub.keys.destroy(self._key_id)
            point("worker.draft_unreadable")
            self._writing.give_up()
            point("worker.draft_destroyed")

    def _begin(self) -> Writing:
        hub = self._hub
        self._key_id = hub.keys.make(self._claim.committee)
        point("worker.draft_key_made")
        self._writing = Writing(
            self.facts,
            hub.records,
            name_of(self._claim, self._key_id),
            keys=hub.keys,
            key_id=self._key_id,
            pseudonym_key=hub.pseudonym_key,
        )
        return self._writing
