"""At the committee, offline: what may leave is checked, counted or sealed; what may not stays."""

from __future__ import annotations

import json
import stat

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amana.codebook.load import load
from amana.command.committee import command
from amana.committee import package
from amana.committee.refusals import AlreadyThere, FileChanged, NotAgreed, NothingToSend, PackageBroken
from amana.config import HOME
from amana.disclosure.table import Rule
from amana.errors import NotFound, SignatureInvalid
from amana.plans.plan import load_plans
from amana.tabulation.counts_file import parse_counts
from amana.tabulation.protected_file import parse_protected
from amana.vault.envelope import read_manifest
from amana.vault.opening import Opener
from support.contributions import drawn, row, write
from support.policy_folder import PolicyFolder

from .conftest import Desk

PLANS = load_plans(HOME / "policies" / "releases", load())
TABLES, OTHER = (
    next(name for name, plan in PLANS.items() if plan.dataflow == flow) for flow in ("VICTIMS", "CHILDREN")
)


def run(*words: str) -> Result:
    return CliRunner().invoke(command, list(words), catch_exceptions=True)


def opened(desk: Desk, made: package.Package) -> str:
    tmp = desk.folder / "tmp"
    tmp.mkdir()
    with Opener(desk.identity).open([made.data], tmp, made.manifest.header.subject) as envelope:
        return envelope.data_path.read_text()


def test_a_sound_file_ends_with_zero(desk: Desk) -> None:
    told = run("check", *desk.words(write(desk.folder, [row(1)])))
    assert (told.exit_code, told.output.strip()) == (0, "The file is sound.")


def test_a_faulty_file_ends_with_65_and_tells_the_cell(desk: Desk) -> None:
    file = write(desk.folder, [row(1), row(2, SEX="someone@example.org")])
    told = run("check", *desk.words(file))
    assert told.exit_code == 65
    assert "C3" in told.output
    assert "example.org" not in told.output
    machine = run("check", *desk.words(file), "--json")
    found = json.loads(machine.output)
    assert (machine.exit_code, found["accepted"]) == (65, False)
    assert {one["rule"] for one in found["findings"]} == {"identifier.email", "code.unknown"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Of 40 records, 1 stand alone", "what a release would hide of this file alone"]),
        ("fr", ["Sur 40 fiches, 1", "masquerait de ce seul fichier"]),
        ("ar", ["من بين 40", "ما يحجبه إصدار من هذا الملف وحده"]),
    ],
)
def test_a_dry_run_at_home_says_who_stands_alone(desk: Desk, language: str, words: list[str]) -> None:
    file = write(desk.folder, [*(row(number) for number in range(1, 40)), row(40, SEX="M")])
    told = run("check", *desk.words(file), "--lang", language, "--risk")
    assert told.exit_code == 0, told.output
    for word in words:
        assert word in " ".join(told.output.split())


def test_a_dry_run_at_home_tells_a_machine_the_same_as_the_hub_would(desk: Desk) -> None:
    file = write(desk.folder, [*(row(number) for number in range(1, 40)), row(40, SEX="M")])
    told = json.loads(run("check", *desk.words(file), "--risk", "--json").output)
    assert told["preview"]["risk"]["worst"][0] == {"variables": ["SEX"], "unique": 1, "rare": 1}
    assert [plan["plan"] for plan in told["preview"]["plans"]] == [TABLES]
    faulty = write(desk.folder, [row(1), row(2, SEX="?")])
    told = run("check", *desk.words(faulty), "--risk", "--json")
    assert (told.exit_code, json.loads(told.output)["preview"]) == (65, None)


@pytest.mark.parametrize(("language", "word"), [("ar", "الملف سليم."), ("fr", "Le fichier est en ordre.")])
def test_it_speaks_three_languages(desk: Desk, language: str, word: str) -> None:
    assert word in run("check", *desk.words(write(desk.folder, [row(1)])), "--lang", language).output


@pytest.mark.parametrize(
    "words",
    [["check"], ["check", "absent.csv"], ["unknown"], ["status", "7"], ["check", __file__, "--committee", "Morocco"]],
)
def test_a_usage_error_ends_with_64(words: list[str]) -> None:
    assert run(*words).exit_code == 64


