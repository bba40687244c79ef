"""``amana users``: organisations, people and tokens, from the operator's shell."""

from __future__ import annotations

import json
from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False)
_EXISTING = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def command() -> None:
    """Add people, organisations and tokens; the database is named by AMANA_DATABASE_URL."""


@command.group()
def organisation() -> None:
    """Organisations of the forum."""


@organisation.command("add")
@click.option("--id", "name", required=True, help="Lower-case words joined by hyphens.")
@click.option("--name", "title", required=True)
@click.option("--class", "kind", required=True, help="committee, justice, interior, foreign_affairs, un_au_eu, other")
@click.option("--committee", help="ISO 3166-1 alpha-3; for the class committee only.")
@click.option("--purpose", "purposes", multiple=True, help="An approved purpose; repeat for several.")
def add_organisation(name: str, title: str, kind: str, committee: str | None, purposes: tuple[str, ...]) -> None:
    """Add an organisation, with the purposes it was approved for."""
    from amana import clock
    from amana.command.owner import OPERATOR, owned_database
    from amana.identity import people

    added = people.Organisation(name, title, kind, committee, frozenset(purposes))
    with owned_database() as database, database.write() as tx:
        people.add_organisation(tx, added, OPERATOR, clock.now())
    click.echo(f"organisation {name}: added")


@command.command()
@click.option("--email", required=True)
@click.option("--organisation", "home", required=True, help="Id of an organisation that was added.")
@click.option("--role", "roles", multiple=True, required=True, help="Repeat for several.")
@click.option("--committee", help="ISO 3166-1 alpha-3; checked against the organisation's.")
@click.option("--password-file", type=_EXISTING, required=True, help="The password is the file's first line.")
@click.option("--second-factor-file", type=_FILE, help="Receives the otpauth:// line (0600); needed outside a demo.")
def add(
    email: str,
    home: str,
    roles: tuple[str, ...],
    *,
    committee: str | None,
    password_file: Path,
    second_factor_file: Path | None,
) -> None:
    """Open an account."""
    from amana import clock
    from amana.command.owner import OPERATOR, is_demo, owned_database
    from amana.command.secret_files import write_secret
    from amana.identity import passwords, people, second_factor
    from amana.identity.roles import AccountRefused

    if second_factor_file is None and not is_demo():
        raise AccountRefused(field="--second-factor-file", reason="nobody signs in without one outside a demo")
    hasher = passwords.Hasher.at(passwords.DEMO if is_demo() else passwords.LOW_MEMORY)
    hashed = hasher.hash(password_file.read_text(encoding="utf-8").partition("\n")[0])
    secret = None if second_factor_file is None else second_factor.new_secret()
    with owned_database() as database, database.write() as tx:
        person = people.add_person(
            tx, email, home, roles, password_hash=hashed, totp_secret=secret, by=OPERATOR, now=clock.now()
        )
        if committee not in {None, person.committee}:
            raise AccountRefused(field="--committee", reason=f"{home} is of {person.committee or 'no committee'}")
        if second_factor_file is not None and secret is not None:
            write_secret(second_factor_file, second_factor.uri(secret, person.email).encode() + b"\n")
    click.echo(f"{person.email} ({person.actor.role}): added")


@command.command("list")
def list_people() -> None:
    """List the people whose account is open."""
    from amana.command.owner import owned_database
    from amana.identity import people

    with owned_database() as database, database.read() as reading:
        for person in people.everybody(reading):
            click.echo(f"{person.email}\t{person.actor.role}\t{person.organisation}\t{person.committee or '-'}")


@command.command()
@click.option("--email", required=True)
@click.option("--label", required=True, help="What the token is for.")
@click.option("--days", type=int, required=True, help="How long it holds, at most 366.")
@click.option("--out", type=_FILE, required=True, help="Receives the token (0600); it is told nowhere else.")
def token(email: str, label: str, days: int, out: Path) -> None:
    """Make a token for somebody and write it to a file, once."""
    from datetime import timedelta

    from amana import clock
    from amana.command.owner import OPERATOR, owned_database
    from amana.command.secret_files import write_secret
    from amana.identity import people, tokens

    with owned_database() as database, database.write() as tx:
        person = people.require(people.by_email(tx, email), email)
        told = tokens.make(tx, person, label, timedelta(days=days), by=OPERATOR, now=clock.now())
        write_secret(out, told.encode() + b"\n")
    click.echo(f"token for {person.email}: {out}")


@command.command()
@click.option("--email", required=True)
@click.option("--label", required=True, help="What it was called when it was made.")
def revoke(email: str, label: str) -> None:
    """End somebody's tokens of that label at once."""
    from amana import clock
    from amana.command.owner import OPERATOR, owned_database
    from amana.errors import NotFound
    from amana.identity import people, tokens

    with owned_database() as database, database.write() as tx:
        person = people.require(people.by_email(tx, email), email)
        found = tokens.open_ones(tx, person.id, label)
        if not found:
            raise NotFound(kind="token", id=label)
        for one in found:
            tokens.revoke(tx, one, OPERATOR, clock.now())
    click.echo(f"token revoked for {person.email}")


@command.command()
@click.option("--email", required=True)
def disable(email: str) -> None:
    """Close an account; its sessions and tokens end at once."""
    from amana import clock
    from amana.command.owner import OPERATOR, owned_database
    from amana.identity import people

    with owned_database() as database, database.write() as tx:
        people.disable(tx, email, OPERATOR, clock.now())
    click.echo(f"{email}: closed")


@command.command("import")
@click.argument("description", type=_EXISTING)
@click.option("--accounts", type=_FILE, required=True, help="Receives passwords and tokens (0600).")
@click.option("--url", required=True, help="Where the hub is, for the accounts file.")
def import_roster(description: Path, accounts: Path, url: str) -> None:
    """Admit the organisations and people of a JSON DESCRIPTION, all or none."""
    from amana import clock
    from amana.command.owner import OPERATOR, is_demo, owned_database
    from amana.command.secret_files import write_secret
    from amana.identity import passwords, roster

    wanted = roster.parse(description.read_bytes())
    hasher = passwords.Hasher.at(passwords.DEMO if is_demo() else passwords.LOW_MEMORY)
    credentials = roster.prepare(wanted, hasher, with_factor=not is_demo())
    with owned_database() as database, database.write() as tx:
        told = roster.admit(tx, wanted, credentials, by=OPERATOR, now=clock.now())
        write_secret(accounts, json.dumps({"url": url, "accounts": told}, ensure_ascii=False, indent=1).encode())
    click.echo(f"{len(told)} people admitted; accounts: {accounts}")
