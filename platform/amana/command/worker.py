"""``amana worker``: the process that opens, judges, builds and publishes."""

from __future__ import annotations

import click


@click.command()
@click.option("--once", is_flag=True, help="Stop when there is nothing left to do.")
def command(*, once: bool) -> None:
    """Run the worker, which alone can open what was sealed."""
    import os

    from amana.native import only_python_speaks
    from amana.worker.main import run

    with only_python_speaks():
        run(os.environ, once=once)
