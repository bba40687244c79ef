"""An empty list of releases says whose eyes it is empty for: nobody is told that there are none who may not see any."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from amana.web.pages.releases import _reason
from amana.wording.load import sentence
from support.hub import RealHub

if TYPE_CHECKING:
    from amana.release.ledger import Release

NONE_PLANNED = "No release has been planned yet"


def test_the_steward_sees_every_release_and_is_told_that_there_are_none(hub: RealHub) -> None:
    assert NONE_PLANNED in hub.browser("steward").get("/en/releases/").text


@pytest.mark.parametrize("role", ["observer", "auditor", "operator", "member"])
@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "no release here that you may see"), ("fr", "que vous puissiez voir"), ("ar", "يحق لكم الاطلاع عليه")],
)
def test_others_are_told_what_they_may_see(hub: RealHub, role: str, language: str, said: str) -> None:
    text = hub.browser(role).get(f"/{language}/releases/").text
    assert said in text
    assert NONE_PLANNED not in text


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_what_could_not_be_protected_says_so_without_the_numbers_that_nobody_keeps(hub: RealHub, language: str) -> None:
    with hub.app.test_request_context(f"/{language}/releases/"):
        said = _reason(cast("Release", SimpleNamespace(reason="disclosure.refused")))
    assert said == sentence("disclosure.refused.release", language)
    assert said is not None
    assert "…" not in said


def test_a_person_s_own_words_are_shown_as_they_are(hub: RealHub) -> None:
    with hub.app.test_request_context("/en/releases/"):
        assert _reason(cast("Release", SimpleNamespace(reason="The year is not over."))) == "The year is not over."
