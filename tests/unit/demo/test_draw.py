"""Chance that keeps its quotas."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from amana.demo.synthetic.draw import choose, deal, flags, pick, pseudonym, share

weights = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 1000), min_size=1, max_size=8)


@given(weights, st.integers(0, 5000))
def test_shares_add_up_and_are_never_a_whole_person_off(parts: dict[str, int], total: int) -> None:
    shared = share(parts, total)
    assert sum(shared.values()) == total
    assert all(abs(shared[key] - total * weight / sum(parts.values())) < 1 for key, weight in parts.items())


def test_a_deal_gives_each_its_count_in_another_order() -> None:
    dealt = deal({"F": 30, "M": 30}, Random(1))
    assert (dealt.count("F"), dealt.count("M")) == (30, 30)
    assert dealt != sorted(dealt)


def test_a_pick_takes_as_many_as_asked_and_mostly_the_heavy() -> None:
    among = {number: 9.0 if number < 100 else 1.0 for number in range(200)}
    picked = pick(100, among, Random(2))
    assert len(set(picked)) == 100
    assert sum(number < 100 for number in picked) > 75


def test_a_weight_of_nothing_is_taken_last_but_the_quota_is_kept() -> None:
    assert set(pick(2, {"a": 0.0, "b": 1.0, "c": 1.0}, Random(3))) == {"b", "c"}
    assert set(pick(3, {"a": 0.0, "b": 1.0, "c": 1.0}, Random(3))) == {"a", "b", "c"}


def test_what_has_no_weight_is_never_chosen() -> None:
    assert {choose({"a": 0, "b": 1}, Random(seed)) for seed in range(50)} == {"b"}


def test_flags_are_answered_together_or_not_at_all() -> None:
    drawn = [flags(("A", "B"), {"A": 100}, Random(seed), unknown=0.5) for seed in range(50)]
    assert {tuple(one.values()) for one in drawn} == {("1", "0"), ("_U", "_U")}


def test_a_pseudonym_depends_on_the_key_and_on_where_its_parts_end() -> None:
    assert len(pseudonym(b"k", "a")) == 64
    assert pseudonym(b"k", "a", "bc") != pseudonym(b"k", "ab", "c")
    assert pseudonym(b"k", "a") != pseudonym(b"K", "a")
