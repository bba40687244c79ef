"""A reader keeps what was published before, knows what is printed elsewhere, and may have persons of its own.

k = 5 and zeros are hidden, unless the drawing shows one. ``x`` is the mark.
"""

from __future__ import annotations

import numpy as np

from amana.disclosure.apart import apart
from amana.disclosure.audit import OUTSIDER, AuditReport, Groups, audit, audit_all
from amana.disclosure.checker.reading import Finding
from amana.disclosure.table import Insider, KnownFigure, Publication
from support.drawn import Drawing, drawn

AREA_SEX = ("REF_AREA", "SEX")

SAFE = """
        | _T | F  | M
    _T  | 90 | 50 | 40
    MAR | 40 | x  | x
    TUN | 30 | x  | x
    EGY | 20 | 10 | 10 """


def published(*drawings: Drawing, least: int = 5, zeros_hidden: bool = True) -> Publication:
    cubes = tuple(each.cube for each in drawings)
    values = {each.cube.id: each.values for each in drawings}
    return Publication(cubes, values, {each.cube.id: each.status for each in drawings}, least, zeros_hidden)


def one(text: str, **rule: bool) -> Publication:
    return published(drawn(text, AREA_SEX, "sex"), **rule)


def kinds(report: AuditReport) -> set[tuple[str, str]]:
    return {(each.kind, " ".join(each.codes)) for each in report.findings}


# What was published before.


def test_publishing_the_same_twice_tells_nothing_new():
    assert audit([one(SAFE), one(SAFE)]).passed


def test_what_was_hidden_is_not_uncovered_later():
    later = one(SAFE.replace("| 30 | x  | x", "| 30 | 22 | x"))
    assert ("uncovered_again", "TUN F") in kinds(audit([one(SAFE), later]))


def test_another_table_of_the_same_persons_must_not_give_it_back():
    """By sex Morocco is hidden; another bundle tells where its men were found, and so how many there are."""
    places = "|_T|CAMP|CITY\n_T|40|18|22\nMAR|18|6|12\nTUN|12|7|5\nEGY|10|5|5"
    men = published(drawn(places, ("REF_AREA", "PLACE"), "men", where=[("SEX", "M")]))
    assert audit([one(SAFE)]).passed
    assert audit([men]).passed
    assert ("determined", "MAR F") in kinds(audit([one(SAFE), men]))
    assert ("determined", "MAR F") in kinds(audit([men, one(SAFE)]))


def test_a_figure_may_change_by_a_few_persons_only_where_that_cannot_be_seen():
    grown = SAFE.replace("90 | 50 | 40", "92 | 52 | 40").replace("20 | 10 | 10", "22 | 12 | 10")
    assert ("changed_little", "EGY F") in kinds(audit([one(SAFE), one(grown)]))
    hidden = """
        | _T | F | M
    _T  | x  | x | 40
    MAR | 40 | x | x
    TUN | 30 | x | x
    EGY | x  | x | 10 """
    assert audit([one(SAFE), one(hidden)]).passed


def test_a_figure_may_change_by_k_persons_openly():
    grown = SAFE.replace("90 | 50 | 40", "95 | 55 | 40").replace("20 | 10 | 10", "25 | 15 | 10")
    assert audit([one(SAFE), one(grown)]).passed


def test_a_mark_that_says_that_a_few_persons_came_or_went_is_no_mark():
    """Egypt's women were 10; now they are hidden, and 51 persons less 40 leave them 11 at least."""
    before = one("|_T|F|M\n_T|60|40|20\nMAR|40|30|10\nEGY|20|10|10")
    after = one("|_T|F|M\n_T|67|47|20\nMAR|46|x|x\nEGY|21|x|x")
    found = audit([before, after])
    assert ("changed_little", "EGY _T") in kinds(found)


def test_bundles_that_no_set_of_persons_fits_are_read_apart():
    """By the older one Morocco has at least 30, by the newer at most 29: somebody left in between."""
    older = published(drawn("|_T|F|M\n_T|90|50|40\nMAR|x|30|x\nTUN|x|10|x\nEGY|20|10|10", AREA_SEX, "sex"))
    places = "|_T|CAMP|CITY\n_T|90|24|66\nMAR|x|x|5\nTUN|x|x|51\nEGY|20|10|10"
    newer = published(drawn(places, ("REF_AREA", "PLACE"), "place"))
    assert audit([older]).passed
    assert audit([older, newer]).findings == audit([newer]).findings


