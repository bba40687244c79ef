"""Tables under differential privacy: our noise beside pac-synth's, and beside independent noise on every table.

Everybody gets the same rows, the same epsilon and the same fixed delta, and we get pac-synth's own, smaller rho. A cell
that pac-synth does not report counts as 0. Errors are mean absolute errors of cells against the truth, which exists
only here: on made-up rows, and on a public census extract. "All zeros" stands beside everybody: a method that does not
beat it tells less than nothing. Ours is the estimate for display, as a page prints it, in whole persons like all that
the others report, and before that; the official, unbiased figures are printed as well, and what our first sketch made
of the same noise. Constants were chosen on rows made up from seeds 7 and 11 to 16; what is measured are others.

pac-synth, and we where memory is measured, run in processes of their own. Noise is OpenDP's, in all our figures.

    python bench/noise.py [--data FILE.csv] [--adult FOLDER] [--seeds 3] [--parts PART ...] [--long]
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
from beside import machine
from beside.maximum_entropy import by_maximum_entropy
from beside.microdata import Rows, adult, from_file, made_up
from numpy.typing import NDArray

from amana.config import HOME
from amana.disclosure.noise import estimate
from amana.disclosure.noise.draw import draw
from amana.disclosure.noise.estimate import displays
from amana.disclosure.noise.exact import OpenDP
from amana.disclosure.noise.noisy import release_noisy
from amana.disclosure.noise.plan import NoisePlan, plan
from amana.disclosure.noise.reconstruct import covariance, estimates, interval, variances
from amana.disclosure.noise.weights import plan_by_size
from amana.disclosure.noise.zcdp import DELTA
from amana.disclosure.ratio import Figure, share
from amana.disclosure.table import Axis, Cube, Node, RawTable
from amana.disclosure.whole import whole

LENGTH: Final = 3
EPSILONS: Final = (1.0, 4.0)
MODES: Final = (  # accuracy, fabrication; the others of pac-synth were never best in a first go
    ("prioritize_long_combinations", "uncontrolled"),
    ("prioritize_long_combinations", "minimize"),
    ("balanced", "minimize"),
)
DECLARED: Final = (
    ("country", "sex", "age"), ("country", "exploitation", "sex"), ("country", "age", "exploitation"),
    ("citizenship", "sex", "exploitation"), ("country", "period", "exploitation"), ("sector", "exploitation", "sex"),
    ("country", "citizenship", "sex"), ("country", "id_route", "care"),
)  # fmt: skip
COVERED_DRAWS: Final = 60
FRESH: Final = (21, 22, 23, 24, 25)  # seeds of made-up rows that no constant was chosen on
TRIED: Final = ((4.0, 0.75), (2.0, 0.5), (2.0, 0.75), (2.0, 1.0), (1.0, 0.75))  # estimate.DIFFERENT, estimate.GROWS
THREADS: Final = "OPENBLAS_NUM_THREADS"
FOLDER: Final = HOME.parent / "shared" / "data"

Sets = tuple[tuple[int, ...], ...]
Tables = dict[tuple[int, ...], NDArray[np.float64]]


def rho_of_pac_synth(epsilon: float, delta: float) -> float:
    """Return the rho that pac-synth takes for its counts: half a percent of epsilon goes to the number of rows."""
    left = 0.995 * epsilon
    return (math.sqrt(left + math.log(2 / delta)) - math.sqrt(math.log(2 / delta))) ** 2


def all_sets(rows: Rows) -> Sets:
    """Return every set of up to three attributes."""
    return tuple(each for size in range(1, LENGTH + 1) for each in combinations(range(len(rows.sizes)), size))


def declared(rows: Rows) -> Sets:
    """Return the eight declared cubes."""
    return tuple(tuple(rows.names.index(name) for name in each) for each in DECLARED)


def cubes_of(rows: Rows, sets: Sets) -> tuple[Cube, ...]:
    """Return each set as a cube with all its margins."""
    axes = []
    for name, size in zip(rows.names, rows.sizes, strict=True):
        nodes = (Node("_T", None), *(Node(str(code), (name, str(code))) for code in range(size)))
        axes.append(Axis(name, nodes, ((0, tuple(range(1, size + 1))),)))
    return tuple(Cube("-".join(map(str, each)), tuple(axes[at] for at in each)) for each in sets)


def counted(rows: Rows, sets: Sets) -> Tables:
    """Return the true count of every leaf cell."""
    found, columns = {}, np.ascontiguousarray(rows.codes.T)
    for each in sets:
        place = columns[each[0]]
        for at in each[1:]:
            place = place * rows.sizes[at] + columns[at]
        shape = [rows.sizes[at] for at in each]
        found[each] = np.bincount(place, minlength=math.prod(shape)).astype(np.float64).reshape(shape)
    return found


def raw_of(cubes: Sequence[Cube], truth: Tables) -> RawTable:
    """Return counts with their margins."""
    counts = {}
    for cube, table in zip(cubes, truth.values(), strict=True):
        cells = table.astype(np.int64)
        for axis in range(cells.ndim):
            cells = np.concatenate((cells.sum(axis, keepdims=True), cells), axis)
        counts[cube.id] = cells
    return RawTable(tuple(cubes), counts, {})


def leaves(cubes: Sequence[Cube], sets: Sets, cells: dict[str, NDArray[np.float64]]) -> Tables:
    """Return the leaf cells of every cube by set."""
    return {each: cells[cube.id][(slice(1, None),) * len(each)] for cube, each in zip(cubes, sets, strict=True)}


@dataclass(frozen=True)
class Errors:
    """Mean absolute error by number of attributes. spurious: cells of the longest, 1 or more where there is nobody."""

    by_length: dict[int, float]
    spurious: int

    def at(self, length: int) -> float:
        """Return the error of one length; not a number where there is no such table."""
        return self.by_length.get(length, math.nan)


def errors(found: Tables, truth: Tables) -> Errors:
    """Hold tables against the truth."""
    by_length = {}
    for length in {len(each) for each in truth}:
        sizes = sum(table.size for each, table in truth.items() if len(each) == length)
        off = sum(float(np.abs(found[each] - table).sum()) for each, table in truth.items() if len(each) == length)
        by_length[length] = off / sizes
    spurious = sum(
        int(((found[each] >= 1) & (table == 0)).sum()) for each, table in truth.items() if len(each) == LENGTH
    )
    return Errors(by_length, spurious)


def middle(found: Sequence[Errors]) -> Errors:
    """Return the median of several goes."""
    lengths = found[0].by_length
    return Errors(
        {length: median(each.at(length) for each in found) for length in lengths},
        int(median(each.spurious for each in found)),
    )


@dataclass(frozen=True)
class Run:
    """What a process of its own took. cpu: seconds; memory: MB at its peak."""

    cpu: float
    memory: float


def pac_synth(rows: Rows, epsilon: float, mode: tuple[str, str], folder: Path) -> tuple[Tables, Run]:
    """Return what pac-synth reports of every combination of up to three attributes."""
    np.save(folder / "rows.npy", rows.codes)
    script = HOME / "bench" / "beside" / "combinations.py"
    asked = [str(epsilon), str(DELTA), *mode, str(LENGTH), str(folder / "found.npz")]
    told = subprocess.run(
        [sys.executable, str(script), str(folder / "rows.npy"), *asked], check=True, capture_output=True, text=True
    )
    with np.load(folder / "found.npz") as found:
        places, codes, counts = found["places"], found["codes"], found["counts"]
    tables: Tables = {}
    order = np.argsort(np.where(places < 0, len(rows.sizes), places), axis=1)
    places, codes = np.take_along_axis(places, order, 1), np.take_along_axis(codes, order, 1)
    for each in all_sets(rows):
        tables[each] = np.zeros([rows.sizes[at] for at in each])
    for length in range(1, LENGTH + 1):
        mine = (places >= 0).sum(1) == length
        names, whose = np.unique(places[mine][:, :length], axis=0, return_inverse=True)
        for number, name in enumerate(names.tolist()):
            picked = whose.ravel() == number
            tables[tuple(name)][tuple(codes[mine][picked][:, :length].T)] = counts[mine][picked]
    cpu, memory = told.stdout.split()
    return tables, Run(float(cpu), float(memory))


def best_of_pac_synth(rows: Rows, sets: Sets, epsilon: float, truth: Tables) -> Errors:
    """Return what its best mode is off by in its longest tables."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for mode in MODES:
            tables, _ = pac_synth(rows, epsilon, mode, Path(folder))
            found.append(errors({each: tables[tuple(sorted(each))].transpose(_ranks(each)) for each in sets}, truth))
    return min(found, key=lambda each: each.at(LENGTH))


