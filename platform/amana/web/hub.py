"""Everything that a request may reach, opened once at the start and handed in: there is no other way to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, cast
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app

from amana import clock
from amana.audit.log.cosigned import Panel
from amana.audit.outbox.group_commit import GroupCommit
from amana.audit.tlog.checkpoint import parse_vkey
from amana.audit.witness.quorum import elect
from amana.codebook.load import load as load_codebook
from amana.codebook.model import Codebook
from amana.config import WebConfig
from amana.db import Database, open_database
from amana.dissemination.catalogue import Catalogue, Opened
from amana.identifiers.names import Names
from amana.identifiers.recognisers import load as load_recognisers
from amana.identity import passwords
from amana.identity.passwords import Hasher
from amana.intake.receive import Desk
from amana.plans.plan import Plan, load_plans
from amana.policy import vocabulary
from amana.policy.documents import Policies
from amana.policy.documents import load as load_policies
from amana.release import ledger
from amana.signing import read_public_key
from amana.vault.sealing import read_recipients
from amana.vault.secret import read_secret
from amana.vault.shelf import Shelf
from amana.web.watch import Watch

NAME: Final = "amana"


@dataclass(frozen=True)
class Hub:
    """The web process's whole world: no key in it opens anything, and ``auditor`` reads the log and nothing else."""

    config: WebConfig
    database: Database
    auditor: Database
    policies: Policies
    book: Codebook
    plans: Mapping[str, Plan]
    recipients: tuple[str, ...]
    receipt_key: bytes
    trusted: tuple[Ed25519PublicKey, ...]
    log_vkey: str
    desk: Desk
    opened: Opened
    hasher: Hasher
    now: Callable[[], datetime]

    @property
    def https(self) -> bool:
        """Whether readers come over TLS; only a hub on this machine does without."""
        return self.config.origin.startswith("https://")

    @property
    def factor_optional(self) -> bool:
        """Whether somebody without a second factor may sign in: in a demo on this machine, and nowhere else."""
        return self.config.demo and urlsplit(self.config.origin).hostname in {"127.0.0.1", "localhost"}

    def derived_key(self, use: str) -> bytes:
        """Return 32 bytes for one use, from the receipt key (HKDF-SHA-256, RFC 5869)."""
        return HKDF(SHA256(), 32, salt=None, info=f"amana web {use}".encode()).derive(self.receipt_key)

    @cached_property
    def names(self) -> Names:
        """Names of persons: what somebody types is held against them, when she does for the first time."""
        return Names(load_recognisers(self.config.policies / "identifiers.toml").names)

    @cached_property
    def journal(self) -> GroupCommit:
        """Where events are written that come with no other write: the threads of this process share commits."""
        return GroupCommit(self.database)

    @cached_property
    def watch(self) -> Watch:
        """The eye on whether the log is being signed."""
        return Watch.over(self.auditor, self.log_vkey, self.policies.log, self.now, demo=self.config.demo)

    @cached_property
    def panel(self) -> Panel:
        """Who witnesses the log, and how many of them are enough. Raises Malformed when a key is none."""
        said = self.policies.witnesses
        committees = {one.name: one.committee for one in said.all}
        return Panel(parse_vkey(self.log_vkey), elect(said.quorum, said.all), committees, said.skew)

    def catalogue(self) -> Catalogue:
        """Return what is published at this moment."""
        with self.database.read() as reading:
            return Catalogue(self.opened, ledger.published(reading))


def open_hub(config: WebConfig, now: Callable[[], datetime] = clock.now) -> Hub:
    """Open the databases and read every document. Raises Misconfigured or PolicyInvalid when one will not serve."""
    roles = config.home / "migrations" / "roles.sql"
    book, policies = load_codebook(), load_policies(config.policies)
    vocabulary.check(policies, book)
    trusted = (read_public_key(config.bundle_public_file.read_bytes()),)
    database = open_database(config.database_url, "amana_web", roles)
    recipients = read_recipients(config.recipients_file)
    receipt_key = read_secret(config.receipt_key_file)
    return Hub(
        config=config,
        database=database,
        auditor=open_database(config.auditor_database_url, "auditor_reader", roles),
        policies=policies,
        book=book,
        plans=load_plans(config.policies / "releases", book),
        recipients=recipients,
        receipt_key=receipt_key,
        trusted=trusted,
        log_vkey=config.log_vkey_file.read_text().strip(),
        desk=Desk(database, Shelf(config.data), recipients, receipt_key, book),
        opened=Opened(config.data / "bundles", trusted),
        hasher=Hasher.at(passwords.DEMO if config.demo else passwords.LOW_MEMORY),
        now=now,
    )


def install(app: Flask, hub: Hub) -> None:
    """Hand the hub to the requests of this application."""
    app.extensions[NAME] = hub


def hub() -> Hub:
    """Return the hub of the application that is answering."""
    return cast("Hub", current_app.extensions[NAME])
