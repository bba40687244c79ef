"""A body is read as it arrives; it is whole, or it is refused."""

from __future__ import annotations

import io

import pytest

from amana.intake.body import AGE, JSONL, ODS, PARQUET, Counted, begin, begins_well
from amana.intake.refusals import (
    BodyTooLarge,
    BodyTruncated,
    BoundaryMissing,
    FileMissing,
    FileNotLast,
    FormMalformed,
    LengthRequired,
    TypeUnsupported,
)
from amana.media import XLSX
from amana.vault.sealing import Reader
from support.broken_line import Cut

FORM = 'multipart/form-data; boundary="drawn"'
WHOLE = b"""--drawn\r
Content-Disposition: form-data; name="period"\r
\r
2022\r
--drawn\r
Content-Disposition: form-data; name="note"\r
\r
\xd8\xb3\xd9\x86\xd8\xa9\r
--drawn\r
Content-Disposition: form-data; name="file"; filename="victims.csv"\r
Content-Type: application/vnd.ms-excel\r
\r
PSEUDONYM,SEX\r
a,F\r
\r
--drawn--\r
"""
FILE = b"PSEUDONYM,SEX\r\na,F\r\n"


def everything(file: Reader, size: int = 1000) -> bytes:
    return b"".join(iter(lambda: file.read(size), b""))


def form(body: bytes, content_type: str = FORM, limit: int = 10_000_000, length: int | None = None):
    return begin(io.BytesIO(body), content_type, len(body) if length is None else length, limit, terminated=True)


def test_an_announced_body_is_read_to_its_announced_end_and_no_further():
    body = Counted(io.BytesIO(b"0123456789"), 4, 100)
    assert body.read(3) == b"012"
    assert body.read(3) == b"3"
    assert body.read(3) == b""


@pytest.mark.parametrize("length", [11, 99])
def test_a_body_shorter_than_announced_is_truncated(length: int):
    body = Counted(io.BytesIO(b"0123456789"), length, 100)
    assert body.read(50) == b"0123456789"
    for _ in range(2):
        with pytest.raises(BodyTruncated) as refused:
            body.read(50)
        assert refused.value.facts == {"received": 10}


def test_a_cut_stream_stays_cut_however_often_it_is_asked_and_its_error_quotes_nothing():
    body = Counted(Cut(b"0123"), None, 100)
    assert body.read(50) == b"0123"
    for _ in range(3):
        with pytest.raises(BodyTruncated) as refused:
            body.read(50)
        assert refused.value.__context__ is None
        assert refused.value.__cause__ is None


def test_a_body_over_the_limit_is_refused_at_once_when_announced_and_while_it_streams_when_not():
    with pytest.raises(BodyTooLarge):
        Counted(io.BytesIO(b"01234"), 5, 4)
    body = Counted(io.BytesIO(b"0123456789" * 100), None, 14)
    assert body.read(10) == b"0123456789"
    with pytest.raises(BodyTooLarge) as refused:
        body.read(10)
    assert refused.value.facts == {"limit": 14}
    with pytest.raises(BodyTruncated):  # and it does not come back to life
        body.read(10)
    assert Counted(io.BytesIO(b"0123"), 4, 4).read(9) == b"0123"


def test_a_body_whose_end_nobody_announces_is_refused():
    with pytest.raises(LengthRequired):
        begin(io.BytesIO(b"x"), "text/csv", None, 10, terminated=False)
    assert begin(io.BytesIO(b"x"), "text/csv", 1, 10, terminated=False).file.read(5) == b"x"


