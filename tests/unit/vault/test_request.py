"""The first line of a list: read back as it was written, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from amana.errors import Malformed
from amana.vault.request import first_line, recipient_in, said_inside


@pytest.mark.parametrize("recipient", [None, "age1somebody"])
def test_the_first_line_survives_paper(recipient: str | None) -> None:
    assert recipient_in(first_line(recipient)) == recipient


@pytest.mark.parametrize("line", [b"[]", b"{}", b'{"format":"amana-request/2"}', b"no json"])
def test_another_line_is_no_first_line(line: bytes) -> None:
    with pytest.raises(Malformed):
        recipient_in(line)


def test_a_recipient_that_is_no_text_is_none() -> None:
    assert recipient_in(b'{"format":"amana-request/1","recipient":7}') is None


def test_a_list_says_which_request_it_is_for() -> None:
    assert said_inside("withdraw") != said_inside("object")