def test_a_package_is_sealed_for_the_hub_and_signed_by_the_committee(desk: Desk) -> None:
    file = write(desk.folder, [row(1), row(2)])
    assert run("pack", *desk.words(file), *desk.packing()).exit_code == 0
    made = package.read(desk.folder / "package")
    header = made.manifest.header
    assert (header.committee, header.dataflow, header.period) == ("MAR", "VICTIMS", "2022")
    assert header.contribution == "records"
    assert read_manifest(made.signed, [desk.signing.public_key()]) == made.manifest
    with pytest.raises(SignatureInvalid):
        read_manifest(made.signed, [Ed25519PrivateKey.generate().public_key()])
    assert b"IDENT" not in made.data.read_bytes()
    assert opened(desk, made) == file.read_text()
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.folder.iterdir()} == {0o600}


def test_rows_without_a_lawful_basis_stay_at_home(desk: Desk) -> None:
    rows = [row(1), row(2, CONSENT_REPORTING="NO"), row(3, CONSENT_REPORTING="_U"), row(4)]
    told = run("pack", *desk.words(write(desk.folder, rows)), *desk.packing())
    assert "Rows without a lawful basis, kept at home: 2." in told.output
    left = opened(desk, package.read(desk.folder / "package"))
    kept = [row(number)["PSEUDONYM"] in left for number in (1, 2, 3, 4)]
    assert kept == [True, False, False, True]


def test_where_no_row_may_leave_nothing_is_made(desk: Desk) -> None:
    told = run("pack", *desk.words(write(desk.folder, [row(1, CONSENT_REPORTING="NO")])), *desk.packing())
    assert isinstance(told.exception, NothingToSend)
    assert not (desk.folder / "package").exists()


def test_what_the_hub_would_refuse_is_not_packed(desk: Desk) -> None:
    told = run("pack", *desk.words(write(desk.folder, [row(1), row(2, SEX="X")])), *desk.packing())
    assert told.exit_code == 65
    assert not (desk.folder / "package").exists()
    broken = desk.folder / "broken.csv"
    broken.write_bytes(b"")
    assert run("pack", *desk.words(broken), *desk.packing()).exit_code == 65


