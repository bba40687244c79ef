"""How every figure is taken: us and the peer by turns on the same data, the median of several runs, CPU time.

CPU time is user and system time of this process, all its threads, and the programs it started and waited for. Waiting
for the disk or for somebody else's work on the machine is not in it; wall time is, and is shown where it matters.
"""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from os import cpu_count, getloadavg
from pathlib import Path
from statistics import median
from typing import Final

RUNS: Final = 5
_LEGEND: Final = "(seconds of CPU, the median; ± half the range of the runs over it)"


@dataclass(frozen=True)
class Cost:
    """Seconds: of CPU, and on the wall; ``spread`` is the CPU time's range over its median."""

    cpu: float
    wall: float
    spread: float = 0.0

    def times(self, factor: float) -> Cost:
        """Return the cost of ``factor`` times the work, if each piece costs as much as the next."""
        return Cost(self.cpu * factor, self.wall * factor, self.spread)


def by_turns(*works: Callable[[], object], runs: int = RUNS) -> list[Cost]:
    """Return the median cost of each work; they alternate, so that a busy minute falls on all of them."""
    taken: list[list[Cost]] = [[] for _ in works]
    for _ in range(runs):
        for work, costs in zip(works, taken, strict=True):
            costs.append(_once(work))
    return [_median(costs) for costs in taken]


def compare(what: str, ours: Cost, peer: Cost, name: str = "peer") -> None:
    """Print both CPU times and how many times less or more of it we take."""
    ratio = peer.cpu / ours.cpu
    verdict = f"{_figure(ratio)} times less" if ratio >= 1 else f"{_figure(1 / ratio)} times more"
    print(f"{what}: ours {_seconds(ours)}, {name} {_seconds(peer)}: ours costs {verdict}")


def machine() -> str:
    """Return the lines without which a figure says nothing."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?")
    system = next((line.split('"')[1] for line in _lines("/etc/os-release") if line.startswith("PRETTY_NAME")), "?")
    python = f"Python {platform.python_version()}"
    return f"machine: {cpu_count()} cores ({model}), {system}, {python}, load {getloadavg()[0]:.1f}\n{_LEGEND}"


def _once(work: Callable[[], object]) -> Cost:
    wall, cpu = time.perf_counter(), _cpu()
    work()
    return Cost(_cpu() - cpu, time.perf_counter() - wall)


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _median(costs: list[Cost]) -> Cost:
    cpus = [cost.cpu for cost in costs]
    middle = median(cpus)
    return Cost(middle, median(cost.wall for cost in costs), (max(cpus) - min(cpus)) / middle)


def _seconds(cost: Cost) -> str:
    return f"{cost.cpu:,.3g} s (±{cost.spread / 2:.0%})" if cost.cpu < 1000 else f"{cost.cpu:,.0f} s"


def _figure(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{float(f'{ratio:.2g}'):,.0f}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
