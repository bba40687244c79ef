"""Envelopes, forms and wrapped keys under whatever hypothesis thinks of."""

from __future__ import annotations

import io
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.errors import AmanaError, Malformed
from amana.intake.body import begin
from amana.vault.envelope import EnvelopeHeader, Manifest, Segment, Subject
from amana.vault.opening import EnvelopeUnreadable, Opener
from amana.vault.sealing import seal_stream

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
COUNT = st.integers(1, 9)


@st.composite
def headers(draw: st.DrawFn) -> EnvelopeHeader:
    said = {name: draw(TEXT) for name in ("batch_or_nonce", "committee", "dataflow", "period", "contribution")}
    digest = draw(st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True))
    return EnvelopeHeader(**said, codebook_digest=digest, created=draw(TEXT), segment=draw(COUNT), segments=draw(COUNT))


SEGMENTS = st.builds(Segment, st.from_regex(r"[0-9a-f]{64}", fullmatch=True), st.integers(1, 2**50))


@given(headers())
def test_a_header_survives_its_rendering(header: EnvelopeHeader):
    assert EnvelopeHeader.parse(header.render()) == header


@given(headers(), st.lists(SEGMENTS, min_size=1, max_size=9))
def test_a_manifest_survives_its_rendering(header: EnvelopeHeader, segments: list[Segment]):
    said = {**header.facts(), "segments": len(segments)}
    manifest = Manifest(EnvelopeHeader.of(said), tuple(segments))
    assert Manifest.parse(manifest.render()) == manifest


@given(st.binary(max_size=300))
def test_no_bytes_make_the_parsers_fail_otherwise_than_by_saying_malformed(raw: bytes):
    for parse in (EnvelopeHeader.parse, Manifest.parse):
        with pytest.raises(Malformed):
            parse(raw)


HERE = Subject("bat_1", "MAR", "VICTIMS", "2022", "records")
HEADER = EnvelopeHeader(**vars(HERE), codebook_digest=None, created="2026-11-21T09:30:00Z")


@pytest.fixture(scope="module")
def opener(tmp_path_factory: pytest.TempPathFactory) -> tuple[Opener, Path]:
    root = tmp_path_factory.mktemp("vault")
    (root / "opening.key").write_text(str(pyrage.x25519.Identity.generate()))
    (root / "tmp").mkdir()
    return Opener(root / "opening.key"), root


class InPieces(io.BytesIO):
    """A source that hands out as much as it likes, at most what it is asked for."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        super().__init__(data)
        self.sizes = sizes

    def read(self, size: int | None = -1) -> bytes:
        wanted = self.sizes.pop() if self.sizes else size
        return super().read(min(wanted or 1, size or 1))


PIECES = st.lists(st.integers(1, 70_000), max_size=12)
LENGTHS = st.integers(0, 200_000) | st.sampled_from([0, 1, 65_535, 65_536, 65_537, 131_072])


def sealed(opener: Opener, data: bytes, sizes: list[int]) -> bytes:
    sink = io.BytesIO()
    seal_stream(InPieces(data, sizes), sink, HEADER, opener.recipients)
    return sink.getvalue()


@settings(max_examples=40)
@given(length=LENGTHS, sizes=PIECES)
def test_what_is_sealed_in_whatever_pieces_opens_to_the_same_bytes(opener, length: int, sizes: list[int]):
    vault, root = opener
    data = bytes(i % 251 for i in range(length))
    (root / "sealed").write_bytes(sealed(vault, data, sizes))
    with vault.open([root / "sealed"], root / "tmp", HERE) as opened:
        assert opened.data_path.read_bytes() == data
    assert list((root / "tmp").iterdir()) == []


@settings(max_examples=60)
@given(length=st.integers(0, 140_000), cut=st.floats(0, 1), flip=st.booleans())
def test_no_cut_and_no_flip_goes_unnoticed_or_leaves_plaintext(opener, length: int, cut: float, flip: bool):
    vault, root = opener
    raw = bytearray(sealed(vault, b"CANARY " * (length // 7), []))
    place = int(cut * (len(raw) - 1))
    if flip:
        raw[place] ^= 1
    else:
        del raw[place:]
    (root / "sealed").write_bytes(raw)
    with pytest.raises(EnvelopeUnreadable), vault.open([root / "sealed"], root / "tmp", HERE):
        pytest.fail("opened")
    assert list((root / "tmp").iterdir()) == []


NEARLY = [b"\r", b"\n", b"\r\n", b"--", b"-", b"--edge", b"\r\n--", b"\r\n--edg", b"\n--edge--\r\n", b"x", b"\r\n\r\n"]
CONTENT = st.lists(st.sampled_from(NEARLY), max_size=60).map(b"".join).map(lambda raw: raw.replace(b"\r\n--edge", b"x"))


@given(content=CONTENT, field=CONTENT, sizes=st.lists(st.integers(1, 9), max_size=200))
def test_a_form_in_whatever_pieces_yields_its_file_byte_for_byte(content: bytes, field: bytes, sizes: list[int]):
    body = b'--edge\r\nContent-Disposition: form-data; name="note"\r\n\r\n' + field
    body += b'\r\n--edge\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + content
    body += b"\r\n--edge--\r\n"
    upload = begin(InPieces(body, sizes), "multipart/form-data; boundary=edge", len(body), 10_000, terminated=True)
    assert upload.fields == {"note": field.decode()}
    assert b"".join(iter(lambda: upload.file.read(7), b"")) == content


PART = b'--edge\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'


@given(st.sampled_from([b"", b"--edge\r\n", PART]), st.binary(max_size=400), st.integers(0, 500))
def test_no_body_makes_the_door_fail_otherwise_than_by_refusing(start: bytes, junk: bytes, length: int):
    def read_all() -> None:
        body = io.BytesIO(start + junk)
        upload = begin(body, "multipart/form-data; boundary=edge", length, 1_000, terminated=True)
        while upload.file.read(50):
            pass

    with pytest.raises(AmanaError):
        read_all()
