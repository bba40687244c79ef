"""The web process: one function makes the application, from one configuration, with everything handed in."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Any, Final

from flask import Flask
from flask_smorest import Api  # type: ignore[import-untyped]  # it has no types of its own
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from amana.audit.events.event import Actor
from amana.audit.events.processes import PolicyLoaded, ProcessStarted
from amana.audit.outbox import journal
from amana.config import WebConfig
from amana.errors import AmanaError
from amana.intake.receive import sweep
from amana.web import (
    caller,
    errors,
    facts,
    guard,
    headers,
    hub,
    locale,
    naming,
    plain_text,
    public,
    selftest,
    witnessing,
)
from amana.web.api import audit as api_audit
from amana.web.api import audit_exports as api_audit_exports
from amana.web.api import batches as api_batches
from amana.web.api import bundles as api_bundles
from amana.web.api import cases as api_cases
from amana.web.api import documents as api_documents
from amana.web.api import findings as api_findings
from amana.web.api import mapping as api_mapping
from amana.web.api import proofs as api_proofs
from amana.web.api import releases as api_releases
from amana.web.api import requests as api_requests
from amana.web.api import statistics as api_statistics
from amana.web.api import tabulations as api_tabulations
from amana.web.api import uploads as api_uploads
from amana.web.api import versions as api_versions
from amana.web.api import window as api_window
from amana.web.api.schemas.problem import ProblemFields
from amana.web.pages import (
    cases,
    contributions,
    documents,
    door,
    findings,
    mapping,
    menu,
    releases,
    requests,
    statistics,
    versions,
    window,
    witnesses,
)
from amana.web.pages.audit import events as audit
from amana.web.pages.audit import exports as audit_exports
from amana.wording.load import sentence
from amana.wording.reader import language_of_terminal

WEB: Final = Actor("web", "process", "hub")
_BODY: Final = 2 << 20  # bytes of a body that is read whole: a mapping of 20,000 words; files are read as they arrive
_BOOT: Final = 3  # gunicorn: a worker that ends so is not started again, and the whole ends with it (WORKER_BOOT_ERROR)
_SPEC: Final[dict[str, Any]] = {
    "API_TITLE": "Amana",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {"description": "A regional hub for protected statistics on trafficking in persons."},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    },
}


class Described(Api):  # type: ignore[misc]  # as above
    """flask-smorest with our errors: RFC 9457 for programs, a page for people."""

    ERROR_SCHEMA = ProblemFields

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer in our words."""
        return errors.answer_http(error)


def create_app(config: WebConfig | None = None) -> Flask:
    """Return the application, ready to serve.

    config: read from the environment when None.
    Raises Misconfigured, PolicyInvalid, PlanInvalid or SelfTestFailed; then the process must not serve.
    """
    return make_app(hub.open_hub(WebConfig.read(os.environ) if config is None else config))


def start() -> Flask:
    """Return the application, or end this process of gunicorn's with one sentence, in the operator's language."""
    try:
        return create_app()
    except AmanaError as refusal:
        sys.stderr.write(f"{refusal.code}: {sentence(refusal.code, language_of_terminal(), refusal.facts)}\n")
        sys.exit(_BOOT)


_OF_COMMITTEES: Final = (contributions, versions, findings, mapping, requests, window)
_PAGES: Final = (
    door, *_OF_COMMITTEES, releases, statistics, documents, audit, audit_exports, cases, witnesses,
)  # fmt: skip
_OF_OWNERS: Final = (api_batches, api_findings, api_mapping, api_versions, api_uploads, api_requests, api_tabulations)
_OF_AUDITORS: Final = (api_cases, api_audit_exports)
_DESCRIBED: Final = (  # in the order of the OpenAPI document
    *_OF_OWNERS, api_window, api_releases, api_statistics, api_bundles, api_documents, api_audit, api_proofs,
    *_OF_AUDITORS,
)  # fmt: skip


def make_app(house: hub.Hub) -> Flask:
    """Return the application around a hub that is open, once it has passed its own tests and the journal says so."""
    house.desk.shelf.prepare()
    sweep(house.desk.shelf, house.database, house.now())
    selftest.check(house)
    app = Flask(__name__)
    app.config.update(_SPEC, BABEL_DEFAULT_LOCALE="en", MAX_CONTENT_LENGTH=_BODY)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # of Flask's default provider
    hub.install(app, house)
    headers.install(app, https=house.https)
    guard.install(app)
    plain_text.install(app)
    caller.install(app)
    locale.install(app)
    naming.install(app)
    facts.install(app)
    menu.install(app)
    api = Described(app)
    for described in _DESCRIBED:
        api.register_blueprint(described.blueprint)
    for page in _PAGES:
        app.register_blueprint(page.blueprint)
    cases.install(app)
    audit_exports.install(app)
    witnessing.install(app)
    app.register_blueprint(public.health)
    errors.install(app)
    with house.database.write() as tx:
        journal.append(tx, PolicyLoaded(house.policies.digest), WEB, house.now())
        journal.append(tx, ProcessStarted("web", version("amana")), WEB, house.now())
    return app
