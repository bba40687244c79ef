"""A submission: what a committee says it sends. All of it is judged before, or beside, the reading of the body."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select

from amana.audit.events.event import Actor
from amana.codebook.model import Codebook
from amana.db import Reading
from amana.errors import Malformed
from amana.intake.body import AGE
from amana.intake.refusals import (
    DataflowUnknown,
    IdempotencyKeyRequired,
    ManifestMismatch,
    ManifestRequired,
    PeriodMalformed,
    RecordsNotAgreed,
    SheetMalformed,
)
from amana.intake.tables import committee_key
from amana.policy.agreement import RECORDS
from amana.signing import read_public_key
from amana.vault.envelope import Manifest, Subject, read_manifest
from amana.vault.sealing import SealedDigest

MANIFEST_HEADER: Final = "Amana-Manifest"  # base64 of the DSSE envelope; in a form, the field ``manifest``
MOST_SHEET: Final = 100  # characters; Excel itself allows 31
_MANIFEST_FIELD: Final = "manifest"
_PERIOD: Final = re.compile(r"[12]\d{3}(-Q[1-4])?", re.ASCII)
_KEY: Final = re.compile(r"[!-+\--~]([ -+\--~]{0,198}[!-+\--~])?")  # no comma: a server joins two headers with one


def check_key(key: str | None) -> str:
    """Return the sender's own name for one sending. Raises IdempotencyKeyRequired when it can be none."""
    if key is None or not _KEY.fullmatch(key):
        raise IdempotencyKeyRequired
    return key


@dataclass(frozen=True)
class Submission:
    """Who sends what, for when, under which key.

    contribution:    what the committee's agreement says of this dataflow: ``records``, ``tables``, ….
    idempotency_key: the committee's own name for this submission; required.
    manifest:        the Amana-Manifest header, if there is one.
    replaces:        an earlier version's place is taken without asking its owner again.
    dry_run:         it is judged, its owner is told, and nothing of it is kept.
    per_day:         dry runs that the committee may make in one UTC day.
    sheet:           of a workbook with several, which one is meant, by its name or number; kept as long as the file.
    """

    committee: str
    dataflow: str
    period: str
    contribution: str
    submitter: Actor
    idempotency_key: str | None
    manifest: str | None = None
    replaces: bool = False
    dry_run: bool = False
    per_day: int = 0
    sheet: str | None = None

    def check(self, media_type: str, book: Codebook) -> None:
        """Raise the refusal of what is wrong with the submission whatever its content.

        Raises IdempotencyKeyRequired, DataflowUnknown, PeriodMalformed, SheetMalformed, RecordsNotAgreed.
        """
        check_key(self.idempotency_key)
        check_subject(self.dataflow, self.period, book)
        check_sheet(self.sheet)
        # An open file about persons is records, whatever is said of it; sealed tables can be judged only by the worker.
        if media_type != AGE and self.contribution != RECORDS and book.dataflows[self.dataflow].personal:
            raise RecordsNotAgreed

    def dsse(self, media_type: str, fields: Mapping[str, str]) -> bytes:
        """Return the manifest's DSSE bytes, ``b""`` for an open file. Raises ManifestRequired, Malformed.

        fields: of the form, one of which may hold the manifest.
        """
        if media_type != AGE:
            return b""
        given = (self.manifest or fields.get(_MANIFEST_FIELD, "")).strip()
        if not given:
            raise ManifestRequired
        if given.startswith("{"):
            return given.encode()
        try:
            return base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            raise Malformed(format=MANIFEST_HEADER) from None

    def manifest_of(self, dsse: bytes, reading: Reading, now: datetime) -> Manifest:
        """Return the manifest once one of the committee's keys in force signed it, and it speaks of this submission.

        Raises SignatureInvalid, Malformed, ManifestMismatch.
        """
        keys = select(committee_key.c.public_pem).where(
            committee_key.c.committee == self.committee,
            committee_key.c.valid_from <= now,
            or_(committee_key.c.retired_at.is_(None), committee_key.c.retired_at > now),
        )
        trusted = [read_public_key(pem.encode()) for pem in reading.execute(keys).scalars()]
        manifest = read_manifest(dsse, trusted)
        nonce = manifest.header.batch_or_nonce
        due = Subject(nonce, self.committee, self.dataflow, self.period, self.contribution)
        _compare(vars(manifest.header.subject), vars(due))
        _compare({"segments": len(manifest.segments)}, {"segments": 1})
        return manifest


def check_subject(dataflow: str, period: str, book: Codebook) -> None:
    """Raise DataflowUnknown or PeriodMalformed, neither of which repeats what was said."""
    if dataflow not in book.dataflows:
        raise DataflowUnknown(known=", ".join(sorted(book.dataflows)))
    if not _PERIOD.fullmatch(period):
        raise PeriodMalformed


def check_sheet(sheet: str | None) -> None:
    """Raise SheetMalformed, which repeats nothing, when this can be the name of no sheet."""
    if sheet is not None and (not 0 < len(sheet) <= MOST_SHEET or not sheet.isprintable()):
        raise SheetMalformed(most=MOST_SHEET)


def agree(manifest: Manifest, sealed: SealedDigest) -> None:
    """Raise ManifestMismatch unless what arrived is what the committee signed."""
    _compare(vars(manifest.segments[0]), vars(sealed))


def agree_on_size(manifest: Manifest, length: int) -> None:
    """Raise ManifestMismatch unless the sealed file has the length that the committee signed."""
    _compare({"bytes": manifest.total}, {"bytes": length})


def _compare(said: dict[str, object], due: dict[str, object]) -> None:
    differing = sorted(name for name, value in due.items() if said[name] != value)
    if differing:
        raise ManifestMismatch(differing=", ".join(differing))
