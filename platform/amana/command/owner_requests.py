"""``amana committee decide``, ``withdraw``, ``request``, ``answer``, ``receipt``: an owner's word about her data."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from amana.command.options import CONNECTION, FILE, LANG, MACHINE, NEW, matching, options

_ACTS: Final = ("withdraw", "access", "rectify", "object", "lift")
_BATCH: Final = click.argument("batch", callback=matching("bat_[a-z2-7]{26}", "bat_…"))
_REQUEST: Final = click.argument("request", callback=matching("req_[a-z2-7]{26}", "req_…"))
_FOLLOWED: Final = options(
    click.option("--wait", is_flag=True, help="Wait until it is done or refused."),
    click.option("--receipt", type=NEW, help="Wait, and keep the signed receipt in this new file."),
)


def add_to(group: click.Group) -> None:
    """Give the committee's tool these commands."""
    for one in (decide, withdraw, request, answer, receipt):
        group.add_command(one)


@click.command()
@_BATCH
@click.argument("decision", type=click.Choice(["replace", "discard"]))
@CONNECTION
@click.option(
    "--seen", help="The name of the difference that you saw, as ``status --json`` says it; default: the newest."
)
@_FOLLOWED
def decide(
    *,
    batch: str,
    decision: str,
    seen: str | None,
    hub: str,
    token_file: Path,
    lang: str,
    **shown: Any,  # noqa: ANN401 - options
) -> None:
    """Say whether BATCH, which is held, takes the earlier version's place; see ``status`` for what it changes."""
    from amana.committee import counter, requests

    with counter.at(hub, token_file, lang) as reached:
        raise SystemExit(requests.end(reached, requests.decide(reached, batch, decision, seen), lang, **shown))


@click.command()
@_BATCH
@CONNECTION
@_FOLLOWED
@click.option("--yes", is_flag=True, help="Do not ask again.")
def withdraw(*, batch: str, hub: str, token_file: Path, lang: str, yes: bool, **shown: Any) -> None:  # noqa: ANN401 - options
    """Take BATCH back: nothing of it counts from now on, and its key is destroyed. It cannot be undone."""
    from amana.committee import counter, requests
    from amana.wording.load import sentence

    if not yes:
        click.confirm(sentence("committee.withdraw_sure", lang, {"batch": batch}), abort=True, err=True)
    with counter.at(hub, token_file, lang) as reached:
        raise SystemExit(
            requests.end(reached, reached.ask("POST", f"/api/v1/batches/{batch}/withdrawal"), lang, **shown)
        )


@click.command()
@click.argument("act", type=click.Choice(_ACTS))
@click.option("--pseudonyms", type=FILE, required=True, help="CSV under the header PSEUDONYM; to rectify, new values.")
@click.option("--committee", required=True, callback=matching("[A-Z]{3}", "MAR"), help="ISO 3166-1 alpha-3.")
@click.option("--dataflow", required=True, callback=matching("[A-Z_]+", "VICTIMS"), help="Such as VICTIMS.")
@click.option("--period", callback=matching("[0-9]{4}", "2022"), help="The only year meant; without it, every year.")
@click.option("--recipients", type=FILE, required=True, help="The hub's public keys (age1…), one per line.")
@click.option("--key", type=FILE, required=True, help="The committee's signing key (PEM, 0600).")
@click.option("--identity", type=NEW, help="For access: a new file for the key that will open the answer.")
@CONNECTION
@_FOLLOWED
def request(*, act: str, hub: str, token_file: Path, lang: str, machine: bool, **given: Any) -> None:  # noqa: ANN401 - options
    """Ask for persons by pseudonym: take them out, say what is held of them, put it right, leave them out for good.

    ``lift`` ends an objection: later files may hold the persons again.

    The list is sealed and signed here: nobody reads a pseudonym on the way.
    """
    from amana import clock, signing
    from amana.committee import counter, requests
    from amana.vault.sealing import read_recipients

    if (given["identity"] is None) == (act == "access"):
        raise click.UsageError("--identity belongs to access, and access needs it")
    ask = requests.Ask(act, given["committee"], given["dataflow"], given["period"])
    with counter.at(hub, token_file, lang) as reached:
        sealed = requests.seal(
            given["pseudonyms"],
            ask,
            recipients=read_recipients(given["recipients"]),
            key=signing.read_private_key(given["key"]),
            answer_to=requests.new_identity(given["identity"]) if given["identity"] else None,
            now=clock.now(),
        )
        asked = requests.send(reached, ask, sealed)
        shown = {"machine": machine, "wait": given["wait"], "receipt": given["receipt"]}
        raise SystemExit(requests.end(reached, asked, lang, **shown))


@click.command()
@_REQUEST
@click.option("--identity", type=FILE, required=True, help="The key that opens it, as ``request access`` made it.")
@click.option("--out", type=NEW, required=True, help="Where it is written (0600).")
@CONNECTION
def answer(*, request: str, identity: Path, out: Path, hub: str, token_file: Path, lang: str, machine: bool) -> None:
    """Take the answer to REQUEST, which the hub gives once, and open it."""
    from amana.committee import counter, requests

    del machine
    with counter.at(hub, token_file, lang) as reached:
        raise SystemExit(requests.take_answer(reached, request, identity, out, lang))


@click.group()
def receipt() -> None:
    """Fetch the hub's signed receipt, and check one offline."""


@receipt.command()
@_REQUEST
@click.option("--out", type=NEW, required=True, help="The receipt: a new file.")
@CONNECTION
def fetch(*, request: str, out: Path, hub: str, token_file: Path, lang: str, machine: bool) -> None:
    """Say where REQUEST stands, and keep its receipt once it is done."""
    from amana.committee import counter, requests

    with counter.at(hub, token_file, lang) as reached:
        raise SystemExit(requests.end(reached, {"id": request}, lang, machine=machine, wait=False, receipt=out))


@receipt.command()
@click.argument("file", type=FILE)
@click.option("--hub-key", type=FILE, required=True, help="The hub's public key (PEM), as its operator gave it.")
@LANG
@MACHINE
def verify(*, file: Path, hub_key: Path, lang: str, machine: bool) -> None:
    """Check FILE offline: whether the hub signed it, and what it says."""
    from amana.committee import requests
    from amana.signing import read_public_key

    raise SystemExit(requests.verify(file, read_public_key(hub_key.read_bytes()), lang, machine=machine))