def _ranks(each: tuple[int, ...]) -> list[int]:
    """Return the axes of a sorted table in the order in which a set names them."""
    return [sorted(each).index(at) for at in each]


def ours(rows: Rows, design: NoisePlan, raw: RawTable, sets: Sets) -> dict[str, Tables]:
    """Return, all from one draw: as printed, for display, official, and what the first sketch makes of it."""
    residuals = draw(design, raw.counts, OpenDP())
    display = leaves(raw.cubes, sets, displays(design, residuals))
    names = {each: tuple(rows.names[at] for at in each) for each in sets}
    sketch = by_maximum_entropy(design, residuals, dict(zip(rows.names, rows.sizes, strict=True)), list(names.values()))
    return {
        "ours, as a page prints it: whole persons": {
            each: whole(table).astype(float) for each, table in display.items()
        },
        "ours, for display, before that": display,
        "ours, official": leaves(raw.cubes, sets, estimates(design, residuals)),
        "maximum entropy, our first sketch": {each: sketch[names[each]] for each in sets},
    }


def every_combination(sources: Sequence[Rows]) -> None:
    """All tables of up to three attributes; medians over several sets of rows, or several goes at the same."""
    heading(f"all tables of up to {LENGTH} attributes, {sources[0].name}", len(sources))
    for epsilon in EPSILONS:
        rho, found = rho_of_pac_synth(epsilon, DELTA), _Found()
        for rows in sources:
            sets = all_sets(rows)
            truth, cubes = counted(rows, sets), cubes_of(rows, sets)
            design = plan_by_size(cubes, rho, round(len(rows.codes), -3))
            mine = ours(rows, design, raw_of(cubes, truth), sets)
            del mine["ours, official"]  # most of them have no triples
            found.of_us(rows, sets, truth, mine)
            found.of_pac_synth(rows, sets, epsilon, truth)
        found.told(epsilon, ("pac-synth",))


