"""What auditors wrote in a case goes at the end of retention, by an order in the log; who wrote when stays."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from amana.audit.cases import contents, review
from amana.audit.cases.tables import case_text
from amana.worker.forget_cases import forget_next_case
from support.exports import NADIA, a_case
from support.workbench import NOON, Bench

FIVE_YEARS = timedelta(days=1826)


def closed(bench: Bench, ago: timedelta) -> str:
    case = a_case(bench.log)
    with bench.log.web.write() as tx:
        review.close(tx, case, "Nothing wrong.", NADIA, NOON - ago)
    bench.seal()
    return case


def texts(bench: Bench) -> int:
    with bench.log.auditor.read() as reading:
        return len(reading.execute(select(case_text.c.note_id)).all())


def test_the_texts_of_an_old_case_go_once_their_order_is_in_the_log(bench: Bench) -> None:
    old, kept = closed(bench, FIVE_YEARS), closed(bench, FIVE_YEARS - timedelta(days=1))
    still_open = a_case(bench.log, now=NOON - 2 * FIVE_YEARS)
    bench.seal()
    assert texts(bench) == 4 + 4 + 3
    assert forget_next_case(bench.hub), "ordered"
    assert not forget_next_case(bench.hub), "nothing goes before the order is under a checkpoint"
    assert texts(bench) == 11
    bench.seal()
    assert forget_next_case(bench.hub), "erased"
    assert not forget_next_case(bench.hub)
    assert texts(bench) == 7
    with bench.log.auditor.read() as reading:
        whole = contents.read_case(reading, old)
        assert (whole.finding.text, {one.text for one in whole.notes}) == (None, {None})
        assert whole.case.erased_at is not None
        assert {one.text is None for one in contents.read_case(reading, kept).notes} == {False}
        assert {one.text is None for one in contents.read_case(reading, still_open).notes} == {False}
    done = [one for one in bench.kinds() if one.startswith("case.eras")]
    assert sorted(done) == ["case.erased", "case.erasure_ordered"]


def test_an_erasure_that_was_broken_off_is_gone_through_again_and_noted_once(small: Bench) -> None:
    closed(small, FIVE_YEARS)
    forget_next_case(small.hub)
    small.seal()
    with small.hub.database.write() as tx:
        tx.execute(case_text.delete().where(case_text.c.note_id.is_not(None)))
    assert forget_next_case(small.hub)
    assert small.kinds().count("case.erased") == 1