@pytest.mark.parametrize(
    ("content_type", "media_type"),
    [
        ("text/csv", "text/csv"),
        ("Text/CSV; charset=UTF-8", "text/csv"),
        ("text/csv; charset=windows-1256", "text/csv"),  # what it is, the worker sees
        ("application/age", "application/age"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", XLSX),
        ("application/vnd.oasis.opendocument.spreadsheet", ODS),
        ("application/vnd.apache.parquet", PARQUET),
        ("application/x-parquet", PARQUET),
        ("application/jsonl", JSONL),
        ("application/x-ndjson", JSONL),
    ],
)
def test_tables_and_sealed_files_are_taken(content_type: str, media_type: str):
    upload = form(b"x", content_type)
    assert (upload.media_type, upload.fields, everything(upload.file)) == (media_type, {}, b"x")


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/json", "application/vnd.ms-excel", "application/octet-stream", "multipart/mixed"],
)  # fmt: skip
def test_other_types_are_refused(content_type: str):
    with pytest.raises(TypeUnsupported):
        form(b"x", content_type)


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_a_forms_fields_are_read_and_its_file_waits(size: int):
    upload = form(WHOLE)
    assert upload.fields == {"period": "2022", "note": "سنة"}
    assert upload.media_type == "text/csv"
    assert everything(upload.file, size) == FILE
    assert upload.file.read(size) == b""


class OneByOne(io.BytesIO):
    def read(self, _: int | None = -1) -> bytes:
        return super().read(1)


def test_a_form_that_arrives_byte_by_byte_is_the_same_form():
    upload = begin(OneByOne(WHOLE), FORM, len(WHOLE), 10_000, terminated=True)
    assert everything(upload.file) == FILE


@pytest.mark.parametrize("length", range(1, len(WHOLE) - 2))  # without its last line end it is whole
def test_wherever_a_form_is_cut_it_is_refused(length: int):
    with pytest.raises((BoundaryMissing, BodyTruncated)):
        everything(form(WHOLE[:length]).file)
    with pytest.raises(BodyTruncated):
        everything(form(WHOLE[:length], length=len(WHOLE)).file)
    with pytest.raises(BodyTruncated):
        everything(begin(Cut(WHOLE[:length]), FORM, None, 10_000, terminated=True).file)


@pytest.mark.parametrize(
    ("filename", "part_type", "media_type"),
    [("a.csv", "application/vnd.ms-excel", "text/csv"), ("A.CSV", "", "text/csv"), ("a.age", "", "application/age"),
     ("a", "text/csv", "text/csv"), ("a", "application/age", "application/age")],
)  # fmt: skip
def test_a_files_ending_decides_before_what_a_browser_calls_it(filename: str, part_type: str, media_type: str):
    body = WHOLE.replace(b"victims.csv", filename.encode()).replace(b"application/vnd.ms-excel", part_type.encode())
    assert form(body).media_type == media_type


def test_a_file_that_is_neither_is_refused():
    with pytest.raises(TypeUnsupported):
        form(WHOLE.replace(b"victims.csv", b"victims.xls"))


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("a.CSV", "text/csv"), ("a.xlsx", XLSX), ("a.ods", ODS), ("a.parquet", PARQUET), ("a.jsonl", JSONL),
     ("a.ndjson", JSONL), ("a.age", AGE)],
)  # fmt: skip
def test_in_a_form_the_names_ending_says_what_a_file_is(name: str, media_type: str):
    assert form(WHOLE.replace(b"victims.csv", name.encode())).media_type == media_type


AGE_LINE = b"age-encryption.org/v1\n"


@pytest.mark.parametrize(
    ("media_type", "first", "whole", "part"),
    [
        ("text/csv", b"PSEUDONYM", True, True),
        ("text/csv", AGE_LINE, False, False),
        (JSONL, b"{", True, True),
        (XLSX, b"PK\x03\x04rest", True, True),
        (XLSX, b"PK", False, True),
        (XLSX, b"PSEUDONYM", False, False),
        (ODS, b"\xd0\xcf\x11\xe0", False, False),
        (PARQUET, b"PAR1", True, True),
        (AGE, AGE_LINE + b"->", True, True),
        (AGE, AGE_LINE[:5], False, True),
        (AGE, b"PK\x03\x04", False, False),
    ],
)
def test_a_file_begins_as_its_type_says(media_type: str, first: bytes, whole: bool, part: bool):
    assert begins_well(first, media_type, more=False) == whole
    assert begins_well(first, media_type, more=True) == part


