"""``amana database``: bring the hub's database to the present schema."""

from __future__ import annotations

import click


@click.group()
def command() -> None:
    """Prepare the hub's database."""


@command.command()
@click.option("--url", envvar="AMANA_DATABASE_URL", required=True, help="SQLAlchemy URL of the owner's connection.")
def upgrade(url: str) -> None:
    """Migrate to the newest schema; does nothing when it is there already."""
    from alembic import command as alembic
    from alembic.config import Config

    from amana.config import HOME

    config = Config()
    config.set_main_option("script_location", str(HOME / "migrations"))
    config.attributes["url"] = url
    alembic.upgrade(config, "head")
    click.echo("database: at the newest schema")
