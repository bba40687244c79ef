"""``amana sequencer``: run the process that signs the log."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Move the journal into the log and sign it, until told to stop (settings: AMANA_… variables)."""
    import os

    from amana.sequencer.main import main

    main(os.environ)
