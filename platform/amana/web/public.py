"""What anyone may fetch: the log's public checkpoint and tiles, and whether the hub is well. All of it coarse."""

from __future__ import annotations

from flask import Blueprint, Response, g
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from amana.audit.log import cosigned
from amana.audit.log import public as shown
from amana.audit.log.tables import log_checkpoint
from amana.audit.tlog import tiled
from amana.errors import NotFound
from amana.web.hub import hub

log = Blueprint("log", __name__, url_prefix="/log")
health = Blueprint("health", __name__)
TEXT = "text/plain; charset=utf-8"


@log.get("/checkpoint")
def checkpoint() -> Response:
    """Return the newest checkpoint of the calendar, with its cosignatures (C2SP tlog-checkpoint)."""
    with hub().database.read() as reading:
        note = cosigned.newest_public(reading)
    g.cacheable = True
    answer = Response(note, content_type=TEXT)
    answer.headers["Cache-Control"] = "public, max-age=1"
    return answer


@log.get("/tile/<level>/<path:name>")
def tile(level: str, name: str) -> Response:
    """Return a tile under the public checkpoint (C2SP tlog-tiles). Entries come with an auditor's snapshot."""
    wanted = tiled.parse_name(level, name)
    if wanted.level is None:
        raise NotFound(what="tile")
    with hub().database.read() as reading:
        hashes = shown.read_tile(reading, wanted)
    g.cacheable = True
    answer = Response(hashes, content_type="application/octet-stream")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@health.get("/healthz")
def live() -> Response:
    """Answer that the process runs."""
    return Response("ok\n", content_type=TEXT)


@health.get("/readyz")
def ready() -> Response:
    """Answer whether the process can do its work: it reaches its database. A late log is told and does not stop it."""
    try:
        with hub().database.read() as reading:
            reading.execute(select(log_checkpoint.c.size).limit(1))
    except SQLAlchemyError:
        return Response("the database does not answer\n", 503, content_type=TEXT)
    late = "the log is signed late\n" if hub().watch.is_late() else ""
    return Response(f"ready\n{late}", content_type=TEXT)


@health.get("/metrics")
def metrics() -> Response:
    """Return coarse figures; nothing here counts contributions, records or readers."""
    with hub().database.read() as reading:
        size = shown.size(reading)
    lines = [
        "# HELP amana_up Whether the web process serves.",
        "# TYPE amana_up gauge",
        "amana_up 1",
        "# HELP amana_log_entries Entries under the newest public checkpoint, padding included.",
        "# TYPE amana_log_entries gauge",
        f"amana_log_entries {size}",
        "# HELP amana_log_late Whether events wait longer for their signature than the policy promises.",
        "# TYPE amana_log_late gauge",
        f"amana_log_late {int(hub().watch.is_late())}",
    ]
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
