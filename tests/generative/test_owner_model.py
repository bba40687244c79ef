"""After any sequence of files, withdrawals, objections, corrections and decisions the vault holds what a dict would."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amana.intake.requests import Act
from support.contributions import pseudonym, row, text
from support.databases import sqlite_database
from support.owner import Owner, held, of, persons
from support.workbench import Bench, make_bench

PERIODS = ("2021", "2022")
PEOPLE = range(4)
GROUP = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True)
ACTS = st.one_of(
    st.tuples(st.just("file"), st.sampled_from(PERIODS), GROUP, st.sampled_from("FM"), st.booleans()),
    st.tuples(st.sampled_from(["withdraw", "object"]), st.none() | st.sampled_from(PERIODS), GROUP),
    st.tuples(st.just("rectify"), st.none() | st.sampled_from(PERIODS), GROUP, st.sampled_from("FM")),
    st.tuples(st.sampled_from(["replace", "discard", "take back"]), st.sampled_from(PERIODS)),
)


@dataclass
class Plain:
    """What the vault should hold, in dicts: period → person → sex; of each period one file, and one that waits."""

    files: dict[str, dict[int, str]] = field(default_factory=dict)
    waits: dict[str, dict[int, str]] = field(default_factory=dict)
    objecting: set[int] = field(default_factory=set)

    def file(self, period: str, people: dict[int, str], *, replaces: bool) -> None:
        people = {one: sex for one, sex in people.items() if one not in self.objecting}
        if period in self.files and not replaces:
            self.waits[period] = people
        else:
            self.files[period] = people
            self.waits.pop(period, None)

    def take_out(self, periods: tuple[str, ...], people: list[int]) -> None:
        for store in (self.files, self.waits):
            for period in periods:
                if store.get(period, {}).keys() & set(people):
                    store[period] = {one: sex for one, sex in store[period].items() if one not in people}
                    if not store[period]:
                        del store[period]
        self._advance()

    def put_right(self, periods: tuple[str, ...], people: list[int], sex: str) -> None:
        for store in (self.files, self.waits):
            for period in periods:
                store.get(period, {}).update({one: sex for one in people if one in store.get(period, {})})

    def decide(self, act: str, period: str) -> None:
        if act == "take back":
            self.files.pop(period, None)
        elif period in self.waits:
            people = self.waits.pop(period)
            if act == "replace":
                self.files[period] = people
        self._advance()

    def _advance(self) -> None:
        """A file that waits, and has nothing left to replace, counts."""
        for period in [period for period in self.waits if period not in self.files]:
            self.files[period] = self.waits.pop(period)


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTS, min_size=2, max_size=6))
def test_the_vault_holds_what_a_dict_would(acts: list[tuple]) -> None:
    with tempfile.TemporaryDirectory() as folder, sqlite_database(Path(folder)) as database:
        bench = make_bench(database, Path(folder))
        owner, plain = Owner(bench), Plain()
        for asked in acts:
            _act(bench, owner, plain, asked)
            bench.follow()
            for one in PERIODS:
                assert _held(bench, one, waiting=False) == plain.files.get(one, {})
                assert _held(bench, one, waiting=True) == plain.waits.get(one, {})
            assert len(bench.stored()) == len(plain.files) + len(plain.waits), "and nothing else stands on the disk"
            assert bench.shelved() == []


def _act(bench: Bench, owner: Owner, plain: Plain, asked: tuple) -> None:
    act, period, *more = asked
    periods = PERIODS if period is None else (period,)
    if act == "file":
        people, sex, replaces = more
        sent = text([row(one, SEX=sex) for one in people]).encode()
        bench.receive(sent, period=period, replaces=replaces)
        plain.file(str(period), dict.fromkeys(people, sex), replaces=replaces)
    elif act in {"withdraw", "object"}:
        owner.lists(Act(act), persons(*map(pseudonym, more[0])), None if act == "object" else period)
        if act == "object":
            plain.objecting |= set(more[0])
        plain.take_out(PERIODS if act == "object" else periods, more[0])
    elif act == "rectify":
        people, sex = more
        owner.lists(Act.RECTIFY, "\n".join(["PSEUDONYM,SEX", *(f"{pseudonym(one)},{sex}" for one in people)]), period)
        plain.put_right(periods, people, sex)
    else:
        stands = [one for one in bench.holdings() if one.superseded_at is None and one.period == period]
        for one in stands:
            if (one.held_since is not None) == (act != "take back"):
                owner.says({"take back": Act.WITHDRAW}.get(act) or Act(act), one.batch_id)
        plain.decide(act, str(period))


def _held(bench: Bench, period: str, *, waiting: bool) -> dict[int, str]:
    known = {mac: int(name) for name, mac in _macs(bench).items()}
    return {known[mac]: values["SEX"] for mac, values in held(bench, period, waiting=waiting).items()}


def _macs(bench: Bench) -> dict[str, str]:
    names = of(bench, [pseudonym(one) for one in PEOPLE])
    return {str(one): names[pseudonym(one)] for one in PEOPLE}
