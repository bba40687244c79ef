"""The way in and out: sign-in, purpose, the first page, and the landing page that is open to all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from amana.audit.events.contributions import BatchRead
from amana.audit.events.readers import AccountRead, PurposeChosen
from amana.audit.events.releases import ReleaseRead
from amana.db import Reading
from amana.dissemination.catalogue import Catalogue
from amana.identity import sessions, sign_in
from amana.release import again, ledger
from amana.release.states import ReleaseState
from amana.web import batches, caller, guard, naming
from amana.web.api.releases import EVERY, visible
from amana.web.api.statistics import readable
from amana.web.caller import current_session
from amana.web.hub import hub
from amana.web.locale import PREFIX, language, moment, msgid
from amana.web.pages import menu
from amana.web.refusals import RequestMalformed
from amana.wording.load import sentence

_SEE_OTHER: Final = 303
_UNAUTHORIZED: Final = 401
_RECENT: Final = 5  # items of a kind on the first page
blueprint = Blueprint("door", __name__)


@dataclass(frozen=True)
class Task:
    """Something that waits for the reader."""

    label: str
    note: str
    address: str
    state: str | None


@dataclass(frozen=True)
class Flow:
    """A subject of which something is published."""

    id: str
    label: str
    periods: tuple[str, ...]
    cubes: int


@blueprint.get("/")
def front() -> Response:
    """Send the reader to the first page in their language."""
    first = "door.open_landing" if guard.visitor() is None else "door.home"
    return redirect(url_for(first, lang=language()))


@blueprint.get("/open")
def open_front() -> Response:
    """Send the reader to the open statistics in their language."""
    return redirect(url_for("door.open_landing", lang=language()))


@blueprint.get("/sign-in")
def sign_in_front() -> Response:
    """Send the reader to the form in their language."""
    return redirect(url_for("door.sign_in", lang=language()))


@blueprint.get(f"{PREFIX}/sign-in", endpoint="sign_in")
def sign_in_page(lang: str) -> str:
    """Show the form."""
    return _form(lang, request.args.get("next", ""), "", None)


@blueprint.post("/sign-in", defaults={"lang": None})
@blueprint.post(f"{PREFIX}/sign-in")
def enter(lang: str | None) -> Response:
    """Sign in: password and, where there is one, second factor. Nobody comes in while the log is not being signed."""
    house, form = hub(), request.form
    house.watch.require()
    with house.database.read() as reading:
        account = sign_in.look_up(reading, form.get("email", ""))
    checked = sign_in.check(account, form.get("password", ""), house.hasher)
    with house.database.write() as tx:
        welcome = sign_in.settle(
            tx,
            checked,
            form.get("code", ""),
            factor_optional=house.factor_optional,
            digest_key=house.derived_key("failed sign-in"),
            replacing=caller.session_name(),
            now=house.now(),
        )
        if welcome is not None:  # a sign-in is an event too; raised here, it leaves no session behind
            guard.check_share(welcome.person.actor.id)
    if welcome is None:
        told = sentence(sign_in.SignInRefused.code, language())
        page = _form(lang or language(), form.get("next", ""), form.get("email", ""), told)
        return Response(page, _UNAUTHORIZED, mimetype="text/html")
    wanted = _inside(form.get("next", "")) or url_for("door.home", lang=lang or language())
    several = len(welcome.person.purposes) > 1 and welcome.person.roles & {"member", "protection_officer", "steward"}
    answer = redirect(url_for("door.purpose", lang=lang or language(), next=wanted) if several else wanted, _SEE_OTHER)
    caller.give_cookie(answer, welcome.session)
    return answer


@blueprint.post(f"{PREFIX}/sign-out")
def sign_out(lang: str) -> Response:
    """Sign out."""
    guard.ask("read_own_account", guard.own_account())
    name, found = caller.session_name(), current_session()
    if name is None or found is None:
        guard.note(AccountRead())
    else:
        by = guard.actor()
        with hub().database.write() as tx:
            sign_in.sign_out(tx, name, by, hub().now())
    answer = redirect(url_for("door.open_landing", lang=lang), _SEE_OTHER)
    caller.take_cookie(answer)
    return answer


@blueprint.get(f"{PREFIX}/purpose")
def purpose(lang: str) -> str:
    """Ask for which of the organisation's purposes the reader reads."""
    guard.ask("read_own_account", guard.own_account())
    guard.note(AccountRead())
    reader = guard.someone()
    offered = [(one, naming.purpose(one), readable(one)) for one in sorted(reader.principal.purposes)]
    wanted = _inside(request.args.get("next", "")) or url_for("door.home", lang=lang)
    return render_template("purpose.html", purposes=offered, chosen=reader.purpose, next=wanted)


@blueprint.post(f"{PREFIX}/purpose")
def choose_purpose(lang: str) -> Response:
    """Remember the purpose for this session; whether it is approved, the policy says at each reading.

    Raises RequestMalformed for what is no purpose of the reader's organisation, and where there is no session.
    """
    guard.ask("read_own_account", guard.own_account())
    found, chosen = current_session(), request.form.get("purpose", "")
    if found is None or chosen not in guard.someone().principal.purposes:
        raise RequestMalformed(fields=["purpose"])
    with hub().database.write() as tx:
        sessions.choose_purpose(tx, found, chosen)
        guard.note(PurposeChosen(chosen), tx)
    return redirect(_inside(request.form.get("next", "")) or url_for("door.home", lang=lang), _SEE_OTHER)


