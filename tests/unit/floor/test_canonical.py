"""Canonical JSON: one value, one sequence of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.canonical import decode, digest, encode
from amana.errors import Malformed

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_encoded_is_decoded(value: object) -> None:
    assert decode(encode(value)) == value  # type: ignore[arg-type]


def test_keys_are_sorted_by_utf16_code_units_as_rfc_8785_asks() -> None:
    # RFC 8785 §3.2.3: U+1F600 sorts before U+FB33 in UTF-16, after it in UTF-8.
    drawn = '{"\\r":3,"1":4,"\U0001f600":2,"\ufb33":1}'
    assert encode({"\ufb33": 1, "\U0001f600": 2, "\r": 3, "1": 4}) == drawn.encode()


def test_the_order_of_keys_does_not_change_the_digest() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})


@pytest.mark.parametrize("value", [1.5, {"a": 0.0}, {1: "a"}, b"bytes", [object()], {"a": b"x"}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)  # type: ignore[arg-type]


def test_an_integer_that_readers_disagree_about_is_refused() -> None:
    with pytest.raises(ValueError):
        encode(2**53)


@pytest.mark.parametrize("raw", [b'{"b":1,"a":2}', b'{ "a":1}', b"1.0", b'{"a":1,"a":1}', b"\xff", b"", b"[" * 100000])
def test_bytes_in_another_form_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        decode(raw)
