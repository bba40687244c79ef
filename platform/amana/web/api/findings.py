"""What was found in a contribution, over the API: as JSON, or as a workbook in the reader's language; never a value."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import NotAcceptable

from amana.audit.events.contributions import FindingsRead
from amana.findings import Finding, render
from amana.media import XLSX
from amana.validation import told
from amana.validation.workbook import write
from amana.web import batches as rows
from amana.web import guard
from amana.web.api.batches import asked
from amana.web.api.routes import described
from amana.web.api.schemas import findings as schemas
from amana.web.batches import Batch
from amana.web.hub import hub
from amana.web.locale import language
from amana.wording.load import sentence

_JSON: Final = "application/json"
blueprint = described("api_findings", "/api/v1/batches", "What was found in a contribution")


def found_in(batch: Batch, *, whole: bool = False) -> tuple[Finding, ...]:
    """Return what was found in a batch, once it is journalled that it is read. whole: with every row of each."""
    guard.note(FindingsRead(batch.id, batch.committee))
    with hub().database.read() as reading:
        return rows.findings(reading, batch.id, whole=whole)


def workbook(batch: Batch) -> Response:
    """Return what was found as a workbook, once it is journalled that it is read."""
    content = BytesIO()
    subject = hub().book.dataflow(batch.dataflow).label.read(language())
    about = (f"{subject} · {batch.committee} · {batch.period}", batch.id, sentence("report.no_values", language()))
    write(found_in(batch, whole=True), content, language(), about)
    made = Response(content.getvalue(), content_type=XLSX)
    made.headers["Content-Disposition"] = f'attachment; filename="findings-{batch.id}.xlsx"'
    made.headers["Content-Language"] = language()
    return made


def as_json(batch: Batch) -> dict[str, Any]:
    """Return what was found, rule by rule and place by place, in words and in codes; ``ranges`` has every row."""
    found = found_in(batch, whole=True)
    rules = [
        {
            "rule": one.rule,
            "severity": one.severity,
            "count": one.count,
            "fix": told.fix(one.findings[0], language()),
            "source": told.source(one.rule, language()),
        }
        for one in told.by_rule(found)
    ]
    places = [
        {**render(one), "message": told.message(one, language()), "ranges": told.written(told.ranges(one))}
        for one in found
    ]
    return {"batch": batch.id, "state": batch.state, "rules": rules, "findings": places}


@blueprint.get("/<batch>/findings")
@blueprint.response(200, schemas.FindingsFields)
def findings(batch: str) -> Any:  # noqa: ANN401 - a mapping, or a response of another type
    """List what was found in a contribution: rules and places, never values. As JSON, or by ``Accept`` as XLSX."""
    offered = (_JSON, XLSX)
    best = request.accept_mimetypes.best_match(offered) if request.accept_mimetypes else _JSON
    if best is None:
        raise NotAcceptable
    found = asked(batch)
    return workbook(found) if best == XLSX else as_json(found)


@blueprint.get("/<batch>/findings.xlsx")
@blueprint.response(200, content_type=XLSX)
def findings_xlsx(batch: str) -> Response:
    """Give the same findings as a workbook in the reader's language."""
    return workbook(asked(batch))
