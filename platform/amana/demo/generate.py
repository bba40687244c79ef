"""Write the files that eight committees would send: synthetic, seeded, shaped after published national figures.

``python -m amana.demo.generate FOLDER [--seed N]``. No row describes anyone: margins follow
``synthetic/data/figures.toml``, where each figure names its source or says that it is assumed; everything else is drawn
from ``synthetic/data/shapes.toml``.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final

from amana.codebook.load import load as load_codebook
from amana.codebook.model import Codebook
from amana.demo.synthetic import figures as published
from amana.demo.synthetic.children import children
from amana.demo.synthetic.consistent import consistent
from amana.demo.synthetic.figures import Figures
from amana.demo.synthetic.registry import Registry, Row
from amana.demo.synthetic.tables import activities, justice
from amana.demo.synthetic.victims import victims

SEED: Final = 20240305  # the Cairo workshop that asked for regional data
README: Final = """\
SYNTHETIC DATA. No row describes a real person. Totals follow published figures where there are any and assumptions
where there are none (platform/amana/demo/synthetic/data/figures.toml says which); everything else is random.

DONNÉES SYNTHÉTIQUES. Aucune ligne ne décrit une personne réelle. Les totaux suivent des chiffres publiés lorsqu'il en
existe, des hypothèses sinon (voir platform/amana/demo/synthetic/data/figures.toml) ; tout le reste est tiré au hasard.

بيانات اصطناعية. لا يصف أي سطر شخصا حقيقيا. تتبع المجاميعُ أرقاما منشورة حيثما وُجدت، وافتراضاتٍ حيث لا توجد
(انظروا platform/amana/demo/synthetic/data/figures.toml)؛ وكل ما عدا ذلك عشوائي.
"""

_NEVER_COLLECTED: Final = ("AGE_ENTRY", "AGE_EXPLOITATION")  # no published figure says how they would be spread

File = tuple[str, str, str, list[Row]]  # committee, dataflow, period, rows


def write_all(folder: Path, seed: int = SEED) -> list[Path]:
    """Write every committee's canonical CSV files and a README into ``folder``; return the CSV files, sorted.

    The same seed gives the same bytes. Each file draws from its own generator, so that one more file changes no other.
    """
    folder.mkdir(parents=True, exist_ok=True)
    book = load_codebook()
    figures = published.load()
    (folder / "README.txt").write_text(README, encoding="utf-8")
    written = [_write(folder, file, book, figures) for file in _files(book, figures, seed)]
    return sorted(written)


def _files(book: Codebook, figures: Figures, seed: int) -> Iterator[File]:
    for one in figures.victims:
        registry, rng = _registry("VICTIMS", one.committee, one.period, book=book, figures=figures, seed=seed)
        rows = victims(registry, one, figures.shapes, rng)
        yield one.committee, "VICTIMS", one.period, [consistent(row) for row in rows]
    period = figures.children["period"]
    for committee in figures.children["sizes"]:
        registry, rng = _registry("CHILDREN", committee, period, book=book, figures=figures, seed=seed)
        rows = children(registry, figures.children, figures.shapes, rng)
        yield committee, "CHILDREN", period, [consistent(row) for row in rows]
    for row in figures.justice:
        rng = Random(f"{seed} JUSTICE {row['committee']} {row['period']}")  # noqa: S311  synthetic data, not a secret
        yield row["committee"], "JUSTICE", row["period"], justice(row, rng)
    for row in figures.activities:
        yield row["committee"], "ACTIVITIES", row["period"], activities(row)


def _registry(
    flow: str, committee: str, period: str, *, book: Codebook, figures: Figures, seed: int
) -> tuple[Registry, Random]:
    """Return a committee's registry with a key of its own, and the generator of one file."""
    key = Random(f"{seed} key {committee}").randbytes(32)  # noqa: S311  a demo key for synthetic people
    habits = figures.shapes["committees"][committee]
    registry = Registry(committee, book.dataflow(flow), period, key, habits, book)
    return registry, Random(f"{seed} {flow} {committee} {period}")  # noqa: S311  synthetic data, not a secret


def _write(folder: Path, file: File, book: Codebook, figures: Figures) -> Path:
    committee, flow, period, rows = file
    absent = {*figures.shapes["committees"][committee]["not_collected"], *_NEVER_COLLECTED}
    columns = [column.name for column in book.dataflow(flow).columns(book) if column.variable not in absent]
    path = folder / f"{committee}-{flow}-{period}.csv"
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def main(arguments: Sequence[str]) -> int:
    """Write the files and name them, one per line."""
    parser = argparse.ArgumentParser(prog="python -m amana.demo.generate", description="Write synthetic data files.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(arguments)
    for path in write_all(asked.folder, asked.seed):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
