"""A data clerk in Tunis has last year's Excel. She gets it in without asking anyone, and nothing identifying with it.

Her file: headers in French and Arabic on row 4 under merged cells, Arabic-Indic digits, three spellings of mendicité,
and a national identity number in the remarks. Everything here is a command that she types, or a page that she opens.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert
from werkzeug.serving import make_server

from amana import signing
from amana.command.committee import command as committee
from amana.command.keys import command as keys
from amana.committee.refusals import NumberMissing
from amana.intake.tables import committee_key
from amana.mapping import toml
from amana.mapping.document import KeyNeeded, Kind
from support import clerk
from support.hub import RealHub, real_hub

ABOUT = ("--committee", "TUN", "--dataflow", "VICTIMS")
YEAR = ("--period", "2024")
ANSWERS = {
    "VICTIM_STATUS": "IDENT",
    "AREA_EXPLOITATION": "TUN",
    "ICT_FACILITATION": "_U",
    "CONSENT_REPORTING": "_Z",
    "LEGAL_BASIS": "PUBLIC",
}
CONSTANTS = [part for name, code in ANSWERS.items() for part in ("--constant", f"{name}={code}")]
BARE = "08765432"  # the national number in her remarks


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Her folder, with her file in it."""
    monkeypatch.chdir(tmp_path)
    clerk.workbook(tmp_path / "victimes-2024.xlsx")
    return tmp_path


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    with real_hub(tmp_path_factory.mktemp("hub")) as opened:
        yield opened


def type_(*words: str, answers: str | None = None, group=committee) -> Result:
    return CliRunner().invoke(group, [str(word) for word in words], input=answers, catch_exceptions=False)


def test_she_is_shown_what_is_proposed_and_nothing_is_written_unasked(desk: Path) -> None:
    told = type_("map", "victimes-2024.xlsx", *ABOUT, "--lang", "fr")
    assert told.exit_code == 65
    assert "Rien n'a été écrit" in told.output
    assert not list(desk.glob("*.toml"))


def test_she_takes_what_is_proposed_and_the_three_spellings_are_one_code(desk: Path) -> None:
    told = type_("map", "victimes-2024.xlsx", *ABOUT, "--yes", "--blank-unknown", *CONSTANTS, "--lang", "fr")
    assert told.exit_code == 0, told.output
    mapping = toml.read(desk / "mapping-TUN-VICTIMS.toml")
    forms = next(one for one in mapping.columns if one.kind is Kind.SEVERAL)
    assert {text: codes for text, codes in forms.values.items() if "EXP_BEG" in codes} == dict.fromkeys(
        ("mendicité", "Mendicite forcée", "mandicité", "تسوّل"), ("EXP_BEG",)
    )
    assert BARE not in (desk / "mapping-TUN-VICTIMS.toml").read_text(encoding="utf-8")


def test_without_what_only_she_can_tell_it_says_what_is_missing(desk: Path) -> None:
    told = type_("map", "victimes-2024.xlsx", *ABOUT, "--yes", "--lang", "en")
    assert told.exit_code == 65
    for name in ("VICTIM_STATUS", "AREA_EXPLOITATION", "ICT_FACILITATION", "CONSENT_REPORTING"):
        assert f"--constant {name}=" in told.output


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        (["--constant", "VICTIM_STATUS=NOBODY"], 65),
        (["--constant", "nonsense"], 64),
        (["--from", "nowhere.toml"], 66),
        (["--from", "primero-unhcr"], 65),  # it is about children
        (["--sheet", "Feuil9"], 65),
    ],
)
def test_wrong_use_is_told_and_writes_nothing(desk: Path, words: list[str], exit_code: int) -> None:
    runner = CliRunner()
    from amana.errors import AmanaError

    told = runner.invoke(committee, ["map", "victimes-2024.xlsx", *ABOUT, "--yes", *words])
    code = told.exception.exit if isinstance(told.exception, AmanaError) else told.exit_code
    assert code == exit_code
    assert not list(desk.glob("*.toml"))


