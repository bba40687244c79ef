"""The pages of a release: the list, its life, and the acts on it, each confirmed on a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from amana.audit.events.releases import ReleaseRead
from amana.codebook.model import AREA
from amana.db import Reading
from amana.errors import NotFound
from amana.release import approve, ledger
from amana.release.approve import Choice, Decision
from amana.release.ledger import Release
from amana.release.states import ReleaseState
from amana.web import guard
from amana.web.api import compared
from amana.web.api import releases as api
from amana.web.grid import Grid, lay_out, signs
from amana.web.hub import hub
from amana.web.locale import PREFIX, language, msgid
from amana.web.pages import menu
from amana.web.pages.release_tables import tables_of, titles_of
from amana.web.pages.shield import shielded
from amana.web.pages.tried import tried
from amana.web.refusals import RequestMalformed
from amana.wording.load import codes, sentence

_SEE_OTHER: Final = 303
_WAY: Final = (ReleaseState.PLANNED, ReleaseState.BUILT, ReleaseState.APPROVED, ReleaseState.PUBLISHED)
blueprint = Blueprint("releases", __name__, url_prefix=f"{PREFIX}/releases")


@dataclass(frozen=True)
class Act:
    """Something that may be done to a release. The texts are messages for gettext."""

    name: str
    action: str
    tone: str
    label: str
    title: str
    meaning: str
    verb: str
    asks_reason: bool


ACTS: Final[Mapping[str, Act]] = {
    act.name: act
    for act in (
        Act(
            "approve",
            "decide_candidate",
            "",
            msgid("Approve"),
            msgid("Approve this release"),
            msgid(
                "You approve, for your committee, exactly this plan and this candidate. "
                "Once every contributing committee has approved, the steward may publish it."
            ),
            msgid("Yes, approve"),
            asks_reason=False,
        ),
        Act(
            "refuse",
            "decide_candidate",
            "danger",
            msgid("Refuse"),
            msgid("Refuse this release"),
            msgid("The release will not be published. This cannot be undone; a new one may be planned."),
            msgid("Yes, refuse"),
            asks_reason=True,
        ),
        Act(
            "publish",
            "order_publication",
            "",
            msgid("Publish"),
            msgid("Publish this release"),
            msgid(
                "Members of the forum will be able to read it. "
                "The order is recorded first and carried out under the next signed checkpoint."
            ),
            msgid("Yes, publish"),
            asks_reason=False,
        ),
        Act(
            "withdraw",
            "order_withdrawal",
            "danger",
            msgid("Withdraw"),
            msgid("Withdraw this release"),
            msgid("Its tables will no longer be served; a tombstone with your reason stays in their place."),
            msgid("Yes, withdraw"),
            asks_reason=True,
        ),
        Act(
            "vintage",
            "plan_vintage",
            "",
            msgid("Plan a new vintage"),
            msgid("Plan a new vintage of this release"),
            msgid(
                "The same tables are built again from what the vault holds now, checked together with everything "
                "published about this period, and approved by every committee. "
                "Until then nothing changes; then all figures change at once."
            ),
            msgid("Yes, plan it"),
            asks_reason=False,
        ),
    )
}


@dataclass(frozen=True)
class Step:
    """One step of a release's life. tone: ``done``, ``now``, ``off``, or empty for what may still come."""

    name: str
    at: datetime | None
    tone: str


@blueprint.get("/")
def releases(lang: str) -> str:
    """List the releases that the reader may see."""
    guard.ask("read_own_account", guard.own_account())
    with hub().database.read() as reading:
        shown = api.visible(reading)
    guard.note(ReleaseRead(api.EVERY))
    plans = [(plan.id, plan.title.read(lang)) for plan in hub().plans.values()] if menu.plans_releases() else []
    return render_template("releases.html", releases=shown, plans=plans, sees_all=menu.plans_releases())


@blueprint.post("/")
def plan(lang: str) -> Response:  # noqa: ARG001 - the address carries it
    """Plan a release."""
    release = api.plan_release(request.form.get("plan", ""), request.form.get("period", ""))
    return redirect(url_for("releases.release", release=release), _SEE_OTHER)


@blueprint.get("/<release>")
def release(lang: str, release: str) -> str:  # noqa: ARG001 - the address carries it
    """Show where a release stands; to a contributing officer, what it would show of her country."""
    found = api.asked(release, "read_release")
    guard.note(ReleaseRead(release))
    with hub().database.read() as reading:
        told = api.told(reading, found)
        concerned = api.resource(reading, found)
        renewable = _is_renewable(reading, found)
    open_ = [act for act in ACTS.values() if _is_open(act, found, told, renewable)]
    candidate = _candidate(found) if guard.permits("read_candidate", concerned) else None
    shield = shielded(found, concerned)
    return render_template(
        "release.html",
        one=found,
        flow=hub().book.dataflow(found.dataflow),
        steps=_steps(found),
        watch=found.waiting is not None or found.state is ReleaseState.PLANNED,
        reason=_reason(found),
        reason_committees=told["reason_committees"],
        acts=[act for act in open_ if guard.permits(act.action, concerned)],
        own_word=_own_word(told),
        contributors=told["contributors"],
        asked_for=told["tabulations"],
        shield=shield,
        **signs(candidate or (), zeros_hidden=shield.zeros_hidden),
        noise=hub().policies.noise,
        titles=titles_of(found),
        warnings=told["warnings"],
        beside=told["beside"],
        cubes=tables_of(found),
        tried=tried(found, titles_of(found)),
        can_read=menu.reads_statistics(),
        taken=_taken(found) if menu.reads_statistics() else [],
        candidate=candidate,
        candidate_of=guard.someone().principal.committee,
    )


