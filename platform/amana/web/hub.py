"""Everything that a request may reach, opened once at the start and handed in: there is no other way to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask, current_app

from amana import clock
from amana.codebook.load import load as load_codebook
from amana.codebook.model import Codebook
from amana.config import WebConfig
from amana.db import Database, open_database
from amana.errors import Misconfigured
from amana.policy.documents import Policies
from amana.policy.documents import load as load_policies
from amana.release.plan import Plan, load_plans
from amana.signing import read_public_key
from amana.vault.shelf import Shelf

NAME: Final = "amana"
_RECEIPT_KEY: Final = 32  # bytes, at least


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
    shelf: Shelf
    now: Callable[[], datetime]

    @property
    def https(self) -> bool:
        """Whether readers come over TLS; only a hub on this machine does without."""
        return self.config.origin.startswith("https://")


def open_hub(config: WebConfig, now: Callable[[], datetime] = clock.now) -> Hub:
    """Open the databases and read every document. Raises Misconfigured or PolicyInvalid when one will not serve."""
    roles = config.home / "migrations" / "roles.sql"
    book = load_codebook()
    receipt_key = config.receipt_key_file.read_bytes()
    if len(receipt_key) < _RECEIPT_KEY:
        raise Misconfigured(what=f"a receipt key of at least {_RECEIPT_KEY} bytes", place=str(config.receipt_key_file))
    recipients = tuple(line.strip() for line in config.recipients_file.read_text().splitlines() if line.strip())
    if not recipients:
        raise Misconfigured(what="at least one recipient", place=str(config.recipients_file))
    return Hub(
        config=config,
        database=open_database(config.database_url, "amana_web", roles),
        auditor=open_database(config.auditor_database_url, "auditor_reader", roles),
        policies=load_policies(config.policies),
        book=book,
        plans=load_plans(config.policies / "releases", book),
        recipients=recipients,
        receipt_key=receipt_key,
        trusted=(read_public_key(config.bundle_public_file.read_bytes()),),
        log_vkey=config.log_vkey_file.read_text().strip(),
        shelf=Shelf(config.data),
        now=now,
    )


def install(app: Flask, hub: Hub) -> None:
    """Hand the hub to the requests of this application."""
    app.extensions[NAME] = hub


def hub() -> Hub:
    """Return the hub of the application that is answering."""
    return cast("Hub", current_app.extensions[NAME])
