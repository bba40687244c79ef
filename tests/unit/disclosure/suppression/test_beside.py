"""Two vintages as the engine binds them: tables without areas, committees that come, and what no hiding helps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from amana.disclosure.suppression.in_turn.beside import Beside, TurnBeside, beside
from amana.disclosure.suppression.in_turn.stage import Stage
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.primary import given
from amana.disclosure.suppression.solving import Effort
from amana.disclosure.table import Insider, Publication, RawTable, Rule
from support.drawn import Drawing, drawn, raw

RULE = Rule(5, zeros_hidden=True, coalition=1)
SEX = """
        | _T | F  | M
    _T  | 90 | 50 | 40
    MAR | 40 | 20 | 20
    EGY | 30 | 20 | 10
    TUN | 20 | 10 | 10 """
AGE = "| _T | C | A\n_T | 90 | 30 | 60"


def tables(sex: str, age: str = AGE, name: str = "age") -> tuple[Drawing, Drawing]:
    return drawn(sex, ("REF_AREA", "SEX"), "sex"), drawn(age, ("SIZE", "AGE"), name)


def held(sex: str = SEX) -> RawTable:
    """Return what is held now; of every committee a third are children."""
    one, other = tables(sex)
    insiders = []
    for row, node in enumerate(one.cube.axes[0].nodes[1:], 1):
        own = np.zeros_like(one.values)
        own[[0, row]] = one.values[row]
        whole = int(one.values[row, 0])
        ages = np.array([[whole, whole // 3, whole - whole // 3]])
        insiders.append(Insider(node.code, committee=True, counts={"sex": own, "age": ages}))
    return raw(one, other, insiders=insiders)


def page(drawings: Collection[Drawing], *revised: str) -> Publication:
    values, status = ({one.cube.id: getattr(one, name) for one in drawings} for name in ("values", "status"))
    return Publication(tuple(one.cube for one in drawings), values, status, 5, True, frozenset(revised))


def bound(table: RawTable, past: Publication) -> Beside:
    stage = Stage(table, RULE, link(table))
    found = beside(stage, past, Effort())
    assert found is not None
    assert not (found.stage.system.equations @ found.stage.system.truth).any()
    return found


def test_a_table_without_areas_is_the_others_and_those_who_revised():
    both = bound(
        held(),
        page(
            tables(
                SEX.replace("90 | 50", "88 | 48").replace("20 | 10 | 10", "18 | 8 | 10"),
                AGE.replace("90 | 30", "88 | 28"),
            ),
            "TUN",
        ),
    )
    system, ages = both.stage.system, both.stage.system.numbers["age"]
    assert ages.shape == (3, 1, 3)  # the region, those who did not revise, Tunisia
    assert system.truth[ages[:, 0]].tolist() == [[90, 30, 60], [70, 24, 46], [20, 6, 14]]
    then = system.numbers["age@"]
    assert (then[1] == ages[1]).all()
    assert not (then[[0, 2]] == ages[[0, 2]]).any()
    assert system.truth[then[2, 0]].tolist() == [18, 4, 14]
    assert {2, -2} & set(system.truth[both.steps].tolist()) == {2}


def test_what_a_party_knows_fits_the_tables_of_both():
    def row(one: Drawing) -> Drawing:
        return Drawing(replace(one.cube, axes=one.cube.axes[1:]), one.values[0], one.status[0])

    before = SEX.replace("20 | 10 | 10", "18 | 8 | 10").replace("90 | 50", "88 | 48")
    sexes, ages = zip(tables(SEX), tables(before, AGE.replace("90 | 30", "88 | 28")), strict=True)
    beyond = {one.name: np.append(one.counts["age"][0], [9999] * 3) for one in held().insiders}  # behind the counts
    insiders = [replace(one, counts={**one.counts, "age": beyond[one.name][:3]}) for one in held().insiders]
    both = bound(raw(sexes[0], row(ages[0]), insiders=insiders), page((sexes[1], row(ages[1])), "TUN"))
    for one in insiders[:2]:
        seen = both.sight([one])
        own = (both.stage.system.truth - seen.truth)[both.stage.system.numbers["age"]]
        assert not (both.stage.system.equations @ seen.truth).any()
        assert own.tolist() == [one.counts["age"].tolist()] * 2 + [[0, 0, 0]]  # the region, who did not revise, Tunisia


def test_what_is_asked_of_the_solver_is_counted_and_nothing_once_the_effort_is_spent():
    table, effort = held(), Effort()
    stage, past, whole = Stage(table, RULE, link(table)), page(tables(SEX), "TUN"), effort.left
    assert beside(stage, past, effort) is not None
    assert 0 < effort.left < whole
    effort.left = 0
    assert beside(stage, past, effort) is None


def test_one_who_came_had_nobody_and_shows_no_more_than_the_new_tables():
    silent = SEX.replace("90 | 50 | 40", "70 | 40 | 30").replace("TUN | 20 | 10 | 10", "TUN | -  | -  | -")
    both = bound(held(), page(tables(silent, "| _T | C | A\n_T | 70 | 24 | 46"), "TUN"))
    system, numbers = both.stage.system, both.stage.system.numbers
    assert (system.truth[numbers["sex@"][3]] == 0).all()
    assert not both.stood[numbers["sex"][3]].any()
    assert both.stood[numbers["sex"][0]].all()


def test_a_table_that_is_drawn_otherwise_has_no_steps():
    both = bound(held(), page(tables(SEX, "| _T | C | O\n_T | 90 | 30 | 60"), "TUN"))
    assert "@age" in both.stage.system.numbers
    assert "age@" not in both.stage.system.numbers
    alone = bound(held(), page(tables(SEX)[:1], "TUN"))
    assert int(both.steps.sum()) == int(alone.steps.sum())


def test_what_the_older_vintage_tells_by_itself_is_left_be():
    """Of Egypt's 30 there were 28 women; how many men it has no hiding hides."""
    sex = SEX.replace("90 | 50 | 40", "90 | 58 | 32").replace("30 | 20 | 10", "30 | 28 | 2")
    table = held(sex)
    past = page(tables(sex.replace("28 | 2", "28 | x")), "TUN")
    stage = Stage(table, RULE, link(table))
    what, both = given(table, RULE, stage.system, (), [past]), bound(table, past)
    first = stage.begin(what)
    turn = TurnBeside(both, (), first, np.ones(len(first)), np.random.default_rng(0), effort=Effort())
    assert turn.left()[stage.system.numbers["sex"][2, 2]]
    turn.protect()
    assert not turn.left().any()
