"""The auditor's page about the log's witnesses."""

from __future__ import annotations

from flask import Blueprint, render_template

from amana.web.api import proofs
from amana.web.hub import hub
from amana.web.locale import PREFIX

blueprint = Blueprint("witnesses", __name__, url_prefix=f"{PREFIX}/audit/witnesses")


@blueprint.get("/")
def witnesses(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show who witnesses the log, how far each has come, and whether the quorum is met."""
    told = proofs.told()
    today = hub().now().date()
    for one in told["witnesses"]:
        one["state"] = _state(one, told["size"], retired=one["retired"] is not None and one["retired"] <= today)
    return render_template("witnesses.html", told=told)


def _state(witness: dict[str, object], size: int, *, retired: bool) -> str:
    """Return ``retired``, ``never``, ``current`` (it cosigned what outsiders see now) or ``behind``."""
    last = witness["last"]
    if retired:
        return "retired"
    if not isinstance(last, dict):
        return "never"
    return "current" if last["size"] >= size else "behind"