def chosen_cubes(sources: Sequence[Rows]) -> None:
    """Eight declared cubes; nobody is told of the attributes that are in none of them."""
    heading(f"8 declared cubes, {sources[0].name}", len(sources))
    for epsilon in EPSILONS:
        rho, found = rho_of_pac_synth(epsilon, DELTA), _Found()
        for every in sources:
            used = [at for at, name in enumerate(every.names) if any(name in each for each in DECLARED)]
            names, sizes = (tuple(line[at] for at in used) for line in (every.names, every.sizes))
            rows = Rows(every.name, names, sizes, every.codes[:, used], every.expected)
            sets = declared(rows)
            truth, cubes = counted(rows, sets), cubes_of(rows, sets)
            found.of_us(rows, sets, truth, ours(rows, plan(cubes, rho), raw_of(cubes, truth), sets))
            apart = independent(truth, rho)
            found.add("independent discrete Gaussian", apart, truth)
            cut = {each: np.maximum(table, 0) for each, table in apart.items()}
            found.add("the same, nothing below 0", cut, truth)
            found.of_pac_synth(rows, sets, epsilon, truth)
        found.told(epsilon, ("pac-synth", "the same, nothing below 0"))
        deviations(plan(cubes, rho), cubes[0], rho)


def deviations(design: NoisePlan, cube: Cube, rho: float) -> None:
    """Print how much noise official figures have from the leaves of a cube up, beside sums of independent leaves."""
    spread, alone = variances(design)[cube.id], len(design.cubes) / (2 * rho)
    for summed in ((), (1,), (1, 2), (0, 1, 2)):
        mine = spread[tuple(0 if axis in summed else slice(1, None) for axis in range(spread.ndim))].mean()
        number = math.prod(spread.shape[axis] - 1 for axis in summed)
        kept = " x ".join(DECLARED[0][axis] for axis in range(spread.ndim) if axis not in summed) or "everybody"
        apart = f"of {number} independent cells {math.sqrt(number * alone):.1f}"
        print(f"     official, {kept}: standard deviation {math.sqrt(mine):.1f}; {apart}")