def test_a_form_without_a_file_or_with_an_unchosen_one_is_refused():
    with pytest.raises(FileMissing):
        form(WHOLE.replace(b'filename="victims.csv"', b'filename=""'))
    with pytest.raises(FileMissing):
        form(WHOLE.split(b'--drawn\r\nContent-Disposition: form-data; name="file"')[0] + b"--drawn--\r\n")


def test_a_form_cut_behind_a_delimiter_that_is_not_the_final_one_is_cut():
    with pytest.raises(BoundaryMissing):
        everything(form(WHOLE[: -len("--\r\n")] + b"\r\n").file)


SECOND = b'--drawn\r\nContent-Disposition: form-data; name="late"%b\r\n\r\n2022\r\n--drawn--\r\n'


@pytest.mark.parametrize("filename", [b"", b'; filename="second.csv"'])
def test_whatever_follows_the_file_is_refused(filename: bytes):
    upload = form(WHOLE.replace(b"--drawn--\r\n", SECOND % filename))
    with pytest.raises(FileNotLast):
        everything(upload.file)


MALFORMED = {
    "a field twice": WHOLE.replace(b'name="note"', b'name="period"'),
    "a field without a name": WHOLE.replace(b'; name="note"', b""),
    "a part without a disposition": WHOLE.replace(b"Content-Disposition", b"Content-Something", 1),
    "a field that is not UTF-8": WHOLE.replace(b"\xd8\xb3", b"\xff\xfe", 1),
    "a field too large to hold": WHOLE.replace(b"2022", b"2" * 600_000),
    "many lines in a field": WHOLE.replace(b"2022", b"2\r\n" * 200_000),
    "no boundary, and no end of it": b"no boundary at all " * 40_000,
    "headers without end": WHOLE[:60] + b"X: y\r\n" * 200_000,
    "letters behind a delimiter": WHOLE.replace(b"--drawn\r", b"--drawn x\r"),
    "a part without headers": WHOLE.replace(b'Content-Disposition: form-data; name="period"\r\n', b""),
    "another disposition": WHOLE.replace(b"form-data", b"attachment", 1),
    "headers that are not UTF-8": WHOLE.replace(b'name="note"', b'name="\xff"'),
    "too many parts": b"".join(
        b'--drawn\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % number for number in range(40)
    ),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_form_that_is_none_is_refused(body: bytes):
    with pytest.raises(FormMalformed):
        form(body)


@pytest.mark.parametrize("boundary", ["", "b" * 71, "حد"])
def test_a_form_without_a_usable_boundary_is_refused(boundary: str):
    with pytest.raises(FormMalformed):
        form(WHOLE, f'multipart/form-data; boundary="{boundary}"')


NEAR = b"\r\n--draw\r\n-drawn--\r\n\r--drawn\n--drawn--\r\n\r\r\n--"  # everything but a delimiter


def test_a_file_full_of_near_boundaries_comes_through_whole():
    content = (NEAR * 10_000)[: 64 * 1024 * 3 + 17]
    upload = form(WHOLE.replace(FILE, content))
    assert everything(upload.file, 64 * 1024) == content


@pytest.mark.parametrize("inside", [b"\r\n--drawn is no end\r\n", b"\r\n--drawnn\r\n"])
def test_a_file_that_contains_what_separates_parts_is_refused(inside: bytes):
    with pytest.raises(FormMalformed):
        everything(form(WHOLE.replace(b"a,F", inside)).file)


def test_what_surrounds_the_parts_is_ignored_and_blanks_behind_a_delimiter_too():
    assert everything(form(b"preamble\r\n" + WHOLE + b"epilogue" * 20_000).file) == FILE
    assert everything(form(WHOLE.replace(b"--drawn\r", b"--drawn \t\r")).file) == FILE


def test_a_cut_epilogue_is_a_cut_body():
    with pytest.raises(BodyTruncated):
        everything(form(WHOLE + b"epilo", length=len(WHOLE) + 8).file)
