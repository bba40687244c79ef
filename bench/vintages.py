"""Second vintages of the demo's victims, after some committees have revised: which are published, with how much shown.

One, two, three, four and all eight committees revise: each one person, or as many in a hundred as asked for. Two of
five are registered late, one is withdrawn, two have their sex, age or citizenship mended. Each vintage is cleared as a
release is, against every two committees and every organisation, with the checker and all attacks as the gate.

Beside us: what anybody would do who has no engine for it, and hides all that has changed and everything regional.

    bench/vintages.py [PERIOD [REVISERS …]] [--share PERCENT] [--seed NUMBER]

2023 by default, all five (1 2 3 4 8), one person each; seed 7, by which who is revised and what is hidden are drawn.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random
from time import process_time
from typing import Final
from unittest import mock

import numpy as np
from beside import machine

from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.prepare import counted
from amana.demo.generate import write_all
from amana.demo.synthetic.consistent import consistent
from amana.disclosure import clear
from amana.disclosure.audit import audit
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.table import AREA, ClearedTable, ClearingRefused, Publication, RawTable, Rule, Status
from amana.plans.plan import Plan
from amana.tabulation.tabulate import Counts, assemble

HOME: Final = Path(__file__).parents[1]
RULE: Final = Rule(5, zeros_hidden=True, coalition=2)
SEED: Final = 7
ORDER: Final = ("TUN", "EGY", "MAR", "CIV", "NER", "LBY", "MRT", "DZA")  # who revises first
REVISERS: Final = (1, 2, 3, 4, 8)
KINDS: Final = ("late", "late", "gone", "mended", "mended")
MENDED: Final = ("SEX", "AGE", "CITIZENSHIP")

Row = dict[str, str]


def main() -> None:
    print(machine())
    words = sys.argv[1:]
    share = float(words.pop(words.index("--share") + 1)) / 100 if "--share" in words else 0.0  # one person at the least
    seed = int(words.pop(words.index("--seed") + 1)) if "--seed" in words else SEED
    period, *asked = [each for each in words if not each.startswith("--")] or ["2023"]
    documents = Documents(HOME / "policies")
    plan = documents.plan("victims-annual", documents.book())
    with tempfile.TemporaryDirectory() as folder:
        files = {path.stem.split("-")[0]: path for path in write_all(Path(folder)) if f"VICTIMS-{period}" in path.stem}
        rows = {code: _read(path) for code, path in sorted(files.items())}
    base = {code: _count(code, each, period, plan, documents) for code, each in rows.items()}
    whole = _assembled(base, plan, documents)
    cleared, clock = _cleared(whole, (), seed)
    assert isinstance(cleared, ClearedTable), "the first vintage was refused"
    print(f"victims of {period}: first vintage {_shown(cleared)} of {_cells(whole)} cells shown, {clock}")
    for number in [int(each) for each in asked] or REVISERS:
        who = [code for code in ORDER if code in rows][:number]
        rng = Random(f"{seed} {number} {share}")  # noqa: S311 - synthetic data
        late = {code: _revised(rows[code], max(1, round(share * len(rows[code]))), rng) for code in who}
        parts = {code: _count(code, each, period, plan, documents) for code, each in late.items()}
        now = _assembled({**base, **parts}, plan, documents)
        what = f"{number} revise, {f'{share:.0%}' if share else 'one person'} each"
        _measure(what, whole, cleared, now, who, seed=seed)


def _measure(what: str, was: RawTable, cleared: ClearedTable, now: RawTable, who: Sequence[str], *, seed: int) -> None:
    """Print what becomes of one second vintage, and of the peer's."""
    then = _page(was, cleared, frozenset(who))
    found, clock = _cleared(now, (then,), seed)
    verdict = f"refused ({found})" if isinstance(found, str) else f"{_shown(found)} cells shown"
    plain = _plain(was, cleared, now)
    passed = audit([then, _page(now, plain)]).passed
    print(
        f"  {what}: {verdict} of {_shown(cleared)} then, {clock}; beside it, all hidden that changed or is regional: "
        f"{_shown(plain)}, {'safe' if passed else 'unsafe'} from an outsider",
        flush=True,
    )


