"""The witness's desk: each command of ``amana committee witness`` as a function that prints and ends with a code."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from amana import clock
from amana.audit.tlog.checkpoint import parse_vkey
from amana.audit.tlog.named_key import render_vkey
from amana.audit.witness import evidence
from amana.audit.witness.add_checkpoint import Status
from amana.audit.witness.evidence import Charge
from amana.committee import witnessing
from amana.committee.public_log import PublicLog
from amana.committee.witness_folder import Considered, WitnessFolder, make, open_folder
from amana.committee.witness_refusals import MemoryLost, NotCosigned, Retired
from amana.committee.witness_server import WitnessServer
from amana.errors import AmanaError
from amana.wording.load import sentence

REFUSED: Final = 1
_FATAL: Final = (MemoryLost, Retired)


def init(folder: Path, name: str, log_vkeys: str, language: str) -> int:
    """Make a witness, and print the vkey that its committee hands over."""
    vkey = make(folder, name, log_vkeys)
    click.echo(sentence("witness.made", language, {"folder": folder, "name": name}))
    click.echo(vkey)
    return 0


def come(folder: Path, hub: str, language: str, every: float | None) -> int:
    """Go to the hub once, or again and again; return 0, or 1 when the last checkpoint was refused.

    Raises what a single round raises; between rounds a hub that cannot be reached is only told.
    """
    opened, stop = open_folder(folder), _stopped()
    with PublicLog(hub) as log:
        while True:
            try:
                end = _round(opened, log, language)
            except AmanaError as refusal:
                if every is None or isinstance(refusal, _FATAL):
                    raise
                click.echo(f"{refusal.code}: {sentence(refusal.code, language, refusal.facts)}", err=True)
                end = refusal.exit
            if every is None or stop.wait(every):
                return end


def serve(folder: Path, host: str, port: int, language: str) -> int:
    """Listen until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    opened, stop = open_folder(folder), _stopped()
    opened.kept()  # a witness without its memory does not listen
    with WitnessServer((host, port), opened, _now) as server:
        told = {"name": opened.key.name, "url": f"http://{host}:{server.server_address[1]}"}
        click.echo(sentence("witness.listening", language, told))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stop.wait()
        server.shutdown()
    return 0


def feed(hub: str, log_vkey: str, witnesses: Sequence[str], language: str, every: float | None) -> int:
    """Bring the hub's checkpoint to listening witnesses, once or again and again; 0 when all of them cosigned."""
    key, stop = parse_vkey(log_vkey), _stopped()
    with PublicLog(hub) as log:
        while True:
            try:
                answers = witnessing.feed(log, key, witnesses)
            except AmanaError as refusal:
                if every is None:
                    raise
                click.echo(f"{refusal.code}: {sentence(refusal.code, language, refusal.facts)}", err=True)
                answers = ()
            for one in answers:
                told = {"url": one.url, "status": one.status or "–", "lines": one.lines}
                click.echo(sentence("witness.fed", language, told))
            if every is None or stop.wait(every):
                return 0 if answers and all(one.status == Status.COSIGNED for one in answers) else REFUSED


def status(folder: Path, language: str) -> int:
    """Print what the witness remembers and how much evidence it has; 1 when it has some."""
    opened = open_folder(folder)
    click.echo(render_vkey(opened.key.cosigner))
    kept = opened.kept().checkpoint
    click.echo(sentence("witness.remembers", language, {"origin": kept.origin, "size": kept.size}))
    found = opened.evidence()
    if found:
        click.echo(sentence("witness.has_evidence", language, {"count": len(found), "folder": folder}))
    return REFUSED if found else 0


def show_evidence(folder: Path, language: str) -> int:
    """Print what each piece of evidence shows; 1 when there is some."""
    opened = open_folder(folder)
    found = opened.evidence()
    for place, one in found:
        charge, kept, offered = evidence.judge(one, opened.logs)
        at = datetime.fromtimestamp(place.stat().st_mtime, UTC)
        told = {"kept": kept.size, "offered": offered.size}
        click.echo(f"{clock.rfc3339(at.replace(microsecond=0))} {place}")
        click.echo(sentence(f"witness.charge.{charge}", language, told))
    if not found:
        click.echo(sentence("witness.no_evidence", language))
    return REFUSED if found else 0


def retire(folder: Path, language: str) -> int:
    """Let the witness never cosign again, and say what else has to be done."""
    opened = open_folder(folder)
    opened.retire()
    click.echo(sentence("witness.retired_now", language, {"name": opened.key.name}))
    return 0


def _round(opened: WitnessFolder, log: PublicLog, language: str) -> int:
    found = witnessing.come(opened, log, _now())
    if found.line is None:
        raise _refusal(found)
    click.echo(sentence("witness.cosigned", language, {"size": found.kept.checkpoint.size, "name": opened.key.name}))
    return 0


def _refusal(found: Considered) -> NotCosigned:
    charge = found.answer.evidence and evidence.charge_of(found.answer.evidence)
    place = str(found.evidence) if found.evidence else "–"
    what = f"word.charge.{charge or Charge.NONE}"
    return NotCosigned(answered=int(found.answer.status), kept=found.kept.checkpoint.size, what=what, place=place)


def _now() -> int:
    return int(clock.now().timestamp())


def _stopped() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: stop.set())
    return stop
