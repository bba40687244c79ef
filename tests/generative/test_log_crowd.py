"""Whoever may read: behind each count stand enough organisations, and each reading is counted once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amana.audit.outbox.crowd import SEVERAL, Reader, places

CLASSES = {"MAR": "committee", "TUN": "committee", "EGY": "committee", "DZA": "committee"} | {
    f"{class_}-{letter}": class_ for class_ in ("justice", "interior", "un_au_eu") for letter in "abc"
}  # fmt: skip
readers = st.builds(
    lambda name, purpose: Reader(name, CLASSES[name], name if name.isupper() else None, purpose),
    st.sampled_from(sorted(CLASSES)),
    st.sampled_from(["planning", "research", "regional"]),
)
crowds = st.frozensets(readers)


@given(crowds, st.integers(1, 5))
def test_behind_each_count_stand_enough_organisations_besides_its_reader(able: frozenset[Reader], least: int) -> None:
    told = places(able, "MAR", least)
    for place in set(told.values()):
        behind = {one.organisation for one in able if told.get((one.purpose, one.class_)) == place} - {"MAR"}
        assert len(behind) >= least


@given(crowds, st.integers(1, 5))
def test_each_reading_is_told_somewhere_unless_all_readers_together_are_too_few(
    able: frozenset[Reader], least: int
) -> None:
    told = places(able, "MAR", least)
    others = {one for one in able if one.organisation != "MAR"}
    everybody = {one.organisation for one in others}
    expected = {(one.purpose, one.class_) for one in others}
    assert set(told) == (expected if len(everybody) >= least else set())


@given(crowds, st.integers(1, 5))
def test_nothing_is_merged_that_could_stand_alone_with_all_others_standing(able: frozenset[Reader], least: int) -> None:
    """Where every class of every purpose is large enough, each is told by itself."""
    others = [one for one in able if one.organisation != "MAR"]
    sizes = {
        place: len({one.organisation for one in others if (one.purpose, one.class_) == place})
        for place in {(one.purpose, one.class_) for one in others}
    }
    told = places(able, "MAR", least)
    if all(size >= least for size in sizes.values()):
        assert told == {place: place for place in sizes}
    for (purpose, class_), (under, as_) in told.items():
        assert under in {purpose, SEVERAL}
        assert as_ in {class_, SEVERAL}


@given(crowds, st.integers(1, 5))
def test_whose_own_people_read_changes_nothing(able: frozenset[Reader], least: int) -> None:
    without = frozenset(one for one in able if one.committee != "MAR")
    assert places(able, "MAR", least) == places(without, "MAR", least)
