"""Validating beside frictionless and pandera: the same file, the rules that all of us can say, the same faults.

The rules are four: a cell is required, it is one of a list, a pseudonym has its form, and none stands there twice.
Faults of each kind are planted, and what each of us names is compared as a set of (row, column). Beside frictionless,
and beside pandera as a whole, we judge the file as intake does, with every other rule and the search for identifiers;
beside pandera alone, on a table in memory, only the four rules are asked of either; pandera runs on polars, and on
pandas, which is what it takes when nobody chooses.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any, Final

import pandas as pd
import pandera.pandas as on_pandas
import pandera.polars as pandera
import polars as pl
from beside import by_turns, compare, machine
from beside.contribution import COMMITTEE, DATAFLOW
from beside.people import columns_of, lines, write
from frictionless import Resource, Schema, system

from amana.codebook.load import load
from amana.codebook.model import Codebook, Kind
from amana.config import HOME
from amana.findings import Finding
from amana.identifiers import recognisers
from amana.reading.open import open_file
from amana.reading.sheet import Block
from amana.validation.collect import Collected
from amana.validation.columns import of_sheet
from amana.validation.judge import judge
from amana.validation.pseudonyms import Pseudonyms
from amana.validation.rules_cells import accepted, cells, odd_cells
from amana.validation.rules_persons import pseudonyms

ROWS: Final = 200_000
FAULTS: Final = 5_000
RUNS: Final = 3
PERIOD: Final = "2024"
HEX: Final = "[0-9a-f]{32,128}"  # what the planted file writes; intake takes capitals and base64url too
PERSON: Final = "PSEUDONYM"
KNOWN: Final = recognisers.load(HOME / "policies" / "identifiers.toml")
SHARED: Final = frozenset(
    {
        "age.form",
        "cell.blank",
        "cell.unknown_mark",
        "code.coarse",
        "code.spelling",
        "code.unknown",
        "flag.form",
        "pseudonym.duplicate",
        "pseudonym.form",
    }
)

Place = tuple[int, str]  # file row, column


def main() -> None:
    print(machine())
    book = load()
    lists = {column: allowed(column, book) for column in columns_of(book) if column != PERSON}
    with tempfile.TemporaryDirectory() as folder:
        beside_both(Path(folder), book, lists)
        in_memory(Path(folder), book, lists)
        complete(Path(folder), book)


def beside_both(folder: Path, book: Codebook, lists: dict[str, list[str]]) -> None:
    path, planted, first = plant(folder / "few.csv", ROWS, FAULTS, book)
    found: dict[str, set[Place]] = {}

    def tell(name: str, validate: Callable[[], set[Place]]) -> Callable[[], None]:
        return lambda: found.update({name: validate()})

    ours, friction, pand = by_turns(
        tell("ours", lambda: places(judged(path, book))),
        tell("frictionless", lambda: by_frictionless(path, lists)),
        tell("pandera", lambda: by_pandera(pl.read_csv(path, infer_schema=False), lists)),
        runs=RUNS,
    )
    print(f"{ROWS:,} rows x {len(lists) + 1} columns, {len(planted):,} cells at fault, from the file to the report")
    compare("every rule and the search for identifiers", ours, friction, "frictionless")
    compare("every rule and the search for identifiers", ours, pand, "pandera")
    for name, named in found.items():
        # Of two rows with one pseudonym, frictionless names the second only.
        print(f"  {name}: {len(named - first):,} named, the same as planted: {named - first == planted - first}")


def in_memory(folder: Path, book: Codebook, lists: dict[str, list[str]]) -> None:
    path, _, _ = plant(folder / "more.csv", ROWS, FAULTS, book)
    frame = pl.read_csv(path, infer_schema=False).rechunk()
    found: dict[str, set[Place]] = {}
    with open_file(path) as opened:
        columns, blocks = of_sheet(opened.sheet, DATAFLOW, book), list(opened.blocks())
    frames, rows = zip(*((one.frame, one.rows) for one in blocks), strict=True)
    whole = Block(pl.concat(frames, rechunk=True), pl.concat(rows, rechunk=True))
    flow = book.dataflow(DATAFLOW)

    def four_rules(some: list[Block]) -> set[Place]:
        collected, watch = Collected(), Pseudonyms(flow, book)
        for batch in map(columns.batch, some):
            collected.add(cells(batch, odd_cells(batch, flow, book), book))
            collected.add(pseudonyms(batch, flow, book))
            watch.see(batch)
        collected.add(watch.findings())
        return places(collected.findings())

    slow = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    ours, in_blocks, peer, other = by_turns(
        lambda: found.update(ours=four_rules([whole])),
        lambda: found.update(blocks=four_rules(blocks)),
        lambda: found.update(pandera=by_pandera(frame, lists)),
        lambda: found.update(pandas=by_pandera_on_pandas(slow, lists)),
        runs=RUNS,
    )
    print(f"{ROWS:,} rows in memory, four rules alone")
    compare("four rules", ours, peer, "pandera on polars")
    compare("four rules", ours, other, "pandera on pandas")
    compare(f"four rules, in the {len(blocks)} blocks that intake reads", in_blocks, peer, "pandera on polars")
    same = all(named == found["ours"] for named in found.values())
    print(f"  the same {len(found['ours']):,} cells named: {same}")


def complete(folder: Path, book: Codebook) -> None:
    path, planted, _ = plant(folder / "many.csv", ROWS, FAULTS, book)
    start = time.perf_counter()
    named = places(judged(path, book))
    taken = time.perf_counter() - start
    print(f"{ROWS:,} rows with {len(planted):,} cells at fault: every one named: {named == planted}, {taken:.1f} s")


def plant(path: Path, number: int, faults: int, book: Codebook) -> tuple[Path, set[Place], set[Place]]:
    """Write people with ``faults`` cells at fault; return also the places, and those that only a later row faults."""
    rng = Random(3)  # noqa: S311  synthetic data, not a secret
    columns, people = columns_of(book), list(lines(number, book))
    planted: set[Place] = set()
    first: set[Place] = set()
    for row in rng.sample(range(1, number), faults):
        if rng.random() < 1 / len(columns):
            people[row][0] = rng.choice(["", "zz", "z" * 40, people[row - 1][0]])
            if people[row][0] == people[row - 1][0] and len(people[row][0]) == len(people[0][0]):
                first.add((row + 1, PERSON))
            planted.add((row + 2, PERSON))
        else:
            place = rng.randrange(1, len(columns))
            people[row][place] = rng.choice(["", "zz", "QQ"])
            planted.add((row + 2, columns[place]))
    return write(path, iter(people), columns), planted | first, first


def judged(path: Path, book: Codebook) -> Iterable[Finding]:

    about = {"dataflow": DATAFLOW, "committee": COMMITTEE, "period": PERIOD}
    return judge(path, **about, book=book, recognisers=KNOWN).findings


def places(findings: Iterable[Finding]) -> set[Place]:
    return {(row, finding.column or "") for finding in findings if finding.rule in SHARED for row in finding.rows}


def by_frictionless(path: Path, lists: dict[str, list[str]]) -> set[Place]:
    person = {"name": PERSON, "type": "string", "constraints": {"required": True, "pattern": HEX, "unique": True}}
    coded = [
        {"name": name, "type": "string", "constraints": {"required": True, "enum": codes}}
        for name, codes in lists.items()
    ]
    schema = Schema.from_descriptor({"fields": [person, *coded]})
    with system.use_context(trusted=True):
        report = Resource(path=str(path), schema=schema).validate(limit_errors=10**6)
    return {(int(row), str(name)) for row, name in report.flatten(["rowNumber", "fieldName"]) if row and name}


def by_pandera(frame: pl.DataFrame, lists: dict[str, list[str]]) -> set[Place]:
    person = pandera.Column(str, [pandera.Check.str_matches(f"^{HEX}$")], nullable=False, unique=True)
    coded = {name: pandera.Column(str, [pandera.Check.isin(codes)], nullable=False) for name, codes in lists.items()}
    schema: Any = pandera.DataFrameSchema({PERSON: person, **coded})
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as faults:
        cases = faults.failure_cases.filter(pl.col("index").is_not_null())
        return {(row + 2, name) for row, name in cases.select("index", "column").iter_rows()}
    return set()


def by_pandera_on_pandas(frame: pd.DataFrame, lists: dict[str, list[str]]) -> set[Place]:
    """Validate with the engine that pandera takes when nobody chooses one."""
    person = on_pandas.Column(str, [on_pandas.Check.str_matches(f"^{HEX}$")], nullable=False, unique=True)
    coded = {
        name: on_pandas.Column(str, [on_pandas.Check.isin(codes)], nullable=False) for name, codes in lists.items()
    }
    schema = on_pandas.DataFrameSchema({PERSON: person, **coded})
    try:
        schema.validate(frame, lazy=True)
    except on_pandas.errors.SchemaErrors as faults:
        cases = faults.failure_cases[faults.failure_cases["index"].notna()]
        return {(int(row) + 2, name) for row, name in zip(cases["index"], cases["column"], strict=True)}
    return set()


def allowed(column: str, book: Codebook) -> list[str]:
    """Return what the codebook lets a column say."""
    flow = book.dataflow(DATAFLOW)
    variable = next(flow.variable(one.variable) for one in flow.columns(book) if one.name == column)
    return ["0", "1", "_U"] if variable.kind is Kind.MULTI else sorted(accepted(variable, book))


if __name__ == "__main__":
    main()
