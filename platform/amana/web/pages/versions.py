"""An owner's word about a batch, as pages: what a held version would change, and each act confirmed on its own page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from amana.audit.events.contributions import BatchRead
from amana.codebook.model import Codebook, Kind
from amana.errors import Conflict
from amana.intake.requests import Act
from amana.intake.states import BatchState
from amana.intake.versions import Difference, Version
from amana.policy.decide import Resource
from amana.web import guard, naming
from amana.web.api import versions as api
from amana.web.batches import Batch
from amana.web.hub import hub
from amana.web.locale import PREFIX, msgid

_SEE_OTHER: Final = 303
blueprint = Blueprint("versions", __name__, url_prefix=f"{PREFIX}/contributions")
_SHOWN: Final = frozenset({BatchState.ACCEPTED, BatchState.HELD, BatchState.SUPERSEDED, BatchState.WITHDRAWN})


@dataclass(frozen=True)
class Word:
    """Something that an owner may say of a batch in this state. The texts are messages for gettext."""

    act: Act
    action: str
    state: BatchState
    tone: str
    label: str
    title: str
    meaning: str
    verb: str


WORDS: Final[Mapping[str, Word]] = {
    word.act.value: word
    for word in (
        Word(
            Act.REPLACE,
            "decide_version",
            BatchState.HELD,
            "",
            msgid("Let it replace the earlier version"),
            msgid("Let this version take the earlier one's place"),
            msgid("The earlier version will count no more and its key will be destroyed. This cannot be undone."),
            msgid("Yes, replace"),
        ),
        Word(
            Act.DISCARD,
            "decide_version",
            BatchState.HELD,
            "second",
            msgid("Discard it"),
            msgid("Discard this version"),
            msgid("The earlier version stays as it is. This one will be destroyed with its key."),
            msgid("Yes, discard"),
        ),
        Word(
            Act.WITHDRAW,
            "withdraw_batch",
            BatchState.ACCEPTED,
            "danger",
            msgid("Withdraw"),
            msgid("Withdraw this contribution"),
            msgid(
                "Nothing of it will count any more, and its key will be destroyed: this cannot be undone. "
                "What has been published stays as it was published; the next release is built without it."
            ),
            msgid("Yes, withdraw"),
        ),
    )
}


@dataclass(frozen=True)
class View:
    """The page's part on versions.

    seen:  the name of the difference.
    parts: what changed, by name, and for how many persons, or in how many cells.
    """

    difference: Difference | None
    seen: str | None
    parts: Sequence[tuple[str, int]]
    versions: Sequence[Version]
    words: Sequence[Word]


def view(batch: Batch) -> View | None:
    """Return what the page shows of versions; None to whoever may not see it, and where there is nothing to see."""
    about = Resource("batch", batch.id, committee=batch.committee, dataflow=batch.dataflow, period=batch.period)
    if batch.state not in _SHOWN or not guard.permits("read_difference", about):
        return None
    shown, versions = api.changes(batch)
    words = [one for one in WORDS.values() if one.state == batch.state and guard.permits(one.action, about)]
    may = [one for one in words if one.act is not Act.REPLACE or shown is not None]
    return View(shown, api.seen(batch), _named(batch, shown, hub().book), versions if len(versions) > 1 else (), may)


@blueprint.get("/<batch>/<any(replace,discard,withdraw):said>")
def confirm(lang: str, batch: str, said: str) -> str:  # noqa: ARG001 - the address carries it
    """Ask once more before anything is done."""
    found = api.asked(batch, WORDS[said].action)
    guard.note(BatchRead(found.id, found.committee))
    if found.state != WORDS[said].state:
        raise Conflict(state=found.state, to=said)
    return render_template("confirm_word.html", one=found, word_=WORDS[said], seen=request.args.get("seen"))


@blueprint.post("/<batch>/<any(replace,discard,withdraw):said>")
def carry_out(lang: str, batch: str, said: str) -> Response:  # noqa: ARG001 - the address carries it
    """Do it, and show the request that it became."""
    seen = request.form.get("seen") or None
    entered = api.say(api.asked(batch, WORDS[said].action), WORDS[said].act, seen)
    return redirect(url_for("requests.request", request=entered.id), _SEE_OTHER)


def _named(batch: Batch, shown: Difference | None, book: Codebook) -> list[tuple[str, int]]:
    names = _names(batch.dataflow, book)
    parts = (shown.parts or {}) if shown else {}
    return [(names.get(part, part), count) for part, count in parts.items()]


def _names(dataflow: str, book: Codebook) -> dict[str, str]:
    """Return variable, multi-response code or cube → its name in the reader's language."""
    names: dict[str, str] = {}
    for variable in book.dataflow(dataflow).variables:
        names[variable.id] = naming.read(variable.label)
        if variable.kind is Kind.MULTI:
            codes = book.list_of(variable)
            names |= {
                code: f"{naming.read(variable.label)}: {naming.read(codes.code(code).label)}" for code in codes.storable
            }
    plans = (plan for plan in hub().plans.values() if plan.dataflow == dataflow)
    return names | {cube.id: naming.read(cube.title) for plan in plans for cube in plan.cubes}
