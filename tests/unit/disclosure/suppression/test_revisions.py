"""What the region may show beside an earlier vintage: nothing that tells those who revised of one other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from amana.disclosure.audit import Groups, audit_all
from amana.disclosure.suppression.candidate import Candidate
from amana.disclosure.suppression.in_turn.method import suppress_in_turn
from amana.disclosure.suppression.linked.system import link
from amana.disclosure.suppression.primary import by_group
from amana.disclosure.suppression.revisions import revisions
from amana.disclosure.table import Insider, Publication, RawTable, Rule, Status
from support.drawn import drawn, raw
from support.sparse_region import coded, count

PAIRS = Rule(5, zeros_hidden=True, coalition=2)
CODES = ("CIV", "LBY", "MAR", "NER", "TUN")
TABLE = raw(
    drawn(
        """
        | _T  | F  | M
    _T  | 160 | 80 | 80
    MAR | 40  | 20 | 20
    EGY | 40  | 20 | 20
    LBY | 40  | 20 | 20
    TUN | 40  | 20 | 20 """,
        ("REF_AREA", "SEX"),
        "sex",
    ),
    drawn("| _T | C | A\n_T | 160 | 60 | 100", ("SIZE", "AGE"), "age"),
)
THEN = """
        | _T  | F  | M
    _T  | 150 | 70 | 80
    MAR | 40  | 20 | x
    EGY | 40  | 20 | x
    LBY | 40  | 20 | x
    TUN | 30  | 10 | 20 """


def heeded(
    *revised: str, now_hidden: Collection[tuple[str, str]] = (), then: str = THEN, rule: Rule = PAIRS
) -> set[str]:
    """Return the regional cells that must be hidden. now_hidden: committee and sex."""
    system, cubes = link(TABLE), {cube.id: cube for cube in TABLE.cubes}
    one, other = (
        drawn(then, ("REF_AREA", "SEX"), "sex"),
        drawn("| _T | C | A\n_T | 150 | 60 | 90", ("SIZE", "AGE"), "age"),
    )
    values, status = {"sex": one.values, "age": other.values}, {"sex": one.status, "age": other.status}
    page = Publication((one.cube, other.cube), values, status, 5, True, frozenset(revised))
    hidden = np.zeros(len(system.truth), dtype=np.bool_)
    for place in now_hidden:
        codes = [cubes["sex"].cell_codes(index) for index in cubes["sex"].indices()]
        hidden[system.numbers["sex"].ravel()[codes.index(place)]] = True
    found = {int(each) for one in revisions(TABLE, system, [page]) for each in one.tells(rule, hidden)}
    return {
        cube.cell_codes(index)[1]
        for cube in TABLE.cubes
        for index in cube.indices()
        if int(system.numbers[cube.id][index]) in found
    }


def test_where_nobody_has_revised_there_is_nothing_to_heed():
    assert revisions(TABLE, link(TABLE), [Publication(TABLE.cubes, TABLE.counts, TABLE.absent, 5, True)]) == ()


def test_of_one_who_revised_alone_the_sums_tell_and_no_rule_does():
    """What the region shows beside its change is for the linked system to judge."""
    assert heeded("TUN") == set()
    assert heeded("MAR", now_hidden=[("TUN", "M")]) == set()


def test_two_who_revised_tell_each_other_and_four_do_not():
    both = [("TUN", "F"), ("EGY", "F")]
    assert heeded("TUN", "EGY", now_hidden=both) == {"F", "C", "A"}  # of its men Tunisia tells
    assert heeded("TUN", "EGY", "LBY", "MAR", now_hidden=both) == {"F", "M"}  # two of four show their own
    everybody = [*both, ("LBY", "F"), ("MAR", "F"), ("TUN", "M")]
    assert heeded("TUN", "EGY", "LBY", "MAR", now_hidden=everybody) == set()
    alone = replace(PAIRS, coalition=1)
    assert heeded("TUN", "EGY", "LBY", now_hidden=[*both, ("LBY", "F")], rule=alone) == {"M"}


NESTED = raw(
    drawn(
        """
        | _T  | F  | M
    _T  | 190 | 95 | 95
    N   | 160 | 80 | 80
    MAR | 40  | 20 | 20
    EGY | 40  | 20 | 20
    LBY | 40  | 20 | 20
    TUN | 40  | 20 | 20
    CIV | 30  | 15 | 15 """,
        ("REF_AREA", "SEX"),
        "sex",
        under=dict.fromkeys(("MAR", "EGY", "LBY", "TUN"), "N"),
    )
)


@pytest.mark.parametrize(
    ("revised", "hidden", "tells"),
    [
        ("MAR TUN", "MAR TUN", {"N"}),  # each takes its own from what the north changed by
        ("MAR TUN", "MAR TUN N", {"_T"}),
        ("MAR TUN CIV", "MAR TUN N CIV", {"_T"}),
        ("MAR TUN CIV", "MAR TUN", {"N"}),  # of whoever is left the sums tell
        ("MAR EGY LBY TUN", "MAR EGY LBY TUN", set()),
        ("MAR EGY LBY TUN", "MAR EGY LBY", {"N"}),
    ],
)
def test_a_sub_region_tells_those_who_revised_in_it_about_each_other(revised: str, hidden: str, tells: set[str]):
    system, (cube,) = link(NESTED), NESTED.cubes
    codes = [cube.cell_codes(index) for index in cube.indices()]
    marked = np.zeros(len(system.truth), dtype=np.bool_)
    marked[[int(system.numbers["sex"].ravel()[codes.index((code, "F"))]) for code in hidden.split()]] = True
    nothing = np.zeros(cube.shape, dtype=np.uint8)
    page = Publication((cube,), NESTED.counts, {"sex": nothing}, 5, True, frozenset(revised.split()))
    (since,) = revisions(NESTED, system, [page])
    places = {int(system.numbers["sex"].ravel()[at]): code for at, code in enumerate(codes)}
    found = {places[int(each)] for each in since.tells(PAIRS, marked)}
    assert {area for area, sex in found if sex == "F"} - {*hidden.split()} == tells


def test_what_must_not_be_told_is_hidden_among_what_groups_ask_for():
    system = link(TABLE)
    was = {"sex": drawn(THEN, ("REF_AREA", "SEX"), "sex")}
    page = Publication(
        (was["sex"].cube,), {"sex": was["sex"].values}, {"sex": was["sex"].status}, 5, True, frozenset(["MAR", "EGY"])
    )
    nothing = np.zeros(len(system.truth), dtype=np.bool_)
    since = revisions(TABLE, system, [page])
    more = set(by_group(TABLE, PAIRS, system, nothing, since)) - set(by_group(TABLE, PAIRS, system, nothing))
    assert more == {system.numbers["sex"][0, 2]}


def test_of_who_came_all_is_told_that_it_shows():
    then = THEN.replace("TUN | 30  | 10 | 20", "TUN | -   | -  | -")
    assert heeded("TUN", "MAR", then=then) == {"C", "A"}
    assert heeded("TUN", "MAR", then=then, now_hidden=[("TUN", "M")]) == {"M", "C", "A"}


NORTH = {"LBY": "NORTH", "MAR": "NORTH", "TUN": "NORTH"}


def region(
    seed: int, *, share: float, revised: Collection[str], joined: str = "", within: Mapping[str, str] | None = None
) -> tuple[RawTable, RawTable]:
    """Draw 500 persons of five committees, before and after: a share of whoever revised came later."""
    rng = np.random.default_rng(seed)
    area, lot = rng.choice(5, 500, p=[0.3, 0.25, 0.2, 0.15, 0.1]), rng.random(500)
    sex, age = rng.choice(3, 500, p=[0.6, 0.3, 0.1]), rng.choice(3, 500, p=[0.2, 0.3, 0.5])
    codes = np.array(CODES)[area]
    late = (np.isin(codes, list(revised)) & (lot < share)) | (codes == joined)

    def counted(who: np.ndarray) -> RawTable:
        areas, ages = coded("REF_AREA", area[who], CODES, within), coded("AGE", age[who], ("young", "teen", "old"))
        sexes = coded("SEX", sex[who], ("F", "M", "U"))
        return count({"area-sex": (areas, sexes), "sex-age": (sexes, ages)})

    def table(who: np.ndarray, silent: str) -> RawTable:
        whole = counted(who)
        insiders = [Insider(code, True, counted(who & (codes == code)).counts) for code in CODES if code != silent]
        absent = {cube.id: np.zeros(cube.shape, dtype=np.bool_) for cube in whole.cubes}
        absent["area-sex"][np.array([node.code for node in whole.cubes[0].axes[0].nodes]) == silent] = True
        return replace(whole, insiders=tuple(insiders), absent=absent)

    return table(~late, joined), table(np.ones(500, dtype=np.bool_), "")


def page(table: RawTable, candidate: Candidate, revised: frozenset[str] | None = None) -> Publication:
    return Publication(table.cubes, candidate.values, candidate.status, 5, True, revised)


def hide(table: RawTable, seed: int, *past: Publication) -> Candidate:
    return suppress_in_turn(table, PAIRS, Random(seed), past=past)


def findings(table: RawTable, *pages: Publication) -> set[str]:
    reports = audit_all(pages, table.insiders, 2, groups=Groups())
    return {f"{name} {each}" for name, report in reports.items() for each in report.findings}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("revised", "joined", "within"),
    [
        ("CIV LBY MAR NER", "", None),
        ("", "NER", None),
        ("TUN NER", "", None),
        ("CIV LBY MAR NER", "", NORTH),
        ("LBY MAR", "", NORTH),
    ],
)
def test_the_checker_passes_what_heeds_revisions(revised: str, joined: str, within: Mapping[str, str] | None):
    before, after = region(0, share=0.3, revised=revised.split(), joined=joined, within=within)
    since = frozenset((*revised.split(), *filter(None, [joined])))
    first = page(before, hide(before, 1), since)
    later = hide(after, 1, first)
    assert not findings(after, first, page(after, later))
    assert any((each == Status.SHOWN).any() for each in later.status.values())


@pytest.mark.slow
@pytest.mark.parametrize(("revised", "joined"), [("", "NER"), ("TUN NER", "")])
def test_it_refuses_what_does_not(revised: str, joined: str):
    """The engine is not told who revised; the checker is."""
    before, after = region(0, share=0.3, revised=revised.split(), joined=joined)
    since = frozenset((*revised.split(), *filter(None, [joined])))
    first = page(before, hide(before, 0))
    assert findings(after, replace(first, revised=since), page(after, hide(after, 1, first)))


@pytest.mark.parametrize(("morocco", "heeded"), [("- | -", True), ("0 | x", True), ("x | x", False), ("4 | x", False)])
def test_who_had_none_of_them_leaves_one_fewer_behind(morocco: str, heeded: bool):
    """Four revised, and Morocco has no children: a figure of girls without areas is that of the other three."""
    ages = """
        | _T  | C  | A
    _T  | 160 | 60 | 100
    MAR | 40  | 0  | 40
    EGY | 40  | 20 | 20
    LBY | 40  | 20 | 20
    TUN | 40  | 20 | 20 """
    sexes = "| _T | C | A\n_T | 160 | 60 | 100\nF | 80 | 30 | 50\nM | 80 | 30 | 50"
    now = raw(drawn(ages, ("REF_AREA", "AGE"), "ages"), drawn(sexes, ("SEX", "AGE"), "sexes"))
    hidden_then = ages.replace("| 20 | 20", "| x | x").replace("| 0  | 40", f"| {morocco}")
    then = [drawn(hidden_then, ("REF_AREA", "AGE"), "ages"), drawn(sexes, ("SEX", "AGE"), "sexes")]
    values, status = {each.cube.id: each.values for each in then}, {each.cube.id: each.status for each in then}
    page = Publication(now.cubes, values, status, 5, True, frozenset({"MAR", "EGY", "LBY", "TUN"}))
    system = link(now)
    (since,) = revisions(now, system, [page])
    marked = np.isin(np.arange(len(system.truth)), system.numbers["ages"][1:, 1:])
    told = set(since.tells(PAIRS, marked).tolist())
    girls = int(system.numbers["sexes"][1, 1])
    assert (girls in told) == heeded
    assert int(system.numbers["sexes"][1, 2]) not in told
