"""Pieces: sealed one by one as they arrived; put together they are the file, or they are nothing."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amana.errors import Malformed
from amana.vault.opening import EnvelopeMismatch, EnvelopeUnreadable
from amana.vault.piece import MAGIC, PieceHeader
from amana.vault.sealing import seal_stream
from amana.vault.shelf import EnvelopeMissing
from support.vault import BATCH, MOROCCO_2022, Vault, header

UPLOAD = "upl_" + "u" * 26
PARTS = (b"PSEUDONYM,SEX\n", b"CANARY-7731,F\n", b"CANARY-7732,M\n")
WHOLE = b"".join(PARTS)


def piece(number: int, offset: int, **changed: Any) -> PieceHeader:
    said = {**vars(MOROCCO_2022), "created": "2026-11-21T09:30:00Z", "total": len(WHOLE), "upload": UPLOAD}
    said["batch"] = said.pop("batch_or_nonce")
    return PieceHeader(**{**said, **changed}, number=number, offset=offset)


def put(vault: Vault, name: str, said: Any, data: bytes) -> Path:
    path = vault.root / name
    with path.open("wb") as sink:
        seal_stream(io.BytesIO(data), sink, said, [vault.recipient])
    return path


def three(vault: Vault, **changed: Any) -> list[Path]:
    offsets = (0, len(PARTS[0]), len(PARTS[0] + PARTS[1]))
    return [
        put(vault, f"{number}.age", piece(number, offset, **changed), data)
        for number, (offset, data) in enumerate(zip(offsets, PARTS, strict=True), start=1)
    ]


def opened(vault: Vault, paths: list[Path]) -> bytes:
    with vault.opener.open(paths, vault.tmp, MOROCCO_2022) as whole:
        return whole.data_path.read_bytes()


def test_pieces_in_their_order_are_the_file(vault: Vault):
    assert opened(vault, three(vault)) == WHOLE
    assert vault.left() == []


def test_one_piece_may_be_all_of_it(vault: Vault):
    assert opened(vault, [put(vault, "all.age", piece(1, 0), WHOLE)]) == WHOLE


@pytest.mark.parametrize(
    ("order", "differing", "at"),
    [
        ((0, 1), "total", 2),
        ((1, 2), "number, offset", 1),
        ((0, 2), "number, offset", 2),
        ((0, 1, 1, 2), "number, offset", 3),
        ((1, 0, 2), "number, offset", 1),
        ((0, 1, 2, 2), "number, offset", 4),
    ],
    ids=["last missing", "first missing", "middle missing", "one twice", "two swapped", "last twice"],
)
def test_a_piece_that_is_missing_doubled_or_out_of_order_is_noticed(vault: Vault, order, differing, at):
    paths = three(vault)
    with pytest.raises(EnvelopeMismatch) as refused:
        opened(vault, [paths[place] for place in order])
    assert refused.value.facts == {"facts": differing, "segment": at}
    assert vault.left() == []


@pytest.mark.parametrize(
    ("changed", "differing"),
    [({"upload": "upl_" + "v" * 26}, "upload"), ({"batch": "bat_" + "b" * 26}, "batch"), ({"period": "2021"}, "period"),
     ({"total": len(WHOLE) + 1}, "total")],
)  # fmt: skip
def test_a_piece_of_something_else_is_noticed(vault: Vault, changed: dict[str, Any], differing: str):
    paths = three(vault)
    paths[1] = put(vault, "other.age", piece(2, len(PARTS[0]), **changed), PARTS[1])
    with pytest.raises(EnvelopeMismatch) as refused:
        opened(vault, paths)
    assert refused.value.facts == {"facts": differing, "segment": 2}


def test_an_offset_that_lies_is_noticed_although_the_number_is_right(vault: Vault):
    paths = three(vault)
    paths[1] = put(vault, "lies.age", piece(2, len(PARTS[0]) + 1), PARTS[1])
    with pytest.raises(EnvelopeMismatch) as refused:
        opened(vault, paths)
    assert refused.value.facts == {"facts": "offset", "segment": 2}


def test_pieces_and_segments_do_not_mix(vault: Vault):
    paths = three(vault)
    paths[1] = put(vault, "segment.age", header(segment=2, segments=3), PARTS[1])
    with pytest.raises(EnvelopeMismatch):
        opened(vault, paths)


def test_what_its_committee_sealed_and_the_line_cut_is_joined_before_it_is_opened(vault: Vault):
    sealed = put(vault, "sealed.age", header(), WHOLE * 10_000).read_bytes()
    cuts = [vault.root / f"cut {number}" for number in range(3)]
    for path, content in zip(cuts, (sealed[:7], sealed[7:100_001], sealed[100_001:]), strict=True):
        path.write_bytes(content)
    with vault.opener.open(cuts, vault.tmp, MOROCCO_2022, joined=True) as whole:
        assert whole.data_path.read_bytes() == WHOLE * 10_000
    for wrong in (cuts[:2], [cuts[1], cuts[0], cuts[2]], [cuts[0], cuts[1], cuts[1], cuts[2]]):
        with pytest.raises(EnvelopeUnreadable), vault.opener.open(wrong, vault.tmp, MOROCCO_2022, joined=True):
            pytest.fail("opened")
    absent = [cuts[0], vault.root / "absent", cuts[2]]
    with pytest.raises(EnvelopeMissing), vault.opener.open(absent, vault.tmp, MOROCCO_2022, joined=True):
        pytest.fail("opened")
    assert vault.left() == []


texts = st.text(st.characters(codec="utf-8"), max_size=40)


@given(
    st.builds(
        PieceHeader, texts, texts, texts, texts, texts, texts, texts,
        st.integers(1, 2**53 - 1), st.integers(0, 2**53 - 1), st.integers(1, 2**53 - 1),
    )
)  # fmt: skip
def test_a_header_survives_the_seal(said: PieceHeader):
    assert PieceHeader.parse(said.render()) == said


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        MAGIC,
        MAGIC + b"{}\n",
        header().render(),
        replace(piece(1, 0), number=0).render(),
        replace(piece(1, 0), offset=-1).render(),
        replace(piece(1, 0), total=0).render(),
        replace(piece(1, 0), number=True).render(),
        replace(piece(1, 0), upload=7).render(),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_piece_is_malformed(raw: bytes):
    with pytest.raises(Malformed):
        PieceHeader.parse(raw)


def test_a_header_that_would_not_be_read_again_is_not_written():
    with pytest.raises(Malformed):
        replace(piece(1, 0), period="x" * 5_000).render()


def test_the_batch_is_what_the_hub_says_inside():
    assert piece(1, 0).subject == MOROCCO_2022
    assert piece(1, 0).batch == BATCH
