"""A batch is judged once: kept whole or refused whole, with its events, and its envelope is gone."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, update

from amana import canonical, lease
from amana.disclosure.table import Rule
from amana.intake.tables import batch, finding
from amana.tabulation.counts_file import parse_counts, render_counts
from amana.tabulation.protected_file import protect, render_protected
from amana.tabulation.tabulate import tabulate
from amana.vault.keys import KeyMissing
from amana.vault.records import HoldingFacts, read_records, read_tables
from amana.vault.shelf import EnvelopeMissing
from amana.worker import claim, clear_away
from amana.worker.judge import MOST_ATTEMPTS, Verdict, judge
from amana.worker.keep import keep
from support.contributions import BOOK, drawn, judged, row, text, write
from support.workbench import Bench

SOUND = text([row(1), row(2, SEX="M")]).encode()
FAULTY = text([row(1), row(2, SEX="someone@example.org")]).encode()


def facts(one: object) -> HoldingFacts:
    names = ("id", "committee", "dataflow", "period", "codebook_digest")
    return HoldingFacts(*(getattr(one, name) for name in names))


def counts_of(folder: Path, committee: str) -> bytes:
    path = write(folder, [row(1), row(2)])
    _, records = judged(path, committee=committee)
    plan = next(plan for plan in plans(folder).values() if plan.dataflow == "VICTIMS")
    assert records is not None
    return render_counts(tabulate(records, plan, BOOK), plan, BOOK)


def plans(_folder: Path):  # type: ignore[no-untyped-def]
    from amana.config import HOME
    from amana.plans.plan import load_plans

    return load_plans(HOME / "policies" / "releases", BOOK)


def test_a_sound_batch_is_kept_and_its_envelope_destroyed(bench: Bench) -> None:
    sent = bench.receive(SOUND)
    assert len(bench.shelved()) == 1
    bench.work()
    assert (bench.row(sent).state, bench.row(sent).rows, bench.row(sent).claimed_by) == ("ACCEPTED", 2, None)
    (one,) = bench.holdings()
    records = read_records(bench.hub.records / one.file, facts(one), bench.hub.keys, one.key_id)
    assert len(records) == 2
    assert records.pseudonyms is not None
    assert row(1)["PSEUDONYM"] not in records.pseudonyms
    assert bench.shelved() == bench.left_open() == []
    assert bench.kinds() == [
        "batch.accepted", "batch.received", "envelope.destroyed", "key.made", "key.used", "records.stored",
    ]  # fmt: skip


def test_a_faulty_batch_leaves_findings_and_nothing_else(bench: Bench) -> None:
    sent = bench.receive(FAULTY)
    bench.work()
    assert bench.row(sent).state == "REFUSED"
    assert bench.rules(sent) == ["identifier.email", "code.unknown"]
    assert bench.holdings() == []
    assert bench.stored() == []
    assert bench.shelved() == bench.left_open() == []
    assert bench.kinds() == ["batch.received", "batch.refused", "envelope.destroyed", "key.used"]
    with bench.hub.database.read() as reading:
        found = reading.execute(select(finding).where(finding.c.batch_id == sent)).all()
    assert (found[0].row, found[0].column, found[0].letter) == (3, "SEX", "C")
    assert "someone" not in repr(found)
    assert isinstance(canonical.decode(found[0].facts.encode()), dict)


def test_nothing_is_opened_before_the_announcement_is_under_a_checkpoint(small: Bench) -> None:
    small.receive(SOUND)
    assert claim.take(small.hub) is None
    assert claim.announce_next(small.hub)
    assert not claim.announce_next(small.hub)
    assert claim.take(small.hub) is None
    small.seal()
    assert claim.take(small.hub) is not None


def test_a_later_file_takes_the_place_of_the_earlier_and_its_key_is_destroyed(bench: Bench) -> None:
    first, second = bench.receive(SOUND), bench.receive(text([row(9)]).encode(), replaces=True)
    bench.work()
    assert (bench.row(first).state, bench.row(second).state) == ("SUPERSEDED", "ACCEPTED")
    old, new = sorted(bench.holdings(), key=lambda one: one.batch_id != first)
    assert old.superseded_at is not None
    assert old.destroyed_at is not None
    assert (new.superseded_at, new.destroyed_at) == (None, None)
    assert bench.stored() == [new.file]
    with pytest.raises(KeyMissing):
        bench.hub.keys.wrap(old.key_id, b"x", "y")
    assert [kind for kind in bench.kinds() if "destroyed" in kind or "superseded" in kind] == [
        "envelope.destroyed", "envelope.destroyed", "holding.superseded", "key.destroyed",
    ]  # fmt: skip


def test_a_superseded_key_lives_until_the_log_says_why_it_dies(small: Bench) -> None:
    small.receive(SOUND)
    small.work()
    small.receive(SOUND, replaces=True)
    claim.announce_next(small.hub)
    small.seal()
    assert small.judge()
    while clear_away.clear_next(small.hub):
        pass
    assert len(small.stored()) == 2
    small.seal()
    assert clear_away.clear_next(small.hub)
    assert len(small.stored()) == 1


def test_another_committee_period_or_dataflow_supersedes_nothing(small: Bench) -> None:
    children = text([row(1, "CHILDREN")]).encode()
    sent = [small.receive(SOUND), small.receive(SOUND, period="2021"), small.receive(SOUND, committee="CIV")]
    sent.append(small.receive(children, dataflow="CHILDREN"))
    small.work()
    assert {small.row(one).state for one in sent} == {"ACCEPTED"}


def test_batches_of_one_series_are_judged_in_the_order_in_which_they_came(small: Bench) -> None:
    first, second = small.receive(SOUND), small.receive(SOUND)
    claim.announce_next(small.hub)
    small.seal()
    mine = claim.take(small.hub)
    assert mine is not None
    assert mine.batch == first
    assert claim.take(small.hub) is None
    keep(small.hub, mine, judge(small.hub, mine))
    following = claim.take(small.hub)
    assert following is not None
    assert following.batch == second


def test_a_claim_is_one_workers_until_its_lease_ends(bench: Bench) -> None:
    sent = bench.receive(SOUND)
    claim.announce_next(bench.hub)
    bench.seal()
    slow = claim.take(bench.hub)
    assert slow is not None
    bench.clock.pass_(29)
    assert claim.take(bench.hub) is None
    bench.clock.pass_(2)
    quick = claim.take(bench.hub)
    assert quick is not None
    assert (slow.lease.attempt, quick.lease.attempt) == (1, 2)
    assert keep(bench.hub, quick, judge(bench.hub, quick))
    assert not keep(bench.hub, slow, judge(bench.hub, slow))
    assert bench.row(sent).state == "ACCEPTED"
    (one,) = bench.holdings()
    assert bench.stored() == [one.file]
    assert bench.kinds().count("batch.accepted") == 1


def test_who_lost_the_claim_cannot_speak_for_who_has_it(bench: Bench) -> None:
    sent = bench.receive(SOUND)
    claim.announce_next(bench.hub)
    bench.seal()
    slow = claim.take(bench.hub)
    bench.clock.pass_(31)
    quick = claim.take(bench.hub)
    assert slow is not None
    assert quick is not None
    assert not keep(bench.hub, slow, judge(bench.hub, slow))
    assert (bench.row(sent).state, bench.row(sent).attempt, bench.stored()) == ("RECEIVED", 2, [])
    assert keep(bench.hub, quick, judge(bench.hub, quick))
    assert bench.row(sent).state == "ACCEPTED"


def test_a_lease_is_renewed_while_the_work_lasts(small: Bench) -> None:
    small.receive(SOUND)
    claim.announce_next(small.hub)
    small.seal()
    hurried = small.hub.__class__(**{**vars(small.hub), "lease": small.hub.lease / 100})
    mine = claim.take(hurried)
    assert mine is not None
    before = small.row(mine.batch).lease_until
    renewed = threading.Event()
    with lease.kept(hurried.database, mine.lease, hurried.clock):
        small.clock.pass_(100)
        for _ in range(100):
            if small.row(mine.batch).lease_until > before:
                renewed.set()
                break
            renewed.wait(0.05)
    assert renewed.is_set()


def test_two_workers_never_hold_one_batch(bench: Bench) -> None:
    for period in ("2019", "2020", "2021", "2022"):
        bench.receive(SOUND, period=period)
    claim.announce_next(bench.hub)
    bench.seal()
    taken: list[str] = []

    def take_all() -> None:
        while (mine := claim.take(bench.hub)) is not None:
            taken.append(mine.batch)

    workers = [threading.Thread(target=take_all) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(taken) == len(set(taken)) == 4


def test_raw_tables_of_a_committee_that_keeps_its_records(small: Bench, tmp_path: Path) -> None:
    raw = counts_of(tmp_path, "EGY")
    sent = small.receive(raw, "tables", committee="EGY")
    small.work()
    assert small.row(sent).state == "ACCEPTED"
    (one,) = small.holdings()
    plan = next(plan for plan in small.hub.plans.values() if plan.dataflow == "VICTIMS")
    assert (one.kind, one.plan_digest) == ("tables", plan.digest)
    assert read_tables(small.hub.records / one.file, facts(one), small.hub.keys, one.key_id) == raw


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda _: b"", "tables.unreadable"),
        (lambda _: b"[]", "tables.unreadable"),
        (lambda raw: raw + b" ", "tables.unreadable"),
        (lambda raw: raw.replace(b'"plan":"', b'"plan":"no-'), "tables.no_plan"),
        (lambda raw: raw.replace(b'"committee":"EGY"', b'"committee":"TUN"'), "tables.header"),
        (lambda raw: raw.replace(BOOK.digest.encode(), b"0" * 64), "tables.another_codebook"),
    ],
)
def test_tables_that_do_not_fit_are_refused_with_the_reason(small: Bench, tmp_path: Path, change, rule: str) -> None:  # type: ignore[no-untyped-def]
    sent = small.receive(change(counts_of(tmp_path, "EGY")), "tables", committee="EGY")
    small.work()
    assert (small.row(sent).state, small.rules(sent)) == ("REFUSED", [rule])


def test_records_of_a_committee_that_keeps_them_at_home_are_not_opened(small: Bench) -> None:
    sent = small.receive(SOUND, committee="EGY")
    nobody = small.receive(SOUND, committee="SEN")
    small.work()
    assert small.rules(sent) == small.rules(nobody) == ["contribution.not_agreed"]


def protected_at_home(folder: Path, committee: str = "EGY", least_count: int = 5) -> bytes:
    raw = counts_of(folder, committee)
    plan = plans(folder)[json.loads(raw)["plan"]]
    tables = protect(parse_counts(raw, plan, BOOK), plan, BOOK, Rule(least_count, zeros_hidden=True), Random(1))
    return render_protected(tables, plan, BOOK)


def test_tables_that_were_protected_at_home_are_kept_as_they_are(small: Bench, tmp_path: Path) -> None:
    raw = protected_at_home(tmp_path)
    sent = small.receive(raw, "tables_protected", committee="EGY")
    small.work()
    assert small.row(sent).state == "ACCEPTED"
    (one,) = small.holdings()
    assert (one.kind, one.plan_digest) == ("tables_protected", json.loads(raw)["plan_digest"])
    assert read_tables(small.hub.records / one.file, facts(one), small.hub.keys, one.key_id) == raw


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda raw: raw.replace(b'"least_count":5', b'"least_count":4'), "tables.protected_less"),
        (lambda raw: raw.replace(b'"committee":"EGY"', b'"committee":"TUN"'), "tables.header"),
        (lambda raw: raw.replace(b"amana-protected-tables", b"amana-raw-tables"), "tables.unreadable"),
    ],
    ids=["less", "another's", "raw"],
)
def test_tables_that_were_not_protected_as_agreed_are_refused(small: Bench, tmp_path: Path, change, rule: str) -> None:  # type: ignore[no-untyped-def]
    sent = small.receive(change(protected_at_home(tmp_path)), "tables_protected", committee="EGY")
    small.work()
    assert (small.row(sent).state, small.rules(sent), small.holdings()) == ("REFUSED", [rule], [])


def test_counts_of_offences_become_tables_by_their_plan(small: Bench) -> None:
    flow = BOOK.dataflow("JUSTICE")
    codes = " | ".join(BOOK.list_of(variable).storable[-1] for variable in flow.variables)
    names = " | ".join(variable.id for variable in flow.variables)
    sent = small.receive(drawn(f"{names} | OBS_VALUE\n{codes} | 12").encode(), "tables", dataflow="JUSTICE")
    small.work()
    assert small.row(sent).state == "ACCEPTED"
    (one,) = small.holdings()
    plan = next(plan for plan in small.hub.plans.values() if plan.dataflow == "JUSTICE")
    counts = parse_counts(read_tables(small.hub.records / one.file, facts(one), small.hub.keys, one.key_id), plan, BOOK)
    assert max(int(cube.max()) for cube in counts.cubes.values()) == 12


def test_without_a_plan_counts_cannot_be_kept(small: Bench) -> None:
    flow = BOOK.dataflow("JUSTICE")
    codes = " | ".join(BOOK.list_of(variable).storable[-1] for variable in flow.variables)
    names = " | ".join(variable.id for variable in flow.variables)
    planless = small.hub.__class__(**{**vars(small.hub), "plans": {}})
    small.hub = planless
    sent = small.receive(drawn(f"{names} | OBS_VALUE\n{codes} | 12").encode(), "tables", dataflow="JUSTICE")
    small.work()
    assert small.row(sent).state == "REFUSED"
    assert small.rules(sent)[-1] == "tables.no_plan"


def test_an_envelope_that_is_another_committees_is_refused(small: Bench) -> None:
    sent = small.receive(SOUND, inside="TUN")
    small.work()
    assert (small.row(sent).state, small.rules(sent)) == ("REFUSED", ["envelope.mismatch"])
    assert small.left_open() == []


def test_an_envelope_that_was_altered_is_refused(small: Bench) -> None:
    sent = small.receive(SOUND)
    (sealed,) = small.shelved()
    sealed.write_bytes(sealed.read_bytes()[:-1])
    small.work()
    assert (small.row(sent).state, small.rules(sent)) == ("REFUSED", ["envelope.unreadable"])


def test_a_lost_envelope_is_the_hubs_fault_and_the_batch_stays_received(small: Bench) -> None:
    sent = small.receive(SOUND)
    (sealed,) = small.shelved()
    claim.announce_next(small.hub)
    small.seal()
    hidden = sealed.rename(small.hub.data / "elsewhere")
    mine = claim.take(small.hub)
    assert mine is not None
    with pytest.raises(EnvelopeMissing):
        judge(small.hub, mine)
    assert small.row(sent).state == "RECEIVED"
    hidden.rename(sealed)
    small.clock.pass_(31)
    small.work()
    assert small.row(sent).state == "ACCEPTED"


def test_a_batch_that_kills_every_attempt_is_refused_in_the_end(small: Bench) -> None:
    sent = small.receive(SOUND)
    claim.announce_next(small.hub)
    small.seal()
    with small.hub.database.write() as tx:
        tx.execute(update(batch).values(attempt=MOST_ATTEMPTS))
    assert small.judge()
    assert (small.row(sent).state, small.rules(sent)) == ("REFUSED", ["envelope.cannot_be_judged"])


def test_findings_are_bounded_and_what_is_left_out_is_counted(small: Bench) -> None:
    from amana.findings import Finding
    from amana.worker.findings import MOST

    sent = small.receive(SOUND)
    claim.announce_next(small.hub)
    small.seal()
    mine = claim.take(small.hub)
    assert mine is not None
    assert keep(small.hub, mine, Verdict(tuple(Finding(f"x.{number}") for number in range(MOST + 9))))
    assert len(small.rules(sent)) == MOST
    assert (small.findings(sent)[-1].rule, small.findings(sent)[-1].count) == ("report.cut", 10)
