"""Two vintages of one period are one system: whoever did not revise is the same in both, and the rest is who did.

k = 5 and zeros are hidden. ``x`` is the mark, ``-`` not collected.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from amana.disclosure.attacks.differencing import differencing
from amana.disclosure.audit import AuditReport, audit, audit_all
from amana.disclosure.table import Insider, Publication
from support.drawn import Drawing, drawn, insider

AREA_SEX = ("REF_AREA", "SEX")


def published(*drawings: Drawing, revised: Collection[str] | None = None) -> Publication:
    """Publish drawings. revised: who the vault knows to have revised since."""
    values = {each.cube.id: each.values for each in drawings}
    status = {each.cube.id: each.status for each in drawings}
    since = None if revised is None else frozenset(revised)
    return Publication(tuple(each.cube for each in drawings), values, status, 5, zeros_hidden=True, revised=since)


def by_sex(text: str, *, revised: Collection[str] | None = None) -> Publication:
    return published(drawn(text, AREA_SEX, "sex"), revised=revised)


def found(report: AuditReport) -> set[str]:
    return {f"{each.kind} {' '.join(each.codes)}" for each in report.findings}


THEN = """
        | _T  | F  | M
    _T  | 120 | 70 | 50
    MAR | x   | x  | x
    EGY | x   | x  | x
    TUN | 30  | x  | x """

ONE_COMMITTEE = """
        | _T  | F  | M
    _T  | x   | 76 | x
    MAR | x   | x  | x
    EGY | x   | x  | x
    TUN | 40  | x  | x """


def test_where_one_committee_revised_the_regions_change_is_its_own():
    """The region has 6 women more, and only Tunisia changed; it has 10 persons more: so 4 of them are men."""
    assert audit([by_sex(THEN)]).passed
    assert audit([by_sex(ONE_COMMITTEE)]).passed
    assert found(audit([by_sex(THEN), by_sex(ONE_COMMITTEE)])) == {
        "changed_little _T M",
        "changed_little TUN M",
        "narrow TUN M",  # 4 at least
    }
    assert differencing(by_sex(THEN), by_sex(ONE_COMMITTEE)) == (("sex", ("_T", "M")), ("sex", ("TUN", "M")))


def test_the_same_follows_among_those_who_were_identified():
    """All who were registered are counted, too, and how many of them were not identified follows, then and now."""
    everybody = drawn(
        "| _T | F | M\n_T | 200 | x | x\nMAR | x | x | x\nEGY | x | x | x\nTUN | 60 | x | x", AREA_SEX, "all"
    )
    then, now = (drawn(text, AREA_SEX, "sex", where=[("STATUS", "IDENT")]) for text in (THEN, ONE_COMMITTEE))
    told = found(audit([published(then, everybody, revised={"TUN"}), published(now, everybody)]))
    assert {"changed_little TUN M", "changed_little _T M"} <= told


@pytest.mark.parametrize("told", [None, {"TUN"}, {"TUN", "EGY", "MAR"}])
def test_it_is_found_whether_or_not_the_vault_says_who_revised(told: set[str] | None):
    """Nothing but Tunisia shows a change: readers take it for the only one, though others may have revised, too."""
    assert "changed_little TUN M" in found(audit([by_sex(THEN, revised=told), by_sex(ONE_COMMITTEE)]))


def test_nothing_is_told_where_the_region_is_hidden_as_far_as_the_committee_is():
    mended = ONE_COMMITTEE.replace("| 76 |", "| x  |")
    assert audit([by_sex(THEN, revised={"TUN"}), by_sex(mended)]).passed
    assert not differencing(by_sex(THEN), by_sex(mended))


def test_what_was_hidden_then_is_protected_still():
    """Of Tunisia's 8, at most one was a woman: 7 are women now who were not, or the region would not have 7 more."""
    text = "| _T | F | M\n_T | 60 | 40 | 20\nMAR | x | x | x\nEGY | x | x | x\nTUN | 8 | x | x"
    then, now = by_sex(text, revised={"TUN"}), by_sex(text.replace("| 40 | 20", "| 47 | 13"))
    assert audit([now]).passed
    assert found(audit([then, now])) == {"narrow TUN F", "narrow TUN M"}


THREE = """
        | _T | F  | M  | U
    _T  | 140 | 70 | 50 | 20
    MAR | x  | x  | x  | x
    EGY | x  | x  | x  | x
    LBY | x  | x  | x  | x
    TUN | 30 | x  | x  | x """
MOVED = THREE.replace("| 140 | 70 | 50 | 20", "| x   | 64 | 57 | x ")


