"""What the worker's hands reach while it runs: the database, the shelf, its keys, and the law it follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana.audit.events.event import Actor
from amana.codebook.model import Codebook
from amana.db import Database
from amana.identifiers.recognisers import Recognisers
from amana.plans.plan import Plan
from amana.policy.documents import Policies
from amana.vault.keys import KeyStore
from amana.vault.opening import Opener
from amana.vault.shelf import Shelf

WORKER: Final = Actor("worker", "process", "hub")


@dataclass(frozen=True)
class Workbench:
    """One worker process. data and vault: the folders of AMANA_DATA and AMANA_VAULT; lease: how long a claim lasts."""

    database: Database
    shelf: Shelf
    opener: Opener = field(repr=False)
    keys: KeyStore = field(repr=False)
    pseudonym_key: bytes = field(repr=False)
    bundle_key: Ed25519PrivateKey = field(repr=False)
    policies: Policies = field(repr=False)
    recognisers: Recognisers = field(repr=False)
    book: Codebook = field(repr=False)
    plans: Mapping[str, Plan] = field(repr=False)
    data: Path
    vault: Path
    name: str  # this process among other workers: host and process id
    lease: timedelta
    counts_every: timedelta  # between two marks as of which readings are counted
    tells_every: int  # seconds between two marks at which refusals of strangers are told
    clock: Callable[[], datetime] = field(repr=False)
    rng: Random = field(repr=False)

    @property
    def records(self) -> Path:
        """Where the vault's encrypted files stand."""
        return self.vault / "records"

    @property
    def tmp(self) -> Path:
        """Where envelopes are opened, in private folders that do not outlive the judgement."""
        return self.vault / "tmp"

    @property
    def bundles(self) -> Path:
        """Where candidates and published bundles stand; the web process reads them."""
        return self.data / "bundles"

    def prepare(self) -> None:
        """Make the folders that are not there yet."""
        self.shelf.prepare()
        for folder in (self.records, self.tmp, self.bundles):
            folder.mkdir(mode=0o700 if folder.parent == self.vault else 0o750, exist_ok=True)
