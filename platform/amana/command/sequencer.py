"""``amana sequencer``: run the process that signs the log."""

from __future__ import annotations

import click


@click.command()
@click.option("--believe-clock", is_flag=True, help="The clock is right, though it is behind the last signature.")
def command(*, believe_clock: bool) -> None:
    """Move the journal into the log and sign it, until told to stop (settings: AMANA_… variables)."""
    import os

    from amana.sequencer.main import main

    main(os.environ, believe_clock=believe_clock)
