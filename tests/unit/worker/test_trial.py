"""A dry run: judged like any other batch, its owner is told what it would mean, and nothing of it is kept."""

from __future__ import annotations

import json

from sqlalchemy import select

from amana.intake.tables import batch, finding
from support.contributions import row, text
from support.workbench import Bench

ALIKE = [row(number) for number in range(1, 40)]
FAULTY = text([row(1), row(2, SEX="someone@example.org")]).encode()


def told(bench: Bench, sent: str) -> dict[str, object] | None:
    with bench.hub.database.read() as reading:
        preview = reading.execute(select(batch.c.preview).where(batch.c.id == sent)).scalar_one()
    return json.loads(preview) if preview else None


def test_a_sound_file_is_told_its_risk_and_what_would_be_hidden_and_leaves_nothing_behind(bench: Bench) -> None:
    unprinted = "2019"  # a year of which no figure is printed elsewhere: such a one hides more
    sent = bench.receive(text([*ALIKE, row(40, SEX="M")]).encode(), dry_run=True, period=unprinted)
    bench.work()
    assert (bench.row(sent).state, bench.row(sent).rows) == ("CHECKED", None)
    preview = told(bench, sent)
    assert preview is not None
    assert preview["risk"]["records"] == 40
    assert preview["risk"]["unique"] == 1
    assert preview["risk"]["worst"][0] == {"variables": ["SEX"], "unique": 1, "rare": 1}
    (plan,) = preview["plans"]
    assert (plan["plan"], plan["refused"]) == ("victims-annual", False)
    assert plan["cubes"].pop("area-reported-by")["hidden"] == 0  # the file does not say: nothing was collected
    assert all(0 < cube["hidden"] <= cube["cells"] for cube in plan["cubes"].values())
    assert bench.holdings() == bench.shelved() == bench.left_open() == []
    assert list(bench.hub.records.iterdir()) == []
    assert "batch.tried" in bench.kinds()
    assert not {"key.made", "records.stored", "batch.accepted"} & set(bench.kinds())


def test_a_faulty_file_is_told_its_findings_and_nothing_more(bench: Bench) -> None:
    sent = bench.receive(FAULTY, dry_run=True)
    bench.work()
    assert (bench.row(sent).state, told(bench, sent)) == ("CHECKED", None)
    assert {"identifier.email", "code.unknown"} <= set(bench.rules(sent))
    assert bench.holdings() == bench.shelved() == []
    with bench.hub.database.read() as reading:
        assert "example" not in str(reading.execute(select(finding)).all())


def test_a_dry_run_takes_nobodys_place(small: Bench) -> None:
    first = small.receive(text(ALIKE).encode())
    small.work()
    small.receive(text(ALIKE[:30]).encode(), dry_run=True)
    small.work()
    assert small.row(first).state == "ACCEPTED"
    assert len(small.holdings()) == 1
