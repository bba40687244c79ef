"""Published bundles to take away, and the key that they are signed with: for whoever tries to derive what they hide."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Response, g

from amana.audit.events.readers import StatisticsRead
from amana.dissemination.archive import MEDIA_TYPE, pack
from amana.errors import NotFound
from amana.ids import is_id
from amana.release import ledger
from amana.web import guard
from amana.web.api.routes import described
from amana.web.api.statistics import ask_to_read
from amana.web.hub import hub

KEY: Final = "bundle.pub.pem"
_FORMAT: Final = "bundle"
blueprint = described("api_bundles", "/api/v1", "Signed bundles, to be attacked on one's own machine")


@blueprint.get("/releases/<release>/bundle")
@blueprint.response(200, content_type=MEDIA_TYPE)
def bundle(release: str) -> Response:
    """Download a published release as it was signed (ZIP), for whoever may read all its tables.

    410 for one that was withdrawn, 404 for one that was never published.
    """
    return take(release)


def take(release: str) -> Response:
    """Return a published release as it was signed, once its reader may have it and the reading is journalled.

    Raises NotFound, Withdrawn, AccessRefused, PurposeNeeded.
    """
    guard.someone()
    if not is_id(release, "rel"):
        raise NotFound(kind="release")
    house = hub()
    with house.database.read() as reading:
        dataflow = ledger.find(reading, release).dataflow
    ask_to_read(dataflow)
    found = house.catalogue().release(release)
    committees = sorted(committee for committee, _ in found.about.contributors)
    purpose = ask_to_read(dataflow, committees)
    content = pack(house.opened.root, found.digest, house.trusted)
    guard.note(StatisticsRead(dataflow, release, tuple(committees), (found.about.period,), purpose, _FORMAT))
    return Response(
        content,
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{release}.zip"'},
    )


@blueprint.get(f"/{KEY}")
@blueprint.response(200, content_type="application/x-pem-file")
def key() -> Response:
    """Download the public key for bundles that this hub claims is its own. Anyone may have it."""
    pem = hub().trusted[0].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    g.cacheable = True
    return Response(
        pem,
        content_type="application/x-pem-file",
        headers={
            "Content-Disposition": f'attachment; filename="{KEY}"',
            "Cache-Control": "public, max-age=3600",
        },
    )