def test_her_next_file_is_set_against_the_last(desk: Path) -> None:
    assert type_("map", "victimes-2024.xlsx", *ABOUT, "--yes", "--blank-unknown", *CONSTANTS).exit_code == 0
    same = type_("map", "victimes-2024.xlsx", *ABOUT, "--yes", "--lang", "en")
    assert (same.exit_code, "reads all of it" in same.output) == (0, True)
    assert toml.read(desk / "mapping-TUN-VICTIMS.toml").version == 1

    data = [[*row[:3], "Ruritanien", *row[4:]] for row in clerk.rows(4)]
    headers = [*clerk.HEADERS[:1], "Genre de la victime", *clerk.HEADERS[2:8], "Suivi"]
    clerk.workbook(desk / "victimes-2025.xlsx", data, headers)
    next_ = type_("map", "victimes-2025.xlsx", *ABOUT, "--yes", "--lang", "en")
    assert "“Sexe / الجنس” has another header now, in column B" in next_.output
    assert "column I is new" in next_.output
    assert "new values in column D: Ruritanien" in next_.output
    assert next_.exit_code == 65, "a nationality has no meaning yet"
    assert toml.read(desk / "mapping-TUN-VICTIMS.toml").version == 2


def test_at_a_terminal_she_is_asked_only_what_is_not_known(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = [[*row[:4], "mot inventé" if n == 3 else row[4], *row[5:]] for n, row in enumerate(clerk.rows(5))]
    data = [[*row, "quelque chose"] for row in data]
    clerk.workbook(desk / "odd.xlsx", data, (*clerk.HEADERS, "Suivi"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    from amana.codebook.load import load
    from amana.committee import mapping

    wanted = mapping.Wanted("TUN", "VICTIMS", None, None, {}, False, False, desk / "asked.toml")
    # "Suivi" is left aside; mot inventé is another form; then what no column says, and that blanks are unknown
    typed = "\nnothing\nEXP_OTH\nIDENT\nTUN\n_U\n_Z\nPUBLIC\ny\n"
    runner = CliRunner()
    with runner.isolation(input=typed) as (out, *_):
        assert mapping.make(Path("odd.xlsx"), wanted, load(), "en", terminal=True) == 0
        said = out.getvalue().decode()
    assert said.count("what does it say") == 1
    assert said.count("what does “mot inventé” mean") == 2, "again, after a code that does not exist"
    assert "There is no such code" in said
    told = {one.target: one.code for one in toml.read(desk / "asked.toml").columns if one.kind is Kind.CONSTANT}
    assert told == ANSWERS


BIRTH = "Date de naissance"


def with_births(desk: Path, *more: str) -> Path:
    """Her file, with dates of birth where the ages were; every further header holds days too."""
    data = [[*row[:2], f"{1990 + n % 20}-06-15", *row[3:], *("2024-05-01" for _ in more)]
            for n, row in enumerate(clerk.rows())]  # fmt: skip
    return clerk.workbook(desk / "births.xlsx", data, (*clerk.HEADERS[:2], BIRTH, *clerk.HEADERS[3:], *more))


def test_dates_of_birth_become_ages_on_the_only_day_of_the_case(desk: Path) -> None:
    with_births(desk)
    told = type_("map", "births.xlsx", *ABOUT, "--yes", "--blank-unknown", *CONSTANTS, "--lang", "fr")
    assert told.exit_code == 0, told.output
    age = next(one for one in toml.read(desk / "mapping-TUN-VICTIMS.toml").columns if one.target == "AGE")
    assert (age.kind, age.headers, age.at) == (Kind.BIRTH, (BIRTH,), "Date d'identification")
    same = type_("map", "births.xlsx", *ABOUT, "--yes", "--lang", "en")
    assert (same.exit_code, "reads all of it" in same.output) == (0, True)


def test_where_several_days_could_be_meant_she_is_told_to_say_which(desk: Path) -> None:
    with_births(desk, "Date du dépôt")
    told = type_("map", "births.xlsx", *ABOUT, "--yes", "--blank-unknown", *CONSTANTS, "--lang", "en")
    assert told.exit_code == 0, "a date that is not the case's own is no day to count on"
    with_births(desk, "Année")
    (desk / "mapping-TUN-VICTIMS.toml").unlink()
    told = type_("map", "births.xlsx", *ABOUT, "--yes", "--blank-unknown", *CONSTANTS, "--lang", "en")
    assert told.exit_code == 65
    assert "on what day the age counts" in told.output
    assert "--constant AGE" not in told.output


def interview(desk: Path, file: str, typed: str, said: tuple[str, ...] = tuple(ANSWERS)) -> tuple[str, list]:
    """What a terminal shows and what is written, when these lines are typed at it."""
    from amana.codebook.load import load
    from amana.committee import mapping

    wanted = mapping.Wanted("TUN", "VICTIMS", None, None, {name: ANSWERS[name] for name in said}, False, False,
                            desk / "asked.toml")  # fmt: skip
    with CliRunner().isolation(input=typed) as (out, *_):
        mapping.make(Path(file), wanted, load(), "fr", terminal=True)
        return out.getvalue().decode(), list(toml.read(desk / "asked.toml").columns)


@pytest.mark.parametrize(("typed", "at"), [("j", "Année"), ("F", "Date d'identification"), ("", None)])
def test_at_a_terminal_she_says_on_what_day_the_age_counts(desk: Path, typed: str, at: str | None) -> None:
    with_births(desk, "Année")
    said, columns = interview(desk, "births.xlsx", f"{typed}\n\n" + "\n" * bool(at is None))
    assert "À quel jour compter l'âge" in said
    assert next((one.at for one in columns if one.kind is Kind.BIRTH), None) == at


def test_a_column_of_days_that_she_calls_an_age_is_one_of_births(desk: Path) -> None:
    data = [[*row[:2], "2001-02-03", *row[3:]] for row in clerk.rows(5)]
    clerk.workbook(desk / "odd.xlsx", data, (*clerk.HEADERS[:2], "Jour N", *clerk.HEADERS[3:]))
    _, columns = interview(desk, "odd.xlsx", "AGE\nF\n\n")
    age = next(one for one in columns if one.target == "AGE")
    assert (age.kind, age.headers, age.at) == (Kind.BIRTH, ("Jour N",), "Date d'identification")


@pytest.mark.parametrize(("typed", "unknown"), [("oui", True), ("o", True), ("نعم", True), ("non", False), ("", False)])
def test_yes_and_no_are_understood_in_her_language(desk: Path, typed: str, unknown: bool) -> None:
    _, columns = interview(desk, "victimes-2024.xlsx", f"peut-être\n{typed}\n")
    recruiter = next(one for one in columns if one.target == "RECRUITER")
    assert (recruiter.blank is not None) is unknown


def doubtful(desk: Path) -> None:
    """A column whose words fit one question, under a header that says nothing."""
    data = [[*row, ("recrutement", "non", "لا")[n % 3]] for n, row in enumerate(clerk.rows(6))]
    clerk.workbook(desk / "odd.xlsx", data, (*clerk.HEADERS, "Rôle d'internet"))


def test_what_is_proposed_with_doubt_is_taken_by_return_and_left_by_a_dash(desk: Path) -> None:
    doubtful(desk)
    others = tuple(name for name in ANSWERS if name != "ICT_FACILITATION")
    taken = interview(desk, "odd.xlsx", "\n\n", others)[1][9]
    (desk / "asked.toml").unlink()
    left = interview(desk, "odd.xlsx", "-\n\n\n", others)[1][9]
    assert (taken.target, left.kind) == ("ICT_FACILITATION", Kind.IGNORED)


def test_what_she_says_of_every_row_no_column_says_again(desk: Path) -> None:
    doubtful(desk)
    entries = [one for one in interview(desk, "odd.xlsx", "\n")[1] if one.target == "ICT_FACILITATION"]
    assert [one.kind for one in entries] == [Kind.CONSTANT]


def test_what_is_left_aside_for_doubt_is_said_to_be_missing(desk: Path) -> None:
    doubtful(desk)
    told = type_("map", "odd.xlsx", *ABOUT, "--yes", "--lang", "en")
    assert "--constant ICT_FACILITATION=" in told.output
    line = next(line for line in told.output.splitlines() if "ICT_FACILITATION=" in line)
    assert {"_U", "NONE", "REC", "EXP", "BOTH"} <= set(line.replace(",", "").split())
    assert "is left aside: what it means is not sure enough" in told.output
    shown = type_("map", "odd.xlsx", *ABOUT, "--lang", "en")
    assert "--constant ICT_FACILITATION=" in shown.output, "also before anything is taken"


def test_a_file_without_a_number_of_its_own_is_told_so(desk: Path) -> None:
    clerk.workbook(desk / "odd.xlsx", [row[1:] for row in clerk.rows(6)], clerk.HEADERS[1:])
    told = type_("map", "odd.xlsx", *ABOUT, "--yes", *CONSTANTS, "--lang", "en")
    assert "file number" in told.output
    assert "--constant PSEUDONYM" not in told.output


def checked(desk: Path, file: str, *more: str) -> dict:
    """What ``check`` finds in a file of hers that only leaves through ``pack``."""
    assert type_("map", file, *ABOUT, "--yes", "--blank-unknown", *CONSTANTS).exit_code in {0, 65}
    assert type_("keys", "pseudonym", "--out", "pseudonym.key").exit_code == 0
    how = ("--mapping", "mapping-TUN-VICTIMS.toml", "--pseudonym-key", "pseudonym.key")
    told = type_("check", file, *ABOUT, *YEAR, *how, *more)
    return json.loads(told.output)


def test_a_row_of_totals_is_one_finding_and_not_one_for_each_cell_that_it_leaves_blank(desk: Path) -> None:
    data = [*clerk.rows(12), ["Total général", *[""] * 3, 12, *[""] * 4]]
    clerk.workbook(desk / "sum.xlsx", data)
    told = type_("map", "sum.xlsx", *ABOUT, "--yes", "--blank-unknown", *CONSTANTS, "--lang", "en")
    assert (told.exit_code, "without a meaning" in told.output) == (0, False), "nobody asks what the sum of ages means"
    (desk / "mapping-TUN-VICTIMS.toml").unlink()
    found = checked(desk, "sum.xlsx", "--json")["findings"]
    errors = [(one["rule"], one["row"], one["letter"]) for one in found if one["severity"] == "error"]
    assert errors == [("totals.row", 17, "A")]


def test_check_leaves_out_who_refused_as_pack_does_and_says_how_many(desk: Path) -> None:
    data = [[*row, "Non" if n % 4 == 0 else "Oui"] for n, row in enumerate(clerk.rows(12))]
    summed = [*data, ["المجموع", *[""] * (len(data[0]) - 1)]]
    clerk.workbook(desk / "consent.xlsx", data, (*clerk.HEADERS, "Consentement"))
    constants = [part for name, code in ANSWERS.items() if name not in {"CONSENT_REPORTING", "LEGAL_BASIS"}
                 for part in ("--constant", f"{name}={code}")]  # fmt: skip
    assert type_("map", "consent.xlsx", *ABOUT, "--yes", "--blank-unknown", *constants).exit_code == 0
    assert type_("keys", "pseudonym", "--out", "pseudonym.key").exit_code == 0
    how = ("--mapping", "mapping-TUN-VICTIMS.toml", "--pseudonym-key", "pseudonym.key")
    told = type_("check", "consent.xlsx", *ABOUT, *YEAR, *how, "--lang", "en")
    assert told.exit_code == 0, told.output
    assert "Rows without a lawful basis, kept at home: 3." in told.output
    clerk.workbook(desk / "consent.xlsx", summed, (*clerk.HEADERS, "Consentement"))
    told = type_("check", "consent.xlsx", *ABOUT, *YEAR, *how, "--lang", "en")
    assert (told.exit_code, "Rows of totals" in told.output) == (65, True), "a sum is not left out unsaid"
    assert told.output.count("│ error") == 1, "and its blank cells are no faults"
    assert "kept at home: 3." in told.output


def pack(desk: Path, hub: RealHub) -> Path:
    """From her file to a sealed package, by commands alone."""
    assert type_("map", "victimes-2024.xlsx", *ABOUT, "--yes", "--blank-unknown", *CONSTANTS).exit_code == 0
    assert type_("keys", "pseudonym", "--out", "pseudonym.key").exit_code == 0
    assert type_("committee", "TUN", "--out", "signing.pem", group=keys).exit_code == 0
    pem = (desk / "signing.pub.pem").read_bytes()
    row = {"key_id": signing.key_id(signing.read_public_key(pem)), "committee": "TUN", "public_pem": pem.decode()}
    with hub.test_database.as_role("owner").write() as tx:
        tx.execute(insert(committee_key).values(**row, valid_from=hub.clock()))
    how = ("--mapping", "mapping-TUN-VICTIMS.toml", "--pseudonym-key", "pseudonym.key")
    told = type_("check", "victimes-2024.xlsx", *ABOUT, *YEAR, *how, "--lang", "en")
    assert (told.exit_code, "does not leave the committee as it stands" in " ".join(told.output.split())) == (0, True)
    recipients = hub.folder / "keys" / "web" / "recipients.txt"
    sealed = ("--recipients", recipients, "--key", "signing.pem", "--out", "package")
    told = type_("pack", "victimes-2024.xlsx", *ABOUT, *YEAR, *how, *sealed)
    assert told.exit_code == 0, told.output
    return desk / "package"


def test_the_key_is_hers_alone(desk: Path) -> None:
    assert type_("keys", "pseudonym", "--out", "pseudonym.key").exit_code == 0
    assert (desk / "pseudonym.key").stat().st_mode & 0o777 == 0o600
    before = (desk / "pseudonym.key").read_bytes()
    with pytest.raises(Exception, match=r"file\.stands"):
        type_("keys", "pseudonym", "--out", "pseudonym.key")
    assert (desk / "pseudonym.key").read_bytes() == before


def test_her_officer_lists_persons_by_their_file_numbers_and_each_is_the_one_that_was_sent(desk: Path) -> None:
    assert type_("map", "victimes-2024.xlsx", *ABOUT, "--yes", "--blank-unknown", *CONSTANTS).exit_code == 0
    assert type_("keys", "pseudonym", "--out", "pseudonym.key").exit_code == 0
    how = (*ABOUT, *YEAR, "--mapping", "mapping-TUN-VICTIMS.toml", "--pseudonym-key", "pseudonym.key", "--lang", "en")
    told = type_("pseudonyms", "victimes-2024.xlsx", *how, "--values", "--out", "all.csv")
    assert told.exit_code == 0, told.output
    header, *rows = (desk / "all.csv").read_text().splitlines()
    assert (header.split(",")[0], "SEX" in header, len(rows)) == ("PSEUDONYM", True, 40)

    (desk / "two.csv").write_text(f"{clerk.HEADERS[0]};note\nTN-0002-24;x\n TN-٠٠٠٠-24;y\nTN-0002-24;again\n")
    assert type_("pseudonyms", "two.csv", *how, "--out", "list.csv").exit_code == 0
    assert (desk / "list.csv").read_text().split() == ["PSEUDONYM", rows[2].split(",")[0], rows[0].split(",")[0]]
    assert (desk / "list.csv").stat().st_mode & 0o777 == 0o600

    (desk / "none.csv").write_text(f"{clerk.HEADERS[0]};note\n;x\n")
    assert type_("pseudonyms", "none.csv", *how, "--out", "none-listed.csv").exit_code == 65
    (desk / "other.csv").write_text("Dossier;note\nTN-0002-24;x\n")
    with pytest.raises(NumberMissing) as refused:
        type_("pseudonyms", "other.csv", *how, "--out", "none-listed.csv")
    assert refused.value.facts["headings"] == clerk.HEADERS[0]
    assert not (desk / "none-listed.csv").exists()


def test_the_whole_way_from_her_file_to_the_vault(desk: Path, hub: RealHub) -> None:
    package = pack(desk, hub)
    (desk / "token").write_text(hub.account("submitter", "TUN")["token"])
    (desk / "token").chmod(0o600)
    server = make_server("127.0.0.1", 0, hub.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        sent = type_("send", package, "--hub", address, "--token-file", "token", "--lang", "fr")
        assert sent.exit_code == 0, sent.output
        hub.work()
        state = hub.api("submitter", "TUN").open("/api/v1/batches", "GET").json["batches"][0]
        assert state["state"] == "ACCEPTED"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_was_sealed_has_canonical_columns_only_and_nothing_of_hers(desk: Path, hub: RealHub) -> None:
    import pyrage

    package = pack(desk, hub)
    identity = pyrage.x25519.Identity.from_str((hub.folder / "keys" / "worker" / "opening.key").read_text().strip())
    plain = pyrage.decrypt((package / "data.age").read_bytes(), [identity]).partition(b"\n")[2].partition(b"\n")[2]
    header, *rows = plain.decode().splitlines()
    assert "PSEUDONYM" in header
    assert len(rows) == 40
    assert set(header.split(",")) <= {
        column.name for column in hub.house.book.dataflow("VICTIMS").columns(hub.house.book)
    }
    for hers in (BARE, "TN-0001", "2024-", "mendicit", "Femme", "Observations"):
        assert hers.encode() not in plain, hers


def test_her_own_file_is_counted_at_home_by_her_mapping_and_no_record_is_in_the_tables(desk: Path) -> None:
    assert type_("map", "victimes-2024.xlsx", *ABOUT, "--yes", "--blank-unknown", *CONSTANTS).exit_code == 0
    assert type_("keys", "pseudonym", "--out", "pseudonym.key").exit_code == 0
    how = ("--mapping", "mapping-TUN-VICTIMS.toml", "--plan", "victims-annual", "--out", "tables.json", "--lang", "en")
    with pytest.raises(KeyNeeded):
        type_("tabulate", "victimes-2024.xlsx", *ABOUT, *YEAR, *how)
    told = type_("tabulate", "victimes-2024.xlsx", *ABOUT, *YEAR, *how, "--pseudonym-key", "pseudonym.key")
    assert told.exit_code == 0, told.output
    counted = {
        " ".join(codes): count for codes, count in json.loads(Path("tables.json").read_text())["cubes"]["sex-age"]
    }
    assert counted == {  # of 40: Femme ١٧, أنثى 12 ans, H 23, ذكر ٣٠ سنة, F 8 mois, by turns
        "F Y12T17": 16,
        "_O Y18T29": 8,
        "_O Y30T47": 8,
        "F Y0T4": 8,
    }
    assert not any(word in Path("tables.json").read_text() for word in ("TN-0000-24", BARE, "mendicité"))
