"""One event: all that the log knows of it, in words; its proof; and how to check both without this hub."""

from __future__ import annotations

import base64

from flask import Blueprint, Response, render_template

from amana.audit.tlog import leaf
from amana.audit.tlog.checkpoint import parse_note, split_note
from amana.audit.tlog.proof import Proof
from amana.audit.tlog.tree import hash_leaf
from amana.web import auditing, facts
from amana.web.api import proofs
from amana.web.hub import hub

blueprint = Blueprint("event", __name__, url_prefix="/events/<event>")


@blueprint.get("/")
def page(event: str, lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show one event."""
    told, proof = auditing.read_one(event)
    return render_template(
        "audit_event.html",
        event=told,
        facts=facts.all_of(told),
        clause=facts.clause(told.clause) if told.clause else "",
        proof=_shown(proof) if proof else None,
        vkey=hub().log_vkey,
    )


@blueprint.get("/proof")
def proof(event: str, lang: str) -> Response:  # noqa: ARG001 - the address carries it
    """Hand out the event's proof, as a file that needs no companion."""
    return proofs.as_file(event, auditing.take_proof(event))


def _shown(proof: Proof) -> dict[str, object]:
    checkpoint = parse_note(proof.note)
    return {
        "index": proof.index,
        "size": checkpoint.size,
        "origin": checkpoint.origin,
        "root": base64.b64encode(checkpoint.root).decode(),
        "leaf": proof.entry.decode(),
        "hash": hash_leaf(proof.entry).hex(),
        "commitment": leaf.parse(proof.entry).commitment,
        "path": [one.hex() for one in proof.path],
        "witnesses": len(split_note(proof.note)[1]) - 1,
        "note": proof.note,
    }
