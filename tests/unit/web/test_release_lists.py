"""An empty list of releases says whose eyes it is empty for: nobody is told that there are none who may not see any."""

from __future__ import annotations

import pytest

from support.hub import RealHub

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