class _Found:
    """The errors of everybody, one for each set of rows."""

    def __init__(self) -> None:
        self.errors: dict[str, list[Errors]] = {}

    def add(self, who: str, tables: Tables, truth: Tables) -> None:
        """Hold somebody's tables against the truth."""
        self.errors.setdefault(who, []).append(errors(tables, truth))

    def of_us(self, rows: Rows, sets: Sets, truth: Tables, mine: dict[str, Tables]) -> None:
        """Add ours, all zeros, and a bound."""
        for who, tables in mine.items():
            self.add(who, tables, truth)
        self.add("all zeros", {each: np.zeros_like(table) for each, table in truth.items()}, truth)
        if rows.expected:
            bound = known(rows, sets)
            self.add("whoever made the rows up, no noise", bound, truth)
            printed = {each: whole(table).astype(float) for each, table in bound.items()}
            self.add("the same, whole persons", printed, truth)

    def of_pac_synth(self, rows: Rows, sets: Sets, epsilon: float, truth: Tables) -> None:
        """Add pac-synth's best mode on these rows."""
        self.errors.setdefault("pac-synth", []).append(best_of_pac_synth(rows, sets, epsilon, truth))

    def told(self, epsilon: float, peers: Sequence[str]) -> None:
        """Print medians, beside the better of the peers on each set of rows."""
        number = len(self.errors["pac-synth"])
        better = [
            min((self.errors[who][at] for who in peers), key=lambda each: each.at(LENGTH)) for at in range(number)
        ]
        for who, found in self.errors.items():
            ratios = [peer.at(LENGTH) / each.at(LENGTH) for peer, each in zip(better, found, strict=True)]
            line(epsilon, who, middle(found), ratios)


def known(rows: Rows, sets: Sets) -> Tables:
    """Return what is told by who knows the distribution that rows were drawn from, but no row: a bound for models."""
    assert rows.expected
    return {each: rows.expected.table([rows.names[at] for at in each]) for each in sets}


def independent(truth: Tables, rho: float) -> Tables:
    """Return each table with noise of its own, the budget shared equally: exact, and by OpenDP as well."""
    scale = math.sqrt(len(truth) / (2 * rho))
    source = OpenDP()
    return {
        each: source.add(table.astype(np.int64).ravel(), scale).reshape(table.shape).astype(np.float64)
        for each, table in truth.items()
    }


