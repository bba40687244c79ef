"""Who was withdrawn or put right does not come back with a file that waited for its owner all the while."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from amana import canonical
from amana.audit.events.contributions import MappingConfirmed
from amana.audit.outbox import journal
from amana.intake.requests import Act
from amana.intake.tables import mapping
from amana.mapping.document import ColumnMap, Kind, NationalMapping, as_json
from amana.worker.mapping import expire_next, resume_next
from support.contributions import pseudonym
from support.owner import Owner, held, of, persons
from support.workbench import NOON, SUBMITTER, Bench

SAID = {
    "VICTIM_STATUS": "IDENT",
    "AGE": "_U",
    "CITIZENSHIP": "_U",
    "AREA_EXPLOITATION": "_U",
    "EXPLOITATION": "EXP_BEG",
    "ICT_FACILITATION": "_U",
    "CONSENT_REPORTING": "YES",
}
COLUMNS = (
    ColumnMap(Kind.PSEUDONYM, ("Pseudonyme",), target="PSEUDONYM"),
    ColumnMap(Kind.CODED, ("Genre de la personne",), target="SEX", values={"Femme": ("F",), "Homme": ("M",)}),
    *(ColumnMap(Kind.CONSTANT, target=name, code=code) for name, code in SAID.items()),
)


def waiting(bench: Bench, committee: str = "MAR") -> str:
    lines = "".join(f"{pseudonym(n)},{'Femme' if n % 2 else 'Homme'}\r\n" for n in range(20))
    sent = bench.receive(f"Pseudonyme,Genre de la personne\r\n{lines}".encode(), committee=committee)
    bench.work()
    assert bench.row(sent).state == "MAPPING"
    return sent


def confirm(bench: Bench, sent: str, committee: str = "MAR") -> None:
    """What the web process writes when her owner has said what the columns mean."""
    said = NationalMapping("VICTIMS", COLUMNS, committee)
    row = {"committee": committee, "dataflow": "VICTIMS", "version": 1, "digest": said.digest, "batch_id": sent}
    with bench.web.write() as tx:
        event = journal.append(tx, MappingConfirmed(sent, committee, "VICTIMS", 1, said.digest), SUBMITTER, NOON)
        document = canonical.encode(as_json(said)).decode()
        more = {"document": document, "confirmed_by": SUBMITTER.id, "confirmed_event": event}
        tx.execute(insert(mapping).values(**row, **more, confirmed_at=NOON + timedelta(hours=1)))


@pytest.mark.parametrize(
    ("act", "listed", "period"),
    [
        (Act.WITHDRAW, persons(pseudonym(1)), None),
        (Act.WITHDRAW, persons(pseudonym(1)), "2022"),
        (Act.RECTIFY, f"PSEUDONYM,SEX\r\n{pseudonym(1)},M\r\n", None),
    ],
)
def test_a_request_about_persons_ends_the_waiting(small: Bench, act: Act, listed: str, period: str | None) -> None:
    sent = waiting(small)
    Owner(small).lists(act, listed, period)
    confirm(small, sent)
    assert not resume_next(small.hub)
    assert expire_next(small.hub)
    assert (small.row(sent).state, small.rules(sent)) == ("REFUSED", ["mapping.outdated"])
    small.follow()
    assert held(small) == {}


@pytest.mark.parametrize(
    ("act", "committee", "period"),
    [(Act.OBJECT, "MAR", None), (Act.WITHDRAW, "MAR", "2021"), (Act.WITHDRAW, "CIV", None)],
)
def test_what_concerns_others_or_is_remembered_lets_it_wait(
    small: Bench, act: Act, committee: str, period: str | None
) -> None:
    """An objection needs no end of the waiting: it is held against every later file, this one too."""
    sent = waiting(small)
    Owner(small, committee).lists(act, persons(pseudonym(1)), period)
    confirm(small, sent)
    assert not expire_next(small.hub)
    small.follow()
    assert resume_next(small.hub)
    small.follow()
    assert small.row(sent).state == "ACCEPTED"
    (one,) = of(small, [pseudonym(1)]).values()
    assert (one in held(small)) is (act is not Act.OBJECT)
