"""A dry run from the door to the page: limited, journalled, told to its owner, and nothing of it kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.contributions import row, text
from support.hub import Kept, RealHub, real_hub
from support.published import three_committees
from support.running import small_policies

SOUND = text([row(number) for number in range(1, 40)] + [row(40, SEX="M")]).encode()
PATH = "/api/v1/batches?dataflow=VICTIMS&period=2019&dry_run=true"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[RealHub]:
    """A hub of its own, with a small plan: a dry run is one of a day's."""
    with real_hub(tmp_path, small_policies(tmp_path)) as made:
        yield made


def tried(hub: RealHub, number: int, data: bytes = SOUND, committee: str = "MAR"):
    headers = {"Idempotency-Key": f"try-{number}"}
    return hub.api("submitter", committee).post(PATH, data=data, content_type="text/csv", headers=headers)


def test_its_owner_reads_what_it_would_mean_and_nothing_is_kept(fresh: RealHub):
    receipt = tried(fresh, 1)
    assert (receipt.status_code, receipt.json["state"]) == (202, "RECEIVED")
    fresh.work()
    told = fresh.api("submitter", "MAR").get(f"/api/v1/batches/{receipt.json['id']}").json
    assert (told["state"], told["dry_run"]) == ("CHECKED", True)
    assert told["preview"]["risk"]["worst"][0] == {"variables": ["SEX"], "unique": 1, "rare": 1}
    (plan,) = told["preview"]["plans"]
    assert sum(cube["hidden"] for cube in plan["cubes"].values()) > 0
    listed = fresh.api("submitter", "MAR").get("/api/v1/batches").json["batches"]
    assert listed == [told], "the list says the same as the page of one"
    assert fresh.events("batch.tried")
    assert not fresh.events("records.stored")
    assert fresh.api("submitter", "TUN").get(f"/api/v1/batches/{receipt.json['id']}").status_code == 403


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["This was a dry run", "Who could be recognised", "What a release would hide"]),
        ("fr", ["un essai", "Qui pourrait être reconnu", "masquerait"]),
        ("ar", ["كانت هذه تجربة", "من يمكن التعرف عليه", "ما قد يحجبه الإصدار"]),
    ],
)
def test_the_page_says_so_in_three_languages(fresh: RealHub, language: str, words: list[str]):
    clerk = fresh.browser("submitter", "MAR")
    form = {"form_key": fresh.form_key(clerk), "idempotency_key": "k", "dataflow": "VICTIMS", "period": "2019"}
    sent = clerk.post(
        f"/{language}/contributions/send",
        data={**form, "dry_run": "yes", "file": (io.BytesIO(SOUND), "a.csv", "text/csv")},
        content_type="multipart/form-data",
    )
    assert sent.status_code == 303
    fresh.work()
    page = clerk.get(sent.headers["Location"]).text
    for word in words:
        assert word in page


def test_a_committee_tries_as_often_as_the_policy_says_and_no_oftener(fresh: RealHub):
    most = fresh.house.policies.dry_run.per_day
    for number in range(most):
        assert tried(fresh, number).status_code == 202
    refused = tried(fresh, most)
    assert (refused.status_code, refused.json["code"]) == (429, "intake.trials_spent")
    assert refused.json["facts"] == {"per_day": most}
    assert tried(fresh, most, committee="TUN").status_code == 202
    real = {"Idempotency-Key": "real"}
    path = PATH.removesuffix("&dry_run=true")
    sent = fresh.api("submitter", "MAR").post(path, data=SOUND, content_type="text/csv", headers=real)
    assert sent.status_code == 202


def test_the_same_key_is_not_a_dry_run_once_and_a_real_one_then(fresh: RealHub):
    tried(fresh, 1)
    path, headers = PATH.removesuffix("&dry_run=true"), {"Idempotency-Key": "try-1"}
    again = fresh.api("submitter", "MAR").post(path, data=SOUND, content_type="text/csv", headers=headers)
    assert (again.status_code, again.json["code"]) == (422, "intake.replay_differs")


def told(hub: RealHub, number: int, committee: str = "MAR"):
    sent = tried(hub, number, committee=committee).json["id"]
    hub.work()
    return sent, hub.api("submitter", committee).get(f"/api/v1/batches/{sent}").json["preview"]["plans"][0]


def test_before_anything_is_published_nothing_stands_beside_it(fresh: RealHub):
    """Only what is published is read for it: what is taken in and not published says nothing yet."""
    three_committees(fresh)
    assert told(fresh, 1)[1]["published"] is None
    assert not fresh.events("release.read")


def test_what_the_latest_release_did_stands_beside_it(figures_of_2022: Kept, tmp_path: Path):
    with figures_of_2022.again(tmp_path) as hub:
        looked = len(hub.events("release.read"))
        sent, plan = told(hub, 2)
        said = plan["published"]
        assert (said["release"], said["period"], said["vintage"]) == (figures_of_2022.release, "2022", 1)
        assert 0 < len(said["cubes"]) <= len(plan["cubes"])
        assert all(cells["shown"] + cells["hidden"] > 0 for cells in said["cubes"].values())
        (read,) = hub.events("release.read")[looked:]
        assert (read["actor"], read["subject"]) == ("worker", figures_of_2022.release)
        assert told(hub, 3, "TUN")[1]["published"] is None, "who did not contribute has no cell in it"
        words = {"en": "latest release shows", "fr": "la dernière publication montre", "ar": "ما يُظهره آخر إصدار"}
        for language, word in words.items():
            assert word in hub.browser("submitter", "MAR").get(f"/{language}/contributions/{sent}").text
