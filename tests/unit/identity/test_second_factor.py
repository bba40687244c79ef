"""One-time passwords: the published vectors, and each code once."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from amana.identity import second_factor

SECRET = base64.b32encode(b"12345678901234567890").decode()  # RFC 6238, appendix B

# RFC 6238 appendix B, SHA-1: seconds since 1970, the last six of the eight digits printed there.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_published_vectors_hold(seconds, code):
    assert second_factor.step_of(SECRET, code, None, at(seconds)) == seconds // 30


def test_a_code_is_good_once():
    step = second_factor.step_of(SECRET, "005924", None, at(1234567890))
    assert second_factor.step_of(SECRET, "005924", step, at(1234567890)) is None
    assert second_factor.step_of(SECRET, "005924", step - 1, at(1234567890)) == step


@pytest.mark.parametrize(("late", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False), (90, False)])
def test_a_clock_may_be_one_step_off(late, good):
    found = second_factor.step_of(SECRET, "005924", None, at(1234567890) + timedelta(seconds=late))
    assert (found is not None) is good


@pytest.mark.parametrize("code", ["", "000000", "00592", "0059240", "٠٠٥٩٢٤", "005924\x00"])
def test_anything_else_is_wrong(code):
    assert second_factor.step_of(SECRET, code, None, at(1234567890)) is None


def test_spaces_around_a_code_are_forgiven():
    assert second_factor.step_of(SECRET, " 005924 ", None, at(1234567890)) is not None


def test_a_secret_is_new_each_time_and_reaches_an_authenticator():
    assert second_factor.new_secret() != second_factor.new_secret()
    assert len(base64.b32decode(second_factor.new_secret())) == 20
    assert second_factor.uri(SECRET, "amal@mar.example").startswith("otpauth://totp/Amana:amal%40mar.example?")