def test_a_file_that_changes_after_it_was_judged_is_not_packed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(desk.folder, [row(1)])
    seal = package.seal_stream

    def save_and_seal(*given: object) -> object:
        write(desk.folder, [row(1), row(2, SEX="a.b@mail.org")])
        return seal(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(package, "seal_stream", save_and_seal)
    told = run("pack", *desk.words(file), *desk.packing())
    assert isinstance(told.exception, FileChanged)
    assert not (desk.folder / "package").exists()


def test_nothing_is_written_over(desk: Desk) -> None:
    file = write(desk.folder, [row(1)])
    assert run("pack", *desk.words(file), *desk.packing()).exit_code == 0
    assert isinstance(run("pack", *desk.words(file), *desk.packing()).exception, AlreadyThere)


def test_records_of_a_committee_that_keeps_them_at_home_are_not_packed(desk: Desk) -> None:
    told = run("pack", *desk.words(write(desk.folder, [row(1)]), committee="EGY"), *desk.packing())
    assert isinstance(told.exception, NotAgreed)
    assert told.exception.facts == {"committee": "EGY", "agreed": "tables", "asked": "records"}


def test_the_agreement_that_is_handed_over_decides(desk: Desk) -> None:
    file = write(desk.folder, [row(1)])
    mine = desk.folder / "MAR.toml"
    text = (HOME / "policies" / "agreements" / "MAR.toml").read_text(encoding="utf-8")
    mine.write_text(text.replace('contribution = "records"', 'contribution = "tables"'), encoding="utf-8")
    told = run("pack", *desk.words(file), *desk.packing(), "--agreement", str(mine))
    assert isinstance(told.exception, NotAgreed)
    theirs = HOME / "policies" / "agreements" / "EGY.toml"
    told = run("pack", *desk.words(file), *desk.packing(), "--agreement", str(theirs))
    assert isinstance(told.exception, NotAgreed)
    mine.write_text(text.replace('dataflows = ["VICTIMS", ', "dataflows = [", 1), encoding="utf-8")
    told = run("pack", *desk.words(file), *desk.packing(), "--agreement", str(mine))
    assert isinstance(told.exception, NotAgreed)


def test_counted_at_home_and_sealed_no_record_leaves(desk: Desk) -> None:
    rows = [row(1), row(2, CONSENT_REPORTING="NO"), row(3)]
    words = desk.words(write(desk.folder, rows), committee="EGY")
    tables = desk.folder / "tables.json"
    told = run("tabulate", *words, "--plan", TABLES, "--out", str(tables))
    assert told.exit_code == 0, told.output
    assert "kept at home: 1." in told.output
    assert stat.S_IMODE(tables.stat().st_mode) == 0o600
    book = load()
    counts = parse_counts(tables.read_bytes(), PLANS[TABLES], book)
    assert (counts.committee, counts.dataflow, counts.period) == ("EGY", "VICTIMS", "2022")
    assert row(1)["PSEUDONYM"] not in tables.read_text()
    packed = desk.words(tables, committee="EGY")
    assert run("pack", *packed, *desk.packing()).exit_code == 0
    made = package.read(desk.folder / "package")
    assert made.manifest.header.contribution == "tables"
    assert opened(desk, made) == tables.read_text()
    for wrong in (desk.words(tables, committee="EGY", period="2021"), desk.words(tables, committee="CIV")):
        assert isinstance(run("pack", *wrong, *desk.packing("other")).exception, PackageBroken | NotAgreed)


def test_what_leaves_as_protected_tables_is_protected_at_home(desk: Desk) -> None:
    folder = PolicyFolder(desk.folder / "policies")
    folder.replace("agreements/EGY.toml", 'contribution = "tables"', 'contribution = "tables_protected"')
    lawful = [row(number, SEX="F" if number % 3 else "M") for number in range(1, 40)]
    words = [*desk.words(write(desk.folder, lawful), committee="EGY"), "--policies", str(folder.folder)]
    tables = desk.folder / "tables.json"
    told = run("tabulate", *words, "--plan", TABLES, "--out", str(tables))
    assert told.exit_code == 0, told.output
    assert "protected at home" in told.output
    plan = load_plans(folder.folder / "releases", load())[TABLES]
    read = parse_protected(tables.read_bytes(), plan, load(), Rule(5, zeros_hidden=True))
    shown = [int(value) for name, values in read.guest.values.items() for value in values[read.guest.status[name] == 0]]
    assert min(shown) >= 5
    packed = [*desk.words(tables, committee="EGY"), "--policies", str(folder.folder), *desk.packing()]
    assert run("pack", *packed).exit_code == 0
    assert package.read(desk.folder / "package").manifest.header.contribution == "tables_protected"


def test_true_counts_do_not_leave_where_protected_tables_were_agreed(desk: Desk) -> None:
    tables = desk.folder / "tables.json"
    run("tabulate", *desk.words(write(desk.folder, [row(1)]), committee="EGY"), "--plan", TABLES, "--out", str(tables))
    folder = PolicyFolder(desk.folder / "policies")
    folder.replace("agreements/EGY.toml", 'contribution = "tables"', 'contribution = "tables_protected"')
    packed = [*desk.words(tables, committee="EGY"), "--policies", str(folder.folder), *desk.packing()]
    assert isinstance(run("pack", *packed).exception, NotAgreed)


def test_a_plan_of_another_dataflow_or_of_no_name_counts_nothing(desk: Desk) -> None:
    words = desk.words(write(desk.folder, [row(1)]), committee="EGY")
    out = ["--out", str(desk.folder / "tables.json")]
    assert isinstance(run("tabulate", *words, "--plan", OTHER, *out).exception, PackageBroken)
    assert isinstance(run("tabulate", *words, "--plan", "weekly", *out).exception, NotFound)


def test_counts_of_offences_are_packed_whatever_the_agreement_says_of_records(desk: Desk) -> None:
    book = load()
    flow = book.dataflow("JUSTICE")
    codes = " | ".join(book.list_of(variable).storable[-1] for variable in flow.variables)
    file = desk.folder / "justice.csv"
    names = " | ".join(variable.id for variable in flow.variables)
    file.write_text(drawn(f"{names} | OBS_VALUE\n{codes} | 12"))
    assert run("pack", *desk.words(file, dataflow="JUSTICE"), *desk.packing()).exit_code == 0
    assert package.read(desk.folder / "package").manifest.header.contribution == "tables"


@pytest.mark.parametrize("part", [package.DATA, package.MANIFEST, package.RETRY])
def test_a_package_that_lacks_a_part_or_was_changed_is_no_package(desk: Desk, part: str) -> None:
    run("pack", *desk.words(write(desk.folder, [row(1)])), *desk.packing())
    path = desk.folder / "package" / part
    whole = path.read_bytes()
    if part != package.RETRY:
        path.write_bytes(whole[:-1])
        with pytest.raises(PackageBroken):
            package.read(path.parent)
    path.unlink()
    with pytest.raises(PackageBroken):
        package.read(path.parent)