AGES = """
    [TUN]
        | _T | C | A
    _T  | 45 | 7 | 38
    F   | x  | x | 20
    M   | x  | x | 18
    [EGY]
        | _T | C | A
    _T  | 40 | 10 | 30
    F   | 20 | 5 | 15
    M   | 20 | 5 | 15 """
PLACES = """
    [TUN]
        | _T | P  | Q
    _T  | 45 | 38 | 7
    F   | x  | 14 | x
    M   | x  | 24 | x
    [EGY]
        | _T | P  | Q
    _T  | 50 | 25 | 25
    F   | 25 | 13 | 12
    M   | 25 | 12 | 13 """
BY_AGE = published(drawn(AGES, ("REF_AREA", "SEX", "AGE"), "age"))
BY_PLACE = published(drawn(PLACES, ("REF_AREA", "SEX", "PLACE"), "place"))


def test_who_revises_makes_nobody_forget_what_was_published_of_the_others():
    """Tunisia's women are 20 at least by one table, 21 at most by the other: one girl at most. Egypt sent ten more."""
    assert audit([BY_AGE]).passed
    assert audit([BY_PLACE]).passed
    assert kinds(audit([BY_AGE, BY_PLACE])) == {("narrow", "TUN F C"), ("narrow", "TUN M Q")}


def test_what_was_revised_is_not_read_together():
    revised = PLACES.replace("45 | 38 | 7", "55 | 38 | 17")
    newer = published(drawn(revised, ("REF_AREA", "SEX", "PLACE"), "place"))
    assert audit([BY_AGE, newer]).passed


def test_parts_by_area_hold_each_cell_once():
    region = drawn("|_T|F|M\n_T|60|40|20", ("SIZE", "SEX"), "all")
    parts = list(apart(published(drawn(SAFE, AREA_SEX, "sex"), region)))
    assert [[cube.id for cube in part.cubes] for part in parts] == [["sex", "all"], ["sex"], ["sex"], ["sex"]]
    assert [part.values["sex"].tolist() for part in parts] == [
        [[90, 50, 40]],
        [[40, 0, 0]],
        [[30, 0, 0]],
        [[20, 10, 10]],
    ]
    assert [len(list(apart(one))) for one in (BY_AGE, published(region))] == [2, 1]


# What is printed elsewhere.


SEXES = (drawn(SAFE, AREA_SEX, "sex"),)


def test_a_printed_figure_breaks_a_pair():
    printed = KnownFigure(frozenset({("REF_AREA", "MAR"), ("SEX", "F")}), 17, "report")
    found = audit([one(SAFE)], known=[printed])
    assert ("determined", "MAR M") in kinds(found)
    assert ("determined", "MAR F") not in kinds(found)  # it is printed: nothing protects it any more


def test_a_printed_figure_of_something_else_changes_nothing():
    assert audit([one(SAFE)], known=[KnownFigure(frozenset({("PLACE", "CAMP")}), 3, "report")]).passed
    assert audit([one(SAFE)], known=[KnownFigure(frozenset({("SEX", "F")}), 50, "report")]).passed
    assert audit([one(SAFE)], known=[KnownFigure(frozenset(), 90, "report")]).passed
    places = published(drawn("|_T|CAMP|CITY\n_T|90|40|50", ("REF_AREA", "PLACE"), "place"), *SEXES)
    assert audit([places], known=[KnownFigure(frozenset({("SEX", "F"), ("PLACE", "CAMP")}), 3, "report")]).passed


def test_a_printed_figure_that_contradicts_what_is_shown_must_be_looked_at():
    found = audit([one(SAFE)], known=[KnownFigure(frozenset({("SEX", "F")}), 49, "report")])
    assert found.findings == (Finding("sex", ("_T", "F"), "inconsistent"),)


# What a committee knows of its own.


def own(name: str, drawing: str, *, committee: bool = True) -> Insider:
    return Insider(name, committee, {"sex": drawn(drawing, AREA_SEX).values})


MOROCCO = own("MAR", "|_T|F|M\n_T|20|17|3\nMAR|20|17|3\nTUN|0|0|0\nEGY|0|0|0")
TUNISIA = own("TUN", "|_T|F|M\n_T|33|2|31\nMAR|0|0|0\nTUN|33|2|31\nEGY|0|0|0")


def test_a_committee_subtracts_its_own_records():
    """Of 90 persons 27 are in Egypt; Tunisia has 33 of the others, and so knows how many are in Morocco."""
    page = one("|_T|F|M\n_T|90|50|40\nMAR|x|x|x\nTUN|x|x|x\nEGY|27|x|x")
    assert audit([page]).passed
    found = audit([page], party=TUNISIA)
    assert ("determined", "MAR _T") in kinds(found)  # 90 - 27 - 33
    assert not [each for each in found.findings if each.codes[0] == "TUN"]  # its own cells are no secret to it


