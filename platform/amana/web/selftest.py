"""Before it serves, the web process proves what it promises: otherwise it refuses to start, and says why.

A withheld cell must not come out in any format; its database user must be refused at the vault's door; what it seals
must not be readable; every published bundle must be the one that was signed; every language must be there.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from amana.codebook.model import Label
from amana.disclosure.table import Axis, Cube, Node, Status
from amana.dissemination import as_json, csv, xlsx
from amana.dissemination.bundle import About, Bundle
from amana.dissemination.slice import of_cube
from amana.errors import AmanaError, Malformed
from amana.vault.envelope import EnvelopeHeader
from amana.vault.sealing import seal_stream
from amana.web.hub import Hub

_CANARY: Final = 731_842_906  # a figure that nothing else can print
_FORBIDDEN: Final = ("holding", "event_detail")  # one table of the vault, one of the log's details
_TRANSLATIONS: Final = Path(__file__).parent / "translations"


class SelfTestFailed(AmanaError):
    """The web process does not keep one of its promises; it does not start. Fact: ``what`` failed."""

    code: ClassVar[str] = "web.self_test_failed"
    exit: ClassVar[int] = 78


def check(house: Hub) -> None:
    """Raise SelfTestFailed, or what the failing part raises, unless every promise holds."""
    if not house.plans:
        raise SelfTestFailed(what="release plans")
    _languages_are_compiled()
    _withheld_stays_withheld(house)
    _wall_stands(house)
    _witnesses_can_be_verified(house)
    _sealed_is_unreadable(house)
    catalogue = house.catalogue()
    for dataflow in catalogue.dataflows():
        catalogue.bundles(dataflow)


def _languages_are_compiled() -> None:
    for language in ("ar", "fr"):
        if not (_TRANSLATIONS / language / "LC_MESSAGES" / "messages.mo").is_file():
            raise SelfTestFailed(what=f"translations ({language}): run make venv")


def _withheld_stays_withheld(house: Hub) -> None:
    flow = next(iter(house.book.dataflows))
    cube = Cube("canary", (Axis("REF_AREA", (Node("_T", None),)),))
    nothing = Label("", "", "")
    about = About(
        flow, "2000", "canary", "", nothing, {"canary": nothing}, "", "", "", (), (), house.now(), public=False
    )
    values, status = np.array([_CANARY], dtype=np.int64), np.array([Status.HIDDEN], dtype=np.uint8)
    bundle = Bundle("", about, "suppress", 5, True, (cube,), {"canary": values}, {"canary": status})  # noqa: FBT003
    cells = of_cube(bundle, "canary", {})
    text = as_json.render_json(cells, house.book, "en") + csv.render_csv(cells, house.book)
    text += csv.render_for_excel(cells, house.book, "fr")
    empty, taken = xlsx.Printed("", "", (), None, (), ()), xlsx.Taken(house.config.origin)
    book = xlsx.render_xlsx(cells, empty, house.book, "ar", taken)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        text += b"".join(map(parts.read, parts.namelist()))
    if str(_CANARY).encode() in text:
        raise SelfTestFailed(what="withheld cell")


def _wall_stands(house: Hub) -> None:
    for table in _FORBIDDEN:
        try:
            with house.database.read() as reading:
                reading.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - one of two literals
        except DatabaseError:
            continue
        raise SelfTestFailed(what=f"database user: it can read {table}")


def _witnesses_can_be_verified(house: Hub) -> None:
    try:
        _ = house.panel
    except Malformed as fault:
        raise SelfTestFailed(what="policies/witnesses.toml: a vkey is none") from fault


def _sealed_is_unreadable(house: Hub) -> None:
    said = str(_CANARY).encode()
    sealed = io.BytesIO()
    header = EnvelopeHeader("selftest", "ZZZ", "-", "-", "records", None, house.now().isoformat())
    seal_stream(io.BytesIO(said), sealed, header, house.recipients)
    if said in sealed.getvalue() or not sealed.getvalue():
        raise SelfTestFailed(what="seal")
