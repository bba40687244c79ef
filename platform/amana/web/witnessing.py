"""The log's door for witnesses: whoever cosigned a checkpoint hands it in here, and anyone reads who has.

There is no token: a cosignature proves itself. A committee behind a slow line comes when it can, a feeder brings what
listening witnesses answered, and both use the same door. Formats: C2SP tlog-checkpoint, tlog-cosignature, tlog-policy.
"""

from __future__ import annotations

import hashlib
from typing import ClassVar, Final

from flask import Flask, Response, g, request

from amana.audit.log import cosigned
from amana.audit.witness import trust
from amana.audit.witness.quorum import Trust
from amana.errors import AmanaError, Malformed, NotFound
from amana.web.hub import hub
from amana.web.public import TEXT, log

_LONGEST: Final = 64 * 1024  # bytes of a note with a hundred cosignatures, several times over


class NoteTooLong(AmanaError):
    """What was handed in is longer than any checkpoint with its cosignatures."""

    code: ClassVar[str] = "audit.note_too_long"
    status: ClassVar[int] = 413
    exit: ClassVar[int] = 65


@log.get("/checkpoint/witnessed")
def witnessed() -> Response:
    """Return the newest checkpoint that a quorum of witnesses has cosigned."""
    house = hub()
    with house.database.read() as reading:
        found = cosigned.newest_witnessed(reading, house.panel, house.now())
    if found is None:
        raise NotFound(what="checkpoint")
    return _note(found[0])


@log.get("/witness/<digest>/checkpoint")
def of_witness(digest: str) -> Response:
    """Return the largest checkpoint that a witness cosigned; it is named by the SHA-256 of its name, in hex."""
    names = {hashlib.sha256(one.alias.encode()).hexdigest(): one.alias for one in hub().panel.trust.witnesses}
    if digest not in names:
        raise NotFound(what="witness")
    with hub().database.read() as reading:
        return _note(cosigned.checkpoint_of(reading, names[digest]))


@log.get("/policy")
def policy() -> Response:
    """Return what this hub says of its log and witnesses (C2SP tlog-policy); before trusting, obtain it elsewhere."""
    known = hub().panel
    return _note(trust.render(Trust(known.trust.witnesses, known.trust.rule, (known.log,))))


@log.post("/cosignatures")
def hand_in() -> Response:
    """Take a public checkpoint's note with cosignatures; answer with all that it has now.

    Raises LogUnsigned while the log is not being signed: what is taken is an event too.
    """
    body = request.stream.read(_LONGEST + 1)
    if len(body) > _LONGEST:
        raise NoteTooLong(most=_LONGEST)
    try:
        note = body.decode()
    except UnicodeDecodeError as fault:
        raise Malformed(format="signed note") from fault
    house = hub()
    house.watch.require()
    with house.database.read() as reading:  # anybody may ask: only for what is new does a writer wait
        size, fresh = cosigned.find_new(reading, note, house.panel, house.now())
    if fresh:
        with house.database.write() as tx:
            cosigned.take(tx, note, house.panel, house.now())
    with house.database.read() as reading:
        return _note(cosigned.public_note(reading, size))


def install(app: Flask) -> None:
    """Serve the log: what anyone may fetch of it, and what witnesses hand in."""
    app.register_blueprint(log)


def _note(text: str) -> Response:
    g.cacheable = True
    answer = Response(text, content_type=TEXT)
    answer.headers["Cache-Control"] = "no-store" if request.method == "POST" else "public, max-age=1"
    return answer
