"""A process is killed at every named place in turn; what was acknowledged is there, once, and the work goes on.

The list of places is read from the source. Each is armed in the one process that passes it, a whole contribution and
release are then walked through, and the process must have died there: a place that nobody passes is a failure too.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from amana.demo.processes import PROGRAMS
from support.running import RunningHub, fault_points, running_hub, small_policies
from support.walk import Walk, check_nothing_lost_nothing_twice

POINTS = fault_points()
YEARS = 20  # walks on one hub: each needs a year of its own, and a year that has not begun is refused
WALKS = [pytest.param(number // YEARS, point, id=point) for number, point in enumerate(sorted(POINTS))]
HUBS = sorted({walk.values[0] for walk in WALKS})

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    folder = tmp_path_factory.mktemp("killed")
    log = small_policies(folder) / "log.toml"
    log.write_text(log.read_text(encoding="utf-8").replace("counted = 60\n", "counted = 5\n"), encoding="utf-8")
    with running_hub(folder / "hub", policies=log.parent) as running:
        yield running


@pytest.mark.parametrize(("hub", "point"), WALKS, indirect=["hub"])
def test_killed_here_nothing_acknowledged_is_lost_and_nothing_is_done_twice(
    point: str, hub: RunningHub, tmp_path: Path
) -> None:
    process = POINTS[point]
    hub.arm(process, point)
    walk = Walk(hub, sorted(POINTS).index(point) % YEARS, tmp_path)
    walk.contribute()
    walk.publish()
    assert hub.died_armed(), f"{process} never came to {point}"
    check_nothing_lost_nothing_twice(hub, walk)


@pytest.mark.parametrize("hub", HUBS, indirect=True)
def test_the_log_of_all_this_verifies(hub: RunningHub, tmp_path: Path) -> None:
    copy = tmp_path / "log.jsonl"
    copy.write_text(hub.as_("auditor").text("/api/v1/audit/snapshot"), encoding="utf-8")
    vkey = hub.layout.folder / "keys" / "web" / "log.vkey"
    subprocess.run([str(PROGRAMS / "amana"), "audit", "verify", str(copy), "--vkey", str(vkey)], check=True)
    assert json.loads(copy.read_text().splitlines()[0])
