"""A published bundle is taken away as it was signed, by whoever may read its tables, and attacked with the command."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from amana.command.audit import command
from amana.config import HOME
from support.hub import Kept, RealHub
from support.published import publish, three_committees

PURPOSE = {"Amana-Purpose": "regional_reporting"}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, figures_of_2022: Kept) -> Iterator[RealHub]:
    with figures_of_2022.again(tmp_path_factory.mktemp("bundles")) as opened:
        three_committees(opened, "2023")
        yield opened


@pytest.fixture(scope="module")
def release(figures_of_2022: Kept) -> str:
    return figures_of_2022.release


def test_what_is_downloaded_passes_the_command(hub: RealHub, release: str, tmp_path: Path) -> None:
    taken = hub.api("member").get(f"/api/v1/releases/{release}/bundle", headers=PURPOSE)
    assert (taken.status_code, taken.mimetype) == (200, "application/zip")
    (tmp_path / "b.zip").write_bytes(taken.data)
    (tmp_path / "k.pem").write_bytes(hub.app.test_client().get("/api/v1/bundle.pub.pem").data)
    asked = ["release", str(tmp_path / "b.zip"), "--key", str(tmp_path / "k.pem"), "--policies", str(HOME / "policies")]
    said = CliRunner().invoke(command, asked)
    assert said.exit_code == 0, said.output


def test_it_holds_the_signed_files_and_no_others_and_is_the_same_each_time(hub: RealHub, release: str) -> None:
    first, second = (
        hub.api(role).get(f"/api/v1/releases/{release}/bundle", headers=PURPOSE).data for role in ("member", "steward")
    )
    assert first == second
    with hub.house.database.read():
        kept = hub.house.catalogue().release(release)
    folder = hub.house.opened.root / kept.digest
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            each.name: each.read_bytes() for each in folder.iterdir()
        }


def test_taking_it_is_a_reading_of_every_contributor(hub: RealHub, release: str) -> None:
    hub.api("member").get(f"/api/v1/releases/{release}/bundle", headers=PURPOSE)
    facts = hub.events("statistics.read")[-1]["facts"]
    assert (facts["cube"], facts["format"], facts["purpose"]) == (release, "bundle", "regional_reporting")
    assert (set(facts["countries"]), list(facts["periods"])) == ({"NER", "CIV", "MAR"}, ["2022"])


@pytest.mark.parametrize("role", ["observer", "auditor", "operator", "submitter"])
def test_whoever_may_not_read_the_tables_is_refused(hub: RealHub, release: str, role: str) -> None:
    client = hub.api(role, "MAR" if role == "submitter" else None)
    assert client.get(f"/api/v1/releases/{release}/bundle").status_code == 403
    assert hub.app.test_client().get(f"/api/v1/releases/{release}/bundle").status_code == 401


def test_nothing_is_given_of_what_is_not_published(hub: RealHub) -> None:
    built = publish(hub, "2023", until="BUILT")
    for role in ("member", "steward"):
        assert hub.api(role).get(f"/api/v1/releases/{built}/bundle", headers=PURPOSE).status_code == 404
    assert "/bundle" not in hub.browser("steward").get(f"/en/releases/{built}").text


def test_a_file_that_is_not_what_was_signed_is_not_sent(hub: RealHub, release: str) -> None:
    folder = hub.house.opened.root / hub.house.catalogue().release(release).digest
    spoilt = next(iter(folder.glob("*.values.npy")))
    content = spoilt.read_bytes()
    spoilt.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    try:
        answer = hub.api("member").get(f"/api/v1/releases/{release}/bundle", headers=PURPOSE)
    finally:
        spoilt.write_bytes(content)
    assert (answer.status_code, answer.json["code"]) == (500, "dissemination.bundle_damaged")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "the signed bundle"), ("fr", "le paquet signé"), ("ar", "الحزمة الموقّعة")]
)
def test_the_pages_say_where_it_is_and_what_to_run(hub: RealHub, release: str, language: str, said: str) -> None:
    browser = hub.browser("member", purpose="regional_reporting")
    for page in (f"releases/{release}", "data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022"):
        text = browser.get(f"/{language}/{page}").text
        assert said in text
        assert f'href="/{language}/data/bundles/{release}"' in text
        assert f"amana audit release {release}.zip --key bundle.pub.pem" in text


def test_who_reads_for_several_purposes_is_asked_for_one_and_then_gets_it(hub: RealHub, release: str) -> None:
    browser = hub.browser("member")
    page = browser.get(f"/fr/releases/{release}").text
    assert f'href="/fr/data/bundles/{release}"' in page
    asked = browser.get(f"/fr/data/bundles/{release}")
    assert asked.status_code == 302
    assert asked.location.startswith("/fr/purpose?next=")
    assert "bundles" in browser.get(asked.location).text
    form = {"purpose": "research", "form_key": hub.form_key(browser), "next": f"/fr/data/bundles/{release}"}
    wanted = browser.post("/fr/purpose", data=form).location
    given = browser.get(wanted)
    assert (given.status_code, given.mimetype) == (200, "application/zip")
    read = hub.events("statistics.read")[-1]
    assert (read["purpose"], read["facts"]["format"]) == ("research", "bundle")


def test_nothing_is_given_of_what_was_withdrawn(hub: RealHub, release: str) -> None:
    steward = hub.api("steward")
    assert steward.post(f"/api/v1/releases/{release}/withdrawal", json={"reason": "a mistake"}).status_code == 202
    hub.work()
    answer = hub.api("member").get(f"/api/v1/releases/{release}/bundle", headers=PURPOSE)
    assert (answer.status_code, answer.json["code"]) == (410, "release.withdrawn")
    assert hub.api("observer").get(f"/api/v1/releases/{release}/bundle").status_code == 403
    assert "/bundle" not in hub.browser("steward").get(f"/en/releases/{release}").text
