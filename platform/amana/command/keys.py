"""``amana keys``: every key of a hub, each in the folder of the one process that may hold it; and committees' keys."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

import click

from amana.command.options import matching

_SECRET: Final = 32  # bytes, written as 64 hex characters
_NEW = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def command() -> None:
    """Make and register keys; an existing key is never overwritten."""


@command.command()
@click.argument("folder", type=_NEW)
@click.option("--origin", required=True, help="The log's name for all time, such as hub.example/log.")
def init(folder: Path, origin: str) -> None:
    """Make a hub's keys in FOLDER: web/, worker/, sequencer/, and recovery/, which must then leave this machine."""
    from pyrage import x25519

    from amana.audit.tlog.checkpoint import make_log_key
    from amana.command.secret_files import write_secret

    log_key, vkey = make_log_key(origin)
    opening, recovery = x25519.Identity.generate(), x25519.Identity.generate()
    recipients = f"{opening.to_public()}\n{recovery.to_public()}\n".encode()
    bundle, bundle_public = _ed25519()
    content = {
        "worker/opening.key": f"{opening}\n".encode(),
        "worker/root.key": secrets.token_hex(_SECRET).encode(),
        "worker/pseudonym.key": secrets.token_hex(_SECRET).encode(),
        "worker/bundle.pem": bundle,
        "worker/log.vkey": f"{vkey}\n".encode(),
        "web/recipients.txt": recipients,
        "web/receipt.key": secrets.token_hex(_SECRET).encode(),
        "web/bundle.pub.pem": bundle_public,
        "web/log.vkey": f"{vkey}\n".encode(),
        "sequencer/log.pem": log_key,
        "recovery/recovery.key": f"{recovery}\n".encode(),
    }
    for name, secret in content.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(path, secret)
    click.echo(f"keys: {folder}; take {folder / 'recovery'} off this machine")


@command.command()
@click.argument("iso3", callback=matching("[A-Z]{3}", "MAR"))
@click.option("--out", type=_FILE, required=True, help="The private key (0600); the public one goes beside it.")
def committee(iso3: str, out: Path) -> None:
    """Make the key with which the committee ISO3 signs what it sends."""
    from amana.command.secret_files import write_secret

    private, public = _ed25519()
    write_secret(out, private)
    public_file = out.with_suffix(".pub.pem")
    write_secret(public_file, public)
    click.echo(f"{iso3}: private key {out}; give the hub {public_file}")


@command.command()
@click.argument("iso3", callback=matching("[A-Z]{3}", "MAR"))
@click.argument("public_file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def register(iso3: str, public_file: Path) -> None:
    """Let the hub trust what the committee ISO3 signs with the key of PUBLIC_FILE (PEM)."""
    from sqlalchemy import insert, select

    from amana import clock
    from amana.audit.events.vault import CommitteeKeyAdded
    from amana.audit.outbox import journal
    from amana.command.owner import OPERATOR, owned_database
    from amana.errors import Conflict
    from amana.intake.tables import committee_key
    from amana.signing import key_id, read_public_key

    pem = public_file.read_bytes()
    name = key_id(read_public_key(pem))
    with owned_database() as database, database.write() as tx:
        if tx.execute(select(committee_key.c.key_id).where(committee_key.c.key_id == name)).first():
            raise Conflict(key=name)
        row = {"key_id": name, "committee": iso3, "public_pem": pem.decode(), "valid_from": clock.now()}
        tx.execute(insert(committee_key).values(**row))
        journal.append(tx, CommitteeKeyAdded(name, iso3), by=OPERATOR, at=clock.now())
    click.echo(f"{iso3}: key {name} registered")


def _ed25519() -> tuple[bytes, bytes]:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    return private, key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
