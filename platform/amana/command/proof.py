"""``amana committee proof``: fetch the proof that what a committee did stands in the log, and check it at home."""

from __future__ import annotations

from pathlib import Path

import click

from amana.command.options import CONNECTION, FILE, NEW, matching

_OF = matching("(bat|req|rel)_[a-z2-7]{26}", "bat_…, req_… or rel_…")


@click.command()
@click.argument("of", metavar="BATCH|REQUEST|RELEASE", callback=_OF)
@click.option("--out", type=NEW, required=True, help="The proof: a new file, by custom ending in .tlog-proof.")
@click.option("--vkey", help="Also check it: the log's verifier key, its text or a file.")
@click.option("--witnesses", type=FILE, help="And who must have cosigned: a tlog-policy file, or witnesses.toml.")
@CONNECTION
def proof(
    *,
    of: str,
    out: Path,
    vkey: str | None,
    witnesses: Path | None,
    hub: str,
    token_file: Path,
    lang: str,
    machine: bool,
) -> None:
    """Keep the proof that BATCH or REQUEST arrived, or that your committee decided about RELEASE; check it anywhere."""
    from amana.command.audit_proof import check_proof
    from amana.committee import counter

    del machine
    if witnesses is not None and vkey is None:
        raise click.UsageError("--witnesses needs --vkey")
    with counter.at(hub, token_file, lang) as reached:
        counter.keep_proof(reached, of, out, lang)
    if vkey is not None:
        raise SystemExit(check_proof(out, vkey, witnesses, lang))
