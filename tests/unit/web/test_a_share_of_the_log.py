"""Nobody outside moves the size of the log, and nobody inside by more than a share: see ADR 20."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from amana.audit.events.event import Actor
from amana.audit.events.readers import ReadingsCounted
from amana.audit.outbox import journal
from support.hub import RealHub, real_hub
from support.policy_folder import PolicyFolder

EACH = 6


@pytest.fixture
def tight(tmp_path: Path) -> Iterator[RealHub]:
    """A hub in which one person may make six events in five seconds."""
    policies = PolicyFolder(tmp_path / "policies").replace("log.toml", "^each = 100000", f"each = {EACH}").folder
    with real_hub(tmp_path, policies) as hub:
        yield hub


def test_a_stranger_makes_no_event_whatever_is_refused(fresh: RealHub) -> None:
    client, before = fresh.app.test_client(), len(fresh.events())
    for number in range(5):
        assert client.get("/api/v1/releases").status_code == 401
        assert (
            client.get("/api/v1/releases", headers={"Authorization": f"Bearer amana_{number:043}"}).status_code == 401
        )
        assert client.post("/log/cosignatures", data=b"nothing").status_code == 400
        assert client.get("/log/tile/0/000").status_code == 404
        assert client.post("/en/sign-in", data={"email": f"{number}@x.example", "password": "x"}).status_code == 401
    assert len(fresh.events()) == before
    fresh.tell_refusals()
    failed, refused = (fresh.events(kind)[-1]["facts"] for kind in ("sign_in.failed", "refusals.counted"))
    assert (failed["times"], refused["times"]) == (5, 20)
    assert len(fresh.events()) == before + 2


def test_whoever_has_used_up_their_share_waits_for_the_next_interval(tight: RealHub) -> None:
    steward, before = tight.api("steward"), len(tight.events())
    answers = [steward.get("/api/v1/releases") for _ in range(EACH + 3)]
    assert [one.status_code for one in answers] == [200] * EACH + [429] * 3
    assert (answers[-1].json["code"], answers[-1].headers["Retry-After"]) == ("access.share_spent", "5")
    assert steward.get("/api/v1/audit/events").status_code == 429
    account = tight.account("steward")
    form = {"email": account["email"], "password": account["password"]}
    assert tight.app.test_client().post("/en/sign-in", data=form).status_code == 429
    assert len(tight.events()) == before + EACH
    assert tight.api("auditor").get("/api/v1/audit/events").status_code == 200  # the share is hers alone
    tight.tell_refusals()
    told, person = tight.events("refusals.counted")[-1]["facts"], tight.events()[before]["actor"]
    assert (told["persons"], told["refusals"]) == ([person], [4])
    assert told["codes"] == {"access.share_spent": 5}
    assert steward.get("/api/v1/releases").status_code == 200


def test_the_share_is_said_in_each_language(tight: RealHub) -> None:
    for _ in range(EACH):
        tight.api("steward").get("/api/v1/releases")
    for language in ("ar", "fr", "en"):
        told = tight.api("steward", language=language).get("/api/v1/releases").json["detail"]
        assert str(EACH) in told
    tight.clock.at += timedelta(seconds=5)
    assert tight.api("steward").get("/api/v1/releases").status_code == 200


@pytest.mark.parametrize(("lang", "moment"), [("en", "21 Nov 2026, 12:01"), ("fr", "21 nov. 2026"), ("ar", "2026")])
def test_what_was_counted_is_told_on_its_page(fresh: RealHub, lang: str, moment: str) -> None:
    fresh.app.test_client().get("/api/v1/releases")
    fresh.tell_refusals()
    event = fresh.events("refusals.counted")[-1]["event_id"]
    page = fresh.browser("auditor").get(f"/{lang}/audit/events/{event}/").text
    assert moment in page
    assert "access.sign_in_needed" in page


def test_an_instant_that_is_none_is_shown_as_it_is(fresh: RealHub) -> None:
    for told in ("noon", "2026-11-21T12:00:00"):
        with fresh.house.database.write() as tx:
            event = journal.append(tx, ReadingsCounted(told), Actor("worker", "process", "hub"), fresh.clock())
        assert told in fresh.browser("auditor").get(f"/en/audit/events/{event}/").text