def test_two_committees_put_together_what_they_know():
    page = one("|_T|F|M\n_T|x|x|40\nMAR|x|x|x\nTUN|x|x|x\nEGY|x|x|x\nSEN|x|x|x")
    zeros = "\nEGY|0|0|0\nSEN|0|0|0"
    morocco = own("MAR", f"|_T|F|M\n_T|8|0|8\nMAR|8|0|8\nTUN|0|0|0{zeros}")
    tunisia = own("TUN", f"|_T|F|M\n_T|28|0|28\nMAR|0|0|0\nTUN|28|0|28{zeros}")
    reports = audit_all([page], [morocco, tunisia])
    assert {name: report.passed for name, report in reports.items()} == {
        OUTSIDER: True,
        "MAR": True,
        "TUN": True,
        "MAR+TUN": False,
    }
    assert ("narrow", "EGY M") in kinds(reports["MAR+TUN"])  # 40 - 8 - 28 leave 4 at most
    assert list(audit_all([page], [morocco, tunisia], 1)) == [OUTSIDER, "TUN", "MAR"]
    assert list(audit_all([page], [morocco, tunisia], 0)) == [OUTSIDER]


def test_an_organisation_knows_some_persons_and_is_nobodys_partner():
    page = one("|_T|F|M\n_T|90|50|40\nMAR|40|x|x\nTUN|30|x|x\nEGY|20|x|x")
    clinic = own("MAR/1", "|_T|F|M\n_T|38|0|38\nMAR|38|0|38\nTUN|0|0|0\nEGY|0|0|0", committee=False)
    reports = audit_all([page], [MOROCCO, clinic])
    assert set(reports) == {OUTSIDER, "MAR", "MAR/1"}
    assert ("narrow", "MAR F") in kinds(reports["MAR/1"])  # 40 - 38


def test_records_of_somebody_else_do_not_fit():
    found = audit([one(SAFE)], party=own("MAR", "|_T|F|M\n_T|99|9|90\nMAR|99|9|90\nTUN|0|0|0\nEGY|0|0|0"))
    assert {each.kind for each in found.findings} == {"inconsistent"}


def test_where_nobody_else_was_asked_the_committee_knows_it_all_anyway():
    page = one("|_T|F|M\n_T|x|x|x\nMAR|x|x|x\nTUN|-|-|-")
    morocco = own("MAR", "|_T|F|M\n_T|20|17|3\nMAR|20|17|3\nTUN|0|0|0")
    assert audit([page], party=morocco).passed


# Groups.


def test_a_regional_figure_needs_three_committees_behind_what_it_adds():
    two = one("|F\n_T|60\nMAR|x\nTUN|x\nEGY|20")
    assert audit([two]).passed
    assert kinds(audit([two], groups=Groups())) == {("too_few_contributors", "_T F")}
    three = one("|F\n_T|60\nMAR|x\nTUN|x\nEGY|x")
    assert audit([three], groups=Groups()).passed
    assert audit([one("|F\n_T|60\nMAR|20\nTUN|20\nEGY|20")], groups=Groups()).passed


def test_a_row_that_stands_in_one_accusing_category_is_not_shown():
    """Zeros are published: all 12 are begging, so whoever is known to be among the 12 is known to beg."""
    page = one("|_T|BEG|WORK\nMAR|12|12|0\nTUN|20|10|10", zeros_hidden=False)
    assert audit([page]).passed
    found = audit([page], groups=Groups(sensitive=frozenset({"SEX"})))
    assert found.findings == (Finding("sex", ("MAR", "BEG"), "whole_group"),)


def test_the_cell_that_can_be_told_most_closely_is_named():
    found = audit([one(SAFE)], closely=True).narrowest
    assert found is not None
    assert (found.cube, found.codes, found.lower, found.upper) == ("sex", ("MAR", "F"), 10, 40)
    assert audit([one("|F|M\nMAR|12|9")], closely=True).narrowest is None


def test_progress_is_told_by_party():
    told: list[str] = []
    audit_all([one(SAFE)], [TUNISIA], progress=told.append)
    assert told == [OUTSIDER, "TUN"]


def test_arrays_of_another_shape_are_refused_for_every_party():
    page = one(SAFE)
    broken = Publication(page.cubes, {"sex": np.zeros((2, 2), dtype=np.int64)}, page.status, 5, True)
    assert [each.passed for each in audit_all([broken], [MOROCCO]).values()] == [False, False]
