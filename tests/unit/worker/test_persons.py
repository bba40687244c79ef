"""A list of persons is measured before it is read: what a few bytes could unfold to costs the worker nothing."""

from __future__ import annotations

from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import pytest

from amana.intake.person_list import LIST_LIMIT
from amana.intake.requests import Act
from amana.worker import persons
from amana.worker.persons import MOST, ListRefused, Persons

PERSON = "0123456789abcdef" * 2


def listed(folder: Path, raw: bytes, act: Act = Act.RECTIFY) -> Persons:
    path = folder / "data"
    path.write_bytes(raw)
    return persons.read(path, act)


@pytest.mark.parametrize(
    "raw",
    [
        b"PSEUDONYM\n" + PERSON.encode(),
        b'\xef\xbb\xbf"PSEUDONYM"\r\n"' + PERSON.encode() + b'"\r\n',
        b'{"format":"amana-request/1"}\nPSEUDONYM\n' + PERSON.encode() + b"\n",
    ],
)
def test_a_list_may_be_written_in_several_ways(tmp_path: Path, raw: bytes) -> None:
    assert listed(tmp_path, raw, Act.WITHDRAW).pseudonyms[0] == PERSON


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"PSEUDONYM" + b"," * 1_000_000, "request.list_unreadable"),
        (b'PSEUDONYM,"\n' + b'",x' * 200_000, "request.list_unreadable"),
        (b"PSEUDONYM" + b",a" * 300 + b"\n" * 3_000_000, "request.too_long"),
        (b"PSEUDONYM\n" + b"".join(b"%032x\n" % number for number in range(MOST + 1)), "request.too_long"),
        (b"x" * (LIST_LIMIT + 1), "request.too_long"),
    ],
)
def test_a_list_of_a_million_columns_or_of_nothing_but_line_ends_is_refused_unread(
    tmp_path: Path, raw: bytes, reason: str
) -> None:
    before = getrusage(RUSAGE_SELF).ru_maxrss
    with pytest.raises(ListRefused) as refused:
        listed(tmp_path, raw)
    assert refused.value.reason == reason
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 16 * LIST_LIMIT // 1024


def test_as_many_persons_as_one_request_may_name_are_read(tmp_path: Path) -> None:
    raw = b"PSEUDONYM,SEX\n" + b"".join(b"%032x,F\n" % number for number in range(MOST))
    assert len(listed(tmp_path, raw).pseudonyms) == MOST
