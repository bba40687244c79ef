"""``amana users`` and ``amana keys``, as an operator types them."""

from __future__ import annotations

import json
import stat
from datetime import timedelta

import pyotp
import pyrage
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from amana import clock
from amana.audit.outbox.tables import event_detail
from amana.audit.tlog.checkpoint import parse_vkey, read_log_key
from amana.audit.tlog.named_key import render_vkey
from amana.command import keys, users
from amana.command.secret_files import FileStands
from amana.demo.accounts import roster as demo_roster
from amana.errors import AmanaError, Conflict, Misconfigured, NotFound
from amana.identity import people, tokens
from amana.identity.roles import AccountRefused, RoleConflict
from amana.identity.tokens import TokenInvalid
from amana.intake.tables import committee_key
from amana.signing import read_private_key, read_public_key
from amana.vault.secret import read_secret

PASSWORD = "correct horse battery"


@pytest.fixture
def shell(sqlite, tmp_path):
    (tmp_path / "password").write_text(PASSWORD + "\nnot this\n")
    return Shell(sqlite, tmp_path)


class Shell:
    def __init__(self, database, folder):
        self.database = database
        self.folder = folder
        self.owner = database.as_role("owner")

    def run(self, group, *words, demo=True, url=None):
        env = {"AMANA_DATABASE_URL": self.database.url if url is None else url, "AMANA_DEMO": "1" if demo else "0"}
        result = CliRunner().invoke(group.command, [str(word) for word in words], env=env)
        if isinstance(result.exception, AmanaError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    def users(self, *words, **options):
        return self.run(users, *words, **options)

    def keys(self, *words, **options):
        return self.run(keys, *words, **options)

    def add(self, email="amal@mar.example", role="submitter", *more, **options):
        words = ("--email", email, "--organisation", "committee-mar", "--role", role, *more)
        return self.users("add", *words, "--password-file", self.folder / "password", **options)

    def found(self):
        words = ("--id", "committee-mar", "--name", "Committee", "--class", "committee", "--committee", "MAR")
        return self.users("organisation", "add", *words, "--purpose", "research")

    def kinds(self):
        with self.owner.read() as reading:
            return set(reading.execute(select(event_detail.c.kind)).scalars())


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_newcomer_is_added_listed_given_a_token_and_closed(shell):
    shell.found()
    assert PASSWORD not in shell.add("amal@mar.example", "submitter", "--committee", "MAR")
    assert shell.users("list") == "amal@mar.example\tsubmitter\tcommittee-mar\tMAR\n"
    out = shell.folder / "token"
    said = shell.users("token", "--email", "amal@mar.example", "--label", "nightly", "--days", 7, "--out", out)
    told = out.read_text().strip()
    assert told not in said
    assert mode(out) == 0o600
    with shell.owner.read() as reading:
        assert tokens.holder(reading, told, clock.now() + timedelta(days=6)).person.committee == "MAR"
    shell.users("disable", "--email", "amal@mar.example")
    assert shell.users("list") == ""
    assert shell.kinds() == {"organisation.added", "person.added", "token.made", "person.disabled"}


def test_a_token_that_was_lost_is_revoked_by_its_label(shell):
    shell.found()
    shell.add()
    out = shell.folder / "token"
    shell.users("token", "--email", "amal@mar.example", "--label", "nightly", "--days", 7, "--out", out)
    shell.users("revoke", "--email", "amal@mar.example", "--label", "nightly")
    with shell.owner.read() as reading, pytest.raises(TokenInvalid):
        tokens.holder(reading, out.read_text().strip(), clock.now())
    assert "token.revoked" in shell.kinds()
    with pytest.raises(NotFound):
        shell.users("revoke", "--email", "amal@mar.example", "--label", "nightly")


def test_outside_a_demo_a_second_factor_is_made_with_the_account(shell):
    shell.found()
    with pytest.raises(AccountRefused):
        shell.add(demo=False)
    out = shell.folder / "factor"
    shell.add("amal@mar.example", "submitter", "--second-factor-file", out, demo=False)
    assert mode(out) == 0o600
    assert pyotp.parse_uri(out.read_text().strip()).issuer == "Amana"


def test_roles_that_check_each_other_are_refused(shell):
    shell.found()
    with pytest.raises(RoleConflict):
        shell.add("amal@mar.example", "submitter", "--role", "protection_officer")
    assert shell.users("list") == ""


def test_a_committee_that_is_not_the_organisations_is_refused_and_nobody_added(shell):
    shell.found()
    with pytest.raises(AccountRefused):
        shell.add("amal@mar.example", "submitter", "--committee", "TUN")
    assert shell.users("list") == ""


def test_a_token_for_nobody_and_a_token_over_a_file_are_refused(shell):
    shell.found()
    words = ("--email", "amal@mar.example", "--label", "nightly", "--days", 7, "--out", shell.folder / "password")
    with pytest.raises(NotFound):
        shell.users("token", *words)
    shell.add()
    with pytest.raises(FileStands):
        shell.users("token", *words)
    assert "token.made" not in shell.kinds()


def test_without_a_database_the_operator_is_told(shell):
    with pytest.raises(Misconfigured):
        shell.users("list", url=" ")


def test_the_demos_roster_is_admitted_whole(shell):
    description, accounts = shell.folder / "roster.json", shell.folder / "accounts.json"
    description.write_text(json.dumps(demo_roster()))
    said = shell.users("import", description, "--accounts", accounts, "--url", "http://127.0.0.1:8000")
    told = json.loads(accounts.read_text())
    assert mode(accounts) == 0o600
    assert told["url"] == "http://127.0.0.1:8000"
    assert all(
        {"role", "committee", "organisation", "email", "password", "token"} <= one.keys() for one in told["accounts"]
    )
    assert not any(one["password"] in said for one in told["accounts"])
    with shell.owner.read() as reading:
        assert len(people.everybody(reading)) == len(told["accounts"])


HELD = {
    "web": {"recipients.txt", "receipt.key", "bundle.pub.pem", "log.vkey"},
    "worker": {"opening.key", "root.key", "pseudonym.key", "bundle.pem", "log.vkey"},
    "sequencer": {"log.pem"},
    "recovery": {"recovery.key"},
}


def test_each_process_finds_its_own_keys_and_no_other(shell):
    folder = shell.folder / "keys"
    shell.keys("init", folder, "--origin", "hub.example/log")
    assert {place.name: {file.name for file in place.iterdir()} for place in folder.iterdir()} == HELD
    assert {mode(file) for file in folder.rglob("*") if file.is_file()} == {0o600}


def test_the_keys_fit_each_other(shell):
    folder = shell.folder / "keys"
    shell.keys("init", folder, "--origin", "hub.example/log")
    recipients = [pyrage.x25519.Recipient.from_str(one) for one in (folder / "web/recipients.txt").read_text().split()]
    sealed = pyrage.encrypt(b"what was sealed", recipients)
    for private in ("worker/opening.key", "recovery/recovery.key"):
        identity = pyrage.x25519.Identity.from_str((folder / private).read_text().strip())
        assert pyrage.decrypt(sealed, [identity]) == b"what was sealed"
    log = read_log_key(folder / "sequencer/log.pem")
    for public in ("web/log.vkey", "worker/log.vkey"):
        assert render_vkey(parse_vkey((folder / public).read_text())) == render_vkey(log.verifier)
    bundle = read_private_key(folder / "worker/bundle.pem").public_key()
    assert read_public_key((folder / "web/bundle.pub.pem").read_bytes()) == bundle
    assert read_secret(folder / "worker/root.key") != read_secret(folder / "worker/pseudonym.key")
    assert len((folder / "web/receipt.key").read_bytes()) == 64


def test_a_key_is_never_written_over(shell):
    folder = shell.folder / "keys"
    shell.keys("init", folder, "--origin", "hub.example/log")
    before = (folder / "worker/opening.key").read_bytes()
    with pytest.raises(FileStands):
        shell.keys("init", folder, "--origin", "hub.example/log")
    assert (folder / "worker/opening.key").read_bytes() == before


def test_a_committees_key_is_made_and_registered_once(shell):
    private = shell.folder / "MAR.pem"
    shell.keys("committee", "MAR", "--out", private)
    public = shell.folder / "MAR.pub.pem"
    assert mode(private) == 0o600
    assert read_public_key(public.read_bytes()) == read_private_key(private).public_key()
    shell.keys("register", "MAR", public)
    with shell.owner.read() as reading:
        stored = reading.execute(select(committee_key)).one()
    assert (stored.committee, stored.public_pem.encode(), stored.retired_at) == ("MAR", public.read_bytes(), None)
    with pytest.raises(Conflict):
        shell.keys("register", "MAR", public)
    assert shell.kinds() == {"committee_key.added"}


def test_a_committee_is_named_by_its_code(shell):
    result = CliRunner().invoke(keys.command, ["committee", "Morocco", "--out", str(shell.folder / "x.pem")])
    assert result.exit_code == 2
    assert "MAR" in result.output
