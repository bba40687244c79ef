"""The whole way with the real parts: packed at the committee, received, judged, and kept."""

from __future__ import annotations

import base64
import io
import secrets
from pathlib import Path

import pyrage
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import insert

from amana import signing
from amana.command.committee import command
from amana.committee import package
from amana.db import OWNER
from amana.intake.body import begin
from amana.intake.receive import Desk, receive
from amana.intake.submission import Submission
from amana.intake.tables import committee_key
from support.contributions import row, write
from support.workbench import NOON, SUBMITTER, Bench


def test_a_package_arrives_and_is_kept(small: Bench, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    (tmp_path / "signing.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "recipients.txt").write_text(
        f"{small.hub.opener.recipients[0]}\n{pyrage.x25519.Identity.generate().to_public()}\n"
    )
    said = ["--committee", "MAR", "--dataflow", "VICTIMS", "--period", "2022"]
    made = ["--key", str(tmp_path / "signing.pem"), "--recipients", str(tmp_path / "recipients.txt")]
    file = write(tmp_path, [row(1), row(2, CONSENT_REPORTING="NO")])
    out = tmp_path / "package"
    assert CliRunner().invoke(command, ["pack", str(file), *said, *made, "--out", str(out)]).exit_code == 0

    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    known = {"key_id": signing.key_id(key.public_key()), "committee": "MAR", "public_pem": pem, "valid_from": NOON}
    with small.log.database.as_role(OWNER).write() as tx:
        tx.execute(insert(committee_key).values(**known))

    sent = package.read(out)
    body, manifest = sent.data.read_bytes(), base64.b64encode(sent.signed).decode()
    upload = begin(io.BytesIO(body), "application/age", len(body), 10**6, terminated=True)
    submission = Submission("MAR", "VICTIMS", "2022", "records", SUBMITTER, sent.idempotency_key, manifest)
    desk = Desk(small.web, small.hub.shelf, small.hub.opener.recipients, secrets.token_bytes(32), small.hub.book)
    receipt = receive(upload, submission, desk, NOON)

    small.work()
    judged = small.row(receipt.batch)
    assert (judged.state, judged.rows, judged.sealed_by) == ("ACCEPTED", 1, "committee")
    assert small.shelved() == []
