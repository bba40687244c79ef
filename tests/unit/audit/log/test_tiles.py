"""Tiles as the web serves them: names, full and partial, and entries for auditors."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from sqlalchemy import delete

from amana.audit.log import tiles
from amana.audit.log.tables import log_tile
from amana.audit.log.tiles import Hashes
from amana.audit.tlog.checkpoint import read_checkpoint
from amana.audit.tlog.tiled import TileName, parse_name, render_name
from amana.audit.tlog.tree import EMPTY_ROOT, hash_leaf, root
from amana.db import Reading
from amana.errors import Malformed, NotFound
from support.databases import TestDatabase
from support.log import WrittenLog


@pytest.fixture
def log(sqlite: TestDatabase, tmp_path: Path) -> WrittenLog:
    return WrittenLog(sqlite, tmp_path)


@pytest.mark.parametrize(
    ("level", "path", "tile"),
    [
        ("0", "000", TileName(0, 0, 256)),
        ("1", "005.p/7", TileName(1, 5, 7)),
        ("0", "x001/x234/067", TileName(0, 1234067, 256)),
        ("entries", "x001/000.p/255", TileName(None, 1000, 255)),
    ],
)
def test_a_tile_path_and_its_tile(level: str, path: str, tile: TileName):
    assert parse_name(level, path) == tile
    assert render_name(tile.n, tile.width) == path


@pytest.mark.parametrize(
    ("level", "path"),
    [
        ("8", "000"),
        ("-1", "000"),
        ("01", "000"),
        ("0", ""),
        ("0", "0"),
        ("0", "0000"),
        ("0", "x000/001"),
        ("0", "001/001"),
        ("0", "x001"),
        ("0", "000.p/0"),
        ("0", "000.p/256"),
        ("0", "000.p/007"),
        ("0", "../000"),
    ],
)
def test_any_other_path_is_refused(level: str, path: str):
    with pytest.raises(Malformed):
        parse_name(level, path)


def test_full_and_partial_tiles_of_a_log_of_300(log: WrittenLog):
    log.grow(250, 50)
    with log.auditor.read() as reading:
        leaves = _leaves(tiles.read_tile(reading, TileName(None, 0, 256)))
        leaves += _leaves(tiles.read_tile(reading, TileName(None, 1, 44)))
        hashes = [hash_leaf(one) for one in leaves]
    with log.web.read() as reading:
        assert tiles.read_tile(reading, TileName(0, 0, 256)) == b"".join(hashes[:256])
        assert tiles.read_tile(reading, TileName(0, 0, 3)) == b"".join(hashes[:3])
        assert tiles.read_tile(reading, TileName(0, 1, 44)) == b"".join(hashes[256:])
        assert tiles.read_tile(reading, TileName(1, 0, 1)) == root(hashes[:256])
        assert Hashes(reading).root(300) == root(hashes)
        assert tiles.size_of(reading) == 300
        assert read_checkpoint(tiles.newest_checkpoint(reading), log.key.verifier).root == root(hashes)


def _leaves(bundle: bytes) -> list[bytes]:
    leaves = []
    while bundle:
        (length,) = struct.unpack(">H", bundle[:2])
        leaves.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return leaves


@pytest.mark.parametrize("tile", [TileName(0, 0, 4), TileName(0, 1, 256), TileName(1, 0, 1), TileName(None, 0, 4)])
def test_a_tile_beyond_the_log_is_not_found(log: WrittenLog, tile: TileName):
    log.grow(3)
    with log.auditor.read() as reading, pytest.raises(NotFound):
        tiles.read_tile(reading, tile)


def test_an_empty_log_has_no_checkpoint_yet(log: WrittenLog):
    with log.web.read() as reading:
        assert tiles.size_of(reading) == 0
        assert Hashes(reading).root(0) == EMPTY_ROOT
        with pytest.raises(NotFound):
            tiles.newest_checkpoint(reading)


def test_hashes_beyond_the_log_are_not_found(log: WrittenLog):
    log.grow(3)
    with log.web.read() as reading, pytest.raises(NotFound):
        Hashes(reading).subtree(0, 4)


def test_tiles_that_do_not_end_where_the_log_does_are_not_extended(log: WrittenLog):
    log.grow(3)
    with log.database.as_role("owner").write() as tx:
        tx.execute(delete(log_tile))
        with pytest.raises(NotFound):
            tiles.extended(Reading(tx), 3, [hash_leaf(b"")])