def covered(rows: Rows, draws: int) -> None:
    """How often intervals hold: every cell of the declared cubes, and shares of each country."""
    sets = declared(rows)
    cubes = cubes_of(rows, sets)
    raw = raw_of(cubes, counted(rows, sets))
    design = plan(cubes, rho_of_pac_synth(4.0, DELTA))
    spread, source = variances(design), OpenDP()
    asked = list(_shares(cubes[0], raw))
    shared = {each: covariance(design, *each) for each in asked}
    held, cells, ratios, told, worst = 0, 0, 0, 0, 0.0
    for _ in range(draws):
        found = estimates(design, draw(design, raw.counts, source))
        for cube in cubes:
            lower, upper = interval(found[cube.id], spread[cube.id])
            held += int(((lower <= raw.counts[cube.id]) & (raw.counts[cube.id] <= upper)).sum())
            cells += cube.size
        totals = [found[cube.id][(0,) * len(cube.axes)] for cube in cubes]
        worst = max(worst, max(totals) - min(totals))
        for one, other in asked:
            part, whole = (Figure(found[cube][at], spread[cube][at]) for cube, at in (one, other))
            derived = share(part, whole, shared[one, other])
            true = raw.counts[one[0]][one[1]] / raw.counts[other[0]][other[1]]
            ratios += derived.lower <= true <= derived.upper
            told += derived.reliable
    print(f"\n== 95 % intervals, {draws} releases of 8 cubes, {rows.name}, epsilon 4")
    print(f"cells held: {held / cells:.4f} of {cells:,}; tables differ by at most {worst:.1e}")
    number = draws * len(asked)
    print(f"shares held: {ratios / number:.4f} of {number:,}, {told / number:.0%} of them reliable")


def _shares(cube: Cube, raw: RawTable) -> Iterator[tuple[tuple[str, tuple[int, ...]], tuple[str, tuple[int, ...]]]]:
    """Yield part and whole: each sex among the persons of each country, where there are any."""
    for country in range(1, cube.shape[0]):
        for sex in range(1, cube.shape[1]):
            if raw.counts[cube.id][country, 0, 0]:
                yield (cube.id, (country, sex, 0)), (cube.id, (country, 0, 0))


def costs(rows: Rows, runs: int) -> None:
    """CPU and memory of all tables of up to three attributes, counting and exact noise included."""
    print(f"\n== what it costs: all tables of up to {LENGTH} attributes, {rows.name}, epsilon 4", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "rows.npy", rows.codes)
        asked = [sys.executable, __file__, "--alone", str(Path(folder) / "rows.npy"), *map(str, rows.sizes)]
        told = [subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split() for _ in range(runs)]
        mine = Run(median(float(cpu) for cpu, _ in told), median(float(memory) for _, memory in told))
        _, peer = pac_synth(rows, 4.0, MODES[0], Path(folder))
    print(f"CPU: ours {mine.cpu:.1f} s, pac-synth {peer.cpu:.1f} s: 1/{peer.cpu / mine.cpu:.0f}")
    print(f"memory: ours {mine.memory:.0f} MB, pac-synth {peer.memory:.0f} MB: 1/{peer.memory / mine.memory:.0f}")


def alone(path: Path, sizes: tuple[int, ...]) -> None:
    """Do it once in this process, and say what it took, loading libraries included."""
    codes = np.load(path)
    rows = Rows("rows", tuple(f"c{at}" for at in range(len(sizes))), sizes, codes)
    sets = all_sets(rows)
    cubes, rho = cubes_of(rows, sets), rho_of_pac_synth(4.0, DELTA)
    design = plan_by_size(cubes, rho, round(len(codes), -3))
    release_noisy(raw_of(cubes, counted(rows, sets)), design)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def draws_per_second() -> None:
    """How fast exact noise is."""
    zeros, source = np.zeros(50_000, dtype=np.int64), OpenDP()
    source.add(zeros[:10], 100.0)
    begun = time.process_time()
    source.add(zeros, 5000.0)
    print(f"exact noise: {len(zeros) / (time.process_time() - begun):,.0f} draws a second of CPU")


