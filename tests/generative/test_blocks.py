"""A file judged in blocks of any size is judged as if it were read at once: the same findings, rows and records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from amana.codebook.records import join
from amana.findings import Finding
from amana.reading.open import open_file
from amana.reading.sheet import Block
from amana.validation.collect import Collected
from amana.validation.columns import of_sheet
from amana.validation.judge import About, Judgement, Judging
from support.contributions import BOOK, RECOGNISERS, Blocks, pseudonym, row, text

ABOUT = About("VICTIMS", "MAR", "2022", BOOK, RECOGNISERS)
CHANGES: list[dict[str, str]] = [
    {},
    {},
    {},
    {"SEX": "X"},
    {"SEX": ""},
    {"AGE": "200"},
    {"EXP_BEG": "0"},
    {"CONSENT_REPORTING": "NO"},
    {"PSEUDONYM": pseudonym(0)},
    {"PSEUDONYM": pseudonym(0)[:-1] + "0"},
    {"PSEUDONYM": "7"},
    {"CITIZENSHIP": "a.b@mail.org"},
]


def cut(block: Block, sizes: list[int]) -> Iterator[Block]:
    start = 0
    for size in (*sizes, len(block)):
        yield Block(block.frame[start : start + size], block.rows[start : start + size])
        start += size


def judged(path: Path, sizes: list[int], *, only_lawful: bool) -> tuple[Judgement, Blocks]:
    kept = Blocks()
    with open_file(path) as opened:
        judging = Judging(ABOUT, of_sheet(opened.sheet, "VICTIMS", BOOK), kept, only_lawful=only_lawful)
        for whole in opened.blocks():
            for block in cut(whole, sizes):
                judging.see(block)
        return judging.end(opened.findings), kept


def told(judgement: Judgement) -> set[tuple[object, ...]]:
    return {
        (one.rule, one.column, one.row, one.count, str(one.facts), tuple(one.rows)) for one in judgement.findings
    }  # fmt: skip


@given(
    st.lists(st.sampled_from(CHANGES), min_size=1, max_size=12), st.lists(st.integers(0, 5), max_size=5), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_where_a_file_is_cut_changes_nothing(
    changes: list[dict[str, str]], sizes: list[int], only_lawful: bool
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "victims.csv"
        path.write_bytes(text([row(number, **changed) for number, changed in enumerate(changes, 1)]).encode())
        whole, at_once = judged(path, [], only_lawful=only_lawful)
        pieces, by_block = judged(path, sizes, only_lawful=only_lawful)
    assert told(pieces) == told(whole)
    assert (pieces.rows, pieces.left_out, pieces.accepted) == (whole.rows, whole.left_out, whole.accepted)
    if whole.accepted and whole.rows:
        assert repr(join(by_block.blocks)) == repr(join(at_once.blocks))


FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from(["a", "b"]),
    column=st.sampled_from([None, "SEX"]),
    facts=st.sampled_from([{}, {"limit": 3}]),
)
PLACED = st.lists(st.tuples(FINDINGS, st.lists(st.integers(1, 60), min_size=1, max_size=9, unique=True)), max_size=8)


@given(PLACED)
def test_findings_of_many_blocks_are_counted_as_one_would_by_hand(placed: list[tuple[Finding, list[int]]]) -> None:
    from amana.findings import at_rows

    collected = Collected()
    collected.add(at_rows(finding, rows) for finding, rows in placed)
    slow: dict[tuple[str, str | None, str], list[int]] = {}
    for finding, rows in placed:
        slow.setdefault((finding.rule, finding.column, str(finding.facts)), []).extend(rows)
    found = collected.findings()
    assert [one.count for one in found] == [len(rows) for rows in slow.values()]
    assert [list(one.rows) for one in found] == [sorted(set(rows)) for rows in slow.values()]
    assert [one.row for one in found] == [min(rows) for rows in slow.values()]
    assert [one.facts["rows"] for one in found] == [sorted(set(rows))[:20] for rows in slow.values()]
    assert collected.refuses == bool(placed)