@blueprint.get(f"{PREFIX}/")
def home(lang: str) -> Response | str:  # noqa: ARG001 - the address carries it
    """Show what waits for the reader, and what is published."""
    guard.ask("read_own_account", guard.own_account())
    guard.note(AccountRead())
    if menu.reads_events():
        return redirect(url_for("audit.questions.overview"))
    reader = guard.someone().principal
    tasks: list[Task] = []
    with hub().database.read() as reading:
        if menu.reads_batches() and reader.committee:
            tasks += _tabulation_tasks(reading, reader.committee)
            tasks += _batch_tasks(reading, reader.committee)
        if menu.reads_releases():
            tasks += _release_tasks(reading)
    if menu.reads_batches() and reader.committee:
        guard.note(BatchRead(EVERY, reader.committee))
    if menu.reads_releases():
        guard.note(ReleaseRead(EVERY))
    published = flows(hub().catalogue()) if menu.reads_statistics() else []
    return render_template(
        "home.html",
        greeting=_greeting(),
        tasks=tasks,
        published=published,
        can_read=menu.reads_statistics(),
        can_upload=menu.sends_batches(),
    )


@blueprint.get(f"{PREFIX}/open")
def open_landing(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """Show what is open to all; reading here is not journalled."""
    return render_template("open.html", published=flows(hub().catalogue(), public=True))


def flows(catalogue: Catalogue, *, public: bool = False) -> list[Flow]:
    """Return the subjects of which something is published; only what anyone may read when ``public``."""
    shown: list[Flow] = []
    for dataflow in catalogue.dataflows():
        bundles = [bundle for bundle in catalogue.bundles(dataflow) if bundle.about.public or not public]
        periods = tuple(bundle.about.period for bundle in bundles)
        tables = {cube.id for bundle in bundles for cube in bundle.cubes}
        if bundles:
            shown.append(Flow(dataflow, naming.dataflow(dataflow), periods, len(tables)))
    return shown


def _form(lang: str, wanted: str, email: str, problem: str | None) -> str:
    return render_template("sign_in.html", lang=lang, next=wanted, email=email, problem=problem)


def _inside(address: str) -> str | None:
    """Return an address of ours, or None: nobody is sent elsewhere."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith("//") and not parts.netloc and "\\" not in address
    return address if ours and address.isprintable() else None


def _greeting() -> str:
    reader = guard.someone()
    held = naming.roles("+".join(reader.roles))
    if reader.principal.committee:
        country = naming.country(reader.principal.committee)
        return str(gettext("Your role: %(roles)s, for %(country)s.", roles=held, country=country))
    return str(gettext("Your role: %(roles)s.", roles=held))


def _tabulation_tasks(reading: Reading, committee: str) -> list[Task]:
    """Return what the committee is asked to count again."""
    return [
        Task(
            gettext("Tables are asked for: %(title)s, %(period)s", title=naming.plan(one.plan), period=one.period),
            gettext("A release waits for them until %(day)s.", day=moment(one.deadline)),
            url_for("contributions.batches"),
            None,
        )
        for one in again.asked_of(reading, committee)
    ]


def _batch_tasks(reading: Reading, committee: str) -> list[Task]:
    told = {
        "REFUSED": (
            msgid("A contribution was refused: %(title)s, %(period)s"),
            msgid("Correct what was found and send the file again."),
        ),
        "RECEIVED": (
            msgid("A contribution is being judged: %(title)s, %(period)s"),
            msgid("Nothing to do; the answer comes by itself."),
        ),
        "MAPPING": (
            msgid("A contribution waits for what its columns mean: %(title)s, %(period)s"),
            msgid("Say it once, and it is kept for the next file."),
        ),
        "HELD": (
            msgid("A version awaits your decision: %(title)s, %(period)s"),
            msgid("See what it would change, then let it replace the earlier one or discard it."),
        ),
    }
    sent = [one for one in batches.of_committee(reading, committee) if not one.dry_run]
    newest = {(one.dataflow, one.period): one for one in reversed(sent)}
    return [
        Task(
            gettext(told[one.state][0], title=naming.dataflow(one.dataflow), period=one.period),
            gettext(told[one.state][1]),
            url_for("contributions.batch", batch=one.id),
            one.state,
        )
        for one in newest.values()
        if one.state in told
    ][:_RECENT]


def _release_tasks(reading: Reading) -> list[Task]:
    tasks: list[Task] = []
    for one in visible(reading):
        told = _waits_for_reader(reading, one)
        if told is not None:
            title = gettext(told[0], title=naming.plan(one.plan), period=one.period)
            tasks.append(Task(title, gettext(told[1]), url_for("releases.release", release=one.id), one.state.value))
    return tasks


def _waits_for_reader(reading: Reading, one: ledger.Release) -> tuple[str, str] | None:
    reader = guard.someone().principal
    if one.state is ReleaseState.BUILT and "protection_officer" in reader.roles:
        if reader.committee in {approval.committee for approval in ledger.approvals(reading, one.id)}:
            return None
        return (
            msgid("A release awaits your decision: %(title)s, %(period)s"),
            msgid("See what it would show of your country, then approve or refuse."),
        )
    if one.state is ReleaseState.BUILT and menu.plans_releases():
        return msgid("A release awaits its committees: %(title)s, %(period)s"), msgid("Approvals are being collected.")
    if one.state is ReleaseState.APPROVED and menu.plans_releases() and one.waiting is None:
        return (
            msgid("A release can be published: %(title)s, %(period)s"),
            msgid("Every contributing committee has approved it."),
        )
    return None
