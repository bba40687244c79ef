"""The ``amana`` command: it names the doors and opens one."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

import click

from amana.errors import AmanaError
from amana.wording.load import LANGUAGES, sentence
from amana.wording.reader import language_of_terminal

_DOORS: Final = {
    "demo": ("amana.command.demo", "Start an embedded hub with synthetic data."),
    "worker": ("amana.command.worker", "Run the worker, which alone can open what was sealed."),
    "sequencer": ("amana.command.sequencer", "Run the sequencer, which signs the log."),
    "database": ("amana.command.database", "Prepare the hub's database."),
    "keys": ("amana.command.keys", "Make and register keys."),
    "users": ("amana.command.users", "Add people, organisations and tokens."),
    "audit": ("amana.command.audit", "Verify the log, offline."),
    "committee": ("amana.command.committee", "Check, tabulate, pack and send a contribution."),
}


# Matrices are small here: where others are at work, threads of the linear algebra wait for each other up to six times
# as long as one of them works (bench/noise.py). It is read when numpy is first imported, which no door has done yet.
ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "1")


class _Doors(click.Group):
    """A group whose commands are imported when they are named, so that ``amana --help`` is quick.

    What is wrong with the words of any of them is said in the reader's language.
    """

    def make_context(self, *args: Any, **options: Any) -> click.Context:  # noqa: ANN401 - click's signature
        """Read the words."""
        context: click.Context = _understood(super().make_context, *args, **options)
        return context

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Do what they say."""
        return _understood(super().invoke, ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_DOORS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _DOORS:
            return None
        module = importlib.import_module(_DOORS[cmd_name][0])
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in _DOORS.items()])


def _understood(act: Callable[..., Any], *args: Any, **options: Any) -> Any:  # noqa: ANN401 - passed through
    try:
        return act(*args, **options)
    except click.UsageError as fault:
        from amana.command.misuse import told_in

        raise told_in(fault, _language(sys.argv)) from fault


@click.group(cls=_Doors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="amana")
def amana() -> None:
    """Amana: protected regional statistics on trafficking in persons and children on the move."""


def main() -> None:
    """Run the command; a refusal ends with its sentence and its exit code, never with a traceback."""
    os.environ.setdefault(*ONE_THREAD)
    try:
        amana(prog_name="amana")
    except AmanaError as refusal:
        click.echo(f"{refusal.code}: {sentence(refusal.code, _language(sys.argv), refusal.facts)}", err=True)
        sys.exit(refusal.exit)


def _language(words: Sequence[str]) -> str:
    """Return the language that the command was asked to speak with ``--lang``, or else the terminal's."""
    for word, following in pairwise((*words, "")):
        asked = following if word == "--lang" else word.removeprefix("--lang=")
        if word.startswith("--lang") and asked in LANGUAGES:
            return asked
    return language_of_terminal()
