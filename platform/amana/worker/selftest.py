"""Before it serves, the worker proves to itself that it protects: otherwise it refuses to start, and says why."""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random
from typing import ClassVar, Final

import numpy as np
from sqlalchemy import select

from amana.clock import rfc3339
from amana.disclosure.clear import clear
from amana.disclosure.table import Axis, ClearedTable, Cube, Node, RawTable, Rule, Status
from amana.errors import AmanaError
from amana.vault.envelope import EnvelopeHeader
from amana.vault.opening import private_folder
from amana.vault.sealing import seal_stream
from amana.vault.tables import holding
from amana.worker.workbench import Workbench

_CANARY: Final = (12, 3, 9, 20)  # persons; the second must not come out
_LEAST: Final = 5


class SelfTestFailed(AmanaError):
    """The worker's own protection does not hold; it does not start. Fact: ``what`` failed."""

    code: ClassVar[str] = "worker.self_test_failed"
    exit: ClassVar[int] = 78


def run(hub: Workbench) -> None:
    """Raise SelfTestFailed, or what the failing part raises, unless everything holds."""
    if not hub.plans:
        raise SelfTestFailed(what="release plans")
    canary(hub.rng)
    _opens_what_is_sealed(hub)
    _keys_fit_the_vault(hub)


def canary(rng: Random, clearing: Callable[[RawTable, Rule, Random], ClearedTable] = clear) -> None:
    """Clear a table with one small cell. Raises SelfTestFailed when that cell, or a way to compute it, comes out."""
    nodes = (Node("_T", None), *(Node(code, ("CANARY", code)) for code in "ABCD"))
    cube = Cube("canary", (Axis("CANARY", nodes, ((0, (1, 2, 3, 4)),)),))
    counts = np.array([sum(_CANARY), *_CANARY], dtype=np.int64)
    raw = RawTable((cube,), {"canary": counts}, {"canary": np.zeros(5, dtype=np.bool_)})
    status = clearing(raw, Rule(_LEAST, zeros_hidden=True), rng).status["canary"]
    hidden = [place for place, mark in enumerate(status) if mark == Status.HIDDEN]
    if 2 not in hidden or len(hidden) < 2:  # noqa: PLR2004 - the third node is B; one alone is the total minus the rest
        raise SelfTestFailed(what="canary table")


def _opens_what_is_sealed(hub: Workbench) -> None:
    header = EnvelopeHeader("selftest", "ZZZ", "-", "-", "records", None, rfc3339(hub.clock()))
    with private_folder(hub.tmp) as folder:
        sealed = folder / "sealed"
        with sealed.open("wb") as sink:
            seal_stream(io.BytesIO(b"amana"), sink, header, hub.opener.recipients)
        with hub.opener.open([sealed], hub.tmp, header.subject) as opened:
            if opened.data_path.read_bytes() != b"amana":
                raise SelfTestFailed(what="opening key")


def _keys_fit_the_vault(hub: Workbench) -> None:
    """Use the key of a holding, if there is one: another vault's root key raises KeyUnusable here, not later."""
    query = select(holding.c.key_id).where(holding.c.superseded_at.is_(None)).limit(1)
    with hub.database.read() as reading:
        key_id = reading.execute(query).scalar_one_or_none()
    if key_id is not None:
        hub.keys.wrap(key_id, b"amana", "amana/worker/selftest/1")
