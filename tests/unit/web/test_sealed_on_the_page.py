"""A sealed package goes up on the page, too: its manifest is a field, and comes before the file."""

from __future__ import annotations

import base64
import io
import re

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from amana import signing
from amana.command.committee import command
from amana.command.keys import command as keys
from amana.committee import package
from amana.committee.package import Package
from amana.intake.tables import committee_key
from support.contributions import row, write
from support.hub import RealHub

ABOUT = ("--committee", "MAR", "--dataflow", "VICTIMS", "--period", "2016")
PAGE = "/en/contributions/send"


@pytest.fixture(scope="module")
def packed(hub: RealHub, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """A package of Morocco's, as its tool makes it."""
    folder = tmp_path_factory.mktemp("desk")
    key = folder / "signing.pem"
    assert CliRunner().invoke(keys, ["committee", "MAR", "--out", str(key)]).exit_code == 0
    pem = key.with_suffix(".pub.pem").read_bytes()
    known = {"key_id": signing.key_id(signing.read_public_key(pem)), "committee": "MAR", "public_pem": pem.decode()}
    with hub.test_database.as_role("owner").write() as tx:
        tx.execute(insert(committee_key).values(**known, valid_from=hub.clock()))
    file = write(folder, [row(n, SEX="F") for n in range(4)])
    recipients = hub.folder / "keys" / "web" / "recipients.txt"
    sealed = ["--recipients", str(recipients), "--key", str(key), "--out", str(folder / "package")]
    made = CliRunner().invoke(command, ["pack", str(file), *ABOUT, *sealed])
    assert made.exit_code == 0, made.output
    return package.read(folder / "package")


def post(hub: RealHub, data: bytes, manifest: str):
    browser = hub.browser("submitter", "MAR")
    page = browser.get(PAGE).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page))
    fields = {**hidden, "dataflow": "VICTIMS", "period": "2016", "manifest": manifest}
    return browser.post(PAGE, data={**fields, "file": (io.BytesIO(data), "data.age")})


def test_without_its_manifest_or_with_another_it_is_refused(hub: RealHub, packed: Package) -> None:
    data = packed.data.read_bytes()
    assert post(hub, data, "").status_code in {400, 422}
    assert post(hub, data, "{}").status_code in {400, 422}
    assert post(hub, data[:-1] + b"\0", packed.signed.decode()).status_code == 422


@pytest.mark.parametrize("paste", [bytes.decode, lambda raw: base64.b64encode(raw).decode() + "\r\n"])
def test_with_its_manifest_it_is_judged_like_any_other(hub: RealHub, packed: Package, paste) -> None:
    answer = post(hub, packed.data.read_bytes(), paste(packed.signed))
    assert answer.status_code == 303, answer.text
    hub.work()
    batch = answer.headers["Location"].rpartition("/")[2]
    state = hub.api("submitter", "MAR").get(f"/api/v1/batches/{batch}").json["state"]
    assert state in {"ACCEPTED", "HELD"}


def test_where_the_agreement_keeps_records_at_home_the_page_opens_on_the_package(hub: RealHub) -> None:
    assert "data-sealed open" in hub.browser("submitter", "EGY").get(PAGE).text
    assert "data-sealed open" not in hub.browser("submitter", "MAR").get(PAGE).text
    page = hub.browser("submitter", "EGY").get(PAGE).text
    assert page.index('name="manifest"') < page.index('name="file"'), "fields come before the file"