def halves(rows: Rows) -> None:
    """Choose two constants on half of the rows, and see on the other half what another choice would have given."""
    order = np.random.default_rng(20261122).permutation(len(rows.codes))
    print(f"\n== two constants of the estimate on either half of {rows.name}: 3-way error of the display")
    print(f"{'eps':>3}  {'how misfits differ, and how they grow':44}{'one half':>12}{'the other':>12}")
    parts = [Rows(rows.name, rows.names, rows.sizes, rows.codes[half]) for half in np.array_split(order, 2)]
    sets = all_sets(rows)
    cubes = cubes_of(rows, sets)
    truths = [counted(part, sets) for part in parts]
    present = estimate.DIFFERENT, estimate.GROWS
    for epsilon in EPSILONS:
        rho = rho_of_pac_synth(epsilon, DELTA)
        design = plan_by_size(cubes, rho, round(len(parts[0].codes), -3))
        drawn = [draw(design, raw_of(cubes, truth).counts, OpenDP()) for truth in truths]
        for constants in TRIED:
            estimate.DIFFERENT, estimate.GROWS = constants  # type: ignore[misc]
            off = [
                errors(leaves(cubes, sets, displays(design, residuals)), truth).at(LENGTH)
                for residuals, truth in zip(drawn, truths, strict=True)
            ]
            told = f"{constants[0]}, {constants[1]}{' (ours)' if constants == present else ''}"
            print(f"{epsilon:>3g}  {told:44}{off[0]:12.4f}{off[1]:12.4f}", flush=True)
    estimate.DIFFERENT, estimate.GROWS = present  # type: ignore[misc]


def heading(text: str, sets: int) -> None:
    """Print the head of a table."""
    print(f"\n== {text}; medians of {sets}")
    print(f"{'eps':>3}  {'':44}{'2-way':>9}{'3-way':>9}{'beside the better peer':>30}{'spurious':>10}", flush=True)


def line(epsilon: float, what: str, found: Errors, ratios: Sequence[float]) -> None:
    """Print a line of the table. ratios: of 3-way cells; printed are the median and, in brackets, the range."""
    beside = f"1/{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"{epsilon:>3g}  {what:44}{found.at(2):9.2f}{found.at(3):9.3f}{beside:>30}{found.spurious:>10,}", flush=True)


PARTS: Final = {  # by name; the last two are long, and pac-synth takes 6 GB
    "intervals": lambda _: covered(made_up(2_600, 7), COVERED_DRAWS),
    "chosen": lambda asked: chosen_cubes([made_up(2_600, seed) for seed in FRESH[: asked.seeds]]),
    "made_up": lambda asked: every_combination([made_up(5_000, seed) for seed in FRESH[: asked.seeds]]),
    "adult": lambda asked: every_combination([adult(asked.adult)] * asked.seeds),
    "halves": lambda asked: halves(adult(asked.adult)),
    "cost": lambda asked: costs(made_up(100_000, 7), asked.seeds),
    "large": lambda _: every_combination([made_up(100_000, 7)]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a CSV of integer codes under a header, instead of the rest")
    parser.add_argument("--adult", type=Path, default=FOLDER, help="folder of adult.csv.gz and adult-domain.json")
    parser.add_argument("--seeds", type=int, default=3, help="sets of made-up rows, 5 at most; goes otherwise")
    parser.add_argument("--long", action="store_const", dest="parts", const=(*PARTS,), help="all parts")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=("intervals", "chosen", "made_up", "adult"))
    parser.add_argument("--alone", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if os.environ.get(THREADS) != "1":  # matrices are small: more threads would wait for each other, at our cost
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {THREADS: "1"})  # noqa: S606
    if asked.alone:
        alone(Path(asked.alone[0]), tuple(map(int, asked.alone[1:])))
        return
    print(machine())
    draws_per_second()
    if asked.data:
        every_combination([from_file(asked.data)] * asked.seeds)
        return
    for part in asked.parts:
        PARTS[part](asked)


if __name__ == "__main__":
    main()
