"""``amana demo``: the whole house on one machine, with synthetic data."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--once", is_flag=True, help="Tell the story and end: 0 when every step held.")
@click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(".demo"), show_default=True)
def command(once: bool, port: int, folder: Path) -> None:
    """Start an embedded hub with synthetic data on 127.0.0.1 and show the whole walk of a contribution."""
    from rich.console import Console

    from amana.demo.supervise import run

    run(folder, port, once=once, console=Console(soft_wrap=True, highlight=False))
