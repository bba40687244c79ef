"""``amana committee``: what a national committee does with its own file, on its own machine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click

from amana.command import owner_requests
from amana.command.options import CONNECTION, FILE, FOLDER, LANG, MACHINE, NEW, Sysexits, kept, matching, options
from amana.command.proof import proof
from amana.command.witness import witness
from amana.config import HOME


def _pairs(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    if any(not re.fullmatch("[A-Z_]+=[A-Z0-9_-]+", value) for value in values):
        raise click.BadParameter("give it as in VICTIM_STATUS=IDENT")
    return dict(value.split("=", 1) for value in values)


_contribution = options(
    click.argument("file", type=FILE),
    click.option("--committee", required=True, callback=matching("[A-Z]{3}", "MAR"), help="ISO 3166-1 alpha-3."),
    click.option("--dataflow", required=True, callback=matching("[A-Z_]+", "VICTIMS"), help="Such as VICTIMS."),
    click.option("--period", required=True, callback=matching("[0-9]{4}", "2022"), help="The year."),
    click.option("--policies", type=FOLDER, default=HOME / "policies", help="The committee's copy of the documents."),
    click.option("--agreement", type=FILE, help="The committee's agreement, if not the one among the policies."),
    LANG,
)
_reading = options(
    click.option("--mapping", help="What the file's own columns mean: a document, or the name of a shipped one."),
    click.option(
        "--sheet", help="Which sheet of a workbook, by name or number; without it the first that holds a table."
    ),
    click.option("--pseudonym-key", type=FILE, help="The committee's own key (0600), where the mapping needs it."),
)


@click.group(cls=Sysexits)
def command() -> None:
    """Check, tabulate, pack and send a contribution; all but sending works offline."""


@command.command()
@_contribution
@_reading
@click.option(
    "--risk", "--dry-run", is_flag=True, help="Also say who stands alone in it, and what a release would hide of it."
)
@click.option("--annotate", type=NEW, help="Also write a copy (XLSX, 0600) with the offending cells marked.")
@MACHINE
def check(
    *,
    file: Path,
    lang: str,
    machine: bool,
    risk: bool,
    annotate: Path | None,
    **contribution: Any,  # noqa: ANN401 - options by name
) -> None:
    """Say what the hub would find in FILE: rules, and direct identifiers in every cell. Ends with 65 if it refuses."""
    from amana.committee import desk
    from amana.native import only_python_speaks

    source = _source(contribution)
    about, documents = _said(contribution)
    with only_python_speaks():
        raise SystemExit(
            desk.check(file, about, documents, lang, machine=machine, risk=risk, source=source, annotate=annotate)
        )


@command.command()
@_contribution
@_reading
@click.option("--plan", required=True, help="Id of the release plan, such as victims-annual.")
@click.option("--out", type=NEW, required=True, help="Where the raw tables are written (0600).")
def tabulate(*, file: Path, lang: str, plan: str, out: Path, **contribution: Any) -> None:  # noqa: ANN401 - options
    """Count FILE by a release plan, so that the records can stay at home."""
    from amana.committee import desk
    from amana.native import only_python_speaks

    with only_python_speaks():
        raise SystemExit(
            desk.tabulate(file, *_said(contribution), lang, plan=plan, out=out, source=_source(contribution))
        )


@command.command()
@_contribution
@_reading
@click.option("--recipients", type=FILE, required=True, help="The hub's public keys (age1…), one per line.")
@click.option("--key", type=FILE, required=True, help="The committee's signing key (PEM, 0600).")
@click.option("--out", type=NEW, required=True, help="The package: a new folder.")
def pack(*, file: Path, lang: str, recipients: Path, key: Path, out: Path, **contribution: Any) -> None:  # noqa: ANN401 - options
    """Seal FILE (CSV, or raw tables) for the hub, and sign it. Rows without a lawful basis are left out."""
    from amana.committee import desk

    raise SystemExit(
        desk.pack(
            file, *_said(contribution), lang, recipients=recipients, key=key, out=out, source=_source(contribution)
        )
    )


@command.command()
@_contribution
@_reading
@click.option("--values", is_flag=True, help="Also what the file says of them, for ``request rectify``.")
@click.option("--out", type=NEW, required=True, help="The list: a new file (0600).")
def pseudonyms(*, file: Path, lang: str, out: Path, values: bool, **contribution: Any) -> None:  # noqa: ANN401 - options
    """List the persons in FILE, an extract of your register, by pseudonym: what ``request`` takes.

    The number that pseudonyms are made of is enough, under its own heading.
    """
    from amana.committee import desk

    about, documents = _said(contribution)
    raise SystemExit(desk.persons(file, about, documents, lang, out=out, source=_source(contribution), values=values))


@command.command()
@click.argument("folder", type=FOLDER)
@CONNECTION
@click.option("--wait", is_flag=True, help="Wait until it is judged, and print what was found.")
@click.option("--patience", type=click.FloatRange(0), default=120.0, help="Seconds to try again while nothing arrives.")
@click.option("--replace", is_flag=True, help="Let it take an earlier version's place without asking again.")
def send(*, folder: Path, hub: str, token_file: Path, lang: str, machine: bool, **wanted: Any) -> None:  # noqa: ANN401 - options
    """Send the package FOLDER to the hub, from where it stopped the last time. The hub receives it once."""
    from amana.committee import counter, delivery

    with counter.at(hub, token_file, lang) as reached:
        raise SystemExit(delivery.send(folder, reached, lang, machine=machine, **wanted))


@command.command()
@click.argument("batch", callback=matching("bat_[a-z2-7]{26}", "bat_…"))
@CONNECTION
def status(*, batch: str, hub: str, token_file: Path, lang: str, machine: bool) -> None:
    """Say what became of BATCH, and what was found in it. Ends with 65 if it was refused."""
    from amana.committee import counter

    with counter.at(hub, token_file, lang) as reached:
        raise SystemExit(counter.status(batch, reached, lang, machine=machine))


@command.command(name="map")
@click.argument("file", type=FILE)
@click.option("--committee", required=True, callback=matching("[A-Z]{3}", "TUN"), help="ISO 3166-1 alpha-3.")
@click.option("--dataflow", required=True, callback=matching("[A-Z_]+", "VICTIMS"), help="Such as VICTIMS.")
@click.option("--sheet", help="Which sheet of a workbook, by name or number; without it the first that holds a table.")
@click.option("--from", "start", help="A mapping to start from: a file, or a shipped one such as ctdc-2024.")
@click.option("--constant", "constants", multiple=True, callback=_pairs, help="VARIABLE=CODE, the same in every row.")
@click.option("--yes", "take_all", is_flag=True, help="Take what is proposed, and ask nothing.")
@click.option("--blank-unknown", is_flag=True, help="A blank cell means not known, wherever that is an answer.")
@click.option("--out", type=NEW, help="The document; if it is there already it is the one to start from.")
@LANG
def map_(*, file: Path, lang: str, out: Path | None, **asked: Any) -> None:  # noqa: ANN401 - options by name
    """Say what the columns and words of FILE mean. Ends with 65 while something is left that only you can tell."""
    import sys

    from amana.codebook.load import load
    from amana.committee import mapping

    book = load()
    book.dataflow(asked["dataflow"])  # raises NotInCodebook
    place = out or Path(f"mapping-{asked['committee']}-{asked['dataflow']}.toml")
    wanted = mapping.Wanted(**asked, out=place)
    raise SystemExit(mapping.make(file, wanted, book, lang, terminal=sys.stdin.isatty()))


@command.group()
def keys() -> None:
    """Make the keys that stay with the committee."""


@keys.command()
@click.option("--out", type=NEW, required=True, help="A new file (0600); keep a copy in a safe place.")
@LANG
def pseudonym(*, out: Path, lang: str) -> None:
    """Make the key with which pseudonyms are made at home. It never leaves the committee."""
    from amana.command.secret_files import write_secret
    from amana.vault.secret import new_secret
    from amana.wording.load import sentence

    write_secret(out, new_secret().encode())
    click.echo(sentence("committee.key_made", lang, {"place": out}))


def _source(contribution: dict[str, Any]) -> Any:  # noqa: ANN401 - the type comes with the import
    from amana.committee.source import Source, mapping_of

    said = contribution["mapping"]
    return Source(contribution["sheet"], mapping_of(said) if said else None, contribution["pseudonym_key"])


def _said(contribution: dict[str, Any]) -> tuple[Any, Any]:
    """Return what the contribution is about, and the documents. Raises NotInCodebook, PeriodImplausible."""
    from amana import clock
    from amana.codebook.period import check_period
    from amana.committee.documents import Documents
    from amana.committee.package import About

    about = About(contribution["committee"], contribution["dataflow"], contribution["period"])
    documents = Documents(contribution["policies"], contribution["agreement"], kept(os.environ))
    check_period(documents.book().dataflow(about.dataflow), about.period, clock.now())
    return about, documents


owner_requests.add_to(command)
command.add_command(proof)
command.add_command(witness)
