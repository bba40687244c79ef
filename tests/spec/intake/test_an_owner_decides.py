"""What a committee can say of its own data once the hub has them: the manual, as a test, on both databases."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import update

from amana.errors import Conflict
from amana.findings import parse
from amana.intake.refusals import ManifestRequired, ReplayDiffers
from amana.intake.requests import Act, AnswerGone
from amana.intake.tables import owner_request
from amana.intake.versions import Difference
from amana.vault.keys import KeyMissing
from amana.vault.receipt import read_receipt
from amana.vault.records import HoldingFacts, read_records
from amana.vault.tables import holding
from amana.worker.difference import next_difference
from support.contributions import pseudonym, row, text
from support.databases import TestDatabase
from support.owner import Owner, built, held, new_identity, of, persons
from support.workbench import Bench, make_bench

AMINA, BILAL, CELIA, DANI = (pseudonym(number) for number in range(4))


def file(*rows: dict[str, str]) -> bytes:
    return text(rows).encode()


FIRST = file(row(0, SEX="F"), row(1, SEX="M"), row(2, SEX="F"))
BETTER = file(row(0, SEX="F"), row(1, SEX="F"), row(3, SEX="M"))  # Bilal put right, Celia gone, Dani new


@pytest.fixture
def bench(database: TestDatabase, tmp_path: Path) -> Bench:
    return make_bench(database, tmp_path)


@pytest.fixture
def small(sqlite: TestDatabase, tmp_path: Path) -> Bench:
    return make_bench(sqlite, tmp_path)


# ---- a new version ---------------------------------------------------------------------------------------------------


def test_a_new_version_is_held_until_its_owner_has_seen_what_it_changes(bench: Bench):
    owner = Owner(bench)
    bench.receive(FIRST)
    bench.work()
    better = bench.receive(BETTER)
    bench.follow()
    assert owner.states() == ["ACCEPTED", "HELD"]
    assert owner.difference(better) == Difference("records", added=1, removed=1, changed=1, same=1, parts={"SEX": 1})
    assert held(bench).keys() == set(of(bench, [AMINA, BILAL, CELIA]).values()), "the old version counts"

    request = owner.says(Act.REPLACE, better)
    bench.follow()
    assert owner.request(request).state == "DONE"
    assert owner.states() == ["SUPERSEDED", "ACCEPTED"]
    assert held(bench).keys() == set(of(bench, [AMINA, BILAL, DANI]).values())
    assert len(bench.stored()) == 1, "the old file is destroyed"
    assert owner.difference(better) is None, "and the figures about the two are deleted"


def test_an_owner_may_discard_it_and_the_old_version_stays(bench: Bench):
    owner = Owner(bench)
    bench.receive(FIRST)
    bench.work()
    worse = bench.receive(BETTER)
    bench.follow()
    owner.says(Act.DISCARD, worse)
    bench.follow()
    assert owner.states() == ["ACCEPTED", "DISCARDED"]
    assert held(bench).keys() == set(of(bench, [AMINA, BILAL, CELIA]).values())
    assert len(bench.stored()) == 1


def test_a_script_may_say_beforehand_that_it_replaces(small: Bench):
    small.receive(FIRST)
    small.receive(BETTER, replaces=True)
    small.follow()
    assert Owner(small).states() == ["SUPERSEDED", "ACCEPTED"]


def test_nobody_says_yes_to_a_difference_that_was_not_there_to_be_seen(small: Bench):
    owner = Owner(small)
    small.receive(FIRST)
    small.work()
    better = small.receive(BETTER)
    small.work()
    with pytest.raises(Conflict):
        owner.says(Act.REPLACE, better)


def test_a_comparison_whose_other_side_counts_no_more_is_dropped_and_begins_anew(small: Bench, sqlite: TestDatabase):
    small.receive(FIRST)
    small.work()
    better = small.receive(BETTER)
    small.work()
    assert next_difference(small.hub)
    (first,) = (one for one in small.holdings() if one.held_since is None)
    with sqlite.as_role("owner").write() as tx:
        tx.execute(update(holding).where(holding.c.id == first.id).values(superseded_at=small.clock()))
    small.seal()
    assert next_difference(small.hub)
    assert "difference.dropped" in small.kinds()
    small.follow()
    assert small.row(better).state == "ACCEPTED", "there was nothing left that it would replace"


def test_a_third_version_takes_the_place_of_the_second_that_still_waits(small: Bench):
    owner = Owner(small)
    for each in (FIRST, BETTER, file(row(0), row(1))):
        small.receive(each)
        small.follow()
    assert owner.states() == ["ACCEPTED", "SUPERSEDED", "HELD"]
    assert len(small.stored()) == 2


def test_a_version_that_nobody_speaks_for_goes_when_its_time_is_over(small: Bench):
    from amana.worker.replace import expire_next

    owner = Owner(small)
    small.receive(FIRST)
    small.work()
    small.receive(BETTER)
    small.follow()
    assert not expire_next(small.hub)
    small.clock.pass_(small.hub.policies.retention.held.total_seconds() + 100)
    assert expire_next(small.hub)
    small.follow()
    assert owner.states() == ["ACCEPTED", "DISCARDED"]
    assert len(small.stored()) == 1


def test_a_version_whose_predecessor_was_taken_back_has_nothing_to_replace(small: Bench):
    owner = Owner(small)
    first = small.receive(FIRST)
    small.work()
    small.receive(BETTER)
    small.follow()
    owner.says(Act.WITHDRAW, first)
    small.follow()
    assert owner.states() == ["WITHDRAWN", "ACCEPTED"]


def test_a_yes_to_a_difference_that_has_changed_since_is_refused_and_may_be_said_again(small: Bench):
    owner = Owner(small)
    small.receive(FIRST)
    small.work()
    better = small.receive(BETTER)
    small.follow()
    owner.lists(Act.WITHDRAW, persons(AMINA))
    said = owner.says(Act.REPLACE, better)
    small.follow()
    assert (owner.request(said).state, owner.request(said).reason) == ("REFUSED", "request.version_changed")
    assert owner.difference(better) == Difference("records", added=1, removed=1, changed=1, same=0, parts={"SEX": 1})
    owner.says(Act.REPLACE, better)
    small.follow()
    assert owner.states() == ["SUPERSEDED", "ACCEPTED"]
    assert held(small).keys() == set(of(small, [BILAL, DANI]).values())


def test_a_yes_to_a_version_that_a_newer_one_has_overtaken_is_refused(small: Bench):
    owner = Owner(small)
    small.receive(FIRST)
    small.work()
    better = small.receive(BETTER)
    small.follow()
    small.receive(file(row(0), row(1)))
    said = owner.says(Act.REPLACE, better)
    small.follow()
    assert (owner.request(said).state, owner.request(said).reason) == ("REFUSED", "request.batch_moved_on")


def test_where_one_counts_and_the_other_lists_there_is_nothing_to_compare(small: Bench):
    from amana.worker.difference import tables_compared

    one = b'{"cubes":{"a":[[["F"],3],[["M"],4]]},"plan_digest":"1"}'
    other = b'{"cubes":{"a":[[["F"],3],[["M"],5],[["X"],1]]},"plan_digest":"1"}'
    replanned = b'{"cubes":{"a":[]},"plan_digest":"2"}'
    assert tables_compared(one, other) == Difference("tables", parts={"a": 2})
    assert tables_compared(one, replanned) == Difference("other")


# ---- taking back -----------------------------------------------------------------------------------------------------


def test_a_batch_is_taken_back_and_its_bytes_kept_aside_can_no_longer_be_read(bench: Bench, tmp_path: Path):
    owner = Owner(bench)
    sent = bench.receive(FIRST)
    bench.work()
    (old,) = bench.holdings()
    aside = tmp_path / "kept-aside"
    aside.write_bytes((bench.hub.records / old.file).read_bytes())
    request = owner.says(Act.WITHDRAW, sent)
    assert owner.says(Act.WITHDRAW, sent) == request, "said twice, it is one request"
    bench.follow()
    assert owner.states() == ["WITHDRAWN"]
    assert held(bench) == {}
    assert bench.stored() == []
    facts = HoldingFacts(old.id, "MAR", "VICTIMS", "2022", old.codebook_digest)
    with pytest.raises(KeyMissing):
        read_records(aside, facts, bench.hub.keys, old.key_id)

    receipt = read_receipt(owner.receipt(request), [bench.hub.bundle_key.public_key()])
    assert (receipt.request, receipt.act, receipt.batch) == (request, "withdraw", sent)
    assert receipt.received_event == owner.request(request).received_event
    assert receipt.done_event == owner.request(request).done_event


def test_nothing_happens_before_the_order_stands_in_the_log(small: Bench):
    owner = Owner(small)
    sent = small.receive(FIRST)
    small.work()
    request = owner.says(Act.WITHDRAW, sent)
    from amana.worker import requests

    assert not requests.next_request(small.hub)
    assert owner.request(request).state == "RECEIVED"
    assert len(held(small)) == 3


def test_done_is_said_only_once_the_old_file_can_be_read_no_more(small: Bench):
    from amana.worker import clear_away, requests

    owner = Owner(small)
    small.receive(FIRST)
    small.work()
    (old,) = small.holdings()
    request = owner.lists(Act.WITHDRAW, persons(CELIA))
    assert requests.announce_next(small.hub)
    assert not requests.carry_out_next(small.hub), "neither the order nor the use of the key is under a checkpoint"
    small.seal()
    assert requests.carry_out_next(small.hub)
    assert requests.clear_next(small.hub), "the list goes"
    assert not requests.finish_next(small.hub)
    assert owner.request(request).state == "CHANGED"
    assert owner.receipt(request) == b""
    assert clear_away.clear_next(small.hub)
    with pytest.raises(KeyMissing):
        small.hub.keys.wrap(old.key_id, b"x", "y")
    assert requests.finish_next(small.hub)
    assert owner.request(request).state == "DONE"


def test_a_withdrawal_waits_for_the_file_that_was_sent_before_it(small: Bench):
    from amana.worker import requests

    owner = Owner(small)
    small.receive(FIRST)
    request = owner.lists(Act.WITHDRAW, persons(CELIA))
    requests.announce_next(small.hub)
    small.seal()
    assert not requests.carry_out_next(small.hub)
    small.follow()
    assert owner.request(request).state == "DONE"
    assert held(small).keys() == set(of(small, [AMINA, BILAL]).values())


def test_persons_are_taken_out_of_every_period_and_the_others_stay(bench: Bench):
    owner = Owner(bench)
    bench.receive(FIRST, period="2021")
    bench.receive(FIRST)
    bench.receive(file(row(2)), period="2020")
    bench.work()
    old = [one.key_id for one in bench.holdings()]
    request = owner.lists(Act.WITHDRAW, persons(CELIA, "nobody-by-this-name"))
    bench.follow()
    told = owner.request(request)
    assert (told.state, told.reached) == ("DONE", "some")
    for period in ("2021", "2022"):
        assert held(bench, period).keys() == set(of(bench, [AMINA, BILAL]).values())
    assert held(bench, "2020") == {}
    assert sorted(owner.states()) == ["ACCEPTED", "ACCEPTED", "WITHDRAWN"], "a batch of nobody is taken back"
    for key in old:
        with pytest.raises(KeyMissing):
            bench.hub.keys.wrap(key, b"x", "y")
    assert bench.shelved() == [], "the sealed list is destroyed, too"


def test_one_period_can_be_meant_alone(small: Bench):
    small.receive(FIRST, period="2021")
    small.receive(FIRST)
    small.work()
    Owner(small).lists(Act.WITHDRAW, persons(CELIA), period="2021")
    small.follow()
    assert len(held(small, "2021")) == 2
    assert len(held(small, "2022")) == 3


def test_a_version_that_waits_loses_the_person_too_and_is_compared_anew(small: Bench):
    owner = Owner(small)
    small.receive(FIRST)
    small.work()
    better = small.receive(BETTER)
    small.follow()
    owner.lists(Act.WITHDRAW, persons(BILAL))
    small.follow()
    assert held(small, waiting=True).keys() == set(of(small, [AMINA, DANI]).values())
    assert owner.difference(better) == Difference("records", added=1, removed=1, changed=0, same=1, parts={})


def test_who_is_not_there_is_taken_out_of_nothing_and_the_answer_says_so(small: Bench):
    owner = Owner(small)
    small.receive(FIRST)
    small.work()
    before = small.stored()
    request = owner.lists(Act.WITHDRAW, persons("nobody-by-this-name"))
    small.follow()
    assert (owner.request(request).state, owner.request(request).reached) == ("DONE", "none")
    assert small.stored() == before


# ---- an objection ----------------------------------------------------------------------------------------------------


def test_who_objects_leaves_and_stays_out(bench: Bench):
    owner = Owner(bench)
    bench.receive(FIRST)
    bench.work()
    request = owner.lists(Act.OBJECT, persons(BILAL, DANI))
    bench.follow()
    assert (owner.request(request).state, owner.request(request).reached) == ("DONE", "some")
    assert held(bench).keys() == set(of(bench, [AMINA, CELIA]).values())
    later = bench.receive(BETTER, replaces=True)
    bench.follow()
    assert held(bench).keys() == set(of(bench, [AMINA]).values())
    assert bench.rules(later) == ["objection.left_out"]
    (found,) = bench.findings(later)
    assert (found.count, found.row, found.severity) == (2, 3, "warning"), "rows 3 and 4 of the file"
    other = bench.receive(FIRST, committee="CIV")
    bench.follow()
    assert bench.rules(other) == [], "another committee's pseudonyms are others"


def test_an_objection_reaches_the_file_that_comes_after_it_and_waits_for_the_one_before(small: Bench):
    owner = Owner(small)
    small.receive(FIRST)
    owner.lists(Act.OBJECT, persons(BILAL))
    after = small.receive(BETTER, replaces=True)
    small.follow()
    assert held(small).keys() == set(of(small, [AMINA, DANI]).values())
    assert small.rules(after) == ["objection.left_out"], "it was judged after the objection had been carried out"


def test_an_objection_is_lifted_for_the_files_that_come_after_it_and_for_no_others(bench: Bench):
    owner, neighbour = Owner(bench), Owner(bench, committee="CIV")
    owner.lists(Act.OBJECT, persons(BILAL, DANI))
    bench.follow()
    theirs = neighbour.lists(Act.LIFT, persons(BILAL))
    lifted = owner.lists(Act.LIFT, persons(BILAL, CELIA))
    bench.follow()
    assert (owner.request(theirs).state, owner.request(theirs).reason) == ("REFUSED", "request.no_objection")
    assert (owner.request(lifted).state, owner.request(lifted).reached) == ("DONE", "some")
    assert owner.objections() == 1
    bench.receive(BETTER)
    bench.follow()
    assert held(bench).keys() == set(of(bench, [AMINA, BILAL]).values()), "Dani still objects"
    again = owner.lists(Act.LIFT, persons(BILAL))
    bench.follow()
    assert owner.request(again).reason == "request.no_objection"


def test_one_may_object_before_anything_was_sent(small: Bench):
    owner = Owner(small)
    owner.lists(Act.OBJECT, persons(BILAL))
    owner.lists(Act.OBJECT, persons(BILAL, CELIA))
    small.follow()
    assert owner.objections() == 2
    small.receive(FIRST)
    small.follow()
    assert held(small).keys() == set(of(small, [AMINA]).values())


# ---- access ----------------------------------------------------------------------------------------------------------


def test_what_is_held_of_a_person_is_told_to_the_committees_own_key_and_once(bench: Bench, database: TestDatabase):
    owner = Owner(bench)
    owner.is_known(database.as_role("owner"))
    bench.receive(FIRST, period="2021")
    bench.receive(BETTER)
    bench.work()
    mine = new_identity()
    request = owner.signs(Act.ACCESS, persons(BILAL), recipient=str(mine.to_public()))
    bench.follow()
    assert (owner.request(request).state, owner.request(request).reached) == ("DONE", "all")
    sealed = owner.takes(request)
    told = list(csv.DictReader(io.StringIO(pyrage.decrypt(sealed, [mine]).decode())))
    assert [(one["PSEUDONYM"], one["PERIOD"], one["SEX"]) for one in told] == [
        (BILAL, "2021", "M"),
        (BILAL, "2022", "F"),
    ]
    assert AMINA not in str(told)
    with pytest.raises(AnswerGone):
        owner.takes(request)


def test_a_token_alone_is_told_nothing(small: Bench):
    small.receive(FIRST)
    small.work()
    with pytest.raises(ManifestRequired):
        Owner(small).lists(Act.ACCESS, persons(BILAL))


@pytest.mark.parametrize("recipient", [None, "age1nobody"])
def test_an_answer_needs_somebody_to_be_sealed_for(small: Bench, sqlite: TestDatabase, recipient: str | None):
    owner = Owner(small)
    owner.is_known(sqlite.as_role("owner"))
    small.receive(FIRST)
    small.work()
    request = owner.signs(Act.ACCESS, persons(BILAL), recipient=recipient)
    small.follow()
    assert (owner.request(request).state, owner.request(request).reason) == ("REFUSED", "request.no_recipient")


def test_an_answer_that_nobody_takes_is_deleted(small: Bench, sqlite: TestDatabase):
    owner = Owner(small)
    owner.is_known(sqlite.as_role("owner"))
    small.receive(FIRST)
    small.work()
    request = owner.signs(Act.ACCESS, persons(BILAL), recipient=str(new_identity().to_public()))
    small.follow()
    small.clock.pass_(small.hub.policies.retention.answer.total_seconds() + 100)
    small.follow()
    with pytest.raises(AnswerGone):
        owner.takes(request)


# ---- rectification ---------------------------------------------------------------------------------------------------


def test_what_is_wrong_is_put_right_in_the_whole_record_by_the_same_rules(bench: Bench):
    owner = Owner(bench)
    bench.receive(FIRST)
    bench.work()
    request = owner.lists(Act.RECTIFY, f"PSEUDONYM,SEX,AGE\n{BILAL},F,30\n", period="2022")
    bench.follow()
    assert (owner.request(request).state, owner.request(request).reached) == ("DONE", "all")
    stands, who = held(bench), of(bench, [AMINA, BILAL, CELIA])
    assert {name: stands[mac]["SEX"] for name, mac in who.items()} == {AMINA: "F", BILAL: "F", CELIA: "F"}
    assert stands[who[BILAL]]["AGE"] != stands[who[AMINA]]["AGE"]
    assert stands[who[AMINA]]["CITIZENSHIP"] == stands[who[BILAL]]["CITIZENSHIP"] == "CIV"


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        ("PSEUDONYM,SEX\n{BILAL},X9\n", "code."),
        ("PSEUDONYM,SHOE_SIZE\n{BILAL},43\n", "rectify.column"),
        ("PSEUDONYM,SEX:new,SEX\n{BILAL},M,F\n", "rectify.column"),
        ("PSEUDONYM,row\n{BILAL},F\n", "rectify.column"),
        ("PSEUDONYM,Bilal Haddad\n{BILAL},F\n", "rectify.column"),
    ],
)
def test_a_correction_that_breaks_a_rule_changes_nothing_and_says_where(small: Bench, sent: str, rule: str):
    import json

    from amana.intake import requests

    owner = Owner(small)
    small.receive(FIRST)
    small.work()
    before = held(small)
    request = owner.lists(Act.RECTIFY, sent.replace("{BILAL}", BILAL))
    small.follow()
    told = owner.request(request)
    assert (told.state, told.reason) == ("REFUSED", "request.breaks_rules")
    with small.web.read() as reading:
        found = [parse(one) for one in json.loads(requests.findings(reading, request))]
    assert [one.letter for one in found if one.rule.startswith(rule)] == ["B"]
    assert BILAL not in str(found)
    assert "X9" not in str(found)
    assert held(small) == before


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("NAME\nsomebody\n", "request.list_unreadable"),
        ("PSEUDONYM\n", "request.list_unreadable"),
        ("PSEUDONYM\na\na\n", "request.list_unreadable"),
        ("PSEUDONYM\n" + "x" * 201 + "\n", "request.list_unreadable"),
        ("PSEUDONYM,SEX\na,F\n", "request.list_unreadable"),
        ("{ no json\nPSEUDONYM\na\n", "request.list_unreadable"),
        ('{"format":"something-else/1"}\nPSEUDONYM\na\n', "request.list_unreadable"),
        ("PSEUDONYM\n" + "\n".join(map(str, range(10_001))), "request.too_long"),
    ],
)
def test_a_list_that_cannot_be_read_changes_nothing(small: Bench, sent: str, reason: str):
    owner = Owner(small)
    small.receive(FIRST)
    small.work()
    request = owner.lists(Act.WITHDRAW, sent)
    small.follow()
    assert (owner.request(request).state, owner.request(request).reason) == ("REFUSED", reason)
    assert len(held(small)) == 3
    assert small.shelved() == []


def test_a_contribution_is_no_request_and_no_request_another(small: Bench, sqlite: TestDatabase):
    owner = Owner(small)
    owner.is_known(sqlite.as_role("owner"))
    small.receive(FIRST)
    small.work()
    from amana.intake import person_list
    from amana.intake.body import AGE, Upload
    from amana.intake.refusals import ManifestMismatch

    for kind in ("records", "request.withdraw"):
        sealed, dsse = owner.seal(Act.OBJECT, persons(BILAL), kind=kind)
        upload = Upload(AGE, {"manifest": dsse.decode()}, io.BytesIO(sealed))
        with pytest.raises(ManifestMismatch):
            person_list.receive(upload, owner._sent(Act.OBJECT, None, "VICTIMS", "k"), owner.desk, owner.now)


def test_a_committee_that_keeps_its_records_at_home_is_told_so(small: Bench):
    owner = Owner(small, "EGY")
    request = owner.lists(Act.WITHDRAW, persons(BILAL))
    small.follow()
    assert (owner.request(request).state, owner.request(request).reason) == ("REFUSED", "request.no_records")


def test_a_list_sealed_for_somebody_else_is_refused(small: Bench, sqlite: TestDatabase):
    owner = Owner(small)
    owner.is_known(sqlite.as_role("owner"))
    small.receive(FIRST)
    small.work()
    strangers = replace(owner.desk, recipients=(str(new_identity().to_public()),))
    owner.desk = strangers
    request = owner.lists(Act.WITHDRAW, persons(BILAL))
    small.follow()
    assert (owner.request(request).state, owner.request(request).reason) == ("REFUSED", "request.envelope_unreadable")
    assert len(held(small)) == 3
    assert small.shelved() == []


def test_a_request_whose_every_attempt_died_is_refused_and_holds_up_nothing(small: Bench):
    owner = Owner(small)
    small.receive(FIRST)
    small.work()
    request = owner.lists(Act.WITHDRAW, persons(BILAL))
    with small.hub.database.write() as tx:
        tx.execute(update(owner_request).values(attempt=20))
    small.receive(BETTER, replaces=True)
    small.follow()
    assert owner.request(request).reason == "request.cannot_be_carried_out"
    assert owner.states() == ["SUPERSEDED", "ACCEPTED"]


@pytest.mark.parametrize("act", [Act.RECTIFY, Act.ACCESS])
def test_records_of_an_earlier_codebook_are_neither_read_back_nor_put_right(
    small: Bench, sqlite: TestDatabase, act: Act
):
    owner = Owner(small)
    owner.is_known(sqlite.as_role("owner"))
    small.receive(FIRST)
    small.work()
    text_ = persons(BILAL) if act is Act.ACCESS else f"PSEUDONYM,SEX\n{BILAL},F\n"
    request = owner.signs(act, text_, recipient=str(new_identity().to_public()))
    small.hub = replace(small.hub, book=replace(small.hub.book, digest="f" * 64))
    small.follow()
    assert (owner.request(request).state, owner.request(request).reason) == ("REFUSED", "request.codebook_changed")


def test_one_key_stands_for_one_request(small: Bench):
    owner = Owner(small)
    first = owner.lists(Act.WITHDRAW, persons(BILAL), key="one")
    assert owner.lists(Act.WITHDRAW, persons(BILAL), key="one") == first
    with pytest.raises(ReplayDiffers):
        owner.lists(Act.WITHDRAW, persons(CELIA), key="one")


def test_what_cannot_be_done_now_is_a_conflict(small: Bench):
    owner = Owner(small)
    sent = small.receive(FIRST)
    for act in (Act.WITHDRAW, Act.REPLACE, Act.DISCARD):
        with pytest.raises(Conflict):
            owner.says(act, sent)


# ---- releases --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [Act.WITHDRAW, Act.OBJECT])
def test_a_candidate_that_holds_figures_of_what_was_taken_back_is_never_published(
    database: TestDatabase, tmp_path: Path, act: Act
):
    with built(database, tmp_path) as (bench, release):
        owner = Owner(bench)
        owner.lists(act, persons(CELIA))
        bench.follow()
        assert release() == ("REFUSED", "release.inputs_changed")


def test_nor_one_whose_batch_was_replaced_meanwhile(sqlite: TestDatabase, tmp_path: Path):
    with built(sqlite, tmp_path) as (bench, release):
        bench.receive(BETTER)
        bench.follow()
        assert release()[0] == "BUILT", "a version that waits changes nothing"
        bench.receive(BETTER, replaces=True)
        bench.follow()
        assert release() == ("REFUSED", "release.inputs_changed")


def test_a_build_that_was_going_on_meanwhile_is_refused_as_it_ends(sqlite: TestDatabase, tmp_path: Path):
    def while_it_builds(bench: Bench) -> None:
        Owner(bench).lists(Act.WITHDRAW, persons(CELIA))
        bench.follow()

    with built(sqlite, tmp_path, while_it_builds) as (_, release):
        assert release() == ("REFUSED", "release.inputs_changed")
