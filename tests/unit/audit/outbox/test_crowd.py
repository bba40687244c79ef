"""In which company a reading is counted: the rule, drawn."""

from __future__ import annotations

from amana.audit.outbox.crowd import Reader, places


def crowd(drawn: str) -> frozenset[Reader]:
    """Read ``purpose | class: organisation organisation …``; an organisation in capitals is that committee."""
    found = set()
    for line in filter(None, map(str.strip, drawn.splitlines())):
        purpose, _, rest = line.partition("|")
        class_, _, names = rest.partition(":")
        found |= {
            Reader(name, class_.strip(), name if name.isupper() else None, purpose.strip()) for name in names.split()
        }
    return frozenset(found)


def told(drawn: str, committee: str = "MAR", least: int = 3) -> set[str]:
    return {
        f"{purpose}/{class_} as {'/'.join(place)}"
        for (purpose, class_), place in places(crowd(drawn), committee, least).items()
    }


def test_a_class_of_enough_organisations_is_told_by_itself() -> None:
    assert told("research | un_au_eu: a b c") == {"research/un_au_eu as research/un_au_eu"}


def test_the_committees_own_people_do_not_hide_anybody_from_it() -> None:
    four = "planning | committee: MAR TUN EGY DZA"
    assert told(four) == {"planning/committee as planning/committee"}
    assert told(four, least=4) == set()
    assert told(four, committee="LBY", least=4) == {"planning/committee as planning/committee"}


def test_classes_with_few_organisations_are_told_together() -> None:
    assert told("""
        research | committee: TUN EGY DZA
        research | justice:   a
        research | interior:  b c
    """) == {
        "research/committee as research/committee",
        "research/justice as research/several",
        "research/interior as research/several",
    }  # fmt: skip


def test_where_they_are_too_few_together_the_smallest_other_class_joins_them() -> None:
    assert told("""
        research | committee: TUN EGY DZA LBY
        research | un_au_eu:  a b c
        research | other:     d
    """) == {
        "research/committee as research/committee",
        "research/un_au_eu as research/several",
        "research/other as research/several",
    }  # fmt: skip


def test_a_purpose_that_few_can_read_for_is_told_together_with_others() -> None:
    assert told("""
        research | un_au_eu:  a
        children | un_au_eu:  a b
        planning | committee: TUN EGY DZA
        regional | committee: TUN EGY DZA LBY
    """) == {
        "research/un_au_eu as several/several",
        "children/un_au_eu as several/several",
        "planning/committee as several/several",  # for the same organisation is behind both of the others
        "regional/committee as regional/committee",
    }  # fmt: skip


def test_where_all_together_are_too_few_nothing_is_told() -> None:
    assert told("research | un_au_eu: a b") == set()
    assert told("") == set()