@blueprint.get("/<release>/<any(approve,refuse,publish,withdraw,vintage):act>")
def confirm(lang: str, release: str, act: str) -> str:  # noqa: ARG001 - the address carries it
    """Ask once more before anything is done."""
    found = api.asked(release, ACTS[act].action)
    guard.note(ReleaseRead(release))
    with hub().database.read() as reading:
        told = {"beside": compared.beside(reading, found), "warnings": compared.warnings(found)}
    return render_template("confirm.html", one=found, act=ACTS[act], titles=titles_of(found), **told)


@blueprint.post("/<release>/<any(approve,refuse,publish,withdraw,vintage):act>")
def carry_out(lang: str, release: str, act: str) -> Response:  # noqa: ARG001 - the address carries it
    """Do it: for exactly the plan and the candidate that the page showed."""
    form, reason = request.form, request.form.get("reason", "").strip()
    if ACTS[act].asks_reason and not reason:
        api.asked(release, ACTS[act].action)
        raise RequestMalformed(fields=["reason"])
    if act == "publish":
        api.order_publication(release, form.get("candidate", "-"))
    elif act == "withdraw":
        api.order_withdrawal(release, reason)
    elif act == "vintage":
        return redirect(url_for("releases.release", release=api.plan_vintage(release)), _SEE_OTHER)
    else:
        api.say(release, Decision(Choice(act), form.get("plan_digest", ""), form.get("candidate", ""), reason or None))
    return redirect(url_for("releases.release", release=release), _SEE_OTHER)


def _is_renewable(reading: Reading, found: Release) -> bool:
    """Return whether it is the latest vintage of its plan and period, and no other is on its way."""
    same = [one for one in ledger.shown(reading, found.dataflow, found.period) if one.plan == found.plan]
    latest = found.vintage == max((one.vintage for one in same), default=0)
    return latest and not ledger.is_any_open(reading, found.plan, found.period)


def _is_open(act: Act, found: Release, told: Mapping[str, list[Mapping[str, object]]], renewable: bool) -> bool:
    """Return whether the act still makes sense: nobody decides twice, nothing is ordered twice."""
    if act.action == "plan_vintage":
        return renewable and found.waiting is None
    if act.action == "decide_candidate":
        return found.state is ReleaseState.BUILT and not _own_decision(told)
    return found.waiting is None


def _own_decision(told: Mapping[str, list[Mapping[str, object]]]) -> object:
    own = guard.someone().principal.committee
    return next((one["decision"] for one in told["contributors"] if one["committee"] == own), None)


def _own_word(told: Mapping[str, list[Mapping[str, object]]]) -> str | None:
    return gettext("Your committee has approved this release.") if _own_decision(told) == Choice.APPROVE else None


def _reason(found: Release) -> str | None:
    """Return why it ended: a code of ours in words, or the words that a person gave."""
    known = next((one for one in (f"{found.reason}.release", found.reason) if one in codes()), None)
    return sentence(known, language()) if known else found.reason


def _steps(found: Release) -> list[Step]:
    times = (found.planned_at, found.built_at, found.approved_at, found.published_at)
    steps = [Step(state.value, at, "done" if at else "") for state, at in zip(_WAY, times, strict=True)]
    if found.state is ReleaseState.REFUSED:
        return [*(step for step in steps if step.at), Step(ReleaseState.REFUSED.value, None, "off")]
    if found.state is ReleaseState.SUPERSEDED:
        return [*steps, Step(ReleaseState.SUPERSEDED.value, None, "off")]
    if found.state is ReleaseState.WITHDRAWN:
        return [*steps, Step(ReleaseState.WITHDRAWN.value, found.withdrawn_at, "off")]
    going_on = found.state.value if found.state is not ReleaseState.PUBLISHED else None
    return [Step(step.name, step.at, "now") if step.name == going_on else step for step in steps]


def _taken(found: Release) -> list[tuple[str, bool]]:
    """Return (release, whether it hides) of a bundle that may be taken away; none before it is published, or after."""
    if found.candidate is None or found.state not in {ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED}:
        return []
    return [(found.id, hub().opened.bundle(found.candidate).noisy is None)]


def _candidate(found: Release) -> list[Grid] | None:
    committee = guard.someone().principal.committee
    if found.candidate is None or committee is None:
        return None
    with hub().database.write() as tx:
        try:
            by, now = guard.actor(), hub().now()
            view = approve.read_candidate(tx, hub().opened, found.id, committee, by=by, now=now)
        except NotFound:
            return None
    titles = titles_of(found)
    return [lay_out(cells, titles[cube].read(language())) for cube, cells in view.tables if AREA in cells.dims]