def test_who_revised_is_not_told_and_yet_who_knows_it_must_not_learn_more():
    """Tunisia has 30 as before. Whoever knows that it alone revised has 6 women less, 7 men more: one fewer unknown."""
    now = by_sex(MOVED)
    assert found(audit([by_sex(THREE, revised={"TUN"}), now])) == {
        "changed_little _T U",
        "changed_little TUN U",
        "narrow TUN U",  # it was one at least
    }
    everybody = by_sex(THREE, revised={"TUN", "EGY", "LBY", "MAR"})
    assert audit([everybody, now]).passed
    assert audit([by_sex(THREE), now]).passed
    assert not differencing(by_sex(THREE), now)


def test_a_committee_that_revised_takes_its_own_change_out():
    """Tunisia and Egypt revised: what Tunisia did not change in the region's 6 women and 7 men, Egypt did."""
    then, now = by_sex(THREE, revised={"TUN", "EGY"}), by_sex(MOVED)
    assert found(audit([then, now])) == {"too_few_revised _T F", "too_few_revised _T M"}
    then = by_sex(THREE, revised={"TUN", "EGY", "LBY"})
    assert found(audit_all([then, now])["outsider"]) == {"too_few_revised _T F", "too_few_revised _T M"}
    assert audit_all([then, now], coalition=1)["outsider"].passed  # of three, one alone does not single out another


def test_whose_own_change_is_shown_hides_nobody():
    """Four revised, and of two of them everybody sees the women: of the other two, each tells the other."""
    then = THREE.replace("EGY | x  | x ", "EGY | x  | 20").replace("LBY | x  | x ", "LBY | x  | 20")
    now = MOVED.replace("EGY | x  | x ", "EGY | x  | 26").replace("LBY | x  | x ", "LBY | x  | 14")
    report = audit([by_sex(then, revised={"TUN", "EGY", "LBY", "MAR"}), by_sex(now)])
    assert found(report) == {"too_few_revised _T F"}


def test_a_table_without_areas_tells_of_who_revised_as_well():
    """The region has 6 children more. Only Tunisia changed, by 10: so 4 of its new ones are no children."""
    then = published(drawn(THEN, AREA_SEX, "sex"), drawn("| _T | C | A\n_T | 120 | 45 | 75", ("SIZE", "AGE"), "age"))
    hidden = drawn(ONE_COMMITTEE.replace("| 76 |", "| x  |"), AREA_SEX, "sex")
    now = published(hidden, drawn("| _T | C | A\n_T | x | 51 | x", ("SIZE", "AGE"), "age"))
    assert audit([now]).passed
    assert found(audit([then, now])) == {"changed_little _T A"}
    assert audit([then, published(hidden, drawn("| _T | C | A\n_T | x | x | x", ("SIZE", "AGE"), "age"))]).passed


JOINED = """
        | _T  | F  | M
    _T  | 150 | 88 | 62
    MAR | x   | x  | x
    EGY | x   | x  | x
    TUN | 30  | x  | x
    LBY | 30  | x  | x """


def test_of_a_committee_that_joins_the_regions_change_says_everything():
    """Libya has sent its first 30; the region has 18 women more than before: they are Libya's."""
    then = by_sex(THEN + "\nLBY | - | - | -")
    assert audit([by_sex(JOINED)]).passed
    small = JOINED.replace("| 88 | 62", "| 97 | 53")
    assert differencing(then, by_sex(small)) == (("sex", ("_T", "M")), ("sex", ("LBY", "M")))  # 3 of its 30
    assert found(audit([then, by_sex(JOINED)])) == {"determined LBY F", "determined LBY M"}
    assert audit([then, by_sex(JOINED.replace("| 88 | 62", "| x  | x "))]).passed


def own(name: str, text: str) -> Insider:
    return Insider(name, committee=True, counts={"sex": drawn(text, AREA_SEX).values})


def test_a_committee_that_did_not_revise_reads_both_with_its_own():
    """Morocco has 33 of the 40 men who are not Tunisia's; now the region's men are hidden, and were 50 then."""
    morocco = own("MAR", "| _T | F | M\n_T | 34 | 1 | 33\nMAR | 34 | 1 | 33\nEGY | 0 | 0 | 0\nTUN | 0 | 0 | 0")
    tunisia = own("TUN", "| _T | F | M\n_T | 40 | 30 | 10\nMAR | 0 | 0 | 0\nEGY | 0 | 0 | 0\nTUN | 40 | 30 | 10")
    now = by_sex(ONE_COMMITTEE)
    reports = audit_all([by_sex(THEN), now], [morocco, tunisia])
    assert {name: "changed_little TUN M" in found(each) for name, each in reports.items()} == {
        "outsider": True,
        "MAR": True,
        "TUN": False,
        "MAR+TUN": False,
    }


def test_a_vintage_without_changes_is_read_as_one_with_the_first():
    assert audit([by_sex(THEN, revised={"TUN"}), by_sex(THEN)]).passed
    later = replace(by_sex(THEN), values={"sex": by_sex(THEN).values["sex"] + 0})
    assert not differencing(by_sex(THEN), later)


