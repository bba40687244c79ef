"""What a committee asks of the hub for its own data: a word about a version, a withdrawal, a list of persons.

A list is sealed and signed here, so that neither the line nor the hub's web process can read a pseudonym; the answer
to a request for access is opened here, with a key that never left.
"""

from __future__ import annotations

import io
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from amana.clock import rfc3339
from amana.committee import package
from amana.committee.hub import BETWEEN, PATIENCE, Hub
from amana.committee.refusals import AnswerUnreadable, ListUnusable
from amana.vault.envelope import EnvelopeHeader, Manifest, Segment, sign_manifest
from amana.vault.receipt import Receipt, read_receipt
from amana.vault.request import ALL_PERIODS, PSEUDONYM, first_line, said_inside
from amana.vault.sealing import seal_stream
from amana.wording.load import sentence

REFUSED: Final = 65  # sysexits: EX_DATAERR
_OVER: Final = frozenset({"DONE", "REFUSED"})
_RANDOM: Final = 16  # bytes: 128 bits


@dataclass(frozen=True)
class Ask:
    """What is asked for the persons of a list. period: None for every one."""

    act: str
    committee: str
    dataflow: str
    period: str | None


@dataclass(frozen=True)
class SealedList:
    """A list that opens for the hub's worker alone, and what the committee signs about it."""

    data: bytes
    signed: bytes


def seal(
    listed: Path, ask: Ask, *, recipients: tuple[str, ...], key: Ed25519PrivateKey, answer_to: str | None, now: datetime
) -> SealedList:
    """Seal and sign a list. answer_to: the age key that an answer is to be sealed for. Raises ListUnusable."""
    text = listed.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if not text.startswith(PSEUDONYM.encode()):
        raise ListUnusable(place=listed.name)
    said = (secrets.token_hex(_RANDOM), ask.committee, ask.dataflow, ask.period or ALL_PERIODS, said_inside(ask.act))
    header = EnvelopeHeader(*said, codebook_digest=None, created=rfc3339(now))
    sealed = io.BytesIO()
    digest = seal_stream(io.BytesIO(first_line(answer_to) + text), sealed, header, recipients)
    manifest = Manifest(header, (Segment(digest.sha256, digest.bytes),))
    return SealedList(sealed.getvalue(), sign_manifest(manifest, key))


def new_identity(path: Path) -> str:
    """Make the key that opens an answer, in a new file that only its owner can read, and return its public part."""
    identity = pyrage.x25519.Identity.generate()
    package.keep(path, [f"{identity}\n".encode()])
    return str(identity.to_public())


def decide(hub: Hub, batch: str, decision: str, seen: str | None) -> Mapping[str, Any]:
    """Return the request that her word about a held version is. Raises HubRefused, HubUnreachable.

    seen: the name of the difference that she was shown; None quotes the one that stands now. A yes is to that one and
    no other: should the difference become another before the hub hears of it, it refuses.
    """
    if seen is None:
        seen = hub.ask("GET", f"/api/v1/batches/{batch}/difference").get("seen")
    return hub.ask("POST", f"/api/v1/batches/{batch}/replacement", json={"decision": decision, "seen": seen})


def send(hub: Hub, ask: Ask, sealed: SealedList) -> Mapping[str, Any]:
    """Return the request that the hub entered. Raises HubRefused, HubUnreachable; sending again is safe."""
    query = {"act": ask.act, "dataflow": ask.dataflow, **({"period": ask.period} if ask.period else {})}
    return hub.ask(
        "POST",
        "/api/v1/requests",
        params=query,
        headers={"Idempotency-Key": secrets.token_hex(_RANDOM)},
        data={"manifest": sealed.signed.decode()},
        files={"file": ("list.age", sealed.data, "application/age")},
    )


def follow(hub: Hub, request: str, *, wait: bool) -> Mapping[str, Any]:
    """Return where a request stands; with ``wait`` once it is over, or after ``PATIENCE`` seconds."""
    until = time.monotonic() + PATIENCE
    while (seen := hub.ask("GET", f"/api/v1/requests/{request}")).get("state") not in _OVER:
        if not wait or time.monotonic() > until:
            break
        time.sleep(BETWEEN)
    return seen


def end(hub: Hub, asked: Mapping[str, Any], language: str, *, machine: bool, wait: bool, receipt: Path | None) -> int:
    """Print where a request stands, and keep its receipt; return 0, or 65 when it was refused."""
    seen = follow(hub, str(asked["id"]), wait=wait or receipt is not None)
    if machine:
        click.echo(json.dumps(seen, ensure_ascii=False))
    else:
        state = sentence(f"state.{seen['state']}", language)
        click.echo(sentence("committee.request", language, {"request": seen["id"], "state": state}))
        if seen.get("reached"):
            lifted = "lift_" if seen.get("act") == "lift" else ""
            click.echo(sentence(f"committee.reached_{lifted}{seen['reached']}", language))
        for line in filter(None, (seen.get("message"), *(one["message"] for one in seen.get("findings", ())))):
            click.echo(line)
    if receipt is not None and seen["state"] == "DONE":
        signed = hub.ask("GET", f"/api/v1/requests/{seen['id']}/receipt")
        package.keep(receipt, [json.dumps(signed, separators=(",", ":")).encode()])
        _say("committee.receipt_kept", language, machine=machine, place=receipt)
    return REFUSED if seen["state"] == "REFUSED" else 0


def take_answer(hub: Hub, request: str, identity: Path, out: Path, language: str) -> int:
    """Take an answer and write what it says to a new file that only its owner can read.

    The hub gives it once: should it not open, it is kept sealed beside ``out``. Raises HubRefused, AnswerUnreadable.
    """
    sealed = hub.fetch("POST", f"/api/v1/requests/{request}/answer")
    try:
        key = pyrage.x25519.Identity.from_str(identity.read_text(encoding="ascii").strip())
        opened = pyrage.decrypt(sealed, [key])
    except (pyrage.DecryptError, pyrage.IdentityError, OSError, ValueError) as fault:
        package.keep(out.with_name(f"{out.name}.age"), [sealed])
        raise AnswerUnreadable(place=f"{out.name}.age") from fault
    package.keep(out, [opened])
    _say("committee.answer_kept", language, machine=False, place=out)
    return 0


def verify(receipt: Path, key: Ed25519PublicKey, language: str, *, machine: bool) -> int:
    """Print what a receipt says once the hub's signature holds. Raises SignatureInvalid, Malformed."""
    said = read_receipt(receipt.read_bytes(), [key])
    click.echo(json.dumps(said.facts()) if machine else _told(said, language))
    return 0


def _told(said: Receipt, language: str) -> str:
    act = sentence(f"act.batch_{said.act}" if said.batch else f"act.{said.act}", language)
    facts = {**said.facts(), "batch": said.batch or "–", "act": act}
    return sentence("committee.receipt_holds", language, facts)


def _say(code: str, language: str, *, machine: bool, **facts: object) -> None:
    if not machine:
        click.echo(sentence(code, language, facts))
