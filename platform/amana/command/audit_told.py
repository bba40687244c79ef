"""What the commands that check the log share: their options, how they read what they are given, how they refuse."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from amana import clock
from amana.audit.offline.witnessed import Demand
from amana.audit.tlog.checkpoint import Checkpoint, VerifierKey
from amana.audit.witness import trust
from amana.audit.witness.quorum import Standing, elect, judge
from amana.command.options import FILE
from amana.errors import AmanaError, Malformed, SignatureInvalid
from amana.policy import witnesses
from amana.wording.load import sentence

TAMPERED: Final = 1  # exit code
USAGE: Final = 2  # exit code
KEY: Final = click.option("--vkey", required=True, help="The log's verifier key: its text, or a file that holds it.")
WITNESSES: Final = click.option(
    "--witnesses", type=FILE, help="Who must have cosigned: a tlog-policy file, or the hub's witnesses.toml."
)
DAY: Final = 86_400  # seconds
_SKEW: Final = 300  # seconds a witness's clock may be ahead of the reader's, where the file does not say
_WITHIN: Final = 7  # days in which a quorum must have cosigned, where the file does not say


def read_demand(path: Path | None, key: VerifierKey) -> Demand | None:
    """Return whose cosignatures a file asks for, now; None where there is no file.

    Raises Malformed, PolicyInvalid; SignatureInvalid when it is about other logs.
    """
    if path is None:
        return None
    now = int(clock.now().timestamp())
    if path.suffix == ".toml":
        said = witnesses.load(path)
        return Demand(elect(said.quorum, said.all), now, said.skew, said.within * DAY)
    read = trust.parse(read_text(path))
    if read.logs and key not in read.logs:
        raise SignatureInvalid(reason="another log's witnesses")
    return Demand(read, now, _SKEW, _WITHIN * DAY)


def stand(note: str, key: VerifierKey, demand: Demand | None) -> Standing | None:
    """Return what the witnesses say of the checkpoint in a note; None where nobody asks. Raises as ``quorum.judge``."""
    return judge(note, demand.trust, key, demand.now, demand.skew) if demand else None


def tell_standing(standing: Standing, size: int, lang: str) -> Iterator[str]:
    """Yield what the witnesses say of the checkpoint of this size: whether it is enough, who, and what counts not."""
    yield tell("quorum_met" if standing.is_met else "quorum_not_met", lang, size=size, count=len(standing.cosigned))
    for alias, at in sorted(standing.cosigned.items()):
        when = clock.rfc3339(datetime.fromtimestamp(at, UTC))
        yield tell("cosigned_by", lang, who=alias, at=when)
    for name, reason in standing.passed:
        yield tell(f"passed_{reason}", lang, who=name)


def tell(name: str, lang: str, **facts: object) -> str:
    """Return a sentence of the verifier in the reader's language."""
    return say(f"audit.verify.{name}", lang, facts)


def say(code: str, lang: str, facts: Mapping[str, object]) -> str:
    """Return a sentence with facts out of a file that others could edit: none of them moves the reader's cursor."""
    return sentence(code, lang, {name: plain(fact) if isinstance(fact, str) else fact for name, fact in facts.items()})


def plain(text: str) -> str:
    """Return a text with an escape for each character that does not print, and could hide others on a terminal."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def checkpoint_facts(checkpoint: Checkpoint) -> dict[str, object]:
    """Return what the sentence about a checkpoint needs."""
    root = base64.b64encode(checkpoint.root).decode()
    return {"key": checkpoint.origin, "size": checkpoint.size, "root": root}


def read_key(vkey: str) -> str:
    """Return the key's text: given as it is (name+hint+key), or in a file. Raises Malformed."""
    return vkey if vkey.count("+") > 1 else read_text(Path(vkey))


def read_text(path: Path) -> str:
    """Return the text of a file. Raises Malformed."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Malformed(format=path.name) from fault


@contextmanager
def refusing(lang: str, code: int = USAGE) -> Iterator[None]:
    """End with a sentence and this exit code when something cannot be read, or does not hold."""
    try:
        yield
    except AmanaError as refusal:
        told = sentence(refusal.code, lang, refusal.facts)
        click.echo(f"{refusal.code}: {told}", err=True)
        sys.exit(code)
