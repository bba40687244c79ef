"""What a committee is told of readings: read strictly, and never weaker than the bedrock."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from amana.policy.toml import PolicyInvalid
from amana.policy.window import Window
from support.policy_folder import PolicyFolder


def test_the_regions_own_file_is_read(tmp_path: Path) -> None:
    window = PolicyFolder(tmp_path / "p").load().window
    assert window == Window(organisations=3, every=timedelta(hours=1), demo=timedelta(seconds=5))
    assert (window.counts_every(demo=False), window.counts_every(demo=True)) == (window.every, window.demo)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (r"^organisations = 3$", "organisations = 2", "organisations"),
        (r"^organisations = 3$", "", "organisations"),
        (r"^seconds = 3600$", "seconds = 899", "seconds"),
        (r"^seconds = 3600$", "seconds = 5000", "seconds"),
        (r"^seconds = 3600$", "seconds = 172800", "seconds"),
        (r"^seconds = 3600$", "seconds = 3600\nsecret = true", "secret"),
        (r"^seconds = 5$", "seconds = 7", "demo.seconds"),
        (r"window/1", "window/2", "format"),
    ],
)
def test_a_weaker_or_broken_file_is_refused(tmp_path: Path, old: str, new: str, place: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        PolicyFolder(tmp_path / "p").replace("window.toml", old, new).load()
    assert (refused.value.facts["file"], refused.value.facts["place"]) == ("window.toml", place)


def test_more_organisations_and_longer_hours_may_be_asked_for(tmp_path: Path) -> None:
    folder = PolicyFolder(tmp_path / "p").replace("window.toml", r"^organisations = 3$", "organisations = 5")
    folder.replace("window.toml", r"^seconds = 3600$", "seconds = 86400")
    assert folder.load().window == Window(5, timedelta(days=1), timedelta(seconds=5))
