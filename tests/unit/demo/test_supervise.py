"""The demo's folder: an earlier demo's is remade, a running demo's is left alone.

ended demo    [.demo]           -> removed and made again
running demo  [.demo]--flock    -> refused: running
"""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
from rich.console import Console

from amana.demo import supervise
from amana.demo.processes import Layout

QUIET = Console(quiet=True)


def test_the_folder_of_a_demo_that_has_ended_is_made_again(tmp_path: Path):
    layout = Layout(tmp_path / "demo", supervise.free_port())
    supervise.prepare_folder(layout, QUIET)
    (layout.folder / "left.log").touch()
    supervise.prepare_folder(layout, QUIET)
    assert not (layout.folder / "left.log").exists()


def test_the_folder_of_a_demo_that_still_runs_is_left_alone(tmp_path: Path):
    layout = Layout(tmp_path / "demo", supervise.free_port())
    supervise.prepare_folder(layout, QUIET)
    with (layout.folder / ".amana-demo").open() as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        with pytest.raises(supervise.DemoRefused) as refused:
            supervise.prepare_folder(layout, QUIET)
    assert refused.value.facts["reason"] == "word.demo_running"
    assert (layout.folder / ".amana-demo").exists()
