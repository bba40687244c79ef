"""What the commands that run away from the hub share: places, checks of a word, options, exit codes by sysexits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from amana.wording.load import LANGUAGES
from amana.wording.reader import language_of_terminal

_USAGE: Final = 64  # sysexits: EX_USAGE
FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER: Final = click.Path(path_type=Path, exists=True, file_okay=False)
NEW: Final = click.Path(path_type=Path)


class Sysexits(click.Group):
    """A group whose usage errors end with 64, as sysexits has it."""

    def make_context(self, *args: Any, **options: Any) -> click.Context:  # noqa: ANN401 - click's signature
        """Read the words."""
        context: click.Context = _marked(super().make_context, *args, **options)
        return context

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Do what they say."""
        return _marked(super().invoke, ctx)


def _marked(act: Callable[..., Any], *args: Any, **options: Any) -> Any:  # noqa: ANN401 - passed through
    try:
        return act(*args, **options)
    except click.UsageError as fault:
        vars(fault)["exit_code"] = _USAGE  # of this one, not of the class
        raise


def matching(pattern: str, example: str) -> Callable[..., str | None]:
    """Return the check that a word looks as it must; one that was left out does."""

    def check(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(pattern, value):
            raise click.BadParameter(f"give it as in {example}")
        return value

    return check


def kept(environ: Mapping[str, str]) -> Path | None:
    """Return the user's folder for what is only made anew when it is lost; None where she has no home.

    Source: XDG Base Directory Specification 0.8.
    """
    with suppress(RuntimeError):
        return Path(environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "amana"
    return None


def options(*options: Callable[..., Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a command these options, in this order."""

    def add(act: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            act = option(act)
        return act

    return add


LANG: Final = click.option("--lang", type=click.Choice(LANGUAGES), default=language_of_terminal, help="ar, fr or en.")
MACHINE: Final = click.option("--json", "machine", is_flag=True, help="Print one JSON object and nothing else.")
CONNECTION: Final = options(
    click.option("--hub", envvar="AMANA_HUB", required=True, help="The hub's address, https://…"),
    click.option("--token-file", envvar="AMANA_TOKEN_FILE", required=True, type=NEW, help="0600; holds the token."),
    LANG,
    MACHINE,
)
