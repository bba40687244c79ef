"""What is wrong with the words of a command, in the language of whoever typed them: a code and a sentence."""

from __future__ import annotations

from typing import Any

import click

from amana.wording.load import sentence


class Misused(click.UsageError):
    """A usage error, told in one of our languages; it ends with the exit code that it had."""

    def __init__(self, fault: click.UsageError, language: str) -> None:
        super().__init__(fault.format_message(), fault.ctx)
        vars(self)["exit_code"] = fault.exit_code  # of this one, not of the class
        self._fault, self._language = fault, language

    def show(self, file: Any = None) -> None:  # noqa: ANN401 - click's signature
        """Print it on stderr."""
        code, facts = _told(self._fault)
        click.echo(f"{code}: {sentence(code, self._language, facts)}", file, err=file is None)
        if like := getattr(self._fault, "possibilities", None):
            click.echo(sentence("usage.like", self._language, {"names": ", ".join(like)}), file, err=file is None)
        if self.ctx is not None:
            command = self.ctx.command_path
            usage = " ".join((command, *self.ctx.command.collect_usage_pieces(self.ctx)))
            click.echo(
                sentence("usage.how", self._language, {"usage": usage, "command": command}), file, err=file is None
            )


def told_in(fault: click.UsageError, language: str) -> click.UsageError:
    """Return the error as the reader is told of it; who said no word at all is shown the help, as it was."""
    return fault if isinstance(fault, click.exceptions.NoArgsIsHelpError) else Misused(fault, language)


def _told(fault: click.UsageError) -> tuple[str, dict[str, str]]:
    match fault:
        case click.MissingParameter():
            return "usage.missing", {"name": _name(fault)}
        case click.NoSuchOption():
            return "usage.no_such_option", {"name": fault.option_name}
        case click.BadParameter():
            return "usage.value", {"name": _name(fault), "reason": _reason(fault)}
        case _:
            return "usage.words", {"reason": fault.message}


def _name(fault: click.BadParameter) -> str:
    """Return what an option or an argument is called on the command line; of several alike, what one of them is."""
    hint = fault.param_hint or (fault.param.get_error_hint(fault.ctx) if fault.param else "")
    return hint.strip("'").removesuffix("...") if isinstance(hint, str) else ", ".join(hint)


def _reason(fault: click.BadParameter) -> str:
    """Return why a value will not do; a place goes by its name, without what kind of place was expected."""
    kind = fault.param.type if fault.param else None
    return fault.message.removeprefix(f"{kind.name.title()} ") if isinstance(kind, click.Path) else fault.message
