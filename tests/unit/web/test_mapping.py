"""The hub's side of a national file: it waits sealed, its owner says what it means, and nothing strange is shown."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape
from pathlib import Path

from sqlalchemy import Row, select

from amana.intake.tables import batch as batches
from amana.intake.tables import mapping, mapping_proposal, segment
from support import clerk
from support.hub import RealHub

PERSON = "Zelbani Krouti"  # no list of names has it
CONSTANTS = {
    "VICTIM_STATUS": "IDENT",
    "AREA_EXPLOITATION": "TUN",
    "ICT_FACILITATION": "_U",
    "CONSENT_REPORTING": "_Z",
    "LEGAL_BASIS": "PUBLIC",
}


def send(hub: RealHub, path: Path, key: str, committee: str = "TUN", period: str = "2024") -> str:
    answer = hub.api("submitter", committee).open(
        f"/api/v1/batches?dataflow=VICTIMS&period={period}",
        "POST",
        data=path.read_bytes(),
        content_type=clerk.XLSX,
        headers={"Idempotency-Key": key},
    )
    assert answer.status_code == 202, answer.text
    return answer.json["id"]


def state(hub: RealHub, batch: str, committee: str = "TUN") -> str:
    return hub.api("submitter", committee).open(f"/api/v1/batches/{batch}", "GET").json["state"]


def row(hub: RealHub, batch_id: str) -> Row:
    with hub.test_database.as_role("owner").read() as reading:
        return reading.execute(select(batches).where(batches.c.id == batch_id)).one()


def outline(hub: RealHub, batch: str) -> dict:
    answer = hub.api("submitter", "TUN").open(f"/api/v1/batches/{batch}/mapping", "GET")
    assert answer.status_code == 200, answer.text
    return {one["letter"]: one for one in answer.json["columns"]}


def said(columns: dict, **changed: dict) -> dict:
    """What is proposed, said back; the words that are ours with the meaning that the page would choose."""
    from amana.mapping.confirm import concept_of
    from amana.mapping.outline import Outlined, Word
    from amana.mapping.synonyms import load
    from support.contributions import BOOK

    words, flow = load("VICTIMS", BOOK), BOOK.dataflow("VICTIMS")
    told = {}
    for letter, one in columns.items():
        column = Outlined(**{**one, "full": False, "mark": "", "words": tuple(Word(**word) for word in one["words"])})
        concept = concept_of(column) or "-"
        variable = next((each for each in flow.variables if each.id == one["target"]), None)
        values = {}
        for word in one["words"]:
            listed = variable.codelist if variable and variable.codelist and not variable.id.startswith("AGE") else None
            code = words.answer(word["text"]) if one["kind"] == "flag" else None
            code = code or (
                words.code(word["text"], listed).id if listed and words.code(word["text"], listed) else None
            )
            if code:
                values[word["text"]] = code
        told[letter] = {"concept": concept, "values": values, "blank": bool(one["blank"]) and concept != "-"}
    for letter, change in changed.items():
        told[letter] = {**told[letter], **change}
    return told


def put(hub: RealHub, batch: str, columns: dict, constants: dict = CONSTANTS, committee: str = "TUN"):
    return hub.api("submitter", committee).open(
        f"/api/v1/batches/{batch}/mapping", "PUT", json={"columns": columns, "constants": constants}
    )


def test_a_national_file_waits_sealed_is_told_and_is_accepted(hub: RealHub, tmp_path: Path) -> None:
    data = clerk.keyed(clerk.rows())
    data[3][4] = "mangeurs de pain"  # a word that nobody knows
    path = clerk.workbook(tmp_path / "a.xlsx", data, (*clerk.KEYED_HEADERS[:-1], PERSON))
    batch = send(hub, path, "first")
    hub.work()
    assert state(hub, batch) == "MAPPING", (
        hub.api("submitter", "TUN").open(f"/api/v1/batches/{batch}/findings", "GET").text
    )

    columns = outline(hub, batch)
    assert [(columns[letter]["target"], columns[letter]["kind"]) for letter in "ABCDEGH"] == [
        ("PSEUDONYM", "pseudonym"),
        ("SEX", "coded"),
        ("AGE", "age"),
        ("CITIZENSHIP", "coded"),
        ("EXPLOITATION", "several"),
        ("EXPLOITATION", "flag"),
        ("RECRUITER", "coded"),
    ]
    assert columns["I"]["kind"] is None
    assert columns["I"]["header"] is None
    assert columns["E"]["strange"] == 2, "one is nobody's word, one a misspelling"
    assert columns["E"]["like"] == {"EXP_BEG": 8}

    told = said(columns, I={"concept": "-"})
    told["E"]["values"] |= {"mandicité": "EXP_BEG"}
    answer = put(hub, batch, told)
    assert (answer.status_code, answer.json["version"]) == (200, 1)
    assert put(hub, batch, told).status_code == 409, "it was told already"
    hub.work()
    assert state(hub, batch) == "MAPPING", "one word is still open"
    columns = outline(hub, batch)
    assert columns["E"]["kept"]
    assert columns["E"]["strange"] == 1
    found = hub.api("submitter", "TUN").open(f"/api/v1/batches/{batch}/findings", "GET").json["findings"]
    assert [(one["rule"], one["letter"], one["row"]) for one in found if one["severity"] == "error"] == [
        ("mapping.value_unknown", "E", 8)
    ], "her own file, at this row, has the word"

    told = said(columns)
    told["E"]["values"] |= {"mangeurs de pain": "EXP_OTH"}
    assert put(hub, batch, told).json["version"] == 2
    hub.work()
    assert state(hub, batch) == "ACCEPTED"
    assert hub.events("mapping.confirmed")[-1]["facts"]["version"] == 2


def test_the_next_file_of_the_same_form_is_judged_without_asking(hub: RealHub, tmp_path: Path) -> None:
    path = clerk.workbook(tmp_path / "b.xlsx", clerk.keyed(clerk.rows(20)), (*clerk.KEYED_HEADERS[:-1], PERSON))
    batch = send(hub, path, "second")
    hub.work()
    assert state(hub, batch) == "HELD", "it would replace the version before"


def test_no_strange_text_is_in_the_database_the_journal_or_an_answer(hub: RealHub) -> None:
    with hub.test_database.as_role("owner").read() as reading:
        kept = json.dumps(
            [list(map(str, row)) for table in (mapping, mapping_proposal) for row in reading.execute(select(table))],
            ensure_ascii=False,
        )
    everything = kept + json.dumps([dict(one["facts"]) for one in hub.events()], ensure_ascii=False)
    assert "Zelbani" not in everything
    assert "TN-0001" not in everything


def test_an_identifier_refuses_the_file_before_anything_is_proposed(hub: RealHub, tmp_path: Path) -> None:
    data = clerk.keyed(clerk.rows(10))
    data[2][-1] = "appeler le +216 20 123 456"
    batch = send(hub, clerk.workbook(tmp_path / "c.xlsx", data, clerk.KEYED_HEADERS), "phone", period="2021")
    hub.work()
    assert state(hub, batch) == "REFUSED"
    with hub.test_database.as_role("owner").read() as reading:
        assert reading.execute(select(mapping_proposal).where(mapping_proposal.c.batch_id == batch)).first() is None
        left = reading.execute(select(segment.c.destroyed_at).where(segment.c.batch_id == batch)).scalars().all()
    assert left
    assert all(left)


def test_a_file_without_keyed_pseudonyms_is_refused_with_what_to_do(hub: RealHub, tmp_path: Path) -> None:
    data = [[n, *row[1:5]] for n, row in enumerate(clerk.rows(10))]
    headers = ("Numéro", *clerk.HEADERS[1:5])
    batch = send(hub, clerk.workbook(tmp_path / "d.xlsx", data, headers), "unkeyed", period="2020")
    hub.work()
    found = hub.api("submitter", "TUN").open(f"/api/v1/batches/{batch}/findings", "GET").json
    assert found["state"] == "REFUSED"
    assert "mapping.not_keyed" in [one["rule"] for one in found["findings"]]


def test_a_dry_run_of_a_national_file_says_that_its_columns_must_be_told_first(hub: RealHub, tmp_path: Path) -> None:
    headers = tuple(f"Colonne {n}" if n else "Pseudonyme" for n in range(9))
    path = clerk.workbook(tmp_path / "t.xlsx", clerk.keyed(clerk.rows(9)), headers)
    answer = hub.api("submitter", "TUN").open(
        "/api/v1/batches?dataflow=VICTIMS&period=2015&dry_run=true",
        "POST",
        data=path.read_bytes(),
        content_type=clerk.XLSX,
        headers={"Idempotency-Key": "tried"},
    )
    hub.work()
    found = hub.api("submitter", "TUN").open(f"/api/v1/batches/{answer.json['id']}/findings", "GET").json
    errors = [one["rule"] for one in found["findings"] if one["severity"] == "error"]
    assert (found["state"], errors) == ("CHECKED", ["mapping.needed"])


def test_what_nobody_says_in_time_is_destroyed(fresh: RealHub, tmp_path: Path) -> None:
    hub = fresh
    headers = tuple(f"Colonne {n}" if n else "Pseudonyme" for n in range(9))
    path = clerk.workbook(tmp_path / "e.xlsx", clerk.keyed(clerk.rows(10)), headers)
    batch = send(hub, path, "late", period="2019")
    hub.work()
    assert row(hub, batch).state == "MAPPING"
    hub.clock.at += timedelta(days=29)
    hub.work()
    assert row(hub, batch).state == "MAPPING"
    hub.clock.at += timedelta(days=2)
    hub.work()
    assert row(hub, batch).state == "REFUSED"
    assert hub.events("batch.refused")[-1]["facts"]["rules"] == ["mapping.expired"]
    with hub.test_database.as_role("owner").read() as reading:
        left = reading.execute(select(segment.c.destroyed_at).where(segment.c.batch_id == batch)).scalars().all()
        assert left
        assert all(left)
        assert reading.execute(select(mapping_proposal).where(mapping_proposal.c.batch_id == batch)).first() is None


def test_nobody_but_the_owner_sees_or_says_anything(hub: RealHub, tmp_path: Path) -> None:
    headers = tuple(f"Colonne {n}" if n else "Pseudonyme" for n in range(9))
    batch = send(hub, clerk.workbook(tmp_path / "f.xlsx", clerk.keyed(clerk.rows(9)), headers), "mine", period="2018")
    hub.work()
    for role, committee in (("submitter", "MAR"), ("protection_officer", "TUN"), ("steward", None), ("auditor", None)):
        asker = hub.api(role, committee)
        assert asker.open(f"/api/v1/batches/{batch}/mapping", "GET").status_code == 403, role
        assert asker.open(f"/api/v1/batches/{batch}/mapping", "PUT", json={"columns": {}}).status_code == 403, role


def test_a_spelling_that_could_point_at_a_person_is_not_kept(hub: RealHub, tmp_path: Path) -> None:
    headers = tuple(f"Colonne {n}" if n else "Pseudonyme" for n in range(9))
    batch = send(hub, clerk.workbook(tmp_path / "g.xlsx", clerk.keyed(clerk.rows(9)), headers), "unsafe", period="2017")
    hub.work()
    told = {letter: {"concept": "-"} for letter in "BCDEFGHI"} | {"A": {"concept": "PSEUDONYM"}}
    for spelling in ("06 12 34 56 78", "6_1_2_3", "nom@exemple.tn", "١٢٣٤٥٦", "x" * 81, "Fatima Benali", "فاطمة بنعلي"):
        answer = put(hub, batch, {**told, "B": {"concept": "SEX", "values": {spelling: "F"}}})
        assert answer.status_code == 422, spelling
        assert spelling not in answer.text
    assert put(hub, batch, {letter: told[letter] for letter in "ABC"}).json["code"] == "mapping.incomplete"
    assert put(hub, batch, {**told, "B": {"concept": "NOTHING"}}).json["code"] == "mapping.invalid"


def test_the_page_shows_places_and_our_words_and_takes_what_is_said(hub: RealHub, tmp_path: Path) -> None:
    data = clerk.keyed(clerk.rows(15))
    data[0][4] = "mot inventé"
    path = clerk.workbook(tmp_path / "h.xlsx", data, ("Pseudonyme", *clerk.KEYED_HEADERS[1:-1], PERSON))
    batch = send(hub, path, "page", committee="MAR", period="2024")
    hub.work()
    browser = hub.browser("submitter", "MAR")
    address = f"/fr/contributions/{batch}/mapping"
    page = browser.get(address)
    assert page.status_code == 200
    assert PERSON not in page.text
    assert "mot inventé" not in page.text
    assert "Femme" in page.text
    form = _form(page.text) | {"concept-I": "-", "act": "again"}
    form |= {f"constant-{name}": code for name, code in CONSTANTS.items()}
    again = browser.post(address, data=form)
    assert again.status_code == 200
    form = _form(again.text) | {"act": "confirm", "typed-E-0": "mot inventé", "typed-code-E-0": "EXP_OTH"}
    form |= {"typed-E-1": "mandicité", "typed-code-E-1": "EXP_BEG", "blank-H": "on"}
    answer = browser.post(address, data=form)
    assert answer.status_code == 303, answer.text
    hub.work()
    judged = hub.api("submitter", "MAR").open(f"/api/v1/batches/{batch}/findings", "GET").json
    assert [(one["rule"], one["letter"]) for one in judged["findings"] if one["severity"] == "error"] == []
    assert judged["state"] == "ACCEPTED"


def test_a_country_may_be_typed_by_its_name_and_what_is_no_answer_is_told_with_its_column(
    hub: RealHub, tmp_path: Path
) -> None:
    data = clerk.keyed(clerk.rows(15))
    data[0][3], data[1][4] = "Ivoirienne du nord", "mot jamais vu"
    batch = send(hub, clerk.workbook(tmp_path / "i.xlsx", data, clerk.KEYED_HEADERS), "names", "MAR")
    hub.work()
    browser = hub.browser("submitter", "MAR")
    address = f"/fr/contributions/{batch}/mapping"
    form = _form(browser.get(address).text) | {
        "concept-I": "-",
        "act": "confirm",
        "blank-H": "on",
        "typed-D-0": "Ivoirienne du nord",
    }
    form |= {f"constant-{name}": code for name, code in CONSTANTS.items()} | {"constant-AREA_EXPLOITATION": "Tunisie"}
    wrong = browser.post(address, data=form | {"typed-code-D-0": "Ruritanie"})
    assert wrong.status_code == 422
    assert "Un sens donné dans la colonne D" in unescape(wrong.text)
    assert "Ruritanie" in wrong.text, "what was typed is still there"
    assert browser.post(address, data=form | {"typed-code-D-0": "côte d'ivoire"}).status_code == 303
    told = unescape(browser.get(f"/fr/contributions/{batch}").text)
    assert "Vous avez dit ce que les colonnes signifient" in told
    assert "Dire ce que les colonnes signifient" not in told
    hub.work()
    told = unescape(browser.get(f"/fr/contributions/{batch}").text)
    assert "Lu comme vous l'avez dit" in told, "spellings that nobody has said the meaning of are left"
    mapping = hub.api("submitter", "MAR").open(f"/api/v1/batches/{batch}/mapping", "GET").json
    assert "D" not in {one["letter"] for one in mapping["columns"] if one["strange"]}


def _form(page: str) -> dict[str, str]:
    """What a browser would send of this page's form."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.sent: dict[str, str] = {}
            self._select = ""

        def handle_starttag(self, tag: str, attrs: list) -> None:
            told = dict(attrs)
            if tag == "input" and told.get("name") and told.get("type") != "checkbox":
                self.sent[told["name"]] = told.get("value") or ""
            if tag == "select":
                self._select = told["name"]
                self.sent[self._select] = ""
            if tag == "option" and "selected" in told:
                self.sent[self._select] = told["value"]

    reader = Reader()
    reader.feed(page.partition('action="/fr/contributions')[2])
    return {name: value for name, value in reader.sent.items() if value}