class _Clock:
    """CPU seconds by the step of a clearing, and how many candidates were judged."""

    def __init__(self) -> None:
        self.spent, self.draws = dict[str, float](), 0
        self._step, self._since = "suppress", process_time()

    def beside(self, step: str) -> AbstractContextManager[object]:
        """Look at the clock whenever a step of the clearing begins; programs that attack run the engine, too."""
        does = getattr(clear, step)

        def timed(*given: object, **named: object) -> object:
            if (self._step, step) != ("attack_all", "suppress") or "past" in named:
                self.tell(step)
            return does(*given, **named)

        return mock.patch.object(clear, step, timed)

    def tell(self, step: str) -> None:
        now = process_time()
        self.spent[self._step] = self.spent.get(self._step, 0.0) + now - self._since
        self.draws += (self._step, step) == ("suppress", "audit_each")
        self._step, self._since = step, now

    def __str__(self) -> str:
        spent = ", ".join(f"{step} {seconds:.2g} s" for step, seconds in self.spent.items())
        return f"{self.draws} candidate{'s' * (self.draws != 1)} judged ({spent})"


def _cleared(raw: RawTable, past: Sequence[Publication], seed: int) -> tuple[ClearedTable | str, _Clock]:
    """Return the table as it may be published, or why it may not."""
    clock, rng = _Clock(), Random(seed)  # noqa: S311 - synthetic data
    try:
        with clock.beside("suppress"), clock.beside("audit_each"), clock.beside("attack_all"):
            return clear.clear(raw, RULE, rng, past=past), clock
    except ClearingRefused as refused:
        return str(refused.facts["reason"]), clock
    finally:
        clock.tell("")


def _plain(was: RawTable, cleared: ClearedTable, now: RawTable) -> Candidate:
    """Return the peer's: hidden stays hidden, and so is all that has changed, and everything regional."""
    values, status = {}, {}
    for cube in now.cubes:
        shown = (cleared.status[cube.id] == Status.SHOWN) & (was.counts[cube.id] == now.counts[cube.id])
        dim = next((at for at, axis in enumerate(cube.axes) if axis.dim == AREA), None)
        if dim is None:
            shown[:] = False
        else:
            wholes = [node for node, each in enumerate(cube.axes[dim].nodes) if each.key is None]
            np.moveaxis(shown, dim, 0)[wholes] = False
        status[cube.id] = np.where(shown, Status.SHOWN, Status.HIDDEN).astype(np.uint8)
        status[cube.id][now.absent[cube.id]] = Status.NOT_COLLECTED
        values[cube.id] = np.where(status[cube.id] == Status.SHOWN, now.counts[cube.id], 0)
    return Candidate(values, status)


def _revised(rows: Sequence[Row], number: int, rng: Random) -> list[Row]:
    """Return the rows after so many persons were registered late, withdrawn, or mended."""
    found = [dict(row) for row in rows]
    for _ in range(number):
        kind, at = rng.choice(KINDS), rng.randrange(len(found))
        if kind == "late":
            found.append({**found[at], "PSEUDONYM": rng.randbytes(32).hex()})
        elif kind == "gone":
            found.pop(at)
        else:
            column = rng.choice(MENDED)
            mended = consistent({**found[at], column: rng.choice(rows)[column]})
            found[at] = {name: mended[name] for name in found[at]}
    return found


def _read(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _count(code: str, rows: Sequence[Row], period: str, plan: Plan, documents: Documents) -> Counts:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return counted(path, About(code, "VICTIMS", period), plan, documents).counts


def _assembled(parts: Mapping[str, Counts], plan: Plan, documents: Documents) -> RawTable:
    return assemble(list(parts.values()), plan, tuple(parts), documents.book())


def _page(raw: RawTable, shown: ClearedTable | Candidate, revised: frozenset[str] | None = None) -> Publication:
    return Publication(raw.cubes, shown.values, shown.status, RULE.least_count, RULE.zeros_hidden, revised)


def _shown(table: ClearedTable | Candidate) -> int:
    return sum(int((each == Status.SHOWN).sum()) for each in table.status.values())


def _cells(raw: RawTable) -> int:
    return sum(cube.size for cube in raw.cubes)


if __name__ == "__main__":
    main()
