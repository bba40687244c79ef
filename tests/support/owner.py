"""An owner at the worker's bench: what she asks, as the web process takes it down, and what the vault then holds."""

from __future__ import annotations

import dataclasses
import io
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import insert, select

from amana import signing
from amana.audit.events.event import Actor
from amana.clock import rfc3339
from amana.intake import person_list, requests, versions
from amana.intake.body import AGE, CSV, Upload
from amana.intake.person_list import Sent
from amana.intake.receive import Desk
from amana.intake.requests import Act, OwnerRequest
from amana.intake.tables import batch, committee_key, objection
from amana.intake.versions import Difference
from amana.release import ledger
from amana.release.order import plan_release
from amana.vault.envelope import EnvelopeHeader, Manifest, Segment, sign_manifest
from amana.vault.records import HoldingFacts, read_records
from amana.vault.request import first_line, said_inside
from amana.vault.sealing import seal_stream
from amana.worker import main
from support.contributions import BOOK, row, text
from support.databases import TestDatabase
from support.releases import STEWARD
from support.running import small_policies
from support.workbench import NOON, Bench, make_bench

OFFICER = Actor("per_officer", "protection_officer", "committee-mar")
SIGNING = Ed25519PrivateKey.generate()


class Owner:
    """A committee's protection officer."""

    def __init__(self, bench: Bench, committee: str = "MAR") -> None:
        self.bench, self.committee = bench, committee
        self.desk = Desk(bench.web, bench.hub.shelf, bench.hub.opener.recipients, secrets.token_bytes(32), BOOK)

    @property
    def now(self) -> Any:
        """Later than everything that was sent before."""
        self.bench.sent += 1
        return NOON + timedelta(seconds=self.bench.sent)

    def says(self, act: Act, batch_id: str) -> str:
        with self.bench.web.write() as tx:
            return versions.ask(tx, batch_id, act, OFFICER, self.now)

    def lists(self, act: Act, text: str, period: str | None = None, dataflow: str = "VICTIMS", key: str = "") -> str:
        """An open list, which the hub seals while it arrives."""
        sent = self._sent(act, period, dataflow, key)
        return person_list.receive(Upload(CSV, {}, io.BytesIO(text.encode())), sent, self.desk, self.now)

    def signs(self, act: Act, text: str, period: str | None = None, *, recipient: str | None = None) -> str:
        """A list that the committee sealed and signed, as its tool does."""
        sealed, dsse = self.seal(act, text, period, recipient=recipient)
        fields = {"manifest": dsse.decode()}
        sent = self._sent(act, period, "VICTIMS", "")
        return person_list.receive(Upload(AGE, fields, io.BytesIO(sealed)), sent, self.desk, self.now)

    def seal(
        self, act: Act, text: str, period: str | None = None, *, recipient: str | None = None, kind: str = ""
    ) -> tuple[bytes, bytes]:
        about = (self.committee, "VICTIMS", period or "*", kind or said_inside(act))
        header = EnvelopeHeader(secrets.token_hex(8), *about, codebook_digest=None, created=rfc3339(NOON))
        sealed = io.BytesIO()
        data = first_line(recipient) + text.encode()
        digest = seal_stream(io.BytesIO(data), sealed, header, self.bench.hub.opener.recipients)
        manifest = Manifest(header, (Segment(digest.sha256, digest.bytes),))
        return sealed.getvalue(), sign_manifest(manifest, SIGNING)

    def is_known(self, owner_database: Any) -> None:
        """Let the hub know the committee's signing key, as the operator does."""
        public = SIGNING.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        row = {"key_id": signing.key_id(public), "committee": self.committee, "public_pem": pem, "valid_from": NOON}
        with owner_database.write() as tx:
            tx.execute(insert(committee_key).values(**row))

    def request(self, request: str) -> OwnerRequest:
        with self.bench.web.read() as reading:
            return requests.find(reading, request)

    def difference(self, batch_id: str) -> Difference | None:
        with self.bench.web.read() as reading:
            return versions.shown(reading, batch_id)

    def receipt(self, request: str) -> bytes:
        with self.bench.web.read() as reading:
            return (requests.receipt(reading, request) or "").encode()

    def takes(self, request: str) -> bytes:
        with self.bench.web.write() as tx:
            return requests.take_answer(tx, request, self.committee, OFFICER, NOON)

    def states(self) -> list[str]:
        """Every batch's state, in the order in which they came."""
        with self.bench.web.read() as reading:
            return list(reading.execute(select(batch.c.state).order_by(batch.c.received_at)).scalars())

    def objections(self) -> int:
        with self.bench.hub.database.read() as reading:
            return len(reading.execute(select(objection)).all())

    def _sent(self, act: Act, period: str | None, dataflow: str, key: str) -> Sent:
        return Sent(self.committee, act, dataflow, period, OFFICER, 50, key or secrets.token_hex(8))