def test_who_has_the_new_vintage_alone_is_told_no_more_than_by_any_table():
    """Libya has 9 of the 34 women, and Tunisia 22 persons: 3 of the women at least are Morocco's.

    Who has the older vintage as well knows that they are 8, which was no harm; who has not learns of somebody there.
    """
    then = by_sex(
        """
        | _T | F  | M
    _T  | 69 | 29 | 40
    MAR | 20 | 8  | 12
    LBY | 20 | 9  | 11
    TUN | 29 | 12 | 17 """,
        revised=["TUN", "LBY"],
    )
    now = by_sex("""
        | _T | F  | M
    _T  | 62 | 34 | 28
    MAR | 20 | x  | x
    LBY | 20 | x  | x
    TUN | 22 | x  | x """)
    own = drawn("| _T | F | M\n_T | 20 | 9 | 11\nMAR | 0 | 0 | 0\nLBY | 20 | 9 | 11\nTUN | 0 | 0 | 0", AREA_SEX, "sex")
    libya = Insider("LBY", committee=True, counts={"sex": own.values})
    alone, beside = (audit_all(pages, [libya], 1)["LBY"] for pages in ([now], [then, now]))
    assert "narrow MAR F" in found(alone)
    assert "narrow MAR F" in found(beside)


AGES = """
        | _T | C | A | _U
    _T  | x  | x | x | x
    MAR | x  | - | - | x
    EGY | x  | x | x | x
    LBY | x  | x | x | x
    TUN | x  | x | x | x
    DZA | x  | x | x | x """


def test_who_was_never_asked_for_ages_has_changed_no_girls():
    """Four revised; Morocco asks nobody's age: of six girls more, two of the other three take theirs from the third."""

    def girls(number: int, ages: str, revised: Collection[str] | None = None) -> Publication:
        table = drawn(
            f"| _T | C | A | _U\n_T | x | x | x | x\nF | x | {number} | x | x\nM | x | x | x | x", ("SEX", "AGE")
        )
        return published(drawn(ages, ("REF_AREA", "AGE"), "ages"), table, revised=revised)

    asked = AGES.replace("MAR | x  | - | -", "MAR | x  | x | x")
    four = {"MAR", "EGY", "LBY", "TUN"}
    assert found(audit_all([girls(56, AGES, four), girls(62, AGES)])["outsider"]) == {"too_few_revised F C"}
    assert audit_all([girls(56, asked, four), girls(62, asked)])["outsider"].passed


def beside_tunisia(total: int, others: int, own: int) -> str:
    """Draw Tunisia beside three others that are all alike, each half women."""
    numbers = {"_T": total, "MAR": others, "EGY": others, "LBY": others, "TUN": own}
    return "\n".join(
        ["| _T | F | M", *(f"{area} | {each} | {each // 2} | {each // 2}" for area, each in numbers.items())]
    )


ALL_THEN, ALL_NOW = beside_tunisia(240, 60, 60), beside_tunisia(254, 60, 74)
SOME_THEN, SOME_NOW = beside_tunisia(160, 40, 40), beside_tunisia(172, 40, 52)


def test_who_revised_knew_nothing_of_what_nobody_was_asked():
    """Morocco was not asked for sexes before. What it can tell of Tunisia now is new."""
    then = by_sex("| _T | F | M\n_T | 60 | - | -\nMAR | 23 | - | -\nTUN | 37 | - | -", revised={"MAR"})
    now = by_sex("| _T | F | M\n_T | 60 | 40 | 20\nMAR | 23 | x | x\nTUN | 37 | x | x")
    own = drawn("| _T | F | M\n_T | 23 | 12 | 11\nMAR | 23 | 12 | 11\nTUN | 0 | 0 | 0", AREA_SEX, "sex")
    told = audit([then, now], party=insider("MAR", own)).findings
    assert {(*each.codes, each.lower, each.upper) for each in told} >= {("TUN", "F", 28, 28), ("TUN", "M", 9, 9)}


@pytest.mark.parametrize(
    ("names", "more"), [("all some", ""), ("every few", ""), ("all some", "\n    DZA | - | - | -")]
)
def test_what_is_compared_is_who_is_counted_and_not_how_a_table_is_named_or_drawn(names: str, more: str):
    """Fourteen more, twelve of them identified: of the others one woman and one man, whoever joined the forum since."""

    def both(
        every: str, identified: str, one: str, other: str, *, revised: Collection[str] | None = None
    ) -> Publication:
        few = drawn(identified, AREA_SEX, other, where=[("STATUS", "IDENT")])
        return published(drawn(every, AREA_SEX, one), few, revised=revised)

    then = both(ALL_THEN, SOME_THEN, "all", "some", revised={"TUN"})
    now = both(ALL_NOW + more, SOME_NOW + more, *names.split())
    assert found(audit([then, now])) == {
        f"changed_little not IDENT {area} {sex}" for area in ("_T", "TUN") for sex in ("_T", "F", "M")
    }