def persons(*pseudonyms: str) -> str:
    return "\r\n".join(["PSEUDONYM", *pseudonyms, ""])


def held(bench: Bench, period: str = "2022", *, waiting: bool = False) -> dict[str, dict[str, str]]:
    """What the vault holds of a period: HMAC of the person → some of her variables in the codebook's words."""
    from amana.validation.decode import decode

    found: dict[str, dict[str, str]] = {}
    for one in bench.holdings():
        counts = one.superseded_at is None and (one.held_since is not None) == waiting
        if counts and one.period == period and one.kind == "records":
            facts = HoldingFacts(one.id, one.committee, one.dataflow, one.period, one.codebook_digest)
            records = read_records(bench.hub.records / one.file, facts, bench.hub.keys, one.key_id)
            told = decode(records, BOOK).to_dicts()
            found |= dict(zip(records.pseudonyms or (), told, strict=True))
    return found


def of(bench: Bench, pseudonyms: Sequence[str], dataflow: str = "VICTIMS", committee: str = "MAR") -> Mapping[str, str]:
    """Pseudonym → the HMAC under which the vault knows the person."""
    from amana.vault.records import pseudonymise

    macs = pseudonymise(bench.hub.pseudonym_key, committee, dataflow, "PSEUDONYM", list(pseudonyms))
    return {name: mac.hex() for name, mac in zip(pseudonyms, macs, strict=True)}


def new_identity() -> Any:
    return pyrage.x25519.Identity.generate()


@contextmanager
def built(
    database: TestDatabase, folder: Path, meanwhile: Callable[[Bench], None] | None = None
) -> Iterator[tuple[Bench, Callable[[], tuple[str, str | None]]]]:
    """A bench with three persons in the vault and a candidate built from them, and how to look at the release.

    meanwhile: what happens after the build has opened its inputs and before it writes down that it is done.
    """
    policies = small_policies(folder)
    bench = make_bench(database, folder, policies)
    bench.receive(text([row(0), row(1), row(2)]).encode())
    bench.work()
    plan = bench.hub.plans["victims-annual"]
    with bench.web.write() as tx:
        about = {"policy_digest": bench.hub.policies.digest, "publish_at": NOON, "by": STEWARD, "now": NOON}
        release = plan_release(tx, plan, "2022", **about)
    rng = _Meanwhile(bench, meanwhile) if meanwhile else bench.hub.rng
    bench.hub = dataclasses.replace(bench.hub, rng=rng)
    for _ in range(2):
        main.build_one(bench.hub)
        bench.seal()

    def stands() -> tuple[str, str | None]:
        with bench.web.read() as reading:
            found = ledger.find(reading, release)
        return found.state.value, found.reason

    yield bench, stands


class _Meanwhile(Random):
    """A source of chance that lets something else happen first: it is asked only once the inputs have been read."""

    def __init__(self, bench: Bench, act: Callable[[Bench], None]) -> None:
        super().__init__(7)
        self._bench, self._act = bench, act

    def _first(self) -> None:
        act, self._act = self._act, None  # type: ignore[assignment]
        if act is not None:
            act(self._bench)

    def random(self) -> float:
        self._first()
        return super().random()

    def getrandbits(self, k: int) -> int:
        self._first()
        return super().getrandbits(k)
